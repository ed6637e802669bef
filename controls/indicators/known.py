"""Reads series with their values, levels and notes: a number of queries that does not grow with theirs."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from decimal import Decimal

from controls.indicators.figures.series import SeriesFigures
from controls.indicators.figures.status import Level
from controls.models import IndicatorLevel, IndicatorNote, IndicatorSeries, IndicatorValue


def read_figures(series: Iterable[IndicatorSeries]) -> dict[int, SeriesFigures]:
    """Return the figures of each series, whose indicator and unit are read along, by its key; three queries."""
    rows = list(series)
    keys = [one.pk for one in rows]
    values: dict[int, dict[date, Decimal]] = defaultdict(dict)
    levels: dict[int, list[Level]] = defaultdict(list)
    notes: dict[int, list[tuple[date, str]]] = defaultdict(list)
    if keys:
        found = IndicatorValue.objects.filter(series__in=keys).order_by("series", "period")
        for key, period, value in found.values_list("series", "period", "value"):
            values[key][period] = value
        set_levels = IndicatorLevel.objects.filter(series__in=keys).order_by("series", "valid_from")
        for key, since, target, acceptable, critical in set_levels.values_list(
            "series", "valid_from", "target", "acceptable", "critical"
        ):
            levels[key].append(Level(since, target, acceptable, critical))
        said = IndicatorNote.objects.filter(series__in=keys).order_by("series", "period", "pk")
        for key, period, text in said.values_list("series", "period", "text"):
            notes[key].append((period, text))
    return {one.pk: _figures(one, values[one.pk], levels[one.pk], notes[one.pk]) for one in rows}


def _figures(
    series: IndicatorSeries, values: dict[date, Decimal], levels: list[Level], notes: list[tuple[date, str]]
) -> SeriesFigures:
    indicator = series.indicator
    return SeriesFigures(
        key=series.pk,
        name=indicator.name,
        unit=series.unit.name,
        measure=indicator.unit_of_measure,
        decimals=indicator.decimals,
        direction=indicator.direction,
        rhythm=indicator.rhythm,
        begins_on=series.begins_on,
        days_after=series.days_after,
        values=values,
        levels=tuple(levels),
        notes=tuple(notes),
    )
