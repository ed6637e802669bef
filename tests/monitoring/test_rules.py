"""Every ready rule tells all planted faults and nothing else, of made municipalities with a known truth."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from controls.data_files.engine import Engine
from controls.monitoring.rules import RULES
from controls.monitoring.rules.trying import Trial
from tests.monitoring import buying, paying, planting
from tests.monitoring.municipality import TODAY, Municipality

SEEDS = int(os.environ.get("RULES_SEEDS", "20"))


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Municipality, Trial]]:
    """Return towns with their faults, and their snapshots ready to be tried on."""
    folder: Path = tmp_path_factory.mktemp("towns")
    town = Municipality()
    for seed in range(SEEDS):
        town.begin(seed)
        for faults in (planting, paying, buying):
            faults.plant(town)
    with Engine(folder) as engine:
        yield town, Trial(engine, town.store(engine, folder), TODAY)


@pytest.mark.parametrize("code", RULES)
def test_a_rule_tells_every_planted_fault_and_nothing_else(made: tuple[Municipality, Trial], code: str) -> None:
    town, trial = made
    rule = RULES[code]
    tried = trial.try_rule(rule, limit=100_000)
    told = Counter((hit.subject, hit.rows if rule.is_of_invoice else ()) for hit in tried.hits)
    truth = town.expected(code, with_rows=rule.is_of_invoice)
    assert truth.total() >= SEEDS
    assert (truth - told, told - truth, tried.count) == (Counter(), Counter(), truth.total())
