"""The demonstration's ledger of reminders: a week before the year-end's follow-ups are due, all sent but one."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

from django.utils import timezone

from controls.models import Digest
from controls.reminders.due import prepare

SENT_ON = date(2026, 1, 8)
NOT_REACHED = "jonas.wik@alingsas.example"


def remind() -> None:
    """Prepare the letters by the product itself and mark them as sent.

    The mail server's answers are invented, as no letter leaves the demonstration.
    """
    now = datetime.combine(SENT_ON, time(9, 0), tzinfo=timezone.get_default_timezone())
    prepare(now)
    for digest in Digest.objects.select_related("recipient"):
        digest.address, digest.first_attempt_at, digest.attempts = digest.recipient.email, now, 1
        if digest.address == NOT_REACHED:
            digest.state, digest.attempts = Digest.State.GIVEN_UP, 3
            digest.next_attempt_at = now + timedelta(hours=2)
            digest.answer = f"550 5.1.1 <{NOT_REACHED}>: Recipient address rejected: User unknown"
        else:
            digest.state, digest.sent_at, digest.answer = Digest.State.SENT, now, "250 2.0.0 Ok: queued"
        digest.save()
