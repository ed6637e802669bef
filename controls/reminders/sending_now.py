"""Manual work with the ledger: preview a letter before it is sent, send one now, try one again."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from controls.models import Action, Alert, Check, Closing, Digest, FollowUp, IndicatorSeries, Inquiry, Reminder
from controls.reminders.compose import Letter, Letters
from controls.reminders.due import Line, lines_that_have_come
from controls.reminders.items import Kind
from controls.reminders.people import People
from controls.reminders.subjects import Key
from riskreg import clock
from riskreg.access.grants import paths_with, require
from riskreg.access.sight import units_seen_by, within
from riskreg.access.verbs import NotPermitted, Verb
from riskreg.models import Membership, Unit, User
from riskreg.verbs.errors import NotInThisState, Refused
from riskreg.verbs.gate import lock_row

State = Digest.State
SENDABLE = (State.PENDING, State.FAILED, State.GIVEN_UP)


@dataclass(frozen=True, slots=True)
class Preview:
    """A letter as it would be sent. letter: None when there is nothing to say. hidden: lines that the reader may not see."""

    letter: Letter | None
    hidden: int


def chased_by(user: User) -> Q:
    """Return the condition selecting active people with a role today at a unit where the user may chase."""
    units = Unit.objects.filter(within(paths_with(user, Verb.CHASE)))
    there = Membership.objects.filter(unit__in=units).valid_on(clock.today()).values("user")
    return Q(is_active=True, pk__in=there)


def preview(person: User, *, reader: User, now: datetime) -> Preview:
    """Compose the letter that the person would be sent now: everything whose stage has come, told before or not."""
    _refuse_stranger(person, reader)
    lines = _lines_for(person, now)
    visible = visible_keys(reader, [(line.kind, line.pk) for line in lines])
    seen = [line for line in lines if (line.kind, line.pk) in visible]
    digest = Digest(recipient=person, day=now.date())
    letters = Letters.unsaved(digest, [line.row(0, is_asked_for=True) for line in seen], now)
    return Preview(letters.compose(digest), len(lines) - len(seen))


@transaction.atomic
def send_now(person: User, *, by: User) -> Digest:
    """Create a letter of everything that is due to the person, at any hour; once a day."""
    _refuse_stranger(person, by)
    lock_row(User.objects.all(), person.pk)
    now = clock.now()
    if Digest.objects.filter(recipient=person, day=now.date(), is_asked_for=True).exists():
        raise Refused(_("%(person)s has been sent a reminder by hand today already.") % {"person": person})
    lines = _lines_for(person, now)
    if not lines:
        raise Refused(_("Nothing is due that %(person)s could be reminded of.") % {"person": person})
    digest = Digest.objects.create(
        recipient=person, day=now.date(), is_asked_for=True, asked_for_by=by, prepared_at=now, next_attempt_at=now
    )
    Reminder.objects.bulk_create([line.row(digest.pk, is_asked_for=True) for line in lines])
    return digest


@transaction.atomic
def try_again(digest: Digest, *, by: User) -> Digest:
    """Queue a waiting, failed or given-up letter first, with all its attempts restored."""
    # A letter is machinery, without history: claimed here as the worker claims it.
    row = Digest.objects.visible_to(by).select_for_update(of=("self",)).filter(pk=digest.pk).first()
    if row is None:
        raise NotPermitted(Verb.CHASE)
    require(by, Verb.CHASE)
    if row.state not in SENDABLE:
        raise NotInThisState(_("Send now"), row.get_state_display())
    row.state, row.next_attempt_at, row.attempts, row.first_attempt_at = State.PENDING, clock.now(), 0, None
    if not row.account_letter:  # there it says who did what the letter is about
        row.asked_for_by = by
    row.save()
    return row


def _refuse_stranger(person: User, by: User) -> None:
    require(by, Verb.CHASE)
    if not User.objects.filter(chased_by(by), pk=person.pk).exists():
        raise NotPermitted(Verb.CHASE)


def _lines_for(person: User, now: datetime) -> list[Line]:
    found = [line for line in lines_that_have_come(now.date(), People.on(now.date())) if line.recipient == person.pk]
    return sorted(found, key=lambda line: (line.deadline, line.kind, line.pk))


def visible_keys(reader: User, keys: Iterable[Key]) -> set[Key]:
    """Return the keys of the records that the reader sees; one query a kind."""
    wanted: dict[str, list[int]] = {}
    for kind, pk in keys:
        wanted.setdefault(kind, []).append(pk)
    sources: dict[str, Any] = {
        Kind.FOLLOW_UP: FollowUp,
        Kind.APPROVAL: FollowUp,
        Kind.CHECK: Check,
        Kind.ACTION: Action,
        Kind.REPORT: Closing,
        Kind.ALERT: Alert,
        Kind.INQUIRY: Inquiry,
        Kind.INDICATOR: IndicatorSeries,
    }
    found: set[Key] = set()
    if Kind.PLAN in wanted:
        units = Unit.objects.filter(units_seen_by(reader), pk__in=wanted.pop(Kind.PLAN))
        found |= {(str(Kind.PLAN), pk) for pk in units.values_list("pk", flat=True)}
    for kind, pks in wanted.items():
        seen = sources[kind].objects.visible_to(reader).filter(pk__in=pks).values_list("pk", flat=True)
        found |= {(kind, pk) for pk in seen}
    return found
