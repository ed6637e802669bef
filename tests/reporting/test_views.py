from __future__ import annotations

import io
import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from docx import Document

from controls.models import Closing
from riskreg.models import ControlPlan, Role, User
from riskreg.trail.seals import seal
from tests.cast import Cast, make_control, make_follow_up, make_many_risks, make_risk
from tests.reporting.conftest import act, submitted

pytestmark = pytest.mark.usefixtures("today")


def address(cast: Cast, plan: ControlPlan | None = None, kind: str = "interim", name: str = "report") -> str:
    if name == "report_docx":
        return reverse("report_file", args=["follow_up", (plan or cast.plan).pk, kind, "docx"])
    return reverse(name, args=[(plan or cast.plan).pk, kind])


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def page(user: User, url: str) -> str:
    response = signed_in(user).get(url)
    assert response.status_code == 200
    return response.content.decode()


def text_of(html: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


def test_the_addresses_are_swedish(cast: Cast) -> None:
    assert reverse("reports") == "/rapporter/"
    assert address(cast) == f"/rapporter/{cast.plan.pk}/delarsbokslut/"
    assert address(cast, kind="annual", name="report_docx") == f"/rapporter/uppfoljning/{cast.plan.pk}/arsbokslut/fil/docx/"


@pytest.mark.parametrize("role", list(Role))
def test_every_role_reads_the_reports_of_its_units(half_year: Cast, english: Cast, role: str) -> None:
    user = english.by_role()[role]
    assert "Kommunstyrelsen" in page(user, reverse("reports"))
    assert "Granskat 25 leverantörer." in page(user, address(half_year))
    assert signed_in(user).get(address(half_year, name="report_docx")).status_code == 200


@pytest.mark.parametrize("name", ["report", "report_docx"])
def test_another_units_report_is_not_found(cast: Cast, name: str) -> None:
    assert signed_in(cast.karin).get(address(cast, cast.school_plan, name=name)).status_code == 404
    assert signed_in(cast.bo).get(address(cast, name=name)).status_code == 404
    assert signed_in(cast.nils).get(address(cast, name=name)).status_code == 404


def test_someone_below_the_plans_unit_does_not_see_its_report(cast: Cast) -> None:
    cast.karin.memberships.update(unit=cast.payroll)
    assert signed_in(cast.karin).get(address(cast)).status_code == 404


@pytest.mark.parametrize("name", ["report", "report_docx"])
def test_a_closing_that_the_municipality_lacks_is_not_found(cast: Cast, name: str) -> None:
    assert signed_in(cast.eva).get(address(cast, kind="first_tertial", name=name)).status_code == 404


@pytest.mark.parametrize("name", ["reports", "report", "report_docx"])
def test_a_visitor_who_is_not_signed_in_is_sent_to_sign_in(cast: Cast, client: Client, name: str) -> None:
    url = reverse("reports") if name == "reports" else address(cast, name=name)
    response = client.get(url)
    assert response.status_code == 302
    assert response.headers["Location"].startswith(reverse("login"))


@pytest.mark.parametrize("name", ["reports", "report", "report_docx"])
def test_the_reports_are_only_read(cast: Cast, name: str) -> None:
    url = reverse("reports") if name == "reports" else address(cast, name=name)
    assert signed_in(cast.eva).post(url).status_code == 405


def test_the_choice_above_the_report_leads_to_the_chosen_one(cast: Cast) -> None:
    response = signed_in(cast.eva).get(reverse("reports"), {"plan": str(cast.school_plan.pk), "closing": "annual"})
    assert response.headers["Location"] == address(cast, cast.school_plan, "annual")


@pytest.mark.parametrize("query", [{"plan": "x", "closing": "annual"}, {"plan": "9" * 30, "closing": "annual"}, {"year": "²"}])
def test_a_choice_that_is_no_number_is_not_found(cast: Cast, query: dict[str, str]) -> None:
    assert signed_in(cast.eva).get(reverse("reports"), query).status_code == 404


def test_a_choice_outside_the_readers_units_is_not_found(cast: Cast) -> None:
    response = signed_in(cast.karin).get(reverse("reports"), {"plan": str(cast.school_plan.pk), "closing": "annual"})
    assert response.status_code == 404


def test_only_the_readers_plans_are_offered(cast: Cast, english: Cast) -> None:
    offered = re.findall(r'<option value="(\d+)"', page(english.karin, address(cast)))
    assert offered == [str(cast.plan.pk)]


def test_missing_parts_are_marked_by_words_and_symbol_where_they_should_have_stood(half_year: Cast, english: Cast) -> None:
    html = page(english.eva, address(half_year))
    assert '<span aria-hidden="true">□</span><span>Missing: follow-up</span>' in html
    assert '<span aria-hidden="true">□</span><span>Missing: action</span>' in html
    assert "Missing: follow-up (1)" in text_of(html)
    assert "2 of 5 approved" in text_of(html)


def test_a_risks_cells_reach_over_its_rows(half_year: Cast, english: Cast) -> None:
    html = page(english.eva, address(half_year))
    assert len(re.findall('rowspan="2"', html)) == 3
    assert html.count("<tbody>") == 4


def test_texts_are_shown_as_written(cast: Cast, english: Cast) -> None:
    text = "<script>alert(1)</script> & \"'{{ x }}{% y %} שלום 😀"
    submitted(cast, make_control(make_risk(cast.plan, text)), result=text)
    html = page(english.eva, address(cast))
    assert "<script>alert" not in html
    assert html.count("&lt;script&gt;alert(1)&lt;/script&gt; &amp; &quot;&#x27;{{ x }}{% y %} שלום 😀") >= 2


def test_confidential_risks_are_counted_and_nothing_of_them_is_shown(cast: Cast, english: Cast) -> None:
    make_control(make_risk(cast.plan, "öppen"))
    secret = make_risk(cast.plan, "Hemligheten", is_confidential=True, confidentiality_section="OSL 18:8")
    act(submitted(cast, make_control(secret, "hemlig kontroll"), result="hemligt"), "hemlig åtgärd")
    html = page(english.ake, address(cast))
    assert "hemlig" not in html.casefold()
    assert "1 risk is confidential and left out (OSL 18:8)." in html
    assert "Hemligheten" in page(english.johan, address(cast))


def test_an_empty_report_says_what_will_be_listed(cast: Cast, english: Cast) -> None:
    assert "The plan holds nothing to follow up." in page(english.eva, address(cast))


def test_the_list_shows_how_far_each_report_has_come(half_year: Cast, english: Cast) -> None:
    text = text_of(page(english.eva, reverse("reports")))
    assert "Half-year closing 2025" in text
    assert "2 of 5" in text
    assert "Missing: follow-up" in text


def test_the_list_says_when_a_report_is_late(half_year: Cast, english: Cast, settings: Any) -> None:
    assert ">Late<" not in page(english.eva, reverse("reports"))
    settings.RISKREG_TODAY = half_year.interim.report_due.replace(month=11, day=1)
    assert ">Late<" in page(english.eva, reverse("reports"))


def test_an_empty_list_says_what_to_wait_for(cast: Cast, english: Cast) -> None:
    assert "There is nothing to report yet." in page(cast.nils, reverse("reports"))


def test_a_year_without_closings_says_who_adds_them(cast: Cast, english: Cast) -> None:
    Closing.objects.all().delete()
    assert "The year has no closings yet." in page(english.eva, reverse("reports"))


def test_years_are_chosen_and_the_one_to_be_reported_is_shown_first(cast: Cast, english: Cast) -> None:
    ControlPlan.objects.create(unit=cast.board, year=2026, matrix=cast.matrix)
    assert "Half-year closing 2025" in page(english.eva, reverse("reports"))
    assert "The year has no closings yet." in page(english.eva, reverse("reports") + "?year=2026")


def test_the_download_is_named_as_a_registrar_wants_it(half_year: Cast, english: Cast) -> None:
    response = signed_in(english.eva).get(address(half_year, name="report_docx"))
    assert response.headers["Content-Disposition"] == (
        'attachment; filename="2025-09-08 Kommunstyrelsen Follow-up of internal control half-year closing 2025 draft.docx"'
    )
    assert response.headers["Content-Type"].startswith("application/vnd.openxmlformats-officedocument")


def test_letters_outside_ascii_are_encoded_in_the_downloads_name(cast: Cast, english: Cast) -> None:
    cast.board.name = "Vård- och äldrenämnden"
    cast.board.save()
    disposition = signed_in(english.eva).get(address(cast, name="report_docx")).headers["Content-Disposition"]
    assert disposition.startswith("attachment; filename*=utf-8''")
    assert "V%C3%A5rd-%20och%20%C3%A4ldren%C3%A4mnden" in disposition


@pytest.mark.parametrize("how_many", [20, 2000])
def test_the_report_takes_eight_queries_whatever_its_size(
    cast: Cast, english: Cast, django_assert_num_queries: Any, how_many: int
) -> None:
    make_many_risks(cast.plan, how_many, closing=cast.interim, performer=cast.karin)
    client = signed_in(english.eva)
    with django_assert_num_queries(8):
        assert client.get(address(cast)).content.count(b"<tbody>") == how_many


@pytest.mark.parametrize("how_many", [20, 2000])
def test_the_list_of_reports_takes_eight_queries_whatever_their_size(
    cast: Cast, english: Cast, django_assert_num_queries: Any, how_many: int
) -> None:
    make_many_risks(cast.plan, how_many, closing=cast.interim, performer=cast.karin)
    client = signed_in(english.eva)
    with django_assert_num_queries(8):
        client.get(reverse("reports"))


def test_a_units_own_follow_up_is_named_in_its_row(cast: Cast, english: Cast) -> None:
    control = make_control(make_risk(cast.plan))
    for unit in (cast.payroll, cast.central_office):
        make_follow_up(control, cast.interim, unit=unit)
    html = page(english.eva, address(cast))
    assert html.index("Kommunledningskontoret") < html.index("Löneenheten")


def test_the_report_prints_the_head_of_the_audit_trail(cast: Cast, english: Cast) -> None:
    make_control(make_risk(cast.plan))
    client = signed_in(english.eva)
    assert "sealed up to" not in client.get(address(cast)).content.decode().split("<main")[1]
    sealed = seal(timezone.now())
    assert sealed is not None
    assert f"{sealed.seq}:{sealed.hash}" in client.get(address(cast)).content.decode()
    document = Document(io.BytesIO(client.get(address(cast, name="report_docx")).content))
    assert f"{sealed.seq}:{sealed.hash}" in document.paragraphs[-1].text
