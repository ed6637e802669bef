"""Workbooks: what is hidden, filtered away, struck or beside the cells is not read as the plan, and is not lost either."""

from __future__ import annotations

import io
import zipfile
from typing import Any

import openpyxl
import pytest
import xlsxwriter
from openpyxl.comments import Comment
from openpyxl.styles import Font

from riskreg.importing import archive
from riskreg.importing.cells import Beside, Content, Place
from riskreg.importing.tables import read_content, read_tables

from .all_text import letters_of_a_workbook, letters_read
from .documents import blank_workbook, ods_of, ods_row, xlsx_bytes, zip_of

PLAN = Place("sheet", 1, "Plan")
SHEET = "xl/worksheets/sheet1.xml"
ROWS: list[list[Any]] = [["Risk", "Ansvarig", "Riskvärde"], ["Brand", "Eva", 8], ["Stöld", "Ali", 6], ["Fusk", "Eva", 4]]


def content_of(data: bytes) -> Content:
    content = read_content(io.BytesIO(data), "plan.xlsx")
    assert letters_read(content) == letters_of_a_workbook(data)
    return content


def plan() -> tuple[openpyxl.Workbook, Any]:
    workbook, sheet = blank_workbook()
    sheet.title = "Plan"
    for row in ROWS:
        sheet.append(row)
    return workbook, sheet


def titles(content: Content) -> list[str]:
    return [row[0].text for row in content.tables[0].rows]


def beside_of_row(kind: Any, number: int) -> list[Beside]:
    return [Beside(kind, str(value), PLAN, number, column) for column, value in enumerate(ROWS[number - 1])]


def changed(data: bytes, name: str, old: str, new: str) -> bytes:
    """The package with one piece of one part replaced."""
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        parts = {part: package.read(part) for part in package.namelist()}
    assert old.encode() in parts[name]
    return zip_of(parts | {name: parts[name].replace(old.encode(), new.encode())})


@pytest.mark.parametrize("how", ['hidden="1"', 'ht="0" customHeight="1"'])
def test_a_hidden_row_is_not_read_and_said_and_the_others_keep_their_numbers(how):
    workbook, sheet = plan()
    sheet.row_dimensions[3].hidden = True
    content = content_of(changed(xlsx_bytes(workbook), SHEET, 'hidden="1"', how))
    assert titles(content) == ["Risk", "Brand", "Fusk"]
    assert [content.tables[0].number_of(index) for index in range(3)] == [1, 2, 4]
    assert content.beside == beside_of_row("hidden_row", 3)


def test_rows_that_a_filter_hides_are_told_as_filtered():
    workbook, sheet = plan()
    sheet.auto_filter.ref = "A1:C4"
    sheet.auto_filter.add_filter_column(1, ["Eva"])
    sheet.row_dimensions[3].hidden = True
    assert content_of(xlsx_bytes(workbook)).beside == beside_of_row("filtered_row", 3)


def test_a_filter_that_filters_nothing_does_not_explain_a_hidden_row():
    workbook, sheet = plan()
    sheet.auto_filter.ref = "A1:C4"
    sheet.row_dimensions[3].hidden = True
    assert content_of(xlsx_bytes(workbook)).beside == beside_of_row("hidden_row", 3)


def test_the_filter_of_a_table_in_the_sheet_counts_too():
    stream = io.BytesIO()
    workbook = xlsxwriter.Workbook(stream)
    sheet = workbook.add_worksheet("Plan")
    sheet.add_table("A1:C4", {"data": ROWS[1:], "columns": [{"header": text} for text in ROWS[0]]})
    sheet.set_row(2, None, None, {"hidden": True})
    workbook.close()
    column = '<filterColumn colId="1"><filters><filter val="Eva"/></filters></filterColumn>'
    whole, filtering = '<autoFilter ref="A1:C4"/>', f'<autoFilter ref="A1:C4">{column}</autoFilter>'
    data = changed(stream.getvalue(), "xl/tables/table1.xml", whole, filtering)
    assert content_of(data).beside == beside_of_row("filtered_row", 3)


@pytest.mark.parametrize("how", ['hidden="1"', 'width="0"'])
def test_a_hidden_column_is_not_read_and_said_and_the_others_keep_their_place(how):
    workbook, sheet = plan()
    sheet.column_dimensions["B"].hidden = True
    data = changed(xlsx_bytes(workbook), SHEET, 'width="13"', "")
    content = content_of(changed(data, SHEET, 'hidden="1"', how))
    assert [[cell.text for cell in row] for row in content.tables[0].rows[:2]] == [["Risk", "Riskvärde"], ["Brand", "8"]]
    assert [content.tables[0].column_of(index) for index in range(2)] == [0, 2]
    assert content.beside == [Beside("hidden_column", row[1], PLAN, number, 1) for number, row in enumerate(ROWS, start=1)]


