"""A run of the verification: asked for, run (here or in a worker), and stored with its outcome."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext_lazy as _

from riskreg import clock
from riskreg.models.seal import Verification
from riskreg.models.user import User
from riskreg.trail.outcome import Outcome
from riskreg.trail.since import last_whole, since_of
from riskreg.trail.verification import verify, work
from riskreg.work_queue import Queue, TakenOver

SMALL = 5_000
"""A trail of so many sealed rows and records is verified while the reader waits; a longer one by the worker."""
FROM_THE_COMMAND_LINE = _("whoever runs the installation")
QUEUE = Queue(Verification, silence=timedelta(minutes=5), progress="checked", finished_at="finished_at")


def ask(user: User | None, known_head: str, now: datetime, *, since_last: bool = False) -> tuple[Verification, bool]:
    """Queue a verification and return it with True; or the same one that is already under way, with False.

    `since_last`: go on from the last whole one that found nothing; the whole is verified when there is none.
    """
    since = last_whole() if since_last else None
    alive = QUEUE.alive(now).filter(known_head=known_head, since=since).first()
    if alive is not None:
        return alive, False
    asked = Verification.objects.create(
        asked_by=user,
        asked_by_name=user.get_full_name() if user else "",
        asked_at=now,
        seen_at=now,
        known_head=known_head,
        since=since,
        total=work(since_of(since) if since else None),
    )
    return asked, True


def is_small(asked: Verification) -> bool:
    """Return whether the verification is small enough to run at once."""
    return asked.total <= SMALL


def run(verification_id: int) -> bool:
    """Run the verification, once; return False when it is done, given up, or another worker runs it."""
    asked = QUEUE.claim(verification_id)
    if asked is None:
        return False
    if QUEUE.is_worn_out(asked):
        QUEUE.end(asked, Verification.State.FAILED)
        return False
    try:
        since = since_of(asked.since) if asked.since is not None else None
        heads = [asked.known_head] if asked.known_head else []
        outcome = verify(heads, QUEUE.telling(asked), with_files=True, since=since)
        QUEUE.finish(asked, **_as_stored(outcome))
    except TakenOver:
        return False
    except BaseException:
        QUEUE.end(asked, Verification.State.FAILED)
        raise
    return True


def store(outcome: Outcome, known_head: str, begun: datetime, since: Verification | None) -> Verification:
    """Store a verification that was made from the command line, files and all: the next one may go on from it."""
    return Verification.objects.create(
        state=Verification.State.DONE,
        asked_by_name=str(FROM_THE_COMMAND_LINE),
        asked_at=begun,
        seen_at=clock.now(),
        finished_at=clock.now(),
        known_head=known_head,
        since=since,
        total=outcome.done,
        **_as_stored(outcome),
    )


def _as_stored(outcome: Outcome) -> dict[str, Any]:
    return {
        "checked": outcome.done,
        "rows": outcome.checked,
        "compared": outcome.compared,
        "files": outcome.files,
        "rows_left": outcome.rows_left,
        "files_left": outcome.files_left,
        "unsealed": outcome.unsealed,
        "head_seq": outcome.head.seq if outcome.head else None,
        "head_hash": outcome.head.hash if outcome.head else "",
        "found": outcome.found,
        "findings": [found.as_json() for found in outcome.findings],
    }
