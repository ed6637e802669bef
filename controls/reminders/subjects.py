"""Names of records in reminders and calendars: outside the product, where nobody asks for a password.

A confidential risk's title, and everything written about it, stays inside: outside it is a number in a plan.

Read as values, not as records: a letter to each of five thousand people names ten of them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _

from controls.models import Action, Alert, Check, Closing, FollowUp, Indicator, IndicatorSeries, Inquiry
from controls.models.control import Method, with_method
from controls.reminders.items import Kind
from riskreg.models import Unit
from riskreg.plans.coverage import MissingPlan, missing_plans

WORDS = 140
Key = tuple[str, int]


@dataclass(slots=True)
class Subject:
    """One record, as it is when it is read."""

    kind: str
    pk: int
    deadline: date | None
    is_open: bool
    path: str
    """Below the site's address."""
    risk: str = ""
    number: int = 0
    plan: tuple[str, int] = ("", 0)
    """The risk's plan: unit and year."""
    is_confidential: bool = False
    is_dropped: bool = False
    method: str = ""
    text: str = ""
    """The control's description; for an action, the measure; for an alert, the register; for an inquiry, who was asked, as a
    choice; for a value, the indicator's name."""
    closing: tuple[str, int] | None = None
    """Kind and year of a report's closing."""
    person: int | None = None
    """The person who is to do it."""
    person_name: str = ""
    hands: tuple[int | None, ...] = ()
    unit: str = ""
    is_missed: bool = False
    missing: MissingPlan | None = None
    """Of a committee's next plan: what is missing."""

    @property
    def url(self) -> str:
        return f"{settings.SITE_URL}{self.path}"

    @property
    def title(self) -> str:
        """The title, on one line."""
        if self.closing is not None:
            kind, year = self.closing
            return _("Report for %(closing)s") % {"closing": Closing(kind=kind, year=year)}
        if self.kind == Kind.PLAN:
            if self.missing is None:
                return _("The plan of %(unit)s") % {"unit": self.unit}
            return _("The plan for %(year)d, %(unit)s") % {"year": self.missing.year, "unit": self.unit}
        if self.kind == Kind.ALERT:
            return _("Alert no. %(number)d") % {"number": self.number}
        if self.kind == Kind.INQUIRY:
            return _("Inquiry no. %(number)d") % {"number": self.number}
        if self.kind == Kind.INDICATOR:
            return " ".join(self.text.split())
        if self.is_confidential:
            unit, year = self.plan
            return _("Confidential risk no. %(number)d, %(unit)s %(year)d") % {
                "number": self.number,
                "unit": unit,
                "year": year,
            }
        return " ".join(self.risk.split())

    @property
    def what(self) -> str:
        """The kind of work, on one line; for a confidential risk nothing but that."""
        if self.closing is not None:
            return _("Follow-up of internal control, %(municipality)s") % {"municipality": self.unit}
        if self.kind == Kind.PLAN:
            return missing_in_words(self.missing) if self.missing else ""
        if self.kind == Kind.ALERT:
            return _("To conclude: an alert from the register %(register)s") % {"register": " ".join(self.text.split())}
        if self.kind == Kind.INQUIRY:
            return _("An answer is expected. Asked: %(whom)s") % {"whom": Inquiry.AskedOf(self.text).label}
        if self.kind == Kind.INDICATOR:
            return _("To enter: the value that is awaited, %(unit)s") % {"unit": self.unit}
        said = str(Method(self.method).label)
        if not self.is_confidential:
            words = " ".join(self.text.split())
            said = words if self.kind == Kind.ACTION else with_method(said, words)
        if self.is_missed:
            said = _("Missed: %(method)s") % {"method": said}
        elif self.kind == Kind.ACTION:
            said = _("Measure") if self.is_confidential else _("Measure: %(what)s") % {"what": said}
        elif self.kind == Kind.APPROVAL:
            said = _("To approve: %(what)s") % {"what": said}
        return said if len(said) <= WORDS else f"{said[: WORDS - 1].rstrip()}…"


