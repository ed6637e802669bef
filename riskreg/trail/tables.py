"""The tables of the trail: found among the models, so that a newly tracked record is sealed from its first day."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import InvalidOperation
from functools import cache
from itertools import repeat
from typing import Any

from django.apps import apps
from django.core.exceptions import ObjectDoesNotExist
from django.db import OperationalError, models
from django.db.models import Exists, OuterRef
from simple_history.models import HistoricalChanges

from riskreg.models.seal import SealedRow, Tombstone
from riskreg.trail.canonical import RowTexts, typed_value

CHUNK = 1_000
NOT_SEALED = {"history_user_id"}
"""The pointer to the author's account, which the database empties when the account is deleted. The author is the name."""
TOMBSTONES = Tombstone._meta.label_lower
# What reading a value that does not belong in its column can raise, when somebody has put one there: a word for a day, JSON that
# is nested thousands of times, half of a pair of surrogates.
UNREADABLE = (ValueError, TypeError, InvalidOperation, OverflowError, OperationalError, RecursionError)

Values = dict[str, list[str] | None]
Text = tuple[str, datetime | None]
"""A history row as the text that is hashed, and when it was written where the row says so."""


@dataclass(frozen=True)
class TrailTable:
    """A table whose rows are sealed: the history of one model (or the tombstones)."""

    label: str
    """Names the table in seals and exports: the tracked model's label, as riskreg.risk."""
    rows: type[models.Model]
    tracked: type[models.Model] | None
    """The model whose history it is."""

    @property
    def key(self) -> str:
        return str(self.rows._meta.pk.attname)

    @property
    def record_column(self) -> str | None:
        """The column with the key of the record."""
        return str(self.tracked._meta.pk.attname) if self.tracked is not None else None

    @property
    def moment_column(self) -> str | None:
        return "history_date" if "history_date" in self.attributes() else None

    def columns(self) -> list[str]:
        """Return the sealed columns, as they are now, in alphabetical order: all but the key and NOT_SEALED."""
        return sorted(name for name in self.attributes() if name != self.rows._meta.pk.column and name not in NOT_SEALED)

    def attributes(self) -> dict[str, str]:
        """Return {column: attribute}, the name by which the ORM knows each column."""
        return {str(field.column): str(field.attname) for field in self.rows._meta.concrete_fields}

    def all(self) -> models.QuerySet[Any]:
        return self.rows._base_manager.all()

    def unsealed(self) -> models.QuerySet[Any]:
        """Return the rows without a current seal, by an anti-join.

        A row that was committed late, with a low number, is among them.
        """
        sealed = SealedRow.objects.filter(model=self.label, weeded=False, history_id=OuterRef("pk"))
        return self.all().filter(~Exists(sealed))

    def read(self, columns: list[str], ids: Iterable[int]) -> dict[int, Values | None]:
        """Return the rows with these numbers as typed values; None for a row whose values cannot be read."""
        wanted = list(ids)
        try:
            return dict(self._read(columns, self.all().filter(pk__in=wanted)))
        except UNREADABLE:
            return {pk: self._read_one(columns, pk) for pk in self.all().filter(pk__in=wanted).values_list("pk", flat=True)}

    def _read_one(self, columns: list[str], pk: int) -> Values | None:
        try:
            return dict(self._read(columns, self.all().filter(pk=pk)))[pk]
        except UNREADABLE:
            return None

    def _read(self, columns: list[str], rows: models.QuerySet[Any]) -> Iterator[tuple[int, Values]]:
        attributes = self.attributes()
        for pk, *values in rows.order_by().values_list(self.key, *(attributes[column] for column in columns)):
            yield pk, {column: typed_value(value) for column, value in zip(columns, values, strict=True)}

    def texts(self, columns: list[str], ids: Iterable[int]) -> dict[int, Text | None]:
        """Return the rows with these numbers as the texts that are hashed; None for a row whose values cannot be read.

        What `read` and `canonical.row_text` make together, in half the time.
        """
        wanted = list(ids)
        try:
            return self._texts(columns, self._numbered(wanted))
        except UNREADABLE:
            return {pk: self._text_of_one(columns, pk) for pk in self._numbered(wanted).values_list("pk", flat=True)}

    def _numbered(self, ids: list[int]) -> models.QuerySet[Any]:
        """Return the rows with these numbers; where none is left out between the first and the last, by these two."""
        if ids and ids == list(range(ids[0], ids[-1] + 1)):
            return self.all().filter(pk__gte=ids[0], pk__lte=ids[-1])
        return self.all().filter(pk__in=ids)

    def _text_of_one(self, columns: list[str], pk: int) -> Text | None:
        try:
            return self._texts(columns, self.all().filter(pk=pk))[pk]
        except UNREADABLE:
            return None

    def _texts(self, columns: list[str], rows: models.QuerySet[Any]) -> dict[int, Text | None]:
        attributes = self.attributes()
        read = list(rows.order_by().values_list(*(attributes[column] for column in columns), self.key))
        numbers = [int(row[-1]) for row in read]
        texts = RowTexts(self.label, columns).texts(numbers, (row[:-1] for row in read)) if read else []
        moments: Iterable[Any] = repeat(None)
        if self.moment_column in columns:
            place = columns.index(self.moment_column)
            moments = (row[place] if isinstance(row[place], datetime) else None for row in read)
        return dict(zip(numbers, zip(texts, moments, strict=False), strict=True))


def readable(rows: models.QuerySet[Any], keys: Iterable[Any]) -> dict[Any, Any]:
    """Return the records with these keys, by key; None for one with a value that cannot be read."""
    found: dict[Any, Any] = {}
    wanted = rows.filter(pk__in=list(keys)).order_by("pk")
    try:
        return {one.pk: one for one in wanted}
    except UNREADABLE:
        for key in wanted.values_list("pk", flat=True):
            try:
                found[key] = wanted.get(pk=key)
            except UNREADABLE:
                found[key] = None
            except ObjectDoesNotExist:
                continue
    return found


def in_chunks(rows: models.QuerySet[Any, Any], size: int = CHUNK) -> Iterator[list[Any]]:
    """Yield chunks of tuples of a values_list whose first column is the primary key, by ascending key.

    Each chunk is a query of its own, so that memory stays flat on both engines.
    """
    ordered, last = rows.order_by("pk"), None
    while chunk := list((ordered if last is None else ordered.filter(pk__gt=last))[:size]):
        yield chunk
        if len(chunk) < size:
            return
        last = chunk[-1][0]


@cache
def trail_tables() -> dict[str, TrailTable]:
    """Return every history table in the order it is sealed (by label)."""
    found = []
    for model in apps.get_models():
        if not issubclass(model, HistoricalChanges) or model._meta.proxy:
            continue
        tracked = getattr(model, "instance_type", None)
        found.append(TrailTable((tracked or model)._meta.label_lower, model, tracked))
    return {table.label: table for table in sorted(found, key=lambda table: table.label)}


def sealed_tables() -> dict[str, TrailTable]:
    """Return the history tables and the tombstones."""
    tables = {**trail_tables(), TOMBSTONES: TrailTable(TOMBSTONES, Tombstone, None)}
    return dict(sorted(tables.items()))
