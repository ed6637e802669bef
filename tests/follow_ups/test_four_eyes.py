from __future__ import annotations

import pytest

from controls.follow_ups import verbs
from controls.follow_ups.draft import Draft
from controls.follow_ups.people import NotYours, approvers_of
from controls.models import Conclusion
from riskreg.access.verbs import NotPermitted
from riskreg.models import Membership, Role, Unit, User
from tests.cast import Cast, make_user
from tests.follow_ups.follow_ups import fresh, in_state

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("today")]


def give(user: User, unit: Unit, role: str) -> None:
    Membership.objects.create(user=user, unit=unit, role=role)


@pytest.mark.parametrize("part", ["performer", "submitted_by", "last_edited_by"])
def test_nobody_approves_what_they_performed_submitted_or_edited_last(part: str, cast: Cast) -> None:
    follow_up = in_state(cast, "submitted")
    setattr(follow_up, part, cast.johan)
    follow_up.save()
    with pytest.raises(NotYours):
        verbs.approve(follow_up, by=cast.johan)
    assert fresh(follow_up).state == "submitted"


@pytest.mark.parametrize("roles", [[Role.MANAGER], [Role.MANAGER, Role.CONTROLLER], list(Role)])
def test_no_role_or_all_roles_together_lift_the_four_eyes(roles: list[Role], cast: Cast) -> None:
    for role in roles:
        give(cast.karin, cast.board, role) if role != Role.CONTROL_OWNER else None
    with pytest.raises(NotYours):
        verbs.approve(in_state(cast, "submitted"), by=cast.karin)


def test_an_operator_has_no_right_to_approve(cast: Cast) -> None:
    cast.siv.is_superuser = True
    cast.siv.save()
    with pytest.raises(NotPermitted):
        verbs.approve(in_state(cast, "submitted"), by=cast.siv)


def test_editing_a_line_costs_the_manager_the_approval_whoever_edits_it_after_them(cast: Cast) -> None:
    maja = make_user("Maja Lund", cast.board, Role.MANAGER)
    follow_up = in_state(cast, "in_progress")
    verbs.save_draft(follow_up, by=cast.johan, draft=Draft(result="Ändrad av chefen.", conclusion=Conclusion.NO_DEVIATIONS))
    verbs.submit(follow_up, by=cast.karin)
    with pytest.raises(NotYours):
        verbs.approve(follow_up, by=cast.johan)
    verbs.return_(follow_up, by=cast.johan, reason="Skriv om.")
    verbs.save_draft(follow_up, by=cast.karin, draft=Draft(result="Skrivet av Karin.", conclusion=Conclusion.NO_DEVIATIONS))
    verbs.submit(follow_up, by=cast.karin)
    with pytest.raises(NotYours, match=r"ändrat dess text.*Maja Lund"):
        verbs.approve(follow_up, by=cast.johan)
    assert verbs.approve(follow_up, by=maja).approved_by == maja


def test_the_message_names_who_can_approve_instead(cast: Cast) -> None:
    make_user("Maja Lund", cast.board, Role.MANAGER)
    with pytest.raises(NotYours, match="Maja Lund"):
        verbs.approve(in_state(cast, "submitted", performer=cast.johan), by=cast.johan)


def test_without_anybody_else_the_message_leads_to_the_administrator(cast: Cast) -> None:
    follow_up = in_state(cast, "submitted", performer=cast.johan)
    assert approvers_of(follow_up) == []
    with pytest.raises(NotYours) as refusal:
        verbs.approve(follow_up, by=cast.johan)
    assert "Johan" not in str(refusal.value)


def test_approvers_are_the_managers_of_the_unit_and_above_in_force_and_active(cast: Cast) -> None:
    from datetime import date

    make_user("Gamla Chefen", cast.board, Role.MANAGER, valid_to=date(2025, 8, 31))
    left = make_user("Slutat Igår", cast.board, Role.MANAGER)
    left.is_active = False
    left.save()
    make_user("Avdelnings Chef", cast.payroll, Role.MANAGER)
    mayor = make_user("Kommun Direktör", cast.municipality, Role.MANAGER)
    assert approvers_of(in_state(cast, "submitted")) == [cast.johan, mayor]


def test_a_manager_may_return_their_own_submission(cast: Cast) -> None:
    follow_up = in_state(cast, "submitted", submitter=cast.johan)
    assert verbs.return_(follow_up, by=cast.johan, reason="Jag glömde en sak.").state == "in_progress"
