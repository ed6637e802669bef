"""What every answer carries, and what no request gets by with."""

from __future__ import annotations

from typing import Any

import pytest
from django.conf import settings as django_settings
from django.test import Client
from django.urls import reverse

from tests.architecture.access_table import ADDRESSES, BLOCKS
from tests.architecture.addresses import addresses
from tests.architecture.scene import ROLES, Scene
from tests.architecture.walking import same_session, undone
from tests.cast import PASSWORD

pytestmark = [pytest.mark.django_db, pytest.mark.one_engine]
DOWNLOADS = {
    "calendar",
    "admin:controls_digest_letter",
    "evidence",
    "evidence of a check",
    "evidence of an alert",
    "evidence of an inquiry",
    "plan_version_document",
    *(name for name in ADDRESSES if name.startswith("report_file")),
    "trail_stamp",
    "trail_anchor_file",
    "handed_in_file",
    "handed_in_file whole",
    "heatmap_svg",
    "heatmap_png",
    "heatmap_history_svg",
    "heatmap_history_png",
    "sample_workfile",
    "population_file",
    "population_excel_csv",
    "population_excel_xlsx",
    "alerts_csv",
    "alerts_xlsx",
    "inquiries_csv",
    "inquiries_xlsx",
    "supplier_scores_csv",
    "supplier_scores_xlsx",
    "register_csv",
    "register_xlsx",
    "sample_record",
    "sample_verifier",
    "sample_short_verifier",
    "sample_algorithm",
    "trail_export",
    "trail_verifier",
    "trail_algorithm",
}


def check(response: Any, address: str) -> list[str]:
    """What is missing of the headers that every answer carries."""
    policy = response.headers.get("Content-Security-Policy", "")
    missing = [] if "default-src" in policy and "unsafe" not in policy else [f"{address}: policy {policy!r}"]
    wanted = {"X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY", "Referrer-Policy": "same-origin"}
    return missing + [f"{address}: {name}" for name, value in wanted.items() if response.headers.get(name) != value]


@pytest.mark.usefixtures("unwritten", "people_read_once")
@pytest.mark.parametrize("names", BLOCKS, ids=lambda names: names[0])
def test_no_answer_lacks_a_policy_and_every_file_is_listed(scene: Scene, names: list[str]) -> None:
    wrong: list[str] = []
    book = addresses(scene, scene.own)
    for name in names:
        if name not in book:
            continue
        address, form = book[name]()
        for letter in "es-":
            with undone(), same_session(scene.clients[letter]):
                response = scene.clients[letter].get(address)
                wrong += check(response, f"{name} to {letter}")
            is_file = bool(response.headers.get("Content-Disposition"))
            if letter == "e" and is_file and ADDRESSES[name].reads and name not in DOWNLOADS:
                wrong.append(f"{name}: a file that is served, and not listed as a download")
        with undone(), same_session(scene.clients["n"]):
            wrong += check(scene.clients["n"].post(address, form), address)
    assert wrong == []


def test_errors_and_refusals_carry_the_policies(scene: Scene, client: Client, settings: Any, rf: Any) -> None:
    client.raise_request_exception = False
    missing = check(client.get("/finns-inte/"), "404")
    missing += check(client.get("/", HTTP_HOST="evil.example"), "400")
    missing += check(Client(enforce_csrf_checks=True).post(reverse("login")), "403")
    settings.SECURE_SSL_REDIRECT = True
    redirected = Client().get("/")
    assert redirected.status_code == 301
    missing += check(redirected, "301")
    # What the outermost parts answer by themselves has the policy, which forbids frames as well.
    assert [one for one in missing if not one.endswith("X-Frame-Options")] == []
    assert "default-src" in Client().get("/", HTTP_HOST="evil.example").headers["Content-Security-Policy"]


