"""The verbs on the follow-up's page, as a browser sends them: forgery protection on."""

from __future__ import annotations

from datetime import date

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from controls.follow_ups.evidence import attach
from controls.models import Evidence
from riskreg.models import Membership, Role
from riskreg.verbs.concurrency import version_of
from tests.cast import Cast, make_user
from tests.follow_ups.follow_up_pages import address, opened, token, verb
from tests.follow_ups.follow_ups import fresh, in_state, planned, with_measure

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("today")]


def test_approving_is_one_press(cast: Cast, visitor: Client) -> None:
    follow_up = in_state(cast, "submitted")
    assert verb(visitor, cast.johan, follow_up, "approve").url == reverse("inbox")
    assert fresh(follow_up).approved_by == cast.johan


@pytest.mark.parametrize(
    ("state", "name", "after"), [("submitted", "return", "in_progress"), ("approved", "reopen", "in_progress")]
)
def test_sending_back_takes_a_reason(state: str, name: str, after: str, cast: Cast, visitor: Client) -> None:
    follow_up = in_state(cast, state)
    assert verb(visitor, cast.johan, follow_up, name, reason="").status_code == 200
    assert fresh(follow_up).state == state
    assert verb(visitor, cast.johan, follow_up, name, reason="Ange urvalet.").status_code == 302
    assert (fresh(follow_up).state, fresh(follow_up).return_reason) == (after, "Ange urvalet.")


def test_four_eyes_are_said_on_the_page_and_hold_against_a_made_up_request(cast: Cast, visitor: Client) -> None:
    Membership.objects.create(user=cast.karin, unit=cast.board, role="manager")
    follow_up = in_state(cast, "submitted")
    page = opened(visitor, cast.karin, follow_up)
    assert "Johan Berg" in page
    answer = verb(visitor, cast.karin, follow_up, "approve")
    assert answer.status_code == 403
    assert fresh(follow_up).state == "submitted"


@pytest.mark.parametrize("name", ["save_draft", "attach", "fly"])
def test_only_the_verbs_with_a_page_have_an_address(name: str, cast: Cast, client: Client) -> None:
    client.force_login(cast.johan)
    assert client.get(address(in_state(cast, "submitted"), "verb", name)).status_code == 404


def test_evidence_is_removed_with_a_reason(cast: Cast, visitor: Client) -> None:
    follow_up = planned(cast)
    evidence = attach(follow_up, by=cast.karin, file=SimpleUploadedFile("a.txt", b"fel"))
    page = opened(visitor, cast.karin, follow_up)
    url = address(follow_up, "evidence_remove", evidence.pk)
    assert url in page
    assert visitor.post(url, {"reason": "", "csrfmiddlewaretoken": token(page)}).status_code == 200
    assert visitor.post(url, {"reason": "Fel fil.", "csrfmiddlewaretoken": token(page)}).status_code == 302
    assert fresh(follow_up).evidence.count() == 0


def test_evidence_of_another_follow_up_cannot_be_removed_through_ones_own(cast: Cast, client: Client) -> None:
    other = attach(planned(cast, "Skolans", school=True), by=cast.bo, file=SimpleUploadedFile("a.txt", b"text"))
    client.force_login(cast.karin)
    assert client.post(address(planned(cast), "evidence_remove", other.pk), {"reason": "x"}).status_code == 404
    assert Evidence.objects.count() == 1


def test_a_measure_is_marked_as_done_with_its_effect(cast: Cast, visitor: Client) -> None:
    follow_up = in_state(cast, "approved")
    action = with_measure(follow_up)
    page = opened(visitor, cast.karin, follow_up)
    url = address(follow_up, "action", action.pk, "mark_done")
    assert url in page
    shown = visitor.get(url).content.decode()
    data = {"done_on": "2025-09-05", "effect": "Inga fel.", "version": version_of(action), "csrfmiddlewaretoken": token(shown)}
    assert visitor.post(url, data).status_code == 302
    action.refresh_from_db()
    assert (action.done_on, action.effect) == (date(2025, 9, 5), "Inga fel.")


def test_a_manager_hands_it_to_somebody_else_from_its_page(cast: Cast, client: Client) -> None:
    colleague = make_user("Maja Lund", cast.board, Role.CONTROL_OWNER)
    follow_up = planned(cast)
    page = address(follow_up, "assign")
    client.force_login(cast.karin)
    assert page not in client.get(follow_up.get_absolute_url()).content.decode()
    assert client.get(page).status_code == 403
    client.force_login(cast.johan)
    assert page in client.get(follow_up.get_absolute_url()).content.decode()
    offered = {choice for choice, _name in client.get(page).context["form"].fields["performer"].choices}
    assert {str(choice) for choice in offered} == {"", str(cast.johan.pk), str(cast.eva.pk), str(colleague.pk)}
    assert client.post(page, {"performer": colleague.pk, "reason": "Ledig"}).status_code == 302
    assert fresh(follow_up).performer == colleague
