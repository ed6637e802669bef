"""A ledger that comes in parts: the days that each file holds, and which of the files count. Pure.

A part stands until a later one covers its days. A file that shares days with a part that stands must cover it whole, or it is
refused: so each day is read from one file, and nothing is counted twice. The thresholds are stated here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from riskreg.months import month_end, months_after

LEAST_OF_A_MONTH = 0.05
"""Of the rows of the month with the most: a month at either end with fewer is not what the file is about."""
DAYS_WITHOUT = 7
"""Days without a booking, at either end, that belong to the month all the same."""
MOST_OUTSIDE = 0.02
"""The share of a file's rows with days outside its period of which more are asked about."""
PART_ROWS = 10**9
"""A row of a part has the number of its snapshot times this, plus its number in the file, where parts are read together."""


@dataclass(frozen=True, slots=True)
class Period:
    """The first and the last day that a file holds."""

    first: date
    last: date

    def covers(self, other: Period) -> bool:
        """Return whether every day of the other lies in this one."""
        return self.first <= other.first and other.last <= self.last

    def touches(self, other: Period) -> bool:
        """Return whether any day lies in both."""
        return self.first <= other.last and other.first <= self.last


def standing(periods: Sequence[Period]) -> list[int]:
    """Return the places of the parts that no later one covers, of parts in the order in which they were taken."""
    return [at for at, one in enumerate(periods) if not any(later.covers(one) for later in periods[at + 1 :])]


def looked_back_to(periods: Iterable[Period], months: int) -> date:
    """Return the first day that is read together, so many months back from the last day of all parts. Takes at least one."""
    return months_after(max(one.last for one in periods), -months) + timedelta(1)


def period_of(months: Mapping[date, tuple[date, date, int]]) -> Period | None:
    """Return the period that a file's rows are about; None where it has no day.

    `months`: the first day, the last day and the number of rows of each month, by its first day.
    """
    if not months:
        return None
    most = max(count for _first, _last, count in months.values())
    about = [bounds for _month, bounds in sorted(months.items()) if bounds[2] >= LEAST_OF_A_MONTH * most]
    first, last = about[0][0], about[-1][1]
    return Period(
        first.replace(day=1) if first.day <= DAYS_WITHOUT + 1 else first,
        month_end(last) if (month_end(last) - last).days <= DAYS_WITHOUT else last,
    )


def split_row(row: int, snapshot: int) -> tuple[int, int]:
    """Return the snapshot and the number in its file of a row, which may be one of parts read together."""
    return divmod(row, PART_ROWS) if row >= PART_ROWS else (snapshot, row)
