"""When somebody leaves, everything they own goes to somebody else in one step, and nothing stays with a closed account."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse

from controls.models import Action, Control, FollowUp
from riskreg.access.verbs import NotPermitted
from riskreg.models import ControlPlan, Membership, Risk, Role, User
from riskreg.people import leaving
from riskreg.people.handing_over import hand_over, held_by, in_words
from riskreg.verbs.errors import ReasonNeeded, Refused
from tests.cast import Cast, make_control, make_follow_up, make_risk, make_user
from tests.follow_ups.follow_ups import in_state, with_measure
from tests.people.test_organisation import person_form

WHY = "Karin slutar"
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("today")]


@pytest.fixture
def maja(cast: Cast) -> User:
    return make_user("Maja Lund", cast.board, Role.CONTROL_OWNER)


@pytest.fixture
def everything(cast: Cast) -> dict[str, Any]:
    """A risk, its control, its open follow-up with an open action: Karin's."""
    risk = make_risk(cast.plan, owner=cast.karin)
    control = make_control(risk, performer=cast.karin)
    follow_up = make_follow_up(control, cast.interim)
    return {"risk": risk, "control": control, "follow_up": follow_up, "action": with_measure(follow_up)}


def counts(person: User) -> dict[str, int]:
    return {each.holding.name: each.count for each in held_by(person)}


def test_everything_goes_in_one_step_and_is_counted(cast: Cast, maja: User, everything: dict[str, Any]) -> None:
    moved = hand_over(cast.karin, maja, by=cast.siv, reason=WHY)
    assert {each.holding.name: each.count for each in moved} == {"risks": 1, "controls": 1, "follow_ups": 1, "actions": 1}
    assert counts(cast.karin) == {}
    assert counts(maja) == {"risks": 1, "controls": 1, "follow_ups": 1, "actions": 1}


def test_every_record_says_who_moved_it_from_whom_and_why(cast: Cast, maja: User, everything: dict[str, Any]) -> None:
    hand_over(cast.karin, maja, by=cast.siv, reason=WHY)
    for record in everything.values():
        row = record.history.latest()
        assert row.history_user_name == "Siv Ek"
        assert WHY in row.history_change_reason
        assert "Karin Lindqvist" in row.history_change_reason


def test_what_is_done_stays_who_did_it(cast: Cast, maja: User, everything: dict[str, Any]) -> None:
    submitted = in_state(cast, "submitted", title="Inlämnad")
    closed = ControlPlan.objects.create(
        unit=cast.board, year=2023, matrix=cast.matrix, state="closed", adopted_on=date(2022, 12, 1), adopted_paragraph="§ 1"
    )
    former = make_risk(closed, owner=cast.karin)
    make_control(former, performer=cast.karin)
    done = with_measure(submitted, responsible=cast.karin, done_on=date(2025, 9, 1))
    hand_over(cast.karin, maja, by=cast.siv, reason=WHY)
    assert FollowUp.objects.get(pk=submitted.pk).performer == cast.karin
    assert Risk.objects.get(pk=former.pk).owner == cast.karin
    assert Control.objects.get(risk=former).performer == cast.karin
    assert Action.objects.get(pk=done.pk).responsible == cast.karin


def test_results_are_not_touched(cast: Cast, maja: User) -> None:
    follow_up = in_state(cast, "in_progress")
    hand_over(cast.karin, maja, by=cast.siv, reason=WHY)
    now = FollowUp.objects.get(pk=follow_up.pk)
    assert (now.performer, now.result, now.last_edited_by) == (maja, follow_up.result, cast.karin)


@pytest.mark.parametrize("who", ["karin", "johan", "eva", "ake", "nils"])
def test_it_takes_an_administrator(who: str, cast: Cast, maja: User, everything: dict[str, Any]) -> None:
    with pytest.raises(NotPermitted):
        hand_over(cast.karin, maja, by=getattr(cast, who), reason=WHY)
    assert counts(cast.karin)


def test_an_administrator_of_a_part_moves_nothing_outside_it(cast: Cast, maja: User, everything: dict[str, Any]) -> None:
    local = make_user("Lokal Admin", cast.payroll, Role.ADMINISTRATOR)
    with pytest.raises(NotPermitted):
        hand_over(cast.karin, maja, by=local, reason=WHY)
    assert counts(cast.karin)["risks"] == 1


def test_who_takes_over_must_be_able_to_and_else_nothing_moves(cast: Cast, everything: dict[str, Any]) -> None:
    for stranger in (cast.bo, cast.nils, cast.ake):
        with pytest.raises(ValidationError) as refusal:
            hand_over(cast.karin, stranger, by=cast.siv, reason=WHY)
        assert "Kommunstyrelsen" in str(refusal.value)
    assert counts(cast.karin) == {"risks": 1, "controls": 1, "follow_ups": 1, "actions": 1}


