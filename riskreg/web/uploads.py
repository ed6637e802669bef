"""Limits of uploads: how much one request may bring, before any of it is stored on disk."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.core.files.uploadhandler import FileUploadHandler
from django.urls import Resolver404, resolve

from riskreg.access.grants import may
from riskreg.access.verbs import Verb


class LimitedUploadHandler(FileUploadHandler):
    """Handler that refuses the whole request by its length.

    A person who is not signed in may upload nothing; others, no more than their forms ever take. The forms' own
    limits, per file and kind, come after it.
    """

    def handle_raw_input(
        self,
        input_data: Any,
        META: dict[str, Any],  # noqa: N803 - the framework's name
        content_length: int,
        boundary: Any,
        encoding: str | None = None,
    ) -> None:
        if content_length > self._limit():
            raise RequestDataTooBig(f"The request holds {content_length} bytes, more than is accepted.")

    def _limit(self) -> int:
        user = getattr(self.request, "user", None)
        if user is None or not user.is_authenticated:
            return settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        verb, limit = settings.LARGE_UPLOADS.get(self._address(), (None, 0))
        return limit if verb is not None and may(user, Verb(verb)) else settings.REQUEST_MAX_BYTES

    def _address(self) -> str:
        try:
            return resolve(self.request.path_info).url_name or "" if self.request is not None else ""
        except Resolver404:
            return ""

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes:
        return raw_data

    def file_complete(self, file_size: int) -> None:
        return None
