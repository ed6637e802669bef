"""Everything that has a deadline and is not done: one row type for all kinds, each kind read by one query."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import F, Q
from django.db.models.functions import Coalesce

from controls.models import Action, Alert, Check, Closing, FollowUp, Frequency, Indicator, IndicatorSeries, Inquiry, Reminder
from riskreg.models import Role
from riskreg.plans.coverage import missing_plans

Kind = Reminder.Kind
MISSED_IS_TOLD = timedelta(days=60)
DAYS_BETWEEN = {
    Frequency.WEEKLY: 7,
    Frequency.MONTHLY: 30,
    Frequency.QUARTERLY: 91,
    Frequency.TERTIAL: 121,
    Frequency.HALF_YEARLY: 182,
}
DAYS_OF_RHYTHM = {
    Indicator.Rhythm.MONTH: 30,
    Indicator.Rhythm.QUARTER: 91,
    Indicator.Rhythm.HALF_YEAR: 182,
}
PLAN_STAGES = (-91, -61, -30, -14, *range(1, 366, 7))
"""Days after the last day of the year before: from 1 October about once a month, from 1 January every week."""


@dataclass(frozen=True, slots=True)
class Item:
    kind: str
    pk: int
    deadline: date
    path: str
    """The path of the unit where it is done; its manager and controller are told when it is late."""
    people: tuple[int, ...] = ()
    """The people who are to do it. Without anybody, the managers are told from the first stage."""
    role: str = ""
    """Instead of named people: whoever has this role closest to the unit."""
    barred: frozenset[int] = frozenset()
    """The people who may not do it: the four eyes of an approval."""
    owner: int | None = None
    """The owner of the risk, who sees it also when it is confidential."""
    is_confidential: bool = False
    closing: int | None = None
    furthest: int | None = None
    """No stage further before the deadline than so many days: half of what lies between two checks."""
    is_missed: bool = False
    """Nobody can do it any more; only those hear of it who hear of what is late."""
    stages: tuple[int, ...] = ()
    """Instead of the municipality's stages: told at these to the nearest managers and controllers alike."""
    ends: bool = False
    """Nothing says when it is done, so nobody is told that it is late."""


def all_items(today: date) -> Iterator[Item]:
    """Yield everything with a deadline that is not done."""
    yield from follow_ups()
    yield from approvals()
    yield from checks(today)
    yield from actions()
    yield from reports()
    yield from plans(today)
    yield from alerts()
    yield from inquiries()
    yield from values()


def follow_ups() -> Iterator[Item]:
    """Yield the open follow-ups."""
    rows = FollowUp.objects.filter(state__in=FollowUp.OPEN_STATES).values_list(
        "pk", "due_on", "unit__path", "performer_id", "closing_id", *_risk("control__risk")
    )
    for pk, deadline, path, performer, closing, owner, is_confidential in rows.iterator():
        yield Item(
            Kind.FOLLOW_UP,
            pk,
            deadline,
            path,
            people=_one(performer),
            owner=owner,
            is_confidential=is_confidential,
            closing=closing,
        )


def approvals() -> Iterator[Item]:
    """Yield the submitted follow-ups that wait for approval."""
    rows = FollowUp.objects.filter(state=FollowUp.State.SUBMITTED).values_list(
        "pk",
        "closing__approval_due",
        "unit__path",
        "performer_id",
        "submitted_by_id",
        "last_edited_by_id",
        "closing_id",
        *_risk("control__risk"),
    )
    for pk, deadline, path, *hands, closing, owner, is_confidential in rows.iterator():
        barred = frozenset(person for person in hands if person is not None)
        yield Item(
            Kind.APPROVAL,
            pk,
            deadline,
            path,
            role=Role.MANAGER,
            barred=barred,
            owner=owner,
            is_confidential=is_confidential,
            closing=closing,
        )


