"""The pages of inquiries: what they show, of whom, what they do, and with how many queries."""

from __future__ import annotations

import csv
import io
from datetime import date
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from controls.models import Evidence, Inquiry
from controls.monitoring.inquiries import verbs
from tests.cast import Cast
from tests.monitoring.inquiries.test_inquiry_verbs import ANSWERED, CRIMINAL, NAME, NUMBER, about_company, asked
from tests.monitoring.registers.scene import JUNE, SUPPLIERS, a_register, fed
from tests.monitoring.watching.scene import HOME_CARE, WATER, came, let_the_worker_run, operations, the_alert, watched

pytestmark = [pytest.mark.django_db, pytest.mark.one_engine]
SENT = {
    "kind": "tax",
    "asked_of": "tax_agency",
    "asked_name": "Skatteupplysningen",
    "question": "F-skatt?",
    "asked_on": "2025-09-01",
    "due_on": "2025-09-15",
}


@pytest.fixture
def page(client: Client, cast: Cast, today: date) -> Client:
    client.force_login(cast.karin)
    return client


def text_of(page: Client, name: str, *parts: object, query: str = "") -> str:
    response = page.get(reverse(name, args=parts) + query)
    assert response.status_code == 200
    return response.content.decode()


def test_a_question_about_a_company_is_recorded_on_its_page_and_shown_there(page: Client, cast: Cast) -> None:
    fed(a_register(cast.board, cast.johan), cast.karin, *SUPPLIERS, as_of=JUNE)
    name, identity = SUPPLIERS[0][1], "".join(sign for sign in SUPPLIERS[0][2] if sign.isdigit())[-10:]
    address = reverse("company_ask", args=[identity])
    assert address in text_of(page, "company", identity)
    form = text_of(page, "company_ask", identity)
    assert "Skriv aldrig om domar eller brottsmisstankar" in form
    answer = page.post(address, {**SENT, "unit": cast.board.pk}, follow=True).content.decode()
    inquiry = Inquiry.objects.get()
    assert (inquiry.about, inquiry.unit, inquiry.kind, inquiry.asked_name) == (name, cast.board, "tax", "Skatteupplysningen")
    assert f"Antecknad: F-skatt, moms och arbetsgivare: {name}" in answer.replace("&amp;", "&")
    assert inquiry.get_absolute_url() in answer
    assert inquiry.get_absolute_url() in text_of(page, "company", identity)


def test_a_question_about_an_alert_is_recorded_and_shown_on_its_page(page: Client, cast: Cast) -> None:
    register = operations(cast)
    came(register, cast.karin, HOME_CARE, WATER, as_of=JUNE)
    watched(register, cast.johan)
    let_the_worker_run()
    alert = the_alert("Vatten")
    address = reverse("alert_ask", args=[alert.pk])
    assert address in text_of(page, "alert", alert.pk)
    shown = page.post(address, SENT, follow=True).content.decode()
    inquiry = Inquiry.objects.get()
    assert (inquiry.alert, inquiry.about) == (alert, "Vatten")
    assert inquiry.get_absolute_url() in shown
    assert "Skatteupplysningen" in shown
    refused = page.post(address, {**SENT, "kind": "criminal"})
    assert "Ingenting skrivs om ett utdrag" in refused.content.decode()
    assert Inquiry.objects.count() == 1


def test_the_answer_is_recorded_with_a_file_that_is_saved_never_shown_inline(page: Client, cast: Cast) -> None:
    inquiry = about_company(cast)
    form = {"outcome": "deviation", "answered_on": "2025-09-05", "note": "Skuld 12 000 kr"}
    sent = {**form, "evidence": SimpleUploadedFile("svar.html", b"<html><script>1</script>")}
    refused = page.post(reverse("inquiry_conclude", args=[inquiry.pk]), sent)
    assert (refused.status_code, Evidence.objects.exists()) == (200, False)
    sent = {**form, "evidence": SimpleUploadedFile("svar.txt", b"Svaret", "text/plain")}
    shown = page.post(reverse("inquiry_conclude", args=[inquiry.pk]), sent, follow=True).content.decode()
    assert "Skuld 12 000 kr" in shown
    assert "efter 4 dagar" in shown
    file = Evidence.objects.get()
    served: Any = page.get(reverse("evidence", args=[file.pk]))
    assert served.headers["Content-Disposition"].startswith("attachment")
    assert b"".join(served.streaming_content) == b"Svaret"


