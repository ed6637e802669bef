"""Requests that the product itself makes: limited as a whole in time, and only to addresses that the whole world has."""

from __future__ import annotations

import ipaddress
import socket
import threading
from contextlib import suppress
from types import TracebackType
from typing import Any

_TUNNELS = tuple(ipaddress.ip_network(net) for net in ("64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/32"))
"""IPv6 addresses that stand for IPv4 ones, which may be private (RFC 6052, 8215, 3056, 4380)."""


class PrivateAddress(Exception):
    """The name leads to an address of this machine or of a private network; the message says which."""


class Deadline:
    """Ends every connection made by it when the time is over; a timeout of a socket begins anew with each byte."""

    def __init__(self, seconds: float) -> None:
        self.is_over = False
        self._lock = threading.Lock()
        self._open: list[socket.socket] = []
        self._timer = threading.Timer(seconds, self._end)
        self._timer.daemon = True

    def __enter__(self) -> Deadline:
        self._timer.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None) -> None:
        self._timer.cancel()
        with self._lock:
            for each in self._open:
                each.close()

    def connect(self, *args: Any, **kwargs: Any) -> socket.socket:
        """Connect as `socket.create_connection` does."""
        made = socket.create_connection(*args, **kwargs)
        with self._lock:
            # Another handle of the same connection: TLS takes the first one over.
            self._open.append(made.dup())
        if self.is_over:
            self._end()
        return made

    def connect_to_the_world(self, address: tuple[str, int], *args: Any, **kwargs: Any) -> socket.socket:
        """Connect to a host outside of every private network. Raises PrivateAddress, before anything is sent.

        The address that was looked at is the one that is connected to: a name that leads elsewhere the next moment
        gains nothing.
        """
        host, port = address
        found = list(dict.fromkeys(str(each[4][0]) for each in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)))
        for one in found:
            if not is_public(one):
                raise PrivateAddress(one)
        problem: OSError | None = None
        for one in found:
            try:
                return self.connect((one, port), *args, **kwargs)
            except OSError as error:
                problem = error
        raise problem or OSError(host)

    def _end(self) -> None:
        self.is_over = True
        with self._lock:
            for each in self._open:
                with suppress(OSError):
                    each.shutdown(socket.SHUT_RDWR)


def is_public(address: str) -> bool:
    """Return whether the address is one of the open network: none of this machine, a private network or a link."""
    found = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(found, ipaddress.IPv6Address):
        if found.ipv4_mapped is not None:
            return is_public(str(found.ipv4_mapped))
        if any(found in tunnel for tunnel in _TUNNELS):
            return False
    return found.is_global and not found.is_multicast and not found.is_reserved
