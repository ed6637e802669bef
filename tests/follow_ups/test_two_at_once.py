"""Two people in the same follow-up, with two real connections to the database."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection, transaction

from controls.follow_ups import verbs
from controls.follow_ups.draft import Decision, Draft, Measure
from controls.importing.session import confirm
from controls.models import FollowUp, PlanImport
from riskreg.models import Risk, User
from riskreg.verbs.concurrency import Stale, version_of
from riskreg.verbs.errors import NotInThisState
from riskreg.verbs.gate import lock_row
from tests.architecture.scene_records import make_import
from tests.cast import Cast, make_cast, make_risk
from tests.follow_ups.follow_ups import fresh, in_state, planned


def in_parallel(*jobs: Callable[[], Any]) -> list[Any]:
    """Runs the jobs at once, each on a connection of its own; what each returned or raised, in their order."""
    outcomes: list[Any] = [None] * len(jobs)
    start = threading.Barrier(len(jobs))

    def run(place: int, job: Callable[[], Any]) -> None:
        try:
            start.wait(timeout=20)
            outcomes[place] = job()
        except Exception as error:
            outcomes[place] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(place, job)) for place, job in enumerate(jobs)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    return outcomes


@pytest.fixture
def people(transactional_db: None, today: object) -> Cast:
    return make_cast()


def draft(text: str, decision: Decision | None = None) -> Draft:
    return Draft(result=text, conclusion="no_deviations", decision=decision)


def again(user: User) -> User:
    return User.objects.get(pk=user.pk)


def test_of_two_saves_from_the_same_version_one_wins_and_the_other_is_told_what_changed(people: Cast) -> None:
    follow_up = planned(people)
    opened = version_of(follow_up)
    outcomes = in_parallel(
        lambda: verbs.save_draft(follow_up, by=again(people.karin), draft=draft("Karins text"), version=opened),
        lambda: verbs.save_draft(follow_up, by=again(people.eva), draft=draft("Evas text"), version=opened),
    )
    stale = [outcome for outcome in outcomes if isinstance(outcome, Stale)]
    saved = [outcome for outcome in outcomes if isinstance(outcome, FollowUp)]
    assert (len(stale), len(saved)) == (1, 1), outcomes
    kept = fresh(follow_up)
    assert kept.result == saved[0].result
    result = next(change for change in stale[0].changes if change.field == "result")
    assert (result.opened, result.theirs) == ("–", kept.result)
    assert stale[0].author == str(kept.last_edited_by)
    assert stale[0].current_version == version_of(kept)


def test_of_two_approvals_at_once_one_counts(people: Cast) -> None:
    from riskreg.models import Membership

    Membership.objects.create(user=people.ulla, unit=people.board, role="manager")
    follow_up = in_state(people, "submitted")
    outcomes = in_parallel(
        lambda: verbs.approve(follow_up, by=again(people.johan)), lambda: verbs.approve(follow_up, by=again(people.ulla))
    )
    assert sum(isinstance(outcome, FollowUp) for outcome in outcomes) == 1, outcomes
    assert sum(isinstance(outcome, NotInThisState) for outcome in outcomes) == 1, outcomes
    assert fresh(follow_up).history.filter(state="approved").count() == 1


def test_an_approval_of_what_was_edited_meanwhile_is_refused(people: Cast) -> None:
    follow_up = in_state(people, "submitted")
    seen = version_of(follow_up)
    verbs.return_(follow_up, by=people.johan, reason="Komplettera.")
    verbs.save_draft(follow_up, by=people.karin, draft=draft("Nytt resultat"))
    verbs.submit(follow_up, by=people.karin)
    with pytest.raises(Stale) as refusal:
        verbs.approve(follow_up, by=people.johan, version=seen)
    assert {change.field for change in refusal.value.changes} == {"result"}
    assert fresh(follow_up).state == "submitted"


def test_what_changed_in_the_actions_is_told_too(people: Cast) -> None:
    follow_up = planned(people)
    opened = version_of(follow_up)
    decision = Decision("measure", (Measure("Ny attestrutin", people.karin.pk),))
    verbs.save_draft(follow_up, by=people.karin, draft=draft("", decision))
    with pytest.raises(Stale) as refusal:
        verbs.save_draft(follow_up, by=people.eva, draft=draft("Evas"), version=opened)
    change = next(change for change in refusal.value.changes if change.field == "decision")
    assert change.opened == "–"
    assert "Ny attestrutin" in change.theirs


def test_the_second_saves_after_having_seen_the_first(people: Cast) -> None:
    follow_up = planned(people)
    opened = version_of(follow_up)
    verbs.save_draft(follow_up, by=people.karin, draft=draft("Karins"), version=opened)
    with pytest.raises(Stale) as refusal:
        verbs.save_draft(follow_up, by=people.eva, draft=draft("Evas"), version=opened)
    verbs.save_draft(follow_up, by=people.eva, draft=draft("Evas"), version=refusal.value.current_version)
    assert fresh(follow_up).result == "Evas"


def test_opening_the_follow_ups_of_a_closing_twice_at_once_makes_each_once(people: Cast) -> None:
    from controls.follow_ups.opening import open_follow_ups
    from tests.cast import make_control, make_risk

    for number in range(5):
        make_control(make_risk(people.plan, f"Risk {number}"))
    outcomes = in_parallel(
        lambda: open_follow_ups(people.plan, people.interim, by=again(people.eva)),
        lambda: open_follow_ups(people.plan, people.interim, by=again(people.eva)),
    )
    assert sorted(len(outcome.created) for outcome in outcomes) == [0, 5], outcomes
    assert FollowUp.objects.count() == 5


def test_of_two_who_confirm_an_import_at_once_one_imports(people: Cast) -> None:
    plan_import = make_import(people.board, people.plan, people.eva, "Identifierad risk;Riskvärde\nEnergibrist;8\n")
    outcomes = in_parallel(*(lambda: confirm(plan_import.pk, by=User.objects.get(pk=people.eva.pk)) for _ in range(2)))
    assert Risk.objects.count() == 1
    assert sorted(type(one).__name__ for one in outcomes) == ["ImportOutcome", "NotInThisState"]
    assert PlanImport.objects.get().state == "confirmed"


def test_a_risk_saved_while_a_file_changes_it_has_a_history_that_says_what_it_is(
    people: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The import reads the risk, somebody saves another field of it, the import writes: the second waits for the first."""
    from controls.importing.comparing import compare
    from riskreg.trail import live
    from riskreg.trail.tables import trail_tables

    risk = make_risk(people.plan, "Energibrist", likelihood=None, impact=None, risk_score=8)
    plan_import = make_import(people.board, people.plan, people.eva, "Identifierad risk;Riskvärde\nEnergibrist;12\n")
    saving: list[threading.Thread] = []

    def save() -> None:
        try:
            with transaction.atomic():
                lock_row(Risk.objects.all(), risk.pk)
                one = Risk.objects.get(pk=risk.pk)
                one.description = "Skrivet under tiden."
                one.save()
        finally:
            connection.close()

    def compared(*given: Any, **named: Any) -> Any:
        found = compare(*given, **named)
        if not saving:
            saving.append(threading.Thread(target=save))
            saving[0].start()
            saving[0].join(timeout=1)
        return found

    monkeypatch.setattr("controls.importing.plan.compare", compared)
    confirm(plan_import.pk, by=again(people.eva))
    saving[0].join(timeout=30)
    now = Risk.objects.get(pk=risk.pk)
    assert (now.risk_score, now.description) == (12, "Skrivet under tiden.")
    assert live.suspects_of(trail_tables()["riskreg.risk"]).records == []
