"""What was submitted is taken back by who performs or submitted it, until it is approved; nobody else's work is."""

from __future__ import annotations

import pytest
from django.test import Client

from controls.follow_ups import verbs
from controls.follow_ups.people import NotYours
from controls.models import FollowUp
from riskreg.verbs.concurrency import Stale, version_of
from riskreg.verbs.errors import NotInThisState
from tests.cast import Cast
from tests.follow_ups.follow_up_pages import address
from tests.follow_ups.follow_ups import fresh, in_state

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("today")]


def test_who_submitted_it_goes_on_with_what_was_written_and_submits_again(cast: Cast) -> None:
    follow_up = in_state(cast, "submitted")
    before = fresh(follow_up)
    taken = verbs.take_back(follow_up, by=cast.karin)
    assert (taken.state, taken.result, taken.performer) == ("in_progress", before.result, cast.karin)
    assert not taken.is_returned
    assert verbs.submit(taken, by=cast.karin).state == "submitted"
    assert list(FollowUp.history.filter(id=taken.pk).order_by("-pk").values_list("state", flat=True)[:2]) == [
        "submitted",
        "in_progress",
    ]


@pytest.mark.parametrize("who", ["eva", "johan"])
def test_nobody_else_takes_it_back_whatever_their_role(who: str, cast: Cast) -> None:
    follow_up = in_state(cast, "submitted", submitter=cast.karin)
    with pytest.raises(NotYours, match="Karin"):
        verbs.take_back(follow_up, by=getattr(cast, who))
    assert fresh(follow_up).state == "submitted"


def test_a_controller_takes_back_what_they_submitted_for_somebody(cast: Cast) -> None:
    follow_up = in_state(cast, "submitted", submitter=cast.eva)
    assert verbs.take_back(follow_up, by=cast.eva).performer == cast.karin


def test_what_is_approved_stands(cast: Cast) -> None:
    with pytest.raises(NotInThisState):
        verbs.take_back(in_state(cast, "approved"), by=cast.karin)


def test_it_is_not_taken_back_from_under_somebody_who_approves_what_they_see(cast: Cast) -> None:
    follow_up = in_state(cast, "submitted")
    seen = version_of(follow_up)
    verbs.take_back(follow_up, by=cast.karin)
    verbs.submit(fresh(follow_up), by=cast.karin)
    with pytest.raises(Stale):
        verbs.approve(fresh(follow_up), by=cast.johan, version=seen)


def test_one_press_on_the_page_takes_it_back(cast: Cast, client: Client) -> None:
    follow_up = in_state(cast, "submitted")
    client.force_login(cast.karin)
    answer = client.post(address(follow_up, "verb", "take_back"), {"version": version_of(follow_up)})
    assert (answer.status_code, fresh(follow_up).state) == (302, "in_progress")
