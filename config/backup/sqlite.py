"""Reading and writing whole tables on SQLite, past the ORM: values as they are stored."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from decimal import Context, Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from config.backup.rows import Row
from config.backup.tables import Column, Table

CHUNK = 2_000
_MOMENT = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d{6})?")
_DATE = re.compile(r"\d{4}-\d\d-\d\d")
_UUID = re.compile(r"[0-9a-f]{32}")
_NONE = type(None)
_FIFTEEN = Context(prec=15)
"""The digits of a stored number that count, as Django reads them."""
_NOTHING = Decimal(0)
"""Added to a decimal, it makes zero of the negative zero that PostgreSQL does not know."""
Convert = Callable[[Iterable[Any]], Iterable[Any]]


def odd(value: Any) -> dict[str, list[str]]:
    """Return how a value is written that is not of its column's kind."""
    text = value.hex() if isinstance(value, (bytes, float)) else str(value)
    return {"odd": [type(value).__name__, text]}


def from_odd(written: dict[str, list[str]]) -> Any:
    """Return the value that `odd` wrote."""
    kind, text = written["odd"]
    made: dict[str, Callable[[str], Any]] = {"bytes": bytes.fromhex, "float": float.fromhex, "int": int, "str": str}
    return made[kind](text)


class Snapshot:
    """The database as it was when the snapshot was taken, whatever others write meanwhile; they need not wait.

    A read transaction of the write-ahead log: the log grows as long as it is open.
    """

    def __init__(self, path: Path | str) -> None:
        self._connection = sqlite3.connect(path, timeout=60, isolation_level=None)

    def __enter__(self) -> Snapshot:
        self._connection.execute("PRAGMA query_only=ON")
        self._connection.execute("BEGIN")
        self._connection.execute("SELECT COUNT(*) FROM sqlite_master").fetchone()  # the moment
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    def size(self) -> int:
        """Return the bytes of the database."""
        return int(self._value("PRAGMA page_count") * self._value("PRAGMA page_size"))

    def row(self, statement: str) -> tuple[Any, ...] | None:
        """Return the first row of a query that both engines understand."""
        found = self._connection.execute(statement).fetchone()
        return tuple(found) if found else None

    def last_key(self, table: Table) -> int | None:
        """Return the highest key that was ever given in the table; None where the database counts none."""
        try:
            found = self._connection.execute("SELECT seq FROM sqlite_sequence WHERE name = ?", [table.name]).fetchone()
        except sqlite3.OperationalError:  # no table counts its keys
            return None
        return int(found[0]) or None if found else None

    def named_files(self, table: Table) -> Iterator[str]:
        """Yield the names in the table's columns of files."""
        for column in table.files:
            statement = f'SELECT "{column}" FROM "{table.name}" WHERE "{column}" <> \'\''
            yield from (str(name) for (name,) in self._connection.execute(statement))

    def chunks(self, table: Table) -> Iterator[list[Row]]:
        """Yield the table's rows by ascending key, a few thousand at a time."""
        names = ", ".join(f'"{column.name}"' for column in table.columns)
        cursor = self._connection.execute(f'SELECT {names} FROM "{table.name}" ORDER BY "{table.key}"')
        converters = [reading(column) for column in table.columns]
        while rows := cursor.fetchmany(CHUNK):
            columns = zip(*rows, strict=True)
            yield list(zip(*(convert(values) for convert, values in zip(converters, columns, strict=True)), strict=True))

    def _value(self, statement: str) -> Any:
        return self._connection.execute(statement).fetchone()[0]


def reading(column: Column) -> Convert:
    """Return what makes written values of a column's stored ones."""
    if column.kind in {"int", "text", "json"}:
        native = int if column.kind == "int" else str

        def as_stored(values: Iterable[Any]) -> Iterable[Any]:
            values = list(values)
            if set(map(type, values)) <= {native, _NONE}:
                return values
            return [value if value is None or type(value) is native else odd(value) for value in values]

        return as_stored
    one = _READING[column.kind] if column.kind != "decimal" else _decimals(column.places)
    return lambda values: [None if value is None else one(value) for value in values]


def _bool(value: Any) -> Any:
    return bool(value) if value in (0, 1) and isinstance(value, int) else odd(value)


def _moment(value: Any) -> Any:
    found = _MOMENT.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        return odd(value)
    return value if found[1] else f"{value}.000000"


