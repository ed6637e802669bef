"""What differs between two snapshots of a register: rows that are new, gone, changed, by key and by field.

Computed when it is asked for, never stored. Rows that are lines (a ledger's) have no key; they are compared by supplier:
how many lines, what sum.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from controls.data_files.engine import Engine, literal
from controls.monitoring.kinds import Kind

PAGE = 50
_LINES = (("lines", "count(*)"), ("amount", "sum(amount)"))


class What(StrEnum):
    """How a row differs."""

    NEW = "new"
    GONE = "gone"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True)
class Stored:
    """A snapshot's file and the headings of its columns, in order. `together`: in SQL the rows of the parts that stand."""

    path: Path
    columns: Sequence[str]
    together: str = ""

    @property
    def rows(self) -> str:
        """In SQL the rows that are compared."""
        return self.together or f"read_parquet({literal(str(self.path))})"


@dataclass(frozen=True, slots=True)
class Counts:
    """How many rows differ how, and in how many each field changed. A key of several rows counts once, by its first."""

    before: int
    after: int
    new: int
    gone: int
    changed: int
    by_field: dict[str, int]

    @property
    def kept(self) -> int:
        """Keys that both snapshots have."""
        return self.after - self.new


@dataclass(frozen=True, slots=True)
class DifferentRow:
    """A row that differs. `changes`: (field, before, after) of what changed; of a new or gone row the values it has."""

    what: What
    key: str
    row: int
    changes: Sequence[tuple[str, Any, Any]]


class Comparison:
    """Two snapshots of a kind, compared in the engine. A field is a code of the kind, or a heading that both files have."""

    def __init__(self, engine: Engine, kind: Kind, before: Stored, after: Stored) -> None:
        self.engine = engine
        if kind.key or kind.code == "own":
            self.fields, old, new = _by_key(kind, before, after)
        else:
            self.fields = [name for name, _sum in _LINES]
            old, new = (_by_supplier(each.rows) for each in (before, after))
        engine.rows(f"create or replace temp view earlier as {old}")
        engine.rows(f"create or replace temp view later as {new}")
        pairs = [f"a.f{i} as a{i}, b.f{i} as b{i}" for i in range(len(self.fields))]
        chosen = ["coalesce(b.key, a.key) as key", "coalesce(b.row, a.row) as row", f"{_what()} as what", *pairs]
        engine.rows(
            f"create or replace temp table compared as select * from (select {', '.join(chosen)} "
            f"from earlier a full join later b on a.key = b.key) where what <> 'changed' or {self._differs()}"
        )

    def counts(self) -> Counts:
        """Return how many rows differ, and in which fields."""
        fields = [f"count(*) filter (what = 'changed' and a{i} is distinct from b{i})" for i in range(len(self.fields))]
        whats = [f"count(*) filter (what = {literal(what)})" for what in What]
        new, gone, changed, *by_field = self.engine.one(f"select {', '.join([*whats, *fields])} from compared")
        before, after = (self.engine.one(f"select count(*) from {view}")[0] for view in ("earlier", "later"))
        named = {name: count for name, count in zip(self.fields, by_field, strict=True) if count}
        return Counts(before, after, new, gone, changed, named)

    def rows(self, *, what: What | None = None, of_field: str = "", first: int = 0, most: int = PAGE) -> list[DifferentRow]:
        """Return a page of the rows that differ, in the order of their keys."""
        asked = ["true"] + ([f"what = {literal(what)}"] if what else [])
        if of_field:
            at = self.fields.index(of_field)
            asked.append(f"what = 'changed' and a{at} is distinct from b{at}")
        values = ", ".join(f"a{i}, b{i}" for i in range(len(self.fields)))
        found = self.engine.rows(
            f"select what, key, row, {values} from compared where {' and '.join(asked)} "
            f"order by key, row limit {int(most)} offset {int(first)}"
        )
        return [self._row(What(what), key, row, cells) for what, key, row, *cells in found]

    def _differs(self) -> str:
        return " or ".join(f"a{i} is distinct from b{i}" for i in range(len(self.fields))) or "false"

    def _row(self, what: What, key: str, row: int, cells: Sequence[Any]) -> DifferentRow:
        each = [(name, cells[2 * i], cells[2 * i + 1]) for i, name in enumerate(self.fields)]
        if what == What.CHANGED:
            return DifferentRow(what, key, row, [(name, old, new) for name, old, new in each if old != new])
        return DifferentRow(what, key, row, [(name, old, new) for name, old, new in each if (old, new) != (None, None)])


def _what() -> str:
    return "case when a.key is null then 'new' when b.key is null then 'gone' else 'changed' end"


def _by_key(kind: Kind, before: Stored, after: Stored) -> tuple[list[str], str, str]:
    """Return the compared fields, and each snapshot's first row of each key as SQL.

    A row without a key is nobody's earlier row: it is compared by its number.
    """
    codes = [each.code for each in kind.fields]
    known = [] if kind.code == "own" else codes
    headings = [name for name in after.columns if name in before.columns] if kind.code == "own" else []
    sources = []
    for stored in (before, after):
        cells = known + [f"nullif(c{stored.columns.index(name)}, '')" for name in headings]
        listed = ", ".join(f"{cell} as f{i}" for i, cell in enumerate(cells))
        sources.append(
            f"select * from (select key, row, {listed or 'null as f0'} from read_parquet({literal(str(stored.path))})) "
            f"qualify row_number() over (partition by key order by row) = 1"
        )
    return known + headings, sources[0], sources[1]


def _by_supplier(rows: str) -> str:
    sums = ", ".join(f"{value} as f{i}" for i, (_name, value) in enumerate(_LINES))
    key = "coalesce(identity, supplier_id, supplier_name, '')"
    return f"select {key} as key, min(row) as row, {sums} from {rows} group by 1"
