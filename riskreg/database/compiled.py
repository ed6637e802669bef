"""Queries that are compiled once: counts and subqueries that every page asks are kept as SQL.

The ORM takes milliseconds to build and compile a condition with several subqueries, the database far less to answer
it. What is kept is text and parameters, never an answer.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from copy import copy
from typing import Any, TypeVar

from django.core.exceptions import EmptyResultSet
from django.db import DEFAULT_DB_ALIAS, connection, connections
from django.db.models import Expression, Field, Model, QuerySet
from django.db.models.sql.compiler import SQLCompiler

R = TypeVar("R", bound=Model)
MOST_KEPT = 1000

Statement = tuple[str, tuple[Any, ...]]
_kept: dict[tuple[str, Hashable], Statement | None] = {}
_kept_rows: dict[tuple[str, Hashable], QuerySet[Any, Any] | None] = {}


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


def rows_once_compiled(key: Hashable, build: Callable[[], QuerySet[R, Any]]) -> list[Any]:
    """Return the rows of the queryset that `build` returns, as `list` would: records or tuples. `key` as above."""
    known = connection.vendor, key
    try:
        kept = _kept_rows[known]
    except KeyError:
        kept = _compiled(build().all())
        if len(_kept_rows) >= MOST_KEPT:
            _kept_rows.clear()
        _kept_rows[known] = kept
    return [] if kept is None else list(kept.all())


def _compiled(queryset: QuerySet[R, Any]) -> QuerySet[R, Any] | None:
    """Return the queryset with a query that answers with what it was compiled to: it must not be filtered any more."""
    compiler = queryset.query.get_compiler(connection=connection)
    try:
        statement = compiler.as_sql()
    except EmptyResultSet:
        return None

    def again(using: str | None = None, connection: Any = None, elide_empty: bool = True) -> SQLCompiler:
        # A compiler belongs to one thread's connection.
        one = copy(compiler)
        one.connection = connection or connections[using or DEFAULT_DB_ALIAS]
        one.as_sql = lambda *args, **kwargs: statement
        return one

    queryset.query.get_compiler = again  # type: ignore[method-assign]
    return queryset


class CompiledSubquery(Expression):
    """A subquery that refers to nothing outside itself, as SQL: made by `compiled_subquery`, for `…__in` in a condition.

    A condition that is kept and filtered by many times is then neither built nor compiled again. It never changes.
    """

    def __init__(self, sql: str, parameters: tuple[Any, ...], output_field: Field[Any, Any]) -> None:
        super().__init__(output_field=output_field)
        self.sql, self.parameters = sql, parameters

    def resolve_expression(self, *args: Any, **kwargs: Any) -> CompiledSubquery:
        return self

    def relabeled_clone(self, change_map: Any) -> CompiledSubquery:
        return self

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[Any, ...]]:
        return f"({self.sql})", self.parameters


def compiled_subquery(queryset: QuerySet[Any, Any]) -> CompiledSubquery | list[Any]:
    """Return the queryset's one column as a subquery for `…__in`; of a queryset of records, their keys.

    An empty list where the ORM knows that no row can fit.
    """
    query = queryset.order_by().query if queryset.query.values_select else queryset.order_by().values("pk").query
    compiler = query.get_compiler(connection=connection)
    try:
        sql, parameters = compiler.as_sql()
    except EmptyResultSet:
        return []
    return CompiledSubquery(sql, tuple(parameters), compiler.select[0][0].output_field)


def _counting(queryset: QuerySet[Any, Any]) -> Statement | None:
    """Return the statement that counts the rows; None where the ORM knows that there can be none."""
    try:
        sql, parameters = queryset.query.get_compiler(connection=connection).as_sql()
    except EmptyResultSet:
        return None
    return f"SELECT COUNT(*) FROM ({sql}) counted", tuple(parameters)  # noqa: S608 - the SQL is the ORM's own
