"""Whatever stands in an address is answered; nothing is a crash, and nothing reaches the database as its language."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from tests.architecture.scene import Scene
from tests.architecture.walking import same_session, tried, undone
from tests.cast import make_risk

pytestmark = pytest.mark.django_db

ODD = [
    "9" * 25, "9" * 4301, "-1", "0", "²", "١٢", "1e9", "x" * 3000, "' OR 1=1 --", "1); DROP TABLE riskreg_risk; --", "%", "%00",
    "[", "(((((", "\\", "../../etc/passwd", "<script>", "all", "a" * 199 + "å", "(a+)+$å" * 20,
]  # fmt: skip
PARAMETERS = {
    "risks": ["q", "year", "unit", "plan", "category", "owner", "band", "likelihood", "score", "placed", "wide", "matrix",
              "method", "conclusion", "closing", "performer", "sort", "page"],
    "heatmap": ["q", "year", "unit", "plan", "matrix", "score"],
    "heatmap_svg": ["q", "year", "plan", "matrix"],
    "plans": ["page", "year"],
    "reports": ["year"],
    "inbox": ["page"],
    "trail": ["page"],
    "login": ["next"],
    "admin:login": ["next"],
    "admin:autocomplete": ["term", "page", "field_name", "model_name", "app_label"],
    "admin:index": ["o"],
}  # fmt: skip
IN_LISTS = ["q", "p", "o", "all", "_to_field", "_popup"]
FILTERS = {
    "riskreg_risk": ["plan__id__exact", "unit__id__exact", "category__id__exact", "origin", "is_confidential__exact", "pk__in",
                     "owner__password__startswith", "owner__email", "id__gt"],
    "riskreg_user": ["memberships__role__exact", "memberships__unit__id__exact", "password__startswith", "is_active__exact"],
    "riskreg_controlplan": ["year", "state__exact", "unit__id__exact"],
    "riskreg_unit": ["kind__exact", "is_active__exact"],
    "riskreg_riskmatrix": ["unit__id__exact"],
    "controls_followup": ["closing__id__exact", "whose", "due", "state__exact", "conclusion__exact", "control__method__exact"],
    "controls_control": ["risk__plan__id__exact", "risk__unit__id__exact", "risk__title__startswith"],
    "controls_closing": ["year", "unit__id__exact"],
    "controls_planimport": ["year", "state__exact", "unit__id__exact"],
}  # fmt: skip


REACHING = ["9" * 25, "x" * 3000, "%", "\\"]
OF_EVERY_SORT = [ODD[0], "-1", "²", "%00", "' OR 1=1 --", "("]


def questions() -> Iterator[tuple[str, str, str]]:
    for name, parameters in PARAMETERS.items():
        values = tried(ODD, reaching=REACHING)
        yield from ((reverse(name), parameter, value) for parameter in parameters for value in values)
    for kind, filters in FILTERS.items():
        address = reverse(f"admin:{kind}_changelist")
        asked = [*IN_LISTS, *filters] if kind == "riskreg_risk" else filters
        values = tried(OF_EVERY_SORT, reaching=[ODD[0], "' OR 1=1 --"])
        yield from ((address, parameter, value) for parameter in asked for value in values)


@pytest.mark.usefixtures("unwritten", "people_read_once")
def test_no_question_to_a_list_crashes_it(scene: Scene) -> None:
    crashed = []
    for address, parameter, value in questions():
        letter = "s" if "/user/" in address else "e"
        try:
            with undone(), same_session(scene.clients[letter]):
                status = scene.clients[letter].get(address, {parameter: value}).status_code
        except Exception as error:
            crashed.append(f"{address}?{parameter}={value[:40]}: {type(error).__name__} {str(error)[:80]}")
        else:
            if status >= 500:
                crashed.append(f"{address}?{parameter}={value[:40]}: {status}")
    assert crashed == []


ODD_NUMBERS = ["9" * 25, "9" * 4301, "-1", "²", "١٢", "", "x"]


@pytest.mark.usefixtures("unwritten")
@pytest.mark.parametrize("number", ODD_NUMBERS)
def test_no_number_in_a_form_crashes_it(scene: Scene, number: str) -> None:
    carried, matrix = scene.own.plans["carried"], scene.own.matrix
    scales = {f"{prefix}-TOTAL_FORMS": number for prefix in ("likelihood_levels", "impact_levels", "bands")}
    for letter, address, form in [
        ("e", reverse("plan_review", args=[carried.pk]), {"act": "keep", "risk": number}),
        ("e", reverse("admin:riskreg_risk_changelist"), {"action": "do_keep", "_selected_action": number}),
        ("e", reverse("admin:riskreg_risk_add") + f"?plan={number}", {}),
        ("e", reverse("admin:controls_followup_changelist"), {"action": "start", "_selected_action": number}),
        (
            "e",
            reverse("admin:controls_followup_change", args=[scene.own.follow_ups["planned"].pk]),
            {"version": number, "measures-TOTAL_FORMS": number, "measures-INITIAL_FORMS": number},
        ),
        ("e", reverse("admin:controls_planimport_add"), {"unit": number, "year": number, "matrix": number}),
        ("s", reverse("admin:riskreg_riskmatrix_change", args=[matrix.pk]), scales),
        ("s", reverse("admin:riskreg_user_change", args=[scene.own.person.pk]), {"memberships-TOTAL_FORMS": number}),
        ("e", reverse("place_risk", args=[scene.own.risk.pk]), {"likelihood": number, "impact": number}),
    ]:
        with undone(), same_session(scene.clients[letter]):
            assert scene.clients[letter].post(address, form).status_code < 500, address


@pytest.mark.one_engine
@pytest.mark.parametrize("kind", ["riskreg_risk", "riskreg_riskmatrix", "riskreg_user"])
def test_a_form_that_claims_thousands_of_rows_makes_few_and_is_refused(scene: Scene, client: Client, kind: str) -> None:
    record = {"riskreg_risk": scene.own.risk, "riskreg_riskmatrix": scene.own.matrix, "riskreg_user": scene.own.person}[kind]
    client.force_login(scene.users["e" if kind == "riskreg_risk" else "s"])
    address = reverse(f"admin:{kind}_change", args=[record.pk])
    rows = {one.formset.prefix for one in client.get(address).context["inline_admin_formsets"]}
    assert rows
    claimed = {f"{prefix}-TOTAL_FORMS": 1000 for prefix in rows} | {f"{prefix}-INITIAL_FORMS": 0 for prefix in rows}
    page = client.post(address, claimed)
    for one in page.context["inline_admin_formsets"]:
        assert len(one.formset.forms) == 200
        assert one.formset.non_form_errors()


@pytest.mark.parametrize("letters", ["select", "union", "--", "'", '"', ";", "\\"])
def test_a_search_is_text_and_never_the_databases_language(scene: Scene, letters: str) -> None:
    page = scene.clients["e"].get(reverse("risks"), {"q": f"Energibrist{letters}å", "year": "all"}).content.decode()
    assert "Energibrist</a>" not in page


NUL_ADDRESSES = [
    "/risker/?q=a%00b", "/heatmap/?unit=%00", "/admin/riskreg/risk/?q=%00", "/admin/riskreg/user/?is_active__exact=%00",
    "/admin/riskreg/risk/?owner__email=a%00", "/admin/controls/followup/?state__exact=%00", "/admin/riskreg/risk/%00/change/",
    "/admin/autocomplete/?app_label=riskreg&model_name=risk&field_name=owner&term=%00", "/planer/%00", "/static/%00.css",
    "/konto/logga-in/?next=%00",
]  # fmt: skip


@pytest.mark.usefixtures("unwritten")
@pytest.mark.parametrize("address", NUL_ADDRESSES)
def test_the_character_nul_in_an_address_is_refused(address: str, scene: Scene) -> None:
    for client in (scene.clients["s"], scene.clients["c"]):
        assert client.get(address).status_code == 400


def test_the_character_nul_in_a_cookie_is_refused(client: Client) -> None:
    for name in (settings.SESSION_COOKIE_NAME, settings.LANGUAGE_COOKIE_NAME, settings.CSRF_COOKIE_NAME):
        assert client.get("/konto/logga-in/", HTTP_COOKIE=f'{name}="a\\000b"').status_code == 400


def test_the_character_nul_in_a_form_is_an_error_at_its_field(scene: Scene, client: Client) -> None:
    client.force_login(scene.cast.eva)
    risk = make_risk(scene.cast.plan)
    page = client.post(f"/admin/riskreg/risk/{risk.pk}/change/", {"title": "a\0b"})
    assert page.status_code == 200
    assert "title" in page.context["adminform"].form.errors
    client.logout()
    assert client.post("/konto/logga-in/", {"username": "a\0b", "password": "\0"}).status_code == 200
