"""Verbs on indicators: define, change, close, reopen.

They raise what the gate raises, and ValidationError by field.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from controls.indicators.gate import INDICATORS
from controls.models import Indicator, IndicatorValue
from riskreg.access.verbs import Verb
from riskreg.models import Unit, User
from riskreg.models.history import save_with_history
from riskreg.verbs.gate import making


@dataclass(frozen=True, slots=True)
class Described:
    """What a person says of an indicator."""

    name: str
    measures: str
    unit_of_measure: str
    decimals: int
    direction: str
    rhythm: str
    source: str
    is_summable: bool = False


def define(unit: Unit, *, by: User, described: Described) -> Indicator:
    """Define an indicator that the unit and those below it may keep series of."""
    with making(Verb.KEEP_INDICATOR, unit, by=by, one_at_a_time=True) as author:
        indicator = Indicator(unit=unit)
        _describe(indicator, described)
        return save_with_history(indicator, by=author, reason=_("Indicator defined"))


def change(indicator: Indicator, *, by: User, described: Described, version: int | None = None) -> Indicator:
    """Change the definition. Its rhythm stands once there are values; so does the direction once there are levels."""
    with INDICATORS.open(indicator, "change", by=by, version=version) as turn:
        row = turn.row
        if described.rhythm != row.rhythm and row.series.exists():
            raise ValidationError({"rhythm": [_("There are series already: define another indicator for another rhythm.")]})
        if described.direction != row.direction and row.series.filter(levels__isnull=False).exists():
            raise ValidationError({"direction": [_("Levels are set already: remove them first, or define another indicator.")]})
        if described.decimals < row.decimals and IndicatorValue.objects.filter(series__indicator=row).exists():
            raise ValidationError({"decimals": [_("There are values already: the number of decimals can only grow.")]})
        _describe(row, described)
        return turn.save()


def close(indicator: Indicator, *, by: User, reason: str, version: int | None = None) -> Indicator:
    """Close the indicator: no more values are awaited. What its series hold stays."""
    with INDICATORS.open(indicator, "close", by=by, reason=reason, version=version) as turn:
        return turn.save()


def reopen(indicator: Indicator, *, by: User, reason: str, version: int | None = None) -> Indicator:
    """Take the indicator into use again."""
    with INDICATORS.open(indicator, "reopen", by=by, reason=reason, version=version) as turn:
        return turn.save()


def _describe(indicator: Indicator, described: Described) -> None:
    indicator.name = described.name.strip()
    indicator.measures = described.measures.strip()
    indicator.unit_of_measure = described.unit_of_measure.strip()
    indicator.decimals = described.decimals
    indicator.direction = described.direction
    indicator.rhythm = described.rhythm
    indicator.source = described.source.strip()
    indicator.is_summable = described.is_summable
    indicator.clean_fields()
    same = Indicator.objects.filter(unit=indicator.unit, name=indicator.name).exclude(pk=indicator.pk)
    if same.exists():
        raise ValidationError({"name": [_("The unit has an indicator of this name already: keep a series of that one.")]})
