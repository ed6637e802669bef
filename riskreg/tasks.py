"""Celery tasks: thin, one call each, ids in, idempotent."""

from __future__ import annotations

from celery import shared_task

from riskreg import clock
from riskreg.sign_in import letters, new_password
from riskreg.trail import runs, seals


@shared_task
def seal_trail() -> str:
    """Seal the history since the last seal; return the head afterwards, '' before the first seal."""
    seals.seal(clock.now())
    return str(seals.head() or "")


@shared_task
def verify_trail(verification_id: int) -> bool:
    """Run a verification that was asked for; return False when it is done already."""
    return runs.run(verification_id)


@shared_task
def send_letters() -> None:
    """Send the letters about accounts that wait, once somebody has asked for one."""
    letters.hurry()


@shared_task
def send_new_password(email: str) -> None:
    """Put the letter somebody asked for on its way; nothing where no active account has the address."""
    new_password.ask(email)