def missing_in_words(missing: MissingPlan) -> str:
    """Return how far the missing plan has come, and what that means."""
    if missing.begun is not None:
        said = _("The plan is not adopted: it is there (%(state)s).") % {"state": missing.begun.state_in_words.lower()}
    else:
        said = _("No plan is begun.")
    if missing.runs_on:
        return f"{said} " + _("The controls of %(year)d run on.") % {"year": missing.before.year}
    return f"{said} " + _("No checks are opened until it is adopted.") if missing.is_late else said


def subjects(keys: Iterable[Key], today: date) -> dict[Key, Subject]:
    """Read the subjects of the keys that still exist, as they are today. One query a kind, two for plans."""
    wanted: dict[str, set[int]] = defaultdict(set)
    for kind, pk in keys:
        wanted[kind].add(pk)
    found: dict[Key, Subject] = {}
    if Kind.PLAN in wanted:
        found |= _plans(wanted.pop(Kind.PLAN), today)
    for kind, pks in wanted.items():
        rows = MODELS[kind]._default_manager.filter(pk__in=pks)
        found |= {(kind, subject.pk): subject for subject, _more in read(kind, rows)}
    return found


MODELS: dict[str, type[models.Model]] = {
    Kind.FOLLOW_UP: FollowUp,
    Kind.APPROVAL: FollowUp,
    Kind.CHECK: Check,
    Kind.ACTION: Action,
    Kind.REPORT: Closing,
    Kind.ALERT: Alert,
    Kind.INQUIRY: Inquiry,
    Kind.INDICATOR: IndicatorSeries,
}


def _control(way: str) -> list[str]:
    control = [f"{way}__{name}" for name in ("is_dropped", "method", "description")]
    risk = ("title", "number", "is_confidential", "is_dropped", "plan__unit__name", "plan__year")
    return control + [f"{way}__risk__{name}" for name in risk]


_PERFORMED = ["pk", "due_on", "state", "performer_id", "performer__name", "performer__email", "unit__name"]
_COLUMNS: dict[str, list[str]] = {
    Kind.FOLLOW_UP: [*_PERFORMED, *_control("control")],
    Kind.CHECK: [*_PERFORMED, *_control("control")],
    Kind.APPROVAL: [
        "pk",
        "closing__approval_due",
        "state",
        "performer_id",
        "performer__name",
        "performer__email",
        "unit__name",
        *_control("control"),
        "submitted_by_id",
        "last_edited_by_id",
    ],
    Kind.ACTION: [
        "pk",
        "due_on",
        "done_on",
        "responsible_id",
        "responsible__name",
        "responsible__email",
        "follow_up__unit__name",
        *_control("follow_up__control"),
        "description",
        "follow_up_id",
    ],
    Kind.REPORT: ["pk", "report_due", "kind", "year", "unit__name"],
    Kind.ALERT: [
        "pk",
        "due_on",
        "state",
        "assignee_id",
        "assignee__name",
        "assignee__email",
        "watch__register__unit__name",
        "watch__register__name",
    ],
    Kind.INQUIRY: [
        "pk",
        "due_on",
        "state",
        "responsible_id",
        "responsible__name",
        "responsible__email",
        "unit__name",
        "asked_of",
    ],
    Kind.INDICATOR: [
        "pk",
        "due_on",
        "state",
        "responsible_id",
        "responsible__name",
        "responsible__email",
        "unit__name",
        "indicator__name",
        "indicator__state",
    ],
}


def read(kind: str, rows: models.QuerySet[Any], *more: str) -> Iterator[tuple[Subject, tuple[Any, ...]]]:
    """Yield each row of the kind's model as a subject, with further columns of it. One query."""
    pages = _Pages()
    columns = _COLUMNS[kind]
    for values in rows.values_list(*columns, *more):
        own, rest = values[: len(columns)], values[len(columns) :]
        if kind in _WATCHED:
            yield _WATCHED[kind](own, pages), rest
        else:
            yield (_report(own) if kind == Kind.REPORT else _of_control(kind, own, pages)), rest


