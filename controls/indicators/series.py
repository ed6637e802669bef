"""Verbs on series: open_series, change, set_levels, remove_levels, note, remove_note, close, reopen.

They raise what the gate raises, and ValidationError by field. Values are recorded in `values`.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from controls.indicators.figures.periods import period_of
from controls.indicators.figures.series import next_due
from controls.indicators.figures.status import Level, fault_of
from controls.indicators.gate import SERIES_GATE
from controls.indicators.words import period_words
from controls.models import Indicator, IndicatorLevel, IndicatorNote, IndicatorSeries
from controls.models.indicator_series import USUAL_DAYS
from riskreg import clock
from riskreg.access.grants import may
from riskreg.access.verbs import NotPermitted, Verb
from riskreg.models import Unit, User
from riskreg.models.history import save_with_history
from riskreg.verbs.errors import Refused
from riskreg.verbs.gate import making
from riskreg.verbs.naming import require_open_accounts

MOST_YEARS = 60
"""A series does not begin longer ago."""


def open_series(
    indicator: Indicator, unit: Unit, *, by: User, responsible: User, begins_on: date, days_after: int = USUAL_DAYS
) -> IndicatorSeries:
    """Begin a series of the indicator at the unit, from the period that holds the day."""
    with making(Verb.KEEP_INDICATOR, unit, by=by, one_at_a_time=True) as author:
        known = Indicator.objects.visible_to(by).select_related("unit").filter(pk=indicator.pk).first()
        if known is None:
            raise NotPermitted(Verb.VIEW)
        if not known.is_in_use:
            raise Refused(_("The indicator is closed: no series is begun."))
        if not unit.path.startswith(known.unit.path):
            words = _("The indicator is defined for %(unit)s and the units below it.")
            raise ValidationError({"unit": [words % {"unit": known.unit}]})
        if IndicatorSeries.objects.filter(indicator=known, unit=unit).exists():
            raise ValidationError({"unit": [_("The unit has a series of this indicator already.")]})
        series = IndicatorSeries(indicator=known, unit=unit)
        _describe(series, responsible=responsible, begins_on=begins_on, days_after=days_after)
        return save_with_history(series, by=author, reason=_("Series begun"))


def change(
    series: IndicatorSeries, *, by: User, responsible: User, begins_on: date, days_after: int, version: int | None = None
) -> IndicatorSeries:
    """Change who answers for the values, from which period they are awaited, and how long after it."""
    with SERIES_GATE.open(series, "change", by=by, version=version) as turn:
        _describe(turn.row, responsible=responsible, begins_on=begins_on, days_after=days_after)
        return turn.save()


def _describe(series: IndicatorSeries, *, responsible: User, begins_on: date, days_after: int) -> None:
    today = clock.today()
    if not today.year - MOST_YEARS <= begins_on.year <= today.year + 1:
        words = _("Begin between %(first)d and %(last)d.")
        raise ValidationError({"begins_on": [words % {"first": today.year - MOST_YEARS, "last": today.year + 1}]})
    if not may(responsible, Verb.RECORD_INDICATOR, series.unit):
        raise ValidationError({"responsible": [_("%(name)s has no role here that enters values.") % {"name": responsible}]})
    require_open_accounts([responsible])
    series.responsible = responsible
    series.begins_on = period_of(begins_on, series.indicator.rhythm)
    series.days_after = days_after
    set_due(series)
    series.clean_fields()


def set_due(series: IndicatorSeries) -> None:
    """Set the day by which the series' next value is awaited, by the values that are stored."""
    there = set(series.values_of_periods.values_list("period", flat=True)) if series.pk else set()
    series.due_on = next_due(series.begins_on, series.indicator.rhythm, series.days_after, there)


# Levels


def set_levels(
    series: IndicatorSeries,
    *,
    by: User,
    valid_from: date,
    acceptable: Decimal,
    target: Decimal | None = None,
    critical: Decimal | None = None,
    version: int | None = None,
) -> IndicatorLevel:
    """Set what values are held against from the period that holds the day; in the place of levels from the same period."""
    with SERIES_GATE.open(series, "set_levels", by=by, version=version) as turn:
        row = turn.row
        rhythm, direction = row.indicator.rhythm, row.indicator.direction
        begins = period_of(valid_from, rhythm)
        fault = fault_of(Level(begins, target, acceptable, critical), direction)
        if fault:
            raise ValidationError({fault: [_order_words(fault, direction)]})
        level = row.levels.filter(valid_from=begins).first() or IndicatorLevel(series=row, valid_from=begins)
        level.target, level.acceptable, level.critical = target, acceptable, critical
        level.clean_fields()
        said = _("Levels from %(period)s") % {"period": period_words(begins, rhythm)}
        turn.save_also(level, reason=said)
        turn.save(reason=said)
    return level


def _order_words(fault: str, direction: str) -> str:
    is_lower = direction == Indicator.Direction.LOWER
    if fault == "target":
        return (
            _("Lower is better: the target is at most the acceptable level.")
            if is_lower
            else (_("Higher is better: the target is at least the acceptable level."))
        )
    return (
        _("Lower is better: the critical level is at least the acceptable one.")
        if is_lower
        else (_("Higher is better: the critical level is at most the acceptable one."))
    )


def remove_levels(level: IndicatorLevel, *, by: User, reason: str) -> IndicatorSeries:
    """Remove levels that were set by mistake: those before them hold on."""
    with SERIES_GATE.open(level.series, "remove_levels", by=by, reason=reason) as turn:
        found = turn.row.levels.filter(pk=level.pk).first()
        if found is None:
            raise Refused(_("These levels are removed already."))
        turn.delete_also(found, reason=reason.strip())
        return turn.save()


# Notes


def note(series: IndicatorSeries, *, by: User, period: date, text: str, version: int | None = None) -> IndicatorNote:
    """Note what happened in a period."""
    with SERIES_GATE.open(series, "note", by=by, version=version) as turn:
        rhythm = turn.row.indicator.rhythm
        made = IndicatorNote(series=turn.row, period=period_of(period, rhythm), text=" ".join(text.split()))
        made.clean_fields()
        said = _("Note at %(period)s") % {"period": period_words(made.period, rhythm)}
        turn.save_also(made, reason=said)
        turn.save(reason=said)
    return made


def remove_note(found: IndicatorNote, *, by: User, reason: str) -> IndicatorSeries:
    """Remove a note. The history keeps what it said, who removed it and why."""
    with SERIES_GATE.open(found.series, "remove_note", by=by, reason=reason) as turn:
        row = turn.row.notes.filter(pk=found.pk).first()
        if row is None:
            raise Refused(_("The note is removed already."))
        turn.delete_also(row, reason=reason.strip())
        return turn.save()


# Its life


def close(series: IndicatorSeries, *, by: User, reason: str, version: int | None = None) -> IndicatorSeries:
    """Close the series: no more values are awaited. What it holds stays."""
    with SERIES_GATE.open(series, "close", by=by, reason=reason, version=version) as turn:
        return turn.save()


def reopen(series: IndicatorSeries, *, by: User, reason: str, version: int | None = None) -> IndicatorSeries:
    """Take the series into use again."""
    with SERIES_GATE.open(series, "reopen", by=by, reason=reason, version=version) as turn:
        return turn.save()
