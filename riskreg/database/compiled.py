"""Queries that are compiled once: counts and subqueries that every page asks are kept as SQL.

The ORM takes milliseconds to build and compile a condition with several subqueries, the database far less to answer
it. What is kept is text and parameters, never an answer.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from sys import intern
from typing import Any, TypeVar

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import Aggregate, Expression, Field, Model, QuerySet, Value

from riskreg.database.shapes import Shape, shape_of

R = TypeVar("R", bound=Model)
MOST_KEPT = 3000

Statement = tuple[str, tuple[Any, ...]]
_kept: dict[tuple[str, Hashable], Statement | None] = {}
_kept_rows: dict[tuple[str, Hashable], _CompiledRows | None] = {}
MOST_NUMBERS = 100
"""So many numbers may differ from asking to asking."""
_STAND_INS = tuple(range(7_310_577_190_000_001, 7_310_577_190_000_001 + MOST_NUMBERS))
"""Numbers that no key of a row reaches."""


def count_once_compiled(key: Hashable | None, build: Callable[[], QuerySet[Any, Any]]) -> int:
    """Return the number of rows of the queryset that `build` returns.

    `key` holds everything that the queryset depends on but the rows of the database: the query's name, the user's
    standing (riskreg.access.grants.standing_of), the day. `build` is called for a key that is not known; None keeps nothing.
    """
    if key is None:
        return build().count()
    known = connection.vendor, key
    try:
        statement = _kept[known]
    except KeyError:
        statement = _counting(build())
        _make_room(_kept)
        _kept[known] = statement
    if statement is None:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(*statement)
        return int(cursor.fetchone()[0])


def rows_once_compiled(key: Hashable | None, build: Callable[..., QuerySet[R, Any]], *numbers: int) -> list[Any]:
    """Return the rows of the queryset that `build` returns, as `list` would: records or tuples. `key` as above.

    `numbers` are whole numbers (keys of rows) that the queryset compares with and that differ from asking to asking: `build` is
    called with as many stand-ins for them, and the SQL is kept once for all.
    """
    if key is None:
        return list(build(*numbers))
    known = connection.vendor, key
    try:
        kept = _kept_rows[known]
    except KeyError:
        kept = _compiled(build(*_STAND_INS[: len(numbers)]).all())
        _make_room(_kept_rows)
        _kept_rows[known] = kept
    if kept is None:
        return []
    return kept.asked(numbers)


def _make_room(kept: dict[Any, Any]) -> None:
    """Let go of the oldest tenth of what is kept when there is no room for one more."""
    if len(kept) >= MOST_KEPT:
        for known in list(kept)[: MOST_KEPT // 10 + 1]:
            kept.pop(known, None)


def aggregates_once_compiled(
    key: Hashable, build: Callable[[], tuple[QuerySet[Any, Any], dict[str, Aggregate]]]
) -> dict[str, Any]:
    """Return the aggregates over a queryset by name, as `queryset.aggregate(**aggregates)` would. `key` as above.

    Without any row that the ORM deems possible, each is what it is of no rows.
    """

    def one_row() -> QuerySet[Any, Any]:
        queryset, aggregates = build()
        # Grouped by a value, which is no grouping: aggregate() would ask at once.
        over_all = queryset.order_by().annotate(over_all=Value(1)).values("over_all")
        return over_all.annotate(**aggregates).values(*aggregates)

    found = rows_once_compiled(key, one_row)
    return dict(found[0]) if found else {name: of_none.empty_result_set_value for name, of_none in build()[1].items()}


def keep_related(record: Model, name: str, rows: list[Any]) -> None:
    """Keep the rows as those that refer to the record by its relation `name`, as prefetch_related does."""
    reference: Any = record._meta.get_field(name)
    for row in rows:
        setattr(row, reference.field.name, record)
    related = getattr(record, name).all()
    related._result_cache, related._prefetch_done = rows, True
    record.__dict__.setdefault("_prefetched_objects_cache", {})[name] = related


@dataclass(frozen=True, slots=True)
class _CompiledRows:
    """A statement and what its rows become."""

    shape: Shape
    sql: str
    parameters: tuple[Any, ...]
    places: tuple[tuple[int, int], ...]
    """Where stand-ins stand among the parameters, and for which number."""

    def asked(self, numbers: tuple[int, ...]) -> list[Any]:
        filled = list(self.parameters)
        for place, number in self.places:
            # PostgreSQL's driver is handed whole numbers of a type that says their width.
            filled[place] = type(filled[place])(numbers[number])
        return self.shape.rows_of(self.sql, tuple(filled))


def _compiled(queryset: QuerySet[R, Any]) -> _CompiledRows | None:
    compiler = queryset.query.get_compiler(connection=connection)
    try:
        sql, parameters = compiler.as_sql()
    except EmptyResultSet:
        return None
    places = tuple(
        (place, _STAND_INS.index(value))
        for place, value in enumerate(parameters)
        if isinstance(value, int) and value in _STAND_INS
    )
    rest = [value for place, value in enumerate(parameters) if place not in dict(places)]
    if any(str(stand_in) in text for stand_in in _STAND_INS for text in (sql, *map(str, rest))):
        raise ValueError("A number is not compared as it is: it belongs in the key.")
    return _CompiledRows(shape_of(queryset, compiler), intern(sql), tuple(parameters), places)


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
    return CompiledSubquery(intern(sql), tuple(parameters), compiler.select[0][0].output_field)


def _counting(queryset: QuerySet[Any, Any]) -> Statement | None:
    """Return the statement that counts the rows; None where the ORM knows that there can be none."""
    try:
        sql, parameters = queryset.query.get_compiler(connection=connection).as_sql()
    except EmptyResultSet:
        return None
    return intern(f"SELECT COUNT(*) FROM ({sql}) counted"), tuple(parameters)  # noqa: S608 - the SQL is the ORM's own
