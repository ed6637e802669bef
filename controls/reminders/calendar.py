"""A calendar of what is due, as iCalendar (RFC 5545): days without an hour, so that every time zone shows the same day.

An event's UID is its record's, for ever; its SEQUENCE is the number of times the record was changed, as the history counts
them. What was in the calendar and is no longer (withdrawn, dropped, given to somebody else) stays in it as cancelled, since
programs that keep what they have once read would otherwise keep it for ever. What is done stays, marked as done.

The address is secret but asks for no password, and calendars are copied to other services: no word of a confidential risk
is in one (controls.reminders.subjects).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Count, DateTimeField, IntegerField, Max, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from icalendar import Calendar, Event, vDuration

from controls.models import Action, Alert, Check, Closing, FollowUp, IndicatorSeries, Inquiry
from controls.reminders.items import Kind
from controls.reminders.subjects import read
from riskreg.models import Risk, Unit, User

BACK, AHEAD = timedelta(days=180), timedelta(days=550)
MOST = 2_000
"""Events of a kind; a unit with more has its nearest."""
REFRESH = timedelta(hours=6)


@dataclass(frozen=True, slots=True)
class Entry:
    """One event."""

    uid: str
    day: date
    title: str
    text: str
    url: str
    sequence: int
    changed_at: datetime
    is_cancelled: bool = False
    is_done: bool = False


def calendar_of(owner: User, unit: Unit | None, today: date, made_at: datetime) -> bytes:
    """Write the calendar of the owner's own dates, or of what they see of the unit's, in the owner's language.

    made_at: when the address was made; the stamp of events without history.
    """
    with translation.override(owner.language):
        entries = [*_own(owner, today, made_at)] if unit is None else [*_of_unit(owner, unit, today, made_at)]
        return write_calendar(entries, str(unit) if unit else _("my dates"))


def write_calendar(entries: Iterable[Entry], name: str) -> bytes:
    """Write the entries as an iCalendar file named `name`."""
    calendar = Calendar()
    calendar.add("prodid", f"-//Riskreg//{settings.RISKREG_VERSION}//{translation.get_language()}")
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", f"Riskreg, {name}")
    calendar.add("refresh-interval", REFRESH, parameters={"VALUE": "DURATION"})
    # Outlook reads a duration here; a bare timedelta would be written as a time of day.
    calendar.add("x-published-ttl", vDuration(REFRESH))
    for entry in sorted(entries, key=lambda each: (each.day, each.uid)):
        event = Event()
        event.add("uid", entry.uid)
        event.add("dtstamp", entry.changed_at)
        event.add("last-modified", entry.changed_at)
        event.add("sequence", entry.sequence)
        event.add("dtstart", entry.day)
        event.add("dtend", entry.day + timedelta(days=1))
        event.add("summary", f"✓ {entry.title}" if entry.is_done else entry.title)
        event.add("description", f"{entry.text}\n{entry.url}" if entry.text else entry.url)
        event.add("url", entry.url)
        event.add("status", "CANCELLED" if entry.is_cancelled else "CONFIRMED")
        event.add("transp", "TRANSPARENT")
        calendar.add_component(event)
    return bytes(calendar.to_ical())


def _own(owner: User, today: date, made_at: datetime) -> Iterator[Entry]:
    people = [owner.pk]
    window = {"due_on__gte": today - BACK, "due_on__lte": today + AHEAD}
    follow_ups = FollowUp.objects.visible_to(owner).filter(performer__in=people, **window)
    yield from _events(Kind.FOLLOW_UP, _count_changes(follow_ups), made_at)
    checks = Check.objects.visible_to(owner).filter(performer__in=people, **window)
    yield from _events(Kind.CHECK, _count_changes(checks), made_at)
    measures = Action.objects.visible_to(owner).filter(kind=Action.Kind.MEASURE, responsible__in=people, **window)
    yield from _events(Kind.ACTION, _count_changes(measures), made_at)
    assigned = Alert.objects.visible_to(owner).filter(assignee__in=people, **window)
    yield from _events(Kind.ALERT, _count_changes(assigned), made_at)
    awaited = Inquiry.objects.visible_to(owner).filter(responsible__in=people, **window)
    yield from _events(Kind.INQUIRY, _count_changes(awaited), made_at)
    values = IndicatorSeries.objects.visible_to(owner).filter(responsible__in=people, **window)
    yield from _events(Kind.INDICATOR, _count_changes(values), made_at)
    yield from _gone(Kind.FOLLOW_UP, FollowUp, Q(performer__in=people), window)
    yield from _gone(Kind.ALERT, Alert, Q(assignee__in=people, due_on__isnull=False), window)
    yield from _gone(Kind.INQUIRY, Inquiry, Q(responsible__in=people), window)
    yield from _gone(Kind.INDICATOR, IndicatorSeries, Q(responsible__in=people), window)
    yield from _gone(Kind.ACTION, Action, Q(responsible__in=people), window)
    yield from _gone(Kind.CHECK, Check, Q(performer__in=people), window)
    yield from _closings(Closing.objects.visible_to(owner), today, made_at)


def _of_unit(owner: User, unit: Unit, today: date, made_at: datetime) -> Iterator[Entry]:
    """Yield the work at the unit and below it, as far as the owner sees it.

    Nothing confidential: people who are shown the calendar of a unit are not asked for their rights.
    """
    window = {"due_on__gte": today - BACK, "due_on__lte": today + AHEAD}
    seen = FollowUp.objects.visible_to(owner).filter(unit__path__startswith=unit.path, control__risk__is_confidential=False)
    yield from _events(Kind.FOLLOW_UP, _count_changes(seen.filter(**window)), made_at)
    checks = Check.objects.visible_to(owner).filter(unit__path__startswith=unit.path, control__risk__is_confidential=False)
    yield from _events(Kind.CHECK, _count_changes(checks.filter(**window)), made_at)
    yield from _gone(Kind.FOLLOW_UP, FollowUp, Q(unit__path__startswith=unit.path), window)
    yield from _gone(Kind.CHECK, Check, Q(unit__path__startswith=unit.path), window)
    hidden = _became_confidential("control__risk")
    follow_ups = FollowUp.objects.filter(hidden, unit__path__startswith=unit.path, **window)
    yield from (_cancelled(Kind.FOLLOW_UP, row) for row in _count_changes(follow_ups))
    hidden_checks = Check.objects.filter(hidden, unit__path__startswith=unit.path, **window)
    yield from (_cancelled(Kind.CHECK, row) for row in _count_changes(hidden_checks))
    yield from _closings(Closing.objects.visible_to(owner).of_unit(unit), today, made_at)


def _count_changes(rows: Any) -> Any:
    """Annotate the rows with the number of their changes and the moment of the last one."""
    changes, changed_at = _from_history(rows.model)
    return rows.annotate(changes=changes, changed_at=changed_at).order_by("due_on", "pk")[:MOST]


def _from_history(model: Any) -> tuple[Coalesce, Subquery]:
    """Return annotations from the record's history: its number of rows (at least 1), and the last one's moment."""
    rows = model.history.model.objects.filter(id=OuterRef("pk")).order_by().values("id")
    counted = Subquery(rows.annotate(number=Count("history_id")).values("number"), output_field=IntegerField())
    return Coalesce(counted, 1), Subquery(rows.annotate(last=Max("history_date")).values("last"), output_field=DateTimeField())


def _events(kind: Kind, rows: Any, made_at: datetime) -> Iterator[Entry]:
    for subject, (day, changes, changed_at) in read(kind, rows, "due_on", "changes", "changed_at"):
        who = ", ".join(filter(None, [subject.what, subject.person_name]))
        yield Entry(
            uid_of(kind, subject.pk),
            day,
            subject.title,
            who,
            subject.url,
            max(changes - 1, 0),
            changed_at or made_at,
            is_cancelled=subject.is_dropped,
            is_done=not (subject.is_open or subject.is_dropped or subject.is_missed),
        )


def _gone(kind: Kind, model: Any, was_theirs: Q, window: dict[str, date]) -> Iterator[Entry]:
    """Yield cancellations of what the history says was theirs and no longer is. The title is not repeated."""
    history = model.history.model.objects.order_by()
    theirs = history.filter(was_theirs, **window).values("id")
    gone = history.filter(id__in=theirs).exclude(id__in=model.objects.filter(was_theirs).values("pk"))
    counted = gone.values("id").annotate(changes=Count("history_id"), changed_at=Max("history_date"), day=Max("due_on"))
    for row in counted[:MOST]:
        yield _withdrawal(kind, row["id"], row["day"], row["changes"] - 1, row["changed_at"])


def _became_confidential(way: str) -> Q:
    """Return the condition that the risk is confidential now, but was open once and in calendars by its title."""
    was_open = Risk.history.model.objects.filter(is_confidential=False).order_by().values("id")
    return Q(**{f"{way}__is_confidential": True, f"{way}__in": was_open})


def _cancelled(kind: Kind, row: Any) -> Entry:
    return _withdrawal(kind, row.pk, row.due_on, max(row.changes - 1, 0), row.changed_at)


def _withdrawal(kind: Kind, pk: int, day: date, sequence: int, changed_at: datetime | None) -> Entry:
    stamp = changed_at or datetime.combine(day, datetime.min.time(), tzinfo=UTC)
    return Entry(uid_of(kind, pk), day, _("No longer in this calendar"), "", _home(), sequence, stamp, is_cancelled=True)


def _home() -> str:
    return f"{settings.SITE_URL}/"


def _closings(closings: Any, today: date, made_at: datetime) -> Iterator[Entry]:
    """Yield the four days of each closing, one event each."""
    near = closings.filter(report_due__gte=today - BACK, cut_off__lte=today + AHEAD)
    changes, changed_at = _from_history(Closing)
    rows = near.annotate(changes=changes, changed_at=changed_at)
    for row in rows.order_by("cut_off", "pk"):
        days = {
            "cut-off": (row.cut_off, _("Cut-off date")),
            "follow-up": (row.follow_up_due, _("Follow-ups due")),
            "approval": (row.approval_due, _("Approvals due")),
            "report": (row.report_due, _("Report due")),
        }
        for name, (day, words) in days.items():
            yield Entry(
                uid_of(f"closing-{name}", row.pk),
                day,
                f"{words}: {row}",
                "",
                settings.SITE_URL + reverse("reports"),
                max(row.changes - 1, 0),
                row.changed_at or made_at,
            )


def uid_of(kind: str, pk: int) -> str:
    """Return the UID of a record's event."""
    return f"{kind}-{pk}@{settings.SITE_HOST}"
