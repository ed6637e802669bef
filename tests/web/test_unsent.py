"""What is typed is kept for the person who types it: by form, against other pages' writing, until the form is sent or old."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any
from unittest import mock

import pytest
from django.db import OperationalError
from django.test import Client
from django.urls import reverse

from controls.models import FollowUp
from riskreg import clock
from riskreg.models import Risk, Unsent, User
from riskreg.tasks import forget_unsent
from riskreg.verbs.concurrency import version_of
from riskreg.web import unsent
from tests.cast import Cast
from tests.follow_ups.follow_ups import in_state

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("today")]
FORM = "/uppfoljningar/"
TYPED = {"result": ["Stickprovet visar att"], "conclusion": [["minor_deviations", "Mindre avvikelser"]]}


def as_(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def keep(client: Client, *, form: str = FORM, fields: Any = None, page: str = "a", base: int = 0) -> Any:
    sent = {"form": form, "fields": json.dumps(TYPED if fields is None else fields), "page": page, "revision": base}
    return client.post(reverse("unsent"), {"user": client.session["_auth_user_id"], **sent})


def kept(client: Client, form: str = FORM) -> Any:
    return client.get(reverse("unsent"), {"form": form}).json().get(form)


def test_what_is_kept_comes_back_to_the_same_person_and_to_nobody_else(cast: Cast) -> None:
    answer = keep(as_(cast.karin))
    assert (answer.status_code, answer.json()["revision"], "fields" in answer.json()) == (200, 1, False)
    assert kept(as_(cast.karin))["fields"] == TYPED
    assert all(kept(as_(user)) is None for user in (cast.johan, cast.eva))
    assert keep(as_(cast.johan), fields={"result": ["Mitt"]}).status_code == 200
    assert kept(as_(cast.karin))["fields"] == TYPED


def test_the_page_that_kept_it_goes_on_and_another_is_told(cast: Cast) -> None:
    client = as_(cast.karin)
    keep(client, page="a")
    # A page whose answer was lost on the way knows an older revision, and is still the one that wrote last.
    assert keep(client, page="a", base=0).json()["revision"] == 2
    told = keep(client, page="b", base=1, fields={"result": ["Annat"]})
    assert (told.status_code, told.json()["fields"], told.json()["revision"]) == (409, TYPED, 2)
    assert kept(client)["fields"] == TYPED
    # Chosen with open eyes, it is the other page's turn to be told.
    assert keep(client, page="b", base=2, fields={"result": ["Annat"]}).status_code == 200
    assert keep(client, page="a", base=2).status_code == 409


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        ({"form": "https://example.com/"}, 400),
        ({"form": "//example.com/x"}, 400),
        ({"form": "/finns/inte/"}, 400),
        ({"form": "/uppfoljningar/" + "x" * 300}, 400),
        ({"fields": "[]"}, 400),
        ({"fields": "{"}, 400),
        ({"fields": '{"a": "b"}'}, 400),
        ({"fields": '{"a": [{"b": 1}]}'}, 400),
        ({"fields": '{"a": ["b\\u0000"]}'}, 400),
        ({"fields": "[" * 100_000}, 400),
        ({"revision": "x"}, 400),
        ({"user": "0"}, 403),
        ({"user": ""}, 403),
        ({"fields": json.dumps({"a": ["x" * unsent.MOST_LETTERS]})}, 413),
    ],
    ids=lambda value: str(value)[:40],
)
def test_what_is_no_form_is_refused(cast: Cast, sent: dict[str, str], status: int) -> None:
    whole = {"user": str(cast.karin.pk), "form": FORM, "fields": json.dumps(TYPED), "page": "a", "revision": "0", **sent}
    assert as_(cast.karin).post(reverse("unsent"), whole).status_code == status
    assert not Unsent.objects.exists()


def test_one_person_fills_no_disk(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unsent, "MOST_FORMS", 3)
    client = as_(cast.karin)
    keep(as_(cast.johan))
    for number in range(5):
        keep(client, form=f"{FORM}?n={number}")
    assert sorted(Unsent.objects.filter(owner=cast.karin).values_list("form", flat=True)) == [f"{FORM}?n={n}" for n in (2, 3, 4)]
    assert Unsent.objects.filter(owner=cast.johan).count() == 1


def test_what_nobody_touches_for_ninety_days_goes(cast: Cast) -> None:
    keep(as_(cast.karin))
    keep(as_(cast.johan))
    Unsent.objects.filter(owner=cast.karin).update(kept_at=clock.now() - timedelta(days=91))
    assert forget_unsent() == 1
    assert Unsent.objects.get().owner == cast.johan


# A form that is sent


@pytest.fixture
def follow_up(cast: Cast) -> FollowUp:
    return in_state(cast, "in_progress")


def send(client: Client, follow_up: FollowUp, **typed: str) -> Any:
    address = reverse("admin:controls_followup_change", args=[follow_up.pk])
    rows = {"measures-TOTAL_FORMS": "0", "measures-INITIAL_FORMS": "0"}
    form = {"version": str(version_of(follow_up)), "_save": "1", **rows, unsent.FORM: address, unsent.PAGE: "a", **typed}
    owner = User.objects.get(pk=client.session["_auth_user_id"])
    Unsent.objects.create(owner=owner, form=address, fields={"result": ["Halvvägs"]}, page="a", kept_at=clock.now())
    return client.post(address, form), address


def test_a_form_that_is_taken_is_emptied_and_its_page_can_see_it(cast: Cast, follow_up: FollowUp) -> None:
    client = as_(cast.karin)
    answer, address = send(client, follow_up, result="Klart")
    assert answer.status_code == 302
    told = kept(client, address)
    assert (told["fields"], told["page"], told["revision"]) == ({}, "a", 2)


def test_a_form_that_is_refused_keeps_its_text(cast: Cast, follow_up: FollowUp) -> None:
    client = as_(cast.karin)
    answer, address = send(client, follow_up, result="Klart", version="0")
    assert answer.status_code == 409
    assert kept(client, address)["fields"] == {"result": ["Halvvägs"]}


def test_a_form_that_leads_back_with_an_error_keeps_its_text(cast: Cast, follow_up: FollowUp) -> None:
    client = as_(cast.eva)
    address = reverse("place_risk", args=[follow_up.control.risk_id])
    keep(client, form=address, fields={"note": ["Som i fjol"]})
    sent = {"note": "Som i fjol", "likelihood": "99", "impact": "1", unsent.FORM: address, unsent.PAGE: "a"}
    assert client.post(address, sent).status_code == 302
    assert kept(client, address)["fields"] == {"note": ["Som i fjol"]}


def test_somebody_elses_is_not_emptied(cast: Cast, follow_up: FollowUp) -> None:
    address = reverse("admin:controls_followup_change", args=[follow_up.pk])
    keep(as_(cast.eva), form=address)
    send(as_(cast.karin), follow_up, result="Klart")
    assert kept(as_(cast.eva), address)["fields"] == TYPED


def test_a_database_in_trouble_afterwards_does_not_make_a_saved_form_fail(cast: Cast, follow_up: FollowUp) -> None:
    client = as_(cast.karin)
    with mock.patch.object(unsent, "require_form", side_effect=OperationalError("busy")):
        answer, _address = send(client, follow_up, result="Klart")
    assert answer.status_code == 302
    assert FollowUp.objects.get(pk=follow_up.pk).result == "Klart"


# A form that is sent after the session's end


@pytest.fixture
def signed_out(cast: Cast, follow_up: FollowUp) -> tuple[Client, str]:
    return Client(), reverse("admin:controls_followup_change", args=[follow_up.pk])


def test_who_was_signed_out_reads_what_they_typed_and_signs_in_to_the_same_page(signed_out: tuple[Client, str]) -> None:
    client, address = signed_out
    answer = client.post(
        address, {"result": "Det tog en timme att skriva.", "version": "1"}, headers={"Referer": f"http://testserver{address}"}
    )
    text = answer.content.decode()
    assert answer.status_code == 403
    assert "Det tog en timme att skriva." in text
    assert f"{reverse('login')}?next={address.replace('/', '%2F')}" in text
    assert "no-store" in answer.headers["Cache-Control"]


def test_a_foreign_page_is_not_led_back_to(signed_out: tuple[Client, str]) -> None:
    client, address = signed_out
    text = client.post(address, {"result": "Skrivet"}, headers={"Referer": "https://example.com/lura/"}).content.decode()
    assert "example.com" not in text


def test_a_form_of_another_site_shows_nothing(cast: Cast, follow_up: FollowUp) -> None:
    address = reverse("admin:controls_followup_change", args=[follow_up.pk])
    answer = Client(enforce_csrf_checks=True).post(address, {"result": "Ring det här numret"})
    assert (answer.status_code, "Ring det" in answer.content.decode()) == (403, False)


def test_where_nothing_was_typed_the_page_for_signing_in_is_enough(cast: Cast) -> None:
    risk = Risk.objects.first()
    address = reverse("place_risk", args=[risk.pk if risk else 1])
    answer = Client().post(address, {"likelihood": "2", "impact": "3"})
    assert (answer.status_code, answer.url) == (302, f"{reverse('login')}?next={address}")  # type: ignore[attr-defined]


def test_passwords_are_not_shown(cast: Cast) -> None:
    answer = Client().post(reverse("password_change"), {"old_password": "hemligt-nu", "new_password1": "hemligare"})
    assert "hemlig" not in answer.content.decode()
