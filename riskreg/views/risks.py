"""The list of risks: filtered, sorted, fifty a page. The view that extends this one adds the controls' columns."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, cast

from django.core.paginator import Page, Paginator
from django.db.models import F, QuerySet
from django.db.models.expressions import OrderBy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import TemplateView

from riskreg.heatmap.cells import count_with_hidden
from riskreg.models import Risk
from riskreg.views.scope import HIGHEST_FIRST, ScopedToRisks

PER_PAGE = 50
DEFAULT_SORT = "-score"

# What a heading sorts by; names by their Swedish key, so that every database agrees.
SORTS: dict[str, tuple[str, ...]] = {
    "reference": ("plan__year", "number"),
    "title": ("title_sort",),
    "unit": ("unit__name_sort",),
    "category": ("category__name_sort",),
    "score": ("risk_score",),
    "owner": ("owner__name_sort", "owner_text"),
}
NOT_ALWAYS_STATED = {"category__name_sort", "risk_score", "owner__name_sort"}
"""These come last both ways where they are missing; the others must not say so, or no index serves their order."""


@dataclass(frozen=True, slots=True)
class Heading:
    """A column's heading: the sort that a click on it asks for, and how the column is sorted now."""

    name: str
    label: str
    next_sort: str
    sorted_now: str
    """ "ascending", "descending" or "": the value of aria-sort."""


def ordering(sort: str) -> list[str | OrderBy]:
    """Return the ORDER BY of a sort such as "title" or "-score"; an unknown one gives the default.

    Always a total order.
    """
    name = sort.removeprefix("-")
    if name not in SORTS or sort == DEFAULT_SORT:
        return list(HIGHEST_FIRST)
    falling = sort.startswith("-")
    columns = [_ordered(column, falling) for column in SORTS[name]]
    if name == "title":  # as its index has it, both ways
        return [*columns, "-pk" if falling else "pk"]
    return [*columns, "plan_id", "number"]


def _ordered(column: str, falling: bool) -> OrderBy:
    last = True if column in NOT_ALWAYS_STATED else None
    return F(column).desc(nulls_last=last) if falling else F(column).asc(nulls_last=last)


class PaginatorWithHidden(Paginator):
    """Counts the risks hidden from the reader along with those that are listed, in one query."""

    hidden = 0

    def __init__(self, risks: QuerySet[Risk], per_page: int, *, hidden: QuerySet[Risk] | None) -> None:
        super().__init__(risks, per_page)
        self._hidden = hidden

    @cached_property
    def count(self) -> int:
        if self._hidden is None:
            return super().count
        risks = cast("QuerySet[Risk]", self.object_list)
        seen, hidden = count_with_hidden(risks.select_related(None).defer(None), self._hidden)
        self.hidden = sum(number for _row, number in hidden)
        return sum(number for _row, number in seen)


class RiskListView(ScopedToRisks, TemplateView):
    template_name = "riskreg/risk_list.html"
    extra_context = {"title": gettext_lazy("Risks")}

    @cached_property
    def sort(self) -> str:
        asked = self.request.GET.get("sort", "")
        return asked if asked.removeprefix("-") in SORTS else DEFAULT_SORT

    def rows(self, risks: QuerySet[Risk]) -> QuerySet[Risk]:
        """Return the queryset with all that a row shows beside the risk's own columns."""
        return risks.select_related("plan", "unit", "category", "owner").defer("description")

    def page(self) -> Page[Risk]:
        risks = self.rows(self.scope.risks).order_by(*ordering(self.sort))
        page = PaginatorWithHidden(risks, PER_PAGE, hidden=self.scope.hidden).get_page(self.request.GET.get("page"))
        for risk in page:
            risk.plan.matrix = self.scope.choices.matrix_of(risk)
        return page

    def headings(self) -> list[Heading]:
        labels = {
            "reference": _("No."),
            "title": _("Risk"),
            "unit": _("Unit"),
            "category": _("Category"),
            "score": _("Risk score"),
            "owner": _("Risk owner"),
        }
        return [self._heading(name, label) for name, label in labels.items()]

    def _heading(self, name: str, label: str) -> Heading:
        now = {name: "ascending", f"-{name}": "descending"}.get(self.sort, "")
        first, second = (f"-{name}", name) if name == "score" else (name, f"-{name}")
        return Heading(name, label, second if self.sort == first else first, now)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        page = self.page()
        return super().get_context_data(
            scope=self.scope,
            filter=self.scope.filter,
            page_obj=page,
            total=page.paginator.count if self.scope.is_valid else None,
            hidden=cast(PaginatorWithHidden, page.paginator).hidden,
            headings=self.headings(),
            heatmap_url=self.scope.link("heatmap"),
            **kwargs,
        )
