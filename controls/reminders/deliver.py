"""Delivery of letters: each is claimed, sent outside any transaction, and its outcome recorded.

    pending ─▶ sending ─▶ sent
       ▲          ├─▶ failed ─▶ (tried again, ever more seldom) ─▶ given up
       │          └─▶ not needed
       └── the claim of a worker that is not heard of any more ends by itself

A claim is a conditional update, so that of ten workers one has it. The only way to send a letter twice is to die, or to
lose the database, between the mail server's acceptance and our note of it: then it is sent again, with the same Message-ID.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from django.db import DatabaseError, InterfaceError, OperationalError, connection
from django.db.models import F, Q
from django.db.models.functions import Coalesce

from controls.models import Digest, Reminder
from controls.reminders.compose import Letter, Letters
from controls.reminders.people import People
from controls.reminders.post import Post, Refusal, Unreachable
from controls.reminders.summary import Summaries
from controls.reminders.working_time import is_working_time
from riskreg.sign_in.letters import AccountLetter

BATCH = 50
LEASE = timedelta(minutes=10)
SEND_WITHIN = 240.0
"""Seconds of its claim in which a letter may still be sent: a worker that was stopped for longer sends nothing more."""
FIRST_WAIT = timedelta(minutes=1)
LONGEST_BACKOFF = timedelta(hours=1)
TRIES_WHEN_REFUSED = 3
"""Attempts at a letter that the server refuses for good (5xx)."""
GIVEN_UP_AFTER = timedelta(days=5)
"""The time for which a letter is tried that cannot be delivered for another reason."""
LINK_GIVEN_UP_AFTER = timedelta(days=1)
"""The same for a link to a new password: after it, whoever still needs one has asked again. An invitation is tried on."""
NOTES_TRIED = 4

State = Digest.State


@dataclass
class Outcome:
    """The outcome of a run for the letters it took."""

    sent: int = 0
    failed: int = 0
    given_up: int = 0
    not_needed: int = 0
    unreachable: str = ""
    """The mail server could not be spoken to; why."""
    seconds: float = field(default=0.0, repr=False)

    @property
    def taken(self) -> int:
        return self.sent + self.failed + self.given_up + self.not_needed


def backoff(attempts: int) -> timedelta:
    """Return the wait after so many attempts: 1, 2, 4 … minutes, at most an hour."""
    return min(FIRST_WAIT * 2 ** min(max(attempts, 1) - 1, 10), LONGEST_BACKOFF)


def deliver(now: Callable[[], datetime], *, seconds: float = 600.0) -> Outcome:
    """Send waiting letters, batch by batch, until none waits, the server is away or the time is up.

    Outside working hours only letters that somebody asked for are sent.
    """
    began = time.monotonic()
    outcome = Outcome()
    # Read once a run: what is late in the units does not change from one letter to the next.
    summaries = cache(lambda: Summaries(now().date(), People.on(now().date())))
    with Post() as post:
        while time.monotonic() - began < seconds and deliver_batch(now(), post, outcome, summaries):
            if outcome.unreachable:
                break
    outcome.seconds = time.monotonic() - began
    return outcome


def deliver_batch(now: datetime, post: Post, outcome: Outcome, summaries: Callable[[], Summaries] | None = None) -> bool:
    """Claim some letters and send them: one step. Return whether there were any."""
    claim = uuid.uuid4()
    began = time.monotonic()
    digests = claim_letters(now, claim)
    if not digests:
        return False
    try:
        letters = Letters.of(digests, now, summaries)
        if letters.moot:
            Reminder.objects.filter(pk__in=letters.moot).update(is_moot=True)
        for digest in digests:
            if time.monotonic() - began > SEND_WITHIN or outcome.unreachable:
                break
            _deliver(digest, letters.compose(digest), post, now, claim, outcome)
    finally:
        _release(claim, now, outcome.unreachable)
    return True


def claim_letters(now: datetime, claim: uuid.UUID, most: int = BATCH) -> list[Digest]:
    """Claim up to `most` letters, those about accounts and then the oldest first, for this worker until the lease ends."""
    waiting = Digest.objects.deliverable(now)
    if not is_working_time(now):
        waiting = waiting.filter(Q(asked_for_by__isnull=False) | ~Q(account_letter=""))
    # Somebody stands before the door for a link to a new password.
    chosen = list(waiting.order_by("-account_letter", "next_attempt_at", "pk").values_list("pk", flat=True)[:most])
    if not chosen:
        return []
    # The condition is asked again by the update: of two workers that chose the same, one gets each.
    Digest.objects.deliverable(now).filter(pk__in=chosen).update(
        state=State.SENDING,
        claim=claim,
        claimed_until=now + LEASE,
        attempts=F("attempts") + 1,
        first_attempt_at=Coalesce("first_attempt_at", now),
    )
    claimed = Digest.objects.filter(claim=claim).select_related("recipient", "asked_for_by")
    return list(claimed.order_by("-account_letter", "next_attempt_at", "pk"))


def _deliver(digest: Digest, letter: Letter | None, post: Post, now: datetime, claim: uuid.UUID, outcome: Outcome) -> None:
    if letter is None:
        _note(digest, claim, state=State.NOT_NEEDED)
        outcome.not_needed += 1
        return
    try:
        answer = post.send(letter.message(digest.message_id))
    except Unreachable as trouble:
        outcome.unreachable = str(trouble)
    except Refusal as refusal:
        _note_refusal(digest, refusal, now, claim, outcome)
    else:
        told = {"address": digest.goes_to, "answer": answer[:500], "trail_head": letter.trail_head}
        _note(digest, claim, state=State.SENT, sent_at=now, **told)
        outcome.sent += 1


def _note_refusal(digest: Digest, refusal: Refusal, now: datetime, claim: uuid.UUID, outcome: Outcome) -> None:
    if (refusal.is_final and digest.attempts >= TRIES_WHEN_REFUSED) or _is_tried_enough(digest, now):
        state = State.GIVEN_UP
        outcome.given_up += 1
    else:
        state = State.FAILED
        outcome.failed += 1
    _note(
        digest,
        claim,
        state=state,
        answer=str(refusal)[:500],
        address=digest.goes_to,
        next_attempt_at=now + (LONGEST_BACKOFF if refusal.is_final else backoff(digest.attempts)),
    )


def _is_tried_enough(digest: Digest, now: datetime) -> bool:
    is_link = digest.account_letter == AccountLetter.NEW_PASSWORD
    return now - (digest.first_attempt_at or now) > (LINK_GIVEN_UP_AFTER if is_link else GIVEN_UP_AFTER)


def _note(digest: Digest, claim: uuid.UUID, **values: Any) -> None:
    """Record the outcome of a letter, if it is still this worker's.

    Repeated on a new connection when the database went away: the mail has left, and without the record it would be
    sent twice.
    """
    for attempt in range(1, NOTES_TRIED + 1):
        try:
            _write(digest.pk, claim, values)
        except (OperationalError, InterfaceError):
            if attempt == NOTES_TRIED or connection.in_atomic_block:
                raise
            connection.close()
            time.sleep(0.1 * attempt)
        else:
            return


def _write(pk: int, claim: uuid.UUID, values: dict[str, Any]) -> None:
    """Execute the conditional update as SQL.

    It is made for every letter, and building it with the ORM took longer than executing it.
    """
    fields, quote = {field.name: field for field in Digest._meta.concrete_fields}, connection.ops.quote_name
    changed = {**values, "claim": None, "claimed_until": None}
    columns = ", ".join(f"{quote(str(fields[name].column))} = %s" for name in changed)
    given = [fields[name].get_db_prep_save(value, connection) for name, value in changed.items()]
    mine = fields["claim"].get_db_prep_value(claim, connection)
    with connection.cursor() as cursor:
        # Only names of the model's own are put into the statement.
        cursor.execute(f"UPDATE {quote(Digest._meta.db_table)} SET {columns} WHERE id = %s AND claim = %s", [*given, pk, mine])  # noqa: S608


def _release(claim: uuid.UUID, now: datetime, unreachable: str) -> None:
    """Release the letters claimed but not recorded; when the server was away, with its answer and a wait."""
    rest = Digest.objects.filter(claim=claim)
    try:
        if not unreachable:
            rest.update(state=State.PENDING, claim=None, claimed_until=None, attempts=F("attempts") - 1)
            return
        long_ago = Q(first_attempt_at__lt=now - GIVEN_UP_AFTER)
        long_ago |= Q(account_letter=AccountLetter.NEW_PASSWORD, first_attempt_at__lt=now - LINK_GIVEN_UP_AFTER)
        rest.filter(long_ago).update(state=State.GIVEN_UP, claim=None, claimed_until=None, answer=unreachable[:500])
        for attempts in sorted(set(rest.values_list("attempts", flat=True))):
            rest.filter(attempts=attempts).update(
                state=State.FAILED,
                claim=None,
                claimed_until=None,
                answer=unreachable[:500],
                next_attempt_at=now + backoff(attempts),
            )
    except DatabaseError:
        # The lease ends by itself.
        connection.close()
