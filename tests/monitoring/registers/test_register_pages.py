"""The pages of registers: what they show, of whom, and with how many queries."""

from __future__ import annotations

import csv
import io
from datetime import date

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from controls.models import Register, RegisterSnapshot
from controls.monitoring.registers.kept_upload import SHELF
from tests.cast import Cast
from tests.data_files.files import csv_bytes
from tests.monitoring.registers.scene import AUGUST, HEADINGS, JULY, JUNE, SUPPLIERS, a_file, a_register, fed

pytestmark = [pytest.mark.django_db, pytest.mark.one_engine]
LEDGER = ("verifikationsnummer", "leverantor", "leverantor_id", "belopp", "datum", "forvaltning")


@pytest.fixture
def register(cast: Cast, today: date) -> Register:
    return a_register(cast.board, cast.johan)


@pytest.fixture
def page(client: Client, cast: Cast) -> Client:
    client.force_login(cast.johan)
    return client


def text_of(client: Client, name: str, *parts: object, **query: str) -> str:
    response = client.get(reverse(name, args=parts), query)
    assert response.status_code == 200
    return response.content.decode()


def test_the_empty_list_says_what_to_do(page: Client, cast: Cast, today: date) -> None:
    assert reverse("register_open") in text_of(page, "registers")


def test_lists_ask_as_few_questions_of_many_as_of_one(page: Client, register: Register, cast: Cast) -> None:
    def count(name: str, *parts: object) -> int:
        text_of(page, name, *parts)
        with CaptureQueriesContext(connection) as asked:
            text_of(page, name, *parts)
        return len(asked)

    fed(register, cast.karin, as_of=JUNE)
    fed(register, cast.karin, *SUPPLIERS[:3], as_of=JULY)
    few = count("registers"), count("register", register.pk)
    for number in range(3):
        a_register(cast.board, cast.johan, name=f"Register {number}")
        fed(register, cast.karin, *SUPPLIERS, (f"20{number}", "Ny AB", "", "", ""), as_of=AUGUST)
    assert (count("registers"), count("register", register.pk)) == few


def test_what_has_changed_is_told_by_row_and_column(page: Client, register: Register, cast: Cast) -> None:
    fed(register, cast.karin, as_of=JUNE)
    moved = ("1001", "Bygg & Son AB", "556016-0680", "991-2346", "Storköping")
    latest = fed(register, cast.karin, moved, *SUPPLIERS[2:], ("1009", "Ny AB", "", "", ""), as_of=JULY)
    text = text_of(page, "register_changes", register.pk, latest.pk)
    assert all(said in text for said in ("Storköping", "1009", "Städ i Väst AB"))
    only = text_of(page, "register_changes", register.pk, latest.pk, field="city")
    assert "Storköping" in only
    assert "1009" not in only
    assert "?what=gone" in text_of(page, "register", register.pk)
    first = register.snapshots.get(as_of=JUNE)
    assert page.get(reverse("register_changes", args=[register.pk, first.pk])).status_code == 404


def test_rows_are_searched_by_any_text_and_by_number_however_it_is_written(page: Client, register: Register, cast: Cast) -> None:
    snapshot = fed(register, cast.karin)
    for search in ("städ i", "5560360793", "16 556036-0793"):
        text = text_of(page, "register_snapshot", register.pk, snapshot.pk, q=search)
        assert "Städ i Väst AB" in text
        assert "Bygg" not in text
    whole = text_of(page, "register_snapshot", register.pk, snapshot.pk)
    assert "19640823-****" in whole
    assert "3234" not in whole


def test_the_export_is_what_is_seen(page: Client, register: Register, cast: Cast) -> None:
    snapshot = fed(register, cast.karin)
    response = page.get(reverse("register_csv", args=[register.pk, snapshot.pk]), {"q": "lillköping"})
    rows = list(csv.reader(io.StringIO(b"".join(response).decode("utf-8-sig")), delimiter=";"))
    assert [row[1] for row in rows[1:]] == ["Bygg & Son AB", "Rör och Värme HB", "Anna Ek"]
    assert rows[3][2] == "19640823-****"


