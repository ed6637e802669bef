"""The year as a wheel: twelve months with their progress, the closings around them. The table beside it has the same content."""

from __future__ import annotations

from calendar import isleap
from dataclasses import dataclass
from datetime import date
from math import cos, pi, sin

from django.utils import formats

from controls.year.overview import Part, Year

SIZE = 460
CENTRE = SIZE / 2
INNER, OUTER, EDGE = 108.0, 176.0, 186.0
GAP = 0.012
"""Between two months, in radians."""
ROOM = 0.11
"""The room that a symbol needs, in radians."""


@dataclass(frozen=True, slots=True)
class Arc:
    """A piece of the ring as an SVG path, its tone, and its symbol where there is room for one."""

    path: str
    tone: str
    x: str = ""
    y: str = ""
    symbol: str = ""


@dataclass(frozen=True, slots=True)
class Label:
    x: str
    y: str
    text: str
    is_current: bool = False


@dataclass(frozen=True, slots=True)
class Marker:
    x: str
    y: str
    x2: str
    y2: str
    text: str
    anchor: str


@dataclass(frozen=True, slots=True)
class Wheel:
    arcs: list[Arc]
    names: list[Label]
    cut_offs: list[Marker]
    hand: Marker | None
    """The mark of today; None in another year."""


def wheel_of(year: Year) -> Wheel:
    """Return the shapes of the wheel of the year."""
    arcs, names = [], []
    for number, (month, shown) in enumerate(year.months):
        start, end = number * pi / 6 + GAP, (number + 1) * pi / 6 - GAP
        arcs += list(_slices(start, end, shown))
        x, y = _at((start + end) / 2, (INNER - 18))
        is_now = (month.year, month.month) == (year.today.year, year.today.month)
        names.append(Label(x, y, formats.date_format(month, "M").rstrip("."), is_now))
    cut_offs = [
        _marker(closing.cut_off, str(closing.get_kind_display()))
        for closing in year.closings
        if closing.cut_off.year == year.year
    ]
    hand = _marker(year.today, "") if year.today.year == year.year else None
    return Wheel(arcs, names, cut_offs, hand)


def _slices(start: float, end: float, shown: list[Part]) -> list[Arc]:
    """Return the month's ring cut in proportion; an empty month is an empty piece."""
    total = sum(part.count for part in shown)
    if not total:
        return [Arc(_ring(start, end, INNER, OUTER), "empty")]
    found, at = [], start
    for part in shown:
        reach = at + (end - start) * part.count / total
        x, y = _at((at + reach) / 2, (INNER + OUTER) / 2)
        found.append(Arc(_ring(at, reach, INNER, OUTER), part.tone, x, y, part.symbol if reach - at > ROOM else ""))
        at = reach
    return found


def _ring(start: float, end: float, inner: float, outer: float) -> str:
    a, b, c, d = _at(start, outer), _at(end, outer), _at(end, inner), _at(start, inner)
    return f"M{a[0]} {a[1]} A{outer:g} {outer:g} 0 0 1 {b[0]} {b[1]} L{c[0]} {c[1]} A{inner:g} {inner:g} 0 0 0 {d[0]} {d[1]} Z"


def _marker(day: date, text: str) -> Marker:
    """Return a line across the ring at the end of the day, with its word outside."""
    days = 366 if isleap(day.year) else 365
    angle = 2 * pi * day.timetuple().tm_yday / days
    (x, y), (x2, y2), (x3, y3) = _at(angle, INNER - 4), _at(angle, EDGE), _at(angle, EDGE + 12)
    side = sin(angle)
    anchor = "middle" if abs(side) < 0.3 else "start" if side > 0 else "end"
    return Marker(x, y, x2, y2, text, anchor) if not text else Marker(x3, y3, x2, y2, text, anchor)


def _at(angle: float, radius: float) -> tuple[str, str]:
    """Return the point at the angle (radians from the top, clockwise) and radius.

    January begins at the top, and the year goes round like a clock.
    """
    return f"{CENTRE + radius * sin(angle):.1f}", f"{CENTRE - radius * cos(angle):.1f}"
