"""Verification: every seal is recomputed from the history as it stands, every record compared with its history.

Each mismatch is named.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Exists, Max, OuterRef

from riskreg import clock
from riskreg.models.seal import Seal, SealedRow, Tombstone
from riskreg.trail import canonical, files, live
from riskreg.trail.findings import Finding, Kind
from riskreg.trail.remembered import missing_heads
from riskreg.trail.seals import Head, head, seal_hash
from riskreg.trail.tables import CHUNK, TOMBSTONES, UNREADABLE, TrailTable, Values, in_chunks, sealed_tables, trail_tables

MOST_FINDINGS = 50
"""The number of findings named; the rest are counted."""
LONGEST_TRANSACTION = timedelta(hours=1)
"""A row may be dated this long before the last seal and still turn up after it: its transaction was not yet committed."""
CLOCK_SKEW = timedelta(minutes=5)
LONGEST_WAIT = timedelta(days=2)
"""A row is sealed the night after it was written; one that is older than this has been left by a sealing that does not run."""


@dataclass
class Outcome:
    """The result of a verification. Intact when `found` is 0."""

    head: Head | None
    seals: int = 0
    checked: int = 0
    weeded: int = 0
    unsealed: int = 0
    compared: int = 0
    """Live records compared with their history."""
    files: int = 0
    """Files compared with the hashes that the history holds."""
    found: int = 0
    findings: list[Finding] = field(default_factory=list)

    @property
    def is_intact(self) -> bool:
        return self.found == 0

    @property
    def done(self) -> int:
        """How much of the `work` is done."""
        return self.checked + self.compared + files.WORK * self.files


def verify(
    known_heads: Iterable[str] = (), progress: Callable[[int], None] | None = None, *, with_files: bool = False
) -> Outcome:
    """Recompute the whole trail, and compare every tracked record with it.

    `known_heads`: printed as "17:9f3a…" or the hash alone; each must be in the chain, and so must those that the
    register itself remembers (riskreg.trail.remembered).

    `with_files`: the files that records keep are hashed as well.

    `progress` is called, a chunk at a time, with how much of the `work` is done. Reads only; memory does not grow with
    the trail.
    """
    return _Walk(progress or (lambda done: None)).run(known_heads, with_files=with_files)


def work() -> int:
    """Return the amount of work with files: the sealed rows, the live records, and the files, each as so many rows."""
    records = sum(live.row_count(table) for table in trail_tables().values())
    return SealedRow.objects.count() + records + files.WORK * files.file_count()


@dataclass(slots=True)
class _Misfit:
    """A row that differs from its authentic entry; `values` None: it is gone or unreadable."""

    seal: int
    entry: SealedRow
    columns: list[str]
    values: Values | None
    is_there: bool


class _Walk:
    def __init__(self, progress: Callable[[int], None]) -> None:
        self.progress = progress
        self.outcome = Outcome(head())
        self.tables = sealed_tables()
        self.before: Seal | None = None
        self.highest: dict[str, int] = {}
        """The highest sealed number of each table, up to the seal before."""
        self.baseline: tuple[Seal | None, dict[str, int]] = (None, {})
        """The last complete seal and the highest numbers then: what was there by then is sealed in it or before it."""
        self.named: set[tuple[str, int]] = set()
        self.misfits: list[_Misfit] = []

    def report(self, kind: Kind, seal: int | None = None, entry: SealedRow | None = None, **more: Any) -> None:
        if entry is not None:
            more |= {"model": entry.model, "history_id": entry.history_id, "record": entry.record}
        if more.get("history_id") is not None and len(self.named) < 10_000:
            self.named.add((more["model"], more["history_id"]))
        self._add(Finding(str(kind), seal, **more))

    def _add(self, finding: Finding) -> None:
        self.outcome.found += 1
        if len(self.outcome.findings) < 20 * MOST_FINDINGS:
            self.outcome.findings.append(finding)

    def run(self, known_heads: Iterable[str], *, with_files: bool) -> Outcome:
        last = self.outcome.head.seq if self.outcome.head else 0
        expected = 1
        for seq in list(Seal.objects.filter(seq__lte=last).order_by("seq").values_list("seq", flat=True)):
            for missing in range(expected, min(seq, expected + MOST_FINDINGS)):
                self.report(Kind.SEAL_MISSING, missing)
            self._seal(seq, follows=seq == expected)
            expected = seq + 1
        highest = SealedRow.objects.aggregate(highest=Max("seal_id"))["highest"] or 0
        if highest > last and (head() or self.outcome.head) == self.outcome.head:
            self.report(Kind.SEAL_MISSING, highest)
        self._settle_misfits()
        self._unsealed()
        self._unsealed_tombstones()
        self._heads(known_heads)
        self._live_records()
        if with_files:
            for finding in files.altered_files(self._is_named, self._files_done):
                self._add(finding)
        self.outcome.findings.sort(key=lambda found: (found.seal is None, found.seal or 0))
        del self.outcome.findings[MOST_FINDINGS:]
        return self.outcome

    def _progress(self) -> None:
        self.progress(self.outcome.done)

    def _files_done(self, count: int) -> None:
        self.outcome.files += count
        self._progress()

    # One seal

    def _seal(self, seq: int, *, follows: bool) -> None:
        self.outcome.seals += 1
        try:
            one = Seal.objects.get(pk=seq)
            is_whole = seal_hash(one) == one.hash
        except UNREADABLE:
            self.report(Kind.SEAL_CHANGED, seq)
            return
        if not is_whole:
            self.report(Kind.SEAL_CHANGED, seq)
            one.contents = _well_formed(one.contents)
        expected = self.before.hash if self.before else canonical.NO_SEAL
        if follows and one.previous != expected:
            self.report(Kind.SEAL_UNLINKED, seq)
        self._links(one)
        for label, part in one.contents.items():
            self.highest[label] = max(self.highest.get(label, 0), part["last"])
        self.before = one
        if one.complete:
            self.baseline = one, dict(self.highest)

    def _links(self, one: Seal) -> None:
        """Follow the chain through the seal's rows, and compare each row with its entry."""
        link, before_last = one.previous, one.previous
        last: SealedRow | None = None
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

    def _entries(self, one: Seal) -> Iterator[SealedRow]:
        """Yield the seal's entries in the order they were sealed, each compared with its history row on the way."""
        held = SealedRow.objects.filter(seal_id=one.seq)
        for label in sorted({*one.contents, *held.values_list("model", flat=True).distinct().order_by()}):
            table = self.tables.get(label)
            if table is None:
                self.report(Kind.TABLE_MISSING, one.seq, model=label)
            stated = one.contents.get(label, {}).get("columns") or (table.columns() if table else [])
            columns = [column for column in stated if table and column in table.attributes()]
            for gone in sorted(set(stated) - set(columns) if table else ()):
                self.report(Kind.COLUMN_MISSING, one.seq, model=label, detail=gone)
            last = None
            while True:
                rest = held.filter(model=label) if last is None else held.filter(model=label, history_id__gt=last)
                chunk = list(rest.order_by("history_id")[:CHUNK])
                if table and len(columns) == len(stated):
                    self._compare(one, table, columns, chunk)
                yield from chunk
                self.outcome.checked += len(chunk)
                self._progress()
                if len(chunk) < CHUNK:
                    break
                last = chunk[-1].history_id

    def _entry(self, kind: Kind, one: Seal, entry: SealedRow) -> None:
        self.report(kind, one.seq, entry)
        self.misfits = [misfit for misfit in self.misfits if misfit.entry.pk != entry.pk]

    def _entry_misfit(self, one: Seal, last: SealedRow | None, entry: SealedRow) -> None:
        """Report a wrong link at the entry: an entry before it is gone, or it was itself changed."""
        stated = one.contents.get(entry.model, {}).get("rows", 0)
        there = SealedRow.objects.filter(seal_id=one.seq, model=entry.model).count()
        if there < stated:
            after = last.history_id if last and last.model == entry.model else None
            self._deleted_entry(one, entry.model, after, entry.history_id)
        else:
            self._entry(Kind.ENTRY_CHANGED, one, entry)

    def _wrong_end(self, one: Seal, last: SealedRow, rows_of: dict[str, int]) -> None:
        """Report a chain that ends elsewhere than stated: entries at the end are gone, or the last links were remade."""
        for label in sorted(one.contents):
            if rows_of.get(label, 0) < one.contents[label]["rows"]:
                self._deleted_entry(one, label, last.history_id if last.model == label else None, None)
                return
        self.report(Kind.ENTRY_CHANGED, one.seq, model=last.model)

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
        self.report(Kind.ENTRY_DELETED, one.seq, model=label, history_id=history_id, record=record)

    # Rows

    def _compare(self, one: Seal, table: TrailTable, columns: list[str], chunk: list[SealedRow]) -> None:
        rows = table.read(columns, [entry.history_id for entry in chunk])
        moment = table.moment_column or ""
        weeded = [entry for entry in chunk if entry.weeded]
        buried = _buried(table.label, weeded)
        self.outcome.weeded += len(weeded)
        for entry in chunk:
            if entry.weeded:
                if (entry.history_id, entry.hash) not in buried:
                    self.report(Kind.TOMBSTONE_MISSING, one.seq, entry)
                continue
            values = rows.get(entry.history_id)
            if values is None or _hash(entry, values) != entry.hash:
                self._misfit(one, table, columns, entry)
            elif one.purpose == Seal.Purpose.ROUTINE:
                self._dated_right(table, entry.history_id, entry.record, values.get(moment), one.pinned_clock)

    def _misfit(self, one: Seal, table: TrailTable, columns: list[str], entry: SealedRow) -> None:
        """Record a misfit, after looking again: the row may have been weeded properly while it was read."""
        now = SealedRow.objects.filter(pk=entry.pk).first()
        if now is None or now.weeded:
            return
        read = table.read(columns, [entry.history_id])
        values = read.get(entry.history_id)
        if values is None or _hash(now, values) != now.hash:
            if len(self.misfits) < 500:
                self.misfits.append(_Misfit(one.seq, now, columns, values, entry.history_id in read))
            else:
                self.report(Kind.ROW_CHANGED if entry.history_id in read else Kind.ROW_DELETED, one.seq, now)

    def _settle_misfits(self) -> None:
        for misfit in self.misfits:
            entry = misfit.entry
            if not misfit.is_there:
                self.report(Kind.ROW_DELETED, misfit.seal, entry)
                continue
            was = self._sealed_as(misfit)
            if was is not None:
                self.report(Kind.ROW_MOVED, misfit.seal, entry, detail=str(was))
            else:
                self.report(Kind.ROW_CHANGED, misfit.seal, entry)
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

    def _dated_right(self, table: TrailTable, pk: int, record: str, moment: list[str] | None, pinned: bool) -> None:
        """Report a row first seen after a seal but dated before it.

        Unless its number and date show that it was under way then.
        """
        seal, highest = self.baseline
        if seal is None or seal.pinned_clock or pinned or moment is None or moment[0] != "moment":
            return
        dated = datetime.fromisoformat(moment[1])
        too_early = dated < seal.sealed_at - LONGEST_TRANSACTION
        in_a_gap = pk < highest.get(table.label, 0) and dated > seal.sealed_at + CLOCK_SKEW
        if too_early or in_a_gap:
            self.report(Kind.ROW_INSERTED, seal.seq, model=table.label, history_id=pk, record=record)

    # What no seal holds

    def _unsealed(self) -> None:
        pinned = clock.pinned_day() is not None
        oldest: datetime | None = None
        for table in trail_tables().values():
            columns = [column for column in (table.record_column, table.moment_column) if column]
            for chunk in in_chunks(table.unsealed().values_list("pk")):
                ids = [pk for (pk,) in chunk]
                self.outcome.unsealed += len(ids)
                read = table.read(columns, ids)
                for pk in ids:
                    if (table.label, pk) in self.named or pk not in read:
                        continue
                    values = read[pk]
                    if values is None:
                        self.report(Kind.ROW_CHANGED, None, model=table.label, history_id=pk)
                    elif table.moment_column:
                        record = (values.get(table.record_column or "") or ["", ""])[1]
                        moment = values[table.moment_column]
                        self._dated_right(table, pk, record, moment, pinned)
                        oldest = _earlier(oldest, moment)
        if oldest is not None and not pinned and oldest < clock.now() - LONGEST_WAIT:
            self.report(Kind.NOT_SEALED, detail=str((clock.now() - oldest).days))

    def _unsealed_tombstones(self) -> None:
        for stone in Tombstone.objects.filter(~_is_sealed()).order_by("pk")[:MOST_FINDINGS]:
            self.report(Kind.TOMBSTONE_FORGED, model=stone.model, history_id=stone.history_id)

    def _heads(self, known: Iterable[str]) -> None:
        """Report the heads that the chain does not hold."""
        missing = list(missing_heads(known))
        for finding in missing:
            self._add(finding)
        if missing and self.outcome.head is None:
            self.report(Kind.NO_SEALS)

    # What people see

    def _live_records(self) -> None:
        """Compare the live records with the history; who seems to differ is looked at again when all has been read."""
        suspects = []
        for table in trail_tables().values():
            suspects.append(live.suspects_of(table))
            for finding in live.altered_long_values(table, self._is_named):
                self._add(finding)
            self.outcome.compared += live.row_count(table)
            self._progress()
        for each in suspects:
            for finding in live.settle(each, self._is_named):
                self._add(finding)
            self.outcome.found += each.more

    def _is_named(self, label: str, history_id: int) -> bool:
        return (label, history_id) in self.named


