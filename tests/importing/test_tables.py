"""Files of every format become the same plain tables."""

from __future__ import annotations

import copy
import csv
import datetime
import io
import time
import zipfile

import docx
import pytest
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls
from hypothesis import given
from hypothesis import strategies as st
from openpyxl.styles import PatternFill
from openpyxl.styles.colors import COLOR_INDEX, Color

from riskreg.importing import confined
from riskreg.importing.colours import INDEXED
from riskreg.importing.confined import read_confined
from riskreg.importing.readers.csv import decode, find_delimiter
from riskreg.importing.tables import Place, Table, read_tables
from riskreg.importing.text import tidy
from riskreg.importing.unreadable import UnreadableFile

from .documents import (
    BLUE,
    FILES,
    GREEN,
    PLAN,
    REPORT,
    YELLOW,
    add_table,
    blank_workbook,
    docx_bytes,
    docx_of,
    many_rows,
    ods_of,
    ods_row,
    paged_follow_up,
    shade,
    with_part,
    workbook_plan,
    xlsx_bytes,
    xlsx_of,
)


def read(data: bytes, filename: str) -> list[Table]:
    return read_tables(io.BytesIO(data), filename)


def texts(table: Table) -> list[list[str]]:
    return [[cell.text for cell in row] for row in table.rows]


# Word


def test_a_documents_tables_come_in_order_with_the_text_above_them():
    tables = read(docx_bytes(paged_follow_up()), "uppföljning.docx")
    assert [table.place for table in tables] == [Place("table", 1), Place("table", 2)]
    assert [table.heading for table in tables] == ["Uppföljning av intern kontroll", ""]
    assert texts(tables[0])[0] == REPORT
    assert tables[0].rows[1][4].text == "Ekonomikontoret har granskat sextio fakturor. Inga avvikelser noterades."


def test_a_documents_shaded_cells_keep_their_colour():
    first, second = read(docx_bytes(paged_follow_up()), "uppföljning.docx")
    assert [row[5].fill for row in first.rows] == [None, GREEN, BLUE]
    assert second.rows[1][5].fill == YELLOW


def test_cells_merged_in_a_document_are_marked_and_share_the_colour():
    document = docx.Document()
    table = add_table(document, [["Risk", "Kontroll", "Status"], ["Brand", "Larm", ""], ["", "Släckare", ""], ["Summa", "", "2"]])
    shade(table.cell(1, 2), GREEN)
    table.cell(1, 0).merge(table.cell(2, 0))
    table.cell(1, 2).merge(table.cell(2, 2))
    table.cell(3, 0).merge(table.cell(3, 1))
    (read_table,) = read(docx_bytes(document), "plan.docx")
    assert [cell.merged for cell in read_table.rows[2]] == ["up", "", "up"]
    assert read_table.rows[2][2].fill == GREEN
    assert [cell.merged for cell in read_table.rows[3]] == ["", "left", ""]
    assert texts(read_table)[3] == ["Summa", "", "2"]


@pytest.mark.parametrize("inside", ["w:tbl", "w:tr", "w:tc"])
def test_a_table_inside_a_content_control_is_read(inside):
    document = docx.Document()
    table = add_table(document, [["Risk", "Riskvärde"], ["Brand", "8"]])
    element = {"w:tbl": table._tbl, "w:tr": table._tbl.tr_lst[1], "w:tc": table._tbl.tr_lst[1].tc_lst[1]}[inside]
    control = parse_xml(f"<w:sdt {nsdecls('w')}><w:sdtPr/><w:sdtContent/></w:sdt>")
    element.addprevious(control)
    control[1].append(element)
    (read_table,) = read(docx_bytes(document), "plan.docx")
    assert texts(read_table) == [["Risk", "Riskvärde"], ["Brand", "8"]]


def test_a_table_inside_a_layout_table_is_read():
    document = docx.Document()
    outer = document.add_table(rows=1, cols=1)
    inner = outer.cell(0, 0).add_table(rows=1, cols=2)
    for cell, text in zip(inner.rows[0].cells, ("Risk", "Riskvärde"), strict=True):
        cell.text = text
    (table,) = read(docx_bytes(document), "plan.docx")
    assert texts(table) == [["Risk", "Riskvärde"]]


