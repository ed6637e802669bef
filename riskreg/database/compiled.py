"""Queries that are compiled once: the SQL of a count that every page asks is kept by what it is made from.

The ORM takes milliseconds to build and compile a condition with several subqueries, the database far less to answer
it. What is kept is text and parameters, never an answer.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import QuerySet

MOST_KEPT = 1000

Statement = tuple[str, tuple[Any, ...]]
_kept: dict[tuple[str, Hashable], Statement | None] = {}


def count_once_compiled(key: Hashable, build: Callable[[], QuerySet[Any, Any]]) -> int:
    """Return the number of rows of the queryset that `build` returns.

    `key` holds everything that the queryset depends on but the rows of the database: the query's name, the user's
    standing (riskreg.access.grants.standing_of), the day. `build` is called for a key that is not known.
    """
    known = connection.vendor, key
    try:
        statement = _kept[known]
    except KeyError:
        statement = _counting(build())
        if len(_kept) >= MOST_KEPT:
            _kept.clear()
        _kept[known] = statement
    if statement is None:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(*statement)
        return int(cursor.fetchone()[0])


def _counting(queryset: QuerySet[Any, Any]) -> Statement | None:
    """Return the statement that counts the rows; None where the ORM knows that there can be none."""
    try:
        sql, parameters = queryset.query.get_compiler(connection=connection).as_sql()
    except EmptyResultSet:
        return None
    return f"SELECT COUNT(*) FROM ({sql}) counted", tuple(parameters)  # noqa: S608 - the SQL is the ORM's own
