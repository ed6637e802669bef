"""How much time and how many connections a client may take. Pure: numbers and moments are arguments."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """What one worker grants its clients."""

    connections: int
    """At most so many at once, of all clients."""
    connections_per_address: int
    """At most so many of one address; 0: no limit, as behind a proxy, where all have the proxy's."""
    patience: float
    """Seconds within which headers arrive whole, and over which the rate of everything else is taken."""
    least_rate: int
    """Bytes a second that a body arrives or an answer is taken with, over every stretch of `patience` seconds."""
    idle: float
    """Seconds for which a connection without a request is kept."""


class Stretch:
    """What was moved since the stretch began, in one direction: judged at its end, when the next one begins."""

    def __init__(self, moment: float, moved: int) -> None:
        self._began, self._at_first = moment, moved

    def is_too_slow(self, moment: float, moved: int, limits: Limits) -> bool:
        """Return whether the stretch is over and less was moved in it than the least rate asks for."""
        lasted = moment - self._began
        if lasted < limits.patience:
            return False
        is_slow = moved - self._at_first < limits.least_rate * lasted
        self._began, self._at_first = moment, moved
        return is_slow


def network_of(address: str) -> str:
    """Return the address by which connections are counted: of IPv6 the network, as one subscriber has a whole one."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return "unknown"
    if found.version == 6 and found.ipv4_mapped is None:
        return str(ipaddress.ip_network((found, 64), strict=False))
    return str(getattr(found, "ipv4_mapped", None) or found)
