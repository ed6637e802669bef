"""Values through time against levels: a target band, lines of levels, events, and marks by what each value says."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import NamedTuple
from xml.etree import ElementTree as ET

from django.utils.translation import get_language

from riskreg.charts.chart import Chart
from riskreg.charts.svg import LETTER, Paint, box, line, sheet, symbol, text, wrap_label

WIDTH, TALL = 700, 250
SMALL_WIDTH, SMALL_TALL = 320, 96
_ENDS, _LEFT = 112, 40
_LEAST_ROOM = 46
_APART = 17


class Mark(NamedTuple):
    """A moment with its value, None where there is none, and the tone and symbol of what it says."""

    label: str
    value: float | None
    tone: str
    symbol: str
    note: str = ""
    """The letter of an event at the moment."""
    is_signal: bool = False


class Steps(NamedTuple):
    """A level through the moments, None where it is not set; its name stands at the end of its line."""

    label: str
    values: Sequence[float | None]
    tone: str
    dashes: str


class Band(NamedTuple):
    """The ground between two levels at each moment; None for the edge of the drawing."""

    above: Sequence[float | None]
    below: Sequence[float | None]
    tone: str
    where: Sequence[bool]
    """Whether the band is there at the moment."""


def level_plot(
    marks: Sequence[Mark],
    levels: Sequence[Steps],
    *,
    title: str,
    words: Sequence[str],
    head: Sequence[str],
    rows: Sequence[Sequence[str]],
    number: Callable[[float], str],
    band: Band | None = None,
    name: str = "levels",
    is_small: bool = False,
) -> Chart:
    """Draw the values. `number` writes a value of the axis; `words`, `head` and `rows` are the text alternative."""

    def draw(paint: Paint) -> ET.Element:
        return _drawn(marks, levels, band, title, words, number, name, paint, is_small)

    return Chart(title, list(words), list(head), [list(row) for row in rows], draw)


class _Frame(NamedTuple):
    left: float
    top: float
    width: float
    tall: float
    low: float
    high: float
    moments: int

    def x(self, index: float) -> float:
        return round(self.left + self.width * (index + 0.5) / max(self.moments, 1), 1)

    def y(self, value: float) -> float:
        return round(self.top + self.tall * (self.high - value) / (self.high - self.low), 1)


def _drawn(
    marks: Sequence[Mark],
    levels: Sequence[Steps],
    band: Band | None,
    title: str,
    words: Sequence[str],
    number: Callable[[float], str],
    name: str,
    paint: Paint,
    is_small: bool,
) -> ET.Element:
    there = [one.value for one in marks if one.value is not None]
    there += [value for each in levels for value in each.values if value is not None]
    low, high, step = axis(min(there, default=0.0), max(there, default=1.0), lines=2 if is_small else 5)
    if is_small:
        frame = _Frame(4, 8, SMALL_WIDTH - 8, SMALL_TALL - 16, low, high, len(marks))
        whole, height = SMALL_WIDTH, SMALL_TALL
    else:
        frame = _Frame(8 + _LEFT, 34, WIDTH - 16 - _LEFT - _ENDS, TALL, low, high, len(marks))
        whole, height = WIDTH, 34 + TALL + 48
    svg = sheet(whole, height, name=name, title=title, desc=" ".join(words), language=get_language() or "sv", paint=paint)
    if band is not None:
        _band(svg, band, frame, paint)
    if not is_small:
        _grid(svg, frame, step, number, paint)
        _moments(svg, marks, frame, paint)
    for each in levels:
        _steps(svg, each, frame, paint, is_small)
    if not is_small:
        _names(svg, levels, frame, paint)
    _values(svg, marks, frame, paint, is_small)
    return svg


def axis(lowest: float, highest: float, *, lines: int) -> tuple[float, float, float]:
    """Return an axis' least and largest number and its step of 1, 2 or 5 × 10ⁿ; it begins at nought where that is near."""
    if lowest >= 0 and lowest < 0.6 * highest:
        lowest = 0.0
    if highest <= 0 and highest > 0.6 * lowest:
        highest = 0.0
    span = highest - lowest or abs(highest) or 1.0
    raw = span / lines
    size = 10.0 ** math.floor(math.log10(raw))
    step = next(factor * size for factor in (1, 2, 5, 10) if factor * size >= raw * 0.999)
    low, high = math.floor(lowest / step + 1e-9) * step, math.ceil(highest / step - 1e-9) * step
    return low, high if high > low else low + step, step


