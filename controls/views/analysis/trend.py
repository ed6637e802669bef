"""The trend: risks in each band over time, top movers, deviations, lateness; through a year, or over the years."""

from __future__ import annotations

from datetime import date
from functools import cached_property
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import TemplateView

from controls.analysis.filters import TrendFilter
from controls.analysis.lateness import LATENESS
from controls.analysis.trend import (
    ClosingRow,
    Look,
    band_trend,
    closing_rows,
    conclusions_chart,
    lateness_chart,
    movers,
    score_lines,
)
from controls.models import Conclusion
from riskreg import clock
from riskreg.charts import Chart
from riskreg.filtering.history import AFTER, AFTERMATH_MONTHS, HistoryFilter, Stop
from riskreg.heatmap.as_of import Remembered
from riskreg.heatmap.codes import Moment
from riskreg.models import RiskMatrix
from riskreg.views.looks_back import LooksBack

MOST_YEARS = 8
MANY = 5_000
"""Beyond so many risks a year is looked at every third month, at its closings and last: each look costs as much as a
heatmap."""


class TrendView(LooksBack, TemplateView):
    template_name = "controls/trend.html"
    filterset_class: type[HistoryFilter] = TrendFilter
    extra_context = {"title": gettext_lazy("Trend")}
    without_filters = ("matrix",)

    @property
    def filter(self) -> TrendFilter:
        found = self.scope.filter
        assert isinstance(found, TrendFilter)
        return found

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(scope=self.scope, filter=self.filter, total=None, **kwargs)
        matrix = self.filter.shown_matrix
        if matrix is None or not self.scope.is_valid:
            return context | {"bands": None}
        return context | self._of(matrix)

    def _of(self, matrix: RiskMatrix) -> dict[str, Any]:
        looks = self.looks
        what = _("Year") if self.filter.shown_year is None else _("Day")
        bands = band_trend(looks, matrix, subtitle=self.scope.title, what=what)
        moved = []
        # From the first day on which there was anything: before it every risk is new.
        start = next((index for index, heat in enumerate(bands.heats) if heat.total), 0)
        looks = looks[start:]
        by_years = self.filter.shown_year is None
        if len(looks) > 1:
            moved = movers(looks, matrix, by_years=by_years)
        drawn = score_lines(moved, looks, subtitle=self.scope.title, by_years=by_years)
        rows = closing_rows(self.filter.follow_ups, clock.today())
        return {
            "bands": bands,
            "is_thinned": self.is_thinned,
            "hidden": bands.hidden[-1] if bands.hidden else 0,
            "hides": any(bands.hidden),
            "of_matrix": matrix,
            "is_empty": not rows and not any(heat.total for heat in bands.heats),
            "moved": moved,
            "lines": drawn,
            "scores": self._by_moment(drawn, what) if drawn else None,
            "by_years": by_years,
            "compare_url": self._compare_url(looks),
            "closings": [self._linked(row) for row in rows],
            "conclusions": list(Conclusion),
            "lateness": list(LATENESS.values()),
            "found_chart": conclusions_chart(rows, subtitle=self.scope.title) if rows else None,
            "late_chart": lateness_chart(rows, subtitle=self.scope.title) if rows else None,
            "several_matrices": self.filter.several_matrices,
            "several_plans": len(self.filter.plans) > 1,
        }

    @cached_property
    def looks(self) -> list[Look]:
        """The stops of the year; for all years, the end of each one's reporting, or today."""
        after, year = self.filter.chosen.get("values") == AFTER, self.filter.shown_year
        if year is not None:
            remembered = self._own(year)
            stops = self._fewer(self.filter.stops) if self.is_thinned else self.filter.stops
            return [Look(remembered, Moment(stop.day, after), stop.label, self._day_url(year, stop.day)) for stop in stops]
        looks = []
        for one in sorted(self.filter.choices.years)[-MOST_YEARS:]:
            day = min(clock.today(), date(one + 1, AFTERMATH_MONTHS, 31))
            looks.append(Look(self._own(one), Moment(day, after), str(one), self._day_url(one, day)))
        return looks

    @cached_property
    def is_thinned(self) -> bool:
        year = self.filter.shown_year
        return year is not None and self._own(year).risks.count() > MANY

    def _fewer(self, stops: list[Stop]) -> list[Stop]:
        closings = {day for day, _label in self.filter.closings()}
        return [stop for stop in stops if stop.day.month % 3 == 0 or stop.day in closings or stop is stops[-1]]

    def _own(self, year: int) -> Remembered:
        """Return the year's risks that the shown matrix scores."""
        found, matrix = self.remembered(year), self.filter.shown_matrix
        if matrix is None or not self.filter.several_matrices:
            return found
        return found.narrowed(found.risks.filter(plan__matrix=matrix.pk))

    def _day_url(self, year: int, day: date) -> str:
        return self.scope.link("heatmap_history", year=year, day=day.isoformat())

    def _by_moment(self, drawn: Chart, what: str) -> tuple[list[str], list[tuple[str, ...]]]:
        """Return the chart's table with one row for each moment: there may be many moments, but few risks."""
        head, *rows = zip(drawn.head, *drawn.rows, strict=True)
        return [what, *head[1:]], rows

    def _compare_url(self, looks: list[Look]) -> str:
        """Return the page that compares the first and the last look, with every moved risk named."""
        if self.filter.shown_year is None or len(looks) < 2:
            return ""
        first, last = looks[0].moment.day, looks[-1].moment.day
        return self.scope.link("heatmap_history", day=last.isoformat(), against=first.isoformat())

    def _linked(self, row: ClosingRow) -> dict[str, Any]:
        """Return the closing's numbers, each with a link to its risks or follow-ups."""
        risks = {"year": row.closing.year, "values": "", "closing": row.closing.pk}
        follow_ups = {"year": "", "values": "", "matrix": "", "closing": row.closing.pk}
        return {
            "row": row,
            "conclusions": [
                (one, row.conclusions[one.value], self.scope.link("risks", conclusion=one.value, **risks)) for one in Conclusion
            ],
            "none": row.conclusions[""],
            "lateness": [
                (series, row.lateness[code], self.scope.link("follow_ups_in_time", came=code, **follow_ups))
                for code, series in LATENESS.items()
            ],
        }
