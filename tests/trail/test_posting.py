"""A request to a time-stamping service: limited as a whole, and its failures said in the reader's language."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import pytest
from django.utils import translation

from riskreg.trail.anchors import posting
from riskreg.trail.anchors.places import Place
from riskreg.trail.anchors.posting import NotStamped
from riskreg.trail.anchors.reasons import Reason, in_words, of_file, stored

STATUS = b"HTTP/1.0 200 OK\r\n"
HEADERS = STATUS + b"Content-Type: application/timestamp-reply\r\nContent-Length: 60000\r\n\r\n"


@contextmanager
def dripping(at_once: bytes) -> Iterator[int]:
    """A server that sends this at once and then a byte at a time, as long as anybody listens; its port."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        with suppress(OSError), listener.accept()[0] as client:
            client.sendall(at_once)
            while not done.wait(0.01):
                client.sendall(b"x")

    done = threading.Event()
    server = threading.Thread(target=serve, daemon=True)
    server.start()
    yield listener.getsockname()[1]
    done.set()
    listener.close()
    server.join(timeout=10)


@pytest.mark.parametrize(
    ("scheme", "at_once"),
    [("http", b""), ("http", STATUS), ("http", HEADERS), ("https", b"\x16\x03\x03\x3f\xff")],
    ids=["status", "headers", "answer", "handshake of TLS"],
)
def test_a_service_that_drips_is_given_up_wherever_it_is(scheme: str, at_once: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each byte comes in time."""
    monkeypatch.setattr(posting, "SECONDS_IN_ALL", 0.3)
    began = time.monotonic()
    with dripping(at_once) as port, pytest.raises(NotStamped) as refused:
        posting.post(f"{scheme}://127.0.0.1:{port}/tsr", b"query")
    assert refused.value.stored == "too_slow:"
    assert time.monotonic() - began < posting.SECONDS


@pytest.mark.parametrize("reason", Reason)
def test_each_reason_is_said_in_both_languages(reason: Reason) -> None:
    said = []
    for language in ("sv", "en"):
        with translation.override(language):
            said.append(in_words(stored(reason, "utförligt")))
    assert said[0] != said[1]
    assert not any("%" in text or text.startswith(reason) for text in said)


@pytest.mark.parametrize(
    ("problem", "reason"),
    [
        (FileNotFoundError(2, "x"), "file_missing"),
        (PermissionError(13, "x"), "file_forbidden"),
        (OSError(28, "x"), "disk_full"),
    ],
)
def test_what_a_disk_says_is_told_by_its_number(problem: OSError, reason: str) -> None:
    assert of_file(problem).startswith(f"{reason}:")


@pytest.mark.parametrize(
    ("target", "shown"),
    [
        ("https://tsa.example/tsr?key=s3cret", "https://tsa.example/tsr?…"),
        ("https://kommun:s3cret@tsa.example:8443/tsr", "https://tsa.example:8443/tsr"),
        ("https://tsa.example/tsr", "https://tsa.example/tsr"),
    ],
)
def test_what_may_be_a_key_in_an_address_is_shown_nowhere(target: str, shown: str) -> None:
    assert Place("tsa", target).shown == shown
