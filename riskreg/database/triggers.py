"""Creation and removal of triggers, on SQLite and on PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.backends.base.base import BaseDatabaseWrapper


@dataclass(frozen=True, slots=True)
class Trigger:
    """One trigger in the words of one engine."""

    name: str
    table: str
    event: str
    """When it runs: `BEFORE UPDATE`, `AFTER INSERT`."""
    body: str
    """Its statements, each with a semicolon."""
    when: str = ""
    """On which rows, by OLD and NEW; empty: on all."""
    changed_rows: str = ""
    """PostgreSQL: run once a statement instead of once a row; the tables that hold the rows, after REFERENCING."""

    def statements(self, vendor: str) -> list[str]:
        """Return the statements that make it, in place of one of its name."""
        each = f"REFERENCING {self.changed_rows} FOR EACH STATEMENT" if self.changed_rows else "FOR EACH ROW"
        when = f" WHEN ({self.when})" if self.when else ""
        head = f"TRIGGER {self.name} {self.event} ON {self.table} {each}{when}"
        if vendor == "postgresql":
            return [
                f"CREATE OR REPLACE FUNCTION {self.name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {self.body} END $$",
                f"CREATE OR REPLACE {head} EXECUTE FUNCTION {self.name}()",
            ]
        return [f"DROP TRIGGER IF EXISTS {self.name}", f"CREATE {head} BEGIN {self.body} END"]


def refusing(vendor: str, words: str) -> str:
    """Return the body of a trigger that refuses the statement with these words, as a breach of integrity."""
    if vendor == "postgresql":
        return f"RAISE EXCEPTION '{words}' USING ERRCODE = 'integrity_constraint_violation';"
    return f"SELECT RAISE(ABORT, '{words}');"


def make_all(connection: BaseDatabaseWrapper, triggers: Iterable[Trigger]) -> None:
    """Create the triggers."""
    with connection.cursor() as cursor:
        for trigger in triggers:
            for statement in trigger.statements(connection.vendor):
                cursor.execute(statement)


def drop_all(connection: BaseDatabaseWrapper, names: Iterable[str], table: str) -> None:
    """Drop those of the table's triggers that there are."""
    on = f" ON {table}" if connection.vendor == "postgresql" else ""
    with connection.cursor() as cursor:
        for name in names:
            cursor.execute(f"DROP TRIGGER IF EXISTS {name}{on}")


def are_there(connection: BaseDatabaseWrapper, names: Iterable[str]) -> bool:
    """Return whether every one of them is made."""
    sought = list(names)
    catalogue = (
        # Of the tables in use: a schema beside may hold others of the same name.
        "pg_trigger WHERE pg_table_is_visible(tgrelid) AND tgname"
        if connection.vendor == "postgresql"
        else "sqlite_master WHERE type = 'trigger' AND name"
    )
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT COUNT(*) FROM {catalogue} IN ({', '.join(['%s'] * len(sought))})", sought)
        return int(cursor.fetchone()[0]) == len(sought)
