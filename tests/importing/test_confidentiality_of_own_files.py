"""What a person adds to the product's own file of confidentiality is read as in every other file: nothing is open by silence."""

from __future__ import annotations

import io
import json
from typing import Any

import openpyxl
import pytest
from openpyxl.packaging.custom import StringProperty

from controls.importing.reading import Reading, read
from controls.importing.target import Target
from riskreg.importing.cells import Cell, Content, Place, Table
from riskreg.importing.confidentiality import holds_marks

pytestmark = pytest.mark.one_engine

MARK = "riskreg/follow_up/1/sv"
RISK = {"title": "Hot mot tjänsteman", "score": 6, "control": "Samtal"}


def reading_of(target: Target, *rows: dict[str, Any], answers: dict[str, str] | None = None) -> Reading:
    return read(io.BytesIO(json.dumps({"schema": MARK, "rows": rows}).encode()), "rapport.json", target, answers=answers)


def marked(reading: Reading) -> list[tuple[bool | None, str]]:
    return [(row.confidential, row.section) for row in reading.rows]


@pytest.mark.parametrize(
    ("more", "mark"),
    [
        ({"Sekretess": "OSL 18:8"}, (True, "OSL 18:8")),
        ({"Lagrum": "OSL 18:8"}, (True, "OSL 18:8")),
        ({"Sekretes": "OSL 18:8"}, (True, "OSL 18:8")),
        ({"Sekretess": "ja", "Lagrum": "OSL 18:8"}, (True, "OSL 18:8")),
        ({"confidential": "OSL 18:8", "Sekretess": "ja"}, (True, "OSL 18:8")),
        ({"confidential": "OSL 18:8", "Lagrum": "OSL 21:7"}, (True, "OSL 18:8; OSL 21:7")),
        ({"Sekretess": "nej"}, (False, "")),
        ({"confidential": "", "Sekretess": ""}, (None, "")),
        ({"Anteckning": "OSL 18:8"}, (None, "")),
    ],
)
def test_an_added_column_of_confidentiality_counts(target: Target, more: dict[str, str], mark: tuple[bool | None, str]) -> None:
    reading = reading_of(target, RISK | more)
    assert (marked(reading), reading.errors) == ([mark], [])


@pytest.mark.parametrize(
    "more",
    [
        {"confidential": "", "Sekretess enligt": "OSL 18:8"},
        {"Sekretess": "OSL 18:8", "confidential": ""},
        {"confidential": "nej", "Lagrum": "OSL 18:8"},
        {"confidential": "OSL 18:8", "Lagrum": "nej"},
        {"confidential": "ja", "Sekretess enligt": "öppen"},
        {"Sekretess": "kanske", "confidential": ""},
    ],
)
def test_two_columns_that_do_not_agree_are_asked_about(target: Target, more: dict[str, str]) -> None:
    reading = reading_of(target, RISK | more)
    assert [row.confidential for row in reading.rows] == [True]
    [question] = reading.asked.questions
    assert [problem.message for problem in reading.errors if question.key in problem.message]
    assert marked(reading_of(target, RISK | more, answers={question.key: "open"})) == [(False, "")]


def test_a_column_too_many_stops_the_import_where_it_says_something(target: Target) -> None:
    silent = RISK | {"confidential": "", "Sekretess": "", "Lagrum": ""}
    assert reading_of(target, silent).errors == []
    [error] = reading_of(target, silent, silent | {"title": "Mutor", "Lagrum": "OSL 18:8"}).errors
    assert "Lagrum" in error.message


def test_a_person_may_say_that_an_added_column_is_something_else(target: Target) -> None:
    reading = reading_of(target, RISK | {"Sekretess": "OSL 18:8"})
    assert [match.heading for match in reading.open_columns] == ["Sekretess"]


def test_a_column_added_to_the_workbook_counts(target: Target) -> None:
    book: Any = openpyxl.Workbook()
    sheet = book.worksheets[0]
    for row in (["Nr", "Identifierad risk", "Sekretess enligt", "Riskvärde", "Lagrum"], ["", "Hot", "ja", 6, "OSL 18:8"]):
        sheet.append(row)
    book.custom_doc_props.append(StringProperty(name="Riskreg", value=MARK))
    written = io.BytesIO()
    book.save(written)
    assert marked(read(io.BytesIO(written.getvalue()), "rapport.xlsx", target)) == [(True, "OSL 18:8")]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Hot mot tjänsteman\n\nSekretess, OSL 18:8", True),
        ("Sekretess, OSL 18:8", True),
        ("Threat\n\nConfidential, OSL 18:8", True),
        ("Sekretess, brister i hanteringen", False),
    ],
)
def test_the_mark_of_the_products_own_pages_is_found_in_any_cell(text: str, found: bool) -> None:
    assert holds_marks(Content([Table(Place("table", 1), [[Cell("Identifierad risk")], [Cell(text)]])])) is found
