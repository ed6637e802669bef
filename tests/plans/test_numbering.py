"""Eight people at once, each on a connection of their own."""

from __future__ import annotations

import threading
from datetime import date
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import connection

from riskreg.models import ControlPlan, Deputyship, Risk, Role, User
from riskreg.people import deputies
from riskreg.people.handing_over import Held, hand_over
from riskreg.plans import life
from riskreg.verbs.concurrency import Stale, version_of
from riskreg.verbs.errors import NotInThisState, Refused
from tests.cast import Cast, make_cast, make_risk, make_user

AT_ONCE = 8
NAMES = ["Ada", "Bea", "Cia", "Dag", "Elsa", "Frej", "Gun", "Hugo"]


@pytest.fixture
def people(transactional_db: None, today: date) -> Cast:
    return make_cast()


def in_parallel(job: Any) -> list[Any]:
    outcomes: list[Any] = []
    start = threading.Barrier(AT_ONCE)

    def run(place: int) -> None:
        try:
            start.wait(timeout=20)
            outcomes.append(job(place))
        except Exception as error:
            outcomes.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(place,)) for place in range(AT_ONCE)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    return outcomes


def test_eight_parallel_creates_give_eight_numbers(people: Cast) -> None:
    def add(place: int) -> Risk:
        return life.add_risk(people.plan, by=User.objects.get(pk=people.eva.pk), title=f"Risk {place}")

    added = in_parallel(add)
    assert sorted(risk.number for risk in added) == list(range(1, AT_ONCE + 1)), added


def test_eight_who_carry_over_at_once_make_one_plan(people: Cast) -> None:
    make_risk(people.plan)
    life.propose(people.plan, by=people.eva)
    life.adopt(people.plan, by=people.eva, on=date(2024, 12, 10), paragraph="§ 145")

    def carry(place: int) -> ControlPlan:
        return life.carry_over(people.plan, by=User.objects.get(pk=people.eva.pk))

    made = in_parallel(carry)
    assert {plan.pk for plan in made} == {ControlPlan.objects.get(unit=people.board, year=2026).pk}, made
    assert Risk.objects.filter(plan__year=2026).count() == 1


def test_of_eight_who_save_the_same_risk_from_the_same_version_one_wins(people: Cast) -> None:
    risk = make_risk(people.plan)
    opened = version_of(risk)

    def change(place: int) -> Risk:
        by = User.objects.get(pk=people.eva.pk)
        return life.change_risk(risk, by=by, version=opened, title=f"Rubrik {place}")

    outcomes = in_parallel(change)
    saved = [outcome for outcome in outcomes if isinstance(outcome, Risk)]
    assert len(saved) == 1, outcomes
    assert sum(isinstance(outcome, Stale) for outcome in outcomes) == AT_ONCE - 1, outcomes
    risk.refresh_from_db()
    assert risk.title == saved[0].title


def test_of_eight_who_adopt_at_once_one_makes_the_version(people: Cast) -> None:
    make_risk(people.plan)
    life.propose(people.plan, by=people.eva)

    def adopt(place: int) -> ControlPlan:
        by = User.objects.get(pk=people.eva.pk)
        return life.adopt(people.plan, by=by, on=date(2024, 12, 10), paragraph=f"§ {place}")

    outcomes = in_parallel(adopt)
    assert sum(isinstance(outcome, NotInThisState) for outcome in outcomes) == AT_ONCE - 1, outcomes
    assert people.plan.versions.count() == 1


def test_of_eight_who_set_the_same_deputy_at_once_one_does(people: Cast) -> None:
    day = date(2025, 9, 8)

    def appoint(place: int) -> Deputyship:
        johan, karin = User.objects.get(pk=people.johan.pk), User.objects.get(pk=people.karin.pk)
        return deputies.set_deputy(by=johan, absent=johan, deputy=karin, first_day=day, last_day=date(2025, 9, 12))

    outcomes = in_parallel(appoint)
    assert sum(isinstance(outcome, Deputyship) for outcome in outcomes) == 1, outcomes
    assert sum(isinstance(outcome, ValidationError) for outcome in outcomes) == AT_ONCE - 1, outcomes
    assert Deputyship.objects.count() == Deputyship.history.count() == 1


def test_of_eight_who_hand_over_at_once_one_does_and_everything_goes_to_the_same(people: Cast) -> None:
    risks = [make_risk(people.plan, f"Risk {i}", owner=people.karin) for i in range(6)]
    receivers = [make_user(f"{name} Ek", people.board, Role.CONTROL_OWNER) for name in NAMES]

    def give(place: int) -> list[Held]:
        person, siv = User.objects.get(pk=people.karin.pk), User.objects.get(pk=people.siv.pk)
        return hand_over(person, receivers[place], by=siv, reason="Karin slutar")

    outcomes = in_parallel(give)
    assert sum(isinstance(outcome, list) for outcome in outcomes) == 1, outcomes
    assert sum(isinstance(outcome, Refused) for outcome in outcomes) == AT_ONCE - 1, outcomes
    owners = set(Risk.objects.values_list("owner", flat=True))
    assert len(owners) == 1
    assert owners < {receiver.pk for receiver in receivers}
    assert Risk.history.filter(history_change_reason__contains="Karin slutar").count() == len(risks)
