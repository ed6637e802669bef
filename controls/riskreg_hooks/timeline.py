"""The records of this app in a risk's timeline: controls, checks, follow-ups, actions, evidence.

They are found through the history, not through the records as they are now, so that a record stays in the risk's
life after it was deleted.
"""

from __future__ import annotations

from typing import Any

from django.db.models import Model, Q, QuerySet

from controls.models import (
    Action,
    Check,
    Control,
    ControlSchedule,
    ControlSeries,
    ControlUnit,
    ControlWatch,
    Evidence,
    FollowUp,
    IndicatorLevel,
    IndicatorNote,
    IndicatorSeries,
    IndicatorValue,
    KeptIndicators,
    KeptWatching,
    LatePerformance,
    Population,
    Sample,
    SampleItem,
    ScheduleException,
    Watch,
)
from riskreg.access.confidential_times import tells_of_a_risk
from riskreg.access.grants import may
from riskreg.access.sight import units_around
from riskreg.access.verbs import Verb
from riskreg.models import Risk, User
from riskreg.trail.references import text_needs
from riskreg.trail.timeline import Rows, belongs, history_of


def register() -> None:
    """Register this app's records; called once, when the app is ready."""
    controls = _of_risk
    follow_ups = _below(FollowUp, "control", Control, controls)
    belongs(Control, controls)
    checks = _below(Check, "control", Control, controls)
    belongs(Check, checks, _of_seen_units)
    belongs(ControlSchedule, _below(ControlSchedule, "control", Control, controls))
    belongs(ScheduleException, _below(ScheduleException, "control", Control, controls))
    belongs(ControlUnit, _below(ControlUnit, "control", Control, controls))
    belongs(ControlWatch, _below(ControlWatch, "control", Control, controls), _of_seen_watches)
    belongs(ControlSeries, _below(ControlSeries, "control", Control, controls), _of_seen_series)
    belongs(FollowUp, follow_ups, _of_seen_units)
    belongs(KeptIndicators, _below(KeptIndicators, "follow_up", FollowUp, follow_ups), _of_seen_follow_ups)
    belongs(KeptWatching, _below(KeptWatching, "follow_up", FollowUp, follow_ups), _of_seen_follow_ups)
    belongs(Action, _below(Action, "follow_up", FollowUp, follow_ups), _of_seen_follow_ups)
    belongs(LatePerformance, _below(LatePerformance, "missed_check", Check, checks), _of_seen_checks)
    belongs(Evidence, _of_evidence(follow_ups, checks), _of_seen_evidence)
    tells_of_a_risk(Control, "risk")
    for model in (Check, ControlSchedule, ScheduleException, ControlUnit, ControlWatch, ControlSeries, FollowUp, Population):
        tells_of_a_risk(model, "control__risk")
    tells_of_a_risk(Action, "follow_up__control__risk")
    tells_of_a_risk(KeptWatching, "follow_up__control__risk")
    tells_of_a_risk(KeptIndicators, "follow_up__control__risk")
    tells_of_a_risk(LatePerformance, "missed_check__control__risk")
    tells_of_a_risk(Evidence, "follow_up__control__risk", "occasion__control__risk")
    tells_of_a_risk(Sample, "population__control__risk")
    tells_of_a_risk(SampleItem, "sample__population__control__risk")
    text_needs(Check, "control")
    text_needs(LatePerformance, "missed_check__control")
    text_needs(ControlSchedule, "control")
    text_needs(ControlUnit, "control", "unit")
    text_needs(ControlWatch, "control", "watch__register")
    text_needs(ControlSeries, "control", "series__indicator", "series__unit")
    text_needs(FollowUp, "control__risk", "closing")
    text_needs(KeptWatching, "follow_up__control__risk", "follow_up__closing")
    text_needs(KeptIndicators, "follow_up__control__risk", "follow_up__closing")
    text_needs(IndicatorSeries, "indicator", "unit")
    for below in (IndicatorLevel, IndicatorNote, IndicatorValue):
        text_needs(below, "series__indicator", "series__unit")


def _of_risk(risk: Risk) -> QuerySet[Any]:
    return history_of(Control).filter(risk=risk.pk)


def _below(model: type[Model], field: str, parent: type[Model], rows_of_parent: Rows) -> Rows:
    """Return the rows of records whose parent has, or had, its row among those of the risk."""
    return lambda risk: history_of(model).filter(**{f"{field}__in": rows_of_parent(risk).order_by().values("id")})


def _of_seen_units(rows: QuerySet[Any], risk: Risk, reader: User) -> QuerySet[Any]:
    """Keep the rows of the reader's own unit, for a municipality-wide risk of another unit."""
    around = units_around(reader)
    if around is None or may(reader, Verb.VIEW, risk.unit):
        return rows
    return rows.filter(unit__in=around.values("pk"))


def _of_seen_watches(rows: QuerySet[Any], risk: Risk, reader: User) -> QuerySet[Any]:
    """Keep the rows of watched rules whose registers the reader sees: the rows name them."""
    return rows.filter(watch__in=Watch.objects.visible_to(reader).order_by().values("pk"))


def _of_seen_series(rows: QuerySet[Any], risk: Risk, reader: User) -> QuerySet[Any]:
    """Keep the rows of series that the reader sees: the rows name them."""
    return rows.filter(series__in=IndicatorSeries.objects.visible_to(reader).order_by().values("pk"))


def _of_evidence(follow_ups: Rows, checks: Rows) -> Rows:
    of_follow_ups, of_checks = _below(Evidence, "follow_up", FollowUp, follow_ups), _below(Evidence, "occasion", Check, checks)
    return lambda risk: of_follow_ups(risk) | of_checks(risk)


def _of_seen_follow_ups(rows: QuerySet[Any], risk: Risk, reader: User) -> QuerySet[Any]:
    if units_around(reader) is None or may(reader, Verb.VIEW, risk.unit):
        return rows
    return rows.filter(follow_up__in=_seen_of(FollowUp, risk, reader))


def _of_seen_checks(rows: QuerySet[Any], risk: Risk, reader: User) -> QuerySet[Any]:
    if units_around(reader) is None or may(reader, Verb.VIEW, risk.unit):
        return rows
    return rows.filter(missed_check__in=_seen_of(Check, risk, reader))


def _of_seen_evidence(rows: QuerySet[Any], risk: Risk, reader: User) -> QuerySet[Any]:
    if units_around(reader) is None or may(reader, Verb.VIEW, risk.unit):
        return rows
    return rows.filter(Q(follow_up__in=_seen_of(FollowUp, risk, reader)) | Q(occasion__in=_seen_of(Check, risk, reader)))


def _seen_of(model: type[Model], risk: Risk, reader: User) -> QuerySet[Any]:
    """Return the keys of the risk's records of a kind, of the units that the reader sees."""
    rows = history_of(model).filter(control__in=_of_risk(risk).order_by().values("id"))
    return _of_seen_units(rows, risk, reader).order_by().values("id")
