"""Letters with a link to a new password, in the same ledger as the reminders: tried again, and seen when they fail."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from controls.models import Digest
from controls.reminders.turn import deliver_in_turn
from riskreg import clock
from riskreg.models import User
from riskreg.verbs.gate import lock_row

SECONDS = 20.0
"""The time that whoever asks for a letter spends on sending what waits; the rest is the regular run's."""


def send(people: list[User]) -> None:
    """Put a letter to each into the ledger, unless one waits there, and send what waits. Registered in controls.apps."""
    for person in people:
        put(person, clock.now())
    deliver_in_turn(clock.now, seconds=SECONDS)


@transaction.atomic
def put(person: User, now: datetime) -> None:
    """Put a letter into the ledger; of two at once, or while one waits, it is the same letter."""
    lock_row(User.objects.all(), person.pk)
    waiting = Digest.objects.filter(recipient=person, is_new_password=True, state__in=Digest.WAITING)
    # Asked for again, it is tried at once, however long a wait its failures have earned it.
    if not waiting.update(next_attempt_at=now, prepared_at=now, attempts=0, first_attempt_at=None):
        Digest.objects.create(recipient=person, day=now.date(), is_new_password=True, prepared_at=now, next_attempt_at=now)
