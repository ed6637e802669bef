"""The heads that must be in the chain: known from outside, seen by an earlier verification, or stated by a record.

A seal that was the head then must be in the chain now. An app registers its records that state a head (`remember`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import chain, islice

from django.db.models import Exists, OuterRef

from riskreg.models.seal import Seal, Verification
from riskreg.trail.findings import Finding, Kind

AT_A_TIME = 500
"""The heads that are looked up by one query."""


@dataclass(frozen=True, slots=True)
class Remembered:
    """A head ("17:9f3a…"), and the record that states it, if any; `kind` is the finding when the chain does not hold it."""

    head: str
    model: str = ""
    record: str = ""
    history_id: int | None = None
    kind: Kind = Kind.HEAD_UNKNOWN

    @property
    def number(self) -> int | None:
        """The seal's number; None when the head is the hash alone."""
        seq, _colon, _hash = self.head.rpartition(":")
        return int(seq) if seq.isdecimal() else None

    @property
    def hash(self) -> str:
        return self.head.rpartition(":")[2]


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
    for one in missing_from_chain(chain(outside, _seen_and_gone(), _stated())):
        if one.head not in told:
            told.add(one.head)
            yield Finding(str(one.kind), one.number, one.model, one.history_id, one.record, one.head)


def missing_from_chain(heads: Iterable[Remembered]) -> Iterator[Remembered]:
    """Yield the heads that are no seal of the chain, a query for some hundreds."""
    waiting = iter(heads)
    while some := list(islice(waiting, AT_A_TIME)):
        seals = Seal.objects.filter(hash__in={one.hash for one in some}).values_list("hash", "seq")
        there: dict[str, set[int | None]] = {}
        for hash_, seq in seals:
            there.setdefault(hash_, {None}).add(seq)
        yield from (one for one in some if one.number not in there.get(one.hash, set()))


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
