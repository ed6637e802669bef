"""The live rows compared with the history: each with the newest history row of its record, and which rows there are.

The database compares whole tables at once and names suspects: a statement sees one moment, and a record and its history
row are written in one transaction. Suspects are then read value by value, in the form in which rows are sealed, so that two
ways to store one value are no difference, and nothing that was written in between is taken for an alteration.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ObjectDoesNotExist
from django.db import connection, models
from django.db.models import Max

from riskreg.models.seal import SealedRow, Tombstone
from riskreg.trail import canonical
from riskreg.trail.findings import Finding, Kind
from riskreg.trail.left_out import LEFT_OUT
from riskreg.trail.tables import CHUNK, TOMBSTONES, UNREADABLE, TrailTable, Values, in_chunks

MOST_SUSPECTS = 10_000
"""The suspects of a table that are looked at again; the rest are counted only."""
LOOKS = 3
"""How often a record is read that is being written meanwhile."""
LONG_VALUES_AT_A_TIME = 10
SHOWN = 120
"""The characters of a value that a finding keeps."""
UNREADABLE_VALUE = "?"


@dataclass(frozen=True, slots=True)
class Suspects:
    """Records whose live row and newest history row seem to differ; `more` were found beyond MOST_SUSPECTS."""

    table: TrailTable
    records: list[Any]
    more: int = 0


def compared_columns(table: TrailTable) -> list[str]:
    """Return the columns that the record and its history have in common."""
    held = {str(field.column) for field in _model(table)._meta.concrete_fields}
    return sorted(held & set(table.attributes()))


def row_count(table: TrailTable) -> int:
    """Return the number of live rows."""
    return int(_model(table)._base_manager.count())


def suspects_of(table: TrailTable) -> Suspects:
    """Return the records that differ at first sight, from two statements over the whole table."""
    records: list[Any] = []
    more = 0
    with connection.cursor() as cursor:
        for statement in (_differing(table), _missing(table)):
            cursor.execute(statement)
            while chunk := cursor.fetchmany(CHUNK):
                room = max(0, MOST_SUSPECTS - len(records))
                records += [record for (record,) in chunk[:room]]
                more += len(chunk[room:])
    return Suspects(table, records, more)


def _differing(table: TrailTable) -> str:
    """Return SQL for the live rows without a history row, with one that says deleted, or with other values."""
    quote = connection.ops.quote_name
    differs = "IS DISTINCT FROM" if connection.vendor == "postgresql" else "IS NOT"
    unlike = [f"l.{quote(column)} {differs} h.{quote(column)}" for column in compared_columns(table)]
    return (
        f"SELECT l.{quote(_key(table))} FROM {quote(_model(table)._meta.db_table)} l "
        f"LEFT JOIN ({_newest(table)}) n ON n.record = l.{quote(_key(table))} "
        f"LEFT JOIN {quote(table.rows._meta.db_table)} h ON h.{quote(table.key)} = n.newest "
        f"WHERE h.{quote(table.key)} IS NULL OR h.history_type = '-' OR {' OR '.join(unlike)}"
    )


def _missing(table: TrailTable) -> str:
    """Return SQL for the records that the history does not say were deleted, and that are not there."""
    quote = connection.ops.quote_name
    return (
        f"SELECT n.record FROM ({_newest(table)}) n JOIN {quote(table.rows._meta.db_table)} h ON h.{quote(table.key)} = n.newest "
        f"LEFT JOIN {quote(_model(table)._meta.db_table)} l ON l.{quote(_key(table))} = n.record "
        f"WHERE h.history_type <> '-' AND l.{quote(_key(table))} IS NULL"
    )


def _newest(table: TrailTable) -> str:
    quote = connection.ops.quote_name
    history, record = quote(table.rows._meta.db_table), quote(_key(table))
    return f"SELECT {record} AS record, MAX({quote(table.key)}) AS newest FROM {history} GROUP BY {record}"


def settle(suspects: Suspects, is_named: Callable[[str, int], bool]) -> Iterator[Finding]:
    """Look at the suspects again and yield what is altered, one finding for each column.

    `is_named`: whether a history row is itself found to be altered; its record is then compared with nothing.
    """
    for start in range(0, len(suspects.records), CHUNK):
        wanted: Sequence[Any] = suspects.records[start : start + CHUNK]
        for _look in range(LOOKS):
            looked = _Look(suspects.table, wanted)
            again = looked.written_meanwhile()
            yield from looked.findings(is_named, leaving=again)
            if not (wanted := sorted(again)):
                break


def newest_rows(table: TrailTable, records: Iterable[Any]) -> dict[Any, int]:
    """Return the number of the newest history row of each of the records."""
    rows = table.all().filter(**{f"{_key(table)}__in": list(records)}).order_by()
    return dict(rows.values_list(_key(table)).annotate(newest=Max(table.key)))


class _Look:
    """One reading of some records: their live rows, and the newest row of each one's history."""

    def __init__(self, table: TrailTable, records: Sequence[Any]) -> None:
        self.table, self.records = table, records
        self.columns = compared_columns(table)
        self.newest = newest_rows(table, records)
        self.live = TrailTable(table.label, _model(table), None).read(self.columns, records)
        self.said = table.read([*self.columns, "history_type"], self.newest.values())

    def written_meanwhile(self) -> set[Any]:
        now = newest_rows(self.table, self.records)
        return {record for record in self.records if now.get(record) != self.newest.get(record)}

    def findings(self, is_named: Callable[[str, int], bool], *, leaving: set[Any]) -> Iterator[Finding]:
        weeded = _weeded_columns(self.table, self.newest.values())
        for record in self.records:
            newest = self.newest.get(record)
            if record in leaving or (newest is not None and is_named(self.table.label, newest)):
                continue
            said = self.said.get(newest) if newest is not None else None
            exists = said is not None and (said["history_type"] or ["", ""])[1] != "-"
            place: dict[str, Any] = {"model": self.table.label, "record": str(record), "history_id": newest}
            if said is None and newest in self.said:
                yield Finding(str(Kind.ROW_CHANGED), **place)  # it cannot be read, and may have no seal yet
            elif record in self.live and not exists:
                yield Finding(str(Kind.LIVE_ADDED), **place)
            elif record not in self.live and exists:
                yield Finding(str(Kind.LIVE_DELETED), **place)
            elif record in self.live and said is not None:
                yield from self._changes(record, said, weeded.get(newest or 0, set()), place)

    def _changes(self, record: Any, said: Values, weeded: set[str], place: dict[str, Any]) -> Iterator[Finding]:
        live = self.live[record]
        for column in self.columns:
            now = live[column] if live is not None else self._one(record, column)
            if now == said[column] or column in weeded or self._was_emptied(column, said[column], now):
                continue
            old, new = excerpts(_text(said[column]), _text(now))
            yield Finding(str(Kind.LIVE_CHANGED), **place, column=column, old=old, new=new)

    def _one(self, record: Any, column: str) -> list[str] | None:
        """Return one value of a row that cannot be read whole."""
        read = TrailTable(self.table.label, _model(self.table), None).read([column], [record]).get(record)
        return read[column] if read is not None else ["unreadable", UNREADABLE_VALUE]

    def _was_emptied(self, column: str, said: list[str] | None, now: list[str] | None) -> bool:
        """Return whether the database emptied a pointer because what it pointed at was deleted, as the history says."""
        field = next(one for one in _model(self.table)._meta.concrete_fields if one.column == column)
        if now is not None or said is None or not isinstance(field, models.ForeignKey):
            return False
        target: Any = field.remote_field.model
        if field.remote_field.on_delete is not models.SET_NULL or target._base_manager.filter(pk=said[1]).exists():
            return False
        return not hasattr(target, "history") or bool(target.history.filter(_deletion_of(target, said[1])).exists())


