"""Work is given to somebody whose account is closed at the same moment: one of the two is refused, whichever comes second."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import connection, transaction

from controls.checks import verbs as checks
from controls.follow_ups import verbs as follow_ups
from controls.follow_ups.draft import Decision, Draft, Measure
from controls.models import Action, Control, FollowUp
from controls.plan_controls.verbs import add_control, change_control
from riskreg.models import Risk, Role, User
from riskreg.people import handing_over, leaving
from riskreg.plans.carrying_over import carry_over
from riskreg.plans.risks import add_risk, change_risk
from riskreg.verbs.errors import Refused
from tests.beside import Beside
from tests.cast import Cast, make_cast, make_risk, make_user
from tests.checks.checks import adopt, make_check
from tests.follow_ups.follow_ups import fresh, in_state, planned


@pytest.fixture
def people(transactional_db: None, today: object) -> Cast:
    return make_cast()


@pytest.fixture
def maja(people: Cast) -> User:
    """She owns nothing yet."""
    return make_user("Maja Lund", people.board, Role.CONTROL_OWNER)


def give_a_follow_up(cast: Cast, to: User) -> Callable[[], Any]:
    follow_up = planned(cast)
    return lambda: follow_ups.assign(follow_up, to, by=cast.johan)


def give_a_check(cast: Cast, to: User) -> Callable[[], Any]:
    check = make_check(planned(cast).control, date(2025, 9, 30))
    return lambda: checks.assign(check, to, by=cast.johan)


def give_an_action(cast: Cast, to: User) -> Callable[[], Any]:
    follow_up = in_state(cast, "in_progress")
    decision = Decision(Action.Kind.MEASURE, measures=(Measure("Ny rutin", to.pk, date(2025, 11, 1)),))
    draft = Draft(result="Avvikelser.", conclusion="minor_deviations", decision=decision)
    return lambda: follow_ups.save_draft(fresh(follow_up), by=cast.karin, draft=draft)


def give_a_risk(cast: Cast, to: User) -> Callable[[], Any]:
    risk = make_risk(cast.plan)
    return lambda: change_risk(risk, by=cast.eva, owner=to)


def give_a_new_risk(cast: Cast, to: User) -> Callable[[], Any]:
    return lambda: add_risk(cast.plan, by=cast.eva, title="Ny risk", owner=to)


def give_a_control(cast: Cast, to: User) -> Callable[[], Any]:
    control = planned(cast).control
    return lambda: change_control(control, by=cast.eva, performer=to)


def give_a_new_control(cast: Cast, to: User) -> Callable[[], Any]:
    risk = make_risk(cast.plan)
    return lambda: add_control(risk, by=cast.eva, description="Ny kontroll", method="sampling", frequency="monthly", performer=to)


def hand_it_over(cast: Cast, to: User) -> Callable[[], Any]:
    make_risk(cast.plan, owner=cast.karin)
    return lambda: handing_over.hand_over(cast.karin, to, by=cast.siv, reason="Slutar")


GIVING = [
    give_a_follow_up,
    give_a_check,
    give_an_action,
    give_a_risk,
    give_a_new_risk,
    give_a_control,
    give_a_new_control,
    hand_it_over,
]


def close(person: User, by: User) -> Callable[[], Any]:
    closed = User.objects.get(pk=person.pk)
    closed.is_active = False
    return lambda: leaving.change_account(closed, by=by)


def owned_by(person: User) -> int:
    return sum(held.count for held in handing_over.held_by(person))


@pytest.mark.parametrize("giving", GIVING)
def test_nothing_is_given_to_who_was_just_being_closed(people: Cast, maja: User, giving: Callable[..., Any]) -> None:
    """The page that gives was opened, and its form checked, while the account was open."""
    give = Beside(giving(people, maja))
    with transaction.atomic():
        close(maja, people.siv)()
        give.begin()
    outcome = give.end()
    assert isinstance(outcome, Refused | ValidationError), outcome
    assert not User.objects.get(pk=maja.pk).is_active
    assert owned_by(maja) == 0


@pytest.mark.parametrize("giving", GIVING)
def test_nobodys_account_is_closed_while_they_are_given_something(people: Cast, maja: User, giving: Callable[..., Any]) -> None:
    give, closing = giving(people, maja), Beside(close(maja, people.siv))
    with transaction.atomic():
        give()
        closing.begin()
    assert isinstance(closing.end(), Refused)
    assert User.objects.get(pk=maja.pk).is_active
    assert owned_by(maja) > 0


def test_what_is_carried_over_meanwhile_keeps_the_name_alone(people: Cast, maja: User) -> None:
    """Of an owner who is closed in the middle of it, as of one who had left before."""
    risk = make_risk(people.plan, owner=maja)
    Control.objects.create(risk=risk, description="Attest", method="sampling", frequency="monthly", performer=maja)
    adopt(people.plan)
    carried = Beside(lambda: carry_over(people.plan, by=people.eva))
    with transaction.atomic():
        User.objects.select_for_update().get(pk=maja.pk)
        User.objects.filter(pk=maja.pk).update(is_active=False)
        carried.begin()
    plan = carried.end()
    copy = Risk.objects.get(plan=plan, carried_from=risk)
    assert (copy.owner, copy.owner_text) == (None, "Maja Lund")
    control = Control.objects.get(risk=copy)
    assert (control.performer, control.performer_text) == (None, "Maja Lund")


def test_two_who_name_the_same_person_do_not_wait_for_each_other(people: Cast, maja: User) -> None:
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has one writer at a time")
    other = Beside(give_a_new_risk(people, maja))
    risk = make_risk(people.plan)
    with transaction.atomic():
        from riskreg.verbs.naming import require_open_accounts

        require_open_accounts([maja])
        other.begin()
        assert isinstance(other.end(), Risk)
        assert risk.owner is None
    assert FollowUp.objects.count() == 0
