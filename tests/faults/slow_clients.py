"""Clients that are slow on purpose, each on a connection of its own from one of the loopback's many addresses."""

from __future__ import annotations

import http.client
import os
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import psutil
from django.conf import settings

from config import embedded_valkey
from tests.settings import DATABASE
from tests.waiting import wait_until

ROOT = Path(__file__).resolve().parents[2]
PAGE = "/konto/logga-in/"
LARGE = "large-for-slow-readers.bin"
LARGE_BYTES = 32 * 1024 * 1024
PATIENT = 60.0
"""Seconds: a client of a test gives up then. No test takes so long unless something is wrong."""
CSRF = "a" * 32
HALF_SENT_HEADERS = f"GET {PAGE} HTTP/1.1\r\nHost: localhost\r\nX-Slow: a"
HALF_SENT_FORM = (
    f"POST {PAGE} HTTP/1.1\r\nHost: localhost\r\nCookie: csrftoken={CSRF}\r\n"
    "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 100000\r\n\r\nusername=a"
)
WHOLE = f"GET {PAGE} HTTP/1.1\r\nHost: localhost\r\n\r\n"
WHOLE_OF_THE_LARGE = f"GET /static/{LARGE} HTTP/1.1\r\nHost: localhost\r\n\r\n"


class Site:
    """The product's web server alone, on a port of its own."""

    def __init__(self, process: subprocess.Popen[str], port: int) -> None:
        self.process, self.port = process, port

    def client(self, address: str = "127.0.0.1", *, window: int | None = None) -> socket.socket:
        """Return a connection from the address; `window`: bytes that its kernel takes from the server unread."""
        client = socket.socket()
        client.settimeout(PATIENT)
        if window is not None:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, window)
        client.bind((address, 0))
        client.connect(("127.0.0.1", self.port))
        return client

    def saying(self, text: str, address: str = "127.0.0.1", *, window: int | None = None) -> socket.socket:
        client = self.client(address, window=window)
        client.sendall(text.encode("ascii"))
        return client

    def status(self, path: str = PAGE, headers: Mapping[str, str] | None = None) -> int:
        """Return the status of a page for a client who is not slow."""
        with closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENT)) as web:
            web.request("GET", path, headers=dict(headers or {}))
            answer = web.getresponse()
            answer.read()
            return answer.status

    def held(self, addresses: str) -> int:
        """Return how many connections the workers hold from addresses that begin so."""
        workers = psutil.Process(self.process.pid).children()
        found = [one for worker in workers for one in worker.net_connections("tcp")]
        return sum(bool(one.raddr) and one.raddr.ip.startswith(addresses) for one in found)

    def answers(self) -> bool:
        with suppress(OSError, http.client.HTTPException):
            return self.status() < 500
        return False


@contextmanager
def site(*, workers: int = 2, **environment: str) -> Iterator[Site]:
    """Serve with these variables, and end it afterwards. What it prints goes where the test's output goes."""
    with (settings.STATIC_ROOT / LARGE).open("wb") as large:
        large.truncate(LARGE_BYTES)
    port = embedded_valkey.free_port()
    with subprocess.Popen(
        [sys.executable, "-m", "config.web", "--port", str(port), "--workers", str(workers)],
        cwd=ROOT,
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "tests.settings", DATABASE: "not-used.sqlite3", **environment},
        text=True,
    ) as process:
        found = Site(process, port)
        try:
            wait_until(lambda: found.answers() or process.poll() is not None, "the web server answers", seconds=90)
            yield found
        finally:
            process.terminate()


ATTACKERS_BEGIN = "127.0.1."


def address(number: int) -> str:
    """Return a loopback address of the attackers', four clients to each."""
    return f"{ATTACKERS_BEGIN}{2 + number // 4}"


def whole_answer(client: socket.socket) -> int:
    """Read an answer to its end and return its status; the connection stays."""
    answer = http.client.HTTPResponse(client)
    answer.begin()
    answer.read()
    return answer.status


def is_connected(client: socket.socket) -> bool:
    """Return whether the server holds the connection: without reading what it sent."""
    client.setblocking(False)
    try:
        return client.recv(1, socket.MSG_PEEK) != b""
    except BlockingIOError:
        return True
    except OSError:
        return False
    finally:
        client.settimeout(PATIENT)


def all_of(client: socket.socket) -> bytes:
    """Return everything the server sends until it closes."""
    found = b""
    with suppress(ConnectionResetError):
        while part := client.recv(1 << 20):
            found += part
    return found
