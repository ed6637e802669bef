"""The pages of a population: a file that is uploaded, read in and given out again."""

from __future__ import annotations

import hashlib
import re
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from controls.data_files import for_excel, text
from controls.models import Population, SamplingRun
from controls.sampling import runs
from controls.sampling.populations.kept_upload import SHELF, kept_workbook
from controls.views.sampling import population as pages
from riskreg import clock
from tests.cast import Cast
from tests.data_files.files import csv_bytes, invoices
from tests.data_files.test_reading import book_of
from tests.sampling.scene import a_control, locked, read_in, uploaded
from tests.sampling.shown import page_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("today"), pytest.mark.one_engine]


def test_uploading_leads_to_the_population_read_in(client: Client, cast: Cast) -> None:
    client.force_login(cast.karin)
    control = a_control(cast)
    file = SimpleUploadedFile("fakturor.csv", csv_bytes(invoices(30)))
    form = {"file": file, "source_system": "Raindance", "unit": control.risk.unit_id}
    response = client.post(reverse("population_add", args=[control.pk]), form)
    population = Population.objects.get()
    assert response.headers["Location"] == population.get_absolute_url()
    assert "30" in page_of(client, cast.karin, population.get_absolute_url())


def test_a_file_that_is_no_population_is_refused_on_its_field(client: Client, cast: Cast) -> None:
    client.force_login(cast.karin)
    control = a_control(cast)
    form = {"file": SimpleUploadedFile("a.xlsx", b"text"), "source_system": "Raindance", "unit": control.risk.unit_id}
    response = client.post(reverse("population_add", args=[control.pk]), form)
    assert response.status_code == 200
    assert "error-summary" in response.content.decode()
    assert not Population.objects.exists()


def test_a_refused_form_keeps_the_file_and_does_not_ask_for_it_again(client: Client, cast: Cast) -> None:
    client.force_login(cast.karin)
    control = a_control(cast)
    address = reverse("population_add", args=[control.pk])
    file = SimpleUploadedFile("Fakturor april.csv", csv_bytes(invoices(30)))
    page = client.post(address, {"file": file, "unit": control.risk.unit_id}).content.decode()
    assert "error-summary" in page
    assert "Skriv vilket system filen är hämtad ur" in page
    assert "Fakturor april.csv" in page
    assert not Population.objects.exists()
    token = re.search(r'name="kept" value="([^"]+)"', page)
    assert token is not None
    form = {"kept": token[1], "unit": control.risk.unit_id, "source_system": "Raindance"}
    response = client.post(address, form)
    population = Population.objects.get()
    assert response.headers["Location"] == population.get_absolute_url()
    assert (population.original_name, population.row_count) == ("Fakturor april.csv", 30)
    # Sent once more: it is no second population, and the file is asked for.
    page = client.post(address, form).content.decode()
    assert "error-summary" in page
    assert 'name="kept"' not in page
    assert Population.objects.count() == 1


def test_the_sheet_of_a_workbook_is_named_with_the_upload(client: Client, cast: Cast) -> None:
    client.force_login(cast.karin)
    control = a_control(cast)
    form = {"unit": control.risk.unit_id, "source_system": "Raindance", "sheet": "Gamla"}
    file = SimpleUploadedFile("fil.xlsx", book_of(("Nya", "visible", 2), ("Gamla", "hidden", 4)))
    client.post(reverse("population_add", args=[control.pk]), {"file": file, **form})
    population = Population.objects.get()
    assert population.row_count == 3
    assert "Bladet ”Gamla” lästes in" in page_of(client, cast.karin, population.get_absolute_url())


