"""Verbs on the values of a series: record_values, revise_value.

They raise what the gate raises, and ValidationError by field. A period is named by its first day.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from controls.indicators.figures.periods import period_of
from controls.indicators.gate import SERIES_GATE
from controls.indicators.series import MOST_YEARS, set_due
from controls.indicators.words import number_words, period_words
from controls.models import IndicatorSeries, IndicatorValue
from riskreg import clock
from riskreg.models import User

LARGEST = Decimal(10) ** 13
"""A value lies below; the database keeps fourteen digits before the decimals."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """What became of values that were handed in."""

    new: int = 0
    revised: int = 0
    same: int = 0


def record_values(
    series: IndicatorSeries,
    values: Mapping[date, Decimal],
    *,
    by: User,
    reason: str = "",
    way: str = IndicatorValue.Way.ENTERED,
    version: int | None = None,
) -> Recorded:
    """Record the values of periods. One that is there and differs is revised, which demands the reason; all or none are saved."""
    with SERIES_GATE.open(series, "record", by=by, reason=reason, version=version) as turn:
        row = turn.row
        indicator = row.indicator
        there = {one.period: one for one in row.values_of_periods.filter(period__in=list(values))}
        new = {period: value for period, value in values.items() if period not in there}
        revised = {period: value for period, value in values.items() if period in there and there[period].value != value}
        for period, value in (new | revised).items():
            why = fault_of_value(period, value, indicator.rhythm, indicator.decimals, clock.today())
            if why:
                raise ValidationError({field_of(period): [why]})
        if revised:
            turn.ask("revise")
        if not new and not revised:
            return Recorded(same=len(values))
        for period in sorted(new):
            made = IndicatorValue(series=row, period=period, value=new[period], way=way)
            turn.save_also(made, reason=turn.reason.strip() or _("Value recorded"))
        for period in sorted(revised):
            changed = there[period]
            changed.value, changed.way = revised[period], way
            turn.save_also(changed, reason=turn.reason.strip())
        set_due(row)
        turn.save(reason=_changed_words(row, new, revised))
    return Recorded(len(new), len(revised), len(values) - len(new) - len(revised))


def revise_value(value: IndicatorValue, *, by: User, new: Decimal, reason: str, version: int | None = None) -> IndicatorValue:
    """Put another value in the place of one that is wrong. The history keeps the earlier one, who revised it and why."""
    if new == value.value:
        raise ValidationError({"new": [_("That is the value that stands there.")]})
    try:
        record_values(value.series, {value.period: new}, by=by, reason=reason, version=version)
    except ValidationError as refusal:
        raise ValidationError({"new": refusal.messages}) from refusal
    return IndicatorValue.objects.get(pk=value.pk)


def field_of(period: date) -> str:
    """Return the name of the form's field for a period's value."""
    return f"value_{period.isoformat()}"


def fault_of_value(period: date, value: Decimal, rhythm: str, decimals: int, today: date) -> str:
    """Return why the period cannot have the value, with what is allowed; an empty text when it can."""
    if period != period_of(period, rhythm):
        return _("%(day)s is no first day of a period.") % {"day": period.isoformat()}
    if period > today:
        return _("%(period)s has not begun.") % {"period": period_words(period, rhythm)}
    if period.year < today.year - MOST_YEARS:
        return _("Values are taken from %(year)d on.") % {"year": today.year - MOST_YEARS}
    if not value.is_finite() or abs(value) >= LARGEST:
        return _("Write a number below %(largest)s.") % {"largest": number_words(LARGEST, 0)}
    if value != round(value, decimals):
        return _("Write at most %(decimals)d decimals.") % {"decimals": decimals}
    return ""


def _changed_words(series: IndicatorSeries, new: Mapping[date, Decimal], revised: Mapping[date, Decimal]) -> str:
    """Return what was recorded: the series' own history names the periods."""
    rhythm = series.indicator.rhythm
    said = []
    if new:
        said.append(_("Recorded: %(periods)s.") % {"periods": _listed(new, rhythm)})
    if revised:
        said.append(_("Revised: %(periods)s.") % {"periods": _listed(revised, rhythm)})
    return " ".join(said)


def _listed(periods: Mapping[date, Decimal], rhythm: str) -> str:
    words = [period_words(one, rhythm) for one in sorted(periods)]
    return ", ".join(words) if len(words) <= 4 else f"{words[0]} – {words[-1]} ({len(words)})"
