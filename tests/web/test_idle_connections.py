"""Which connection gives way to a new one where there are too many: the longest idle one, and never one that is at work."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, closing
from typing import Any

import pytest

from config.web.connections import FRESH, Connection, Server
from config.web.limits import Limits
from config.web.worker import adjustments

PLACES = 4
HALF_A_REQUEST = b"GET / HTTP/1.1\r\nHost: localhost\r\n"


def _application(environ: dict[str, Any], respond: Any) -> Iterable[bytes]:
    respond("200 OK", [("Content-Length", "0")])
    return [b""]


class Door:
    """A server whose loop runs only when the test says so, with room for four connections."""

    def __init__(self, stack: ExitStack, limits: Limits) -> None:
        self._stack = stack
        self._listening = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        self.server = Server(_application, self._listening, adjustments(1), limits)
        stack.callback(self.server.stop, 0)

    def let_in(self, address: str = "127.0.0.1", says: bytes = b"") -> socket.socket:
        """Connect, and let the server accept and read what the client says."""
        client = self._stack.enter_context(
            closing(socket.create_connection(self._listening.getsockname(), timeout=20, source_address=(address, 0)))
        )
        client.sendall(says)
        for _ in range(1 + bool(says)):
            self.server.serve(0.2)
        return client

    def connection(self, of: socket.socket) -> Connection | None:
        return next((one for one in self.server._connections() if one.addr == of.getsockname()), None)

    def was_active(self, of: socket.socket, seconds_ago: float) -> None:
        """Say when the connection was last active, and that it is long open."""
        one = self.connection(of)
        assert one is not None
        one.last_activity, one._opened = time.time() - seconds_ago, time.monotonic() - FRESH - seconds_ago


def _limits(of_all: int, of_one_address: int) -> Limits:
    return Limits(connections=of_all, connections_per_address=of_one_address, patience=30, least_rate=500, idle=75)


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


@pytest.mark.parametrize("limits", [_limits(PLACES, 0), _limits(100, PLACES)], ids=["of all", "of one address"])
@pytest.mark.parametrize("longest", range(PLACES))
def test_the_longest_idle_one_gives_way(stack: ExitStack, limits: Limits, longest: int) -> None:
    door = Door(stack, limits)
    clients = [door.let_in() for _ in range(PLACES)]
    for number, client in enumerate(clients):
        door.was_active(client, 60 if number == longest else 10 + number)

    newest = door.let_in()

    assert [door.connection(client) is None for client in clients] == [number == longest for number in range(PLACES)]
    assert door.connection(newest) is not None
    assert clients[longest].recv(1) == b""


def test_of_one_address_another_s_longer_idle_one_stays(stack: ExitStack) -> None:
    door = Door(stack, _limits(100, 2))
    other, first, second = door.let_in("127.0.0.9"), door.let_in(), door.let_in()
    for client, seconds in ((other, 70), (first, 30), (second, 40)):
        door.was_active(client, seconds)

    door.let_in()

    assert [door.connection(client) is None for client in (other, first, second)] == [False, False, True]


def test_one_at_work_never_gives_way_and_one_just_opened_does_not_either(stack: ExitStack) -> None:
    door = Door(stack, _limits(2, 0))
    at_work = door.let_in(says=HALF_A_REQUEST)
    idle = door.let_in()
    door.was_active(at_work, 70)
    door.was_active(idle, 5)
    door.let_in()
    assert (door.connection(at_work) is None, door.connection(idle) is None) == (False, True)

    # Both who are left are at work, or so new that their request is on its way: the next one is told that it is full.
    refused = door.let_in()

    assert refused.recv(12) == b"HTTP/1.1 503"
    assert len(door.server._connections()) == 2
