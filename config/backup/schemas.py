"""On PostgreSQL: a schema beside the product's own, where a restore is built, and the exchange of the two."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import psycopg
from django.db import connection
from django.utils.translation import gettext as _
from psycopg.sql import SQL, Identifier

from config.backup.errors import BackupError
from config.backup.postgresql import connect

STAGE = "riskreg_restoring"
_OURS = ("riskreg", "controls", "auth", "django")
"""The first words of the names of the product's tables: what else lies in the schema is not touched."""
LOCK_SECONDS = 10


@dataclass(frozen=True)
class Schemas:
    """Which tables take which place: those staged that of the live ones, which are kept in a schema of their own."""

    stage: str
    live: str
    kept: str
    throw_away: bool
    """There was nothing in the live ones: they are dropped."""


def live_schema() -> str:
    """Return the schema that the product uses. Raises BackupError when it has none, or may not make another one."""
    with connect() as connected:
        schema, may_create = _row(
            connected, "SELECT current_schema(), has_database_privilege(current_database(), 'CREATE') FROM (SELECT 1) one"
        )
    if schema is None:
        raise BackupError(_("The database's user has no schema to put tables into."))
    if not may_create:
        said = {"database": connection.settings_dict["NAME"], "user": connection.settings_dict["USER"]}
        raise BackupError(
            _("The database's user may not make a schema. Allow it: GRANT CREATE ON DATABASE %(database)s TO %(user)s.") % said
        )
    return str(schema)


def make_stage() -> None:
    """Create the schema that is restored into, empty."""
    with connect() as connected:
        _run(connected, "DROP SCHEMA IF EXISTS {} CASCADE", STAGE)
        _run(connected, "CREATE SCHEMA {}", STAGE)


def drop_stage() -> None:
    """Drop the schema that is restored into, where it is there."""
    with connect() as connected:
        _run(connected, "DROP SCHEMA IF EXISTS {} CASCADE", STAGE)


def other_sessions() -> list[str]:
    """Return the other sessions on the database, each as who it says it is."""
    with connect() as connected:
        found = connected.execute(
            "SELECT COALESCE(NULLIF(application_name, ''), usename::text, '?') || ' (' || pid || ')' FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid() AND COALESCE(backend_type, '') = 'client backend'"
            " ORDER BY pid"
        ).fetchall()
    return [str(name) for (name,) in found]


def tables_in(schema: str) -> list[str]:
    """Return the product's tables in the schema."""
    with connect() as connected:
        return _tables(connected, schema)


def has_rows(schema: str, table: str) -> bool:
    """Return whether the table holds anything."""
    with connect() as connected:
        found = connected.execute(SQL("SELECT 1 FROM {}.{} LIMIT 1").format(Identifier(schema), Identifier(table)))
        return found.fetchone() is not None


def exchange(names: Schemas) -> None:
    """Move the live schema's tables aside and the staged ones into their place, in one transaction.

    Does nothing when that is done already.
    """
    with connect() as connected, connected.transaction():
        if not _row(connected, "SELECT to_regnamespace(%s) IS NOT NULL", names.stage)[0]:
            return
        connected.execute(f"SET LOCAL lock_timeout = '{LOCK_SECONDS}s'".encode())
        try:
            if _tables(connected, names.live):
                _run(connected, "CREATE SCHEMA {}", names.kept)
                _move(connected, names.live, names.kept)
                if names.throw_away:
                    _run(connected, "DROP SCHEMA {} CASCADE", names.kept)
            _move(connected, names.stage, names.live)
            _run(connected, "DROP SCHEMA {} CASCADE", names.stage)
        except psycopg.errors.LockNotAvailable:
            raise BackupError(_("Somebody uses the database: stop the product, and run the restore again.")) from None


def _move(connected: psycopg.Connection[Any], source: str, target: str) -> None:
    """Move the product's tables, with all that belongs to them, and the functions of their triggers."""
    tables = _tables(connected, source)
    functions = connected.execute(
        "SELECT DISTINCT p.proname FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid JOIN pg_class c ON c.oid = t.tgrelid"
        " WHERE NOT t.tgisinternal AND c.relnamespace = to_regnamespace(%s) AND p.pronamespace = c.relnamespace"
        " AND c.relname = ANY(%s)",
        [source, tables],
    ).fetchall()
    for table in tables:
        _run(connected, "ALTER TABLE {}.{} SET SCHEMA {}", source, table, target)
    for (function,) in functions:
        # One that no trigger uses any more stands in the way; OR REPLACE would have taken it over.
        _run(connected, "DROP FUNCTION IF EXISTS {}.{}()", target, function)
        _run(connected, "ALTER FUNCTION {}.{}() SET SCHEMA {}", source, function, target)


def _tables(connected: psycopg.Connection[Any], schema: str) -> list[str]:
    found = connected.execute(
        "SELECT tablename FROM pg_tables WHERE schemaname = %s AND split_part(tablename, '_', 1) = ANY(%s) ORDER BY 1",
        [schema, list(_OURS)],
    ).fetchall()
    return [str(name) for (name,) in found]


def _run(connected: psycopg.Connection[Any], statement: str, *names: str) -> None:
    connected.execute(SQL(statement).format(*map(Identifier, names)))


def _row(connected: psycopg.Connection[Any], statement: str, *parameters: str) -> tuple[Any, ...]:
    row = connected.execute(statement.encode(), parameters or None).fetchone()
    assert row is not None
    return tuple(row)
