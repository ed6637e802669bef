"""A risk in its plan: added, changed, reassessed with a reason, kept, dropped and restored."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.core.exceptions import ValidationError

from riskreg import clock
from riskreg.access.verbs import ROLES_OF_VERB, NotPermitted, Verb
from riskreg.models import ControlPlan, Risk, Role, User
from riskreg.plans import life
from riskreg.plans.earlier_wording import show_earlier, withhold_earlier
from riskreg.plans.transitions import RISK
from riskreg.verbs.errors import NotInThisState, ReasonNeeded, Refused
from tests.cast import Cast, make_risk, make_user
from tests.plans.test_planning import adopted, everyone, in_state, rolled_back

pytestmark = pytest.mark.django_db

VERBS: dict[str, Callable[[Risk, User], Any]] = {
    "change": lambda risk, by: life.change_risk(risk, by=by, title="Ny rubrik"),
    "reassess": lambda risk, by: life.change_risk(risk, by=by, likelihood=4, impact=2, reason="Fler fel"),
    "place": lambda risk, by: life.change_risk(risk, by=by, likelihood=2, impact=4),
    "hand_over": lambda risk, by: life.change_risk(risk, by=by, owner=by),
    "keep": lambda risk, by: life.keep_risk(risk, by=by),
    "drop": lambda risk, by: life.drop_risk(risk, by=by, reason="Inte längre aktuell"),
    "restore": lambda risk, by: life.restore_risk(risk, by=by),
    "show_earlier": lambda risk, by: show_earlier(risk, by=by, reason="Uppgifterna är allmänna"),
    "withhold_earlier": lambda risk, by: withhold_earlier(risk, by=by, reason="Det var ett misstag"),
}


def carried(cast: Cast, **fields: Any) -> Risk:
    """A risk of the board's plan for 2026 that came from 2025."""
    make_risk(cast.plan, **fields)
    return life.carry_over(adopted(cast), by=cast.eva).risks.get()


def prepared(cast: Cast, verb: str, state: str) -> Risk:
    """A risk that the verb can be tried on, in a plan in the state."""
    risk = carried(cast, **({"likelihood": None, "impact": None, "risk_score": 8} if verb == "place" else {}))
    if verb in {"show_earlier", "withhold_earlier"}:
        for is_confidential in (True, False):
            risk.is_confidential, risk.confidentiality_section = is_confidential, "OSL 18:8"
            risk.save()
    if verb == "withhold_earlier":
        risk.opened_before = clock.now()
        risk.save()
    if verb == "restore":
        risk.is_dropped = True
        risk.save()
    in_state(risk.plan, state)
    return Risk.objects.get(pk=risk.pk)


def test_every_verb_of_the_table_is_tried() -> None:
    assert set(VERBS) == set(RISK.verbs)


@pytest.mark.parametrize("verb", RISK.verbs)
@pytest.mark.parametrize("state", RISK.states)
def test_each_verb_in_each_state_of_the_plan(cast: Cast, verb: str, state: str) -> None:
    risk = prepared(cast, verb, state)
    if verb in RISK.verbs_from(state):
        VERBS[verb](risk, cast.johan)
    else:
        with pytest.raises(NotInThisState):
            VERBS[verb](risk, cast.johan)


@pytest.mark.parametrize("verb", RISK.verbs)
def test_each_verb_for_each_role_here_and_elsewhere(cast: Cast, verb: str) -> None:
    risk = prepared(cast, verb, "draft")
    for person, is_here in everyone(cast):
        with rolled_back():
            own = person.memberships.first()
            decides = verb not in {"show_earlier", "withhold_earlier"} or (own is not None and own.sees_confidential)
            if is_here and decides and own is not None and Role(own.role) in ROLES_OF_VERB[Verb.CHANGE_PLAN]:
                VERBS[verb](risk, person)
            else:
                with pytest.raises(NotPermitted):
                    VERBS[verb](risk, person)


def test_a_new_score_demands_a_reason_and_the_history_keeps_it(cast: Cast) -> None:
    risk = make_risk(cast.plan, likelihood=3, impact=2)
    with pytest.raises(ReasonNeeded):
        life.change_risk(risk, by=cast.johan, likelihood=4)
    changed = life.change_risk(risk, by=cast.johan, likelihood=4, reason="Fler fel i våras")
    assert (changed.likelihood, changed.impact, changed.risk_score) == (4, 2, 8)
    assert changed.history.first().history_change_reason == "Fler fel i våras"


def test_a_bare_score_that_changes_demands_a_reason_and_placing_it_does_not(cast: Cast) -> None:
    risk = make_risk(cast.plan, likelihood=None, impact=None, risk_score=6)
    with pytest.raises(ReasonNeeded):
        life.change_risk(risk, by=cast.johan, risk_score=8)
    placed = life.change_risk(risk, by=cast.johan, likelihood=2, impact=3)
    assert (placed.likelihood, placed.impact, placed.risk_score) == (2, 3, 6)


def test_factors_and_score_that_contradict_each_other_are_refused_naming_both(cast: Cast) -> None:
    with pytest.raises(ValidationError) as refusal:
        life.add_risk(cast.plan, by=cast.eva, title="Risk", likelihood=3, impact=2, risk_score=8)
    assert "6" in str(refusal.value)
    assert "8" in str(refusal.value)


