"""Indicators of the scene: one with a series that holds values, one that is closed, one of which nobody keeps a series."""

from __future__ import annotations

from typing import Any

from controls.indicators import definitions, series
from controls.indicators.values import record_values
from controls.models import IndicatorNote, IndicatorSeries, IndicatorValue
from riskreg.models import Unit, User
from tests.indicators.scene import JANUARY, D, a_series, an_indicator, levels_set, month


def make_indicators(place: Any, unit: Unit, performer: User, keeper: User) -> None:
    """Give the place its indicators."""
    place.unkept_indicator = an_indicator(unit, keeper, name="Sjukfrånvaro")
    place.closed_indicator = definitions.close(an_indicator(unit, keeper, name="Gammalt"), by=keeper, reason="Mäts inte mer")
    ended = a_series(an_indicator(unit, keeper, name="Övertid"), unit, by=keeper, responsible=performer)
    place.closed_series = series.close(ended, by=keeper, reason="Mäts inte mer")
    place.indicator = an_indicator(unit, keeper)
    made = a_series(place.indicator, unit, by=keeper, responsible=performer)
    place.level = levels_set(made, by=keeper)
    record_values(made, {JANUARY: D("8"), month(2): D("11"), month(3): D("22")}, by=performer)
    series.note(made, by=performer, period=month(2), text="Nytt lönesystem")
    place.series = IndicatorSeries.objects.get(pk=made.pk)
    place.value = IndicatorValue.objects.get(series=made, period=month(2))
    place.indicator_note = IndicatorNote.objects.get(series=made)
