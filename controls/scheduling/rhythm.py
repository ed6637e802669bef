"""Due days of a control: its days by the schedule, moved to working days, and deadlines counted back from a closing.

Pure. Whether a day is a working day is asked of a function that is given; it has to answer True for some day in every
fortnight. Days are dates, never moments: no clock change and no time zone reaches them.

    rhythm = Rhythm("monthly", anchor=date(2025, 1, 31))
    [one.due for one in occasions(rhythm, date(2025, 1, 1), date(2025, 3, 31), is_working_day)]
    → 31 January, 28 February, 31 March
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from riskreg.months import months_after

WorkingDay = Callable[[date], bool]
DAY = timedelta(days=1)
MONTHS = {"monthly": 1, "quarterly": 3, "tertial": 4, "half_yearly": 6, "yearly": 12}
"""The number of months between two days, for frequencies counted in months."""


class Move(StrEnum):
    """The rule for a day that is no working day."""

    BEFORE = "before"
    AFTER = "after"
    NEAREST = "nearest"
    NOT_MOVED = "not_moved"


@dataclass(frozen=True, slots=True)
class Rhythm:
    """The frequency, the anchor day from which it is counted, and the rule for days off.

    Without an anchor the usual days hold: every Friday; the last day of the month, quarter, tertial, half-year or
    year. Frequency `at_closing` has the closings' cut-offs for its given days, and `given_dates` its own.
    """

    frequency: str
    anchor: date | None = None
    move: Move = Move.BEFORE
    given: tuple[date, ...] = ()


@dataclass(frozen=True, slots=True)
class Exemption:
    """The exception for one nominal day: due on another day, or left out (None)."""

    due: date | None


@dataclass(frozen=True, slots=True)
class Occasion:
    nominal: date
    """The day by the rhythm: what the occasion is known by."""
    due: date
    last_day: date
    """After it the occasion is missed."""


def nominal_days(rhythm: Rhythm, first: date, last: date) -> list[date]:
    """Return the rhythm's days from first to last, in order; none before its anchor.

    Raises ValueError for an unknown frequency.
    """
    if rhythm.frequency in {"at_closing", "given_dates"}:
        return sorted({day for day in rhythm.given if first <= day <= last})
    start = max(first, rhythm.anchor) if rhythm.anchor else first
    if rhythm.frequency == "weekly":
        weekday = rhythm.anchor.weekday() if rhythm.anchor else 4
        day = start + timedelta(days=(weekday - start.weekday()) % 7)
        return [day + timedelta(days=7 * week) for week in range(max(0, (last - day).days // 7 + 1))]
    step = MONTHS.get(rhythm.frequency)
    if step is None:
        raise ValueError(f"Unknown frequency: {rhythm.frequency!r}")
    anchor = rhythm.anchor or date(first.year - 1, 12, 31)
    number = max(0, ((start.year - anchor.year) * 12 + start.month - anchor.month) // step - 1)
    found = []
    while (day := months_after(anchor, number * step)) <= last:
        if day >= start:
            found.append(day)
        number += 1
    return found


def period_of(frequency: str, day: date) -> tuple[str, int, int]:
    """Return the period that the day stands for: frequency, year and number of the week, month, quarter and so on.

    A control whose frequency changed has other periods; of given dates each day is one.
    """
    if frequency == "weekly":
        year, week, _weekday = day.isocalendar()
        return frequency, year, week
    if frequency in MONTHS:
        return frequency, day.year, (day.month - 1) // MONTHS[frequency]
    return frequency, day.year, day.timetuple().tm_yday


def move_day(day: date, move: Move, is_working_day: WorkingDay) -> date:
    """Return the day itself when it is a working day; else where the rule puts it. A tie goes to the day before."""
    if move == Move.NOT_MOVED or is_working_day(day):
        return day
    before, after = _working(day, -DAY, is_working_day), _working(day, DAY, is_working_day)
    if move == Move.BEFORE:
        return before
    if move == Move.AFTER:
        return after
    return before if day - before <= after - day else after


def _working(day: date, step: timedelta, is_working_day: WorkingDay) -> date:
    day += step
    while not is_working_day(day):
        day += step
    return day


def working_days_before(day: date, count: int, is_working_day: WorkingDay) -> date:
    """Return the working day that many working days before the day.

    0: the day itself, or the working day before it.
    """
    found = day if is_working_day(day) else _working(day, -DAY, is_working_day)
    for _number in range(count):
        found = _working(found, -DAY, is_working_day)
    return found


def occasions(
    rhythm: Rhythm,
    first: date,
    last: date,
    is_working_day: WorkingDay,
    *,
    exemptions: Mapping[date, Exemption] | None = None,
    grace: int = 14,
) -> list[Occasion]:
    """Return the occasions whose nominal days lie from first to last, each with its due day and last day.

    An occasion can be performed `grace` days more, but never into the day on which the next is due. The next one
    counts also when it lies after `last`.
    """
    exempt = exemptions or {}
    due: list[tuple[date, date]] = []
    # A year beyond holds the next occasion of every frequency there is.
    for nominal in nominal_days(rhythm, first, last + timedelta(days=367)):
        day = exempt[nominal].due if nominal in exempt else move_day(nominal, rhythm.move, is_working_day)
        if day is not None:
            due.append((nominal, day))
    days = sorted({day for _nominal, day in due})
    return [Occasion(nominal, day, last_day(day, days, grace)) for nominal, day in due if nominal <= last]


def last_day(due: date, others: Iterable[date], grace: int) -> date:
    """Return the last day on which something due on `due` can be performed, when the others are due as given."""
    following = min((day for day in others if day > due), default=date.max)
    return min(due + timedelta(days=grace), following - DAY)
