"""Answers to HEAD, which have headers alone: waitress leaves it to the application to bring no body, Django to the server."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from waitress.task import WSGITask

Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


def without_bodies_to_head(application: Application) -> Application:
    """Return the application with its answers to HEAD emptied: a body would be taken for the next answer of the connection."""

    def answer(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        parts = application(environ, start_response)
        if environ["REQUEST_METHOD"] != "HEAD":
            return parts
        close = getattr(parts, "close", None)
        if close is not None:
            close()
        return []

    return answer


class Answer(WSGITask):
    """The answer to one request; one to HEAD does not end chunks that were not begun."""

    request: Any
    chunked_response: bool

    def build_response_header(self) -> bytes:
        header: bytes = super().build_response_header()
        if self.request.command == "HEAD":
            self.chunked_response = False
        return header
