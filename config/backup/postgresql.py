"""Reading and writing whole tables on PostgreSQL, by COPY, past the ORM."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from django.db import connection
from django.utils.translation import gettext as _
from psycopg.sql import SQL, Composable, Identifier, Literal

from config.backup.errors import BackupError
from config.backup.rows import Row
from config.backup.tables import Column, Table

CHUNK = 2_000
_TYPES = {"int": "int8", "bool": "bool"}
"""How COPY's texts are read, by kind; the others are texts in their written form."""


def connect() -> psycopg.Connection[Any]:
    """Open a connection of our own, with the settings of the product's. Raises BackupError when there is none to be had."""
    parameters = {
        name: value for name, value in connection.get_connection_params().items() if name not in {"cursor_factory", "context"}
    }
    try:
        return psycopg.connect(**parameters, autocommit=True)
    except psycopg.OperationalError as problem:
        raise BackupError(_("The database cannot be reached: %(problem)s") % {"problem": str(problem).strip()}) from None


def selected(column: Column) -> Composable:
    """Return the expression that gives a column's values in their written form."""
    name = Identifier(column.name)
    forms = {
        "moment": "to_char({0} AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US')",
        "date": "to_char({0}, 'YYYY-MM-DD')",
        "decimal": "{0}::text",
        "json": "{0}::text",
        "bytes": "encode({0}, 'hex')",
        "uuid": "replace({0}::text, '-', '')",
        "text": "{0}::text",
        "int": "{0}::int8",
        "bool": "{0}",
    }
    return SQL(forms[column.kind]).format(name)


class Snapshot:
    """The database as it was when the snapshot was taken, whatever others write meanwhile; they need not wait."""

    def __init__(self) -> None:
        self._connection = connect()

    def __enter__(self) -> Snapshot:
        self._connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        self._connection.execute("SET LOCAL idle_in_transaction_session_timeout = 0")
        self._connection.execute("SET LOCAL statement_timeout = 0")  # the moment is that of the first query after it
        self._connection.execute("SELECT count(*) FROM pg_class").fetchone()
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    def size(self) -> int:
        """Return the bytes of the database."""
        return int(self._value("SELECT pg_database_size(current_database())"))

    def row(self, statement: str) -> tuple[Any, ...] | None:
        """Return the first row of a query that both engines understand."""
        found = self._connection.execute(statement.encode()).fetchone()
        return tuple(found) if found else None

    def last_key(self, table: Table) -> int | None:
        """Return the highest key that was ever given in the table; None where the database counts none."""
        sequence = _sequence(self._connection, table)
        if sequence is None:
            return None
        last, is_called = self._row(SQL("SELECT last_value, is_called FROM {}").format(SQL(sequence)))
        return int(last) if is_called else None

    def named_files(self, table: Table) -> Iterator[str]:
        """Yield the names in the table's columns of files."""
        for column in table.files:
            chosen, rows = Identifier(column), Identifier(table.name)
            for (name,) in self._connection.execute(SQL("SELECT {0} FROM {1} WHERE {0} <> ''").format(chosen, rows)):
                yield str(name)

    def chunks(self, table: Table) -> Iterator[list[Row]]:
        """Yield the table's rows by ascending key, a few thousand at a time."""
        key = Identifier(table.key)
        by_letter = next(column.kind for column in table.columns if column.name == table.key) == "text"
        statement = SQL("COPY (SELECT {columns} FROM {table} ORDER BY {key}{order}) TO STDOUT").format(
            columns=SQL(", ").join(map(selected, table.columns)),
            table=Identifier(table.name),
            key=key,
            order=SQL(' COLLATE "C"' if by_letter else ""),
        )
        with self._connection.cursor() as cursor, cursor.copy(statement) as copy:
            copy.set_types([_TYPES.get(column.kind, "text") for column in table.columns])
            chunk: list[Row] = []
            for row in copy.rows():
                chunk.append(row)
                if len(chunk) == CHUNK:
                    yield chunk
                    chunk = []
            if chunk:
                yield chunk

    def _row(self, statement: Any) -> tuple[Any, ...]:
        row = self._connection.execute(statement).fetchone()
        assert row is not None
        return tuple(row)

    def _value(self, statement: str) -> Any:
        return self._row(statement)[0]


