"""Which plan covers which months of a committee, and which committees lack a plan. Today is an argument.

A committee is an active unit with a plan of its own. It ought to have one for a year if a plan of one of the two years before
was adopted: who is about to adopt the first is not reminded. From ASKED_FROM the next year's plan is asked for; from its first
day, it is missing.

A month is covered if on some day of it a plan of its year was adopted, or the plan of the year before was told to run on.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import Min, Q, QuerySet
from django.utils import formats
from django.utils.translation import gettext as _

from riskreg.access.grants import paths_with
from riskreg.access.sight import within
from riskreg.access.verbs import Verb
from riskreg.database.compiled import rows_once_compiled
from riskreg.models import ControlPlan, User

ASKED_FROM = (10, 1)
"""Month and day from which the next year's plan is asked for."""
YEARS_BACK = 2
"""A unit whose latest adopted plan is older ought to have none any more: it has ended, or its plans are another unit's."""


@dataclass(frozen=True, slots=True)
class PlanOfYear:
    """What is asked of a plan here."""

    pk: int
    unit: int
    name: str
    path: str
    year: int
    state: str
    first_adopted: date | None
    runs_on_from: date | None
    runs_on_until: date | None

    @property
    def state_in_words(self) -> str:
        return str(ControlPlan.State(self.state).label)

    def runs_on(self) -> bool:
        """Return whether its checks are told to run on; whether the next plan is adopted is not asked."""
        is_told = self.runs_on_from is not None and self.runs_on_until is None
        return is_told and self.state == ControlPlan.State.ADOPTED

    def covers(self, first: date, last: date) -> bool:
        """Return whether it covers some of the days, in its own year or running on in the next."""
        spans = []
        if self.first_adopted is not None:
            spans.append((max(date(self.year, 1, 1), self.first_adopted), date(self.year, 12, 31)))
        if self.runs_on_from is not None:
            ends = self.runs_on_until or date(self.year + 1, 12, 31)
            spans.append((max(date(self.year + 1, 1, 1), self.runs_on_from), min(ends, date(self.year + 1, 12, 31))))
        return any(begins <= last and ends >= first for begins, ends in spans)


@dataclass(frozen=True, slots=True)
class MissingPlan:
    """A committee's plan for the year that is not adopted."""

    year: int
    unit: int
    name: str
    path: str
    begun: PlanOfYear | None
    """The year's plan as far as it has come."""
    before: PlanOfYear
    """The latest adopted one of the years before."""
    is_late: bool
    """The year has begun."""

    @property
    def runs_on(self) -> bool:
        return self.before.year == self.year - 1 and self.before.runs_on()

    @property
    def deadline(self) -> date:
        """The last day on which the plan can be adopted in time."""
        return date(self.year - 1, 12, 31)


def years_asked_for(today: date) -> list[int]:
    """Return the years whose plans ought to be adopted or on their way."""
    return [today.year, today.year + 1] if (today.month, today.day) >= ASKED_FROM else [today.year]


class Coverage:
    """The plans that the units (a condition on ControlPlan.unit; all when left out) have and lack in some years; one query."""

    def __init__(self, today: date, years: Iterable[int], units: Q | None = None) -> None:
        self._today, self._years = today, sorted(years)
        self._by_unit = list(_by_unit(units, self._years))
        self.names = {plans[0].unit: plans[0].name for plans in self._by_unit}

    def missing(self) -> list[MissingPlan]:
        """Return the plans lacking, by unit and year; none of years that are not asked for yet or have passed."""
        asked = [year for year in self._years if year in years_asked_for(self._today)]
        found = (self._missing_of(plans, year) for plans in self._by_unit for year in asked)
        return [one for one in found if one is not None]

    def _missing_of(self, plans: list[PlanOfYear], year: int) -> MissingPlan | None:
        own = next((plan for plan in plans if plan.year == year), None)
        before = _latest_adopted(plans, year)
        if before is None or (own is not None and own.first_adopted is not None):
            return None
        is_late = self._today >= date(year, 1, 1)
        return MissingPlan(year, before.unit, before.name, before.path, own, before, is_late)

    def uncovered(self, year: int) -> dict[int, list[int]]:
        """Return, by unit that has or ought to have an adopted plan of the year, the months by today that no plan covers."""
        begun = [month for month in range(1, 13) if date(year, month, 1) <= self._today]
        found = {}
        for plans in self._by_unit:
            near = [plan for plan in plans if plan.year in {year, year - 1}]
            has_own = any(plan.year == year and plan.first_adopted is not None for plan in near)
            if has_own or _latest_adopted(plans, year) is not None:
                months = [month for month in begun if not any(plan.covers(*_days_of(year, month)) for plan in near)]
                found[plans[0].unit] = months
        return found

    def uncovered_in_words(self, year: int) -> str:
        """Return the units with months that no plan covered, each with its months; '' when there are none."""
        found = {unit: months for unit, months in self.uncovered(year).items() if months}
        return ", ".join(f"{self.names[unit]} ({months_in_words(year, months)})" for unit, months in found.items())