def _deletion_of(target: type[models.Model], key: str) -> models.Q:
    """Return the condition on a history that the record was deleted."""
    return models.Q(**{target._meta.pk.attname: key, "history_type": "-"})


def altered_long_values(table: TrailTable, is_named: Callable[[str, int], bool]) -> Iterator[Finding]:
    """Yield the columns that are held in the history as their hash only, where the live value has another one."""
    for (label, column), left_out in LEFT_OUT.items():
        if label != table.label or not left_out.hash_column:
            continue
        for chunk in in_chunks(_model(table)._base_manager.values_list("pk"), LONG_VALUES_AT_A_TIME):
            look = _Look(table, [pk for (pk,) in chunk])
            hashes = _hashes(table, column, look.records)
            for record, newest in look.newest.items():
                said = look.said.get(newest)
                stated = _text(said[left_out.hash_column]) if said is not None else ""
                now = hashes.get(record, stated)
                if now != stated and not is_named(label, newest):
                    place: dict[str, Any] = {"model": label, "record": str(record), "history_id": newest, "column": column}
                    yield Finding(str(Kind.LIVE_CHANGED), **place, old=f"SHA-256 {stated}", new=f"SHA-256 {now}")


def _hashes(table: TrailTable, column: str, records: Iterable[Any]) -> dict[Any, str]:
    found: dict[Any, str] = {}
    for record in records:
        try:
            value = _model(table)._base_manager.filter(pk=record).values_list(column, flat=True).get()
            found[record] = canonical.digest(canonical.canonical(value))
        except ObjectDoesNotExist:
            continue
        except UNREADABLE:
            found[record] = UNREADABLE_VALUE
    return found


def _weeded_columns(table: TrailTable, history_ids: Iterable[int]) -> dict[int, set[str]]:
    """Return the columns that were weeded from these history rows: their values are not known any more."""
    sealed = models.Exists(SealedRow.objects.filter(model=TOMBSTONES, history_id=models.OuterRef("pk")))
    stones = Tombstone.objects.filter(sealed, model=table.label, history_id__in=list(history_ids))
    found: dict[int, set[str]] = {}
    for history_id, columns in stones.values_list("history_id", "columns"):
        found.setdefault(history_id, set()).update(columns)
    return found


def excerpts(old: str, new: str) -> tuple[str, str]:
    """Return the two texts, long ones cut around the first place where they differ."""
    if len(old) <= SHOWN and len(new) <= SHOWN:
        return old, new
    place = next((i for i, (one, other) in enumerate(zip(old, new, strict=False)) if one != other), min(len(old), len(new)))
    start = max(0, place - SHOWN // 3)
    return _cut(old, start), _cut(new, start)


def _cut(text: str, start: int) -> str:
    shown = text[start : start + SHOWN]
    return ("…" if start else "") + shown + ("…" if start + SHOWN < len(text) else "")


def _text(value: list[str] | None) -> str:
    return value[1] if value is not None else ""


def _model(table: TrailTable) -> type[models.Model]:
    if table.tracked is None:
        raise ValueError(f"{table.label} is the history of no model.")
    return table.tracked


def _key(table: TrailTable) -> str:
    return table.record_column or ""
