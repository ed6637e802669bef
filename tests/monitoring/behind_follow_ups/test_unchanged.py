"""A register that is asked and is unchanged is watched; a rule that is switched on or off in the period is said to be."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.db import DatabaseError, transaction
from django.test import Client

from controls.models import FollowUp, Register, SnapshotConfirmation, Watch, WatchOutcome, WatchRun
from controls.monitoring.behind_follow_ups.period import Watching
from controls.monitoring.registers import verbs
from controls.monitoring.registers.unchanged import confirm_fetched
from controls.monitoring.watching import watches
from tests.cast import Cast
from tests.data_files.files import csv_bytes
from tests.monitoring.behind_follow_ups.scene import followed_up, the_backing
from tests.monitoring.registers.scene import AUGUST, JULY, JUNE, a_file
from tests.monitoring.watching.scene import HEADINGS, SCHOOL, came, let_the_worker_run, operations, watched

pytestmark = pytest.mark.django_db
BEFORE = date(2024, 12, 15)
ROWS = (SCHOOL, ("Bad", "Kultur", "ja", "2025-02-01", "Eva Ek"))


@pytest.fixture
def calendar(today: date, settings: Any) -> Any:
    """Set the day it is."""

    def go_to(day: date) -> None:
        settings.RISKREG_TODAY = day

    return go_to


def fed_again(register: Register, cast: Cast, *, as_of: date) -> None:
    with pytest.raises(verbs.StillTheSame):
        verbs.feed(register, by=cast.karin, file=a_file(ROWS, HEADINGS), as_of=as_of)


@pytest.fixture
def standing(cast: Cast, calendar: Any) -> tuple[Register, Watch]:
    """A register whose only snapshot is from the year before, in which a rule is watched."""
    calendar(BEFORE)
    register = operations(cast)
    came(register, cast.karin, *ROWS, as_of=BEFORE)
    watch = watched(register, cast.johan)
    let_the_worker_run()
    return register, watch


@pytest.fixture
def follow_up(cast: Cast, standing: tuple[Register, Watch], calendar: Any) -> FollowUp:
    calendar(date(2025, 9, 8))
    return followed_up(cast, standing[1])


def test_a_register_that_nobody_asked_is_not_watched(follow_up: FollowUp) -> None:
    assert the_backing(follow_up).suggested == "could_not_be_performed"


def test_the_same_file_handed_in_again_is_watched_as_of_its_day(cast: Cast, standing: Any, follow_up: FollowUp) -> None:
    fed_again(standing[0], cast, as_of=JULY)
    assert [run.cause for run in let_the_worker_run()] == ["unchanged"]
    fed_again(standing[0], cast, as_of=AUGUST)
    let_the_worker_run()
    shown = the_backing(follow_up)
    assert (shown.suggested, shown.missing, shown.is_complete) == ("no_deviations", [], True)
    assert ("Oförändrat", "2 dagar, senast 31 augusti 2025") in shown.facts
    assert ("Lägesbilder", "1 lägesbild, 15 december 2024") in shown.facts
    assert shown.draft == (
        "2 verksamheter bevakades i 1 lägesbild, med 1 regel; inga larm. "
        "Registret var oförändrat 2 dagar, senast 31 augusti 2025."
    )


def test_a_register_that_is_asked_every_day_adds_no_outcome_and_each_day_is_shown(
    cast: Cast, standing: Any, follow_up: FollowUp, client: Client
) -> None:
    """Of the auditor's nine days each is there: when the register was found unchanged, and that its rules were run."""
    register, watch = standing
    days = [date(2025, 8, day) for day in range(1, 10)]
    for day in days:
        fed_again(register, cast, as_of=day)
        let_the_worker_run()
    outcome = WatchOutcome.objects.get(watch=watch)
    assert WatchOutcome.history.count() == 1
    repeats = WatchRun.objects.filter(cause="unchanged").values_list("repeats", flat=True)
    assert list(repeats) == [[outcome.pk]] * 9
    assert ("Oförändrat", "9 dagar, senast 9 augusti 2025") in the_backing(follow_up).facts
    client.force_login(cast.johan)
    assert "samma 9 gånger till, senast" in client.get(watch.get_absolute_url()).content.decode()


def test_what_a_run_found_again_stands(cast: Cast, standing: Any, follow_up: FollowUp) -> None:
    fed_again(standing[0], cast, as_of=AUGUST)
    [run] = let_the_worker_run()
    with pytest.raises(DatabaseError), transaction.atomic():
        WatchRun.objects.filter(pk=run.pk).update(repeats=[])
    with pytest.raises(DatabaseError), transaction.atomic():
        run.delete()


def test_a_rule_that_was_changed_since_writes_what_it_gives_anew(cast: Cast, standing: Any, follow_up: FollowUp) -> None:
    register, watch = standing
    watched(register, cast.johan, most_alerts=40)
    let_the_worker_run()
    before = WatchOutcome.objects.filter(watch=watch).count()
    assert before == 2
    fed_again(register, cast, as_of=AUGUST)
    let_the_worker_run()
    assert WatchOutcome.objects.filter(watch=watch).count() == before


