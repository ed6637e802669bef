"""The demonstration's registers: every planted fault is told by its rule, and nothing else is."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from controls.demo.municipality import TODAY
from controls.demo.watching.chapter import SOURCES, feed_registers
from controls.demo.watching.faults import plant
from controls.demo.watching.lists import OPERATIONS_TRUTH, SYSTEMS_TRUTH
from controls.demo.watching.town import Town
from controls.models import Alert, Register, RegisterSnapshot, Watch
from controls.monitoring.registers.latest import latest_snapshots
from controls.monitoring.registers.runs import WORKSHOP
from controls.monitoring.registers.stored_file import path_of
from controls.monitoring.rules import RULES
from controls.monitoring.rules.trying import Trial
from controls.monitoring.watching.signals import subject_key
from tests.cast import Cast

pytestmark = [pytest.mark.django_db, pytest.mark.one_engine]


def test_the_registers_tell_what_is_planted_and_nothing_else(cast: Cast, settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path
    feed_registers(cast.municipality, by=cast.eva)
    snapshots = RegisterSnapshot.objects.select_related("register")
    assert snapshots.count() == sum(len(source.months) for source in SOURCES)
    assert {one.state for one in snapshots} == {"taken"}
    ledger = Register.objects.get(kind="ledger")
    latest = latest_snapshots(cast.eva, ledger)
    told: dict[str, list[str]] = {}
    with WORKSHOP.scratch_engine() as engine:
        trial = Trial(engine, {alias: path_of(one) for alias, one in latest.items()}, TODAY)
        for code, rule in RULES.items():
            if not trial.missing(rule) and (hits := trial.try_rule(rule).hits):
                told[code] = sorted(hit.subject for hit in hits)
    truth = {**plant(Town()), **SYSTEMS_TRUTH, **OPERATIONS_TRUTH}
    assert told == {code: sorted(subjects) for code, subjects in truth.items()}
    assert_alerts(truth)


def assert_alerts(truth: dict[str, list[str]]) -> None:
    """Every planted fault has its alert, under its own rule or a heavier one of the same invoice; one came back."""
    assert set(Watch.objects.values_list("state", flat=True)) == {"on"}
    found = {
        (alert.subject_key, reason) for alert in Alert.objects.all() for signal in alert.facts for reason in signal["reasons"]
    }
    assert [(code, one) for code, subjects in truth.items() for one in subjects if (subject_key(one), code) not in found] == []
    returned = Alert.objects.get(times_returned=1)
    assert (returned.watch.rule, returned.state) == ("off_contract", "new")
    assert set(Alert.State.values) - {"excluded"} == set(Alert.objects.values_list("state", flat=True))
