"""Where a row stands is said as a person counts who has the file open: page or sheet, table, row."""

from __future__ import annotations

import io

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import translation

from controls import tasks
from controls.importing.reading import read
from controls.importing.target import Target
from riskreg.importing.cells import Place
from riskreg.importing.place_words import row_in_words, row_seen_from
from tests.cast import Cast

from .pdf_layouts import pdf_of, table
from .test_import_pages import upload

pytestmark = pytest.mark.one_engine
HEAD = ["Nr", "Identifierad risk", "Riskvärde", "Kontrollmoment"]
TWO_PAGES = pdf_of(
    table([HEAD, ["1", "Brand", "8", "Larm"], ["2", "Stöld", "hög", "Lås"]], "all")
    + "\n#pagebreak()\n"
    + table([HEAD, ["1", "Fusk", "6", "Attest"]], "all")
)


@pytest.mark.parametrize(
    ("place", "row", "said"),
    [
        (Place("page", 2, table=1), 3, "Sida 2, tabell 1, rad 3"),
        (Place("page", 2), 3, "Sida 2, rad 3"),
        (Place("sheet", 1, "Plan"), 3, "Blad Plan, rad 3"),
        (Place("table", 2), 3, "Tabell 2, rad 3"),
        (Place("file"), 3, "Rad 3"),
        (None, 3, "Rad 3"),
        (Place("page", 2), None, "Sida 2"),
        (None, None, ""),
    ],
)
def test_a_row_is_named_by_its_place(place: Place | None, row: int | None, said: str) -> None:
    with translation.override("sv"):
        assert row_in_words(place, row) == said


def test_another_row_is_named_with_its_place_where_that_is_another() -> None:
    here, there = Place("page", 1), Place("page", 2)
    with translation.override("sv"):
        assert (row_seen_from(here, here, 3), row_seen_from(here, there, 3)) == ("3", "3 (Sida 2)")


def test_a_problem_that_names_another_row_says_on_which_page(cast: Cast, target: Target) -> None:
    with translation.override("sv"):
        messages = [problem.message for problem in read(io.BytesIO(TWO_PAGES), "plan.pdf", target).problems]
    assert "Numret 1 används också på rad 2 (Sida 1)." in messages


def test_preview_and_account_say_it(cast: Cast, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tasks.read_import, "delay_on_commit", tasks.read_import)
    client.force_login(cast.eva)
    plan_import = upload(client, cast, TWO_PAGES, "plan.pdf")
    page = client.get(reverse("admin:controls_planimport_change", args=[plan_import.pk]), {"fate": "taken"}).content.decode()
    problems, lines, account = (page.partition(mark)[2] for mark in ('id="h-problems"', 'id="h-changes"', 'id="h-account"'))
    assert "Sida 1, rad 3" in problems.partition("</section>")[0]
    assert "Sida 2, rad 2" in lines.partition("</section>")[0]
    assert "Sida 2, rad 2" in account
