"""How much text a file may say, in cells that are built only once that is known; and how much is unpacked in this process."""

from __future__ import annotations

import io
import zipfile
from typing import Any

import pytest
import xlsxwriter
from django.utils import translation

from riskreg.importing import archive, tables, text_limits
from riskreg.importing.confined import read_confined
from riskreg.importing.readers import xlsx
from riskreg.importing.tables import read_tables

from .documents import (
    docx_of,
    ods_of,
    ods_row,
    with_part,
)
from .test_unreadable_files import SMALL_DOCX, SMALL_ODS, SMALL_XLSX, refused


def shared(text: str, *, rows: int, columns: int = 5) -> bytes:
    """A workbook whose cells all point to one text."""
    stream = io.BytesIO()
    workbook = xlsxwriter.Workbook(stream)
    sheet = workbook.add_worksheet()
    for row in range(rows):
        for column in range(columns):
            sheet.write_string(row, column, "TEXT")
    workbook.close()
    data = stream.getvalue()
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        strings = package.read("xl/sharedStrings.xml").replace(b"TEXT", text.encode())
    return with_part(data, "xl/sharedStrings.xml", strings)


def test_a_text_that_many_cells_of_a_workbook_point_to_is_counted_for_each_before_it_is_built(monkeypatch):
    data = shared("Avtal om något. " * 2_000, rows=200)
    assert len(data) < 20_000
    monkeypatch.setattr(xlsx, "CalamineWorkbook", None)
    error = refused(data, "plan.xlsx")
    assert error.code == "too_much_text"
    with translation.override("en"):
        assert error.message == (
            "The cells of plan.xlsx hold more than 30 million characters together. Remove what is not the plan."
        )


def test_a_text_that_is_repeated_on_rows_of_an_opendocument_sheet_is_counted_for_each():
    assert refused(ods_of(ods_row("Avtal om något. " * 1_000, repeated=2_000)), "plan.ods").code == "too_much_text"


def test_a_text_in_nested_tables_of_a_word_document_is_read_once(monkeypatch):
    monkeypatch.setattr(text_limits, "MAX_TEXT", 4_000)
    w = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
    row, end = "<w:tbl><w:tr><w:tc>", "<w:p/></w:tc></w:tr></w:tbl>"
    text = "<w:p><w:r><w:t>" + "Avtal " * 500 + "</w:t></w:r></w:p>"
    part = f'<w:document xmlns:w="{w}"><w:body>{row * 40}{text}{end * 40}<w:sectPr/></w:body></w:document>'
    (table,) = read_tables(io.BytesIO(with_part(docx_of([["Risk"]]), "word/document.xml", part.encode())), "plan.docx")
    assert [[cell.text for cell in row] for row in table.rows] == [[("Avtal " * 500).strip()]]


@pytest.mark.parametrize("kind", ["docx", "xlsx", "ods", "csv"])
def test_a_cell_longer_than_any_spreadsheet_holds_is_refused(kind):
    long = "å" * (text_limits.MAX_CELL + 1)
    data = {
        "docx": lambda: docx_of([["Risk", long]]),
        "xlsx": lambda: shared(long, rows=1),
        "ods": lambda: ods_of(ods_row(long)),
        "csv": f"Risk;Nr\n{long};1\n".encode,
    }[kind]()
    error = refused(data, f"plan.{kind}")
    assert error.code == "cell_too_long"
    with translation.override("en"):
        assert "32\N{NO-BREAK SPACE}767 characters" in error.message
    assert "32\N{NO-BREAK SPACE}767 tecken" in error.message


@pytest.mark.parametrize("kind", ["docx", "xlsx", "ods"])
def test_what_unpacks_to_much_is_read_in_a_process_of_its_own_and_comes_out_the_same(kind, monkeypatch):
    data = {"docx": SMALL_DOCX, "xlsx": SMALL_XLSX, "ods": SMALL_ODS}[kind]
    here = read_tables(io.BytesIO(data), f"plan.{kind}")
    asked: list[str] = []

    def confined(name: str, *args: Any, **limits: Any) -> Any:
        asked.append(name)
        return read_confined(name, *args, **limits)

    monkeypatch.setattr(tables, "read_confined", confined)
    assert read_tables(io.BytesIO(data), f"plan.{kind}") == here
    assert asked == []
    monkeypatch.setattr(archive, "MAX_UNPACKED_HERE", 100)
    assert read_tables(io.BytesIO(data), f"plan.{kind}") == here
    assert asked == [kind]


def test_a_refusal_in_the_process_of_its_own_is_told_as_any_other(monkeypatch):
    monkeypatch.setattr(archive, "MAX_UNPACKED_HERE", 100)
    assert refused(ods_of(ods_row("Brand", repeated=100_000)), "plan.ods").code == "too_many_rows"
    assert refused(shared("x" * (text_limits.MAX_CELL + 1), rows=1), "plan.xlsx").code == "cell_too_long"


@pytest.mark.parametrize("digits", ["²", "٣", "x", "1" * 5_000])
def test_numbers_in_other_digits_than_0_to_9_stand_for_nothing(digits):
    """`²` is a digit to str.isdigit() and none to int()."""
    styles = (
        '<styleSheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><fills><fill>'
        f'<patternFill patternType="solid"><fgColor indexed="{digits}"/></patternFill></fill></fills>'
        f'<cellXfs><xf fillId="{digits}"/><xf fillId="0"/></cellXfs></styleSheet>'
    )
    data = with_part(SMALL_XLSX, "xl/styles.xml", styles.encode())
    (table,) = read_tables(io.BytesIO(data), "plan.xlsx")
    assert {cell.fill for row in table.rows for cell in row} == {None}
    cell = f'<table:table-cell table:number-columns-repeated="{digits}"><text:p>Risk</text:p></table:table-cell>'
    (table,) = read_tables(io.BytesIO(ods_of(f"<table:table-row>{cell}</table:table-row>")), "plan.ods")
    assert [cell.text for cell in table.rows[0]] == ["Risk"]
