"""The rule of a watched one, ready or composed; and what a composed rule of a register can be made of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from controls.models import Register, RegisterSnapshot, Watch
from controls.monitoring.kinds import KINDS
from controls.monitoring.registers.latest import Latest
from controls.monitoring.rules import RULES
from controls.monitoring.rules.composed.definition import OWN, Definition, read_name
from controls.monitoring.rules.composed.writing import write_rule
from controls.monitoring.rules.rule import Rule

MOST_COMPOSED = 50
"""Composed rules of a register: each is run on every snapshot."""


def is_composed(code: str) -> bool:
    """Return whether the code is that of a composed rule."""
    return code.startswith(OWN)


def rule_of(watch: Watch, used: Mapping[str, RegisterSnapshot] | None = None) -> Rule | None:
    """Return the rule that is watched; None when the product no longer has it, or knows no such composition.

    A composed one of a register of one's own can be run only with the snapshots that it reads.
    """
    if not is_composed(watch.rule):
        return RULES.get(watch.rule)
    try:
        return composed_rule(watch.rule, Definition.of_json(watch.definition), watch.register, used or {})
    except ValidationError:
        return None


def composed_rule(code: str, definition: Definition, register: Register, used: Mapping[str, RegisterSnapshot]) -> Rule:
    """Return the composed rule as it is run on these snapshots. Raises ValidationError for one that makes no sense."""
    columns = {alias: snapshot.columns for alias, snapshot in used.items()}
    return write_rule(code, definition, KINDS[register.kind], columns=columns)


def fields_of(register: Register, latest: Latest) -> list[str]:
    """Return the fields that the register's latest snapshot has: of a register of one's own, its headings."""
    snapshot, kind = latest.get(register.kind), KINDS[register.kind]
    if snapshot is None:
        return []
    if not kind.fields:
        return list(snapshot.columns)
    # What a ledger says without a column for it is there, too.
    derived = {"identity", "account_text"} if kind.code == "ledger" else set()
    return [each.code for each in kind.fields if snapshot.mapping.get(each.code) or each.code in derived]


def columns_gone(definition: Definition, register: Register, used: Mapping[str, RegisterSnapshot]) -> tuple[str, list[str]]:
    """Return the first view, and its fields, that a composed rule reads and that its file no longer has; ('', []) for none."""
    for alias, snapshot in used.items():
        if snapshot.register_id == register.pk:
            there = fields_of(register, {register.kind: snapshot})
            if gone := list(dict.fromkeys(one.field for one in definition.conditions() if one.field not in there)):
                return alias, gone
    return "", []


def require_composable(definition: Definition, register: Register, latest: Latest) -> None:
    """Raise ValidationError unless the rule makes sense for the register as its latest snapshot is."""
    write_rule(OWN, definition, KINDS[register.kind], fields=fields_of(register, latest))


def name_of(typed: str, register: Register) -> str:
    """Return the code of a new composed rule of the register. Raises ValidationError."""
    taken: Sequence[str] = [code for code in register.watches.values_list("rule", flat=True) if is_composed(code)]
    if len(taken) >= MOST_COMPOSED:
        raise ValidationError(
            _("A register has at most %(most)s rules of one's own. Change one that is there.") % {"most": MOST_COMPOSED}
        )
    return read_name(typed, taken)
