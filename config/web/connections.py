"""Connections of a worker: waitress's channels, each of which is judged every second by how fast its client is.

waitress receives requests and sends answers in its event loop, in memory or a temporary file, and gives a request to a thread
when it is whole: a slow client holds a connection, never a thread. What is added here: a client that is slower than the limits
is cut off, and one address does not take all connections.
"""

from __future__ import annotations

import fcntl
import socket
import struct
import termios
import time
from collections import Counter
from contextlib import suppress
from functools import partial
from typing import Any

from waitress.adjustments import Adjustments
from waitress.channel import HTTPChannel
from waitress.server import TcpWSGIServer
from waitress.task import ThreadedTaskDispatcher

from config.web.answers import Answer, Application, without_bodies_to_head
from config.web.bodies import LimitedParser
from config.web.limits import Limits, Stretch, network_of

ANSWER = (
    "HTTP/1.1 {status}\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: {length}\r\n"
    "Cache-Control: no-store\r\nConnection: close\r\n{more}\r\n{body}"
)
DRAINED = 65536
FRESH = 1.0
"""Seconds after its opening for which a connection that has said nothing is taken for one whose request is on its way."""


def answer(status: str, body: str, more: str = "") -> bytes:
    """Return a short plain answer after which the connection ends."""
    return ANSWER.format(status=status, length=len(body), body=body, more=more).encode("ascii")


TOO_SLOW = answer("408 Request Timeout", "The request took too long to arrive.\n")
TOO_MANY = answer("429 Too Many Requests", "Too many connections from this address. Try again soon.\n", "Retry-After: 10\r\n")
TOO_FULL = answer("503 Service Unavailable", "Too many connections. Try again soon.\n", "Retry-After: 10\r\n")


class Connection(HTTPChannel):
    """One client's connection. All but the service of a request happens in the event loop's thread."""

    server: Server
    task_class = Answer
    _address = ""

    def __init__(self, server: Server, sock: socket.socket, addr: Any, adj: Adjustments, map: Any = None) -> None:
        self.received_bytes = self.sent_bytes = 0
        self._receiving: Stretch | None = None
        self._sending: Stretch | None = None
        self._headers_since: float | None = None
        self._opened = time.monotonic()
        super().__init__(server, sock, addr, adj, map=map)
        self._address = network_of(str(addr[0]))
        server.by_address[self._address] += 1

    def del_channel(self, map: Any = None) -> None:
        super().del_channel(map)
        if self._address:
            self.server.forget(self._address)
            self._address = ""
        if self.request is not None:
            # What has come of a body lies in a file, which would stay until the garbage is collected.
            self.request.close()

    @property
    def address(self) -> str:
        return self._address

    def parser_class(self, adj: Adjustments) -> LimitedParser:
        """Make the parser of the next request."""
        request = LimitedParser(adj)
        request.is_ahead = bool(self.requests)
        request.awaited = partial(self.server.bytes_awaited, self)
        return request

    def received(self, data: bytes) -> bool:
        self.received_bytes += len(data)
        is_taken = bool(super().received(data))
        if self.request is None:
            self._receiving = self._sending = self._headers_since = None
        return is_taken

    def send(self, data: bytes, do_close: bool = True) -> int:
        count: int = super().send(data, do_close)
        self.sent_bytes += count
        return count

    def is_idle(self) -> bool:
        """Return whether no request is on its way, at work or being answered."""
        return self.request is None and not self.requests and not self.total_outbufs_len

    def may_give_way(self, moment: float) -> bool:
        """Return whether the connection may end for another without a loss."""
        return self.is_idle() and (self.received_bytes > 0 or moment - self._opened > FRESH)

    def bytes_awaited(self) -> int:
        """Return how much of its request's announced body has not come."""
        request = self.request
        return max(request.content_length - request.body_bytes_received, 0) if request is not None else 0

    def judge(self, moment: float, limits: Limits) -> None:
        """End the connection when its client is slower than the limits allow."""
        if self.is_idle():
            self._receiving = self._sending = self._headers_since = None
            if moment - self.last_activity > limits.idle:
                self.end()
        elif self.total_outbufs_len:
            self._receiving = self._headers_since = None
            taken = self._taken()
            self._sending = self._sending or Stretch(moment, taken)
            if self._sending.is_too_slow(moment, taken, limits):
                self.end()
        elif self.requests:
            self._receiving = self._sending = self._headers_since = None
        elif self._is_late(moment, limits):
            self.end(TOO_SLOW)

    def _is_late(self, moment: float, limits: Limits) -> bool:
        self._sending = None
        if self.request is not None and not self.request.headers_finished:
            self._headers_since = self._headers_since or moment
            return moment - self._headers_since > limits.patience
        self._receiving = self._receiving or Stretch(moment, self.received_bytes)
        return self._receiving.is_too_slow(moment, self.received_bytes, limits)

    def _taken(self) -> int:
        """Return how many bytes the client's side has acknowledged: what waits in the kernel is not taken yet."""
        waiting = 0
        with suppress(OSError, AttributeError):
            waiting = struct.unpack("i", fcntl.ioctl(self.socket, termios.TIOCOUTQ, struct.pack("i", 0)))[0]
        return self.sent_bytes - waiting

    def end(self, words: bytes = b"") -> None:
        """Close the connection, with a last answer if there is one."""
        if words:
            refuse(self.socket, words)
        self.handle_close()


