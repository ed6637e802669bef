"""The heads that the register itself remembers: an earlier verification's, and those of records that state one.

A seal that was the head then must be in the chain now. An app registers its records that state a head (`remember`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from django.db.models import Exists, OuterRef

from riskreg.models.seal import Seal, Verification


@dataclass(frozen=True, slots=True)
class Remembered:
    """A head ("17:9f3a…"), and the record that states it; without one, an earlier verification saw it."""

    head: str
    model: str = ""
    record: str = ""
    history_id: int | None = None


Source = Callable[[], Iterator[Remembered]]
_sources: list[Source] = []


def remember(source: Source) -> None:
    """Register what yields the heads that some records state. Called once, when the app is ready."""
    _sources.append(source)


def stated_heads() -> Iterator[Remembered]:
    """Yield the heads that records state, those of deleted records included."""
    for source in _sources:
        yield from source()


def lost_heads() -> Iterator[Remembered]:
    """Yield the heads that earlier verifications saw and the chain no longer holds."""
    there = Seal.objects.filter(seq=OuterRef("head_seq"), hash=OuterRef("head_hash"))
    done = Verification.objects.filter(state=Verification.State.DONE).exclude(head_hash="").filter(~Exists(there))
    for seq, hash_ in done.order_by("head_seq", "head_hash").values_list("head_seq", "head_hash").distinct():
        yield Remembered(f"{seq}:{hash_}")
