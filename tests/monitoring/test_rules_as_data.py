"""What holds for every ready rule: its parameters are bound, its words are there, and it refuses what it cannot do."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from controls.data_files.engine import Engine
from controls.monitoring.kinds import KINDS
from controls.monitoring.rules import PACKS, RULES, limits
from controls.monitoring.rules.rule import MissingSnapshots, Relation, Rule, kind_of
from controls.monitoring.rules.trying import Trial, try_rule
from controls.monitoring.rules.words import FACTS, facts_in_words, sentence
from tests.monitoring.municipality import TODAY, Municipality

GIVEN = {"today", "days_off"}


def queries(rule: Rule) -> str:
    """Return all SQL of a rule, its relations' too."""

    def of(relation: Relation) -> Iterator[str]:
        yield relation.sql
        for earlier in relation.after:
            yield from of(earlier)

    return "\n".join([rule.sql, *(sql for relation in rule.relations for sql in of(relation))])


@pytest.fixture(scope="module")
def trial(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Trial]:
    """Return three operations without plan and one supplier with its invoices, ready to be tried on."""
    town = Municipality()
    town.begin(1)
    for name in ("Larm", "Vatten", "Växel"):
        town.add("operations", {"name": name, "has_plan": False, "responsible": "Chefen"})
    town.invoice(town.supplier(), Decimal(70_000), date(2025, 6, 18), 1)
    folder = tmp_path_factory.mktemp("town")
    with Engine(folder) as engine:
        files = town.store(engine, folder)
        yield Trial(engine, {alias: files[alias] for alias in ("operations", "ledger", "suppliers", "watched")}, TODAY)


def test_every_code_is_one_rule() -> None:
    assert sum(len(pack.rules) for pack in PACKS.values()) == len(RULES)


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
def test_a_rule_binds_its_parameters_and_knows_its_views_and_words(rule: Rule) -> None:
    sql = queries(rule)
    parameters = {parameter.code for parameter in rule.parameters}
    assert set(re.findall(r"\$([a-z_]+)", sql)) - GIVEN == parameters
    assert {kind_of(alias) for alias in rule.needs} <= set(KINDS)
    assert all(re.search(rf"\b{alias}\b", sql) for alias in rule.needs)
    assert set(re.findall(r"(\w+) :=", rule.sql)) <= set(FACTS)
    assert "%(" not in sentence(rule, rule.values({}))
    assert 1 <= rule.weight <= 5


def test_a_rule_without_its_register_says_which_is_missing(trial: Trial) -> None:
    with pytest.raises(MissingSnapshots) as refusal:
        trial.try_rule(RULES["deregistered_paid"])
    assert refusal.value.aliases == ("companies",)


def test_an_unknown_parameter_is_refused(trial: Trial) -> None:
    with pytest.raises(KeyError):
        trial.try_rule(RULES["round_sums"], {"at_most": 1})


def test_a_parameter_is_a_value_whatever_its_text_says(trial: Trial) -> None:
    hostile = "C'); drop view suppliers; --"
    assert trial.try_rule(RULES["rating_low"], {"rating": hostile}).count == 0
    assert trial.try_rule(RULES["rating_low"], {"rating": "AA"}).count == 1


def test_a_changed_parameter_changes_what_is_told(trial: Trial) -> None:
    assert trial.try_rule(RULES["round_sums"]).count == 1
    assert trial.try_rule(RULES["round_sums"], {"at_least": Decimal(70_001)}).count == 0


def test_all_hits_are_counted_and_some_are_listed(trial: Trial) -> None:
    tried = trial.try_rule(RULES["plan_missing"], limit=2)
    assert (tried.count, [hit.subject for hit in tried.hits]) == (3, ["Larm", "Vatten"])


def test_a_rule_is_tried_alone(tmp_path: Path) -> None:
    town = Municipality()
    town.begin(2)
    town.add("operations", {"name": "Larm", "has_plan": False})
    with Engine(tmp_path) as engine:
        tried = try_rule(engine, RULES["plan_missing"], {}, {"operations": _one(town, engine, tmp_path)}, TODAY)
    assert tried.hits[0].rows == (2,)


def _one(town: Municipality, engine: Engine, folder: Path) -> Path:
    town.tables.setdefault("ledger", [])
    return town.store(engine, folder)["operations"]


def test_facts_are_told_in_words() -> None:
    facts = {"day": date(2025, 6, 18), "paid": Decimal("1234.5000"), "year": 2025, "units": ["A", None, "B"], "unit": None}
    told = dict(facts_in_words(facts | {"changes": ["board", "auditor"], "count": 1200}))
    assert told == {
        str(FACTS[code]): text
        for code, text in {
            "day": "2025-06-18",
            "paid": "1\N{NO-BREAK SPACE}234,50",
            "year": "2025",
            "units": "A, B",
            "changes": "styrelse, revisor",
            "count": "1\N{NO-BREAK SPACE}200",
        }.items()
    }


@pytest.mark.parametrize(
    ("day", "limit"),
    [(date(2019, 5, 1), 586_907), (date(2021, 12, 31), 615_312), (date(2022, 2, 1), 700_000), (date(2015, 1, 1), 586_907)],
)
def test_a_limit_is_that_of_its_day(trial: Trial, day: date, limit: int) -> None:
    assert limits.limit_on(limits.DIRECT_PROCUREMENT, day) == limit
    assert trial.engine.one(f"select {limits.as_sql(limits.DIRECT_PROCUREMENT, '$day')}", {"day": day})[0] == limit
