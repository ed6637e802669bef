"""Composed rules in tests: definitions in short, a list of watched companies, and what a rule tells of it."""

from __future__ import annotations

from datetime import date
from typing import Any

from controls.models import Register, RegisterSnapshot, Watch
from controls.monitoring.registers.latest import latest_snapshots
from controls.monitoring.registers.runs import WORKSHOP
from controls.monitoring.registers.stored_file import path_of
from controls.monitoring.rules.composed.definition import Comparison, Condition, Definition
from controls.monitoring.rules.rule import Hit
from controls.monitoring.rules.trying import Trial
from controls.monitoring.watching import watches
from controls.monitoring.watching.composing import composed_rule
from controls.monitoring.watching.sources import used_by
from riskreg import clock
from riskreg.models import User
from tests.monitoring.registers.scene import fed

COMPANIES = ("Organisationsnummer", "Företag", "Rating", "Poäng", "Skuldsaldo", "F-skatt", "Senaste bokslut", "Ort")
BYGG = ("556016-0680", "Bygg & Son AB", "AA", "60", "1000", "ja", "2024-12-31", "Lillköping")
STAD = ("556036-0793", "Städ i Väst AB", "B", "30", "250000", "nej", "2021-12-31", "Storköping")
ROR = ("556042-7220", "Rör och Värme HB", "", "", "", "", "", "")
NAME = "own:Poängen är låg"


def condition(field: str, comparison: str, value: str = "") -> Condition:
    return Condition(field, Comparison(comparison), value)


def definition(field: str, comparison: str, value: str = "", *where: Condition, **rest: Any) -> Definition:
    return Definition(condition(field, comparison, value), where, **rest)


def companies(register: Register, by: User, *rows: tuple[str, ...], as_of: date) -> RegisterSnapshot:
    return fed(register, by, *rows, headings=COMPANIES, as_of=as_of)


def hits(register: Register, by: User, composed: Definition) -> tuple[Hit, ...]:
    """Return what the rule tells of the latest snapshots, as a page that tries it does."""
    latest = latest_snapshots(by, register)
    rule = composed_rule("own:Prövad", composed, register, latest)
    files = {alias: path_of(one) for alias, one in used_by(rule, latest).items()}
    with WORKSHOP.scratch_engine() as engine:
        return Trial(engine, files, clock.today()).try_rule(rule).hits


def named(register: Register, by: User, composed: Definition) -> list[str]:
    return sorted(hit.subject_name for hit in hits(register, by, composed))


def composed(register: Register, by: User, what: Definition, **given: Any) -> Watch:
    """Watch a composed rule."""
    usual = {"rule": NAME, "most_alerts": 50, "reason": "Följs från i år", "is_new": True}
    return watches.compose(register, by=by, definition=what, **{**usual, **given})
