"""The things that people are responsible for: controls, series; open follow-ups, checks, actions, alerts, inquiries."""

from __future__ import annotations

from django.db.models import QuerySet
from django.utils.translation import ngettext

from controls.models import Action, Alert, Check, Control, FollowUp, IndicatorSeries, Inquiry
from riskreg.access.verbs import Verb
from riskreg.models import ControlPlan, User
from riskreg.people.handing_over import Holding, register_holding


def controls_of(person: User) -> QuerySet[Control]:
    """Return the controls that the person performs, of plans that are not closed."""
    performed = Control.objects.current().filter(performer=person).exclude(risk__plan__state=ControlPlan.State.CLOSED)
    return performed.order_by("risk", "position")


def open_follow_ups_of(person: User) -> QuerySet[FollowUp]:
    """Return the person's open follow-ups.

    A submitted one keeps its performer; returned after they left, it is nobody's (controls.follow_ups.verbs).
    """
    waiting = FollowUp.objects.filter(performer=person, state__in=FollowUp.OPEN_STATES)
    return waiting.select_related("control__risk", "closing").order_by("due_on", "pk")


def open_checks_of(person: User) -> QuerySet[Check]:
    """Return the person's open checks."""
    waiting = Check.objects.open().filter(performer=person)
    return waiting.select_related("control__risk").order_by("due_on", "pk")


def open_actions_of(person: User) -> QuerySet[Action]:
    """Return the open actions that the person is responsible for."""
    return Action.objects.open().filter(responsible=person).order_by("due_on", "pk")


def open_alerts_of(person: User) -> QuerySet[Alert]:
    """Return the open alerts that are assigned to the person."""
    return Alert.objects.open().filter(assignee=person).order_by("due_on", "pk")


def open_inquiries_of(person: User) -> QuerySet[Inquiry]:
    """Return the inquiries whose answer the person waits for."""
    return Inquiry.objects.waiting().filter(responsible=person).order_by("due_on", "pk")


def series_of(person: User) -> QuerySet[IndicatorSeries]:
    """Return the series of indicators whose values the person answers for."""
    return IndicatorSeries.objects.expecting().filter(responsible=person).order_by("due_on", "pk")


def register() -> None:
    """Register the kinds of holding; called once, when the app is ready."""

    def controls(count: int) -> str:
        return ngettext("%(count)d control", "%(count)d controls", count) % {"count": count}

    def follow_ups(count: int) -> str:
        return ngettext("%(count)d open follow-up", "%(count)d open follow-ups", count) % {"count": count}

    def checks(count: int) -> str:
        return ngettext("%(count)d open check", "%(count)d open checks", count) % {"count": count}

    def actions(count: int) -> str:
        return ngettext("%(count)d open action", "%(count)d open actions", count) % {"count": count}

    def alerts(count: int) -> str:
        return ngettext("%(count)d open alert", "%(count)d open alerts", count) % {"count": count}

    def inquiries(count: int) -> str:
        return ngettext("%(count)d open inquiry", "%(count)d open inquiries", count) % {"count": count}

    def series(count: int) -> str:
        return ngettext("%(count)d series of an indicator", "%(count)d series of indicators", count) % {"count": count}

    register_holding(Holding("controls", controls, controls_of, "performer", "risk__unit", Verb.LOG_FOLLOW_UP))
    register_holding(Holding("follow_ups", follow_ups, open_follow_ups_of, "performer", "unit", Verb.LOG_FOLLOW_UP))
    register_holding(Holding("checks", checks, open_checks_of, "performer", "unit", Verb.LOG_FOLLOW_UP))
    register_holding(Holding("actions", actions, open_actions_of, "responsible", "follow_up__unit", Verb.LOG_FOLLOW_UP))
    register_holding(Holding("alerts", alerts, open_alerts_of, "assignee", "watch__seen_at", Verb.WEIGH_ALERT))
    register_holding(Holding("inquiries", inquiries, open_inquiries_of, "responsible", "unit", Verb.WEIGH_ALERT))
    register_holding(Holding("series", series, series_of, "responsible", "unit", Verb.RECORD_INDICATOR))