def test_a_small_table_in_a_cell_of_a_plan_is_text_of_the_cell_and_read_once():
    document = docx.Document()
    outer = add_table(document, [["Risk", "Riskvärde", "Kontrollmoment"], ["Brand", "8", "Larm provas:"]])
    inner = outer.cell(1, 2).add_table(rows=1, cols=2)
    for cell, text in zip(inner.rows[0].cells, ("Mars", "Rådhuset"), strict=True):
        cell.text = text
    (table,) = read(docx_bytes(document), "plan.docx")
    assert texts(table)[1] == ["Brand", "8", "Larm provas:\nMars\nRådhuset"]


def test_deleted_text_is_gone_and_inserted_text_is_there():
    document = docx.Document()
    table = add_table(document, [["Risk", "Riskvärde"], ["Brand", "8"]])
    paragraph = table.cell(1, 0).paragraphs[0]._p
    paragraph.append(parse_xml(f"<w:ins {nsdecls('w')}><w:r><w:t> i kök</w:t></w:r></w:ins>"))
    paragraph.append(parse_xml(f"<w:del {nsdecls('w')}><w:r><w:delText> i skog</w:delText></w:r></w:del>"))
    assert read(docx_bytes(document), "plan.docx")[0].rows[1][0].text == "Brand i kök"


def test_a_soft_hyphen_and_a_firm_one_are_told_apart_in_a_document():
    document = docx.Document()
    table = add_table(document, [["Risk", "Riskvärde"], ["", "8"]])
    table.cell(1, 0).paragraphs[0]._p.append(
        parse_xml(
            f"<w:r {nsdecls('w')}><w:t>kommunlednings</w:t><w:softHyphen/><w:t>kontoret e</w:t>"
            "<w:noBreakHyphen/><w:t>post</w:t></w:r>"
        )
    )
    assert read(docx_bytes(document), "plan.docx")[0].rows[1][0].text == "kommunledningskontoret e-post"


def test_a_coloured_symbol_gives_its_cell_the_colour():
    document = docx.Document()
    table = add_table(document, [["Risk", "Status"], ["Brand", ""]])
    table.cell(1, 1).paragraphs[0]._p.append(
        parse_xml(f'<w:r {nsdecls("w")}><w:rPr><w:color w:val="00B050"/></w:rPr><w:t>●</w:t></w:r>')
    )
    assert read(docx_bytes(document), "plan.docx")[0].rows[1][1].fill == "00B050"


# Excel and OpenDocument


@pytest.fixture(params=["xlsx", "xls", "ods"])
def plan_table(request: pytest.FixtureRequest) -> Table:
    if request.param == "xlsx":
        (table,) = read(xlsx_bytes(workbook_plan()), "plan.xlsx")
    else:
        (table,) = read_tables(FILES / f"plan.{request.param}", f"plan.{request.param}")
    return table


def test_a_workbooks_visible_sheet_is_read_from_its_first_row(plan_table):
    assert plan_table.place == Place("sheet", 1, "Plan")
    assert plan_table.first_row == 1
    assert texts(plan_table)[0][0] == "Internkontrollplan 2025 Kulturnämnden"
    assert texts(plan_table)[1] == [""] * 12
    assert texts(plan_table)[2] == PLAN
    assert texts(plan_table)[3][:7] == [
        "1",
        "Fakturor betalas två gånger",
        "Samma faktura kan attesteras dubbelt.",
        "3 - Möjlig",
        "2",
        "6",
        "Stickprov av leverantörsfakturor.",
    ]


def test_a_workbooks_merged_cell_covers_the_one_below(plan_table):
    assert plan_table.rows[4][1].merged == "up"
    assert plan_table.rows[4][2].merged == ""


@pytest.mark.parametrize("kind", ["xlsx", "ods"])
def test_a_workbooks_shaded_cells_keep_their_colour(kind):
    data = xlsx_bytes(workbook_plan()) if kind == "xlsx" else (FILES / "plan.ods").read_bytes()
    (table,) = read(data, f"plan.{kind}")
    assert [row[10].fill for row in table.rows] == [None, None, None, GREEN, YELLOW, None]


def test_a_theme_colour_and_its_tint_are_worked_out():
    workbook, sheet = blank_workbook()
    sheet.append(["Risk", "Status"])
    sheet.append(["Brand", None])
    sheet["B2"].fill = PatternFill("solid", fgColor=Color(theme=9, tint=0.4))
    sheet["A2"].fill = PatternFill("solid", fgColor=Color(indexed=13))
    (table,) = read(xlsx_bytes(workbook), "plan.xlsx")
    assert table.rows[1][0].fill == "FFFF00"
    # Accent 6 of the theme openpyxl writes is F79646, an orange; two fifths of the way to white.
    assert table.rows[1][1].fill == "FAC090"