@pytest.mark.parametrize("state", ["hidden", "veryHidden"])
def test_a_hidden_sheets_cells_are_said(state):
    workbook, _sheet = plan()
    lists = workbook.create_sheet("Listor")
    lists["B2"] = "Kulturnämnden"
    lists.sheet_state = state
    content = content_of(xlsx_bytes(workbook))
    assert [table.name for table in content.tables] == ["Plan"]
    assert content.beside == [Beside("hidden_sheet", "Kulturnämnden", Place("sheet", 2, "Listor"), 2, 1)]


def test_a_merged_cell_that_begins_in_a_hidden_row_is_read_where_it_is_seen():
    workbook, sheet = plan()
    sheet["A4"] = None
    sheet.merge_cells("A3:A4")
    sheet.row_dimensions[3].hidden = True
    content = content_of(xlsx_bytes(workbook))
    assert titles(content) == ["Risk", "Brand", "Stöld"]
    assert [piece.text for piece in content.beside] == ["Ali", "6"]


def test_a_value_behind_a_merged_cell_is_said():
    workbook, _sheet = plan()
    merged = '</sheetData><mergeCells><mergeCell ref="A3:A4"/></mergeCells>'
    content = content_of(changed(xlsx_bytes(workbook), SHEET, "</sheetData>", merged))
    assert content.tables[0].rows[3][0].merged == "up"
    assert content.beside == [Beside("hidden_text", "Fusk", PLAN, 4, 0)]


def test_cells_whose_font_is_struck_through_are_marked():
    workbook, sheet = plan()
    sheet["A3"].font = Font(strike=True)
    sheet["D3"].font = Font(strike=True)
    content = content_of(xlsx_bytes(workbook))
    struck = [(r, c) for r, row in enumerate(content.tables[0].rows) for c, cell in enumerate(row) if cell.struck]
    assert (struck, content.beside) == ([(2, 0)], [])


def test_a_text_in_several_formats_is_struck_as_a_whole_or_in_part():
    stream = io.BytesIO()
    workbook = xlsxwriter.Workbook(stream)
    sheet = workbook.add_worksheet("Plan")
    strike, bold = workbook.add_format({"font_strikeout": True}), workbook.add_format({"bold": True})
    both = workbook.add_format({"font_strikeout": True, "bold": True})
    sheet.write_row(0, 0, ["Risk", "Riskvärde"])
    sheet.write_rich_string(1, 0, strike, "Brand ", both, "i skog")
    sheet.write_rich_string(1, 1, strike, "8", bold, " 6")
    sheet.write_rich_string(2, 0, "Stöld ", bold, "av cyklar", strike)
    workbook.close()
    content = content_of(stream.getvalue())
    rows = content.tables[0].rows
    assert [(cell.text, cell.struck) for cell in rows[1]] == [("Brand i skog", True), ("6", False)]
    # The cell's format strikes the run that has none of its own.
    assert (rows[2][0].text, rows[2][0].struck) == ("av cyklar", False)
    assert content.beside == [Beside("struck", "8", PLAN, 2, 1), Beside("struck", "Stöld", PLAN, 3, 0)]
    assert (rows[1][1].whole, rows[2][0].whole) == ("8 6", "Stöld av cyklar")


def test_comments_threads_and_text_boxes_stand_beside_their_cell():
    stream = io.BytesIO()
    workbook = xlsxwriter.Workbook(stream)
    sheet = workbook.add_worksheet("Plan")
    for number, row in enumerate(ROWS):
        sheet.write_row(number, 0, row)
    sheet.write_comment("C2", "Varför åtta?")
    sheet.insert_textbox("E4", "Antagen den 3 mars\nav nämnden")
    workbook.close()
    assert content_of(stream.getvalue()).beside == [
        Beside("text_box", "Antagen den 3 mars av nämnden", PLAN, 4, 4),
        Beside("comment", "Varför åtta?", PLAN, 2, 2),
    ]


def test_a_thread_of_comments_is_said_once_though_the_file_holds_it_twice():
    workbook, sheet = plan()
    sheet["C2"].comment = Comment("[Threaded comment] Your version of Excel … Comment: Varför åtta?", "Eva")
    with zipfile.ZipFile(io.BytesIO(xlsx_bytes(workbook))) as package:
        parts = {name: package.read(name) for name in package.namelist()}
    space = "http://schemas.microsoft.com/office/spreadsheetml/2018/threadedcomments"
    threads = "".join(
        f'<threadedComment ref="C2" id="{n}"><text>{t}</text></threadedComment>'
        for n, t in enumerate(("Varför åtta?", "Se 2024."))
    )
    parts["xl/threadedComments/threadedComment1.xml"] = f'<ThreadedComments xmlns="{space}">{threads}</ThreadedComments>'.encode()
    kind = "http://schemas.microsoft.com/office/2017/10/relationships/threadedComment"
    relation = f'<Relationship Id="t1" Type="{kind}" Target="../threadedComments/threadedComment1.xml"/></Relationships>'
    name = "xl/worksheets/_rels/sheet1.xml.rels"
    parts[name] = parts[name].replace(b"</Relationships>", relation.encode())
    content = read_content(io.BytesIO(zip_of(parts)), "plan.xlsx")
    assert content.beside == [Beside("comment", "Varför åtta?", PLAN, 2, 2), Beside("comment", "Se 2024.", PLAN, 2, 2)]


