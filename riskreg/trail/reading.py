"""The history in words: who changed what, when and why, field by field, old → new."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import models
from django.db.models import F, OuterRef, Q, Subquery
from django.utils.translation import gettext as _

from riskreg.access.confidential_times import withheld_rows
from riskreg.models.user import User
from riskreg.sorting import SwedishSortField
from riskreg.trail.differences import Piece, pieces
from riskreg.trail.references import References
from riskreg.trail.sight import reserved_fields
from riskreg.trail.values import EMPTY, in_words

LONG = 80
"""A text of more letters than this is shown with its changed words marked."""
_MACHINERY = {
    "history_id",
    "history_date",
    "history_change_reason",
    "history_type",
    "history_user",
    "history_user_name",
    "history_acting_for",
    "path",
}


@dataclass(frozen=True, slots=True)
class Change:
    """One field: its label, its old and new value in words. `pieces`: a long text word by word."""

    name: str
    label: str
    before: str
    after: str
    pieces: Sequence[Piece] = ()


@dataclass(frozen=True, slots=True)
class Entry:
    """One history row, readable."""

    label: str
    """The kind of record, as "risk"."""
    model: str
    history_id: int
    record: int
    title: str
    """The record's own text at that moment."""
    when: datetime
    who: str
    why: str
    type: str
    """+ created, ~ changed, - deleted."""
    changes: list[Change] = field(default_factory=list)

    @property
    def app_label(self) -> str:
        return self.model.partition(".")[0]

    @property
    def model_name(self) -> str:
        return self.model.partition(".")[2]

    @property
    def is_creation(self) -> bool:
        return self.type == "+"

    @property
    def is_deletion(self) -> bool:
        return self.type == "-"


def with_previous(rows: models.QuerySet[Any]) -> models.QuerySet[Any]:
    """Annotate history rows with `previous_id`: the number of the row before it of the same record."""
    key = rows.model.instance_type._meta.pk.attname
    is_earlier = Q(history_date__lt=OuterRef("history_date"))
    is_earlier |= Q(history_date=OuterRef("history_date"), history_id__lt=OuterRef("history_id"))
    earlier = rows.model._base_manager.filter(is_earlier, **{key: OuterRef(key)}).order_by("-history_date", "-history_id")
    return rows.annotate(previous_id=Subquery(earlier.values("history_id")[:1]))


def entries(rows: Iterable[Any], reader: User) -> list[Entry]:
    """Return the rows (of any models; made by with_previous) in words, in the order given.

    Queries: one for the rows before of each model, then a few for each kind of record that is referred to; never
    one a row. What the reader may not see is referred to without its text.
    """
    rows = list(rows)
    before = _rows_before(rows)
    references = References(reader)
    for row in [*rows, *before.values()]:
        references.want_all(row)
    references.want(User, {row.history_user_id for row in rows if not row.history_user_name})
    withheld = _withheld(rows, reader)
    secret = withheld_rows([*rows, *before.values()], reader)
    told = []
    for row in rows:
        kind, earlier = type(row), before.get((type(row), row.previous_id))
        fields = withheld.get((kind, _record(row)), frozenset())
        if (kind, row.pk) in secret or (earlier is not None and (kind, earlier.pk) in secret):
            fields = frozenset(each.name for each in readable_fields(kind))
        told.append(_entry(row, earlier, references, fields, is_secret=(kind, row.pk) in secret))
    return told


def _record(row: Any) -> Any:
    return getattr(row, row.instance_type._meta.pk.attname)


def _withheld(rows: list[Any], reader: User) -> dict[tuple[type[models.Model], Any], frozenset[str]]:
    """Return by kind and record the fields that are withheld from the reader. One query for each kind that has any."""
    records: dict[type[models.Model], set[Any]] = {}
    for row in rows:
        records.setdefault(type(row), set()).add(_record(row))
    return {
        (kind, pk): fields
        for kind, keys in records.items()
        for pk, fields in reserved_fields(kind.instance_type, keys, reader).items()  # type: ignore[attr-defined]
    }


def _rows_before(rows: list[Any]) -> dict[tuple[type[models.Model], int], Any]:
    wanted: dict[type[models.Model], set[int]] = {}
    here = {(type(row), row.pk): row for row in rows}
    for row in rows:
        if row.previous_id is not None and (type(row), row.previous_id) not in here:
            wanted.setdefault(type(row), set()).add(row.previous_id)
    for model, ids in wanted.items():
        here |= {(model, pk): row for pk, row in model._base_manager.in_bulk(ids).items()}
    return here


def _entry(row: Any, before: Any, references: References, withheld: Collection[str], *, is_secret: bool) -> Entry:
    tracked = row.instance_type
    return Entry(
        label=str(tracked._meta.verbose_name),
        model=tracked._meta.label_lower,
        history_id=row.pk,
        record=_record(row),
        title=references.title(row),
        when=row.history_date,
        who=who(row, references),
        why=_("not shown to you") if is_secret and row.history_change_reason else row.history_change_reason or "",
        type=row.history_type,
        changes=[] if row.history_type == "-" else changes(row, before, references, withheld),
    )


def who(row: Any, references: References) -> str:
    """Return the author's name as it was written down; the product itself when nobody was signed in."""
    if row.history_user_name and row.history_acting_for:
        return _("%(who)s, as deputy for %(absent)s") % {"who": row.history_user_name, "absent": row.history_acting_for}
    if row.history_user_name:
        return str(row.history_user_name)
    if row.history_user_id is not None:
        return references.text(User, row.history_user_id)
    return _("The system")


def changes(row: Any, before: Any, references: References, withheld: Collection[str] = ()) -> list[Change]:
    """Return the fields that differ; of a first row, those that are filled in.

    Of a withheld field, only that it differs.
    """
    found = []
    for each in readable_fields(type(row)):
        new = getattr(row, each.attname)
        old = getattr(before, each.attname) if before is not None else None
        if new == old or (before is None and new in (None, "", False)):
            continue
        label = str(each.verbose_name)
        label = label[:1].upper() + label[1:]
        if each.name in withheld:
            found.append(Change(each.name, label, EMPTY, _("not shown to you")))
            continue
        was, became = in_words(each, old, references), in_words(each, new, references)
        if was == became and before is not None:
            continue
        is_text = isinstance(each, (models.TextField, models.CharField))
        is_long = before is not None and is_text and max(len(was), len(became)) > LONG
        found.append(Change(each.name, label, was, became, pieces(was, became) if is_long else ()))
    return found


def readable_fields(history_model: type[models.Model]) -> list[Any]:
    """Return the fields that mean something to a person: not the machinery's own."""
    key = history_model.instance_type._meta.pk.name  # type: ignore[attr-defined]
    return [
        each
        for each in history_model._meta.concrete_fields
        if each.name not in _MACHINERY and each.name != key and not isinstance(each, SwedishSortField)
    ]


def newest_first(rows: models.QuerySet[Any]) -> models.QuerySet[Any]:
    """Order history rows, the newest first."""
    return rows.order_by(F("history_date").desc(), F("history_id").desc())
