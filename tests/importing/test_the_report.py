"""The report that the product grew from, in four formats as municipalities send it: every value arrives, line breaks included."""

from __future__ import annotations

import csv
import io
import textwrap
from collections.abc import Callable
from typing import Any

import docx
import pytest
from django.conf import settings
from openpyxl.styles import PatternFill

from controls.importing.reading import read
from controls.importing.target import Target, find_target
from riskreg.importing.columns import ImportRow
from tests.cast import Cast

from .documents import BLUE, GREEN, REPORT, YELLOW, add_table, blank_workbook, docx_bytes, xlsx_bytes
from .pdf_layouts import pdf_of, table

pytestmark = [pytest.mark.django_db, pytest.mark.one_engine]

DATA = settings.BASE_DIR / "controls" / "demo" / "data"
WIDTH = 26
"""Letters in a line of a cell."""
DIVIDED = {
    "kontinuitetsplaner": "kontinuitets-\nplaner",
    "serviceenkät": "service-\nenkät",
    "årsbokslutet": "års-\nbokslutet",
    "direktupphandlingar": "direkt-\nupphandlingar",
}
COLOURS = {"Inga avvikelser": GREEN, "Mindre avvikelser": YELLOW, "Pågår": BLUE}
CONCLUSIONS = {"Inga avvikelser": "no_deviations", "Mindre avvikelser": "minor_deviations", "Pågår": "ongoing"}
TEXTS = ("title", "description", "score", "control", "result", "action")
Rows = list[list[str]]


@pytest.fixture
def target(cast: Cast) -> Target:
    return find_target(cast.board, 2025, closing=cast.interim)


def report() -> Rows:
    """Return the report's seven rows by the demonstration's own files; a measure's second sentence is a paragraph of its own."""
    followed_up = list(csv.DictReader((DATA / "ks-uppfoljning-delarsbokslut-2025.csv").open(encoding="utf-8"), delimiter=";"))
    planned = csv.DictReader((DATA / "ks-plan-2025.csv").open(encoding="utf-8"), delimiter=";")
    described = {row["Identifierad risk"]: row["Riskbeskrivning"] for row in planned}
    return [
        [
            row["Identifierad risk"],
            described[row["Identifierad risk"]],
            row["Riskvärde"],
            row["Kontrollmoment"],
            row["Resultat"],
            row["Bedömning"],
            row["Åtgärd"].replace(". Inga ytterligare", ".\nInga ytterligare"),
        ]
        for row in followed_up
    ]


def as_on_a_page(text: str) -> str:
    """Return the text with the line ends that a page gives it, some of them within a word."""
    lines = [line for paragraph in text.split("\n") for line in textwrap.wrap(paragraph, WIDTH, break_on_hyphens=False)]
    on_page = "\n".join(lines)
    for word, divided in DIVIDED.items():
        on_page = on_page.replace(word, divided)
    return on_page


def document(rows: Rows) -> bytes:
    made = docx.Document()
    for part in (rows[:2], rows[2:4], rows[4:5], rows[5:]):
        colours = [(number, 5, COLOURS[row[5]]) for number, row in enumerate(part, start=1)]
        add_table(made, [REPORT, *(_coloured(row) for row in part)], colours)
        made.add_page_break()
    return docx_bytes(made)


def workbook(rows: Rows) -> bytes:
    made, page = blank_workbook()
    page.append(REPORT)
    for number, row in enumerate(rows, start=2):
        page.append([int(text) if text.isdigit() else text or None for text in _coloured(row)])
        page.cell(number, 6).fill = PatternFill("solid", fgColor=f"FF{COLOURS[row[5]]}")
    return xlsx_bytes(made)


def lines(rows: Rows) -> bytes:
    out = io.StringIO()
    csv.writer(out, delimiter=";").writerows([REPORT, *map(_coloured, rows)])
    return out.getvalue().encode("utf-8-sig")


def pages(rows: Rows) -> bytes:
    made = table([REPORT, *map(_coloured, rows)], "all", columns="(3.6cm, 4cm, 1.8cm, 4cm, 4.7cm, 1.9cm, 4.7cm)")
    return pdf_of(made.replace("\n#", "#").replace("\n", "\\n").removesuffix("\\n"))


def _coloured(row: list[str]) -> list[str]:
    return [*(as_on_a_page(text) for text in row[:5]), "", as_on_a_page(row[6])]


def values(row: ImportRow) -> tuple[Any, ...]:
    return tuple(str(getattr(row, name)) for name in TEXTS)


@pytest.mark.parametrize("name", ["report.docx", "report.xlsx", "report.csv", "report.pdf"])
def test_every_cell_of_the_report_arrives(target: Target, name: str) -> None:
    assert _arrived(target, name) == (49 if name.endswith(("docx", "xlsx")) else 42)


def test_of_the_report_in_four_formats_182_of_182_cells_arrive(target: Target) -> None:
    assert sum(_arrived(target, name) for name in MADE) == 182


def _arrived(target: Target, name: str) -> int:
    """Return the number of cells that arrive as they were written; the conclusions' are colours, which two formats carry.

    What a colour is taken for is a guess, which a person confirms.
    """
    rows = report()
    data = MADE[name](rows)
    colours = read(io.BytesIO(data), name, target).asked.questions
    confirmed = {question.key: question.guess for question in colours}
    read_rows = read(io.BytesIO(data), name, target, answers=confirmed).rows
    assert len(read_rows) == 7
    arrived = 0
    for written, row in zip(rows, read_rows, strict=True):
        arrived += sum(one == text for one, text in zip([*written[:5], written[6]], values(row), strict=True))
        arrived += name.endswith(("docx", "xlsx")) and row.conclusion == CONCLUSIONS[written[5]]
    return arrived


MADE: dict[str, Callable[[Rows], bytes]] = {
    "report.docx": document,
    "report.xlsx": workbook,
    "report.csv": lines,
    "report.pdf": pages,
}
