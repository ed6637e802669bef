"""Every state × verb × role, own unit and another's, from the table of transitions."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile

from controls.follow_ups import verbs
from controls.follow_ups.draft import Draft
from controls.follow_ups.evidence import attach, detach
from controls.follow_ups.gate import FOLLOW_UPS
from controls.follow_ups.people import NotYours
from controls.models import Conclusion, Evidence, FollowUp
from controls.transitions import FOLLOW_UP
from riskreg.access.verbs import ROLES_OF_VERB, NotPermitted, Verb
from riskreg.models import Role, User
from riskreg.verbs.errors import NotInThisState, ReasonNeeded
from riskreg.verbs.workflow import Transition
from tests.cast import Cast, make_user
from tests.follow_ups.follow_ups import MOMENT, RESULT, fresh, in_state, planned

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("today")]

REASON = "Underlaget saknas."
DRAFT = Draft(result=RESULT + " Klart.", conclusion=Conclusion.NO_DEVIATIONS)


def _attach(follow_up: FollowUp, *, by: User, reason: str = "") -> Any:
    return attach(follow_up, by=by, file=SimpleUploadedFile("lista.csv", b"a;b\n1;2\n"), reason=reason)


def _detach(follow_up: FollowUp, *, by: User, reason: str = "") -> Any:
    evidence = Evidence.objects.create(
        follow_up=follow_up, name="a.csv", file="evidence/a.csv", size=1, sha256="0" * 64, uploaded_at=MOMENT
    )
    return detach(evidence, by=by, reason=reason)


def _assign(follow_up: FollowUp, *, by: User, reason: str = "") -> Any:
    return verbs.assign(follow_up, User.objects.get(name="Karin Lindqvist"), by=by, reason=reason)


DO: dict[str, Callable[..., Any]] = {
    "start": verbs.start,
    "save_draft": lambda follow_up, *, by, reason="": verbs.save_draft(follow_up, by=by, draft=DRAFT, reason=reason),
    "attach": _attach,
    "detach": _detach,
    "submit": verbs.submit,
    "take_back": verbs.take_back,
    "approve": verbs.approve,
    "return": verbs.return_,
    "reopen": verbs.reopen,
    "assign": _assign,
}


def test_every_verb_of_the_table_is_tried_here() -> None:
    assert set(DO) == set(FOLLOW_UP.verbs)


@pytest.mark.parametrize(("state", "verb"), list(product(FOLLOW_UP.states, FOLLOW_UP.verbs)))
def test_the_table_decides_for_every_role_in_the_own_unit_and_in_another(state: str, verb: str, cast: Cast) -> None:
    """Of a follow-up that nobody performs yet: so that role, unit and state are asked, not whose work it is."""
    right = Verb(next(one.right for one in FOLLOW_UP.transitions if one.verb == verb))
    transition = FOLLOW_UP.answer(state, verb)
    wrong = []
    for role, unit in product(Role, ("own", "other")):
        person = make_user(f"{role.value}-{unit} Prova", cast.board if unit == "own" else cast.school_board, role)
        follow_up = in_state(
            cast, state, title=f"{role} {unit}", performer=None, submitter=person if verb == "take_back" else cast.karin
        )
        if unit == "other" or role not in ROLES_OF_VERB[right]:
            expected = ("NotPermitted", state)
        elif not isinstance(transition, Transition):
            expected = ("NotInThisState", state)
        else:
            expected = ("done", transition.to_state)
        try:
            DO[verb](follow_up, by=person, reason=REASON)
            outcome = "done"
        except (NotPermitted, NotInThisState) as refusal:
            outcome = type(refusal).__name__
        happened = (outcome, fresh(follow_up).state)
        if happened != expected:
            wrong.append((role.value, unit, happened, expected))
    assert wrong == []


@pytest.mark.parametrize(("state", "verb"), [(t.from_states[0], t.verb) for t in FOLLOW_UP.transitions if t.demands_reason])
def test_a_verb_that_demands_a_reason_is_refused_without_one(state: str, verb: str, cast: Cast) -> None:
    follow_up = in_state(cast, state)
    with pytest.raises(ReasonNeeded):
        DO[verb](follow_up, by=cast.johan, reason="  ")
    assert fresh(follow_up).state == state


def test_missing_right_and_wrong_state_are_different_errors_with_different_words(cast: Cast) -> None:
    follow_up = planned(cast)
    with pytest.raises(NotPermitted) as right:
        verbs.approve(follow_up, by=cast.karin)
    with pytest.raises(NotInThisState) as state:
        verbs.approve(follow_up, by=cast.johan)
    assert str(right.value) != str(state.value)
    assert not issubclass(NotInThisState, NotPermitted)
    assert state.value.possible


def test_the_wrong_state_names_the_state_and_what_is_possible_instead(cast: Cast) -> None:
    with pytest.raises(NotInThisState) as refusal:
        verbs.start(in_state(cast, "submitted"), by=cast.karin)
    assert str(FollowUp.State.SUBMITTED.label) in str(refusal.value)
    assert len(refusal.value.possible) == 3


def test_a_control_owner_cannot_log_what_a_colleague_performs(cast: Cast) -> None:
    colleague = make_user("Maja Lund", cast.board, Role.CONTROL_OWNER)
    with pytest.raises(NotYours, match="Karin Lindqvist"):
        verbs.save_draft(planned(cast), by=colleague, draft=DRAFT)


def test_starting_what_nobody_performs_makes_it_ones_own(cast: Cast) -> None:
    assert verbs.start(planned(cast, performer=None), by=cast.karin).performer == cast.karin


def test_a_manager_may_log_for_who_is_ill_but_does_not_become_the_performer(cast: Cast) -> None:
    saved = verbs.save_draft(planned(cast), by=cast.johan, draft=DRAFT)
    assert (saved.performer, saved.last_edited_by) == (cast.karin, cast.johan)


def test_who_does_not_see_a_confidential_risk_cannot_move_its_follow_up(cast: Cast) -> None:
    follow_up = planned(cast, performer=None)
    risk = follow_up.control.risk
    risk.is_confidential, risk.confidentiality_section = True, "OSL 18:8"
    risk.save()
    with pytest.raises(NotPermitted):
        verbs.start(follow_up, by=cast.karin)


def test_an_inactive_person_can_do_nothing(cast: Cast) -> None:
    cast.karin.is_active = False
    cast.karin.save()
    with pytest.raises(NotPermitted):
        verbs.start(planned(cast), by=cast.karin)


def test_each_move_leaves_a_history_row_with_who_and_why(cast: Cast) -> None:
    follow_up = in_state(cast, "submitted")
    verbs.return_(follow_up, by=cast.johan, reason=REASON)
    row = fresh(follow_up).history.first()
    assert (row.history_user, row.history_user_name, row.history_change_reason) == (cast.johan, "Johan Berg", REASON)


def test_saving_the_same_draft_twice_leaves_one_history_row(cast: Cast) -> None:
    follow_up = planned(cast)
    verbs.save_draft(follow_up, by=cast.karin, draft=DRAFT)
    rows = follow_up.history.count()
    verbs.save_draft(follow_up, by=cast.karin, draft=DRAFT)
    assert follow_up.history.count() == rows


def test_a_return_is_shown_to_the_performer_until_it_is_handed_in_again(cast: Cast) -> None:
    returned = verbs.return_(in_state(cast, "submitted"), by=cast.johan, reason=REASON)
    assert returned.is_returned
    assert not verbs.submit(returned, by=cast.karin).is_returned


def test_a_manager_hands_a_follow_up_to_somebody_else_with_what_is_written(cast: Cast) -> None:
    colleague = make_user("Maja Lund", cast.board, Role.CONTROL_OWNER)
    handed = verbs.assign(in_state(cast, "in_progress"), colleague, by=cast.johan)
    assert (handed.performer, handed.state, handed.result) == (colleague, "in_progress", RESULT)
    assert "Maja Lund" in handed.history.first().history_change_reason


@pytest.mark.parametrize("who", ["bo", "ake", "nils"])
def test_a_follow_up_is_handed_only_to_who_could_log_it(who: str, cast: Cast) -> None:
    follow_up = planned(cast)
    with pytest.raises(ValidationError) as refusal:
        verbs.assign(follow_up, getattr(cast, who), by=cast.johan)
    assert "Kommunstyrelsen" in str(refusal.value)
    assert fresh(follow_up).performer == cast.karin


def test_handing_it_over_does_not_make_it_the_managers_own_work(cast: Cast) -> None:
    follow_up = verbs.assign(planned(cast, performer=None), cast.karin, by=cast.johan)
    verbs.save_draft(follow_up, by=cast.karin, draft=DRAFT)
    verbs.submit(follow_up, by=cast.karin)
    assert verbs.approve(follow_up, by=cast.johan).approved_by == cast.johan


def test_reopening_takes_the_approval_away_and_says_why(cast: Cast) -> None:
    reopened = verbs.reopen(in_state(cast, "approved"), by=cast.eva, reason="Fel siffra i resultatet.")
    assert (reopened.approved_by, reopened.approved_at, reopened.return_reason) == (None, None, "Fel siffra i resultatet.")


def test_the_buttons_are_the_verbs_that_would_succeed(cast: Cast) -> None:
    assert FOLLOW_UPS.verbs_open_to(planned(cast), cast.karin) == ["start", "save_draft", "attach"]
    assert FOLLOW_UPS.verbs_open_to(in_state(cast, "submitted", title="Två"), cast.johan) == ["approve", "return"]
    assert FOLLOW_UPS.verbs_open_to(in_state(cast, "submitted", title="Tre"), cast.ake) == []
