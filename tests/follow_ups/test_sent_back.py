"""Whose work a follow-up is that was sent back: it lies with nobody only where nobody could do it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest
from django.test import Client
from django.urls import reverse

from controls.follow_ups import verbs
from controls.follow_ups.inbox import inbox_of
from controls.models import FollowUp
from riskreg.models import Membership, Risk, Role, User
from tests.cast import Cast, make_user
from tests.follow_ups.follow_ups import fresh, in_state

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("today")]
REASON = "Ange urvalet."
SENDING_BACK = [("submitted", verbs.return_, "johan"), ("approved", verbs.reopen, "eva")]
sent_back = pytest.mark.parametrize(("state", "verb", "sender"), SENDING_BACK, ids=["return", "reopen"])
Verb = Callable[..., FollowUp]


def leave(person: User) -> None:
    User.objects.filter(pk=person.pk).update(is_active=False)


def returned_to(person: User, today: date) -> int:
    return inbox_of(User.objects.get(pk=person.pk), today).returned


@sent_back
def test_it_comes_to_who_performs_it(cast: Cast, today: date, state: str, verb: Verb, sender: str) -> None:
    follow_up = in_state(cast, state, submitter=cast.eva)
    assert verb(follow_up, by=getattr(cast, sender), reason=REASON).performer == cast.karin
    assert returned_to(cast.karin, today) == 1


@sent_back
def test_where_nobody_performs_it_it_comes_to_who_submitted_it(
    cast: Cast, today: date, state: str, verb: Verb, sender: str
) -> None:
    """As an imported result, which names nobody."""
    follow_up = in_state(cast, state, submitter=cast.eva, performer=None)
    assert verb(follow_up, by=getattr(cast, sender), reason=REASON).performer == cast.eva
    assert returned_to(cast.eva, today) == 1
    row = follow_up.history.latest()
    assert (row.performer, row.history_user) == (cast.eva, getattr(cast, sender))


@sent_back
@pytest.mark.parametrize("gone", ["account", "role"])
def test_whose_performer_is_gone_comes_to_who_submitted_it_and_then_to_the_nearest_controller(
    cast: Cast, today: date, state: str, verb: Verb, sender: str, gone: str
) -> None:
    near = make_user("Nora Nära", cast.board, Role.CONTROLLER, sees_confidential=True)
    anna = make_user("Anna Aspelin", cast.board, Role.CONTROL_OWNER, sees_confidential=True)
    follow_ups = [in_state(cast, state, submitter=anna, title="Ett"), in_state(cast, state, title="Två")]
    if gone == "account":
        leave(cast.karin)
    else:
        Membership.objects.filter(user=cast.karin).delete()
    fell_to = [verb(fresh(one), by=getattr(cast, sender), reason=REASON).performer for one in follow_ups]
    assert fell_to == [anna, near]
    assert (returned_to(anna, today), returned_to(near, today)) == (1, 1)


@pytest.mark.parametrize(("state", "verb"), [("submitted", verbs.return_), ("approved", verbs.reopen)])
def test_it_lies_with_nobody_only_where_nobody_could_log_it(cast: Cast, state: str, verb: Verb) -> None:
    follow_up = in_state(cast, state)
    leave(cast.karin)
    Membership.objects.filter(role=Role.CONTROLLER).delete()
    assert verb(follow_up, by=cast.johan, reason=REASON).performer is None


def test_a_confidential_one_falls_to_nobody_who_may_not_see_it(cast: Cast, today: date) -> None:
    make_user("Nora Nära", cast.board, Role.CONTROLLER)
    anna = make_user("Anna Aspelin", cast.board, Role.CONTROL_OWNER)
    follow_up = in_state(cast, "submitted", submitter=anna)
    confidential = {"is_confidential": True, "confidentiality_section": "18 kap. 1 § OSL"}
    Risk.objects.filter(pk=follow_up.control.risk_id).update(**confidential)
    leave(cast.karin)
    assert verbs.return_(fresh(follow_up), by=cast.johan, reason=REASON).performer == cast.eva


def test_the_page_says_to_whom_it_went(cast: Cast, client: Client) -> None:
    follow_up = in_state(cast, "submitted", submitter=cast.eva, performer=None)
    client.force_login(cast.johan)
    address = reverse("admin:controls_followup_verb", args=[follow_up.pk, "return"])
    page = client.post(address, {"reason": REASON}, follow=True).content.decode()
    assert f"Returnerad till {cast.eva.name}" in page
