"""Lines through time: each risk's score year by year, or anything else that is a number at a moment."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from math import ceil
from typing import NamedTuple
from xml.etree import ElementTree as ET

from django.utils.translation import gettext as _

from riskreg.charts.bars import AXIS, PLOT, WIDTH, draw_label_below, grid
from riskreg.charts.chart import MARGIN, Chart, titled_sheet
from riskreg.charts.svg import LETTER, Paint, box, line, symbol, text
from riskreg.numbers import number_text

ENDS = 280
"""Room for the lines' names, at their ends."""
_MARKS = ("◆", "○", "■", "▽", "✕", "▲", "◷", "▼")
_DASHES = ("", "6 4", "2 3", "10 3 2 3")
_TONES = ("ongoing", "critical", "low", "guard", "high", "none")
APART = 19
"""Least distance between the names of two lines, in pixels."""

LEAST_ROOM = 52
"""The least room for a moment's words, in pixels; with less, only every second or third is written, and the last always."""


class Line(NamedTuple):
    """A name, and a number for each moment; None where there is none, and the line has a gap."""

    label: str
    numbers: Sequence[int | None]


def lines(
    moments: Sequence[str],
    given: Sequence[Line],
    *,
    title: str,
    subtitle: str = "",
    what: str = "",
    name: str = "lines",
    ends: int = ENDS,
    tall: int = PLOT,
) -> Chart:
    """Draw lines told apart by mark, dashes and the name at their end, and only then by colour.

    The drawing grows in width by the excess of `ends` over ENDS.
    """
    words = [_in_words(one, moments) for one in given]
    rows = [[one.label, *("–" if n is None else number_text(n) for n in one.numbers)] for one in given]

    def draw(paint: Paint) -> ET.Element:
        top = 100
        base = top + tall
        lowest_name = top + APART * len(given)
        height = max(base + AXIS, lowest_name) + MARGIN
        whole = WIDTH + ends - ENDS
        svg = titled_sheet(whole, height, paint, name=name, title=title, subtitle=subtitle, words=words)
        left, room = MARGIN + 40, WIDTH - 2 * MARGIN - 40 - ENDS
        numbers = [number for one in given for number in one.numbers if number is not None]
        highest = grid(svg, max(numbers, default=0), left, top, room, tall, paint)
        each = room / max(len(moments), 1)
        step = ceil(LEAST_ROOM / each)
        for index, moment in enumerate(moments):
            if (len(moments) - 1 - index) % step == 0:
                draw_label_below(svg, moment, left + each * (index + 0.5), base, each * step, paint)
        last_points: list[tuple[float, float, int]] = []
        taken: Counter[tuple[float, float]] = Counter()
        for index, one in enumerate(given):
            points = [
                None if n is None else _beside(left + each * (i + 0.5), base - tall * n / highest, taken)
                for i, n in enumerate(one.numbers)
            ]
            last = _line(svg, index, points, paint)
            if last is not None:
                last_points.append((last[1], last[0], index))
        _names(svg, given, last_points, left + room, top, ends, paint)
        return svg

    return Chart(title, words, [what, *moments], rows, draw)


def _beside(x: float, y: float, taken: Counter[tuple[float, float]]) -> tuple[float, float]:
    """Return the place moved right by a mark's width for every mark already there, so that none covers another."""
    taken[x, y] += 1
    return x + 15 * (taken[x, y] - 1), y


def _in_words(one: Line, moments: Sequence[str]) -> str:
    told = [f"{moment} {number_text(n)}" for moment, n in zip(moments, one.numbers, strict=True) if n is not None]
    values = ", ".join(told) or _("nothing")
    return f"{one.label}: {values}."


def _line(svg: ET.Element, index: int, points: Sequence[tuple[float, float] | None], paint: Paint) -> tuple[float, float] | None:
    """Draw a line with its gaps; return its last point."""
    ink, dashes = paint.tones[_TONES[index % len(_TONES)]][0], _DASHES[index % len(_DASHES)]
    for before, after in pairwise(points):
        if before is not None and after is not None:
            line(svg, *before, *after, stroke=ink, width=2, dashes=dashes)
    there = [point for point in points if point is not None]
    for x, y in there:
        box(svg, x - 8, y - 8, 16, 16, fill=paint.surface)
        symbol(svg, _MARKS[index % len(_MARKS)], x, y, ink=ink)
    return there[-1] if there else None


def _names(
    svg: ET.Element,
    given: Sequence[Line],
    points: Sequence[tuple[float, float, int]],
    left: float,
    top: float,
    room: float,
    paint: Paint,
) -> None:
    """Draw the names beside the lines' ends, pushed apart so that none covers another, with a thin line to the end."""
    free = float(top)
    for y, x, index in sorted(points):
        at = max(y, free)
        free = at + APART
        ink = paint.tones[_TONES[index % len(_TONES)]][0]
        line(svg, x + 10, y, left + 14, at, stroke=paint.line)
        symbol(svg, _MARKS[index % len(_MARKS)], left + 24, at, ink=ink)
        letters = int((room - 40) / (LETTER * 0.9))
        label = given[index].label
        text(svg, left + 38, at + 5, label if len(label) <= letters else f"{label[: letters - 1]}…", size=13, fill=paint.ink)