def _of_control(kind: str, values: tuple[Any, ...], pages: _Pages) -> Subject:
    pk, deadline, state, person, name, email, unit = values[:7]
    is_out, method, text, risk, number, is_confidential, risk_is_out, plan_unit, year = values[7:16]
    is_dropped = is_out or risk_is_out
    subject = Subject(
        kind,
        pk,
        deadline,
        True,
        "",
        risk,
        number,
        (plan_unit, year),
        is_confidential,
        is_dropped,
        method,
        text,
        person=person,
        person_name=name or email or "",
        unit=unit,
    )
    if kind == Kind.ACTION:
        # Only measures have a day; one that is done has another.
        subject.is_open, subject.text = state is None, values[16]
        subject.path = pages.of("admin:controls_followup_change", values[17])
    elif kind == Kind.CHECK:
        subject.is_open, subject.is_missed = state in Check.OPEN_STATES and not is_dropped, state == Check.State.MISSED
        subject.path = pages.of("check", pk)
    elif kind == Kind.APPROVAL:
        subject.is_open, subject.hands, subject.person = state == FollowUp.State.SUBMITTED, (person, *values[16:18]), None
        subject.path = pages.of("admin:controls_followup_change", pk)
    else:
        subject.is_open, subject.path = state in FollowUp.OPEN_STATES, pages.of("admin:controls_followup_change", pk)
    return subject


def _plans(units: set[int], today: date) -> dict[Key, Subject]:
    """Return the committees' missing plans, of each the one that has been missing for longest."""
    missing = {one.unit: one for one in reversed(missing_plans(today, Q(unit__in=units)))}
    found = {}
    for pk, name in Unit.objects.filter(pk__in=units).values_list("pk", "name"):
        lacks = missing.get(pk)
        plan = (lacks.begun or lacks.before) if lacks else None
        path = reverse("plan", args=[plan.pk]) if plan else reverse("plans")
        deadline = lacks.deadline if lacks else None
        found[str(Kind.PLAN), pk] = Subject(Kind.PLAN, pk, deadline, lacks is not None, path, unit=name, missing=lacks)
    return found


def _report(values: tuple[Any, ...]) -> Subject:
    pk, due, kind, year, unit = values
    return Subject(Kind.REPORT, pk, due, True, f"{reverse('reports')}?year={year}", closing=(kind, year), unit=unit)


def _alert(values: tuple[Any, ...], pages: _Pages) -> Subject:
    """Return an alert as a number and its register: what it tells, and of whom, stays inside."""
    pk, due, state, person, name, email, unit, register = values
    subject = Subject(Kind.ALERT, pk, due, state in Alert.OPEN_STATES, pages.of("alert", pk), number=pk, text=register)
    subject.person, subject.person_name, subject.unit = person, name or email or "", unit
    # Nobody is to do anything about it, and nobody has concluded it: it comes back to the calendar when it wakes.
    subject.is_dropped = state in (Alert.State.ASLEEP, Alert.State.EXCLUDED)
    return subject


def _inquiry(values: tuple[Any, ...], pages: _Pages) -> Subject:
    """Return an inquiry as a number and the choice of who was asked: about whom, and about what, stays inside."""
    pk, due, state, person, name, email, unit, asked_of = values
    is_open = state == Inquiry.State.ASKED
    subject = Subject(Kind.INQUIRY, pk, due, is_open, pages.of("inquiry", pk), number=pk, text=asked_of)
    subject.person, subject.person_name, subject.unit = person, name or email or "", unit
    return subject


def _value(values: tuple[Any, ...], pages: _Pages) -> Subject:
    """Return the next value of a series, by the indicator's name."""
    pk, due, state, person, name, email, unit, indicator, state_of_indicator = values
    is_open = state == IndicatorSeries.State.IN_USE and state_of_indicator == Indicator.State.IN_USE
    subject = Subject(Kind.INDICATOR, pk, due, is_open, pages.of("indicator_series", pk), text=indicator)
    subject.person, subject.person_name, subject.unit = person, name or email or "", unit
    # Nobody enters more: it was not done.
    subject.is_dropped = not is_open
    return subject


_WATCHED: dict[str, Any] = {Kind.ALERT: _alert, Kind.INQUIRY: _inquiry, Kind.INDICATOR: _value}
"""Kinds of what is watched or measured, which belong to no risk."""


class _Pages:
    """Addresses of records' pages; each kind's is looked up once."""

    def __init__(self) -> None:
        self._found: dict[str, tuple[str, str]] = {}

    def of(self, name: str, pk: int) -> str:
        if name not in self._found:
            before, _zero, after = reverse(name, args=[0]).rpartition("/0/")
            self._found[name] = before, after
        before, after = self._found[name]
        return f"{before}/{pk}/{after}"
