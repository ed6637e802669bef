"""Charts in reports, drawn from the report's rows: no figure of theirs can differ from the tables'."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from django.db.models import F
from django.utils.translation import gettext as _

from controls.models import Conclusion
from controls.reporting.paper import Chart
from controls.reporting.reading import seen_risks
from riskreg import charts
from riskreg.charts import Bar, Line, Series
from riskreg.heatmap.cells import Heatmap, Tally, heatmap
from riskreg.heatmap.drawing import draw_for_document, in_words
from riskreg.models import ControlPlan, RiskMatrix, User

LINES = 8
"""Risks that the trend shows, the highest first; more cannot be told apart."""
YEARS = 6
"""Years that it reaches back over, this one included, as far as risks were carried over."""
_EARLIER = [
    tuple("carried_from__" * back + column for column in ("plan__year", "risk_score", "is_confidential"))
    for back in range(1, YEARS)
]


_TITLE = re.compile(r"\s*<text [^>]*>[^<]*</text>")
_HEIGHT = re.compile(r'height="([\d.]+)" viewBox="0 0 ([\d.]+) [\d.]+"')
_ABOVE = 72
"""Pixels that a drawing's own title takes, and the room below it."""
_NAMES, _PLOT = 640, 180
"""Room for the names of the trend's risks, and its height: a lying page has more width than height."""


def under_its_heading(svg: str) -> str:
    """Remove the drawing's title, which stands above it in the report; its name for a screen reader stays."""

    def lower(found: re.Match[str]) -> str:
        height = float(found[1]) - _ABOVE
        return f'height="{height:g}" viewBox="0 {_ABOVE} {found[2]} {height:g}"'

    return _HEIGHT.sub(lower, _TITLE.sub("", svg, count=1), count=1)


def as_part(name: str, chart: charts.Chart) -> Chart:
    """Return the chart as a part of a paper."""
    rows = tuple(tuple(row) for row in chart.rows)
    return Chart(name, chart.title, under_its_heading(chart.file), chart.alternative, tuple(chart.head), rows)


def conclusions(bars: Sequence[Bar], *, what: str, heading: str = "") -> Chart:
    """Draw one bar for each committee: the number of follow-ups by conclusion, and of those without one."""
    series = [Series(str(one.label), one.tone, one.symbol) for one in Conclusion]
    series.append(Series(_("Without a conclusion"), "none", "□"))
    title = heading or _("Conclusions")
    chart = charts.stacked_bars(bars, series, title=title, what=what, name="conclusions", legend_beside=True)
    return as_part("conclusions", chart)


def heatmap_of(matrix: RiskMatrix, tallies: Iterable[Tally], subtitle: str) -> Chart:
    """Draw the heatmap of the tallies as a part of a paper."""
    heat = heatmap(matrix, tallies)
    words = " ".join([subtitle, *in_words(heat)])
    heading = _("Heatmap")
    head = (_("Likelihood"), *(f"{level.value} {level.label}" for level in heat.impacts))
    rows, tones = _grid(heat, len(head))
    return Chart("heatmap", heading, draw_for_document(heat, title=heading, subtitle=subtitle), words, head, rows, tones)


def _grid(heat: Heatmap, width: int) -> tuple[tuple[tuple[str, ...], ...], tuple[tuple[str, ...], ...]]:
    """Return the matrix as rows of numbers, then the risks in no cell; and the tones of the cells."""
    rows = [(f"{row.level.value} {row.level.label}", *(str(cell.number) for cell in row.cells)) for row in heat.rows]
    tones = [("", *(cell.band.tone if cell.band else "" for cell in row.cells)) for row in heat.rows]
    beside = [
        (_("Not placed, score %(score)d") % {"score": one.score}, one.number, one.band.tone if one.band else "")
        for one in heat.not_placed
    ]
    beside += [(_("Not scored"), heat.not_scored, "")] if heat.not_scored else []
    for label, number, tone in beside:
        rows.append((label, str(number), *[""] * (width - 2)))
        tones.append(("", tone, *[""] * (width - 2)))
    return tuple(rows), tuple(tones)


def trend(user: User, plan: ControlPlan, *, public: bool) -> Chart | None:
    """Draw the highest risks' scores, year by year along their carry-overs; None before there are two years.

    A year in which the risk was confidential is left out where the reader sees the risk because it no longer is.
    """
    found = (
        seen_risks(user, public=public)
        .current()
        .filter(plan=plan, risk_score__isnull=False)
        .order_by(F("risk_score").desc(), "number")
        .values_list("title", "is_confidential", "risk_score", *(column for year in _EARLIER for column in year))[:LINES]
    )
    years: set[int] = set()
    known: list[tuple[str, dict[int, int]]] = []
    for title, hidden, score, *before in found:
        scores = {plan.year: int(score or 0)}
        for year, earlier, was_hidden in (before[at : at + 3] for at in range(0, len(before), 3)):
            if year is not None and earlier is not None and (hidden or not was_hidden):
                scores[year] = earlier
        years |= scores.keys()
        known.append((title, scores))
    if len(years) < 2:
        return None
    moments = sorted(years)
    given = [Line(title, [scores.get(year) for year in moments]) for title, scores in known]
    chart = charts.lines(
        [str(year) for year in moments],
        given,
        title=_("Risk scores over the years"),
        what=_("Risk"),
        name="trend",
        ends=_NAMES,
        tall=_PLOT,
    )
    return as_part("trend", chart)