def test_a_crash_carries_the_policies_and_tells_nothing(
    scene: Scene, client: Client, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.DEBUG_PROPAGATE_EXCEPTIONS = False
    client.force_login(scene.cast.eva)
    client.raise_request_exception = False
    monkeypatch.setattr("controls.views.follow_ups.inbox.inbox_of", lambda *_: 1 / 0)
    response = client.get(reverse("inbox"))
    assert response.status_code == 500
    assert "division" not in response.content.decode()
    assert check(response, "500") == []


def test_every_download_is_saved_and_never_shown(scene: Scene) -> None:
    book = addresses(scene, scene.own)
    for name in DOWNLOADS:
        response = scene.clients["e"].get(book[name]()[0])
        assert response.status_code == 200, name
        assert response.headers["Content-Disposition"].startswith("attachment"), name
        assert response.headers["X-Content-Type-Options"] == "nosniff", name
        assert not response.headers["Content-Type"].startswith("text/html"), name


@pytest.mark.usefixtures("unwritten", "people_read_once")
def test_every_writing_request_needs_the_sites_token(scene: Scene) -> None:
    passed = []
    for letter in "es-":
        strict = Client(enforce_csrf_checks=True)
        strict.cookies = scene.clients[letter].cookies
        for name, make in addresses(scene, scene.own).items():
            address, form = make()
            with undone() as written, same_session(strict):
                response = strict.post(address, form)
            if response.status_code != 403 or written.statements:
                passed.append(f"{name} as {ROLES[letter]}: {response.status_code}")
    assert [one for one in passed if ": 404" not in one and ": 405" not in one] == []


def test_the_sign_in_leads_only_to_the_site_itself(scene: Scene, client: Client) -> None:
    for goal in (
        "https://evil.example/",
        "//evil.example",
        "/\\evil.example",
        "javascript:alert(1)",
        "https:evil.example",
        "\thttps://evil.example",
    ):
        response = client.post(reverse("login"), {"username": scene.cast.eva.email, "password": PASSWORD, "next": goal})
        assert response.status_code == 302
        assert response.headers["Location"] == reverse("inbox"), goal
        again = client.get(reverse("login"), {"next": goal})
        assert again.headers["Location"] == reverse("inbox"), goal
        client.logout()
        through_admin = client.get(reverse("admin:login"), {"next": goal})
        assert through_admin.headers["Location"].startswith(reverse("login") + "?"), goal


@pytest.mark.parametrize("name", ["set_language", "place_risk"])
def test_no_form_leads_elsewhere(scene: Scene, name: str) -> None:
    address, form = addresses(scene, scene.own)[name]()
    response = scene.clients["e"].post(address, {**form, "next": "https://evil.example/"})
    assert "evil" not in response.headers["Location"]


def test_the_session_is_renewed_at_the_sign_in_and_its_cookie_is_not_for_scripts(scene: Scene, client: Client) -> None:
    client.get(reverse("login"))
    session = client.session
    session["planted"] = True
    session.save()
    planted = session.session_key
    assert planted
    client.cookies[django_settings.SESSION_COOKIE_NAME] = planted
    client.post(reverse("login"), {"username": scene.cast.eva.email, "password": PASSWORD})
    cookie = client.cookies[django_settings.SESSION_COOKIE_NAME]
    assert cookie.value != planted
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"


def test_a_foreign_host_is_refused(client: Client) -> None:
    assert client.get(reverse("login"), HTTP_HOST="evil.example").status_code == 400
    assert client.post(reverse("password_reset"), {"email": "x@y.se"}, HTTP_HOST="evil.example").status_code == 400


class TestNoStore:
    def test_what_a_signed_in_person_is_shown_is_not_to_be_stored(self, scene: Scene, client: Client) -> None:
        client.force_login(scene.cast.siv)
        for name in ("inbox", "heatmap", "heatmap_svg", "risks", "plans", "admin:index", "admin:riskreg_user_changelist"):
            kept = client.get(reverse(name)).headers["Cache-Control"]
            assert "no-store" in kept, name
            assert "private" in kept, name
        assert "no-store" in client.get("/finns-inte/").headers["Cache-Control"]
        assert "no-store" in client.post(reverse("logout")).headers["Cache-Control"]

    def test_files_of_style_may_be_kept(self, client: Client) -> None:
        assert "no-store" not in client.get("/static/riskreg/css/base.css").headers.get("Cache-Control", "")
