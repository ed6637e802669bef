"""The risks a page is about: those the user sees, narrowed by the page's filters."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, cast
from urllib.parse import urlencode

from django.db.models import F, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext as _

from riskreg.access.grants import may, standing_of
from riskreg.access.verbs import Verb
from riskreg.database.compiled import rows_once_compiled
from riskreg.filtering.choices import Choices, choices_for
from riskreg.filtering.risks import ALL_YEARS, RiskFilter
from riskreg.heatmap.cells import Heatmap
from riskreg.models import Risk, User
from riskreg.models.risk import RiskQuerySet

HIGHEST_FIRST = (F("risk_score").desc(nulls_last=True), "plan_id", "number")


def _written(query: dict[str, Any]) -> dict[str, str]:
    """Return each part as it stands in an address, "" for one that is not set."""
    return {name: "" if value in ("", None) else urlencode({name: value}) for name, value in query.items()}


@dataclass
class RiskScope:
    """The user's risks through the page's filters; an invalid filter leaves none, and the page says why."""

    user: User
    choices: Choices
    filter: RiskFilter

    @property
    def is_valid(self) -> bool:
        return bool(self.filter.is_valid())

    @cached_property
    def risks(self) -> QuerySet[Risk]:
        return cast("QuerySet[Risk]", self.filter.qs) if self.is_valid else Risk.objects.none()

    @cached_property
    def hidden(self) -> QuerySet[Risk] | None:
        """The confidential risks hidden from the user in the same units, plan and year.

        The other filters do not count, or a search would find out what their titles say.
        """
        if not self.is_valid:
            return None
        hidden = Risk.objects.current().hidden_from(self.user)
        return None if hidden is None else self.filter.where_and_when(hidden)

    @cached_property
    def key(self) -> Hashable | None:
        """All that the querysets of this scope depend on, as riskreg.database.compiled asks for; None where nothing is kept."""
        return None if self.filter.key is None else (standing_of(self.user), self.filter.key)

    def rows(self, name: Hashable, build: Callable[[], QuerySet[Any, Any]]) -> list[Any]:
        """Return the rows of a queryset made of this scope's alone and of what `name` says; its SQL is kept."""
        return rows_once_compiled(None if self.key is None else (name, self.key), build)

    @property
    def has_plans(self) -> bool:
        return bool(self.choices.plans)

    @cached_property
    def title(self) -> str:
        """The unit or plan and the year: "Kommunstyrelsen 2025"."""
        chosen = self.filter.chosen
        plan = self.choices.plan(int(chosen["plan"])) if chosen.get("plan") else None
        unit = self.choices.unit(int(chosen["unit"])) if chosen.get("unit") else None
        year = str(self.filter.shown_year) if self.filter.shown_year else _("all years")
        if unit is not None:
            return _("%(unit)s with all below, %(year)s") % {"unit": unit.name, "year": year}
        if plan is not None:
            return _("Internal-control plan %(year)s, %(unit)s") % {"year": year, "unit": plan.unit_name}
        tops = [one for one in self.choices.units if one.depth == 0]
        if len(tops) == 1:
            return _("%(unit)s with all below, %(year)s") % {"unit": tops[0].name, "year": year}
        return _("All units you see, %(year)s") % {"year": year}

    def link(self, page: str, **changes: Any) -> str:
        """Return the page's address with these filters, changed; with the year, so that it means the same next year."""
        parts = self._written | _written(changes)
        query = "&".join(part for part in parts.values() if part)
        if page not in self._pages:
            self._pages[page] = reverse(page)
        return f"{self._pages[page]}?{query}"

    @cached_property
    def _pages(self) -> dict[str, str]:
        """The addresses of the pages that were linked to, without filters."""
        return {}

    @cached_property
    def _written(self) -> dict[str, str]:
        """The filters by name, each as it stands in an address; a heatmap has an address a cell."""
        known = {name: self.filter.data.get(name, "") for name in self.filter.filters}
        return _written({**known, "year": self.filter.shown_year or ALL_YEARS})

    def risks_link(self, heat: Heatmap, **changes: Any) -> str:
        """Return the address of the list of the risks behind one of the heatmap's numbers."""
        if self.filter.several_matrices:
            changes.setdefault("matrix", heat.matrix.pk)
        return self.link("risks", **changes)

    @property
    def may_make_plans(self) -> bool:
        return may(self.user, Verb.CHANGE_PLAN)


class ScopedToRisks:
    """A view over the user's risks. config.urls hands it the filters that know the controls, too."""

    request: HttpRequest
    filterset_class: type[RiskFilter] = RiskFilter
    without_filters: tuple[str, ...] = ()

    @cached_property
    def scope(self) -> RiskScope:
        user = cast(User, self.request.user)
        choices = choices_for(user, self.filterset_class.more_choices)
        # Not made where the SQL that is asked of it is kept.
        risks = cast(RiskQuerySet, SimpleLazyObject(lambda: Risk.objects.current().visible_to(user)))
        filterset = self.filterset_class(self.request.GET, risks, choices=choices, request=self.request)
        filterset.without = self.without_filters
        return RiskScope(user, choices, filterset)
