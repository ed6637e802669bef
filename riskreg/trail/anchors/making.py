"""The making of anchors: asked for after each sealing, made by the worker, tried again until a newer head takes their place.

Nothing here is part of sealing: a share that is away or a service that does not answer delays the anchor alone.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import F

from riskreg.models.anchor import Anchor
from riskreg.models.seal import Seal
from riskreg.trail import canonical
from riskreg.trail.anchors import lines, stamps
from riskreg.trail.anchors.places import Place, anchor_files, places
from riskreg.trail.anchors.posting import NotStamped
from riskreg.trail.anchors.reasons import Reason, in_words, of_file, stored
from riskreg.trail.anchors.signing import KeyUnusable, signing_key
from riskreg.trail.seals import head, stated_by

FIRST_WAIT = timedelta(minutes=5)
LONGEST_WAIT = timedelta(hours=2)
LEASE = timedelta(minutes=20)
"""For so long a worker has an anchor for itself: longer than the hard limit of a task."""
log = logging.getLogger(__name__)


@dataclass
class Outcome:
    """How many anchors a run made, and how many failed."""

    made: int = 0
    failed: int = 0


def ask(now: datetime) -> int:
    """Ask for an anchor of the present head at each place of the setting; return the number of new ones.

    An older head that still waits at the place is not needed any more: the newer one covers it.
    """
    last = head()
    if last is None:
        return 0
    asked = 0
    for place in places():
        here = Anchor.objects.filter(kind=place.kind, target=place.target)
        if here.filter(head_seq=last.seq, head_hash=last.hash).exists():
            continue
        with transaction.atomic():
            here.filter(made_at__isnull=True, head_seq__lt=last.seq).delete()
            _anchor, is_new = here.get_or_create(
                kind=place.kind,
                target=place.target,
                head_seq=last.seq,
                head_hash=last.hash,
                defaults={"asked_at": now, "next_attempt_at": now},
            )
        asked += is_new
    return asked


def make_waiting(now: datetime, *, at_once: bool = False) -> Outcome:
    """Make the anchors that wait and whose turn has come; `at_once`, also those that failed and wait for their next attempt."""
    outcome = Outcome()
    wanted = {(place.kind, place.target) for place in places()}
    waiting = Anchor.objects.filter(made_at__isnull=True).order_by("pk")
    for anchor in waiting if at_once else waiting.filter(next_attempt_at__lte=now):
        if (anchor.kind, anchor.target) not in wanted or not _claim(anchor, now):
            continue
        try:
            made = _make(Place(anchor.kind, anchor.target), anchor, now)
        except Exception as problem:
            # Whatever a service's answer makes a library raise, or the task's time limit: unless it is noted nobody sees it.
            _note_problem(anchor, _reason(problem), now)
            outcome.failed += 1
        else:
            Anchor.objects.filter(pk=anchor.pk).update(made_at=now, problem="", **made)
            outcome.made += 1
    return outcome


def _claim(anchor: Anchor, now: datetime) -> bool:
    """Make the anchor this worker's for a while; False when another one was quicker."""
    mine = Anchor.objects.filter(pk=anchor.pk, made_at__isnull=True, attempts=anchor.attempts)
    return bool(mine.update(attempts=F("attempts") + 1, next_attempt_at=now + LEASE))


def _make(place: Place, anchor: Anchor, now: datetime) -> dict[str, Any]:
    """Anchor the head at the place; return what proves it."""
    if place.kind == Anchor.Kind.FILE:
        written = lines.append(Path(place.target), anchor.head, now, settings.SITE_URL, signing_key())
        return {"line_hash": written.line_hash, "key": written.key}
    seal = Seal.objects.filter(seq=anchor.head_seq, hash=anchor.head_hash).first()
    if seal is None:
        raise NotStamped(Reason.SEAL_GONE)
    return {"token": stamps.request_stamp(place.target, canonical.canonical(stated_by(seal)), seal.hash)}


def _reason(problem: Exception) -> str:
    """Return why an anchor failed, as it is stored."""
    if isinstance(problem, NotStamped):
        return problem.stored
    if isinstance(problem, KeyUnusable):
        return stored(Reason.KEY, str(problem))
    if isinstance(problem, OSError):
        return of_file(problem)
    log.error("An anchor failed as none should.", exc_info=problem)
    return stored(Reason.UNFORESEEN, str(problem) or type(problem).__name__)


def _note_problem(anchor: Anchor, problem: str, now: datetime) -> None:
    wait = min(FIRST_WAIT * 2 ** min(anchor.attempts, 10), LONGEST_WAIT)
    Anchor.objects.filter(pk=anchor.pk).update(problem=problem[:300], next_attempt_at=now + wait)
    log.warning("The head %s could not be anchored at %s: %s", anchor.head, Place(anchor.kind, anchor.target).shown, problem)


@dataclass(frozen=True, slots=True)
class PlaceNow:
    """How a place stands: the anchor made last, and the one that waits, if any."""

    place: Place
    last: Anchor | None
    waiting: Anchor | None
    number: int | None = None
    """The number of a file among the files of the setting."""

    @property
    def problem(self) -> str:
        """Why the one that waits could not be made, in words; '' when nothing stands in the way."""
        return in_words(self.waiting.problem) if self.waiting else ""


def places_now() -> list[PlaceNow]:
    """Return how each place of the setting stands."""
    found = []
    files = [str(path) for path in anchor_files()]
    for place in places():
        here = Anchor.objects.filter(kind=place.kind, target=place.target).defer("token").order_by("-head_seq", "-pk")
        last, waiting = (here.filter(made_at__isnull=is_waiting).first() for is_waiting in (False, True))
        found.append(PlaceNow(place, last, waiting, files.index(place.target) if place.kind == Anchor.Kind.FILE else None))
    return found
