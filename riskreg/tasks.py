"""Celery tasks: thin, one call each, ids in, idempotent."""

from __future__ import annotations

from typing import Any, cast

from celery import shared_task

from riskreg import clock
from riskreg.sign_in import letters, new_password
from riskreg.trail import runs, seals
from riskreg.trail.anchors import making
from riskreg.web import unsent


@shared_task
def seal_trail() -> str:
    """Seal the history since the last seal; return the head afterwards, '' before the first seal."""
    seals.seal(clock.now())
    if making.ask(clock.now()):
        cast(Any, anchor_trail).delay()
    return str(seals.head() or "")


@shared_task
def anchor_trail(at_once: bool = False) -> int:
    """Anchor the head of the trail at the places of TRAIL_ANCHOR where it is not anchored yet; return how many were made."""
    making.ask(clock.now())
    return making.make_waiting(clock.now(), at_once=at_once).made


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


@shared_task
def forget_unsent() -> int:
    """Delete what was typed, never sent, and not touched for ninety days; return how many forms."""
    return unsent.forget_old(clock.now())
