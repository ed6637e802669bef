"""Stacked bars: horizontal, one for each committee; vertical, one for each moment."""

from __future__ import annotations

import math
from collections.abc import Sequence
from xml.etree import ElementTree as ET

from django.utils.translation import gettext as _

from riskreg.charts.chart import LINE, MARGIN, Bar, Chart, Series, as_table, counted_in_words, legend, titled_sheet
from riskreg.charts.svg import LETTER, Paint, box, line, symbol, text, weave, wrap_label
from riskreg.numbers import number_text

WIDTH = 760
BESIDE = 260
"""Room for a legend that stands beside the bars."""
LABELS, TOTALS = 220, 56
BAR, BETWEEN = 36, 16
PLOT = 260
AXIS = 52


def stacked_bars(
    bars: Sequence[Bar],
    series: Sequence[Series],
    *,
    title: str,
    subtitle: str = "",
    what: str = "",
    name: str = "bars",
    legend_beside: bool = False,
) -> Chart:
    """Draw horizontal bars, with the label before and the total after each.

    `what` heads the labels' column of the table. The legend stands below the bars, or beside them, where a document
    has more width than height.
    """
    totals = [sum(bar.numbers[index] for bar in bars) for index in range(len(series))]
    words = counted_in_words(bars, series)

    def draw(paint: Paint) -> ET.Element:
        top = 84
        bottom = top + len(bars) * (BAR + BETWEEN)
        high = LINE * len(series)
        height = max(bottom, top + high) + MARGIN / 2 if legend_beside else bottom + 16 + high + MARGIN
        whole = WIDTH + (BESIDE if legend_beside else 0)
        svg = titled_sheet(whole, height, paint, name=name, title=title, subtitle=subtitle, words=words)
        room = WIDTH - 2 * MARGIN - LABELS - TOTALS
        longest = max((bar.total for bar in bars), default=0) or 1
        for index, bar in enumerate(bars):
            y = top + index * (BAR + BETWEEN)
            lines = wrap_label(bar.label, int((LABELS - 14) / LETTER), lines=2)
            for number, words_of_line in enumerate(lines):
                at = y + BAR / 2 + 5 + 17 * number - 8.5 * (len(lines) - 1)
                text(svg, MARGIN + LABELS - 14, at, words_of_line, anchor="end", fill=paint.ink)
            x = float(MARGIN + LABELS)
            for one, number in zip(series, bar.numbers, strict=True):
                width = room * number / longest
                if number:
                    _segment(svg, one, number, (x, y, width, BAR), paint)
                x += width
            text(svg, x + 8, y + BAR / 2 + 5, number_text(bar.total), weight="bold", fill=paint.ink)
        if legend_beside:
            legend(svg, series, totals, top + 16, paint, left=WIDTH)
        else:
            legend(svg, series, totals, bottom + 16, paint)
        return svg

    return Chart(title, words, [what, *(one.label for one in series), _("Total")], as_table(bars, series), draw)


def stacked_columns(
    bars: Sequence[Bar], series: Sequence[Series], *, title: str, subtitle: str = "", what: str = "", name: str = "columns"
) -> Chart:
    """Draw vertical bars side by side in time. The first series is at the bottom, and last in the legend."""
    words = counted_in_words(bars, series)

    def draw(paint: Paint) -> ET.Element:
        top = 100
        base = top + PLOT
        height = base + AXIS + LINE * len(series) + MARGIN
        svg = titled_sheet(WIDTH, height, paint, name=name, title=title, subtitle=subtitle, words=words)
        left, room = MARGIN + 40, WIDTH - 2 * MARGIN - 40
        highest = grid(svg, max((bar.total for bar in bars), default=0), left, top, room, PLOT, paint)
        each = room / max(len(bars), 1)
        width = min(each * 0.72, 72)
        for index, bar in enumerate(bars):
            middle = left + each * (index + 0.5)
            y = float(base)
            for one, number in zip(series, bar.numbers, strict=True):
                tall = PLOT * number / highest
                y -= tall
                if number:
                    _segment(svg, one, number, (middle - width / 2, y, width, tall), paint)
            text(svg, middle, y - 6, number_text(bar.total), anchor="middle", weight="bold", fill=paint.ink)
            draw_label_below(svg, bar.label, middle, base, each, paint)
        legend(svg, list(reversed(series)), None, base + AXIS + 14, paint)
        return svg

    return Chart(title, words, [what, *(one.label for one in series), _("Total")], as_table(bars, series), draw)


def grid(svg: ET.Element, highest: float, left: float, top: float, width: float, height: float, paint: Paint) -> float:
    """Draw level lines with their numbers, at steps of 1, 2 or 5 × 10ⁿ; return the number at the uppermost line."""
    step = _step(highest)
    levels = max(math.ceil(highest / step), 1)
    for level in range(levels + 1):
        y = top + height - height * level / levels
        line(svg, left, y, left + width, y, stroke=paint.line if level else paint.ink_soft)
        text(svg, left - 8, y + 5, number_text(int(step * level)), size=12, anchor="end", fill=paint.ink_soft)
    return float(step * levels)


def draw_label_below(svg: ET.Element, label: str, middle: float, base: float, room: float, paint: Paint) -> None:
    """Draw a moment's label under its place on the axis, in two lines at most."""
    for number, words in enumerate(wrap_label(label, max(int(room / 4.6), 3), lines=2)):
        text(svg, middle, base + 20 + 15 * number, words, size=11, anchor="middle", fill=paint.ink_soft)


def _step(highest: float) -> int:
    size = 1
    while True:
        for step in (size, 2 * size, 5 * size):
            if highest <= step * 5:
                return step
        size *= 10


def _segment(svg: ET.Element, series: Series, number: int, place: tuple[float, float, float, float], paint: Paint) -> None:
    x, y, width, height = place
    ink, ground = paint.tones[series.tone]
    group = ET.SubElement(svg, "g")
    box(group, x, y, width, height, fill=ground, stroke=ink, round_by=2)
    weave(group, series.tone, x, y, width, height, ink=ink)
    words = number_text(number)
    needed = 8 * len(words) + 6
    if height < 17 or width < needed:
        return
    has_room = width >= needed + 24
    at = x + width / 2 + (9 if has_room else 0)
    # The ground again under the number, so that the weave does not run through it.
    box(group, at - needed / 2, y + height / 2 - 8, needed, 16, fill=ground)
    if has_room:
        box(group, at - needed / 2 - 20, y + height / 2 - 8, 20, 16, fill=ground)
        symbol(group, series.symbol, at - needed / 2 - 8, y + height / 2, ink=ink)
    text(group, at, y + height / 2 + 5, words, anchor="middle", weight="bold", fill=ink)
