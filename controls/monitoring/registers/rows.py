"""The rows of a snapshot: searched, a page at a time, in the columns that are shown."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from controls.data_files.engine import Engine, literal
from controls.models import RegisterSnapshot
from controls.monitoring.identities import Bearer, read_identity
from controls.monitoring.kinds import KINDS, FieldType
from controls.monitoring.registers.cells import cell_text

SHOWN = 6
"""Columns of a list; a row's own page shows all."""
PAGE = 50
_CHUNK = 2_000
_NUMBERS = {FieldType.AMOUNT, FieldType.NUMBER}


@dataclass(frozen=True, slots=True)
class Shown:
    """A column that is shown: its name for people, the SQL of its cell, and what it holds."""

    label: str
    sql: str
    type: FieldType = FieldType.TEXT

    @property
    def is_number(self) -> bool:
        return self.type in _NUMBERS


@dataclass(frozen=True, slots=True)
class Row:
    """A row: its number in the file, and its cells as text."""

    number: int
    cells: Sequence[str]


def known_columns(snapshot: RegisterSnapshot) -> list[Shown]:
    """Return the columns of a snapshot that are known, in the kind's order: they are called the same in every file."""
    fields = KINDS[snapshot.register.kind].fields
    return [Shown(str(each.label), each.code, each.type) for each in fields if snapshot.mapping.get(each.code)]


def columns_of(snapshot: RegisterSnapshot) -> list[Shown]:
    """Return the columns of a snapshot: those that are known, in the kind's order, then the others under their headings."""
    known = known_columns(snapshot)
    read = set(snapshot.mapping.values())
    rest = [Shown(name, f"c{i}") for i, name in enumerate(snapshot.columns) if name not in read]
    return [*known, *rest]


class Rows:
    """The rows of a stored snapshot that a search finds, in the order of the file."""

    def __init__(self, engine: Engine, snapshot: RegisterSnapshot, path: Path, search: str = "") -> None:
        self.engine, self.as_of = engine, snapshot.as_of
        self._source = f"read_parquet({literal(str(path))})"
        self._where, self._params = _condition(snapshot, search.strip())

    def count(self) -> int:
        """Return how many rows the search finds."""
        return int(self.engine.one(f"select count(*) from {self._source} where {self._where}", self._params)[0])

    def page(self, columns: Sequence[Shown], *, first: int = 0, most: int = PAGE) -> list[Row]:
        """Return a page of the rows."""
        cells = ", ".join(each.sql for each in columns)
        found = self.engine.rows(
            f"select row, {cells or 'null'} from {self._source} where {self._where} "
            f"order by row limit {int(most)} offset {int(first)}",
            self._params,
        )
        return [Row(int(row), texts(cells, columns, on=self.as_of)) for row, *cells in found]

    def all(self, columns: Sequence[Shown], *, plain: bool = False) -> Iterator[list[str]]:
        """Yield every row's cells, some thousands read at a time; `plain`: numbers as a file has them, without groups."""
        cells = ", ".join(_plain(each) if plain else each.sql for each in columns)
        found = f"create or replace temp table found as select {cells} from {self._source} where {self._where} order by row"
        self.engine.rows(found, self._params)
        first = 0
        while rows := self.engine.rows(f"select * from found limit {_CHUNK} offset {first}"):
            yield from (texts(row, columns, on=self.as_of) for row in rows)
            first += len(rows)

    def identity_of(self, number: int) -> str:
        """Return the identity in the row, in its one form; '' without one."""
        found = self.engine.rows(f"select identity from {self._source} where row = {int(number)}")
        return str(found[0][0] or "") if found else ""

    def one(self, number: int, columns: Sequence[Shown]) -> Row | None:
        """Return the row with the number in the file; None when there is no such row."""
        cells = ", ".join(each.sql for each in columns)
        found = self.engine.rows(f"select {cells} from {self._source} where row = {int(number)}")
        return Row(number, texts(found[0], columns, on=self.as_of)) if found else None

    def of(self, numbers: Sequence[int], columns: Sequence[Shown]) -> list[Row]:
        """Return the rows with these numbers in the file, in its order."""
        cells = ", ".join(each.sql for each in columns)
        named = ", ".join(str(int(number)) for number in numbers)
        found = self.engine.rows(f"select row, {cells or 'null'} from {self._source} where row in ({named}) order by row")
        return [Row(int(row), texts(cells, columns, on=self.as_of)) for row, *cells in found]


def _plain(each: Shown) -> str:
    """Return in SQL the cell of a file: a number as text without groups, anything else as it is shown."""
    number = f"cast({each.sql} as varchar)"
    return (
        f"case when contains({number}, '.') then rtrim(rtrim({number}, '0'), '.') else {number} end"
        if each.is_number
        else each.sql
    )


def texts(cells: Sequence[Any], columns: Sequence[Shown], *, on: date) -> list[str]:
    """Return the cells as people see them."""
    return [cell_text(cell, each.type, on=on) for cell, each in zip(cells, columns, strict=False)]


def _condition(snapshot: RegisterSnapshot, search: str) -> tuple[str, dict[str, str]]:
    """Return the rows that hold the text in any cell, or whose identity it is, however it is written."""
    if not search:
        return "true", {}
    cells = ", ".join(f"c{i}" for i in range(len(snapshot.columns)))
    found = f"contains(lower(concat_ws(' ', {cells})), lower($search))"
    identity = read_identity(search, on=snapshot.as_of)
    if KINDS[snapshot.register.kind].has_identity and identity.bearer in {Bearer.ORGANISATION, Bearer.PERSON}:
        return f"({found} or identity = $identity)", {"search": search, "identity": identity.text}
    return found, {"search": search}
