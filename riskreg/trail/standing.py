"""How single records stand: as the newest row of their history, and that row as it was sealed."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from django.db import models

from riskreg.models.seal import SealedRow
from riskreg.trail import canonical, live
from riskreg.trail.findings import Finding
from riskreg.trail.tables import CHUNK, TrailTable, trail_tables


@dataclass
class Standing:
    """What differs. `altered` and `unsealed` are keys of records, by their newest history row."""

    findings: list[Finding] = field(default_factory=list)
    altered: set[int] = field(default_factory=set)
    unsealed: set[int] = field(default_factory=set)

    @property
    def is_as_written(self) -> bool:
        return not self.findings and not self.altered


def standing_of(model: type[models.Model], records: Collection[int]) -> Standing:
    """Compare the records, present or gone, with the newest rows of their history, and those with their seals."""
    table = trail_tables()[model._meta.label_lower]
    found = Standing()
    keys = sorted(records)
    for start in range(0, len(keys), CHUNK):
        chunk = keys[start : start + CHUNK]
        found.findings += live.settle(live.Suspects(table, chunk), _nothing_is_named)
        newest = live.newest_rows(table, chunk)
        altered, unsealed = against_seals(table, newest.values())
        found.altered |= {record for record, row in newest.items() if row in altered}
        found.unsealed |= {record for record, row in newest.items() if row in unsealed}
    return found


def against_seals(table: TrailTable, history_ids: Iterable[int]) -> tuple[set[int], set[int]]:
    """Return those of the history rows that are not as they were sealed, and those that no seal covers yet."""
    ids = set(history_ids)
    entries = SealedRow.objects.filter(model=table.label, history_id__in=ids, weeded=False).select_related("seal")
    by_columns: dict[tuple[str, ...], list[SealedRow]] = {}
    for entry in entries:
        by_columns.setdefault(tuple(entry.seal.contents[table.label]["columns"]), []).append(entry)
    altered: set[int] = set()
    for columns, group in by_columns.items():
        rows = table.read(list(columns), [entry.history_id for entry in group])
        for entry in group:
            values = rows.get(entry.history_id)
            text = canonical.row_text(table.label, entry.history_id, values) if values is not None else ""
            if values is None or canonical.row_hash(entry.salt, text) != entry.hash:
                altered.add(entry.history_id)
    return altered, ids - {entry.history_id for group in by_columns.values() for entry in group}


def _nothing_is_named(label: str, history_id: int) -> bool:
    return False
