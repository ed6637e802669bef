"""One request to a time-stamping service, limited as a whole: in time, from the connection to the last byte, and in size."""

from __future__ import annotations

import urllib.error
import urllib.request
from http.client import HTTPConnection, HTTPException
from typing import Any
from urllib.parse import urlsplit

from riskreg.trail.anchors.reasons import Reason, in_words, stored
from riskreg.web.outgoing import Deadline

SECONDS = 20.0
"""Seconds to wait for one answer of the network."""
SECONDS_IN_ALL = 60.0
MOST_BYTES = 65_536
"""A stamp with its certificates is a tenth of that."""
LOOPBACK = {"localhost", "127.0.0.1", "::1"}
_SENT, _ANSWERED = "application/timestamp-query", "application/timestamp-reply"


class NotStamped(Exception):
    """There is no stamp, or it does not prove what it should; why."""

    def __init__(self, reason: Reason, detail: str = "") -> None:
        super().__init__(reason, detail)
        self.stored = stored(reason, detail)

    def __str__(self) -> str:
        return in_words(self.stored)


def post(url: str, query: bytes) -> bytes:
    """Send the query and return the answer. TLS is verified. Raises NotStamped."""
    if urlsplit(url).scheme != "https" and urlsplit(url).hostname not in LOOPBACK:
        raise NotStamped(Reason.ONLY_HTTPS)
    request = urllib.request.Request(url, query, {"Content-Type": _SENT, "Accept": _ANSWERED})  # noqa: S310
    with Deadline(SECONDS_IN_ALL) as deadline:
        opener = urllib.request.build_opener(_NoRedirects(), _Http(deadline), _Https(deadline))
        try:
            with opener.open(request, timeout=min(SECONDS, SECONDS_IN_ALL)) as response:
                if response.headers.get_content_type() != _ANSWERED and not deadline.is_over:
                    raise NotStamped(Reason.CONTENT_TYPE, response.headers.get_content_type())
                answer: bytes = response.read(MOST_BYTES + 1)
        except urllib.error.HTTPError as problem:
            problem.close()
            if deadline.is_over:
                raise NotStamped(Reason.TOO_SLOW) from None
            raise NotStamped(Reason.STATUS, str(problem.code)) from None
        except (OSError, HTTPException) as problem:
            if deadline.is_over:
                raise NotStamped(Reason.TOO_SLOW) from None
            raise NotStamped(Reason.UNREACHABLE, str(problem)[:200]) from None
        if deadline.is_over:
            raise NotStamped(Reason.TOO_SLOW)
    if len(answer) > MOST_BYTES:
        raise NotStamped(Reason.TOO_LONG)
    return answer


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    """An answer from elsewhere is none: the address is the operator's choice."""

    def redirect_request(self, *args: Any, **kwargs: Any) -> None:
        return None


class _Http(urllib.request.HTTPHandler):
    def __init__(self, deadline: Deadline) -> None:
        super().__init__()
        self._deadline = deadline

    def do_open(self, http_class: Any, req: Any, **args: Any) -> Any:
        return super().do_open(_connections(http_class, self._deadline), req, **args)


class _Https(urllib.request.HTTPSHandler):
    def __init__(self, deadline: Deadline) -> None:
        super().__init__()
        self._deadline = deadline

    def do_open(self, http_class: Any, req: Any, **args: Any) -> Any:
        return super().do_open(_connections(http_class, self._deadline), req, **args)


def _connections(kind: Any, deadline: Deadline) -> Any:
    """Return what makes connections of the kind that end with the deadline."""

    def make(host: str, **args: Any) -> HTTPConnection:
        made: Any = kind(host, **args)
        made._create_connection = deadline.connect
        connection: HTTPConnection = made
        return connection

    return make
