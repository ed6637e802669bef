"""Large bodies up, long answers down: whole, or visibly cut; on the web server's own loop with an application of the test's."""

from __future__ import annotations

import hashlib
import http.client
import socket
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from typing import Any

import pytest
from django.conf import settings
from django.urls import reverse

from config.web.connections import Server
from config.web.limits import Limits
from config.web.worker import adjustments

LIMITS = Limits(connections=20, connections_per_address=10, patience=30, least_rate=500, idle=75)
MEGABYTE = 1 << 20
Respond = Callable[..., Any]


class Loop:
    """A server whose loop runs in a thread until it is stopped."""

    def __init__(self, application: Callable[[dict[str, Any], Respond], Iterable[bytes]]) -> None:
        listening = socket.create_server(("127.0.0.1", 0))
        self.port = listening.getsockname()[1]
        self.server = Server(application, listening, adjustments(2), LIMITS)
        self._asked = threading.Event()
        self._grace = 0.0
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        while not self._asked.is_set():
            self.server.serve(0.1)
        self.server.stop(self._grace)

    def stop(self, grace: float = 0.0) -> None:
        self._grace = grace
        self._asked.set()
        self._thread.join(timeout=30)
        assert not self._thread.is_alive()


@contextmanager
def serving(application: Callable[[dict[str, Any], Respond], Iterable[bytes]]) -> Iterator[Loop]:
    loop = Loop(application)
    try:
        yield loop
    finally:
        loop.stop()


def test_a_hundred_megabytes_arrive_whole_where_they_may_and_lie_in_no_memory() -> None:
    found: list[tuple[int, str, str]] = []

    def take(environ: dict[str, Any], respond: Respond) -> Iterable[bytes]:
        body, hashed, count = environ["wsgi.input"], hashlib.sha256(), 0
        while piece := body.read(MEGABYTE):
            hashed.update(piece)
            count += len(piece)
        found.append((count, hashed.hexdigest(), type(body).__name__))
        respond("200 OK", [("Content-Length", "2")])
        return [b"ok"]

    piece = bytes(range(256)) * 4096
    expected = hashlib.sha256()
    with serving(take) as loop, closing(http.client.HTTPConnection("127.0.0.1", loop.port, timeout=60)) as client:
        client.putrequest("POST", reverse("population_add", args=[1]))
        client.putheader("Cookie", f"{settings.SESSION_COOKIE_NAME}=abc")
        client.putheader("Content-Length", str(100 * len(piece)))
        client.endheaders()
        for _ in range(100):
            client.send(piece)
            expected.update(piece)
        assert client.getresponse().read() == b"ok"
    ((count, digest, kind),) = found
    assert (count, digest) == (100 * MEGABYTE, expected.hexdigest())
    assert "BytesIO" not in kind


def _long(length: int, *, stated: bool) -> Callable[[dict[str, Any], Respond], Iterable[bytes]]:
    def answer(_environ: dict[str, Any], respond: Respond) -> Iterable[bytes]:
        respond("200 OK", [("Content-Length", str(length))] if stated else [])
        return (b"x" * MEGABYTE for _ in range(length // MEGABYTE))

    return answer


@contextmanager
def begun(application: Callable[[dict[str, Any], Respond], Iterable[bytes]]) -> Iterator[tuple[Loop, http.client.HTTPResponse]]:
    """A download whose first megabyte has come."""
    with serving(application) as loop, closing(http.client.HTTPConnection("127.0.0.1", loop.port, timeout=60)) as client:
        client.request("GET", "/")
        response = client.getresponse()
        assert len(response.read(MEGABYTE)) == MEGABYTE
        yield loop, response


@pytest.mark.parametrize("stated", [True, False], ids=["length stated", "in chunks"])
def test_a_stop_during_a_long_download_shows_at_the_client(stated: bool) -> None:
    with begun(_long(60 * MEGABYTE, stated=stated)) as (loop, response):
        loop.stop()
        with pytest.raises((http.client.IncompleteRead, ConnectionError)):
            response.read()


def test_a_download_that_is_nearly_done_ends_whole_within_the_grace() -> None:
    with begun(_long(20 * MEGABYTE, stated=True)) as (loop, response):
        stopping = threading.Thread(target=loop.stop, args=(20.0,))
        stopping.start()
        assert len(response.read()) == 19 * MEGABYTE
        stopping.join(timeout=30)
