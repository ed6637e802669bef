"""Who is named to do something about a confidential risk sees what they are to do; nobody else gets in that way."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from controls.follow_ups import verbs
from controls.models import Action, Control, FollowUp
from riskreg.models import ControlPlan, Risk, Role, User
from tests.cast import Cast, make_control, make_follow_up, make_many_risks, make_risk, make_user
from tests.follow_ups.follow_ups import with_measure

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("today")]


def secret(plan: ControlPlan, **fields: Any) -> Risk:
    return make_risk(plan, "Hemligt", is_confidential=True, confidentiality_section="OSL 18:8", **fields)


def sees(user: User, risk: Risk) -> bool:
    return Risk.objects.visible_to(user).filter(pk=risk.pk).exists()


def test_the_performer_of_a_control_sees_the_risk_and_the_control(cast: Cast) -> None:
    risk = secret(cast.plan)
    assert not sees(cast.karin, risk)
    control = make_control(risk, performer=cast.karin)
    assert sees(cast.karin, risk)
    assert list(Control.objects.visible_to(cast.karin)) == [control]


def test_the_performer_of_a_follow_up_logs_and_submits_it(cast: Cast, client: Client) -> None:
    follow_up = make_follow_up(make_control(secret(cast.plan)), cast.interim, performer=cast.karin)
    client.force_login(cast.karin)
    assert "Hemligt" in client.get(follow_up.get_absolute_url()).content.decode()
    assert verbs.start(follow_up, by=cast.karin).state == "in_progress"


def test_who_is_responsible_for_an_action_sees_it(cast: Cast) -> None:
    follow_up = make_follow_up(make_control(secret(cast.plan)), cast.interim, performer=None)
    action = with_measure(follow_up, responsible=cast.karin)
    assert list(Action.objects.visible_to(cast.karin)) == [action]


def test_a_colleague_sees_nothing_of_it(cast: Cast) -> None:
    follow_up = make_follow_up(make_control(secret(cast.plan), performer=cast.karin), cast.interim)
    colleague = make_user("Maja Lund", cast.board, Role.CONTROL_OWNER)
    assert not sees(colleague, follow_up.control.risk)
    assert not FollowUp.objects.visible_to(colleague).exists()


def test_being_named_reaches_no_other_confidential_risk(cast: Cast) -> None:
    make_control(secret(cast.plan), performer=cast.karin)
    assert not sees(cast.karin, secret(cast.plan))


def test_being_named_does_not_replace_a_role_at_the_unit(cast: Cast) -> None:
    risk = secret(cast.school_plan)
    make_control(risk, performer=cast.karin)
    assert not sees(cast.karin, risk)


def test_a_dropped_control_shows_nothing_any_more(cast: Cast) -> None:
    risk = secret(cast.plan)
    make_control(risk, performer=cast.karin, is_dropped=True)
    assert not sees(cast.karin, risk)


def test_several_duties_in_one_risk_show_it_once(cast: Cast) -> None:
    risk = secret(cast.plan, owner=cast.karin)
    for title in ("Ett", "Två"):
        follow_up = make_follow_up(make_control(risk, title, performer=cast.karin), cast.interim)
        with_measure(follow_up, responsible=cast.karin)
    make_many_risks(cast.plan, 3, performer=cast.karin)
    assert Risk.objects.visible_to(cast.karin).count() == 4
    assert FollowUp.objects.visible_to(cast.karin).count() == 2
