"""Which part of an alert's life belongs to a period, and what became of it: pure.

An alert's life is a row of episodes: it is told, weighed by people, and may be told again when its facts change. The day of
an episode is the one that its snapshot tells of, not the day that the file came: the snapshot of the cut-off comes after it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

UNSETTLED = frozenset({"new", "examined", "asleep"})
"""The states in which nobody has concluded anything yet."""


@dataclass(frozen=True, slots=True)
class Written:
    """One row of an alert's history."""

    state: str
    times_returned: int
    tells_of: date
    """The day of the snapshot that last told the alert's facts."""
    on: date
    """The day the row was written."""


@dataclass(slots=True)
class Episode:
    """From one telling of an alert to the next."""

    day: date
    state: str
    settled_on: date | None = None
    """The day somebody concluded; None as long as nobody has."""

    def is_of(self, since: date, until: date) -> bool:
        """Return whether it belongs to the period after `since`: told in it, or told before and not settled then."""
        if self.day > until:
            return False
        return self.day > since or self.settled_on is None or self.settled_on > since


def episodes_of(rows: Iterable[Written]) -> list[Episode]:
    """Return the episodes of one alert, of the rows of its history in their order."""
    found: list[Episode] = []
    returned = -1
    for row in rows:
        if row.times_returned > returned or not found:
            found.append(Episode(row.tells_of, row.state))
            returned = row.times_returned
        current = found[-1]
        current.state = row.state
        if row.state in UNSETTLED:
            current.settled_on = None
        elif current.settled_on is None:
            current.settled_on = row.on
    return found


def latest_of(rows: Iterable[Written], since: date, until: date) -> Episode | None:
    """Return the latest episode that belongs to the period; None when the alert has none in it."""
    return next((one for one in reversed(episodes_of(rows)) if one.is_of(since, until)), None)