def test_the_printed_pages_header_is_said_without_its_codes():
    workbook, sheet = plan()
    sheet.oddHeader.left.text = "Kulturnämnden"
    sheet.oddFooter.center.text = "&P"
    content = read_content(io.BytesIO(xlsx_bytes(workbook)), "plan.xlsx")
    assert content.beside == [Beside("header_footer", "Kulturnämnden", PLAN)]


@pytest.mark.parametrize("large", [False, True])
def test_a_reader_that_asks_for_hidden_rows_gets_them(large, monkeypatch):
    workbook, sheet = plan()
    sheet.row_dimensions[3].hidden = True
    sheet.column_dimensions["B"].hidden = True
    if large:
        monkeypatch.setattr(archive, "MAX_UNPACKED_HERE", 100)
    (table,) = read_tables(io.BytesIO(xlsx_bytes(workbook)), "plan.xlsx", with_hidden=True)
    assert [[cell.text for cell in row] for row in table.rows] == [[str(value) for value in row] for row in ROWS]


# OpenDocument

_HIDDEN_ROW = ods_row("Stöld", "Ali").replace("<table:table-row", '<table:table-row table:visibility="VISIBILITY"', 1)


@pytest.mark.parametrize(("visibility", "kind"), [("collapse", "hidden_row"), ("filter", "filtered_row")])
def test_an_opendocument_sheets_hidden_rows_are_said(visibility, kind):
    data = ods_of(ods_row("Risk", "Ansvarig") + _HIDDEN_ROW.replace("VISIBILITY", visibility) + ods_row("Fusk", "Eva"))
    content = read_content(io.BytesIO(data), "plan.ods")
    assert (titles(content), content.tables[0].row_numbers) == (["Risk", "Fusk"], (1, 3))
    assert content.beside == [Beside(kind, "Stöld", PLAN, 2, 0), Beside(kind, "Ali", PLAN, 2, 1)]
    whole = read_tables(io.BytesIO(data), "plan.ods", with_hidden=True)
    assert [row[0].text for row in whole[0].rows] == ["Risk", "Stöld", "Fusk"]


def test_an_opendocument_sheets_hidden_columns_are_said():
    columns = '<table:table-column/><table:table-column table:visibility="collapse"/>'
    content = read_content(io.BytesIO(ods_of(columns + ods_row("Risk", "Ansvarig", "Nr"))), "plan.ods")
    assert [cell.text for cell in content.tables[0].rows[0]] == ["Risk", "Nr"]
    assert content.beside == [Beside("hidden_column", "Ansvarig", PLAN, 1, 1)]


def test_an_opendocument_cells_comment_and_text_box_stand_beside_it():
    cell = (
        "<table:table-cell><office:annotation><text:p>Varför?</text:p></office:annotation><text:p>Brand</text:p>"
        '<draw:frame xmlns:draw="urn:oasis:names:tc:opendocument:xmlns:drawing:1.0"><draw:text-box><text:p>Se bilaga</text:p>'
        "</draw:text-box></draw:frame></table:table-cell>"
    )
    data = ods_of(ods_row("Risk", "Nr") + f"<table:table-row>{cell}</table:table-row>")
    content = read_content(io.BytesIO(data), "plan.ods")
    assert titles(content) == ["Risk", "Brand"]
    assert content.beside == [Beside("comment", "Varför?", PLAN, 2, 0), Beside("text_box", "Se bilaga", PLAN, 2, 0)]


def test_an_opendocument_sheet_that_is_hidden_and_text_that_is_struck_are_told():
    data = ods_of(
        '<table:table-row><table:table-cell><text:p>Risk</text:p></table:table-cell><table:table-cell table:style-name="s">'
        '<text:p>Nr</text:p></table:table-cell><table:table-cell><text:p><text:span text:style-name="s">8</text:span> 6</text:p>'
        "</table:table-cell></table:table-row>"
    )
    style = (
        '<office:automatic-styles><style:style style:name="s"><style:text-properties style:text-line-through-style="solid"/>'
        '</style:style><style:style style:name="h"><style:table-properties table:display="false"/></style:style>'
        "</office:automatic-styles>"
    )
    hidden = f'<table:table table:name="Listor" table:style-name="h">{ods_row("Dolt")}</table:table></office:spreadsheet>'
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        body = package.read("content.xml").decode()
    body = body.replace("<office:body>", f"{style}<office:body>").replace("</office:spreadsheet>", hidden)
    data = zip_of({"mimetype": b"application/vnd.oasis.opendocument.spreadsheet", "content.xml": body.encode()})
    content = read_content(io.BytesIO(data), "plan.ods")
    assert [(cell.text, cell.struck) for cell in content.tables[0].rows[0]] == [("Risk", False), ("Nr", True), ("6", False)]
    assert content.beside == [
        Beside("struck", "8", PLAN, 1, 2),
        Beside("hidden_sheet", "Dolt", Place("sheet", 2, "Listor"), 1, 0),
    ]
