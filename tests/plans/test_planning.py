"""A plan's life: every verb in every state for every role, and what each leaves behind."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.db import transaction

from riskreg import clock
from riskreg.access.verbs import ROLES_OF_VERB, NotPermitted
from riskreg.models import ControlPlan, Membership, Role, User
from riskreg.plans import life
from riskreg.plans.carrying_over import AnotherPlanIsThere
from riskreg.plans.gate import PLANS, EmptyPlan
from riskreg.plans.transitions import PLAN
from riskreg.verbs.concurrency import Stale, version_of
from riskreg.verbs.errors import NotInThisState, ReasonNeeded
from riskreg.verbs.workflow import Transition
from tests.cast import Cast, make_risk, make_user

pytestmark = pytest.mark.django_db

DECIDED = date(2024, 12, 10)


def in_state(plan: ControlPlan, state: str) -> ControlPlan:
    plan.state = state
    if state in {"adopted", "closed"}:
        plan.adopted_on, plan.adopted_paragraph = DECIDED, "§ 145"
    plan.save()
    return plan


def adopted(cast: Cast, plan: ControlPlan | None = None) -> ControlPlan:
    plan = life.propose(plan or cast.plan, by=cast.eva)
    return life.adopt(plan, by=cast.eva, on=DECIDED, paragraph="§ 145")


def everyone(cast: Cast) -> list[tuple[User, bool]]:
    """One person in each role at the board, and one at the school board; whether it is the board."""
    units = [(cast.board, True), (cast.school_board, False)]
    return [(make_user(f"{role}{int(is_here)} Provsson", unit, role), is_here) for unit, is_here in units for role in Role.values]


@contextmanager
def rolled_back() -> Iterator[None]:
    """What is done inside is undone, so that the next person starts from the same state."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def run_on_when_its_year_ends(plan: ControlPlan, by: User) -> ControlPlan:
    with clock.at(date(plan.year, 12, 1)):
        return life.run_on(plan, by=by)


def stop_what_runs_on(plan: ControlPlan, by: User) -> ControlPlan:
    plan.runs_on_from = date(plan.year, 12, 1)
    plan.save()
    with clock.at(date(plan.year + 1, 1, 20)):
        return life.stop_running_on(plan, by=by)


VERBS: dict[str, Callable[[ControlPlan, User], Any]] = {
    "propose": lambda plan, by: life.propose(plan, by=by),
    "withdraw": lambda plan, by: life.withdraw(plan, by=by, reason="Fler risker ska in"),
    "adopt": lambda plan, by: life.adopt(plan, by=by, on=DECIDED, paragraph="§ 145"),
    "revise": lambda plan, by: life.revise(plan, by=by, reason="Ny lagstiftning"),
    "close": lambda plan, by: life.close(plan, by=by),
    "run_on": run_on_when_its_year_ends,
    "stop_running_on": stop_what_runs_on,
    "change": lambda plan, by: life.change_plan(plan, by=by, registry_number="KS 2024/512"),
    "add_risk": lambda plan, by: life.add_risk(plan, by=by, title="Ny risk"),
    "carry_over": lambda plan, by: life.carry_over(plan, by=by),
}


def test_every_verb_of_the_table_is_tried() -> None:
    assert set(VERBS) == set(PLAN.verbs)


@pytest.mark.parametrize("verb", PLAN.verbs)
@pytest.mark.parametrize("state", PLAN.states)
def test_each_verb_in_each_state_for_each_role_here_and_elsewhere(cast: Cast, verb: str, state: str) -> None:
    make_risk(cast.plan)
    plan = in_state(cast.plan, state)
    answer = PLAN.answer(state, verb)
    for person, is_here in everyone(cast):
        role = person.memberships.get().role
        with rolled_back():
            if not is_here or Role(role) not in ROLES_OF_VERB[PLANS.right_of(verb)]:
                with pytest.raises(NotPermitted):
                    VERBS[verb](plan, person)
            elif not isinstance(answer, Transition):
                with pytest.raises(NotInThisState):
                    VERBS[verb](plan, person)
            else:
                VERBS[verb](plan, person)
                plan.refresh_from_db()
                assert plan.state == answer.to_state, role
        plan.refresh_from_db()


def test_the_operator_may_do_nothing_with_a_plan(cast: Cast) -> None:
    make_risk(cast.plan)
    operator = User.objects.create_superuser("drift@lillkoping.example", "x", name="Drift")
    for verb in PLAN.verbs:
        with pytest.raises(NotPermitted):
            VERBS[verb](cast.plan, operator)


def test_an_ended_role_moves_no_plan(cast: Cast, today: date) -> None:
    make_risk(cast.plan)
    Membership.objects.filter(user=cast.eva).update(valid_to=date(2025, 1, 1))
    with pytest.raises(NotPermitted):
        life.propose(cast.plan, by=User.objects.get(pk=cast.eva.pk))


def test_an_empty_plan_cannot_be_proposed(cast: Cast) -> None:
    make_risk(cast.plan, is_dropped=True)
    with pytest.raises(EmptyPlan):
        life.propose(cast.plan, by=cast.eva)