def _well_formed(contents: Any) -> dict[str, Any]:
    """Return the readable parts of a changed seal's contents."""
    parts = contents.items() if isinstance(contents, dict) else ()
    kinds = {"columns": list, "first": int, "last": int, "rows": int}
    return {
        label: part
        for label, part in parts
        if isinstance(part, dict) and all(isinstance(part.get(name), kind) for name, kind in kinds.items())
    }


def _earlier(one: datetime | None, moment: list[str] | None) -> datetime | None:
    """Return the earlier of the two; a value that is no moment counts for nothing."""
    if moment is None or moment[0] != "moment":
        return one
    dated = datetime.fromisoformat(moment[1])
    return dated if one is None else min(one, dated)


def _is_sealed() -> Exists:
    return Exists(SealedRow.objects.filter(model=TOMBSTONES, history_id=OuterRef("pk")))


def _buried(label: str, weeded: list[SealedRow]) -> set[tuple[int, str]]:
    """Return (history row, hash) of those of the entries that have a sealed tombstone."""
    if not weeded:
        return set()
    stones = Tombstone.objects.filter(_is_sealed(), model=label, history_id__in=[entry.history_id for entry in weeded])
    return set(stones.values_list("history_id", "sealed_hash"))


def _linked(link: str, entry: SealedRow) -> str:
    return canonical.next_link(link, entry.model, entry.history_id, entry.record, entry.hash)


def _hash(entry: SealedRow, values: Values) -> str:
    return canonical.row_hash(entry.salt, canonical.row_text(entry.model, entry.history_id, values))
