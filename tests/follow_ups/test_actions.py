from __future__ import annotations

from datetime import date
from itertools import product
from typing import Any

import pytest
from django.core.exceptions import ValidationError

from controls.follow_ups.actions import ACTIONS, VERB_LABELS, mark_action_done, note_effect, state_of, take_up_again
from controls.follow_ups.people import NotYours
from controls.models import Action
from controls.transitions import ACTION
from riskreg.access.verbs import ROLES_OF_VERB, NotPermitted, Verb
from riskreg.models import Role
from riskreg.verbs.concurrency import Stale, version_of
from riskreg.verbs.errors import NotInThisState, ReasonNeeded
from riskreg.verbs.workflow import Transition
from tests.cast import Cast, make_user
from tests.follow_ups.follow_ups import in_state, planned, with_measure

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("today")]
DAY = date(2025, 9, 1)
STATES: dict[str, dict[str, Any]] = {"open": {}, "done": {"done_on": DAY}, "verified": {"done_on": DAY, "effect": "Färre fel."}}
DO = {
    "mark_done": lambda action, by: mark_action_done(action, by=by, done_on=DAY),
    "note_effect": lambda action, by: note_effect(action, by=by, effect="Inga fel sedan dess."),
    "take_up_again": lambda action, by: take_up_again(action, by=by, reason="Var inte klar."),
}


def test_every_verb_of_the_table_has_its_words_and_is_tried_here() -> None:
    assert set(DO) == set(VERB_LABELS) == set(ACTION.verbs)
    assert set(STATES) == set(ACTION.states)


@pytest.mark.parametrize(("state", "verb"), list(product(ACTION.states, ACTION.verbs)))
def test_the_table_decides_for_every_role_in_the_own_unit_and_in_another(state: str, verb: str, cast: Cast) -> None:
    transition = ACTION.answer(state, verb)
    wrong = []
    for role, unit in product(Role, ("own", "other")):
        person = make_user(f"{role.value}-{unit} Prova", cast.board if unit == "own" else cast.school_board, role)
        action = with_measure(planned(cast, f"{role} {unit}"), responsible=person, **STATES[state])
        if unit == "other" or role not in ROLES_OF_VERB[Verb.LOG_FOLLOW_UP]:
            expected = ("NotPermitted", state)
        elif not isinstance(transition, Transition):
            expected = ("NotInThisState", state)
        else:
            expected = ("done", transition.to_state)
        try:
            DO[verb](action, person)
            outcome = "done"
        except (NotPermitted, NotInThisState) as refusal:
            outcome = type(refusal).__name__
        happened = (outcome, state_of(Action.objects.get(pk=action.pk)))
        if happened != expected:
            wrong.append((role.value, unit, happened, expected))
    assert wrong == []


def test_a_measure_is_done_also_after_its_follow_up_was_approved(cast: Cast) -> None:
    action = with_measure(in_state(cast, "approved"))
    done = mark_action_done(action, by=cast.karin, done_on=DAY, effect="Inga fel sedan dess.")
    assert (done.done_on, done.effect) == (DAY, "Inga fel sedan dess.")


def test_a_day_to_come_is_refused(cast: Cast) -> None:
    with pytest.raises(ValidationError) as refusal:
        mark_action_done(with_measure(planned(cast)), by=cast.karin, done_on=date(2025, 9, 9))
    assert "2025-09-09" in refusal.value.message_dict["done_on"][0]


def test_a_colleague_who_is_not_responsible_is_told_who_is(cast: Cast) -> None:
    colleague = make_user("Maja Lund", cast.board, Role.CONTROL_OWNER)
    with pytest.raises(NotYours, match="Karin Lindqvist"):
        mark_action_done(with_measure(planned(cast)), by=colleague, done_on=DAY)


def test_an_effect_is_words(cast: Cast) -> None:
    with pytest.raises(ValidationError):
        note_effect(with_measure(planned(cast), done_on=DAY), by=cast.karin, effect="  ")


def test_taking_up_again_demands_a_reason_and_keeps_what_was_noted_in_the_history(cast: Cast) -> None:
    action = with_measure(planned(cast), done_on=DAY, effect="Färre fel.")
    with pytest.raises(ReasonNeeded):
        take_up_again(action, by=cast.karin, reason="")
    take_up_again(action, by=cast.karin, reason="Felen kom tillbaka.")
    newest, before = action.history.all()[:2]
    assert (newest.done_on, newest.history_change_reason) == (None, "Felen kom tillbaka.")
    assert before.effect == "Färre fel."


def test_the_decision_that_nothing_is_needed_cannot_be_done(cast: Cast) -> None:
    decision = Action.objects.create(follow_up=planned(cast), kind="none_needed", description="Räcker.")
    with pytest.raises(NotInThisState):
        mark_action_done(decision, by=cast.karin, done_on=DAY)
    assert ACTIONS.verbs_open_to(decision, cast.karin) == []


def test_the_second_of_two_who_note_the_effect_is_told(cast: Cast) -> None:
    action = with_measure(planned(cast))
    opened = version_of(action)
    mark_action_done(action, by=cast.karin, done_on=DAY, version=opened)
    with pytest.raises(Stale):
        mark_action_done(action, by=cast.eva, done_on=DAY, version=opened)