def test_another_sheet_of_the_workbook_is_read_instead(client: Client, cast: Cast) -> None:
    client.force_login(cast.karin)
    control = a_control(cast)
    file = SimpleUploadedFile("fil.xlsx", book_of(("Nya", "visible", 2), ("Tom", "visible", 0), ("Gamla", "hidden", 4)))
    form = {"unit": control.risk.unit_id, "source_system": "Raindance"}
    client.post(reverse("population_add", args=[control.pk]), {"file": file, **form})
    population = Population.objects.get()
    assert population.row_count == 1
    page = page_of(client, cast.karin, population.get_absolute_url())
    assert 'name="sheet"' in page
    assert "Gamla (dolt i filen)" in page
    address = reverse("population_sheet", args=[population.pk])
    for sheet, rows in (("Gamla", 3), ("Nya", 1), ("Gamla", 3)):
        client.post(address, {"sheet": sheet})
        population.refresh_from_db()
        assert population.row_count == rows
        assert f"Bladet ”{sheet}” lästes in" in page_of(client, cast.karin, population.get_absolute_url())
    # Each reading leaves one upload, which the next takes the place of.
    assert [path for path in SHELF.folder.iterdir() if path.is_file()] == [kept_workbook(population)]
    client.post(address, {"sheet": "Tom"})
    population.refresh_from_db()
    assert population.row_count == 3


def test_a_workbook_is_kept_for_a_day(client: Client, cast: Cast) -> None:
    book = book_of(("Nya", "visible", 2), ("Gamla", "visible", 4))
    population = read_in(cast, book, control=a_control(cast), filename="fil.xlsx")
    assert kept_workbook(population) is not None
    SHELF.delete_old(clock.now() + timedelta(days=365 * 10))
    assert kept_workbook(population) is None
    assert 'name="sheet"' not in page_of(client, cast.karin, population.get_absolute_url())
    answer = client.post(reverse("population_sheet", args=[population.pk]), {"sheet": "Gamla"}, follow=True)
    assert "kan inte längre läsas" in answer.content.decode()


def test_a_discarded_population_leaves_no_workbook(client: Client, cast: Cast, django_capture_on_commit_callbacks: Any) -> None:
    book = book_of(("Nya", "visible", 2), ("Gamla", "visible", 4))
    population = read_in(cast, book, control=a_control(cast), filename="fil.xlsx")
    client.force_login(cast.karin)
    with django_capture_on_commit_callbacks(execute=True):
        client.post(reverse("population_discard", args=[population.pk]))
    assert kept_workbook(population) is None


def test_another_file_takes_the_place_of_the_kept_one(client: Client, cast: Cast) -> None:
    client.force_login(cast.karin)
    control = a_control(cast)
    address = reverse("population_add", args=[control.pk])
    page = client.post(address, {"file": SimpleUploadedFile("a.csv", csv_bytes(invoices(30)))}).content.decode()
    token = re.search(r'name="kept" value="([^"]+)"', page)
    assert token is not None
    other = SimpleUploadedFile("b.csv", csv_bytes(invoices(7)))
    client.post(address, {"kept": token[1], "file": other, "unit": control.risk.unit_id, "source_system": "Raindance"})
    assert [(each.original_name, each.row_count) for each in Population.objects.all()] == [("b.csv", 7)]


