"""Weeding (gallring) of personal data from the history, so that what is left still verifies.

The history row stays, with the weeded columns emptied. The hash that was sealed stays too, but its salt is forgotten,
so that nobody can guess the weeded words from the hash. A tombstone says what was weeded, why and by whom; the
tombstone and the row as it is now are sealed at once, in the same transaction.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from django.db import models, transaction

from riskreg.models.seal import Seal, SealedRow, Tombstone
from riskreg.models.user import User
from riskreg.trail import canonical
from riskreg.trail.seals import SealWriter, seal, take_turn
from riskreg.trail.tables import TOMBSTONES, TrailTable, sealed_tables, trail_tables

ROWS_AT_A_TIME = 2_000
_KEPT = {"history_id", "history_date", "history_type"}


class TrailAltered(Exception):
    """A row to be weeded does not match its seal: weeding it would hide the alteration."""

    def __init__(self, label: str, history_id: int) -> None:
        self.label, self.history_id = label, history_id
        super().__init__(f"{label}, history row {history_id}, does not match its seal. Verify the trail before weeding.")


def weed(
    model: type[models.Model], history_ids: Collection[int], columns: Collection[str], *, by: User, reason: str, now: datetime
) -> int:
    """Empty the columns of these rows of the model's history; return how many rows were weeded.

    Raises ValueError for an unknown column, one that cannot be empty, or no reason; TrailAltered (and weeds nothing
    more) for a row that does not match its seal. Who may decide it is the caller's question.
    """
    table = trail_tables()[model._meta.label_lower]
    emptied = {_field(table, column).attname: _empty(table, column) for column in columns}
    if not reason.strip() or not emptied:
        raise ValueError("State which columns are weeded, and the decision it follows.")
    seal(now)
    done = 0
    wanted = sorted(history_ids)
    for start in range(0, len(wanted), ROWS_AT_A_TIME):
        ids = wanted[start : start + ROWS_AT_A_TIME]
        done += _weed(table, ids, columns=sorted(columns), emptied=emptied, by=by, reason=reason.strip(), now=now)
    return done


@transaction.atomic
def _weed(
    table: TrailTable, ids: list[int], *, columns: list[str], emptied: dict[str, Any], by: User, reason: str, now: datetime
) -> int:
    take_turn()
    entries = list(SealedRow.objects.filter(model=table.label, history_id__in=ids, weeded=False).select_related("seal"))
    _require_untouched(table, entries)
    stones = Tombstone.objects.bulk_create(
        Tombstone(
            model=table.label,
            history_id=entry.history_id,
            sealed_hash=entry.hash,
            columns=columns,
            reason=reason,
            weeded_at=now,
            weeded_by=by.get_full_name(),
        )
        for entry in entries
    )
    weeded = [entry.history_id for entry in entries]
    table.all().filter(pk__in=weeded).update(**emptied)
    SealedRow.objects.filter(pk__in=[entry.pk for entry in entries]).update(weeded=True, salt="")
    writer = SealWriter(now, Seal.Purpose.WEEDING)
    contents = {table.label: weeded, TOMBSTONES: [stone.pk for stone in stones]}
    for label, each in sealed_tables().items():
        if label in contents:
            writer.add(each, each.all().filter(pk__in=contents[label]))
    writer.close()
    return len(weeded)


def _require_untouched(table: TrailTable, entries: list[SealedRow]) -> None:
    by_columns: dict[tuple[str, ...], list[SealedRow]] = {}
    for entry in entries:
        by_columns.setdefault(tuple(entry.seal.contents[table.label]["columns"]), []).append(entry)
    for columns, group in by_columns.items():
        rows = table.read(list(columns), [entry.history_id for entry in group])
        for entry in group:
            values = rows.get(entry.history_id)
            text = canonical.row_text(table.label, entry.history_id, values) if values is not None else ""
            if values is None or canonical.row_hash(entry.salt, text) != entry.hash:
                raise TrailAltered(table.label, entry.history_id)


def _field(table: TrailTable, column: str) -> Any:
    fields = {str(field.column): field for field in table.rows._meta.concrete_fields}
    if column not in fields:
        raise ValueError(f"{table.label} has no column {column}. It has: {', '.join(sorted(fields))}.")
    return fields[column]


def _empty(table: TrailTable, column: str) -> Any:
    field = _field(table, column)
    if column in _KEPT or column == table.record_column:
        raise ValueError(f"The column {column} of {table.label} is never weeded: without it the row says nothing.")
    if isinstance(field, (models.CharField, models.TextField)):
        return None if field.null and not field.blank else ""
    if not field.null:
        raise ValueError(f"The column {column} of {table.label} cannot be empty.")
    return None
