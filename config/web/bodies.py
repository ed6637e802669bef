"""How large a request's body may be, asked when its headers have come: before any of it is kept. And which requests are none.

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
from waitress.parser import HTTPRequestParser, ParsingError
from waitress.receiver import ChunkedReceiver
from waitress.utilities import BadRequest, Error, RequestEntityTooLarge

DISK_KEPT_FREE = 500 * 1024 * 1024
"""Bytes. The same as an unpacked population leaves (controls.data_files)."""
SMALL = 1024 * 1024
"""Bytes: for a body up to this the disk is not asked."""
COPIES = 2
"""A body lies in a temporary file of the server, and as an upload in one of the application."""
LONGEST_CHUNK_LINE = 4096
"""Bytes of a line between chunks, or of what follows the last one: the server keeps them in memory."""


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
    is_ahead = False
    """Whether the connection's request before it has not been answered; set by the channel."""

    def parse_header(self, header_plus: bytes) -> None:
        """Read the first line and the headers. Raises waitress's ParsingError."""
        try:
            super().parse_header(header_plus)
        except ValueError as problem:
            raise ParsingError("The request cannot be read.") from problem
        self._refuse_two_lengths()
        if self.content_length or self.chunked:
            self.adj = _with_largest_body(self.adj, largest_body(self.path, self.headers.get("COOKIE", ""), self.chunked))

    def received(self, data: bytes) -> int:
        if self.is_ahead and data.strip(b"\r\n"):
            return self._refused_ahead(data)
        knew = self.headers_finished
        consumed: int = super().received(data)
        self._limit_chunk_lines()
        if not knew and self.headers_finished and self.error is None and self.content_length > SMALL:
            free = shutil.disk_usage(tempfile.gettempdir()).free - COPIES * (self.awaited() + self.content_length)
            if free < DISK_KEPT_FREE:
                self.error, self.completed = DiskIsFull("Not enough disk space for this request. Try later."), True
        if isinstance(self.error, RequestEntityTooLarge):
            self.error.body = "The request is larger than this address accepts."
        if self.error is not None:
            # waitress would ask for the body all the same, and keep it.
            self.expect_continue = False
        return consumed

    def _refused_ahead(self, data: bytes) -> int:
        """Refuse what was sent before the answer to the request before it: of thousands, each would hold an open file."""
        self.parse_header(b"GET / HTTP/1.0\r\n")
        self.error, self.completed = BadRequest("Wait for the answer before the next request."), True
        return len(data)

    def _refuse_two_lengths(self) -> None:
        """Raise ParsingError where another server on the way could see the body end elsewhere (RFC 9112, 6.1)."""
        if "TRANSFER_ENCODING" in self.headers or (self.chunked and "CONTENT_LENGTH" in self.headers):
            raise ParsingError("The length of the body is not clear.")

    def _limit_chunk_lines(self) -> None:
        chunks = self.body_rcv
        if isinstance(chunks, ChunkedReceiver) and max(len(chunks.control_line), len(chunks.trailer)) > LONGEST_CHUNK_LINE:
            self.error, self.completed = BadRequest("A line between chunks is too long."), True


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
