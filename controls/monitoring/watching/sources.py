"""The snapshots that a watched rule reads: those of the registers that were chosen when it was switched on."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

from django.core.exceptions import ValidationError

from controls.models import Register, RegisterSnapshot, Watch
from controls.monitoring.kinds import KINDS
from controls.monitoring.registers.latest import Latest
from controls.monitoring.registers.parts import newest_first
from controls.monitoring.rules.composed.definition import Definition
from controls.monitoring.rules.rule import BEFORE, Rule, Value, is_before, kind_of
from controls.monitoring.watching.composing import columns_gone, composed_rule, is_composed, rule_of
from controls.monitoring.watching.limits import of_stored

Newest = dict[int, list[RegisterSnapshot]]
"""By register, in use: its two latest taken snapshots, the latest first."""


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a watched rule cannot be run, or what it asks: a code (words.PROBLEMS) and what it is about."""

    code: str
    values: dict[str, Any] = field(default_factory=dict)


class Stops(Exception):
    """A watched rule cannot be run."""

    def __init__(self, code: str, **values: Any) -> None:
        super().__init__(code)
        self.problem = Problem(code, values)


@dataclass(frozen=True, slots=True)
class Prepared:
    """A watched rule with all that it takes to run it."""

    watch: Watch
    rule: Rule
    values: dict[str, Value]
    used: Latest

    @property
    def pks(self) -> dict[str, int]:
        return {alias: snapshot.pk for alias, snapshot in self.used.items()}


def helping_kinds(rule: Rule) -> set[str]:
    """Return the kinds that help the rule and that it can do without."""
    return {relation.helped_by for relation in rule.every_relation() if relation.helped_by}


def used_by(rule: Rule, latest: Mapping[str, RegisterSnapshot]) -> Latest:
    """Return the snapshots at hand that the rule reads, by view."""
    aliases = {*rule.needs, *helping_kinds(rule)}
    return {alias: snapshot for alias, snapshot in latest.items() if alias in aliases}


def columns_read(rule: Rule, used: Latest) -> dict[str, list[str]]:
    """Return the known columns that the rule's query names and that the files have, by kind."""
    text = " ".join([rule.sql, *(part for each in rule.every_relation() for part in (each.sql, each.sql_without))])
    named = set(re.findall(r"[a-z_]+", text)) | {word.split("_is_")[0] for word in re.findall(r"[a-z_]+_is_[a-z]+", text)}
    return {
        alias: [each.code for each in KINDS[alias].fields if each.code in named and snapshot.mapping.get(each.code)]
        for alias, snapshot in used.items()
        if not is_before(alias)
    }


def newest_snapshots(registers: Iterable[int]) -> Newest:
    """Return the two latest taken snapshots of each register that is in use; an empty list where there is none."""
    asked = set(registers)
    in_use = Register.objects.filter(pk__in=asked, state=Register.State.IN_USE).values_list("pk", flat=True)
    found: Newest = {pk: [] for pk in in_use}
    taken = RegisterSnapshot.objects.taken().filter(register__in=found).select_related("register")
    for pk, rows in groupby(taken.order_by("register", "-as_of", "-pk").defer("facts"), key=lambda row: row.register_id):
        found[pk] = newest_first(rows)[:2]
    return found


def prepare(watch: Watch, newest: Newest) -> Prepared:
    """Return the watched rule ready to be run. Raises Stops."""
    rule = rule_of(watch)
    if rule is None:
        raise Stops("rule")
    try:
        values = of_stored(rule, watch.parameters)
    except ValidationError as error:
        raise Stops("limits", said=" ".join(error.messages)) from error
    used: Latest = {}
    for kind, register in watch.sources.items():
        if register not in newest:
            raise Stops("register", kind=kind)
        used |= {kind + suffix: row for suffix, row in zip(("", BEFORE), newest[register], strict=False)}
    used = used_by(rule, used)
    for alias in rule.needs:
        if alias not in used:
            raise Stops("earlier_snapshot" if is_before(alias) else "snapshot", kind=kind_of(alias))
    _require_columns(watch, used)
    if is_composed(watch.rule):
        # Of a register of one's own the columns have their places in these files.
        rule = composed_rule(watch.rule, Definition.of_json(watch.definition), watch.register, used)
    return Prepared(watch, rule, values, used)


def _require_columns(watch: Watch, used: Latest) -> None:
    """Raise Stops when a column that the rule reads is gone."""
    for kind, codes in watch.columns.items():
        gone = [code for code in codes if kind in used and not used[kind].mapping.get(code)]
        if gone:
            raise Stops("column", kind=kind, columns=gone, day=used[kind].as_of.isoformat())
    if is_composed(watch.rule):
        alias, gone = columns_gone(Definition.of_json(watch.definition), watch.register, used)
        if gone:
            raise Stops("column", kind=kind_of(alias), columns=gone, day=used[alias].as_of.isoformat())
