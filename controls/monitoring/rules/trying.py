"""Rules tried on snapshots: views of the files, the tables that rules share, and one query a rule."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

from controls.data_files.engine import Engine, literal
from controls.monitoring.rules.names import LOOK_ALIKES, find_look_alikes
from controls.monitoring.rules.netting import ROWS_OF_DOCUMENTS
from controls.monitoring.rules.rule import Hit, MissingSnapshots, Relation, Rule, Tried, Value
from controls.scheduling.working_days import days_off

MOST_ROWS = 200
"""Rows that a hit names; its facts tell how many there are."""
_BOUND = re.compile(r"\$([a-z_]+)")
_FIRST_YEAR = 1990


class Trial:
    """Rules tried on one set of snapshots. What several rules share is made once.

    `files` are the stored snapshots by view: `suppliers`, `suppliers_before`, …; text is the SQL of their rows. `today` is the
    day the rules count from.
    """

    def __init__(self, engine: Engine, files: Mapping[str, Path | str], today: date) -> None:
        self.engine, self.aliases, self.today = engine, frozenset(files), today
        self._made: dict[str, tuple[Any, ...]] = {}
        for alias, stored in files.items():
            if not alias.isidentifier():
                raise ValueError(alias)
            rows = stored if isinstance(stored, str) else f"read_parquet({literal(str(stored))})"
            engine.rows(f"create or replace temp view {alias} as select * from {rows}")

    def missing(self, rule: Rule) -> tuple[str, ...]:
        """Return the views that the rule needs and that there is no snapshot for."""
        return tuple(alias for alias in rule.needs if alias not in self.aliases)

    def try_rule(self, rule: Rule, given: Mapping[str, Value] | None = None, *, limit: int = 200) -> Tried:
        """Return what the rule gives, largest amounts first. Raises MissingSnapshots, and KeyError for an unknown parameter."""
        if missing := self.missing(rule):
            raise MissingSnapshots(rule.code, missing)
        values = rule.values(given or {})
        for relation in rule.relations:
            self._make(relation, values)
        found = self._rows(
            f"select count(*) over () as hits, subject, subject_name, facts, list_sort(rows)[:{MOST_ROWS}] as named, amount "
            f"from ({rule.sql}) order by amount desc nulls last, subject, named limit $limit",
            {**values, "limit": limit},
        )
        rows = self._rows_of_documents(found) if rule.names_documents else {}
        hits = tuple(
            Hit(rule.code, subject or "", name or "", facts, tuple(sorted(rows.get(tuple(named), named)))[:MOST_ROWS], amount)
            for _, subject, name, facts, named, amount in found
        )
        return Tried(found[0][0] if found else 0, hits)

    def _rows_of_documents(self, found: list[tuple[Any, ...]]) -> dict[tuple[int, ...], list[int]]:
        """Return the rows of the ledger for the documents that each hit names."""
        named = {tuple(hit[4]) for hit in found}
        if not named:
            return {}
        # One text: DuckDB takes a list of a thousand values much more slowly.
        ids = " ".join(str(one) for one in sorted({one for together in named for one in together}))
        rows = dict(self.engine.rows(ROWS_OF_DOCUMENTS, {"ids": ids}))
        return {together: [row for one in together for row in rows[one]] for together in named}

    def _make(self, relation: Relation, values: Mapping[str, Value]) -> None:
        for earlier in relation.after:
            self._make(earlier, values)
        asked = tuple(sorted((code, value) for code, value in values.items() if code in _BOUND.findall(relation.sql)))
        if self._made.get(relation.code) == asked:
            return
        if relation.code in LOOK_ALIKES:
            find_look_alikes(self.engine, relation.code, relation.sql)
        else:
            is_without = bool(relation.helped_by) and relation.helped_by not in self.aliases
            sql = relation.sql_without if is_without else relation.sql
            self._rows(f"create or replace temp {'view' if relation.is_view else 'table'} {relation.code} as {sql}", dict(values))
        self._made[relation.code] = asked

    def _rows(self, sql: str, values: dict[str, Any]) -> list[tuple[Any, ...]]:
        bound = set(_BOUND.findall(sql))
        if "days_off" in bound:
            values["days_off"] = self._days_off()
        return self.engine.rows(sql, {code: value for code, value in {**values, "today": self.today}.items() if code in bound})

    def _days_off(self) -> str:
        first = self.engine.one("select min(year(day)) from ledger")[0] or self.today.year
        years = range(max(first, _FIRST_YEAR), self.today.year + 1)
        return " ".join(str(day) for year in years for day in sorted(days_off(year)))


def try_rule(
    engine: Engine, rule: Rule, given: Mapping[str, Value], files: Mapping[str, Path], today: date, limit: int = 200
) -> Tried:
    """Return what one rule gives on the snapshots. Several rules on the same snapshots: one Trial."""
    return Trial(engine, files, today).try_rule(rule, given, limit=limit)
