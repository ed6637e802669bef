"""The worker runs watched rules on each new snapshot: nothing is lost, nothing told twice, nothing half."""

from __future__ import annotations

from datetime import date
from importlib import import_module
from types import SimpleNamespace
from typing import Any

import pytest
from django.apps import apps
from django.db import DatabaseError, IntegrityError, connection, transaction

from controls.models import Alert, Register, Watch, WatchOutcome, WatchRun
from controls.monitoring.registers import verbs as registers
from controls.monitoring.rules.trying import Trial
from controls.monitoring.watching import alerts, runs, telling, watches, work
from controls.monitoring.watching.sources import Newest, Stops, prepare
from riskreg import clock
from riskreg.trail.verification import verify
from tests.cast import Cast
from tests.monitoring.registers.scene import AUGUST, JULY, JUNE, SUPPLIERS, a_register, fed
from tests.monitoring.watching.scene import (
    HOME_CARE,
    RULE,
    SCHOOL,
    WATER,
    came,
    let_the_worker_run,
    operations,
    the_alert,
    told,
    watched,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def register(cast: Cast, today: date) -> Register:
    return operations(cast)


def outcome(run: WatchRun, rule: str = RULE) -> dict[str, int]:
    row = WatchOutcome.objects.get(run=run, watch__rule=rule)
    return {
        name: number for name in ("hits", "new", "returned", "changed", "unchanged", "gone") if (number := getattr(row, name))
    }


def test_a_watched_rule_tells_each_subject_once_however_often_it_is_run(cast: Cast, register: Register) -> None:
    came(register, cast.karin, HOME_CARE, SCHOOL, as_of=JUNE)
    watched(register, cast.johan)
    [first] = let_the_worker_run()
    assert told(register) == {"Hemtjänst": "new"}
    assert outcome(first) == {"hits": 1, "new": 1}
    came(register, cast.karin, HOME_CARE, WATER, SCHOOL, as_of=JULY)
    [second] = let_the_worker_run()
    assert outcome(second) == {"hits": 2, "new": 1, "unchanged": 1}
    runs.ask_run(register.pk, runs.Cause.SNAPSHOT)
    [third] = let_the_worker_run()
    assert third.repeats == [WatchOutcome.objects.get(run=second).pk], "what was found again is written once more"
    assert not third.outcomes.exists()
    assert [alert.history.count() for alert in Alert.objects.all()] == [1, 1]


def test_what_is_settled_is_told_and_returns_only_when_its_facts_change(cast: Cast, register: Register) -> None:
    came(register, cast.karin, HOME_CARE, SCHOOL, as_of=JUNE)
    watched(register, cast.johan)
    let_the_worker_run()
    alerts.explain(the_alert("Hemtjänst"), by=cast.karin, reason="Planen skrivs nu")
    came(register, cast.karin, HOME_CARE, WATER, as_of=JULY)
    let_the_worker_run()
    assert told(register) == {"Hemtjänst": "explained", "Vatten": "new"}
    came(register, cast.karin, (*HOME_CARE[:4], "Cia Ek"), WATER, as_of=AUGUST)
    [run] = let_the_worker_run()
    assert outcome(run) == {"hits": 2, "returned": 1, "unchanged": 1}
    back = the_alert("Hemtjänst")
    assert (back.state, back.times_returned) == ("new", 1)
    assert back.previous[0]["facts"]["responsible"] == "Anna Ek"
    assert back.facts[0]["facts"]["responsible"] == "Cia Ek"


def test_what_no_longer_holds_says_so_and_is_told_again_when_it_comes_back_otherwise(cast: Cast, register: Register) -> None:
    came(register, cast.karin, HOME_CARE, SCHOOL, as_of=JUNE)
    watched(register, cast.johan)
    let_the_worker_run()
    came(register, cast.karin, SCHOOL, as_of=JULY)
    [run] = let_the_worker_run()
    assert outcome(run) == {"gone": 1}
    assert (the_alert("Hemtjänst").holds, the_alert("Hemtjänst").state) == (False, "new")
    came(register, cast.karin, HOME_CARE, SCHOOL, ("Park", "Teknik", "ja", "2025-02-01", "Eva Ek"), as_of=AUGUST)
    [run] = let_the_worker_run()
    assert outcome(run) == {"hits": 1, "unchanged": 1}
    assert the_alert("Hemtjänst").holds


def test_an_excluded_subject_stays_quiet_until_its_last_day(cast: Cast, register: Register, monkeypatch: Any) -> None:
    came(register, cast.karin, HOME_CARE, SCHOOL, as_of=JUNE)
    watched(register, cast.johan)
    let_the_worker_run()
    alerts.exclude(the_alert("Hemtjänst"), by=cast.karin, reason="Läggs ner", until=date(2025, 12, 31))
    came(register, cast.karin, (*HOME_CARE[:4], "Cia Ek"), SCHOOL, as_of=JULY)
    [run] = let_the_worker_run()
    assert outcome(run) == {"hits": 1, "changed": 1}
    assert the_alert("Hemtjänst").state == "excluded"
    monkeypatch.setattr(clock, "today", lambda: date(2026, 1, 1))
    runs.ask_run(register.pk, runs.Cause.SNAPSHOT)
    [run] = let_the_worker_run()
    assert outcome(run) == {"hits": 1, "returned": 1}
    assert the_alert("Hemtjänst").state == "new"


def test_an_older_snapshot_that_comes_late_is_not_run_on_and_that_is_written_down(cast: Cast, register: Register) -> None:
    came(register, cast.karin, HOME_CARE, SCHOOL, as_of=JULY)
    watched(register, cast.johan)
    let_the_worker_run()
    late = came(register, cast.karin, (*HOME_CARE[:4], "Cia Ek"), WATER, as_of=JUNE)
    assert let_the_worker_run() == []
    assert told(register) == {"Hemtjänst": "new"}
    assert WatchRun.objects.get(cause="late").snapshot == late


def test_a_snapshot_of_a_register_beside_it_runs_the_rules_that_read_it(cast: Cast, today: date) -> None:
    suppliers = a_register(cast.board, cast.johan)
    fed(suppliers, cast.karin, as_of=JUNE)
    credit = a_register(cast.board, cast.johan, kind="watched", name="Kredit")
    headings = ("Organisationsnummer", "Namn", "Rating", "F-skatt")
    fed(credit, cast.karin, ("556016-0680", "Bygg & Son AB", "A", "ja"), headings=headings, as_of=JUNE)
    watched(suppliers, cast.johan, "rating_low")
    let_the_worker_run()
    assert told(suppliers) == {}
    fed(credit, cast.karin, ("556016-0680", "Bygg & Son AB", "C", "ja"), headings=headings, as_of=JULY)
    [run] = let_the_worker_run()
    assert (run.register, run.snapshot) == (suppliers, credit.snapshots.get(as_of=JULY))
    alert = Alert.objects.get()
    assert (alert.identity, alert.subject, alert.subject_name) == ("5560160680", "556016-0680", "Bygg & Son AB")


def test_no_personal_number_is_stored_with_an_alert(cast: Cast, today: date) -> None:
    suppliers = a_register(cast.board, cast.johan)
    fed(suppliers, cast.karin, *SUPPLIERS, as_of=JUNE)
    watched(suppliers, cast.johan, "identity_of_person")
    let_the_worker_run()
    alert = Alert.objects.get()
    stored = " ".join(str(value) for value in vars(alert).values())
    assert "3234" not in stored
    assert (alert.subject, alert.identity) == ("1004", "")


def test_one_invoice_that_several_rules_tell_is_one_alert_with_their_reasons(cast: Cast, today: date) -> None:
    ledger = a_register(cast.board, cast.johan, kind="ledger", name="Reskontra")
    headings = ("verifikationsnummer", "leverantor", "leverantor_id", "belopp", "datum", "fakturanummer")
    paid = ("Bygg & Son AB", "556016-0680", "60000", "2025-06-14", "F-77")
    fed(ledger, cast.karin, ("V1", *paid), ("V2", *paid), headings=headings, as_of=JUNE)
    for rule in ("double_same_day", "days_off", "round_sums"):
        watched(ledger, cast.johan, rule)
    let_the_worker_run()
    alert = Alert.objects.get(watch__rule="double_same_day")
    assert alert.facts[0]["reasons"] == ["double_same_day", "days_off", "round_sums"]
    assert not Alert.objects.exclude(pk=alert.pk).exists()


# A worker that dies, and two at once


def test_a_run_that_is_killed_midway_leaves_nothing_and_is_made_whole_by_the_next(
    cast: Cast, register: Register, monkeypatch: pytest.MonkeyPatch
) -> None:
    came(register, cast.karin, HOME_CARE, WATER, SCHOOL, as_of=JUNE)
    watched(register, cast.johan)
    write, begun = telling.Telling._begin, []

    def dies_at_the_second(self: Any, one: Any) -> None:
        begun.append(one)
        if len(begun) == 2:
            raise KeyboardInterrupt
        write(self, one)

    monkeypatch.setattr(telling.Telling, "_begin", dies_at_the_second)
    [waiting] = runs.waiting_runs()
    with pytest.raises(KeyboardInterrupt):
        work.perform(waiting)
    assert (Alert.objects.count(), Alert.history.count(), WatchOutcome.objects.count()) == (0, 0, 0)
    monkeypatch.undo()
    [again] = let_the_worker_run()
    assert (again.pk, again.attempt, again.state) == (waiting, 2, "done")
    assert told(register) == {"Hemtjänst": "new", "Vatten": "new"}


def test_a_run_that_another_worker_has_taken_over_writes_nothing(
    cast: Cast, register: Register, monkeypatch: pytest.MonkeyPatch
) -> None:
    came(register, cast.karin, HOME_CARE, as_of=JUNE)
    watched(register, cast.johan)
    find = work.find

    def taken_over(*args: Any) -> Any:
        found = find(*args)
        WatchRun.objects.update(attempt=7)
        return found

    monkeypatch.setattr(work, "find", taken_over)
    [waiting] = runs.waiting_runs()
    assert not work.perform(waiting)
    assert not Alert.objects.exists()


def test_a_snapshot_that_is_taken_while_the_rules_run_is_run_on_before_anything_is_told(
    cast: Cast, register: Register, monkeypatch: pytest.MonkeyPatch
) -> None:
    came(register, cast.karin, HOME_CARE, SCHOOL, as_of=JUNE)
    watched(register, cast.johan)
    find = work.find

    def one_more_comes(*args: Any) -> Any:
        found = find(*args)
        monkeypatch.undo()
        came(register, cast.karin, WATER, SCHOOL, as_of=JULY)
        return found

    monkeypatch.setattr(work, "find", one_more_comes)
    [first] = let_the_worker_run()
    assert (told(register), first.outcomes.count()) == ({}, 0)
    [second] = let_the_worker_run()
    assert told(register) == {"Vatten": "new"}
    assert outcome(second) == {"hits": 1, "new": 1}
    assert runs.waiting_runs() == []


def test_two_snapshots_at_once_wait_for_one_run(cast: Cast, register: Register) -> None:
    came(register, cast.karin, SCHOOL, as_of=JUNE)
    watched(register, cast.johan)
    came(register, cast.karin, HOME_CARE, SCHOOL, as_of=JULY)
    came(register, cast.karin, HOME_CARE, WATER, as_of=AUGUST)
    [run] = let_the_worker_run()
    assert outcome(run) == {"hits": 2, "new": 2}


def test_the_database_refuses_a_second_alert_of_a_subject_and_another_outcome(cast: Cast, register: Register) -> None:
    came(register, cast.karin, HOME_CARE, as_of=JUNE)
    watched(register, cast.johan)
    let_the_worker_run()
    alert = the_alert("Hemtjänst")
    with pytest.raises(IntegrityError), transaction.atomic():
        Alert.objects.create(
            watch=alert.watch,
            snapshot=alert.snapshot,
            subject_key=alert.subject_key,
            came_at=alert.came_at,
            told_at=alert.told_at,
        )
    with pytest.raises(DatabaseError), transaction.atomic():
        WatchOutcome.objects.update(hits=9)
    with pytest.raises(DatabaseError), transaction.atomic():
        WatchOutcome.objects.all().delete()


# Rules that stop, and rules that ask


def test_a_rule_whose_column_is_gone_stops_and_the_others_go_on(cast: Cast, register: Register) -> None:
    came(register, cast.karin, HOME_CARE, SCHOOL, as_of=JUNE)
    watched(register, cast.johan)
    watched(register, cast.johan, "operation_without_responsible")
    let_the_worker_run()
    draft = came(register, cast.karin, ("Hemtjänst", "Vård", "", "A"), headings=(*HEADINGS_WITHOUT_PLAN,), as_of=JULY)
    registers.take(draft, by=cast.johan)
    let_the_worker_run()
    stopped = Watch.objects.get(rule=RULE)
    assert (stopped.state, stopped.problem, stopped.problem_values["columns"]) == ("stopped", "column", ["has_plan"])
    assert Watch.objects.get(rule="operation_without_responsible").state == "on"
    assert the_alert("Hemtjänst").holds
    assert "Kontinuitetsplan" in str(stopped.history.latest().history_change_reason)


HEADINGS_WITHOUT_PLAN = ("Verksamhet", "Förvaltning", "Plan daterad", "Ansvarig")


def test_a_rule_whose_query_fails_stops_alone(cast: Cast, register: Register, monkeypatch: pytest.MonkeyPatch) -> None:
    came(register, cast.karin, HOME_CARE, SCHOOL, as_of=JUNE)
    watched(register, cast.johan)
    watched(register, cast.johan, "plan_old")
    tried = Trial.try_rule

    def fails(self: Any, rule: Any, *args: Any, **given: Any) -> Any:
        if rule.code == "plan_old":
            self.engine.rows("select nothing_of_the_kind")
        return tried(self, rule, *args, **given)

    monkeypatch.setattr(Trial, "try_rule", fails)
    let_the_worker_run()
    assert {watch.rule: watch.state for watch in Watch.objects.all()} == {RULE: "on", "plan_old": "stopped"}
    assert told(register) == {"Hemtjänst": "new"}


def test_a_closed_register_and_a_missing_file_stop_the_rules_that_read_them(cast: Cast, register: Register) -> None:
    snapshot = came(register, cast.karin, HOME_CARE, as_of=JUNE)
    watch = watched(register, cast.johan)
    snapshot.file.storage.delete(str(snapshot.file.name))
    let_the_worker_run()
    watch.refresh_from_db()
    assert (watch.state, watch.problem) == ("stopped", "file")
    registers.close(register, by=cast.johan, reason="Nytt system")
    newest: Newest = {}
    with pytest.raises(Stops) as stop:
        prepare(watch, newest)
    assert stop.value.problem.code == "register"


def test_what_would_tell_too_much_asks_first_and_tells_when_it_may(cast: Cast, register: Register) -> None:
    came(register, cast.karin, HOME_CARE, WATER, SCHOOL, as_of=JUNE)
    watch = watched(register, cast.johan, most_alerts=1)
    [run] = let_the_worker_run()
    watch.refresh_from_db()
    assert (watch.state, watch.problem_values) == ("asking", {"count": 2, "most": 1})
    assert (told(register), run.outcomes.get().result) == ({}, "asked")
    watches.switch_on(watch, by=cast.johan, most_alerts=2)
    let_the_worker_run()
    assert told(register) == {"Hemtjänst": "new", "Vatten": "new"}


def test_a_rule_that_is_switched_off_while_it_runs_tells_nothing(
    cast: Cast, register: Register, monkeypatch: pytest.MonkeyPatch
) -> None:
    came(register, cast.karin, HOME_CARE, as_of=JUNE)
    watch = watched(register, cast.johan)
    find = work.find

    def switched_off(*args: Any) -> Any:
        found = find(*args)
        watches.switch_off(watch, by=cast.johan, reason="Behövs inte")
        return found

    monkeypatch.setattr(work, "find", switched_off)
    let_the_worker_run()
    assert told(register) == {}
    assert runs.waiting_runs() == []


def test_what_a_rule_gave_is_in_the_trail_and_the_migration_begins_the_histories_of_those_before(
    cast: Cast, register: Register
) -> None:
    came(register, cast.karin, HOME_CARE, SCHOOL, as_of=JUNE)
    watched(register, cast.johan)
    let_the_worker_run()
    assert verify().is_intact
    [row] = WatchOutcome.history.all()
    assert (row.hits, row.history_user_name, row.history_type) == (1, "Riskreg", "+")
    WatchOutcome.history.all().delete()
    assert [(one.kind, one.model) for one in verify().findings] == [("live_added", "controls.watchoutcome")]
    module = import_module("controls.migrations.0036_outcomes_of_watched_rules_in_the_trail")
    module.begin_histories(apps, SimpleNamespace(connection=connection))
    assert verify().is_intact