def test_a_companys_page_tells_what_every_register_says_over_time(page: Client, register: Register, cast: Cast) -> None:
    fed(register, cast.karin, as_of=JUNE)
    fed(register, cast.karin, ("1002", "Städ i Väst AB", "556036-0793", "991-2353", "Lillköping"), *SUPPLIERS[2:], as_of=JULY)
    ledger = a_register(cast.board, cast.johan, kind="ledger", name="Reskontra")
    lines = [
        ("V1", "Städ i Väst AB", "5560360793", "1200,50", "2024-11-30", "Kommunstyrelsen"),
        ("V2", "Städ i Väst AB", "5560360793", "-200,50", "2025-01-15", "Kommunstyrelsen"),
        ("V3", "STAD VAST", "5560360793", "500", "2025-02-01", "Skolnämnden"),
    ]
    fed(ledger, cast.karin, *lines[:2], headings=LEDGER, as_of=JUNE)
    # A later file that tells of the same months, and one more.
    fed(ledger, cast.karin, *lines, headings=LEDGER, as_of=JULY)
    text = text_of(page, "company", "5560360793").replace("\N{NO-BREAK SPACE}", " ")
    assert "STAD VAST" not in text, "a supplier register's name goes before a ledger's"
    assert all(said in text for said in ("Städ i Väst AB", "Storköping", "Lillköping", "1 201", "-201", "500"))
    hidden = page.get(reverse("company", args=["196408233234"]))
    assert hidden.status_code == 404


def test_a_person_is_reached_by_the_row_that_names_them(page: Client, register: Register, cast: Cast) -> None:
    snapshot = fed(register, cast.karin)
    text = text_of(page, "register_row", register.pk, snapshot.pk, 5)
    assert "Anna Ek" in text
    assert "19640823-****" in text
    assert "3234" not in text


def test_a_refused_form_keeps_its_file(page: Client, register: Register, cast: Cast) -> None:
    content = csv_bytes(SUPPLIERS, HEADINGS)
    address = reverse("register_upload", args=[register.pk])
    refused = page.post(address, {"file": SimpleUploadedFile("lev.csv", content), "as_of": ""})
    kept = refused.context["form"].kept
    assert kept is not None
    done = page.post(address, {"kept": kept.token, "as_of": "2025-08-31"})
    assert done.status_code == 302
    assert RegisterSnapshot.objects.get().is_taken


def test_columns_are_chosen_on_their_page_and_the_waiting_file_is_read_anew(page: Client, register: Register, cast: Cast) -> None:
    draft = fed(register, cast.karin, headings=("Id", "Kallas", "Org", "Konto", "Plats"))
    page.post(reverse("register_columns", args=[register.pk]), {"supplier_number": "Id", "name": "Id"})
    assert RegisterSnapshot.objects.get(pk=draft.pk).state == "draft"  # one column chosen twice
    page.post(reverse("register_columns", args=[register.pk]), {"supplier_number": "Id", "name": "Kallas"})
    assert RegisterSnapshot.objects.get(pk=draft.pk).is_taken


def test_the_same_file_is_refused_in_words(page: Client, register: Register, cast: Cast) -> None:
    fed(register, cast.karin)
    file = SimpleUploadedFile("igen.csv", a_file().read())
    response = page.post(reverse("register_upload", args=[register.pk]), {"file": file, "as_of": "2025-08-31"})
    assert response.status_code == 409
    assert "2025-08-31" in response.content.decode() or "31 augusti 2025" in response.content.decode()


def test_the_same_file_of_a_later_day_is_noted_and_said_on_the_pages(page: Client, register: Register, cast: Cast) -> None:
    snapshot = fed(register, cast.karin)
    file = SimpleUploadedFile("igen.csv", a_file().read())
    response = page.post(reverse("register_upload", args=[register.pk]), {"file": file, "as_of": "2025-09-01"}, follow=True)
    said = response.content.decode()
    assert "Oförändrat: just den här filen är lägesbilden" in said
    assert "Registret var oförändrat senast 1 september 2025." in said
    assert "<dt>Oförändrat</dt><dd>1 september 2025, " in page.get(snapshot.get_absolute_url()).content.decode()
    assert not list(SHELF.folder.iterdir())


def test_a_ledgers_pages_say_that_its_file_must_hold_the_whole_year(page: Client, register: Register, cast: Cast) -> None:
    ledger = a_register(cast.board, cast.johan, kind="ledger", name="Reskontra")
    for name in ("register_upload", "register_rules"):
        assert "bara den senaste filen" in page.get(reverse(name, args=[ledger.pk])).content.decode()
        assert "bara den senaste filen" not in page.get(reverse(name, args=[register.pk])).content.decode()