def test_an_unchanged_register_that_tells_something_else_today_has_an_outcome_of_its_own(cast: Cast, calendar: Any) -> None:
    calendar(BEFORE)
    register = operations(cast)
    came(register, cast.karin, *ROWS, as_of=BEFORE)
    watch = watched(register, cast.johan, rule="plan_old")
    let_the_worker_run()
    calendar(date(2030, 9, 8))
    fed_again(register, cast, as_of=date(2030, 8, 31))
    let_the_worker_run()
    assert list(WatchOutcome.objects.filter(watch=watch).order_by("pk").values_list("new", flat=True)) == [0, 2]


def test_what_was_confirmed_but_not_looked_through_yet_is_not_watched(cast: Cast, standing: Any, follow_up: FollowUp) -> None:
    fed_again(standing[0], cast, as_of=AUGUST)
    [left] = the_backing(follow_up).missing
    assert "kördes inte på någon lägesbild" in left


def test_a_rule_that_was_off_when_the_register_was_found_unchanged_is_not_watched(
    cast: Cast, standing: Any, calendar: Any
) -> None:
    register, watch = standing
    calendar(date(2025, 7, 31))
    follow_up = followed_up(cast, watch)
    fed_again(register, cast, as_of=JULY)
    let_the_worker_run()
    watches.switch_off(watch, by=cast.johan, reason="Behövs inte")
    calendar(date(2025, 9, 8))
    fed_again(register, cast, as_of=AUGUST)
    let_the_worker_run()
    shown = the_backing(follow_up)
    assert shown.missing == [
        "Inte bevakat efter 31 juli 2025: ”Kontinuitetsplan saknas”. Det som kom senare är inte genomgånget."
    ]
    assert shown.suggested == "ongoing"


def test_a_file_of_no_later_day_or_not_the_latest_confirms_nothing(cast: Cast, standing: Any, follow_up: FollowUp) -> None:
    register = standing[0]
    for day in (BEFORE, date(2024, 11, 1)):
        with pytest.raises(verbs.TheSameFile) as refusal:
            verbs.feed(register, by=cast.karin, file=a_file(ROWS, HEADINGS), as_of=day)
        assert not isinstance(refusal.value, verbs.StillTheSame)
    came(register, cast.karin, SCHOOL, *ROWS[1:], ("Park", "Teknik", "ja", "2025-02-01", "Bo Ek"), as_of=JUNE)
    verbs.feed(register, by=cast.karin, file=a_file(ROWS, HEADINGS), as_of=JULY)  # a register that goes back
    assert not SnapshotConfirmation.objects.exists()


def test_the_same_day_twice_is_noted_once_and_run_once(cast: Cast, standing: Any, follow_up: FollowUp) -> None:
    for _time in range(2):
        fed_again(standing[0], cast, as_of=AUGUST)
        let_the_worker_run()
    [noted] = SnapshotConfirmation.objects.all()
    assert (noted.unchanged_on, noted.way, noted.confirmed_by) == (AUGUST, "upload", cast.karin)
    assert noted.history.get().history_user == cast.karin
    assert WatchRun.objects.filter(cause="unchanged").count() == 1


def test_what_waits_for_a_person_is_not_confirmed_by_being_fetched_again(cast: Cast, standing: Any, follow_up: FollowUp) -> None:
    register = standing[0]
    waiting = came(register, cast.karin, *(("9" + row[0], *row[1:]) for row in ROWS), as_of=JULY)
    assert waiting.state == "draft"
    assert not confirm_fetched(register, waiting.original_sha256, on=AUGUST)
    assert confirm_fetched(register, register.snapshots.get(state="taken").original_sha256, on=AUGUST)


# Switched on and off


def test_a_rule_that_is_switched_on_or_off_in_the_period_is_said_to_be(cast: Cast, calendar: Any) -> None:
    register = operations(cast)
    calendar(JUNE)
    came(register, cast.karin, *ROWS, as_of=JUNE)
    watch = watched(register, cast.johan)
    # Other limits at the same day switch nothing off.
    watched(register, cast.johan, most_alerts=40)
    let_the_worker_run()
    follow_up = followed_up(cast, watch)
    assert ("Inte bevakad hela perioden", "Slogs på 30 juni 2025: ”Kontinuitetsplan saknas”.") in the_backing(follow_up).facts
    calendar(JULY)
    watches.switch_off(watch, by=cast.johan, reason="Behövs inte")
    said = "Slogs på 30 juni 2025: ”Kontinuitetsplan saknas”. Slogs av 31 juli 2025: ”Kontinuitetsplan saknas”."
    shown = the_backing(follow_up)
    assert ("Inte bevakad hela perioden", said) in shown.facts
    assert said in shown.draft


def test_a_rule_that_was_on_before_the_period_is_not_said_to_be_switched_on(
    cast: Cast, standing: Any, follow_up: FollowUp
) -> None:
    fed_again(standing[0], cast, as_of=AUGUST)
    let_the_worker_run()
    assert "Inte bevakad hela perioden" not in dict(the_backing(follow_up).facts)


def test_what_was_kept_before_this_was_known_is_still_read() -> None:
    made = Watching(date(2024, 12, 31), AUGUST, 1, days=("2025-06-30",), states={})
    stored = made.as_json()
    del stored["unchanged"], stored["switched"]
    assert Watching.of_json(stored) == made


def test_the_file_of_the_scene_is_that_of_the_first_snapshot(standing: Any) -> None:
    assert standing[0].snapshots.get().row_count == len(csv_bytes(ROWS, HEADINGS).splitlines()) - 1
