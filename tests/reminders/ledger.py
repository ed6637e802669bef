"""What the tests of the reminders share: moments of the municipality's clock, and reading the ledger."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from controls.models import Check, Control, Digest, Reminder
from controls.reminders.due import prepare
from riskreg.models import User

ZONE = ZoneInfo("Europe/Stockholm")


def at(day: date, hour: int = 9, minute: int = 0) -> datetime:
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=ZONE)


def prepared(day: date, hour: int = 9) -> int:
    return prepare(at(day, hour))


def said(to: User | None = None, **fields: Any) -> list[tuple[str, int]]:
    """(day of the letter, stage), in order."""
    rows = Reminder.objects.filter(**fields) if to is None else Reminder.objects.filter(recipient=to, **fields)
    return [(row.digest.day.isoformat(), row.stage) for row in rows.select_related("digest").order_by("digest__day", "pk")]


def letters(to: User) -> list[Digest]:
    return list(Digest.objects.filter(recipient=to).order_by("day", "pk"))


def planned_check(control: Control, due_on: date, **fields: Any) -> Check:
    fields = {"unit": control.risk.unit, "performer": control.performer, "last_day": due_on + timedelta(days=30), **fields}
    return Check.objects.create(control=control, nominal_on=due_on, due_on=due_on, **fields)


def through(first: date, last: date, *, hour: int = 9) -> None:
    """Prepare the letters of each day."""
    day = first
    while day <= last:
        prepared(day, hour)
        day += timedelta(days=1)
