"""Insertion of many rows by one statement, however many: the values go as one JSON text.

Django's own bulk insert gives each value a parameter of its own, and SQLite takes a thousand of those: hundreds of
statements for a municipality's reminders.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from itertools import islice
from typing import Any
from uuid import UUID

from django.db import connection, models

ROWS_AT_ONCE = 25_000


def insert_new(rows: Sequence[models.Model]) -> None:
    """Insert the rows, all of one model, except those that a constraint says are there already."""
    waiting = iter(rows)
    while chunk := list(islice(waiting, ROWS_AT_ONCE)):
        _insert(chunk)


def _insert(rows: list[models.Model]) -> None:
    model = type(rows[0])
    fields = [field for field in model._meta.concrete_fields if not field.primary_key]
    quote = connection.ops.quote_name
    table, columns = quote(model._meta.db_table), ", ".join(quote(str(field.column)) for field in fields)
    values = json.dumps([list(_values(row, fields)) for row in rows])
    with connection.cursor() as cursor:
        # Only names of the model's own and numbers are put into the statement.
        if connection.vendor == "postgresql":
            taken = ", ".join(f"(row->>{place})::{field.db_type(connection)}" for place, field in enumerate(fields))
            cursor.execute(
                f"INSERT INTO {table} ({columns}) SELECT {taken} FROM jsonb_array_elements(%s::jsonb) AS row "  # noqa: S608
                "ON CONFLICT DO NOTHING",
                [values],
            )
        else:
            taken = ", ".join(f"json_extract(value, '$[{place}]')" for place in range(len(fields)))
            cursor.execute(f"INSERT OR IGNORE INTO {table} ({columns}) SELECT {taken} FROM json_each(%s)", [values])  # noqa: S608


def _values(row: models.Model, fields: Sequence[models.Field[Any, Any]]) -> Iterator[Any]:
    for field in fields:
        value = field.get_db_prep_save(getattr(row, str(field.attname)), connection)
        yield value.isoformat() if isinstance(value, date | datetime) else str(value) if isinstance(value, UUID) else value