def refuse(sock: socket.socket, words: bytes) -> None:
    """Send the answer as far as it goes without waiting. What has come is read: unread, it would reset the answer away."""
    with suppress(OSError):
        sock.setblocking(False)
        sock.send(words)
        sock.shutdown(socket.SHUT_WR)
        sock.recv(DRAINED)


class Server(TcpWSGIServer):
    """The event loop of a worker, on a listening socket that it shares with the others."""

    channel_class = Connection

    def __init__(self, application: Application, sock: socket.socket, adjustments: Adjustments, limits: Limits) -> None:
        self.limits = limits
        self.by_address: Counter[str] = Counter()
        dispatcher = ThreadedTaskDispatcher()
        dispatcher.set_thread_count(adjustments.threads)
        sockinfo = (sock.family, sock.type, sock.proto, sock.getsockname())
        answering = without_bodies_to_head(application)
        super().__init__(answering, _sock=sock, dispatcher=dispatcher, adj=adjustments, sockinfo=sockinfo, bind_socket=False)

    def set_reuse_addr(self) -> None:
        """Leave the socket as the parent made it."""

    def handle_accept(self) -> None:
        """Accept a connection. Where there are too many, the longest idle one gives way, or the new one is refused."""
        try:
            accepted = self.accept()
            if accepted is None:
                return  # another worker was faster
            sock, addr = accepted
            self.set_socket_options(sock)
        except OSError:
            return  # the client was gone already
        words = self._why_not(network_of(str(addr[0])))
        if words:
            refuse(sock, words)
            sock.close()
            return
        self.channel_class(self, sock, addr, self.adj, map=self._map)

    def _why_not(self, address: str) -> bytes:
        most = self.limits.connections_per_address
        if most and self.by_address[address] >= most and not self._end_longest_idle(address):
            return TOO_MANY
        if len(self.active_channels) >= self.limits.connections and not self._end_longest_idle():
            return TOO_FULL
        return b""

    def _end_longest_idle(self, address: str | None = None) -> bool:
        moment = time.monotonic()
        idle = [each for each in self._connections() if address in {None, each.address} and each.may_give_way(moment)]
        if idle:
            min(idle, key=lambda each: each.last_activity).end()
        return bool(idle)

    def forget(self, address: str) -> None:
        """Count one connection of the address less."""
        self.by_address[address] -= 1
        if self.by_address[address] <= 0:
            del self.by_address[address]

    def maintenance(self, now: float) -> None:
        """Judge every connection. Called once a second."""
        for each in self._connections():
            each.judge(now, self.limits)

    def bytes_awaited(self, but: Connection) -> int:
        """Return how much of the bodies announced by the others has not come."""
        return sum(each.bytes_awaited() for each in self._connections() if each is not but)

    def _connections(self) -> list[Connection]:
        return list(self.active_channels.values())

    def serve(self, seconds: float = 1.0) -> None:
        """Run the loop until something happened or so many seconds have passed."""
        self.asyncore.loop(timeout=seconds, map=self._map, use_poll=True, count=1)

    def stop(self, grace: float) -> None:
        """Accept nothing more, finish what is at work within the grace (seconds), and end."""
        self.accepting = False
        deadline = time.monotonic() + grace
        while time.monotonic() < deadline and any(each.requests or each.total_outbufs_len for each in self._connections()):
            self.serve(0.05)
        for each in self._connections():
            each.end()
        self.task_dispatcher.shutdown(timeout=0.2)