def missing_plans(today: date, units: Q | None = None) -> list[MissingPlan]:
    """Return the plans that are asked for today and not adopted; one query."""
    return Coverage(today, years_asked_for(today), units).missing()


def missing_for(user: User, today: date) -> list[MissingPlan]:
    """Return the plans that are missing where the user may adopt them; no query for a user who may adopt none."""
    paths = paths_with(user, Verb.ADOPT_PLAN)
    return missing_plans(today, within(paths, "unit")) if paths else []


def months_in_words(year: int, months: Iterable[int]) -> str:
    """Return months as spans: January–March, May."""
    spans: list[list[int]] = []
    for month in sorted(months):
        if spans and spans[-1][-1] == month - 1:
            spans[-1].append(month)
        else:
            spans.append([month])
    named = [[formats.date_format(date(year, month, 1), "F") for month in (span[0], span[-1])] for span in spans]
    return ", ".join(first if first == last else f"{first}–{last}" for first, last in named)


def why_not_run_on(plan: ControlPlan, today: date) -> str:
    """Return why the plan's controls cannot be told to run on now; '' when they can. At most one query."""
    if plan.is_told_to_run_on:
        return _("The controls of %(plan)s run on already.") % {"plan": plan}
    if not date(plan.year, *ASKED_FROM) <= today <= date(plan.year + 1, 12, 31):
        return _("The controls can be told to run on from 1 October %(year)d, and during the year after.") % {"year": plan.year}
    if next_is_adopted(plan):
        return _("The plan for %(year)d is adopted: its own controls are performed.") % {"year": plan.year + 1}
    return ""


def next_is_adopted(plan: ControlPlan) -> bool:
    """Return whether the unit's plan for the year after is or was adopted; one under revision applies meanwhile."""
    return ControlPlan.objects.filter(unit=plan.unit_id, year=plan.year + 1, adopted_on__isnull=False).exists()


def _days_of(year: int, month: int) -> tuple[date, date]:
    following = date(year + month // 12, month % 12 + 1, 1)
    return date(year, month, 1), following - timedelta(days=1)


def _latest_adopted(plans: list[PlanOfYear], before: int) -> PlanOfYear | None:
    adopted = [plan for plan in plans if before - YEARS_BACK <= plan.year < before and plan.first_adopted is not None]
    return max(adopted, key=lambda plan: plan.year, default=None)


def _by_unit(units: Q | None, years: list[int]) -> Iterator[list[PlanOfYear]]:
    """Yield the plans of each active unit from YEARS_BACK before the first of the years to the last, by the units' path."""

    def plans() -> QuerySet[ControlPlan, Any]:
        return _plans_of(units, years)

    rows = rows_once_compiled(("plans of units", units, *years), plans)
    found: dict[int, list[PlanOfYear]] = defaultdict(list)
    for pk, unit, name, path, year, state, first, adopted_on, *runs in rows:
        adopted = min(day for day in (first, adopted_on) if day is not None) if adopted_on is not None else None
        found[unit].append(PlanOfYear(pk, unit, name, path, year, state, adopted, *runs))
    yield from found.values()


def _plans_of(units: Q | None, years: list[int]) -> QuerySet[ControlPlan, Any]:
    return (
        ControlPlan.objects.filter(units or Q(), unit__is_active=True, year__range=(years[0] - YEARS_BACK, years[-1]))
        .annotate(first=Min("versions__adopted_on"))
        .order_by("unit__path", "year")
        .values_list(
            "pk", "unit_id", "unit__name", "unit__path", "year", "state", "first", "adopted_on", "runs_on_from", "runs_on_until"
        )
    )
