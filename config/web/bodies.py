"""How large a request's body may be, asked when its headers have come: before any of it is kept.

Bodies are received whole before a thread sees the request, so the product's own limits (riskreg.web.uploads), which know the
user, come too late to keep a stranger from filling the disk.
"""

from __future__ import annotations

import copy
import shutil
import tempfile
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.urls import Resolver404, resolve
from waitress.adjustments import Adjustments
from waitress.parser import HTTPRequestParser
from waitress.utilities import Error, RequestEntityTooLarge

DISK_KEPT_FREE = 500 * 1024 * 1024
"""Bytes. The same as an unpacked population leaves (controls.data_files)."""
SMALL = 1024 * 1024
"""Bytes: for a body up to this the disk is not asked."""
COPIES = 2
"""A body lies in a temporary file of the server, and as an upload in one of the application."""


class DiskIsFull(Error):
    """The body would not leave enough of the disk free."""

    code = 507
    reason = "Insufficient Storage"


class LimitedParser(HTTPRequestParser):
    """A request whose body is limited by its address and by whether its sender can be signed in."""

    adj: Any
    error: Any
    awaited: Callable[[], int] = staticmethod(lambda: 0)
    """Bytes that other requests have announced and not brought yet; set by the channel."""

    def parse_header(self, header_plus: bytes) -> None:
        super().parse_header(header_plus)
        if self.content_length or self.chunked:
            self.adj = _with_largest_body(self.adj, largest_body(self.path, self.headers.get("COOKIE", ""), self.chunked))

    def received(self, data: bytes) -> int:
        knew = self.headers_finished
        consumed: int = super().received(data)
        if not knew and self.headers_finished and self.error is None and self.content_length > SMALL:
            free = shutil.disk_usage(tempfile.gettempdir()).free - COPIES * (self.awaited() + self.content_length)
            if free < DISK_KEPT_FREE:
                self.error, self.completed = DiskIsFull("Not enough disk space for this request. Try later."), True
        if isinstance(self.error, RequestEntityTooLarge):
            self.error.body = "The request is larger than this address accepts."
        return consumed


def largest_body(path: str, cookies: str, is_chunked: bool) -> int:
    """Return the most bytes a request may bring to the path.

    Without a session's cookie, and in chunks (which browsers do not send), what a form without files may hold; the rest as
    riskreg.web.uploads has it, which asks after this for the user's right.
    """
    if is_chunked or f"{settings.SESSION_COOKIE_NAME}=" not in cookies:
        return int(settings.DATA_UPLOAD_MAX_MEMORY_SIZE)
    try:
        name = resolve(path).url_name or ""
    except Resolver404:
        name = ""
    _right, limit = settings.LARGE_UPLOADS.get(name, (None, settings.REQUEST_MAX_BYTES))
    return int(limit)


def _with_largest_body(adjustments: Adjustments, most: int) -> Any:
    own = copy.copy(adjustments)
    # The server refuses what is as large as its limit.
    own.max_request_body_size = most + 1
    return own
