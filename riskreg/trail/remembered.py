"""The heads that must be in the chain: known from outside, seen by an earlier verification, or stated by a record.

A seal that was the head then must be in the chain now. An app registers its records that state a head (`remember`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from django.db.models import Exists, OuterRef

from riskreg.models.seal import Seal, Verification
from riskreg.trail.findings import Finding, Kind


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


def missing_heads(known: Iterable[str]) -> Iterator[Finding]:
    """Yield a finding for each head that the chain does not hold: the `known` ones, and those that the register remembers.

    A known head is "17:9f3a…" or the hash alone.
    """
    told: set[str] = set()
    outside = (Remembered(text) for text in dict.fromkeys(part.strip().lower() for part in known))
    for one in (*outside, *_seen_and_gone(), *_stated()):
        seq, _colon, hash_ = one.head.rpartition(":")
        number = int(seq) if seq.isdecimal() else None
        seals = Seal.objects.filter(hash=hash_) if number is None else Seal.objects.filter(seq=number, hash=hash_)
        if one.head in told or seals.exists():
            continue
        told.add(one.head)
        kind = Kind.HEAD_STATED if one.model else Kind.HEAD_UNKNOWN
        yield Finding(str(kind), number, one.model, one.history_id, one.record, one.head)


def _stated() -> Iterator[Remembered]:
    """Yield the heads that records state, those of deleted records included."""
    for source in _sources:
        yield from source()


def _seen_and_gone() -> Iterator[Remembered]:
    """Yield the heads that earlier verifications saw and the chain no longer holds."""
    there = Seal.objects.filter(seq=OuterRef("head_seq"), hash=OuterRef("head_hash"))
    done = Verification.objects.filter(state=Verification.State.DONE).exclude(head_hash="").filter(~Exists(there))
    for seq, hash_ in done.order_by("head_seq", "head_hash").values_list("head_seq", "head_hash").distinct():
        yield Remembered(f"{seq}:{hash_}")
