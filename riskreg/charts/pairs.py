"""Pairs of columns side by side: what was observed beside what was expected, in percent."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import NamedTuple
from xml.etree import ElementTree as ET

from django.utils.translation import gettext as _

from riskreg.charts.bars import AXIS, PLOT, WIDTH, draw_label_below, grid
from riskreg.charts.chart import LINE, MARGIN, Chart, Series, legend, titled_sheet
from riskreg.charts.svg import Paint, box, text, weave
from riskreg.numbers import number_text


class Pair(NamedTuple):
    """A label, and the two shares of it, between 0 and 1."""

    label: str
    first: float
    second: float


def share_text(share: float) -> str:
    """Return the share in percent with one decimal, without a sign for percent."""
    return number_text(Decimal(f"{100 * share:.1f}"))


def paired_columns(
    pairs: Sequence[Pair], series: tuple[Series, Series], *, title: str, subtitle: str = "", what: str = "", name: str = "pairs"
) -> Chart:
    """Draw two columns for each label, told apart by weave and place, and only then by colour."""
    said = _("%(label)s: %(one)s %(first)s %%, %(other)s %(second)s %%.")
    named = {"one": series[0].label, "other": series[1].label}
    rows = [[pair.label, share_text(pair.first), share_text(pair.second)] for pair in pairs]
    words = [said % {"label": label, "first": first, "second": second, **named} for label, first, second in rows]

    def draw(paint: Paint) -> ET.Element:
        top = 100
        base = top + PLOT
        height = base + AXIS + LINE * len(series) + MARGIN
        svg = titled_sheet(WIDTH, height, paint, name=name, title=title, subtitle=subtitle, words=words)
        left, room = MARGIN + 40, WIDTH - 2 * MARGIN - 40
        highest = grid(svg, max((100 * max(pair[1:]) for pair in pairs), default=0), left, top, room, PLOT, paint)
        each = room / max(len(pairs), 1)
        width = min(each * 0.4, 34)
        for index, pair in enumerate(pairs):
            middle = left + each * (index + 0.5)
            for one, share, x in zip(series, pair[1:], (middle - width, middle), strict=True):
                _column(svg, one.tone, (x, float(base), width, PLOT * 100 * share / highest), share, paint)
            draw_label_below(svg, pair.label, middle, base, each, paint)
        legend(svg, series, None, base + AXIS + 14, paint)
        return svg

    return Chart(title, words, [what, *(_("%(series)s, percent") % {"series": one.label} for one in series)], rows, draw)


def _column(svg: ET.Element, tone: str, place: tuple[float, float, float, float], share: float, paint: Paint) -> None:
    x, base, width, tall = place
    ink, ground = paint.tones[tone]
    if share:
        group = ET.SubElement(svg, "g")
        box(group, x, base - tall, width, tall, fill=ground, stroke=ink, round_by=2)
        weave(group, tone, x, base - tall, width, tall, ink=ink)
    text(svg, x + width / 2, base - tall - 6, share_text(share), size=11, anchor="middle", fill=paint.ink)
