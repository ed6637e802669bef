"""The timeline of a risk: everything tracked that belongs to it, newest first.

Each app registers which of its records belong to a risk, and how (`belongs`), when it is ready.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import CharField, Model, QuerySet, Value

from riskreg.models.risk import Risk
from riskreg.models.user import User
from riskreg.trail.reading import Entry, entries, with_previous

Rows = Callable[[Risk], "QuerySet[Any]"]
Shown = Callable[["QuerySet[Any]", Risk, User], "QuerySet[Any]"]
_kinds: dict[str, Kind] = {}


@dataclass(frozen=True, slots=True)
class Kind:
    """Records of one model in a risk's life."""

    code: str
    model: type[Model]
    rows: Rows
    shown: Shown | None = None
    """Which of the rows a reader may see who sees the risk; None: all of them."""

    @property
    def label(self) -> str:
        name = str(self.model._meta.verbose_name)
        return name[:1].upper() + name[1:]


def belongs(model: type[Model], rows: Rows, shown: Shown | None = None) -> None:
    """Register the history rows of the model that belong to a risk; a later call for the model replaces the rule."""
    code = model._meta.label_lower
    _kinds[code] = Kind(code, model, rows, shown)


def history_of(model: type[Model]) -> QuerySet[Any]:
    """Return all history rows of a tracked model."""
    rows: QuerySet[Any] = getattr(model, model._meta.simple_history_manager_attribute).model._base_manager.all()  # type: ignore[attr-defined]
    return rows


def kinds() -> list[Kind]:
    """Return the registered kinds of record."""
    return list(_kinds.values())


def _rows(kind: Kind, risk: Risk, reader: User) -> QuerySet[Any]:
    rows = kind.rows(risk)
    return kind.shown(rows, risk, reader) if kind.shown else rows


def timeline(
    risk: Risk, reader: User, *, kind: str = "", page: int | str = 1, per_page: int = 30
) -> tuple[Page[Any], list[Entry]]:
    """Return a page of the risk's life, newest first; of one kind of record only when its code is given.

    Whether the reader may see the risk is the caller's question. The number of queries depends on the kinds, not on
    the length.
    """
    chosen = [each for each in kinds() if kind in {"", each.code}]
    parts = [
        _rows(each, risk, reader)
        .order_by()
        .annotate(life=Value(each.code, CharField()))
        .values_list("history_date", "history_id", "life")
        for each in chosen
    ]
    if not parts:
        empty = Paginator(history_of(Risk).none(), per_page).get_page(1)
        return empty, []
    union = parts[0].union(*parts[1:], all=True) if len(parts) > 1 else parts[0]
    ordered = union.order_by("-history_date", "-history_id", "life")
    shown = Paginator(ordered, per_page).get_page(page)
    keys = [(code, history_id) for _date, history_id, code in shown.object_list]
    rows: dict[tuple[str, int], Any] = {}
    for each in chosen:
        ids = [history_id for code, history_id in keys if code == each.code]
        if ids:
            rows |= {(each.code, row.pk): row for row in with_previous(history_of(each.model).filter(pk__in=ids))}
    return shown, entries([rows[key] for key in keys if key in rows], reader)
