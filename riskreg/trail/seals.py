"""Sealing: every history row not yet sealed gets its hash, and the chain a new seal. docs/trail.md describes the algorithm."""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, models, transaction

from riskreg import clock
from riskreg.models.seal import Seal, SealedRow
from riskreg.trail import canonical
from riskreg.trail.tables import TrailTable, in_chunks, trail_tables

ROWS_PER_SEAL = 20_000
"""A longer backlog becomes several seals, each a transaction of a second or two: other writers get their turn between."""
_LOCK = 0x7261_696C  # any number, the same for every worker


@dataclass(frozen=True, slots=True)
class Head:
    """The last seal: a report prints it, and `verify_trail --head` takes it."""

    seq: int
    hash: str
    sealed_at: datetime

    def __str__(self) -> str:
        return f"{self.seq}:{self.hash}"


def head() -> Head | None:
    """Return the last seal's number and hash; None before the first seal."""
    last = Seal.objects.order_by("-seq").values_list("seq", "hash", "sealed_at").first()
    return Head(*last) if last else None


def unsealed_count() -> int:
    """Return the number of history rows that wait for the next seal."""
    return sum(table.unsealed().count() for table in trail_tables().values())


def seal(now: datetime) -> Seal | None:
    """Seal every history row that is not sealed; return the last seal made, None when nothing was left.

    Any number of workers may call it at once: they take turns, and the later ones find nothing left.
    """
    started, made, moment = time.monotonic(), None, now
    while True:
        one = _seal_some(moment)
        made = one or made
        if one is None or one.complete:
            return made
        moment = now + timedelta(seconds=time.monotonic() - started)


@transaction.atomic
def _seal_some(now: datetime) -> Seal | None:
    take_turn()
    writer = SealWriter(now, Seal.Purpose.ROUTINE)
    for table in trail_tables().values():
        writer.add(table, table.unsealed())
    return writer.close()


def take_turn() -> None:
    """Wait until no other transaction is sealing, then hold the turn until this transaction ends.

    SQLite's immediate transactions do that by themselves. The constraints of Seal and SealedRow stand behind both.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("take_turn must be called in the transaction that seals.")
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])


class SealWriter:
    """One seal in the making. Tables are added in the order of their labels, then it is closed; in one transaction."""

    def __init__(self, now: datetime, purpose: str) -> None:
        last = head()
        self.seq = last.seq + 1 if last else 1
        self.previous = last.hash if last else canonical.NO_SEAL
        self.now, self.purpose = now, purpose
        self.link = self.previous
        self.left = ROWS_PER_SEAL
        self.contents: dict[str, dict[str, Any]] = {}

    def add(self, table: TrailTable, rows: models.QuerySet[Any]) -> None:
        """Seal the rows, at most as many as the seal still has room for."""
        if self.contents and table.label <= max(self.contents):
            raise ValueError(f"{table.label} must be added before {max(self.contents)}.")
        columns = table.columns()
        for chunk in in_chunks(rows.values_list("pk")):
            ids = [pk for (pk,) in chunk][: self.left]
            if not ids:
                return
            self._add(table, columns, ids)

    def _add(self, table: TrailTable, columns: list[str], ids: list[int]) -> None:
        read = table.read(columns, ids)
        sealed = []
        for pk in ids:
            values = read[pk]
            if values is None:  # written past the product; the verifier names it, and the other rows are sealed nevertheless
                continue
            salt = secrets.token_hex(16)
            row = canonical.row_hash(salt, canonical.row_text(table.label, pk, values))
            record = _record(table, values)
            self.link = canonical.next_link(self.link, table.label, pk, record, row)
            sealed.append(
                SealedRow(seal_id=self.seq, model=table.label, history_id=pk, record=record, salt=salt, hash=row, link=self.link)
            )
        if not sealed:
            return
        SealedRow.objects.bulk_create(sealed, batch_size=500)
        self.left -= len(sealed)
        first, last = sealed[0].history_id, sealed[-1].history_id
        part = self.contents.setdefault(table.label, {"columns": columns, "first": first, "last": last, "rows": 0})
        part["last"], part["rows"] = last, part["rows"] + len(sealed)

    def close(self) -> Seal | None:
        """Save the seal; None when nothing was added."""
        if not self.contents:
            return None
        complete = self.purpose == Seal.Purpose.ROUTINE and self.left > 0
        stated = canonical.seal_text(
            seq=self.seq,
            previous=self.previous,
            sealed_at=self.now,
            purpose=str(self.purpose),
            complete=complete,
            pinned_clock=clock.pinned_day() is not None,
            contents=self.contents,
            root=self.link,
        )
        return Seal.objects.create(
            seq=self.seq,
            previous=self.previous,
            sealed_at=self.now,
            purpose=self.purpose,
            pinned_clock=stated["pinned_clock"],
            complete=complete,
            contents=self.contents,
            root=self.link,
            hash=canonical.digest(canonical.canonical(stated)),
        )


def _record(table: TrailTable, values: dict[str, list[str] | None]) -> str:
    found = values.get(table.record_column) if table.record_column else None
    return found[1] if found else ""


def stated_by(seal: Seal) -> dict[str, Any]:
    """Return the seal's statement, as it is hashed and exported."""
    return canonical.seal_text(
        seq=seal.seq,
        previous=seal.previous,
        sealed_at=seal.sealed_at,
        purpose=seal.purpose,
        complete=seal.complete,
        pinned_clock=seal.pinned_clock,
        contents=seal.contents,
        root=seal.root,
    )


def seal_hash(seal: Seal) -> str:
    """Return the hash the seal should have by its statement."""
    return canonical.digest(canonical.canonical(stated_by(seal)))