def test_of_criminal_records_the_pages_ask_for_no_note_and_no_file(page: Client, cast: Cast) -> None:
    inquiry = about_company(cast, **CRIMINAL)
    shown = text_of(page, "inquiry", inquiry.pk)
    assert "Ingen anteckning, ingen fil." in shown
    assert reverse("inquiry_attach", args=[inquiry.pk]) not in shown
    form = text_of(page, "inquiry_conclude", inquiry.pk)
    assert not any(name in form for name in ('name="note"', 'name="evidence"', 'value="unclear"', 'value="not_given"'))
    sent = {"outcome": "in_order", "answered_on": "2025-09-05", "note": "Dömd", "evidence": SimpleUploadedFile("u.txt", b"U")}
    page.post(reverse("inquiry_conclude", args=[inquiry.pk]), sent)
    inquiry.refresh_from_db()
    assert (inquiry.outcome, inquiry.note, Evidence.objects.exists()) == ("in_order", "", False)
    assert 'name="reason"' not in text_of(page, "inquiry_reopen", inquiry.pk)
    page.post(reverse("inquiry_attach", args=[inquiry.pk]), {"evidence": [SimpleUploadedFile("u.txt", b"U")]})
    assert not Evidence.objects.exists()


def test_files_are_added_and_taken_away_while_it_waits(page: Client, cast: Cast) -> None:
    inquiry = about_company(cast)
    address = reverse("inquiry_attach", args=[inquiry.pk])
    said = page.post(address, {"evidence": [SimpleUploadedFile("program.exe", b"MZ")]}, follow=True).content.decode()
    assert "program.exe" in said
    page.post(address, {"evidence": [SimpleUploadedFile("a.txt", b"A"), SimpleUploadedFile("b.txt", b"B")]})
    assert inquiry.evidence.count() == 2
    file = Evidence.objects.get(name="a.txt")
    page.post(reverse("inquiry_evidence_remove", args=[inquiry.pk, file.pk]), {"reason": "Fel fil"})
    assert [one.name for one in inquiry.evidence.all()] == ["b.txt"]


def listed(page: Client, query: str) -> list[str]:
    """The names in the list and in the file, which say the same."""
    shown = page.get(reverse("inquiries") + query)
    rows = [row.inquiry.about for row in shown.context["rows"]]
    response: Any = page.get(reverse("inquiries_csv") + query)
    text = b"".join(response.streaming_content).decode("utf-8-sig")
    assert [row[1] for row in list(csv.reader(io.StringIO(text), delimiter=";"))[1:]] == rows
    return rows


def test_the_list_shows_who_waits_the_longest_first_and_its_filters_narrow_it_and_the_file(page: Client, cast: Cast) -> None:
    cases: list[tuple[str, dict[str, Any]]] = [
        ("Tidig AB", {"asked_on": date(2025, 7, 1), "due_on": date(2025, 7, 15)}),
        ("Sen AB", {}),
        ("Svarad AB", {"kind": "tax"}),
    ]
    for number, (name, given) in enumerate(cases):
        inquiry = verbs.ask_about_company(
            cast.board, by=cast.karin, identity=f"556036079{number}", about=name, asked=asked(**given)
        )
    verbs.conclude(inquiry, by=cast.karin, outcome="in_order", answered_on=ANSWERED)
    assert listed(page, "") == ["Tidig AB", "Sen AB"]
    assert listed(page, "?state=late") == ["Tidig AB"]
    assert listed(page, "?state=in_order") == ["Svarad AB"]
    assert listed(page, "?state=all") == ["Svarad AB", "Sen AB", "Tidig AB"]
    assert listed(page, "?state=all&kind=tax") == ["Svarad AB"]
    assert listed(page, "?q=tidig") == ["Tidig AB"]
    assert listed(page, "?state=all&q=556036-0791") == ["Sen AB"]
    assert "Svaret är försenat" in text_of(page, "inquiries")


def test_nothing_of_another_units_inquiries_is_shown(client: Client, cast: Cast, today: date) -> None:
    inquiry = verbs.ask_about_company(cast.school_board, by=cast.bo, identity=NUMBER, about=NAME, asked=asked())
    client.force_login(cast.karin)
    assert NAME not in client.get(reverse("inquiries") + "?state=all").content.decode()
    assert NAME not in client.get(reverse("company", args=[NUMBER])).content.decode()
    assert client.get(reverse("inquiry", args=[inquiry.pk])).status_code == 404


@pytest.mark.parametrize(("name", "most"), [("inquiries", 8), ("company", 14)])
def test_the_number_of_queries_does_not_grow(page: Client, cast: Cast, name: str, most: int) -> None:
    parts = [NUMBER] if name == "company" else []

    def queries() -> int:
        with CaptureQueriesContext(
            connection,
        ) as found:
            assert page.get(reverse(name, args=parts)).status_code == 200
        return len(found)

    about_company(cast)
    queries()
    few = queries()
    for _number in range(12):
        about_company(cast)
    assert queries() == few <= most


def test_the_page_says_the_same_in_english(page: Client, cast: Cast) -> None:
    inquiry = about_company(cast)
    cast.karin.language = "en"
    cast.karin.save()
    shown = text_of(page, "inquiry", inquiry.pk)
    assert "Swedish Enforcement Authority" in shown
    assert "Waits for an answer" in shown
