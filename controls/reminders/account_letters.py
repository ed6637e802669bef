"""Letters about accounts, in the same ledger as the reminders: tried again, and seen when they fail."""

from __future__ import annotations

from django.db import transaction

from controls.models import Digest
from controls.reminders.turn import deliver_in_turn
from riskreg import clock
from riskreg.models import User
from riskreg.sign_in.letters import AccountLetter
from riskreg.verbs.gate import lock_row

SECONDS = 20.0
"""The time that whoever asks for a letter spends on sending what waits; the rest is the regular run's."""


def send_what_waits() -> None:
    """Send what waits in the ledger, for a little while. Registered in controls.apps."""
    deliver_in_turn(clock.now, seconds=SECONDS)


@transaction.atomic
def put(person: User, kind: AccountLetter, *, by: User | None = None, to: str = "") -> None:
    """Put a letter into the ledger. Of links of which one waits, or of two at once, it is the same letter."""
    now = clock.now()
    lock_row(User.objects.all(), person.pk)
    if kind.is_link:
        waiting = Digest.objects.filter(recipient=person, account_letter=kind, state__in=Digest.WAITING)
        # Asked for again, it is tried at once, however long a wait its failures have earned it.
        if waiting.update(next_attempt_at=now, prepared_at=now, attempts=0, first_attempt_at=None, asked_for_by=by):
            return
    Digest.objects.create(
        recipient=person,
        day=now.date(),
        account_letter=kind,
        asked_for_by=by,
        to_address=to,
        prepared_at=now,
        next_attempt_at=now,
    )
