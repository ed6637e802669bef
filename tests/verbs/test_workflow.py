from __future__ import annotations

import pytest

from riskreg.verbs.workflow import NotPossible, Transition, UnknownVerb, Workflow

DOOR = Workflow(
    "door",
    states=("open", "shut", "locked"),
    transitions=(
        Transition("shut", ("open",), "shut", right="push"),
        Transition("open", ("shut",), "open", right="push"),
        Transition("lock", ("shut",), "locked", right="key", demands_reason=True),
        Transition("knock", ("shut", "locked"), "shut", right="hand"),
    ),
)


def test_a_possible_verb_is_answered_with_its_transition() -> None:
    answer = DOOR.answer("shut", "lock")
    assert isinstance(answer, Transition)
    assert (answer.to_state, answer.right, answer.demands_reason) == ("locked", "key", True)


def test_an_impossible_verb_says_what_is_possible_and_from_where_it_leads() -> None:
    assert DOOR.answer("open", "lock") == NotPossible("lock", "open", possible=("shut",), leads_from=("shut",))


def test_a_state_without_a_way_out_has_no_verbs() -> None:
    closed = Workflow("box", states=("open", "sealed"), transitions=(Transition("seal", ("open",), "sealed", right="hand"),))
    assert closed.verbs_from("sealed") == ()


def test_verbs_come_in_the_order_of_the_table() -> None:
    assert DOOR.verbs_from("shut") == ("open", "lock", "knock")


@pytest.mark.parametrize(("state", "verb"), [("open", "paint"), ("ajar", "shut")])
def test_a_verb_or_state_that_does_not_exist_is_a_programming_error(state: str, verb: str) -> None:
    with pytest.raises(UnknownVerb):
        DOOR.answer(state, verb)


def test_a_verb_cannot_lead_to_two_places_from_one_state() -> None:
    twice = (Transition("go", ("a",), "b", right="x"), Transition("go", ("a",), "c", right="x"))
    with pytest.raises(ValueError, match="two places"):
        Workflow("fork", states=("a", "b", "c"), transitions=twice)


def test_a_transition_to_an_unknown_state_is_refused() -> None:
    with pytest.raises(ValueError, match="unknown state"):
        Workflow("typo", states=("a",), transitions=(Transition("go", ("a",), "bb", right="x"),))


def test_a_transition_may_stay_where_it_is() -> None:
    answer = DOOR.answer("shut", "knock")
    assert isinstance(answer, Transition)
    assert answer.stays