def test_the_palette_is_the_one_that_other_programs_write():
    assert [f"00{colour}" for colour in INDEXED] == list(COLOR_INDEX)


def test_numbers_and_dates_are_written_as_people_write_them():
    (table,) = read(xlsx_of([["Risk", "Riskvärde"], [datetime.date(2025, 8, 31), 12.0], ["Brand", 6.5], [True, 0]]), "plan.xlsx")
    assert texts(table)[1:] == [["2025-08-31", "12"], ["Brand", "6,5"], ["TRUE", "0"]]


def test_every_sheet_with_content_is_a_table_of_its_own():
    tables = read(xlsx_of([["Risk"], ["Brand"]], [], [["Risk"], ["Stöld"]]), "plan.xlsx")
    assert [table.place.number for table in tables] == [1, 3]


def test_a_formulas_stored_value_is_its_text():
    (table,) = read(xlsx_of([["Risk", "Riskvärde"], ["Brand", "=2*3"]]), "plan.xlsx")
    assert table.rows[1][1].text == ""
    assert table.rows[1][1].uncomputed == "B2"
    (computed,) = read(_with_value(xlsx_of([["Risk", "Riskvärde"], ["Brand", "=2*3"]]), "6"), "plan.xlsx")
    assert (computed.rows[1][1].text, computed.rows[1][1].uncomputed) == ("6", None)


def _with_value(data: bytes, value: str) -> bytes:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        sheet = archive.read("xl/worksheets/sheet1.xml").decode()
    assert "<v></v>" in sheet or "<v />" in sheet or "<v/>" in sheet
    for empty in ("<v></v>", "<v />", "<v/>"):
        sheet = sheet.replace(empty, f"<v>{value}</v>")
    return with_part(data, "xl/worksheets/sheet1.xml", sheet.encode())


def test_text_that_begins_with_an_equals_sign_stays_text():
    workbook, sheet = blank_workbook()
    sheet.append(["Risk", "Beskrivning"])
    sheet.append(["Brand", None])
    sheet["B2"].value = "=> larm saknas"
    sheet["B2"].data_type = "s"
    (table,) = read(xlsx_bytes(workbook), "plan.xlsx")
    assert (table.rows[1][1].text, table.rows[1][1].uncomputed) == ("=> larm saknas", None)
    (csv_table,) = read(b"Risk;Beskrivning\nBrand;=> larm saknas\n", "plan.csv")
    assert csv_table.rows[1][1].text == "=> larm saknas"


def test_an_opendocument_formula_without_a_value_is_marked():
    formula = '<table:table-row><table:table-cell/><table:table-cell table:formula="of:=1+1"/></table:table-row>'
    (table,) = read(ods_of(ods_row("Risk", "Riskvärde") + formula), "plan.ods")
    assert table.rows[1][1].uncomputed == "B2"


def test_repeated_rows_of_an_opendocument_sheet_are_that_many_rows():
    wide = '<table:table-cell table:number-columns-repeated="16384"/>'
    empty = f'<table:table-row table:number-rows-repeated="3">{wide}</table:table-row>'
    endless = f'<table:table-row table:number-rows-repeated="1048000">{wide}</table:table-row>'
    (table,) = read(ods_of(ods_row("Risk", "Nr") + empty + ods_row("Brand", "1", repeated=2) + endless), "plan.ods")
    assert texts(table) == [["Risk", "Nr"], ["", ""], ["", ""], ["", ""], ["Brand", "1"], ["Brand", "1"]]


# Comma-separated text

_LINES = [
    ["Identifierad risk", "Riskvärde", "Åtgärd"],
    ["Brist på el, gas", "8", 'Öva; "rutin"\nnästa år'],
    ["Övrigt\tfel", "6", ""],
]


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252"])
def test_a_csv_file_is_read_in_every_encoding_and_with_every_delimiter(delimiter, encoding):
    stream = io.StringIO()
    csv.writer(stream, delimiter=delimiter).writerows(_LINES)
    (table,) = read(stream.getvalue().encode(encoding), "plan.csv")
    assert texts(table) == [[tidy(text) for text in line] for line in _LINES]


def test_the_line_that_names_the_delimiter_is_not_a_row_of_the_plan():
    (table,) = read(b"sep=;\r\nRisk;Nr\r\nBrand;1\r\n", "plan.csv")
    assert (table.first_row, texts(table)) == (2, [["Risk", "Nr"], ["Brand", "1"]])