def _date(value: Any) -> Any:
    return value if isinstance(value, str) and _DATE.fullmatch(value) else odd(value)


def _uuid(value: Any) -> Any:
    return value if isinstance(value, str) and _UUID.fullmatch(value) else odd(value)


def _bytes(value: Any) -> Any:
    return value.hex() if isinstance(value, bytes) else odd(value)


def _decimals(places: int) -> Callable[[Any], Any]:
    quantum = Decimal(1).scaleb(-places)

    def written(value: Any) -> Any:
        if not isinstance(value, (int, float)):
            return odd(value)
        try:
            return str(_FIFTEEN.create_decimal_from_float(value).quantize(quantum) + _NOTHING)
        except InvalidOperation:
            return odd(value)

    return written


_READING: dict[str, Callable[[Any], Any]] = {"bool": _bool, "moment": _moment, "date": _date, "uuid": _uuid, "bytes": _bytes}


class Loader:
    """A new database file that is filled in one go; a crash meanwhile leaves a file that nobody uses yet."""

    def __init__(self, path: Path) -> None:
        self._connection = sqlite3.connect(path, isolation_level=None)
        for pragma in ("journal_mode=DELETE", "synchronous=OFF", "foreign_keys=OFF", "cache_size=-65536"):
            self._connection.execute(f"PRAGMA {pragma}")
        self._indexes: list[str] = []

    def __enter__(self) -> Loader:
        self._connection.execute("BEGIN")
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    def empty(self, tables: Iterable[Table]) -> None:
        """Delete what migrating wrote, and set the indexes aside: they are made anew of all rows at once."""
        for table in tables:
            self._connection.execute(f'DELETE FROM "{table.name}"')
            statement = "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL AND tbl_name = ?"
            for name, made_by in self._connection.execute(statement, [table.name]).fetchall():
                self._indexes.append(made_by)
                self._connection.execute(f'DROP INDEX "{name}"')

    def load(self, table: Table, chunks: Iterable[list[list[Any]]]) -> None:
        """Insert the rows."""
        names = ", ".join(f'"{column.name}"' for column in table.columns)
        marks = ", ".join("?" * len(table.columns))
        statement = f'INSERT INTO "{table.name}" ({names}) VALUES ({marks})'
        converters = [writing(column) for column in table.columns]
        for rows in filter(None, chunks):
            columns = zip(*rows, strict=True)
            values = zip(*(convert(column) for convert, column in zip(converters, columns, strict=True)), strict=True)
            self._connection.executemany(statement, values)

    def finish(self, tables: Iterable[Table], last_keys: dict[str, int]) -> None:
        """Make the indexes and let keys go on after the highest ever given."""
        for made_by in self._indexes:
            self._connection.execute(made_by)
        for name, last in last_keys.items():
            there = self._connection.execute("UPDATE sqlite_sequence SET seq = MAX(seq, ?) WHERE name = ?", [last, name])
            if not there.rowcount:
                self._connection.execute("INSERT INTO sqlite_sequence (name, seq) VALUES (?, ?)", [name, last])
        self._connection.execute("COMMIT")
        self._connection.execute("PRAGMA optimize")


def writing(column: Column) -> Convert:
    """Return what makes a column's stored values of written ones."""
    if column.kind == "moment":
        # Without decimals where there are none, as Django stores it: texts are compared as they are.
        def whole_seconds_short(values: Iterable[Any]) -> Iterable[Any]:
            return [value.removesuffix(".000000") if isinstance(value, str) else _stored(value) for value in values]

        return whole_seconds_short

    if column.kind == "bytes":
        return lambda values: [bytes.fromhex(value) if isinstance(value, str) else _stored(value) for value in values]

    def as_written(values: Iterable[Any]) -> Iterable[Any]:
        values = list(values)
        return [_stored(value) for value in values] if dict in set(map(type, values)) else values

    return as_written


def _stored(value: Any) -> Any:
    return from_odd(value) if isinstance(value, dict) else value


def faults(path: Path) -> list[str]:
    """Return what the database says of itself that is wrong: broken pages, broken constraints, references to nothing."""
    connection = sqlite3.connect(path)
    try:
        found = [str(line) for (line,) in connection.execute("PRAGMA integrity_check(20)") if line != "ok"]
        found += [
            f"{table}, row {row}: refers to no {to}" for table, row, to, _key in connection.execute("PRAGMA foreign_key_check")
        ]
        return found
    finally:
        connection.close()
