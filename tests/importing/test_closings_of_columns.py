"""Of columns of several closings the chosen one's is taken; the others are left out, and said to be."""

from __future__ import annotations

import io

import openpyxl
import pytest

from controls.importing.comparing import compare
from controls.importing.reading import Reading, read
from controls.importing.target import Target, find_target
from controls.models import Closing
from riskreg.importing.account import Fate
from riskreg.importing.closings import OfClosing, of_closing
from riskreg.importing.fields import Field
from tests.cast import Cast

pytestmark = pytest.mark.one_engine

BOTH = (
    "Risk;Kontrollmoment;Uppföljning delår 2025;Bedömning delår;Uppföljning årsbokslut 2025;Bedömning helår\n"
    "Fel lön;Att löner är rätt;Tre fel i maj;Mindre avvikelser;Inga fel i höst;Inga avvikelser\n"
)


def reading_of(text: str, cast: Cast, closing: Closing | None) -> tuple[Reading, Target]:
    target = find_target(cast.board, 2025, None, closing)
    return read(io.BytesIO(text.encode()), "plan.csv", target), target


@pytest.mark.parametrize(
    ("kind", "result", "conclusion", "left"),
    [
        ("interim", "Tre fel i maj", "minor_deviations", {"Inga fel i höst", "Inga avvikelser"}),
        ("annual", "Inga fel i höst", "no_deviations", {"Tre fel i maj", "Mindre avvikelser"}),
    ],
)
def test_the_chosen_closings_columns_are_read(cast: Cast, kind: str, result: str, conclusion: str, left: set[str]) -> None:
    reading, target = reading_of(BOTH, cast, getattr(cast, kind))
    (row,) = reading.rows
    assert (row.control, row.result, row.conclusion) == ("Att löner är rätt", result, conclusion)
    account = reading.account(compare(reading.rows, target, by=cast.eva).findings.settled)
    out = {entry.text: entry.settlement.reason for entry in account.entries if entry.settlement.fate is Fate.LEFT_OUT}
    assert {text for text, reason in out.items() if reason == "column_other_closing"} >= left


def test_a_closing_over_its_columns_is_theirs(cast: Cast) -> None:
    rows = [
        ["Risk", "Riskvärde", "Delårsbokslut", "", "Årsbokslut", ""],
        ["", "", "Resultat", "Bedömning", "Resultat", "Bedömning"],
        ["Fel lön", "6", "Tre fel", "Mindre avvikelser", "Inga fel", "Inga avvikelser"],
    ]
    book = openpyxl.Workbook()
    page = book.worksheets[0]
    for cells in rows:
        page.append(cells)
    for merged in ("C1:D1", "E1:F1"):
        page.merge_cells(merged)
    file = io.BytesIO()
    book.save(file)
    file.seek(0)
    reading = read(file, "plan.xlsx", find_target(cast.board, 2025, None, cast.annual))
    (row,) = reading.rows
    assert (row.title, row.result, row.conclusion) == ("Fel lön", "Inga fel", "no_deviations")


@pytest.mark.parametrize(
    ("heading", "named"),
    [
        ("Resultat delår", OfClosing("interim", Field.RESULT)),
        ("Uppföljning vid årsbokslut 2025", OfClosing("annual", Field.RESULT)),
        ("Bedömning per 31 augusti", OfClosing("interim", Field.CONCLUSION)),
        ("Åtgärder tertial 1", OfClosing("first_tertial", Field.ACTION)),
        ("Granskning helår", OfClosing("annual", Field.RESULT)),
        ("Riskvärde helår", None),
        ("Helår", None),
        ("Risk i årsbokslut", None),
        ("Resultat", None),
    ],
)
def test_a_heading_says_which_closing_it_is_of(heading: str, named: OfClosing | None) -> None:
    assert of_closing(heading) == named
