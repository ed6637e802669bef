"""Verification: every seal is recomputed from the history as it stands, every record compared with its history.

Each mismatch is named. The seals themselves are walked by `seal_walk`; here is what no seal holds, and what people see.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

from riskreg import clock
from riskreg.models.seal import SealedRow, Tombstone
from riskreg.trail import derived, files, live
from riskreg.trail.anchors.checking import altered_anchors
from riskreg.trail.findings import Kind
from riskreg.trail.outcome import MOST_FINDINGS, Outcome
from riskreg.trail.remembered import missing_heads
from riskreg.trail.seal_walk import SealWalk, is_sealed
from riskreg.trail.seals import head
from riskreg.trail.since import Since
from riskreg.trail.tables import in_chunks, trail_tables

LONGEST_WAIT = timedelta(days=2)
"""A row is sealed the night after it was written; one that is older than this has been left by a sealing that does not run."""


def verify(
    known_heads: Iterable[str] = (),
    progress: Callable[[int], None] | None = None,
    *,
    with_files: bool = False,
    since: Since | None = None,
) -> Outcome:
    """Recompute the whole trail, and compare every tracked record with it.

    `known_heads`: printed as "17:9f3a…" or the hash alone; each must be in the chain, and so must those that the
    register itself remembers (riskreg.trail.remembered).

    `with_files`: the files that records keep are hashed as well.

    `since`: leave out the sealed rows and the files that an earlier verification found to be right (riskreg.trail.since).

    `progress` is called, a chunk at a time, with how much of the `work` is done. Reads only; memory does not grow with
    the trail.
    """
    return _Verification(progress or (lambda done: None), since).run(known_heads, with_files=with_files)


def work(since: Since | None = None) -> int:
    """Return the amount of work with files: the sealed rows, the live records, and the files, each as so many rows."""
    records = sum(live.row_count(table) for table in trail_tables().values())
    return SealedRow.objects.filter(seal_id__gt=since.seq if since else 0).count() + records + files.work()


class _Verification:
    def __init__(self, progress: Callable[[int], None], since: Since | None) -> None:
        self.progress, self.since = progress, since
        self.outcome = Outcome(head())
        self.seals = SealWalk(self.outcome, self._tell, since.seq if since else 0)

    def run(self, known_heads: Iterable[str], *, with_files: bool) -> Outcome:
        self.seals.walk()
        self._unsealed()
        self._unsealed_tombstones()
        self._heads(known_heads)
        for finding in altered_anchors():
            self.outcome.add(finding)
        self._live_records()
        for finding in derived.altered():
            self.outcome.add(finding)
        if with_files:
            self._files()
        self.outcome.close()
        return self.outcome

    def _tell(self) -> None:
        self.progress(self.outcome.done)

    def _files(self) -> None:
        look = files.Look(self.outcome.is_named, self._tell_of_files, self.since)
        for finding in look.altered_files():
            self.outcome.add(finding)

    def _tell_of_files(self, look: files.Look) -> None:
        self.outcome.files, self.outcome.files_left, self.outcome.file_work = look.done, look.left, look.work
        self._tell()

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
                    if self.outcome.is_named(table.label, pk) or pk not in read:
                        continue
                    values = read[pk]
                    if values is None:
                        self.outcome.report(Kind.ROW_CHANGED, None, model=table.label, history_id=pk)
                    elif table.moment_column:
                        record = (values.get(table.record_column or "") or ["", ""])[1]
                        dated = _moment(values[table.moment_column])
                        self.seals.dated_right(table, pk, record, dated, pinned)
                        oldest = min(filter(None, (oldest, dated)), default=None)
        if oldest is not None and not pinned and oldest < clock.now() - LONGEST_WAIT:
            self.outcome.report(Kind.NOT_SEALED, detail=str((clock.now() - oldest).days))

    def _unsealed_tombstones(self) -> None:
        for stone in Tombstone.objects.filter(~is_sealed()).order_by("pk")[:MOST_FINDINGS]:
            self.outcome.report(Kind.TOMBSTONE_FORGED, model=stone.model, history_id=stone.history_id)

    def _heads(self, known: Iterable[str]) -> None:
        """Report the heads that the chain does not hold."""
        missing = list(missing_heads(known))
        for finding in missing:
            self.outcome.add(finding)
        if missing and self.outcome.head is None:
            self.outcome.report(Kind.NO_SEALS)

    # What people see

    def _live_records(self) -> None:
        """Compare the live records with the history; who seems to differ is looked at again when all has been read."""
        suspects = []
        for table in trail_tables().values():
            suspects.append(live.suspects_of(table))
            for finding in live.altered_long_values(table, self.outcome.is_named):
                self.outcome.add(finding)
            self.outcome.compared += live.row_count(table)
            self._tell()
        for each in suspects:
            for finding in live.settle(each, self.outcome.is_named):
                self.outcome.add(finding)
            self.outcome.found += each.more


def _moment(value: list[str] | None) -> datetime | None:
    """Return the moment that a typed value is; None of one that is none."""
    return datetime.fromisoformat(value[1]) if value is not None and value[0] == "moment" else None
