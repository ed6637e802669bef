"""The walk of the seals: each is recomputed from the history as it stands, row by row, and the chain followed through them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import starmap
from typing import Any, NamedTuple

from django.db.models import Exists, Max, OuterRef

from riskreg.models.seal import Seal, SealedRow, Tombstone
from riskreg.trail import canonical
from riskreg.trail.findings import Kind
from riskreg.trail.outcome import MOST_FINDINGS, Outcome
from riskreg.trail.seals import head, seal_hash
from riskreg.trail.tables import CHUNK, TOMBSTONES, UNREADABLE, TrailTable, Values, sealed_tables

LONGEST_TRANSACTION = timedelta(hours=1)
"""A row may be dated this long before the last seal and still turn up after it: its transaction was not yet committed."""
CLOCK_SKEW = timedelta(minutes=5)
MOST_MISFITS = 500
"""The misfits that are looked at together, for rows that changed places; the rest are named at once."""


class Entry(NamedTuple):
    """An entry of a seal: what SealedRow says of a history row."""

    pk: int
    model: str
    history_id: int
    record: str
    salt: str
    hash: str
    link: str
    weeded: bool


@dataclass(slots=True)
class _Misfit:
    """A row that differs from its authentic entry; `values` None: it is gone or unreadable."""

    seal: int
    entry: SealedRow
    columns: list[str]
    values: Values | None
    is_there: bool


class SealWalk:
    """One walk through all seals, from the first to the head of the outcome; what differs is reported to the outcome.

    Of the seals up to number `verified`, an earlier verification has recomputed the rows: only what the seals state, and the
    chain through them, is recomputed.
    """

    def __init__(self, outcome: Outcome, tell: Callable[[], None], verified: int = 0) -> None:
        self.outcome, self.tell, self.verified = outcome, tell, verified
        self.tables = sealed_tables()
        self.before: Seal | None = None
        self.highest: dict[str, int] = {}
        """The highest sealed number of each table, up to the seal before."""
        self.baseline: tuple[Seal | None, dict[str, int]] = (None, {})
        """The last complete seal and the highest numbers then: what was there by then is sealed in it or before it."""
        self.misfits: list[_Misfit] = []

    def walk(self) -> None:
        """Walk through all seals."""
        last = self.outcome.head.seq if self.outcome.head else 0
        expected = 1
        for seq in list(Seal.objects.filter(seq__lte=last).order_by("seq").values_list("seq", flat=True)):
            for missing in range(expected, min(seq, expected + MOST_FINDINGS)):
                self.outcome.report(Kind.SEAL_MISSING, missing)
            self._seal(seq, follows=seq == expected)
            expected = seq + 1
        highest = SealedRow.objects.aggregate(highest=Max("seal_id"))["highest"] or 0
        if highest > last and (head() or self.outcome.head) == self.outcome.head:
            self.outcome.report(Kind.SEAL_MISSING, highest)
        self._settle_misfits()

    # One seal

    def _seal(self, seq: int, *, follows: bool) -> None:
        self.outcome.seals += 1
        try:
            one = Seal.objects.get(pk=seq)
            is_whole = seal_hash(one) == one.hash
        except UNREADABLE:
            self.outcome.report(Kind.SEAL_CHANGED, seq)
            return
        if not is_whole:
            self.outcome.report(Kind.SEAL_CHANGED, seq)
            one.contents = _well_formed(one.contents)
        expected = self.before.hash if self.before else canonical.NO_SEAL
        if follows and one.previous != expected:
            self.outcome.report(Kind.SEAL_UNLINKED, seq)
        if seq > self.verified:
            self._links(one)
        else:
            self.outcome.rows_left += one.row_count
        for label, part in one.contents.items():
            self.highest[label] = max(self.highest.get(label, 0), part["last"])
        self.before = one
        if one.complete:
            self.baseline = one, dict(self.highest)

    def _links(self, one: Seal) -> None:
        """Follow the chain through the seal's rows, and compare each row with its entry."""
        link, before_last = one.previous, one.previous
        last: Entry | None = None
        rows_of = dict.fromkeys(one.contents, 0)
        for entry in self._entries(one):
            rows_of[entry.model] = rows_of.get(entry.model, 0) + 1
            if _linked(link, entry) != entry.link:
                if last is not None and _linked(before_last, entry) == entry.link:
                    self._entry(Kind.ENTRY_INSERTED, one, last)
                else:
                    self._entry_misfit(one, last, entry)
            before_last, link, last = link, entry.link, entry
        if link != one.root and last is not None:
            if before_last == one.root:
                self._entry(Kind.ENTRY_INSERTED, one, last)
            else:
                self._wrong_end(one, last, rows_of)
        elif last is None and one.contents:
            self._deleted_entry(one, min(one.contents), None, None)

    def _entries(self, one: Seal) -> Iterator[Entry]:
        """Yield the seal's entries in the order they were sealed, each compared with its history row on the way."""
        held = SealedRow.objects.filter(seal_id=one.seq)
        for label in sorted({*one.contents, *held.values_list("model", flat=True).distinct().order_by()}):
            table = self.tables.get(label)
            if table is None:
                self.outcome.report(Kind.TABLE_MISSING, one.seq, model=label)
            stated = list(dict.fromkeys(one.contents.get(label, {}).get("columns") or (table.columns() if table else [])))
            columns = [column for column in stated if table and column in table.attributes()]
            for gone in sorted(set(stated) - set(columns) if table else ()):
                self.outcome.report(Kind.COLUMN_MISSING, one.seq, model=label, detail=gone)
            last = None
            while True:
                rest = held.filter(model=label) if last is None else held.filter(model=label, history_id__gt=last)
                chunk = list(starmap(Entry, rest.order_by("history_id").values_list(*Entry._fields)[:CHUNK]))
                if table and len(columns) == len(stated):
                    self._compare(one, table, columns, chunk)
                yield from chunk
                self.outcome.checked += len(chunk)
                self.tell()
                if len(chunk) < CHUNK:
                    break
                last = chunk[-1].history_id

    def _entry(self, kind: Kind, one: Seal, entry: Entry) -> None:
        self.outcome.report(kind, one.seq, entry)
        self.misfits = [misfit for misfit in self.misfits if misfit.entry.pk != entry.pk]

    def _entry_misfit(self, one: Seal, last: Entry | None, entry: Entry) -> None:
        """Report a wrong link at the entry: an entry before it is gone, or it was itself changed."""
        stated = one.contents.get(entry.model, {}).get("rows", 0)
        there = SealedRow.objects.filter(seal_id=one.seq, model=entry.model).count()
        if there < stated:
            after = last.history_id if last and last.model == entry.model else None
            self._deleted_entry(one, entry.model, after, entry.history_id)
        else:
            self._entry(Kind.ENTRY_CHANGED, one, entry)

    def _wrong_end(self, one: Seal, last: Entry, rows_of: dict[str, int]) -> None:
        """Report a chain that ends elsewhere than stated: entries at the end are gone, or the last links were remade."""
        for label in sorted(one.contents):
            if rows_of.get(label, 0) < one.contents[label]["rows"]:
                self._deleted_entry(one, label, last.history_id if last.model == label else None, None)
                return
        self.outcome.report(Kind.ENTRY_CHANGED, one.seq, model=last.model)

    def _deleted_entry(self, one: Seal, label: str, after: int | None, until: int | None) -> None:
        """Report the history row whose entry is gone: the first unsealed one in the gap."""
        table = self.tables.get(label)
        history_id, record = None, ""
        if table is not None:
            gap = table.unsealed()
            gap = gap.filter(pk__gt=after) if after is not None else gap.filter(pk__gte=one.contents[label]["first"])
            gap = gap.filter(pk__lt=until) if until is not None else gap.filter(pk__lte=one.contents[label]["last"])
            found = gap.order_by("pk").values_list("pk", table.record_column or "pk").first()
            if found:
                history_id, record = found[0], str(found[1]) if table.record_column else ""
        self.outcome.report(Kind.ENTRY_DELETED, one.seq, model=label, history_id=history_id, record=record)

    # Rows

    def _compare(self, one: Seal, table: TrailTable, columns: list[str], chunk: list[Entry]) -> None:
        rows = table.texts(columns, [entry.history_id for entry in chunk])
        weeded = [entry for entry in chunk if entry.weeded]
        buried = _buried(table.label, weeded)
        self.outcome.weeded += len(weeded)
        for entry in chunk:
            if entry.weeded:
                if (entry.history_id, entry.hash) not in buried:
                    self.outcome.report(Kind.TOMBSTONE_MISSING, one.seq, entry)
                continue
            read = rows.get(entry.history_id)
            if read is None or canonical.row_hash(entry.salt, read[0]) != entry.hash:
                self._misfit(one, table, columns, entry)
            elif one.purpose == Seal.Purpose.ROUTINE:
                self.dated_right(table, entry.history_id, entry.record, read[1], one.pinned_clock)

    def _misfit(self, one: Seal, table: TrailTable, columns: list[str], entry: Entry) -> None:
        """Record a misfit, after looking again: the row may have been weeded properly while it was read."""
        now = SealedRow.objects.filter(pk=entry.pk).first()
        if now is None or now.weeded:
            return
        read = table.read(columns, [entry.history_id])
        values = read.get(entry.history_id)
        if values is None or _hash(now, values) != now.hash:
            if len(self.misfits) < MOST_MISFITS:
                self.misfits.append(_Misfit(one.seq, now, columns, values, entry.history_id in read))
            else:
                self.outcome.report(Kind.ROW_CHANGED if entry.history_id in read else Kind.ROW_DELETED, one.seq, now)

    def _settle_misfits(self) -> None:
        for misfit in self.misfits:
            entry = misfit.entry
            if not misfit.is_there:
                self.outcome.report(Kind.ROW_DELETED, misfit.seal, entry)
                continue
            was = self._sealed_as(misfit)
            if was is not None:
                self.outcome.report(Kind.ROW_MOVED, misfit.seal, entry, detail=str(was))
            else:
                self.outcome.report(Kind.ROW_CHANGED, misfit.seal, entry)
        self.misfits = []

    def _sealed_as(self, misfit: _Misfit) -> int | None:
        """Return the number under which the row's values were sealed, when they stand in another row's place."""
        for other in self.misfits[:200]:
            if other is misfit or other.entry.model != misfit.entry.model or misfit.values is None:
                continue
            text = canonical.row_text(other.entry.model, other.entry.history_id, misfit.values)
            if canonical.row_hash(other.entry.salt, text) == other.entry.hash:
                return int(other.entry.history_id)
        return None

    def dated_right(self, table: TrailTable, pk: int, record: str, dated: datetime | None, pinned: bool) -> None:
        """Report a row first seen after a seal but dated before it.

        Unless its number and date show that it was under way then.
        """
        seal, highest = self.baseline
        if seal is None or seal.pinned_clock or pinned or dated is None:
            return
        too_early = dated < seal.sealed_at - LONGEST_TRANSACTION
        in_a_gap = pk < highest.get(table.label, 0) and dated > seal.sealed_at + CLOCK_SKEW
        if too_early or in_a_gap:
            self.outcome.report(Kind.ROW_INSERTED, seal.seq, model=table.label, history_id=pk, record=record)


