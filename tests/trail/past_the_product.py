"""Rows of tracked records changed, inserted and deleted in SQL, whatever the tables' constraints say, on both engines."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import connection, models, transaction

from controls.riskreg_hooks.triggers import GUARDS
from riskreg.database.triggers import drop_all

NOBODY = 987_654
"""The key of no record: what a pointer is changed to, so that no constraint of uniqueness is met."""


@contextmanager
def without_constraints(*tables: str) -> Iterator[None]:
    """Lets the owner of the tables have dropped what refuses nonsense; everything done inside is undone at the end."""
    with transaction.atomic(), connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute(
                "SELECT conrelid::regclass::text, quote_ident(conname) FROM pg_constraint "
                "WHERE contype = 'c' AND conrelid::regclass::text = ANY(%s)",
                [list(tables)],
            )
            for table, name in cursor.fetchall():
                cursor.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}")
        without_triggers()
        if connection.vendor == "postgresql":
            cursor.execute("SET CONSTRAINTS ALL DEFERRED")
        else:
            cursor.execute("PRAGMA ignore_check_constraints = ON")
            cursor.execute("PRAGMA defer_foreign_keys = ON")
        try:
            yield
        finally:
            if connection.vendor == "sqlite":
                transaction.set_rollback(False)
                cursor.execute("PRAGMA ignore_check_constraints = OFF")
            transaction.set_rollback(True)


def without_triggers() -> None:
    """What the owner of the tables may do first; undone with the test's transaction."""
    for guard in GUARDS:
        drop_all(connection, [guard.name], guard.table)


@contextmanager
def undone() -> Iterator[None]:
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def other_value(field: models.Field[Any, Any], value: Any) -> Any:
    """A value that the column can hold and does not, as the database takes it."""
    if isinstance(field, models.JSONField):
        return json.dumps({"altered": value is None or "once more"})
    if isinstance(field, models.ForeignKey):
        return NOBODY
    if isinstance(field, models.BooleanField):
        return not value
    if isinstance(field, models.DateTimeField):
        moved = (value or datetime.fromisoformat("2025-01-01T12:00:00+00:00")) + timedelta(days=1)
        return connection.ops.adapt_datetimefield_value(moved)
    if isinstance(field, models.DateField):
        return connection.ops.adapt_datefield_value((value or date(2025, 1, 1)) + timedelta(days=1))
    if isinstance(field, models.DecimalField):
        return str((value or Decimal(0)) + 1)
    if isinstance(field, models.IntegerField):
        return (value or 0) + 1_000
    text = str(value or "")
    return text[:-1] + ("y" if text.endswith("x") else "x")


def set_columns(model: type[models.Model], pk: Any, values: dict[str, Any]) -> None:
    quote = connection.ops.quote_name
    each = ", ".join(f"{quote(column)} = %s" for column in values)
    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE {quote(model._meta.db_table)} SET {each} WHERE id = %s", [*values.values(), pk])
        assert cursor.rowcount == 1


def delete(model: type[models.Model], pk: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM {connection.ops.quote_name(model._meta.db_table)} WHERE id = %s", [pk])
        assert cursor.rowcount == 1


def insert_like(model: type[models.Model], pk: Any, new: int, values: dict[str, Any]) -> None:
    """Inserts a row like another one, but for some values."""
    quote = connection.ops.quote_name
    columns = [str(field.column) for field in model._meta.concrete_fields if field.column not in {"id", *values}]
    names = ", ".join(quote(column) for column in ["id", *values, *columns])
    taken = ", ".join(["%s"] * (1 + len(values)) + [quote(column) for column in columns])
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {quote(model._meta.db_table)} ({names}) "
            f"SELECT {taken} FROM {quote(model._meta.db_table)} WHERE id = %s",
            [new, *values.values(), pk],
        )
        assert cursor.rowcount == 1