def checks(today: date) -> Iterator[Item]:
    """Yield the checks that no follow-up reports; for the others the follow-up is the deadline.

    A check missed lately cannot be done any more, but manager and controller are told, until it has been performed
    late.
    """
    missed = Q(state=Check.State.MISSED, due_on__gte=today - MISSED_IS_TOLD, performed_late__isnull=True)
    rows = Check.objects.filter(
        Q(state__in=Check.OPEN_STATES) | missed,
        control__is_dropped=False,
        control__risk__is_dropped=False,
        follow_ups__isnull=True,
    ).exclude(control__frequency=Frequency.AT_CLOSING)
    values = rows.values_list(
        "pk", "due_on", "unit__path", "performer_id", "control__frequency", "state", *_risk("control__risk")
    )
    for pk, deadline, path, performer, frequency, state, owner, is_confidential in values.iterator():
        days = DAYS_BETWEEN.get(frequency)
        yield Item(
            Kind.CHECK,
            pk,
            deadline,
            path,
            people=_one(performer),
            owner=owner,
            is_confidential=is_confidential,
            furthest=None if days is None else days // 2,
            is_missed=state == Check.State.MISSED,
        )


def actions() -> Iterator[Item]:
    """Yield the open actions that have a due date."""
    rows = (
        Action.objects.open()
        .filter(due_on__isnull=False)
        .values_list("pk", "due_on", "follow_up__unit__path", "responsible_id", *_risk("follow_up__control__risk"))
    )
    for pk, deadline, path, responsible, owner, is_confidential in rows.iterator():
        yield Item(Kind.ACTION, pk, deadline, path, people=_one(responsible), owner=owner, is_confidential=is_confidential)


def reports() -> Iterator[Item]:
    """Yield the reports of closings with follow-ups. Controllers are told until the day itself."""
    rows = Closing.objects.filter(follow_ups__isnull=False).distinct().values_list("pk", "report_due", "unit__path")
    for pk, deadline, path in rows.iterator():
        yield Item(Kind.REPORT, pk, deadline, path, role=Role.CONTROLLER, closing=pk, ends=True)


def plans(today: date) -> Iterator[Item]:
    """Yield the committees whose next plan is asked for or missing; the record is the committee."""
    for missing in missing_plans(today):
        yield Item(Kind.PLAN, missing.unit, missing.deadline, missing.path, stages=PLAN_STAGES)


def alerts() -> Iterator[Item]:
    """Yield the open alerts that somebody is to conclude by a day, at the unit whose readers see them."""
    rows = (
        Alert.objects.open()
        .filter(due_on__isnull=False)
        .annotate(path=Coalesce("watch__seen_at__path", "watch__register__unit__path"))
    )
    for pk, deadline, path, assignee in rows.values_list("pk", "due_on", "path", "assignee_id").iterator():
        if deadline is not None:
            yield Item(Kind.ALERT, pk, deadline, path, people=_one(assignee))


def inquiries() -> Iterator[Item]:
    """Yield the inquiries whose answer is awaited, at the unit whose readers see them."""
    rows = Inquiry.objects.waiting().annotate(path=Coalesce("alert__watch__seen_at__path", "unit__path"))
    for pk, deadline, path, person in rows.values_list("pk", "due_on", "path", "responsible_id").iterator():
        yield Item(Kind.INQUIRY, pk, deadline, path, people=(person,))


def values() -> Iterator[Item]:
    """Yield the series of indicators, each with the day when its next value is awaited."""
    rows = IndicatorSeries.objects.expecting().filter(indicator__state=Indicator.State.IN_USE)
    columns = ("pk", "due_on", "unit__path", "responsible_id", "indicator__rhythm")
    for pk, deadline, path, person, rhythm in rows.values_list(*columns).iterator():
        days = DAYS_OF_RHYTHM.get(rhythm)
        yield Item(Kind.INDICATOR, pk, deadline, path, people=(person,), furthest=None if days is None else days // 2)


def _risk(way: str) -> list[Any]:
    return [F(f"{way}__owner_id"), F(f"{way}__is_confidential")]


def _one(person: int | None) -> tuple[int, ...]:
    return () if person is None else (person,)