def _grid(svg: ET.Element, frame: _Frame, step: float, number: Callable[[float], str], paint: Paint) -> None:
    for place in range(round((frame.high - frame.low) / step) + 1):
        value = frame.low + place * step
        y = frame.y(value)
        line(svg, frame.left, y, frame.left + frame.width, y, stroke=paint.line if place else paint.ink_soft)
        text(svg, frame.left - 8, y + 5, number(value), size=13, anchor="end", fill=paint.ink_soft)


def _moments(svg: ET.Element, marks: Sequence[Mark], frame: _Frame, paint: Paint) -> None:
    each = frame.width / max(len(marks), 1)
    step = math.ceil(_LEAST_ROOM / each)
    for index, one in enumerate(marks):
        x = frame.x(index)
        if (len(marks) - 1 - index) % step == 0:
            for row, words in enumerate(wrap_label(one.label, max(int(each * step / 6), 4), lines=2)):
                text(svg, x, frame.top + frame.tall + 20 + 15 * row, words, size=12, anchor="middle", fill=paint.ink_soft)
        if one.note:
            line(svg, x, 26, x, frame.top + frame.tall, stroke=paint.ink_soft, dashes="2 3")
            text(svg, x, 20, one.note, size=13, weight="bold", anchor="middle", fill=paint.ink)


def _band(svg: ET.Element, band: Band, frame: _Frame, paint: Paint) -> None:
    """Draw the ground of the band, one box a run of moments with the same edges."""
    edges = [(above, below) if there else None for above, below, there in zip(band.above, band.below, band.where, strict=True)]
    start = 0
    for index in range(1, len(edges) + 1):
        if index < len(edges) and edges[index] == edges[start]:
            continue
        edge = edges[start]
        if edge is not None:
            top = frame.top if edge[0] is None else frame.y(edge[0])
            bottom = frame.top + frame.tall if edge[1] is None else frame.y(edge[1])
            box(
                svg,
                frame.x(start - 0.5),
                top,
                frame.x(index - 0.5) - frame.x(start - 0.5),
                max(bottom - top, 1),
                fill=paint.tones[band.tone][1],
            )
        start = index


def _steps(svg: ET.Element, each: Steps, frame: _Frame, paint: Paint, is_small: bool) -> None:
    """Draw a level as steps: a line over each run of moments with the same value."""
    ink, start = paint.tones[each.tone][0], 0
    for index in range(1, len(each.values) + 1):
        if index < len(each.values) and each.values[index] == each.values[start]:
            continue
        value = each.values[start]
        if value is not None:
            y = frame.y(value)
            left, right = frame.x(start - 0.5), frame.x(index - 0.5)
            line(svg, left, y, right, y, stroke=ink, width=1.2 if is_small else 1.6, dashes=each.dashes)
        start = index


def _names(svg: ET.Element, levels: Sequence[Steps], frame: _Frame, paint: Paint) -> None:
    """Draw the levels' names beside the ends of their lines, pushed apart so that none covers another."""
    ends = [(frame.y(each.values[-1]), each) for each in levels if each.values and each.values[-1] is not None]
    free = frame.top
    for y, each in sorted(ends, key=lambda end: end[0]):
        at = max(y, free)
        free = at + _APART
        right = frame.left + frame.width
        line(svg, right, y, right + 12, at, stroke=paint.line)
        letters = int(_ENDS / (LETTER * 0.85))
        label = each.label if len(each.label) <= letters else f"{each.label[: letters - 1]}…"
        text(svg, right + 16, at + 4, label, size=13, fill=paint.tones[each.tone][0])


def _values(svg: ET.Element, marks: Sequence[Mark], frame: _Frame, paint: Paint, is_small: bool) -> None:
    """Draw the line with its gaps, and at each value the symbol of what it says; where it is small, at the last one alone."""
    points = [None if one.value is None else (frame.x(index), frame.y(one.value)) for index, one in enumerate(marks)]
    for before, after in pairwise(points):
        if before is not None and after is not None:
            line(svg, *before, *after, stroke=paint.ink, width=1.6 if is_small else 2)
    last = max((index for index, point in enumerate(points) if point is not None), default=-1)
    for index, (one, point) in enumerate(zip(marks, points, strict=True)):
        if point is None:
            if not is_small:
                symbol(svg, one.symbol, frame.x(index), frame.top + frame.tall - 10, ink=paint.tones[one.tone][0])
            continue
        if is_small and index != last:
            continue
        x, y = point
        box(svg, x - 8, y - 8, 16, 16, fill=paint.surface)
        if one.is_signal:
            ET.SubElement(
                svg,
                "circle",
                {"cx": f"{x:g}", "cy": f"{y:g}", "r": "12", "fill": "none", "stroke": paint.ink, "stroke-width": "1.5"},
            )
        symbol(svg, one.symbol, x, y, ink=paint.tones[one.tone][0])
