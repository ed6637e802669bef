"""What a verification may leave out that goes on from an earlier one: the last whole one that found nothing.

It believes that verification, and the file system's times of change; docs/trail.md says what it does not look at.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from os import stat_result

from django.db.models import Exists, OuterRef

from riskreg import clock
from riskreg.models.seal import Seal, Verification

CLOCK_SKEW = timedelta(minutes=5)
"""The file system's clock may differ from the product's by so much."""


@dataclass(frozen=True, slots=True)
class Since:
    """The head that the earlier verification saw, and when it was asked for; None: no file's time can be compared with it."""

    seq: int
    at: datetime | None

    def is_unchanged(self, status: stat_result) -> bool:
        """Return whether the file system says that neither the file nor its place has been changed since.

        The time of change (ctime) is the kernel's: no program sets it back.
        """
        if self.at is None:
            return False
        return max(status.st_ctime, status.st_mtime) < (self.at - CLOCK_SKEW).timestamp()


def last_whole() -> Verification | None:
    """Return the last whole verification that found nothing, whose head is still in the chain."""
    there = Seal.objects.filter(seq=OuterRef("head_seq"), hash=OuterRef("head_hash"))
    done = Verification.objects.filter(state=Verification.State.DONE, found=0, since=None).exclude(head_hash="")
    return done.filter(Exists(there)).order_by("-pk").first()


def since_of(earlier: Verification) -> Since:
    """Return what a verification may leave out that goes on from this one."""
    seq = earlier.head_seq or 0
    is_pinned = clock.pinned_day() is not None or Seal.objects.filter(seq=seq, pinned_clock=True).exists()
    return Since(seq, None if is_pinned else earlier.asked_at)
