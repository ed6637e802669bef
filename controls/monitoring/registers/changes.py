"""What has changed in a register since the snapshot before: counts, and the rows, as people see them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from controls.data_files.engine import Engine
from controls.models import RegisterSnapshot
from controls.monitoring.kinds import KINDS, FieldType, Kind
from controls.monitoring.registers.asks import label_of
from controls.monitoring.registers.cells import cell_text, mask_persons, short
from controls.monitoring.registers.parts import parts_until, rows_of
from controls.monitoring.registers.runs import SMALL_ROWS, WORKSHOP
from controls.monitoring.registers.stored_file import stored
from controls.monitoring.snapshots.differences import Comparison, Counts, DifferentRow, Stored, What

_LINES = {"amount": FieldType.AMOUNT, "lines": FieldType.NUMBER}
"""What is compared of rows that are lines, by supplier."""
MOST_TOLD = 4
"""Values of a new or gone row that are told."""


@dataclass(frozen=True, slots=True)
class Told:
    """A row that differs, in words: its key, and what changed from what to what, or what it holds."""

    what: str
    key: str
    row: int
    values: list[tuple[str, str, str]]


def is_quick(snapshot: RegisterSnapshot, before: RegisterSnapshot) -> bool:
    """Return whether the differences can be counted while a page is made."""
    return max(sum(part.row_count or 0 for part in parts_until(one)) for one in (snapshot, before)) <= SMALL_ROWS


def before(snapshot: RegisterSnapshot) -> RegisterSnapshot | None:
    """Return the taken snapshot before this one in time."""
    return RegisterSnapshot.objects.before(snapshot).select_related("register").first()


@contextmanager
def comparing(earlier: RegisterSnapshot, snapshot: RegisterSnapshot) -> Iterator[Comparison]:
    """Compare two snapshots in an engine. Raises Failed when a file is missing or another."""
    with WORKSHOP.scratch_engine() as engine:
        yield compare(engine, earlier, snapshot)


def compare(engine: Engine, earlier: RegisterSnapshot, snapshot: RegisterSnapshot) -> Comparison:
    """Return the comparison of two snapshots. Raises Failed when a file is missing or another."""
    return Comparison(engine, KINDS[snapshot.register.kind], _together(earlier), _together(snapshot))


def _together(snapshot: RegisterSnapshot) -> Stored:
    """Return what is compared: the snapshot's file, or with it all parts that stood when it was the last one."""
    found = stored(snapshot)
    return replace(found, together=rows_of(snapshot)) if snapshot.register.is_in_parts else found


def count_changes(earlier: RegisterSnapshot, snapshot: RegisterSnapshot) -> Counts:
    """Return how many rows are new, gone and changed."""
    with comparing(earlier, snapshot) as comparison:
        return comparison.counts()


def told(row: DifferentRow, kind: Kind, *, on: date) -> Told:
    """Return the row in words."""
    values = [(field_label(kind, name), _text(kind, name, old, on), _text(kind, name, new, on)) for name, old, new in row.changes]
    if row.what != What.CHANGED:
        values = values[:MOST_TOLD]
    return Told(str(row.what), mask_persons(row.key.replace("|", " | "), on=on), row.row, values)


def field_label(kind: Kind, name: str) -> str:
    """Return the field's name for people."""
    if name == "lines":
        return _("Lines")
    return label_of(kind, name).strip("“”")


def _text(kind: Kind, name: str, value: Any, on: date) -> str:
    types = {each.code: each.type for each in kind.fields} | (_LINES if not kind.key else {})
    return short(cell_text(value, types.get(name, FieldType.TEXT), on=on))