@pytest.mark.parametrize(("state", "verb"), [("proposed", life.withdraw), ("adopted", life.revise)])
def test_taking_back_demands_a_reason(cast: Cast, state: str, verb: Any) -> None:
    make_risk(cast.plan)
    plan = in_state(cast.plan, state)
    with pytest.raises(ReasonNeeded):
        verb(plan, by=cast.eva, reason="  ")
    verb(plan, by=cast.eva, reason="Ny lagstiftning")
    newest = plan.history.first()
    assert (newest.history_change_reason, newest.history_user_name) == ("Ny lagstiftning", "Eva Åström")


def test_a_decision_that_has_not_been_made_yet_is_refused(cast: Cast, today: date) -> None:
    make_risk(cast.plan)
    life.propose(cast.plan, by=cast.eva)
    for on, paragraph, field in [(date(2025, 9, 9), "§ 1", "on"), (today, " ", "paragraph"), (today, "§" * 21, "paragraph")]:
        with pytest.raises(ValidationError) as refusal:
            life.adopt(cast.plan, by=cast.eva, on=on, paragraph=paragraph)
        assert list(refusal.value.message_dict) == [field]


def test_a_document_that_is_refused_leaves_no_trace(cast: Cast) -> None:
    make_risk(cast.plan)
    life.propose(cast.plan, by=cast.eva)
    for name, content in [("beslut.exe", b"MZ"), ("beslut.pdf", b"MZ"), ("beslut.pdf", b"")]:
        with pytest.raises(ValidationError) as refusal:
            life.adopt(cast.plan, by=cast.eva, on=DECIDED, paragraph="§ 1", document=ContentFile(content, name=name))
        assert name in str(refusal.value)
    cast.plan.refresh_from_db()
    assert (cast.plan.state, cast.plan.versions.count()) == ("proposed", 0)


def test_unit_year_and_matrix_stand_once_there_are_risks(cast: Cast) -> None:
    life.change_plan(cast.plan, by=cast.eva, year=2027)
    make_risk(cast.plan)
    with pytest.raises(ValidationError) as refusal:
        life.change_plan(cast.plan, by=cast.eva, year=2028)
    assert "year" in refusal.value.message_dict


def test_a_second_plan_of_the_year_is_refused_in_words(cast: Cast) -> None:
    with pytest.raises(ValidationError):
        life.make_plan(by=cast.eva, unit=cast.board, year=2025, matrix=cast.matrix)


def test_a_change_on_top_of_anothers_is_refused(cast: Cast) -> None:
    opened = version_of(cast.plan)
    life.change_plan(cast.plan, by=cast.eva, registry_number="KS 2024/1", version=opened)
    with pytest.raises(Stale):
        life.change_plan(cast.plan, by=cast.johan, registry_number="KS 2024/2", version=opened)


def test_next_years_plan_keeps_every_score_and_links_to_where_it_came_from(cast: Cast) -> None:
    make_risk(cast.plan, "En", likelihood=4, impact=3, owner=cast.johan)
    make_risk(cast.plan, "Två", risk_score=8, likelihood=None, impact=None)
    make_risk(cast.plan, "Tre", is_dropped=True)
    following = life.carry_over(adopted(cast), by=cast.eva)
    assert (following.year, following.state, following.carried_from) == (2026, "draft", cast.plan)
    rows: list[Any] = list(
        following.risks.order_by("number").values_list("title", "likelihood", "impact", "risk_score", "decision")
    )
    assert rows == [("En", 4, 3, 12, ""), ("Två", None, None, 8, "")]
    assert all(risk.carried_from is not None and risk.carried_from.title == risk.title for risk in following.risks.all())
    risk = following.risks.get(title="En")
    newest = risk.history.get()
    assert newest.history_user_name == "Eva Åström"
    assert str(cast.plan) in newest.history_change_reason


def test_carrying_over_twice_changes_nothing(cast: Cast) -> None:
    make_risk(cast.plan)
    following = life.carry_over(adopted(cast), by=cast.eva)
    assert life.carry_over(cast.plan, by=cast.eva) == following
    assert following.risks.count() == 1


def test_another_plan_of_that_year_is_not_overwritten_but_an_empty_draft_is_filled(cast: Cast) -> None:
    make_risk(cast.plan)
    there = ControlPlan.objects.create(unit=cast.board, year=2026, matrix=cast.matrix)
    plan = adopted(cast)
    own = make_risk(there, "Egen")
    with pytest.raises(AnotherPlanIsThere):
        life.carry_over(plan, by=cast.eva)
    own.delete()
    assert life.carry_over(plan, by=cast.eva) == there
    assert there.risks.count() == 1


def test_nothing_is_carried_over_to_a_closed_account(cast: Cast) -> None:
    make_risk(cast.plan, owner=cast.karin)
    plan = adopted(cast)
    cast.karin.is_active = False
    cast.karin.save()
    risk = life.carry_over(plan, by=cast.eva).risks.get()
    assert (risk.owner, risk.owner_text) == (None, "Karin Lindqvist")
