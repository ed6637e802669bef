"""What rows of kept SQL become: records with what stands beside them, tuples, or single values.

A compiled queryset holds every condition that it was built of, some tens of kilobytes. Once the SQL is there, only what its
columns are is needed to read rows: a shape, which is the same for all people whose queries select the same.
"""

from __future__ import annotations

from collections.abc import Hashable
from copy import copy
from inspect import getattr_static
from typing import Any, cast
from weakref import WeakValueDictionary

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.models import Expression, Field, QuerySet, Value
from django.db.models.expressions import BaseExpression, Col
from django.db.models.sql import Query
from django.db.models.sql.compiler import SQLCompiler

_shapes: WeakValueDictionary[Hashable, Shape] = WeakValueDictionary()


class Shape:
    """A queryset and a compiler without conditions, tables or order: they only read rows."""

    __slots__ = ("__weakref__", "_compiler", "_rows")

    def __init__(self, queryset: QuerySet[Any, Any], compiler: SQLCompiler) -> None:
        rows: Any = queryset.all()
        rows._query = Query(queryset.model)
        rows._query.selected = dict.fromkeys(_names(queryset.query))
        self._rows = rows
        shell: Any = type(compiler)(rows._query, compiler.connection, compiler.using)
        shell.connection = None  # the thread's that made it
        shell.select = [(_column(expression), None, alias) for expression, _sql, alias in compiler.select]
        shell.col_count, shell.klass_info = compiler.col_count, compiler.klass_info
        shell.annotation_col_map, shell.has_extra_select = compiler.annotation_col_map, compiler.has_extra_select
        self._compiler = shell

    def rows_of(self, sql: str, parameters: tuple[Any, ...]) -> list[Any]:
        """Ask the database, and return the rows as the queryset would."""

        def compiler(using: str | None = None, connection: Any = None, elide_empty: bool = True) -> SQLCompiler:
            one: Any = copy(self._compiler)
            one.connection = connection or connections[using or DEFAULT_DB_ALIAS]
            one.as_sql = lambda *args, **kwargs: (sql, parameters)
            return cast(SQLCompiler, one)

        asked = self._rows.all()
        asked._query.get_compiler = compiler
        return list(asked)


def shape_of(queryset: QuerySet[Any, Any], compiler: SQLCompiler) -> Shape:
    """Return the shape of the queryset's rows, which `compiler` has compiled; one that is there already, where it is equal."""
    key = _key(queryset, compiler)
    shape = _shapes.get(key)
    if shape is None:
        shape = _shapes[key] = Shape(queryset, compiler)
    return shape


def _names(query: Query) -> list[str]:
    """Return the names of the columns of `values` and `values_list`."""
    return list(query.selected) if query.selected else [*query.extra_select, *query.values_select, *query.annotation_select]


def _key(queryset: Any, compiler: SQLCompiler) -> Hashable:
    if queryset._known_related_objects:
        raise ValueError("Records that are known already would be kept with the SQL: ask by their keys.")
    return (
        type(compiler),
        type(queryset),
        queryset.model,
        queryset._db,
        queryset._iterable_class,
        queryset._fields,
        # A lookup with a queryset of its own is equal to none but itself.
        tuple(each if isinstance(each, str) else id(each) for each in queryset._prefetch_related_lookups),
        tuple(_names(queryset.query)),
        tuple((_column_key(_column(expression)), alias) for expression, _sql, alias in compiler.select),
        _class_key(compiler.klass_info) if compiler.klass_info else None,
        tuple((compiler.annotation_col_map or {}).items()),
        (compiler.col_count, compiler.has_extra_select),
    )


def _class_key(info: dict[str, Any]) -> Hashable:
    set_by = [getattr(info.get(name), "args", ()) for name in ("local_setter", "remote_setter")]
    return (
        *(info.get(name) for name in ("model", "field", "reverse", "from_parent")),
        *set_by,
        tuple(info["select_fields"]),
        tuple(_class_key(each) for each in info.get("related_klass_infos", ())),
    )


def _column(expression: Any) -> Any:
    """Return an expression whose values are converted as this one's, without what it is computed from."""
    if isinstance(expression, Col):
        return Col("", expression.target, expression.output_field)
    is_plain = isinstance(expression, BaseExpression) and all(
        getattr_static(type(expression), name) is getattr_static(Expression, name)
        for name in ("get_db_converters", "convert_value")
    )
    return Value(None, output_field=expression.output_field) if is_plain else expression


def _column_key(column: Any) -> Hashable:
    if isinstance(column, Col):
        return column.target, _field_key(column.output_field)
    return _field_key(column.output_field) if isinstance(column, Value) else id(column)


def _field_key(field: Field[Any, Any]) -> Hashable:
    """Return what tells fields apart: one of no model by its class and settings."""
    return field if hasattr(field, "model") else (type(field), repr(sorted(field.deconstruct()[3].items())))