def test_commas_in_texts_do_not_outvote_the_semicolons_between_them():
    assert find_delimiter("Risk;Nr\nel, gas, vatten;1\nlön, arvode, resor;2\n") == ";"


def test_blank_lines_count_as_rows():
    (table,) = read(b"Risk;Nr\n\n\nBrand;1\n", "plan.csv")
    assert texts(table)[3] == ["Brand", "1"]


_CELLS = st.text(alphabet=st.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=1, max_size=20)


@given(
    st.integers(2, 5).flatmap(lambda n: st.lists(st.lists(_CELLS, min_size=n, max_size=n), min_size=2, max_size=12)),
    st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
)
def test_what_a_spreadsheet_writes_as_csv_is_read_back(rows, encoding):
    stream = io.StringIO()
    csv.writer(stream, delimiter=";", quoting=csv.QUOTE_ALL).writerows(rows)
    assert texts(read(stream.getvalue().encode(encoding), "plan.csv")[0]) == [[tidy(text) for text in row] for row in rows]


@given(st.text(alphabet="abcåäöÅÄÖéü€–” ;,\n", min_size=1))
def test_windows_text_is_recognised_when_it_is_not_utf_8(text):
    data = text.encode("cp1252")
    try:
        expected = data.decode("utf-8")
    except UnicodeDecodeError:
        expected = text
    assert decode(data) == expected


# PDF


def test_a_pdfs_ruled_table_is_read_with_its_colours():
    first, second = read_tables(FILES / "follow_up.pdf", "uppföljning.pdf")
    assert (first.place, second.place) == (Place("page", 1), Place("page", 2))
    assert texts(first)[0] == REPORT
    assert first.rows[1][4].text == "Ekonomikontoret har granskat sextio fakturor. Inga avvikelser noterades."
    assert [row[5].fill for row in first.rows] == [None, GREEN, BLUE]
    assert first.heading == "Uppföljning av intern kontroll"


def test_a_pdf_read_by_several_processes_gives_what_one_gives(monkeypatch):
    data = (FILES / "follow_up.pdf").read_bytes()
    whole = read_confined("pdf", data, max_rows=100)
    monkeypatch.setattr(confined, "_SMALL", 0)
    monkeypatch.setattr(confined, "MOST_PROCESSES", 3)
    assert read_confined("pdf", data, max_rows=100) == whole
    with pytest.raises(UnreadableFile) as caught:
        read_confined("pdf", data, max_rows=sum(len(table.rows) for table in whole.tables) - 1)
    assert caught.value.code == "too_many_rows"


def test_words_a_pdfs_narrow_column_broke_without_a_hyphen_are_whole():
    _, second = read_tables(FILES / "follow_up.pdf", "uppföljning.pdf")
    assert "personalregistret" in second.rows[1][3].text
    assert "on- och offboarding" in second.rows[1][3].text


# Size


@pytest.mark.parametrize("kind", ["csv", "xlsx", "ods", "docx"])
def test_two_thousand_rows_are_read_in_seconds(kind):
    data = _large(kind)
    start = time.process_time()
    (table,) = read(data, f"plan.{kind}")
    # Measured on two cores: 0.2 s (csv) to 1.2 s (docx).
    assert time.process_time() - start < 5
    assert len(table.rows) == 2001
    assert table.rows[-1][1].text == "Risk nummer 2000"


def _large(kind: str) -> bytes:
    rows = many_rows(2000)
    if kind == "csv":
        stream = io.StringIO()
        csv.writer(stream, delimiter=";").writerows(rows)
        return stream.getvalue().encode()
    if kind == "xlsx":
        return xlsx_of(rows)
    if kind == "ods":
        return ods_of("".join(ods_row(*(str(value) for value in row)) for row in rows))
    document = docx.Document()
    table = add_table(document, [[str(value) for value in row] for row in rows[:2]])
    pattern = table._tbl.tr_lst[1]
    for row in rows[2:]:
        element = copy.deepcopy(pattern)
        for cell, value in zip(element.tc_lst, row, strict=True):
            cell.p_lst[0].r_lst[0].t_lst[0].text = str(value)
        table._tbl.append(element)
    return docx_bytes(document)


def test_several_tables_in_one_document_are_all_read():
    assert len(read(docx_of(*([["Risk", "Nr"], ["Brand", str(n)]] for n in range(4))), "plan.docx")) == 4
