"""The reminders that are due, to whom, and their rows in the ledger. Today and now are arguments.

Asked anew each time from what is stored: there is no queue of reminders that could be lost. A reminder is due when a
stage of a deadline has come (controls.reminders.stages) and the person has been told neither it nor a later one of
this deadline. Run twice, or by two workers at once, it makes no letter twice: the ledger's constraints see to that,
and all that a run makes stands or falls with its transaction.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache

from django.db import transaction
from django.db.models import Max

from controls.models import Digest, Reminder, ReminderStages
from controls.models.reminder_stages import read_days, usual_controller_after, usual_days, usual_manager_after
from controls.reminders.items import Item, all_items
from controls.reminders.people import People
from controls.reminders.rows import insert_new
from controls.reminders.stages import Part, Stages, falls_on, latest_come, latest_weekday, may_be_told
from controls.reminders.summary import Summaries
from controls.reminders.working_time import is_working_day, is_working_time
from riskreg.models import Role
from riskreg.trail.seals import head

Reason = Reminder.Reason
MOST_DAYS = 400
"""The number of days asked for one by one; more are asked for as a span."""


@dataclass(frozen=True, slots=True)
class Line:
    """One thing to say to one person."""

    recipient: int
    deputy_for: int | None
    kind: str
    pk: int
    deadline: date
    stage: int
    reason: str

    def row(self, digest: int, *, is_asked_for: bool) -> Reminder:
        return Reminder(
            digest_id=digest,
            recipient_id=self.recipient,
            deputy_for_id=self.deputy_for,
            kind=self.kind,
            object_id=self.pk,
            deadline=self.deadline,
            stage=self.stage,
            reason=self.reason,
            is_asked_for=is_asked_for,
        )


class StagesInForce:
    """The stages by closing and by municipality; two queries."""

    def __init__(self) -> None:
        self._usual = Stages(read_days(usual_days()), usual_manager_after(), usual_controller_after())
        self._of_closing: dict[int, Stages] = {}
        self._of_root: dict[str, Stages] = {}
        rows = ReminderStages.objects.values_list("closing_id", "unit__path", "days_before", "manager_after", "controller_after")
        for closing, path, days, manager, controller in rows:
            stages = Stages(read_days(days), manager, controller)
            if closing is None:
                self._of_root[path] = stages
            else:
                self._of_closing[closing] = stages

    def of(self, item: Item) -> Stages:
        root = f"/{item.path.split('/')[1]}/"
        own = self._of_closing.get(item.closing) if item.closing is not None else None
        return own or self._of_root.get(root, self._usual)


class Calendar:
    """Stages of deadlines on one day; each is worked out once, as thousands share a deadline."""

    def __init__(self, today: date) -> None:
        self.today = today
        self._come: dict[tuple[tuple[int, ...], date], int | None] = {}

    def latest(self, stages: tuple[int, ...], deadline: date) -> int | None:
        key = stages, deadline
        if key not in self._come:
            self._come[key] = latest_come(stages, deadline, self.today, is_working_day)
        return self._come[key]


def lines_of(item: Item, stages: Stages, people: People, calendar: Calendar) -> Iterator[Line]:
    """Yield the item's reminders that have come, for every person told; whether they were told before is not asked."""
    if item.stages:
        yield from _lines_to_managers_and_controllers(item, people, calendar)
        return
    for part, reason in ((Part.NAMED, Reason.NAMED), (Part.MANAGER, Reason.MANAGER), (Part.CONTROLLER, Reason.CONTROLLER)):
        if (item.ends and part != Part.NAMED) or (item.is_missed and part == Part.NAMED):
            continue
        steps = stages.of(part, furthest=item.furthest)
        if item.ends:
            steps = tuple(step for step in steps if step <= 0)
        stage = calendar.latest(steps, item.deadline)
        if stage is None:
            continue
        told, named_as = _recipients(item, part, people)
        for recipient, deputy_for in people.standing_in(told, lambda person: person not in item.barred):
            yield Line(recipient, deputy_for, item.kind, item.pk, item.deadline, stage, named_as or reason)


def _lines_to_managers_and_controllers(item: Item, people: People, calendar: Calendar) -> Iterator[Line]:
    stage = calendar.latest(item.stages, item.deadline)
    if stage is None:
        return
    for role, reason in ((Role.MANAGER, Reason.MANAGER), (Role.CONTROLLER, Reason.CONTROLLER)):
        for recipient, deputy_for in people.standing_in(people.nearest(role, item.path), lambda person: True):
            yield Line(recipient, deputy_for, item.kind, item.pk, item.deadline, stage, reason)


def _recipients(item: Item, part: Part, people: People) -> tuple[list[int], str]:
    """Return the people of the part, and the reason when it differs from the part's own."""

    def fits(person: int) -> bool:
        if person in item.barred:
            return False
        return not item.is_confidential or person == item.owner or people.sees_confidential_at(person, item.path)

    if part == Part.CONTROLLER:
        return people.nearest(Role.CONTROLLER, item.path, fits), ""
    if part == Part.MANAGER:
        return people.nearest(Role.MANAGER, item.path, fits), ""
    if item.role:
        return people.nearest(Role(item.role), item.path, fits), ""
    named = [person for person in item.people if person in people.active]
    return (named, "") if named else (people.nearest(Role.MANAGER, item.path, fits), Reason.UNNAMED)


