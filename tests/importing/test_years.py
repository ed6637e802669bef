"""Of columns of several years the plan's is taken, and what the others say is kept to be compared with it."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from hypothesis import given, settings
from hypothesis import strategies as st

from controls.importing.comparing import compare
from controls.importing.reading import Reading, read
from controls.importing.target import Target, find_target
from controls.models import PlanImport
from riskreg.importing.account import Account, Fate, Understood, draw_up
from riskreg.importing.cells import Cell, Content, Table
from riskreg.importing.columns import find_blocks, mapping_of, parse, recognise
from riskreg.importing.fields import Field
from riskreg.importing.years import by_row, compare_years
from tests.cast import Cast
from tests.examples import some

from .documents import IMPACT, LIKELIHOOD, docx_of, ods_of, ods_row, xlsx_of
from .pdf_layouts import pdf_of, table
from .reading import sheet
from .test_account import taken
from .test_import_pages import act, preview, upload
from .test_rows_without_a_control import command

pytestmark = pytest.mark.one_engine

YEARS = (
    "Risk;Riskvärde 2024;Riskvärde 2025;Kontrollmoment;Resultat 2024;Resultat 2025;Bedömning 2024;Bedömning 2025;Åtgärd\n"
    "Felaktiga löner;12;4;Att löner är rätt;Tolv fel 2024;Inga fel 2025;Väsentliga avvikelser;Inga avvikelser;Inga åtgärder\n"
)


@pytest.fixture
def closing(cast: Cast, target: Target) -> Target:
    return find_target(cast.board, 2025, None, cast.interim)


def reading_of(text: str, target: Target) -> Reading:
    return read(io.BytesIO(text.encode()), "plan.csv", target)


def compared(reading: Reading) -> list[tuple[str, str, str]]:
    return [(one.row.title, one.field.value, str(one)) for of_row in by_row(reading.compared).values() for one in of_row]


def account_of(reading: Reading, target: Target, cast: Cast) -> Account:
    return reading.account(compare(reading.rows, target, by=cast.eva).findings.settled)


def test_of_two_years_columns_the_plans_year_is_read(cast: Cast, closing: Target) -> None:
    (row,) = reading_of(YEARS, closing).rows
    assert (row.score, row.result, row.conclusion) == (4, "Inga fel 2025", "no_deviations")


def test_the_other_years_values_are_kept_to_be_compared(cast: Cast, closing: Target) -> None:
    reading = reading_of(YEARS, closing)
    assert compared(reading) == [
        ("Felaktiga löner", "score", "2024: 12 → 2025: 4"),
        ("Felaktiga löner", "result", "2024: Tolv fel 2024 → 2025: Inga fel 2025"),
        ("Felaktiga löner", "conclusion", "2024: Väsentliga avvikelser → 2025: Inga avvikelser"),
    ]
    account = account_of(reading, closing, cast)
    assert account.of(Fate.LEFT_OUT) == []
    assert account.balances(reading.content)
    kept = {(entry.text, entry.field, entry.settlement.reason) for entry in account.of(Fate.KEPT)}
    assert {("12", Field.SCORE, "compared"), ("Riskvärde 2024", Field.SCORE, "heading_compared")} < kept
    assert any("2024: 12 → 2025: 4" in entry.reason for entry in account.of(Fate.KEPT))


def test_three_years_and_years_after_the_plans_stand_in_their_order(cast: Cast, target: Target) -> None:
    reading = reading_of("Risk;Riskvärde 2026;Riskvärde 2025;Riskvärde 2023\nBrand;4;6;8\nStöld;;6;9\n", target)
    assert compared(reading) == [
        ("Brand", "score", "2023: 8 → 2025: 6 → 2026: 4"),
        ("Stöld", "score", "2023: 9 → 2025: 6"),
    ]


@pytest.mark.parametrize("heading", ["Riskvärde 2024", "Föregående års riskvärde", "Riskvärde (förra året)", "Riskvärde fg år"])
def test_a_column_without_a_year_is_the_plans_beside_one_of_another_year(cast: Cast, target: Target, heading: str) -> None:
    reading = reading_of(f"Risk;{heading};Riskvärde\nBrand;9;12\n", target)
    assert reading.rows[0].score == 12
    assert compared(reading) == [("Brand", "score", "2024: 9 → 2025: 12")]


def test_of_years_that_are_all_others_none_is_taken_by_a_guess(cast: Cast, target: Target) -> None:
    reading = reading_of("Risk;Riskvärde 2023;Riskvärde 2024;Kontrollmoment\nBrand;8;6;Lås\n", target)
    assert ([row.score for row in reading.rows], compared(reading)) == ([None], [])
    out = account_of(reading, target, cast).of(Fate.LEFT_OUT)
    assert [(entry.text, entry.settlement.reason) for entry in out] == [
        (text, "column_other_year") for text in ("Riskvärde 2023", "Riskvärde 2024", "8", "6")
    ]


def test_a_column_of_another_year_alone_is_read(cast: Cast, target: Target) -> None:
    (row,) = reading_of("Risk;Riskvärde 2024\nBrand;8\n", target).rows
    assert row.score == 8


def test_a_column_of_another_year_alone_is_left_out_where_another_column_states_the_plans_year() -> None:
    found = recognise(["Risk", "Riskvärde 2025", "Kontrollmoment", "Kommentar 2024", "Kategori 2025"], {}, 2025)
    assert [(match.field, match.how) for match in found][3] == (None, "other_year")
    assert [match.field for match in found][1] is Field.SCORE
    by_hand = recognise(["Risk", "Riskvärde 2025", "Kommentar 2024"], {"kommentar 2024": "reason"}, 2025)
    assert by_hand[2].field is Field.REASON


def test_of_a_row_that_is_no_row_of_the_plan_nothing_is_compared(cast: Cast, target: Target) -> None:
    reading = reading_of("Risk;Riskvärde 2024;Riskvärde 2025\nBrand;9;12\nSumma;9;12\n;3;\n", target)
    assert compared(reading) == [("Brand", "score", "2024: 9 → 2025: 12")]
    out = {(entry.row, entry.text, entry.settlement.reason) for entry in account_of(reading, target, cast).of(Fate.LEFT_OUT)}
    assert out == {(3, "Summa", "total"), (3, "9", "total"), (3, "12", "total"), (4, "3", "column_other_year")}


def test_on_forms_too(cast: Cast, target: Target) -> None:
    reading = reading_of("Risk;Brand\nRiskvärde 2024;9\nRiskvärde 2025;12\nKontroll;Larm\n", target)
    assert compared(reading) == [("Brand", "score", "2024: 9 → 2025: 12")]
    account = account_of(reading, target, cast)
    assert (account.of(Fate.LEFT_OUT), account.balances(reading.content)) == ([], True)


LEFT, UP = Cell(merged="left"), Cell(merged="up")


@pytest.mark.parametrize("merged", [True, False], ids=["merged", "as csv has it"])
@pytest.mark.parametrize(
    ("above", "below"),
    [
        (["Risk", "Riskvärde", LEFT, "Kontroll"], [UP, "2024", "2025", UP]),
        (["Risk", "2024", LEFT, LEFT, "2025", LEFT, LEFT, "Kontroll"], [UP, *["S", "K", "Riskvärde"] * 2, UP]),
        (
            ["Risk", "Bedömning 2024", LEFT, LEFT, "Bedömning 2025", LEFT, LEFT, "Kontroll"],
            [UP, *["S", "K", "Riskvärde"] * 2, UP],
        ),
    ],
    ids=["years below a value", "values below years", "values below words with years"],
)
def test_years_may_stand_in_a_row_of_headings_of_their_own(above: list[Any], below: list[Any], merged: bool) -> None:
    values = ["9", "12"] if len(above) == 4 else ["3", "3", "9", "3", "4", "12"]
    made = sheet(above, below, ["Brand", *values, "Larm"])
    if not merged:
        made = Table(made.place, [[Cell(cell.text) for cell in row] for row in made.rows])
    (block,) = find_blocks([made])
    columns = recognise(block.headings, None, 2025)
    found = parse(block, mapping_of(columns), likelihood_levels=LIKELIHOOD, impact_levels=IMPACT)
    comparisons = compare_years(block, columns, found.rows, 2025)
    assert [(row.title, row.score, row.control) for row in found.rows] == [("Brand", 12, "Larm")]
    assert "2024: 9 → 2025: 12" in {str(one) for one in comparisons.values()}
    account = draw_up(Understood(Content([made]), [block], block, columns, found.rows, found.notes, comparisons), taken)
    assert (account.of(Fate.LEFT_OUT), account.balances(Content([made]))) == ([], True)


# On the page and the command line


def test_the_preview_and_the_kept_account_show_it(cast: Cast, target: Target, client: Client) -> None:
    client.force_login(cast.eva)
    waiting = upload(client, cast, "Risk;Riskvärde 2024;Riskvärde;Kontrollmoment\nBrand;9;12;Larm\n")
    page = preview(client, waiting)
    assert "2024: 9 → 2025: 12" in page
    assert '<option value="compared" selected>' in page
    # Using the columns as they stand leaves the comparison as it is.
    headings = ["Risk", "Riskvärde 2024", "Riskvärde", "Kontrollmoment"]
    act(client, waiting, "_columns", heading=headings, field=["title", "compared", "score", "control"])
    assert "2024: 9 → 2025: 12" in preview(client, waiting)
    act(client, waiting, "_confirm")
    assert PlanImport.objects.get(pk=waiting.pk).state == "confirmed"
    kept = client.get(f"/admin/controls/planimport/{waiting.pk}/change/", {"fate": "kept"}).content.decode()
    assert "2024: 9 → 2025: 12" in kept


def test_a_dry_run_prints_it(cast: Cast, target: Target, tmp_path: Path) -> None:
    said = command(tmp_path, cast, "--dry-run", text="Risk;Riskvärde 2024;Riskvärde\nBrand;9;12\n")
    assert "Brand, Riskvärde: 2024: 9 → 2025: 12" in said


# In every format

ROWS = [line.split(";") for line in YEARS.splitlines()]
FILES: dict[str, Callable[[], bytes]] = {
    "docx": lambda: docx_of(ROWS),
    "xlsx": lambda: xlsx_of(ROWS),
    "ods": lambda: ods_of("".join(ods_row(*row) for row in ROWS)),
    "csv": YEARS.encode,
    "pdf": lambda: pdf_of(table(ROWS, "all")),
}


@pytest.mark.parametrize("kind", FILES)
def test_years_of_every_format(cast: Cast, closing: Target, kind: str) -> None:
    reading = read(io.BytesIO(FILES[kind]()), f"plan.{kind}", closing)
    assert compared(reading)[0] == ("Felaktiga löner", "score", "2024: 12 → 2025: 4")
    account = account_of(reading, closing, cast)
    assert (account.of(Fate.LEFT_OUT), account.balances(reading.content)) == ([], True)


# Whatever years there are

HEADINGS = [
    "Riskvärde",
    "Riskvärde 2023",
    "Riskvärde 2024",
    "Riskvärde 2025",
    "Förra årets riskvärde",
    "Resultat 2024",
    "Resultat",
]
CELL = st.sampled_from(["", "8", "6 (hög)", "Inga fel", "Summa", "-"])


@given(st.permutations(HEADINGS), st.integers(1, 7), st.lists(st.lists(CELL, min_size=8, max_size=8), min_size=1, max_size=5))
@settings(max_examples=some(150), deadline=None)
def test_every_word_is_taken_kept_or_left_out(headings: list[str], width: int, lines: list[list[str]]) -> None:
    made = sheet(["Risk", *headings[:width], "Kontroll"], *[[*line[: width + 1], "Larm"] for line in lines])
    (block,) = find_blocks([made])
    columns = recognise(block.headings, None, 2025)
    found = parse(block, mapping_of(columns), likelihood_levels=LIKELIHOOD, impact_levels=IMPACT)
    comparisons = compare_years(block, columns, found.rows, 2025)
    content = Content([made])
    account = draw_up(Understood(content, [block], block, columns, found.rows, found.notes, comparisons), taken)
    assert account.balances(content)
    for entry in account.of(Fate.KEPT):
        assert entry.settlement.reason == "heading_compared" or entry.text.split()[0] in entry.reason
