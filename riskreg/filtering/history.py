"""Filters of the pages that look back: which risks, on which days.

Year and plan choose the risks; unit, category, owner and municipality-wide are asked of the risk as it was on the day.
"""

from __future__ import annotations

from datetime import date, timedelta
from functools import cached_property
from itertools import count, takewhile
from typing import Any, NamedTuple

import django_filters
from django import forms
from django.db.models import Q, QuerySet
from django.http import QueryDict
from django.utils import formats
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from riskreg import clock
from riskreg.access.sight import below
from riskreg.filtering.choices import Choices
from riskreg.filtering.risks import ALL_YEARS, ChoiceFilter, Options, RiskFilter
from riskreg.models import Risk
from riskreg.months import month_end, months_after

BEFORE, AFTER, BOTH = "", "after", "both"
AFTERMATH_MONTHS = 3
"""A year's risks are looked at until its report is done, in the spring after."""


class Stop(NamedTuple):
    """A day the slider stops at."""

    day: date
    label: str


def month_ends(first: date, last: date) -> list[date]:
    """Return the last day of each month from the first day's month, up to `last`."""
    ends = (month_end(months_after(first, number)) for number in count())
    return list(takewhile(lambda end: end <= last, ends))


class DayField(forms.DateField):
    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    default_error_messages = {"invalid": _("“%(value)s” is not a day. Write it as 2025-08-31.")}

    def to_python(self, value: Any) -> date | None:
        if value in self.empty_values:
            return None
        try:
            return date.fromisoformat(str(value).strip())
        except ValueError:
            raise forms.ValidationError(self.error_messages["invalid"], params={"value": value}, code="invalid") from None


class DayFilter(django_filters.Filter):
    field_class = DayField


class HistoryFilter(RiskFilter):
    """A year's risks as of `day`; beside `against` (a day) and, where it is another year's plans, `against_year`."""

    q = band = likelihood = impact = score = placed = None  # type: ignore[assignment]
    day = DayFilter(label=_("As of"), method="nothing")
    values = ChoiceFilter(label=_("Values"), method="nothing")
    against = DayFilter(label=_("Compare with the day"), method="nothing")
    against_year = ChoiceFilter(label=_("Compare with the year"), method="nothing")

    main: tuple[str, ...] = ("year", "unit", "day", "against", "against_year", "values")

    def __init__(self, data: QueryDict, queryset: QuerySet[Risk], *, choices: Choices, request: Any = None) -> None:
        super().__init__(self._without_stop(data, choices), queryset, choices=choices, request=request)

    def _without_stop(self, data: QueryDict, choices: Choices) -> QueryDict:
        """Replace `stop` (the slider's place among its stops) by the day it stands for."""
        given = data.get("stop", "")
        if not given:
            return data
        data = data.copy()
        del data["stop"]
        self.choices = choices
        year = data.get("year", "") or str(self._default_year(data.get("plan", "")) or "")
        stops = self.stops_of(int(year) if year.isdecimal() and len(year) == 4 else None)
        if given.isdecimal() and len(given) < 4 and int(given) < len(stops):
            data["day"] = stops[int(given)].day.isoformat()
        return data

    def options(self) -> dict[str, Options]:
        years = [(str(year), str(year)) for year in self.choices.years]
        made = super().options() | {
            "values": [
                (BEFORE, gettext("Before controls")),
                (AFTER, gettext("After controls")),
                (BOTH, gettext("From before to after controls")),
            ],
            "against_year": [("", gettext("The same year")), *years],
        }
        return {name: options for name, options in made.items() if name in self.filters}

    def nothing(self, queryset: QuerySet[Risk], name: str, value: Any) -> QuerySet[Risk]:
        """Return the queryset unchanged: the value says how the risks are viewed, not which."""
        return queryset

    def filter_queryset(self, queryset: QuerySet[Risk]) -> QuerySet[Risk]:
        return self.risks_of(queryset, self.shown_year)

    def risks_of(self, queryset: QuerySet[Risk], year: int | None) -> QuerySet[Risk]:
        """Return the chosen plans' risks, or those of another year for the same units."""
        queryset = self.filter_year(queryset, "year", ALL_YEARS if year is None else str(year))
        plan, matrix = self.chosen.get("plan"), self.chosen.get("matrix")
        if plan and year == self.shown_year:
            queryset = queryset.filter(plan=int(plan))
        if plan and year != self.shown_year:
            chosen = self.choices.plan(int(plan))
            queryset = queryset.filter(plan__unit__path=chosen.path if chosen else "")
        return queryset.filter(plan__matrix=int(matrix)) if matrix else queryset

    @cached_property
    def where(self) -> Q:
        """The condition on the unit of a risk's row of the day; the only one that also narrows the hidden risks."""
        if not self.chosen.get("unit"):
            return Q()
        unit = self.choices.unit(int(self.chosen["unit"]))
        return below([unit.path], "unit") if unit else Q(pk__in=[])

    @cached_property
    def counted(self) -> Q:
        """The remaining conditions on a risk's row of the day."""
        condition, chosen = Q(), self.chosen
        for name in ("category", "owner"):
            if chosen.get(name):
                condition &= Q(**{name: int(chosen[name])})
        if chosen.get("wide"):
            condition &= Q(is_municipality_wide=chosen["wide"] == "yes")
        return condition

    # Days

    @cached_property
    def stops(self) -> list[Stop]:
        return self.stops_of(self.shown_year)

    def stops_of(self, year: int | None) -> list[Stop]:
        """Return the slider's stops of a year: its month ends and closings.

        They run from the end of the year before until the year's reporting is over, or today. With None for all
        years, the last twelve months.
        """
        today = clock.today()
        first = today - timedelta(days=366) if year is None else date(year - 1, 12, 1)
        last = today if year is None else min(today, date(year + 1, AFTERMATH_MONTHS, 31))
        named = {day: label for day, label in self.closings() if first <= day <= last}
        days = sorted({*month_ends(first, last), *named, *([today] if first <= today <= last else [])})
        return [Stop(day, named.get(day) or formats.date_format(day, "j b Y")) for day in days]

    def closings(self) -> list[tuple[date, str]]:
        """Days with a name of their own; the controls' filters know them."""
        return []

    @cached_property
    def shown_day(self) -> date:
        """The day chosen, else today, or the last stop of a year that is over."""
        given: date | None = self.chosen.get("day")
        today = clock.today()
        if given:
            return min(given, today)
        return self.stops[-1].day if self.stops else today

    @cached_property
    def before_year(self) -> int | None:
        """The year compared with; None when nothing is compared across years."""
        given = self.chosen.get("against_year")
        year = int(given) if given else None
        return None if year == self.shown_year or self.shown_year is None else year

    @cached_property
    def before_day(self) -> date | None:
        """The day compared with, or None."""
        given: date | None = self.chosen.get("against")
        if given:
            return min(given, clock.today())
        if self.before_year is None:
            return None
        stops = self.stops_of(self.before_year)
        return stops[-1].day if stops else clock.today()