def merge_lines(lines: Iterator[Line]) -> dict[tuple[int, str, int], Line]:
    """Merge the lines to one per person and record: the latest stage, and of two alike the person's own before a manager's."""
    found: dict[tuple[int, str, int], Line] = {}
    for line in lines:
        key = line.recipient, line.kind, line.pk
        there = found.get(key)
        if there is None or line.stage > there.stage:
            found[key] = line
    return found


def lines_that_have_come(today: date, people: People) -> list[Line]:
    """Return everything whose stage has come, told or not."""
    stages, calendar = StagesInForce(), Calendar(today)
    lines = (line for item in all_items(today) for line in lines_of(item, stages.of(item), people, calendar))
    return list(merge_lines(lines).values())


def latest_told(deadlines: Collection[date], *, only: int | None = None) -> dict[tuple[int, str, int, date], int]:
    """Return the latest stage that each person (or only one) has been told, by deadline.

    A ledger of many years is not read for the deadlines of today.
    """
    rows = Reminder.objects.filter(is_moot=False, deadline__in=sorted(deadlines)).order_by()
    if len(deadlines) > MOST_DAYS:
        rows = Reminder.objects.filter(is_moot=False, deadline__gte=min(deadlines)).order_by()
    if only is not None:
        rows = rows.filter(recipient=only)
    latest = rows.values_list("recipient_id", "kind", "object_id", "deadline").annotate(Max("stage"))
    return {(recipient, kind, pk, deadline): stage for recipient, kind, pk, deadline, stage in latest}


def due(today: date, people: People, *, only: int | None = None) -> list[Line]:
    """Return what is due and has not been told yet. only: to this person."""
    lines = [line for line in lines_that_have_come(today, people) if only is None or line.recipient == only]
    before = latest_told({line.deadline for line in lines}, only=only)
    found = []
    for line in lines:
        said = before.get((line.recipient, line.kind, line.pk, line.deadline))
        if said is None or said < line.stage:
            found.append(line)
    return found


def prepare(now: datetime) -> int:
    """Create the letters that are due now, with their lines; return their number. Nothing outside working hours.

    Each person's come at their hour, one a day; what turns up after it waits for the next working day. The number of
    queries does not depend on the number of people (rows are written 25,000 at a time).
    """
    if not is_working_time(now):
        return 0
    today = now.date()
    people = People.on(today)
    have = set(Digest.objects.filter(day=today, is_asked_for=False, account_letter="").values_list("recipient_id", flat=True))

    @cache
    def has_their_hour(person: int) -> bool:
        return person not in have and people.choice_of(person).moment_on(today) <= now

    letters: dict[int, list[Line]] = {}
    for line in due(today, people):
        choice = people.choice_of(line.recipient)
        fell_on = falls_on(line.deadline, line.stage, is_working_day)
        if has_their_hour(line.recipient) and may_be_told(
            line.stage, fell_on, today, rhythm=choice.rhythm, weekday=choice.weekday
        ):
            letters.setdefault(line.recipient, []).append(line)
    weeks = _summaries_due(today, people, has_their_hour)
    return _write_letters(letters, weeks, now)


def _summaries_due(today: date, people: People, has_their_hour: Callable[[int], bool]) -> dict[int, date]:
    """Return who is due their weekly letter, with the day on which their week began.

    Their day of the week has come since the last one, and there is something to say: to a manager what is late or waits,
    to auditors and controllers the head of the trail, as soon as anything is sealed.
    """
    summaries = Summaries(today, people)
    keepers = summaries.trail_keepers if head() is not None else set()
    readers = {*summaries.readers, *keepers}
    weeks = {person: latest_weekday(people.choice_of(person).weekday, today) for person in readers if has_their_hour(person)}
    if not weeks:
        return {}
    first = min(weeks.values())
    rows = Digest.objects.filter(summary_of__gte=first).order_by("summary_of").values_list("recipient_id", "summary_of")
    latest = {person: day for person, day in rows if day is not None}
    waiting = [person for person, week in weeks.items() if person not in latest or latest[person] < week]
    return {person: weeks[person] for person in waiting if person in keepers or summaries.of(person)}


@transaction.atomic
def _write_letters(letters: dict[int, list[Line]], weeks: dict[int, date], now: datetime) -> int:
    """Insert one letter a person, with its lines; return how many.

    A letter that another worker made meanwhile remains that worker's, with its lines.
    """
    made = [
        Digest(
            recipient_id=person,
            day=now.date(),
            summary_of=weeks.get(person),
            prepared_at=now,
            next_attempt_at=now,
            reference=uuid.uuid4(),
        )
        for person in sorted({*letters, *weeks})
    ]
    if not made:
        return 0
    insert_new(made)
    there = Digest.objects.filter(day=now.date(), prepared_at=now, is_asked_for=False)
    keys = dict(there.values_list("reference", "pk"))
    mine = {digest.recipient_id: keys[digest.reference] for digest in made if digest.reference in keys}
    rows = [line.row(mine[person], is_asked_for=False) for person, lines in letters.items() if person in mine for line in lines]
    insert_new(rows)
    return len(mine)