def test_nothing_goes_to_the_same_person_or_to_a_closed_account(cast: Cast, maja: User, everything: dict[str, Any]) -> None:
    maja.is_active = False
    maja.save()
    for to in (cast.karin, maja):
        with pytest.raises(ValidationError):
            hand_over(cast.karin, to, by=cast.siv, reason=WHY)


def test_it_asks_for_a_reason(cast: Cast, maja: User, everything: dict[str, Any]) -> None:
    with pytest.raises(ReasonNeeded):
        hand_over(cast.karin, maja, by=cast.siv, reason=" ")


def test_with_nothing_to_hand_over_it_says_so(cast: Cast, maja: User) -> None:
    with pytest.raises(Refused, match="Karin Lindqvist"):
        hand_over(cast.karin, maja, by=cast.siv, reason=WHY)


class TestThePages:
    def test_the_persons_page_offers_it_and_the_next_lists_what_will_move(
        self, cast: Cast, maja: User, everything: dict[str, Any], client: Client
    ) -> None:
        client.force_login(cast.siv)
        page = reverse("admin:riskreg_user_verb", args=[cast.karin.pk, "hand_over"])
        assert page in client.get(reverse("admin:riskreg_user_change", args=[cast.karin.pk])).content.decode()
        asked = client.get(page).content.decode()
        assert str(everything["risk"]) in asked
        assert str(everything["control"]) in asked
        assert counts(cast.karin)["risks"] == 1
        assert client.post(page, {"to": maja.pk, "reason": WHY}).status_code == 302
        assert counts(cast.karin) == {}

    def test_what_the_administrator_may_not_see_is_counted_not_named(
        self, cast: Cast, everything: dict[str, Any], client: Client
    ) -> None:
        make_risk(cast.plan, "Hemligt", owner=cast.karin, is_confidential=True, confidentiality_section="OSL 18:8")
        client.force_login(cast.siv)
        asked = client.get(reverse("admin:riskreg_user_verb", args=[cast.karin.pk, "hand_over"])).content.decode()
        assert "Hemligt" not in asked
        assert in_words(held_by(cast.karin)[:1]) in asked

    def test_a_refusal_stays_in_the_form(self, cast: Cast, everything: dict[str, Any], client: Client) -> None:
        client.force_login(cast.siv)
        page = reverse("admin:riskreg_user_verb", args=[cast.karin.pk, "hand_over"])
        answer = client.post(page, {"to": cast.bo.pk, "reason": WHY})
        assert answer.status_code == 200
        assert "to" in answer.context["form"].errors

    def test_an_account_that_owns_something_is_not_closed(
        self, cast: Cast, maja: User, everything: dict[str, Any], client: Client
    ) -> None:
        client.force_login(cast.siv)
        form = person_form(cast.karin)
        del form["is_active"]
        address = reverse("admin:riskreg_user_change", args=[cast.karin.pk])
        answer = client.post(address, form)
        assert answer.status_code == 200
        said = str(answer.context["adminform"].form.errors["is_active"])
        assert in_words(held_by(cast.karin)) in said
        assert reverse("admin:riskreg_user_verb", args=[cast.karin.pk, "hand_over"]) in said
        assert User.objects.get(pk=cast.karin.pk).is_active
        hand_over(cast.karin, maja, by=cast.siv, reason=WHY)
        assert client.post(address, form).status_code == 302
        assert not User.objects.get(pk=cast.karin.pk).is_active

    def test_an_account_that_is_closed_already_can_be_saved(self, cast: Cast, everything: dict[str, Any], client: Client) -> None:
        User.objects.filter(pk=cast.karin.pk).update(is_active=False)
        client.force_login(cast.siv)
        form = person_form(cast.karin, title="Har slutat")
        del form["is_active"]
        assert client.post(reverse("admin:riskreg_user_change", args=[cast.karin.pk]), form).status_code == 302

    def test_somebody_else_is_not_let_in(self, cast: Cast, everything: dict[str, Any], client: Client) -> None:
        client.force_login(cast.johan)
        assert client.get(reverse("admin:riskreg_user_verb", args=[cast.karin.pk, "hand_over"])).status_code in {403, 404}


def test_the_verb_refuses_too_for_what_came_after_the_form_was_checked(cast: Cast, everything: dict[str, Any]) -> None:
    cast.karin.is_active = False
    with pytest.raises(Refused, match="1 risk"):
        leaving.change_account(cast.karin, by=cast.siv)
    assert User.objects.get(pk=cast.karin.pk).is_active
    roles = Membership.objects.filter(user=cast.karin)
    with pytest.raises(Refused, match="1 risk"), leaving.changing_roles(cast.karin):
        roles.delete()
    assert roles.exists()


def test_the_verb_lets_a_role_go_that_is_not_the_last(cast: Cast, everything: dict[str, Any]) -> None:
    more = Membership.objects.create(user=cast.karin, unit=cast.board, role=Role.AUDITOR)
    key = more.pk
    with leaving.changing_roles(cast.karin):
        more.delete()
    assert not Membership.objects.filter(pk=key).exists()
