"""Periods of a rhythm: a month, a quarter, a half-year, a year; each is named by its first day."""

from __future__ import annotations

import re
from datetime import date, timedelta

MONTHS = {"month": 1, "quarter": 3, "half_year": 6, "year": 12}
"""The months of a period, by rhythm (controls.models.Indicator.Rhythm)."""
_NAMES = ("jan", "feb", "mar", "apr", "maj", "jun", "jul", "aug", "sep", "okt", "nov", "dec")
_ENGLISH = {"may": 5, "oct": 10}
_PART = {
    "quarter": r"(?:kvartal|quarter|kv|q|k)\.?",
    "half_year": r"(?:halvår|half-year|hå|h)\.?",
}


def period_of(day: date, rhythm: str) -> date:
    """Return the first day of the period that holds the day."""
    months = MONTHS[rhythm]
    return date(day.year, (day.month - 1) // months * months + 1, 1)


def period_after(period: date, rhythm: str, steps: int = 1) -> date:
    """Return the first day of the period so many periods later; earlier for a negative number."""
    months = period.year * 12 + period.month - 1 + MONTHS[rhythm] * steps
    return date(months // 12, months % 12 + 1, 1)


def last_day_of(period: date, rhythm: str) -> date:
    """Return the last day of the period."""
    return period_after(period, rhythm) - timedelta(days=1)


def periods_between(first: date, until: date, rhythm: str) -> list[date]:
    """Return the periods from the first one to the last that has ended on the day, in order."""
    found, period = [], first
    while last_day_of(period, rhythm) <= until:
        found.append(period)
        period = period_after(period, rhythm)
    return found


def year_before(period: date) -> date:
    """Return the same period of the year before."""
    return period.replace(year=period.year - 1)


def number_in_year(period: date, rhythm: str) -> int:
    """Return the period's number in its year, from 1."""
    return (period.month - 1) // MONTHS[rhythm] + 1


def read_period(text: str, rhythm: str) -> date:
    """Return the period that is written: 2025-03, 2025-03-31, mars 2025, 2025 kv 1, Q1 2025, 2025 H1, 2025. Raises ValueError.

    A day stands for the period that holds it. Text that names a period of another rhythm is refused, a month for a quarter, too.
    """
    words = " ".join(text.strip().casefold().split())
    if found := re.fullmatch(r"(\d{4})-(\d{2})-(\d{2})(?: 00:00(?::00)?)?", words):
        return period_of(date(int(found[1]), int(found[2]), int(found[3])), rhythm)
    if rhythm == "year":
        if found := re.fullmatch(r"(?:år |year )?(\d{4})", words):
            return date(int(found[1]), 1, 1)
    elif rhythm == "month":
        month = _month(words)
        if month is not None:
            return month
    else:
        part, months = _PART[rhythm], MONTHS[rhythm]
        found = re.fullmatch(rf"(?P<year>\d{{4}})[ -]?{part} ?(?P<number>\d)", words)
        found = found or re.fullmatch(rf"{part} ?(?P<number>\d)[ -/]?(?P<year>\d{{4}})", words)
        if found and 1 <= int(found["number"]) <= 12 // months:
            return date(int(found["year"]), (int(found["number"]) - 1) * months + 1, 1)
    raise ValueError(text)


def _month(words: str) -> date | None:
    if found := re.fullmatch(r"(\d{4})[-/. ]?(\d{1,2})", words):
        return date(int(found[1]), int(found[2]), 1)
    if found := re.fullmatch(r"([a-zå]{3,9})\.?[ -](\d{4})", words) or re.fullmatch(r"(\d{4})[ -]([a-zå]{3,9})\.?", words):
        name, year = (found[2], found[1]) if found[1].isdigit() else (found[1], found[2])
        number = _ENGLISH.get(name[:3]) or (_NAMES.index(name[:3]) + 1 if name[:3] in _NAMES else 0)
        if number:
            return date(int(year), number, 1)
    return None