def _sequence(connected: psycopg.Connection[Any], table: Table) -> str | None:
    """Return the name of the sequence that gives the table's keys, as it is written in SQL."""
    statement = SQL("SELECT pg_get_serial_sequence({}, {})").format(Literal(f'"{table.name}"'), Literal(table.key))
    row = connected.execute(statement).fetchone()
    return row[0] if row else None


class Loader:
    """A new schema that is filled in one transaction."""

    def __init__(self, schema: str) -> None:
        self._connection = connect()
        self._schema = schema
        self._again: list[str] = []

    def __enter__(self) -> Loader:
        self._connection.execute("BEGIN")
        self._connection.execute(SQL("SET LOCAL search_path TO {}").format(Identifier(self._schema)))
        self._connection.execute("SET LOCAL TIME ZONE 'UTC'")
        self._connection.execute("SET LOCAL statement_timeout = 0")
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    def empty(self, tables: Iterable[Table]) -> None:
        """Delete what migrating wrote, and set references and indexes aside: they are made anew of all rows at once."""
        names = [table.name for table in tables]
        indexes, references = [], []
        for name in names:
            found = self._connection.execute(
                "SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE contype = 'f' AND conrelid = to_regclass(%s)",
                [f'"{name}"'],
            )
            for constraint, definition in found.fetchall():
                references.append((name, constraint, definition))
        for name, constraint, _definition in references:
            self._execute('ALTER TABLE "{}" DROP CONSTRAINT "{}"', name, constraint)
        for name in names:
            found = self._connection.execute(
                "SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index i WHERE indrelid = to_regclass(%s)"
                " AND NOT EXISTS (SELECT FROM pg_constraint c WHERE c.conindid = i.indexrelid)",
                [f'"{name}"'],
            )
            for index, definition in found.fetchall():
                indexes.append(definition)
                self._connection.execute(SQL("DROP INDEX {}").format(SQL(index)))
            self._execute('DELETE FROM "{}"', name)
        self._again = indexes + [f'ALTER TABLE "{name}" ADD CONSTRAINT "{one}" {how}' for name, one, how in references]

    def _execute(self, statement: str, *names: str) -> None:
        self._connection.execute(statement.format(*names).encode())

    def load(self, table: Table, chunks: Iterable[list[list[Any]]]) -> None:
        """Insert the rows. Raises BackupError for a value that PostgreSQL cannot hold."""
        columns = SQL(", ").join(Identifier(column.name) for column in table.columns)
        statement = SQL("COPY {} ({}) FROM STDIN").format(Identifier(table.name), columns)
        with self._connection.cursor() as cursor, _refused(table.name), cursor.copy(statement) as copy:
            binary = [place for place, column in enumerate(table.columns) if column.kind == "bytes"]
            for rows in chunks:
                for row in rows:
                    for place in binary:
                        row[place] = f"\\x{row[place]}" if isinstance(row[place], str) else row[place]
                    copy.write_row(row)

    def finish(self, tables: Iterable[Table], last_keys: dict[str, int]) -> None:
        """Make indexes and references, and let keys go on after the highest ever given.

        Raises BackupError for rows that refer to nothing.
        """
        for statement in self._again:
            with _refused(statement):
                self._connection.execute(statement.encode())
        for table in tables:
            sequence = _sequence(self._connection, table)
            if sequence is not None and table.name in last_keys:
                self._connection.execute("SELECT setval(%s, %s)", [sequence, last_keys[table.name]])
        self._connection.execute("COMMIT")


@contextmanager
def _refused(what: str) -> Iterator[None]:
    """Say which table holds what PostgreSQL cannot."""
    try:
        yield
    except (psycopg.DataError, psycopg.IntegrityError, psycopg.ProgrammingError) as problem:
        said = {"what": what, "problem": str(problem).strip()}
        raise BackupError(_("PostgreSQL cannot hold what the backup holds (%(what)s): %(problem)s") % said) from None