def _well_formed(contents: Any) -> dict[str, Any]:
    """Return the readable parts of a changed seal's contents."""
    parts = contents.items() if isinstance(contents, dict) else ()
    kinds = {"columns": list, "first": int, "last": int, "rows": int}
    return {
        label: part
        for label, part in parts
        if isinstance(part, dict)
        and all(isinstance(part.get(name), kind) for name, kind in kinds.items())
        and all(isinstance(column, str) for column in part["columns"])
    }


def is_sealed() -> Exists:
    """Return the condition on tombstones that a seal holds them."""
    return Exists(SealedRow.objects.filter(model=TOMBSTONES, history_id=OuterRef("pk")))


def _buried(label: str, weeded: list[Entry]) -> set[tuple[int, str]]:
    """Return (history row, hash) of those of the entries that have a sealed tombstone."""
    if not weeded:
        return set()
    stones = Tombstone.objects.filter(is_sealed(), model=label, history_id__in=[entry.history_id for entry in weeded])
    return set(stones.values_list("history_id", "sealed_hash"))


def _linked(link: str, entry: Entry) -> str:
    return canonical.next_link(link, entry.model, entry.history_id, entry.record, entry.hash)


def _hash(entry: SealedRow, values: Values) -> str:
    return canonical.row_hash(entry.salt, canonical.row_text(entry.model, entry.history_id, values))
