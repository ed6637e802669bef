"""The list of risks: filtered, sorted, fifty a page. The view that extends this one adds the controls' columns."""

from __future__ import annotations

from collections.abc import Callable, Hashable
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
from riskreg.views.scope import HIGHEST_FIRST, RiskScope, ScopedToRisks

PER_PAGE = 50
PAGES_KEPT = 3
"""The SQL of so many first pages is kept."""
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
SHOWN = (
    *("plan__year", "plan__matrix", "unit__name", "category__name", "owner__name", "owner_text"),
    *("number", "title", "likelihood", "impact", "risk_score", "is_municipality_wide", "is_confidential"),
)
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
    """Pages of a scope's risks; counts those hidden from the reader along with those that are listed, in one query."""

    hidden = 0

    def __init__(self, scope: RiskScope, name: Hashable, rows: Callable[[QuerySet[Risk]], QuerySet[Risk]]) -> None:
        """Make the pages of the rows that `rows` makes of the scope's risks, which `name` stands for."""
        super().__init__([], PER_PAGE)
        self._scope, self._name, self._rows = scope, name, rows

    @cached_property
    def count(self) -> int:
        scope = self._scope
        seen, hidden = count_with_hidden(lambda: (scope.risks, scope.hidden), key=scope.key)
        self.hidden = sum(number for _row, number in hidden)
        return sum(number for _row, number in seen)

    def page(self, number: int | str) -> Page[Risk]:
        number = self.validate_number(number)
        first = (number - 1) * self.per_page
        shown = slice(first, first + self.per_page)
        if number <= PAGES_KEPT:
            found = self._scope.rows((self._name, number), lambda: self._rows(self._scope.risks)[shown])
        else:
            found = list(self._rows(self._scope.risks)[shown])
        return Page(found, number, self)


class RiskListView(ScopedToRisks, TemplateView):
    template_name = "riskreg/risk_list.html"
    extra_context = {"title": gettext_lazy("Risks")}

    @cached_property
    def sort(self) -> str:
        asked = self.request.GET.get("sort", "")
        return asked if asked.removeprefix("-") in SORTS else DEFAULT_SORT

    def rows(self, risks: QuerySet[Risk]) -> QuerySet[Risk]:
        """Return the queryset with all that a row shows beside the risk's own columns."""
        return risks.select_related("plan", "unit", "category", "owner").only(*SHOWN)

    def page(self) -> Page[Risk]:
        def rows(risks: QuerySet[Risk]) -> QuerySet[Risk]:
            return self.rows(risks).order_by(*ordering(self.sort))

        page = PaginatorWithHidden(self.scope, ("listed", self.sort), rows).get_page(self.request.GET.get("page"))
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
