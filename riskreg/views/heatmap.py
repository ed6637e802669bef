"""The heatmap's page and its file."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.db.models import Q, QuerySet
from django.utils import formats
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.generic import TemplateView

from riskreg import clock
from riskreg.heatmap.cells import HeatCell, Heatmap, count_cells_and_hidden, heatmap
from riskreg.heatmap.drawing import draw
from riskreg.models import Risk
from riskreg.plans.coverage import YEARS_BACK, Coverage
from riskreg.views.drawn_file import PngFile, SvgFile
from riskreg.views.placing import Placing, placings
from riskreg.views.scope import ScopedToRisks
from riskreg.web.file_names import download_stem

NOT_LOOKED_BACK = (
    "q", "band", "likelihood", "impact", "score", "placed", "method", "conclusion", "closing", "performer", "matrix",
)  # fmt: skip
"""Filters that ask about today, and are left when one looks back."""
FEW = 60
"""Up to so many risks are shown one by one, as numbered chips; more are counts only."""
PLACED_AT_ONCE = 5
"""The number of risks without factors offered for placing beside the matrix; the rest are a link away."""


@dataclass(frozen=True, slots=True)
class LinkedCell:
    """A cell with the address of its risks' list, "" where it has none."""

    cell: HeatCell
    url: str

    @property
    def label(self) -> str:
        """The words for what its number counts, for readers who do not see where it stands."""
        return ngettext("risk in the cell %(cell)s", "risks in the cell %(cell)s", self.cell.number) % {"cell": self.cell.words}


class Counted(ScopedToRisks):
    """The counts that the page and the file both show."""

    hidden = 0
    """The number of confidential risks hidden from the reader; known once `heat` is."""

    @cached_property
    def heat(self) -> Heatmap | None:
        """The heatmap; None when what was asked for has no plan, and so no matrix."""
        matrix = self.scope.filter.shown_matrix
        if matrix is None or not self.scope.is_valid:
            return None
        tallies, self.hidden = count_cells_and_hidden(
            lambda: (self.scope.risks, self.scope.hidden),
            by_matrix=self.scope.filter.several_matrices,
            of_plans=self.scope.filter.shown_year is not None,
            key=self.scope.key,
        )
        return heatmap(matrix, tallies)


class HeatmapView(Counted, TemplateView):
    template_name = "riskreg/heatmap.html"
    extra_context = {"title": gettext_lazy("Heatmap")}
    without_filters = ("likelihood", "impact", "placed", "score", "matrix")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(scope=self.scope, filter=self.scope.filter, heat=self.heat, total=None, **kwargs)
        context["hidden"] = self.hidden
        context["uncovered"] = self._uncovered()
        return context if self.heat is None else context | self._of(self.heat)

    def _uncovered(self) -> str:
        """Return the committees that had plans and have none of the shown year, with the months that no plan covered.

        No query where every committee has one.
        """
        chosen = self.scope.filter
        year, units = chosen.shown_year, {str(unit.pk): unit.path for unit in chosen.choices.units}
        if year is None or chosen.chosen.get("plan"):
            return ""
        below = units.get(chosen.chosen.get("unit", ""), "/")
        plans = [plan for plan in chosen.choices.plans if plan.is_visible and plan.path.startswith(below)]
        there = {plan.path for plan in plans if plan.year == year}
        without = {plan.path for plan in plans if year - YEARS_BACK <= plan.year < year} - there
        return Coverage(clock.today(), [year], Q(unit__path__in=without)).uncovered_in_words(year) if without else ""

    def _of(self, heat: Heatmap) -> dict[str, Any]:
        scope, listed = self.scope, self._listed(heat)
        few = heat.total <= FEW
        if few:
            heat.show(listed)
        rows = [
            (
                row.level,
                [
                    LinkedCell(
                        cell,
                        scope.risks_link(heat, likelihood=cell.cell.likelihood, impact=cell.cell.impact) if cell.number else "",
                    )
                    for cell in row.cells
                ],
            )
            for row in heat.rows
        ]
        return {
            "total": heat.total,
            "few": few,
            "rows": rows,
            "several_plans": len(scope.filter.plans) > 1,
            "bands": [(total, scope.risks_link(heat, band=total.band.name)) for total in reversed(heat.bands)],
            "not_placed": [(row, scope.risks_link(heat, placed="not_placed", score=row.score)) for row in heat.not_placed],
            "not_placed_url": scope.risks_link(heat, placed="not_placed"),
            "not_scored_url": scope.risks_link(heat, placed="not_scored"),
            "others": [
                (scope.choices.matrices[pk], number, scope.link("heatmap", matrix=pk))
                for pk, number in sorted(heat.others.items())
                if pk in scope.choices.matrices
            ],
            "placings": self._placings(heat, listed),
            "svg_url": scope.link("heatmap_svg"),
            "png_url": scope.link("heatmap_png"),
            "history_url": scope.link("heatmap_history", **dict.fromkeys(NOT_LOOKED_BACK, "")),
            "list_url": scope.link("risks"),
        }

    def _listed(self, heat: Heatmap) -> list[Risk]:
        """Return the risks to show one by one: all when they are few, else the first of those without factors."""
        several, few = self.scope.filter.several_matrices, heat.total <= FEW

        def chosen() -> QuerySet[Risk]:
            risks = self.scope.risks.select_related("plan", "unit").defer("description")
            if several:
                risks = risks.filter(plan__matrix=heat.matrix.pk)
            if few:
                return risks.filter(risk_score__isnull=False).order_by("-risk_score")[:FEW]
            # Ordered by the score alone, which the index gives: any of the highest will do.
            unplaced = risks.filter(likelihood__isnull=True, impact__isnull=True, risk_score__isnull=False)
            return unplaced.order_by("-risk_score")[:PLACED_AT_ONCE]

        found = self.scope.rows(("listed by a heatmap", several and heat.matrix.pk, few), chosen)
        rows = sorted(found, key=lambda risk: (-(risk.risk_score or 0), risk.plan_id, risk.number))
        for risk in rows:
            risk.plan.matrix = heat.matrix
        return rows

    def _placings(self, heat: Heatmap, listed: list[Risk]) -> list[Placing]:
        without = [risk for risk in listed if not risk.is_placed and risk.possible_cells]
        return placings(without, by=self.scope.user)


class HeatmapSvgView(Counted, SvgFile):
    """The same counts as a file that stands on its own."""

    def draw(self, heat: Heatmap) -> tuple[str, str]:
        day = formats.date_format(clock.today(), "DATE_FORMAT")
        subtitle = _("%(matrix)s. As of %(day)s.") % {"matrix": heat.matrix, "day": day}
        svg = draw(heat, title=self.scope.title, subtitle=subtitle, hidden=self.hidden)
        return svg, f"heatmap-{download_stem(self.scope.title)}"


class HeatmapPngView(PngFile, HeatmapSvgView):
    """The same drawing as a bitmap."""
