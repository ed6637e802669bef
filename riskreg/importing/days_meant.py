"""Days that a text may mean: a month, quarter, tertial, half-year or week, or a day whose year or order is not said.

Each is a person's to confirm, since the text says less than a day.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

from .days import month_named

_BEFORE = re.compile(
    r"(?:(?:klart?|senast|under|i|den|till|by|in|during|on|at)\s+|(?:slutet|utgången) av\s+|(?:the )?end of\s+)+", re.IGNORECASE
)
_MONTH_YEAR = re.compile(r"(?P<month>[^\W\d_]{3,})\.?(?P<between>[\s'’/-]*)(?P<year>\d{4}|\d{2})?")
_YEAR_MONTH = re.compile(r"(?P<year>\d{4})[\s/.-]*(?:(?P<month>[^\W\d_]{3,})|(?P<number>0[1-9]|1[0-2]))")
_NUMBER_YEAR = re.compile(r"(?P<number>0?[1-9]|1[0-2])[/.-](?P<year>\d{4})")
_PART = re.compile(
    r"(?:(?P<first>\d{4})[\s-]*)?(?:(?P<quarter>q|k|kv|kvartal|quarter)|(?P<tertial>t|tertial)|(?P<half>h|halvår|half)"
    r"|(?P<week>v|w|vecka|week))\.?\s*(?P<number>\d{1,2})(?:[\s,/-]*(?P<last>\d{4}|-?\d{2}))?",
    re.IGNORECASE,
)
_DAY_MONTH = re.compile(r"(?P<day>\d{1,2})\.?(?::e)?\s*(?P<month>[^\W\d_]{3,})\.?(?:[\s'’-]+(?P<year>\d{2}))?")
_STROKE = re.compile(r"(?P<day>\d{1,2})/(?P<month>\d{1,2})(?:[\s/-]+(?P<year>\d{4}|\d{2}))?")
_SHORT = re.compile(r"(?P<year>\d{2})(?P<between>[-./]?)(?P<month>\d{2})(?P=between)(?P<day>\d{2})")
_YEAR = re.compile(r"20\d\d")


@dataclass(frozen=True, slots=True)
class Meant:
    """The days that a text may mean, the likeliest first; `guess` is one of them where the text names its year."""

    days: tuple[date, ...] = ()
    guess: date | None = None


def days_meant(text: str, year: int) -> Meant:
    """Return the days that a text may mean, where it says a part of a year or a day in short; `year` is the plan's.

    Of a part of a year the last day is the likelier: by then it is to be done.
    """
    plain = _BEFORE.sub("", " ".join(text.split()).strip(" .,;()"), count=1)
    for reading in _READINGS:
        try:
            if (found := reading(plain, year)) is not None:
                return found
        except ValueError:
            return Meant()
    return Meant()


def _short(text: str, _year: int) -> Meant | None:
    found = _SHORT.fullmatch(text)
    return _sure(date(2000 + int(found["year"]), int(found["month"]), int(found["day"]))) if found else None


def _stroke(text: str, year: int) -> Meant | None:
    """Read 1/2 2025: the first of February, as Swedish has it, or the second of January."""
    found = _STROKE.fullmatch(text)
    if found is None:
        return None
    numbers = int(found["day"]), int(found["month"])
    years = [_full(found["year"])] if found["year"] else [year, year + 1]
    orders = [numbers] if numbers[0] > 12 or numbers[0] == numbers[1] else [numbers, numbers[::-1]]
    days = tuple(date(at, month, day) for at in years for day, month in orders)
    return Meant(days, days[0] if found["year"] else None)


def _day_month(text: str, year: int) -> Meant | None:
    found = _DAY_MONTH.fullmatch(text)
    if found is None or not (month := month_named(found["month"])):
        return None
    day = int(found["day"])
    if found["year"]:
        return _sure(date(_full(found["year"]), month, day))
    return Meant((date(year, month, day), date(year + 1, month, day)))


def _month(text: str, year: int) -> Meant | None:
    found = _MONTH_YEAR.fullmatch(text)
    if found is None or not (month := month_named(found["month"])):
        return None
    if not found["year"]:
        return Meant((*_ends(year, month, 1), *_ends(year + 1, month, 1)))
    of_month = _ends(_full(found["year"]), month, 1)
    if len(found["year"]) == 4 or found["between"] not in ("", " "):
        # Excel's own way to write a month: dec-25.
        return Meant(of_month, of_month[0])
    # "juni 25" is a month of 2025 or the 25th.
    return Meant((*of_month, date(year, month, int(found["year"]))))


def _year_month(text: str, _year: int) -> Meant | None:
    found = _YEAR_MONTH.fullmatch(text) or _NUMBER_YEAR.fullmatch(text)
    if found is None:
        return None
    named = found.groupdict().get("month")
    month = month_named(named) if named else int(found["number"])
    return _part_of(int(found["year"]), month, 1) if month else None


def _part(text: str, year: int) -> Meant | None:
    found = _PART.fullmatch(text)
    if found is None:
        return None
    number, stated = int(found["number"]), found["first"] or found["last"]
    years = [_full(stated.strip("-"))] if stated else [year, year + 1]
    if found["week"]:
        days = tuple(date.fromisocalendar(at, number, day) for at in years for day in (5, 1))
    else:
        months = 3 if found["quarter"] else 4 if found["tertial"] else 6
        days = tuple(day for at in years for day in _ends(at, (number - 1) * months + 1, months))
    return Meant(days, days[0] if stated else None)


def _of_year(text: str, _year: int) -> Meant | None:
    return _part_of(int(text), 1, 12) if _YEAR.fullmatch(text) else None


_READINGS: tuple[Callable[[str, int], Meant | None], ...] = (_short, _stroke, _part, _day_month, _month, _year_month, _of_year)


def _sure(day: date) -> Meant:
    return Meant((day,), day)


def _part_of(year: int, month: int, months: int) -> Meant:
    days = _ends(year, month, months)
    return Meant(days, days[0])


def _ends(year: int, month: int, months: int) -> tuple[date, date]:
    """Return the last and the first day of so many months."""
    after = month + months
    last = date(year + (after - 1) // 12, (after - 1) % 12 + 1, 1) - timedelta(days=1)
    return last, date(year, month, 1)


def _full(year: str) -> int:
    return int(year) if len(year) == 4 else 2000 + int(year)
