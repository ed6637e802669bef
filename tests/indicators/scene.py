"""Indicators as tests need them: salary debts by month at a unit, with levels and values."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from controls.follow_ups.backing import Backing, backings_of
from controls.indicators import definitions, series
from controls.indicators.behind_follow_ups.choosing import choose_series
from controls.indicators.definitions import Described
from controls.indicators.figures.periods import period_after
from controls.indicators.known import read_figures
from controls.indicators.values import record_values
from controls.models import Control, FollowUp, Indicator, IndicatorLevel, IndicatorSeries
from riskreg.models import Unit, User
from tests.follow_ups.follow_ups import fresh

D = Decimal
JANUARY = date(2025, 1, 1)
NAME = "Löneskulder"
REASON = "Följs från i år"


def month(number: int, year: int = 2025) -> date:
    return date(year, number, 1)


def described(name: str = NAME, **given: Any) -> Described:
    usual = {
        "measures": "Antal anställda med löneskuld vid månadens slut.",
        "unit_of_measure": "st",
        "decimals": 0,
        "direction": "lower",
        "rhythm": "month",
        "source": "Lönesystemet",
    }
    return Described(name=name, **{**usual, **given})


def an_indicator(unit: Unit, by: User, name: str = NAME, **given: Any) -> Indicator:
    return definitions.define(unit, by=by, described=described(name, **given))


def a_series(
    indicator: Indicator, unit: Unit, *, by: User, responsible: User, begins_on: date = JANUARY, days_after: int = 20
) -> IndicatorSeries:
    return series.open_series(indicator, unit, by=by, responsible=responsible, begins_on=begins_on, days_after=days_after)


def levels_set(
    of: IndicatorSeries,
    *,
    by: User,
    valid_from: date = JANUARY,
    target: str = "5",
    acceptable: str = "10",
    critical: str = "20",
) -> IndicatorLevel:
    numbers = {"target": D(target), "acceptable": D(acceptable), "critical": D(critical)}
    return series.set_levels(of, by=by, valid_from=valid_from, **numbers)  # type: ignore[arg-type]


def recorded(of: IndicatorSeries, values: Sequence[Any], *, by: User, first: date = JANUARY) -> None:
    """Record the values from the first period on, None for one that is missing."""
    rhythm = of.indicator.rhythm
    given = {period_after(first, rhythm, at): D(str(value)) for at, value in enumerate(values) if value is not None}
    record_values(of, given, by=by)


def followed_up(follow_up: FollowUp, *chosen: IndicatorSeries, by: User) -> FollowUp:
    """The follow-up, whose control the series follow up."""
    choose_series(Control.objects.get(pk=follow_up.control_id), chosen, by=by, reason=REASON)
    return fresh(follow_up)


def the_backing(follow_up: FollowUp) -> Backing:
    [found] = backings_of(fresh(follow_up))
    return found


def figures(of: IndicatorSeries) -> Any:
    known = IndicatorSeries.objects.select_related("indicator", "unit").get(pk=of.pk)
    return read_figures([known])[of.pk]