def test_a_large_file_is_handed_to_the_worker_and_the_page_waits(
    client: Client, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    from controls import tasks
    from controls.sampling import runs

    handed: list[int] = []
    monkeypatch.setattr(runs, "SMALL_BYTES", 10)
    monkeypatch.setattr(tasks.perform_sampling_run, "delay_on_commit", handed.append)
    client.force_login(cast.karin)
    control = a_control(cast)
    file = SimpleUploadedFile("fakturor.csv", csv_bytes(invoices(30)))
    client.post(reverse("population_add", args=[control.pk]), {"file": file, "source_system": "R", "unit": control.risk.unit_id})
    run = SamplingRun.objects.get()
    assert handed == [run.pk]
    page = page_of(client, cast.karin, run.population.get_absolute_url())
    assert reverse("sampling_run", args=[run.pk]) in page
    assert "<progress" in page
    answer = client.get(reverse("sampling_run", args=[run.pk])).json()
    assert answer["is_open"]
    client.post(reverse("sampling_run_cancel", args=[run.pk]))
    run.refresh_from_db()
    assert run.state == "cancelled"


def test_a_downloaded_population_is_never_shown_by_the_browser(client: Client, cast: Cast, population: Population) -> None:
    client.force_login(cast.ake)
    response = client.get(reverse("population_file", args=[population.pk]))
    assert response.headers["Content-Disposition"].startswith("attachment")
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert b"".join(response).startswith(b'"Faktura"')


@pytest.mark.parametrize("ending", ["csv", "xlsx"])
def test_the_content_for_excel_is_named_as_not_the_hashed_file(client: Client, cast: Cast, ending: str) -> None:
    population = locked(cast)
    client.force_login(cast.ake)
    response = client.get(reverse(f"population_excel_{ending}", args=[population.pk]))
    assert response.headers["Content-Disposition"] == (
        f'attachment; filename="population-{population.pk}-till-excel-inte-den-hashade-filen.{ending}"'
    )
    content = b"".join(response)
    assert hashlib.sha256(content).hexdigest() != population.sha256
    assert content.startswith(b"\xef\xbb\xbf" if ending == "csv" else b"PK")
    page = page_of(client, cast.ake, population.get_absolute_url())
    assert reverse(f"population_excel_{ending}", args=[population.pk]) in page
    client.force_login(cast.siv)
    assert client.get(reverse(f"population_excel_{ending}", args=[population.pk])).status_code == 403


@pytest.mark.parametrize("ending", ["csv", "xlsx"])
def test_a_population_of_any_size_that_a_spreadsheet_opens_is_had_as_one(
    client: Client, cast: Cast, monkeypatch: pytest.MonkeyPatch, ending: str
) -> None:
    population = locked(cast)
    Population.objects.filter(pk=population.pk).update(row_count=1_000_000)
    client.force_login(cast.karin)
    address = reverse(f"population_excel_{ending}", args=[population.pk])
    assert client.get(address).streaming
    monkeypatch.setattr(for_excel, "MOST_ROWS", 10)
    assert address not in page_of(client, cast.karin, population.get_absolute_url())
    assert client.get(address).status_code == 404


def test_a_download_that_is_broken_off_leaves_nothing_behind(cast: Cast) -> None:
    """The server ends what it sends by closing it; a test's client would close the test's database with it."""
    population = locked(cast)
    pieces = pages._excel_pieces(population, "xlsx", about=["Om"], sheet="Population", swedish=True)
    sent = pages._all_of(next(pieces), pieces)
    work = runs.WORKSHOP.root / "work"
    assert next(sent) != b""
    assert list(work.iterdir()) != []
    sent.close()
    assert list(work.iterdir()) == []


def test_an_upload_above_the_address_s_limit_is_cut_off(client: Client, cast: Cast, settings: Any) -> None:
    settings.REQUEST_MAX_BYTES = 5_000
    settings.LARGE_UPLOADS = {"population_add": ("prepare_sample", 50_000)}
    control = a_control(cast)
    address = reverse("population_add", args=[control.pk])

    def bring(user: Any, size: int) -> int:
        client.force_login(user)
        return client.post(address, {"file": SimpleUploadedFile("a.csv", b"x" * size)}).status_code

    assert bring(cast.karin, 20_000) == 200
    assert bring(cast.karin, 60_000) == 400
    assert bring(cast.siv, 20_000) in {400, 403}


def test_more_rows_than_can_be_taken_are_refused(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    from controls.sampling import work

    monkeypatch.setattr(text, "MAX_ROWS", 10)
    run = uploaded(cast, csv_bytes(invoices(11)))
    work.perform(run.pk)
    run.refresh_from_db()
    assert run.state == "failed"
    assert "10" in run.problem
