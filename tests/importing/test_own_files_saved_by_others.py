"""An own workbook that another program has saved is still an own one: its mark, its texts and its numbers are known."""

from __future__ import annotations

import io
import zipfile
from typing import Any
from xml.sax.saxutils import escape

import openpyxl
import pytest

from riskreg.importing.account import Fate
from riskreg.importing.own_columns import key_of
from riskreg.models import ControlPlan
from tests.cast import Cast

from .documents import ods_of, with_part
from .test_own_files import FRAME, _in_swedish, back, paper, plan, shown, written

__all__ = ["_in_swedish", "plan"]
pytestmark = pytest.mark.one_engine

META = (
    '<?xml version="1.0"?><office:document-meta xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
    'xmlns:meta="urn:oasis:names:tc:opendocument:xmlns:meta:1.0"><office:meta>'
    '<meta:user-defined meta:name="Riskreg" meta:value-type="string">{mark}</meta:user-defined>'
    "</office:meta></office:document-meta>"
)


def as_open_document(data: bytes) -> bytes:
    """The first sheet of a workbook as an office program keeps it: a paragraph for each line, the properties beside it."""
    book: Any = openpyxl.load_workbook(io.BytesIO(data))

    def cell(value: Any) -> str:
        lines = "".join(f"<text:p>{escape(line)}</text:p>" for line in shown(value).split("\n"))
        return f'<table:table-cell office:value-type="string">{lines}</table:table-cell>'

    rows = "".join(
        f"<table:table-row>{''.join(map(cell, row))}</table:table-row>" for row in book.worksheets[0].iter_rows(values_only=True)
    )
    mark = next(prop.value for prop in book.custom_doc_props.props if prop.name == "Riskreg")
    return with_part(ods_of(rows), "meta.xml", META.replace("{mark}", mark).encode())


@pytest.mark.parametrize("code", ["follow_up", "adoption"])
def test_what_was_saved_as_open_document_is_unchanged(cast: Cast, plan: ControlPlan, code: str) -> None:
    reading, changes = back(as_open_document(written(paper(cast, code), "xlsx")), "ods", cast)
    assert reading.is_own
    assert ([*reading.errors, *changes.errors], changes.changes_nothing) == ([], True)
    account = reading.account(changes.findings.settled)
    assert account.balances(reading.content)
    assert {entry.settlement.reason for entry in account.of(Fate.LEFT_OUT)} <= FRAME


def test_what_is_changed_in_it_is_exactly_what_is_shown(cast: Cast, plan: ControlPlan) -> None:
    data = as_open_document(written(paper(cast, "follow_up"), "xlsx"))
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        before = package.read("content.xml").decode()
    content = before.replace("Påbörjad.", "Påbörjad i maj.</text:p><text:p></text:p><text:p>Klar i juni.")
    _reading, changes = back(with_part(data, "content.xml", content.encode()), "ods", cast)
    assert [(one.name, one.new) for risk in changes.risks for one in risk.all_fields] == [
        ("result", "Påbörjad i maj.\n\nKlar i juni.")
    ]


def test_a_level_that_another_program_wrote_into_the_format_anew_is_the_products_own(cast: Cast, plan: ControlPlan) -> None:
    book = openpyxl.load_workbook(io.BytesIO(written(paper(cast, "follow_up"), "xlsx")))
    sheet = book.worksheets[0]
    column = [key_of(str(cell.value)) for cell in sheet[1]].index("score") + 1
    for row in range(2, sheet.max_row + 1):
        cell = sheet.cell(row, column)
        cell.number_format = cell.number_format.replace('0 "', '0" ')
    assert sheet.cell(2, column).number_format.startswith('0" ')
    target = io.BytesIO()
    book.save(target)
    reading, changes = back(target.getvalue(), "xlsx", cast)
    assert changes.changes_nothing
    left_out = reading.account(changes.findings.settled).of(Fate.LEFT_OUT)
    assert {entry.settlement.reason for entry in left_out} <= FRAME


def test_a_percentage_that_a_person_typed_into_it_is_read_as_it_is_shown(cast: Cast, plan: ControlPlan) -> None:
    book = openpyxl.load_workbook(io.BytesIO(written(paper(cast, "follow_up"), "xlsx")))
    sheet = book.worksheets[0]
    column = [key_of(str(cell.value)) for cell in sheet[1]].index("result") + 1
    cell = next(row[column - 1] for row in sheet.iter_rows(min_row=2) if row[column - 1].value == "Påbörjad.")
    cell.value, cell.number_format = 0.91, "0%"
    target = io.BytesIO()
    book.save(target)
    _reading, changes = back(target.getvalue(), "xlsx", cast)
    assert [(one.name, one.new) for risk in changes.risks for one in risk.all_fields] == [("result", "91%")]