@pytest.mark.parametrize(
    "wrong", [{"likelihood": 5, "impact": 1}, {"likelihood": 3}, {"risk_score": 7}, {"is_confidential": True}, {"title": ""}]
)
def test_a_risk_outside_the_matrix_is_refused(cast: Cast, wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        life.add_risk(cast.plan, by=cast.eva, **({"title": "Risk"} | wrong))
    assert not cast.plan.risks.exists()


def test_in_an_adopted_plan_the_text_stands_beside_a_reassessment(cast: Cast) -> None:
    risk = make_risk(cast.plan)
    adopted(cast)
    with pytest.raises(NotInThisState):
        life.change_risk(risk, by=cast.eva, likelihood=4, title="Annan risk", reason="Nytt läge")
    risk.refresh_from_db()
    assert (risk.likelihood, risk.title) == (3, "Felaktiga löneutbetalningar")
    assert life.change_risk(risk, by=cast.eva, likelihood=4, placement_note="Efter delåret", reason="Nytt läge").risk_score == 8


def test_what_is_not_changed_writes_no_history(cast: Cast) -> None:
    risk = make_risk(cast.plan)
    rows = risk.history.count()
    life.change_risk(risk, by=cast.eva, title=risk.title, likelihood=3, impact=2)
    assert risk.history.count() == rows


def test_the_decision_on_a_carried_risk_says_what_by_whom_and_why(cast: Cast) -> None:
    risk = carried(cast)
    kept = life.keep_risk(risk, by=cast.johan)
    assert (kept.decision, kept.decided_by) == ("kept", cast.johan)
    changed = life.change_risk(risk, by=cast.eva, likelihood=4, reason="Nytt system")
    assert (changed.decision, changed.decision_reason) == ("changed", "Nytt system")
    dropped = life.drop_risk(risk, by=cast.eva, reason="Köps som tjänst")
    assert (dropped.decision, dropped.decision_reason, dropped.is_dropped) == ("dropped", "Köps som tjänst", True)
    restored = life.restore_risk(risk, by=cast.eva)
    assert (restored.origin, restored.is_dropped, restored.decided_by) == ("undecided", False, None)


def test_keeping_a_risk_that_an_import_has_changed_tells_that_it_is_changed(cast: Cast) -> None:
    risk = carried(cast)
    risk.title = "Inläst rubrik"
    risk.save()
    assert life.keep_risk(risk, by=cast.eva).decision == "changed"


def test_a_dropped_risk_is_restored_before_it_is_changed(cast: Cast) -> None:
    risk = make_risk(cast.plan)
    with pytest.raises(ReasonNeeded):
        life.drop_risk(risk, by=cast.eva, reason="")
    life.drop_risk(risk, by=cast.eva, reason="Dubblett")
    for attempt in (
        lambda: life.change_risk(risk, by=cast.eva, title="Ny"),
        lambda: life.drop_risk(risk, by=cast.eva, reason="Igen"),
        lambda: life.keep_risk(risk, by=cast.eva),
    ):
        with pytest.raises(Refused):
            attempt()


def test_a_new_risk_has_nothing_to_be_kept_from(cast: Cast) -> None:
    with pytest.raises(Refused):
        life.keep_risk(make_risk(cast.plan), by=cast.eva)


def test_nobody_hides_a_risk_from_themselves(cast: Cast) -> None:
    manager = make_user("Maja Utansyn", cast.board, Role.MANAGER)
    risk = make_risk(cast.plan)
    with pytest.raises(ValidationError):
        life.change_risk(risk, by=manager, is_confidential=True, confidentiality_section="OSL 18:8")
    risk.refresh_from_db()
    assert not risk.is_confidential
    owned = life.change_risk(risk, by=manager, is_confidential=True, confidentiality_section="OSL 18:8", owner=manager)
    assert owned.is_confidential
    life.change_risk(risk, by=cast.johan, title="Johan ser den")


def test_what_cannot_be_seen_cannot_be_changed(cast: Cast) -> None:
    risk = make_risk(cast.plan, is_confidential=True, confidentiality_section="OSL 18:8")
    with pytest.raises(NotPermitted):
        life.change_risk(risk, by=make_user("Maja Utansyn", cast.board, Role.MANAGER), title="Gissad")


def test_a_risk_is_moved_only_to_a_unit_of_the_plan(cast: Cast) -> None:
    risk = make_risk(cast.plan)
    with pytest.raises(ValidationError):
        life.change_risk(risk, by=cast.eva, unit=cast.school_office)
    assert life.change_risk(risk, by=cast.eva, unit=cast.payroll).unit == cast.payroll


def test_a_field_that_does_not_exist_is_a_programming_error(cast: Cast) -> None:
    with pytest.raises(TypeError):
        life.change_risk(make_risk(cast.plan), by=cast.eva, is_dropped=True)


def test_the_plan_of_the_risk_is_its_own(cast: Cast) -> None:
    assert life.add_risk(cast.plan, by=cast.eva, title="Risk").plan == ControlPlan.objects.get(pk=cast.plan.pk)
