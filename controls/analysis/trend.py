"""The trend of risks and closings.

The risks in each band through a year or over the years, the scores that moved most, and the deviations and lateness
of each closing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

from django.db.models import Count, QuerySet
from django.utils.translation import gettext as _

from controls.analysis.lateness import LATENESS, with_lateness
from controls.models import Closing, Conclusion, FollowUp
from riskreg.charts import Bar, Chart, Line, Series, lines, stacked_columns
from riskreg.heatmap.as_of import Remembered, Seen, scores_through, tallies_through
from riskreg.heatmap.cells import Heatmap, heatmap
from riskreg.heatmap.changes import Kind, kind_of
from riskreg.heatmap.codes import Moment, State
from riskreg.heatmap.years import Chains
from riskreg.models import RiskBand, RiskMatrix

MOST_MOVERS, MOST_LINES = 10, 6


class Look(NamedTuple):
    """A moment of the trend: which risks, when, what it is called, and where its heatmap is."""

    remembered: Remembered
    moment: Moment
    label: str
    url: str


@dataclass(frozen=True, slots=True)
class Mover:
    """A risk whose score moved; its bands before and after."""

    risk: Seen
    before: State
    after: State
    band_before: RiskBand | None
    band_after: RiskBand | None

    @property
    def kind(self) -> Kind:
        return kind_of(self.before, self.after)


@dataclass
class BandTrend:
    """The number of risks in each band at each look."""

    looks: Sequence[Look]
    heats: list[Heatmap]
    hidden: list[int]
    """The number of confidential risks hidden from the reader at each look."""
    chart: Chart

    @property
    def rows(self) -> list[tuple[Look, list[int], int, int]]:
        """Each look with its bands' numbers (the lowest band first), the number not scored, and the number hidden."""
        return [
            (look, [total.number for total in heat.bands], heat.not_scored, hidden)
            for look, heat, hidden in zip(self.looks, self.heats, self.hidden, strict=True)
        ]


def band_trend(looks: Sequence[Look], matrix: RiskMatrix, *, subtitle: str, what: str) -> BandTrend:
    """Count the risks in each band at each look, and draw the chart. One query."""
    found = tallies_through([(look.remembered, look.moment) for look in looks])
    heats = [heatmap(matrix, tallies) for tallies, _hidden in found]
    series = [Series(band.name, band.tone, band.symbol) for band in matrix.ordered_bands]
    bars = [Bar(look.label, [total.number for total in heat.bands]) for look, heat in zip(looks, heats, strict=True)]
    chart = stacked_columns(bars, series, title=_("Risks in each band"), subtitle=subtitle, what=what, name="bands")
    return BandTrend(looks, heats, [hidden for _tallies, hidden in found], chart)


def movers(looks: Sequence[Look], matrix: RiskMatrix, *, by_years: bool) -> list[Mover]:
    """Return the risks whose score moved most from the first look to the last. Two queries.

    Each year's look is at risks of its own, linked by their carry-overs.
    """
    if by_years:
        found = _chains(looks).biggest(MOST_MOVERS)
    else:
        found = looks[-1].remembered.biggest(looks[0].moment, looks[-1].moment, MOST_MOVERS)
    return [Mover(seen, one, other, matrix.band_of(one.score), matrix.band_of(other.score)) for seen, one, other in found]


def score_lines(moved: Sequence[Mover], looks: Sequence[Look], *, subtitle: str, by_years: bool) -> Chart | None:
    """Draw the movers' scores, look by look; None when nothing moved. One query, over years two."""
    if not moved:
        return None
    shown = [mover.risk for mover in moved[:MOST_LINES]]
    keys = [seen.pk for seen in shown]
    risks = _chains(looks).of(keys) if by_years else [{key: key for key in keys} for _look in looks]
    scores = scores_through([(look.remembered, look.moment) for look in looks], [list(of_look) for of_look in risks])
    at = [{risks[index][pk]: score for pk, score in found.items()} for index, found in enumerate(scores)]
    drawn = [Line(f"{seen.reference} {seen.title}", [of_look.get(seen.pk) for of_look in at]) for seen in shown]
    what = _("Risk")
    return lines(
        [look.label for look in looks], drawn, title=_("Scores that moved most"), subtitle=subtitle, what=what, name="scores"
    )


def _chains(looks: Sequence[Look]) -> Chains:
    return Chains([(int(look.label), look.remembered, look.moment) for look in looks])


@dataclass
class ClosingRow:
    """The result of a closing's follow-ups: numbers by conclusion, and by lateness."""

    closing: Closing
    conclusions: Counter[str] = field(default_factory=Counter)
    lateness: Counter[str] = field(default_factory=Counter)

    @property
    def deviations(self) -> int:
        return sum(self.conclusions[one.value] for one in Conclusion if one.is_deviation)

    @property
    def concluded(self) -> int:
        return sum(number for code, number in self.conclusions.items() if code)


def closing_rows(follow_ups: QuerySet[FollowUp], today: date) -> list[ClosingRow]:
    """Return the closings of these follow-ups in order of time, each with its numbers; one query."""
    columns = ("closing", "closing__year", "closing__kind", "closing__cut_off", "conclusion", "came")
    made: dict[int, ClosingRow] = {}
    for row in with_lateness(follow_ups, today).order_by().values(*columns).annotate(number=Count("*")):
        closing = Closing(
            pk=row["closing"], year=row["closing__year"], kind=row["closing__kind"], cut_off=row["closing__cut_off"]
        )
        mine = made.setdefault(row["closing"], ClosingRow(closing))
        mine.conclusions[row["conclusion"] or ""] += row["number"]
        mine.lateness[row["came"]] += row["number"]
    return sorted(made.values(), key=lambda row: (row.closing.cut_off, row.closing.pk))


def conclusions_chart(rows: Sequence[ClosingRow], *, subtitle: str) -> Chart:
    """Draw the conclusions of each closing."""
    series = [Series(str(one.label), one.tone, one.symbol) for one in Conclusion]
    bars = [Bar(str(row.closing), [row.conclusions[one.value] for one in Conclusion]) for row in rows]
    return stacked_columns(
        bars, series, title=_("What the follow-ups found"), subtitle=subtitle, what=_("Closing"), name="conclusions"
    )


def lateness_chart(rows: Sequence[ClosingRow], *, subtitle: str) -> Chart:
    """Draw the lateness of each closing's follow-ups."""
    series = [Series(str(one.label), one.tone, one.symbol) for one in LATENESS.values()]
    bars = [Bar(str(row.closing), [row.lateness[code] for code in LATENESS]) for row in rows]
    return stacked_columns(bars, series, title=_("In time or late"), subtitle=subtitle, what=_("Closing"), name="lateness")
