"""A run of the verification: asked for, run (here or in a worker), and stored with its outcome."""

from __future__ import annotations

import time
from datetime import datetime, timedelta

from django.db.models import Q

from riskreg import clock
from riskreg.models.seal import SealedRow, Verification
from riskreg.models.user import User
from riskreg.trail.verification import verify

SMALL = 5_000
"""A trail of so many sealed rows is verified while the reader waits; a longer one by the worker."""
STALLED = timedelta(minutes=5)


def ask(user: User | None, known_head: str, now: datetime) -> tuple[Verification, bool]:
    """Queue a verification and return it with True; or the one already under way with the same head, with False."""
    alive = Verification.objects.filter(
        state__in=[Verification.State.WAITING, Verification.State.RUNNING], seen_at__gte=now - STALLED, known_head=known_head
    ).first()
    if alive is not None:
        return alive, False
    asked = Verification.objects.create(
        asked_by=user,
        asked_by_name=user.get_full_name() if user else "",
        asked_at=now,
        seen_at=now,
        known_head=known_head,
        total=SealedRow.objects.count(),
    )
    return asked, True


def is_small(asked: Verification) -> bool:
    """Return whether the verification is small enough to run at once."""
    return asked.total <= SMALL


def is_stalled(asked: Verification, now: datetime) -> bool:
    """Return whether its worker has been silent for so long that it must be taken for dead."""
    return asked.is_open and asked.seen_at < now - STALLED


def run(verification_id: int) -> bool:
    """Run the verification, once; return False when it is done, or another worker runs it."""
    now = clock.now()
    may_be_taken = Q(state=Verification.State.WAITING) | Q(state=Verification.State.RUNNING, seen_at__lt=now - STALLED)
    mine = Verification.objects.filter(may_be_taken, pk=verification_id)
    if not mine.update(state=Verification.State.RUNNING, seen_at=now, checked=0):
        return False
    row = Verification.objects.filter(pk=verification_id)
    told = time.monotonic()

    def tell(checked: int) -> None:
        nonlocal told
        if time.monotonic() - told >= 1:
            told = time.monotonic()
            row.update(checked=checked, seen_at=clock.now())

    asked = row.get()
    try:
        outcome = verify([asked.known_head] if asked.known_head else [], tell)
    except BaseException:
        row.update(state=Verification.State.FAILED, finished_at=clock.now())
        raise
    row.update(
        state=Verification.State.DONE,
        finished_at=clock.now(),
        seen_at=clock.now(),
        checked=outcome.checked,
        unsealed=outcome.unsealed,
        head_seq=outcome.head.seq if outcome.head else None,
        head_hash=outcome.head.hash if outcome.head else "",
        found=outcome.found,
        findings=[found.as_json() for found in outcome.findings],
    )
    return True
