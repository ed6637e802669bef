"""A spreadsheet's cells are what the person sees: computed amounts, errors, formulas nobody computed, hidden and struck rows."""

from __future__ import annotations

import io
import tempfile
import zipfile
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl.styles import Font

from controls.data_files.shown_digits import Templates
from controls.data_files.spreadsheet import HIDDEN, STRUCK, cell_text
from tests.data_files.files import HEADINGS, Stored, csv_bytes, invoices, xlsx_bytes
from tests.examples import some


def marks(found: Stored) -> list[tuple[int, int]]:
    return found.engine.rows(f"select row, mark from read_parquet('{found.path}') where mark > 0 order by row")


def book_of(rows: Any) -> Any:
    book: Any = openpyxl.Workbook()
    for row in rows:
        book.active.append(list(row))
    return book


def saved(book: Any) -> bytes:
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def in_markup(content: bytes, part: str, before: str, after: str) -> bytes:
    """The package with a text of one of its parts changed."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as package, zipfile.ZipFile(out, "w") as changed:
        for name in package.namelist():
            text = package.read(name)
            assert name != part or before.encode() in text
            changed.writestr(name, text.replace(before.encode(), after.encode()) if name == part else text)
    return out.getvalue()


# Computed amounts


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.1 + 0.2, "0.3"),
        (1.1 * 3, "3.3"),
        (99.99999999999999, "100"),
        (1234.5, "1234.5"),
        (-0.07, "-0.07"),
        (1e-7, "0.0000001"),
        (123456789012345.6, "123456789012346"),
        (3.0, "3"),
        (1e15, "1000000000000000"),
        (1e20, "100000000000000000000"),
        (-0.0, "0"),
    ],
)
def test_a_computed_amount_has_the_digits_that_excel_shows(value: float, text: str) -> None:
    assert cell_text(value) == text


@settings(max_examples=some(100), deadline=None)
@given(st.integers(0, 10**11), st.integers(0, 10**11))
def test_a_sum_of_amounts_with_two_decimals_is_the_sum_that_was_meant(one: int, other: int) -> None:
    assert Decimal(cell_text(one / 100 + other / 100)) == Decimal(one + other) / 100


def test_a_workbook_with_computed_amounts_has_the_hash_of_the_same_content_in_csv(tmp_path: Path) -> None:
    computed = [("F1", "Bo", 0.1 + 0.2, 1.1 * 3), ("F2", "Åsa", 4.35 * 100, 1 / 3)]
    written = [("F1", "Bo", "0,3", "3,30"), ("F2", "Åsa", "435", "0,333333333333333")]
    hashes = set()
    for name, content in (("a.xlsx", xlsx_bytes(computed)), ("a.csv", csv_bytes(written))):
        folder = tmp_path / name
        folder.mkdir()
        hashes.add(Stored(folder, content, name).sha256("Faktura"))
    assert len(hashes) == 1


# Keys that are shown with leading zeros or set apart


@pytest.mark.parametrize(
    ("code", "value", "text"),
    [
        ("00000", 123, "00123"),
        ("00000;@", 0, "00000"),
        ("000000\\-0000", 5561860916, "556186-0916"),
        ('000000"-"0000', 12345, "000001-2345"),
        ("[$-41D]000\\ 00", 44132, "441 32"),
        ("00000", 1234567, "1234567"),
        ("00000", 1.5, "1.5"),
        ("00000", -7, "-7"),
        ("00000", "A1", "A1"),
        ("0", 7, "7"),
        ("0.00", 7, "7"),
        ("#,##0", 1234, "1234"),
        ("0 000", 5, "5"),
        ("00.0", 5, "5"),
        ('00" st"', 5, "5"),
        ("00;[Red]00", 5, "5"),
        ("00%", 5, "5"),
    ],
)
def test_a_key_is_taken_as_its_format_shows_it_and_an_amount_as_the_cell_holds_it(
    tmp_path: Path, code: str, value: object, text: str
) -> None:
    book = book_of([["Kund", "Belopp"], ["F1", 1.5], [value, 2], ["F2", 3], [value, 4]])
    for at in ("A3", "A5"):
        book.active[at].number_format = code
    assert [row[0] for row in Stored(tmp_path, saved(book), "a.xlsx").rows()] == ["F1", text, "F2", text]


def test_keys_with_leading_zeros_have_the_hash_of_the_csv_that_excel_saves(tmp_path: Path) -> None:
    book = book_of([HEADINGS, *((number, "Bo", "0", 100 + number) for number in range(1, 30))])
    for row in book.active.iter_rows(min_row=2):
        row[0].number_format = "00000"
    written = [(f"{number:05}", "Bo", "0", str(100 + number)) for number in range(1, 30)]
    hashes = set()
    for name, content in (("a.xlsx", saved(book)), ("a.csv", csv_bytes(written))):
        folder = tmp_path / name
        folder.mkdir()
        hashes.add(Stored(folder, content, name).sha256("Faktura"))
    assert len(hashes) == 1


def test_an_open_document_s_keys_are_taken_as_they_are_shown(tmp_path: Path) -> None:
    shown = [
        ("00123", "123"),
        ("556186-0916", "5561860916"),
        ("441 32", "44132"),
        ("1 234", "1234"),
        ("12,00", "12"),
        ("8 st", "8"),
    ]
    rows = "".join(
        f'<table:table-row><table:table-cell office:value-type="float" office:value="{value}" table:number-columns-repeated="2">'
        f"<text:p>{text}</text:p></table:table-cell></table:table-row>"
        for text, value in shown
    )
    found = Stored(tmp_path, ods_bytes(ods_row("Kund", "Igen") + rows), "a.ods")
    assert [row[:2] for row in found.rows()] == [(text, text) for text in ("00123", "556186-0916", "441 32", "1234", "12", "8")]


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(1, 4)), max_size=8))
@settings(max_examples=some(50), deadline=None)
def test_the_templates_of_a_sheet_are_those_that_were_noted(runs: list[tuple[int, int]]) -> None:
    templates, noted, row = Templates(), {}, 0
    for gap, length in runs:
        row += gap
        for _each in range(length):
            row += 1
            templates.note(row, 2, "000")
            noted[row] = [(2, "000")]
    assert {at: list(templates.of(at)) for at in range(1, row + 2) if at in noted} == noted
    assert not list(templates.of(row + 2))


# Errors, and formulas that were never computed


def test_errors_and_formulas_never_computed_are_said_as_what_they_are(tmp_path: Path) -> None:
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out)
    sheet = book.add_worksheet()
    for row, cells in enumerate([HEADINGS, *invoices(4)]):
        sheet.write_row(row, 0, cells)
    for row, amount in enumerate((100, 7.5, 3, 2), start=1):
        sheet.write_number(row, 2, amount)
    sheet.write_formula(1, 2, "=VLOOKUP(A2,Z:Z,1,0)", None, "#N/A")
    sheet.write_formula(2, 2, "=1/0", None, "#DIV/0!")
    sheet.write_formula(3, 2, "=1.1*3", None, 3.3000000000000003)
    sheet.write_formula(4, 3, "=A1&B1", None, "tom")
    book.close()
    content = in_markup(out.getvalue(), "xl/worksheets/sheet1.xml", "<v>tom</v>", "<v></v>")
    found = Stored(tmp_path, content, "a.xlsx")
    assert [row[2] for row in found.rows()] == ["#N/A", "#DIV/0!", "3.3", "2"]
    assert found.rows()[3][3] == ""
    problems = found.check("Faktura", amount="Belopp").problems.found
    assert [(problem.code, problem.row, problem.value) for problem in problems] == [
        ("amount_error", 2, "#N/A"),
        ("amount_error", 3, "#DIV/0!"),
    ]
    assert found.read.notes == [("formulas_without_value", "2:2")]


def test_a_formula_that_nobody_computed_is_told_with_its_formula(tmp_path: Path) -> None:
    book = book_of([HEADINGS, *invoices(2)])
    book.active["C2"] = "=A2*B2"
    book.active["C3"] = 5
    book.active["F3"] = "=1+1"
    book.active["F1"] = "Kontroll"
    found = Stored(tmp_path, saved(book), "a.xlsx")
    assert [row[2] for row in found.rows()] == ["=A2*B2", "5"]
    assert [row[5] for row in found.rows()] == ["", "=1+1"]
    [problem] = found.check("Faktura", amount="Belopp").problems.found
    assert (problem.code, problem.row, problem.value) == ("amount_formula", 2, "=A2*B2")


def test_an_error_left_of_and_under_all_values_has_its_place(tmp_path: Path) -> None:
    book: Any = openpyxl.Workbook()
    sheet = book.active
    for column, name in enumerate(("Nr", "Belopp", "Namn"), start=2):
        sheet.cell(3, column, name)
        sheet.cell(4, column, "x")
    sheet["A3"], sheet["A4"] = "=1+1", "=2+2"
    sheet["B6"] = "=3+3"
    found = Stored(tmp_path, saved(book), "a.xlsx")
    assert found.columns == ["=1+1", "Nr", "Belopp", "Namn"]
    assert found.rows() == [("=2+2", "x", "x", "x"), ("", "=3+3", "", "")]
    assert found.numbers() == [4, 6]


# Hidden and struck rows


def test_hidden_and_struck_rows_are_marked(tmp_path: Path) -> None:
    book = book_of([HEADINGS, *invoices(6)])
    sheet = book.active
    sheet.row_dimensions[3].hidden = True
    sheet.row_dimensions[5].hidden = True
    sheet["C4"].font = Font(strike=True)
    sheet["B5"].font = Font(strike=True)
    sheet["A6"].font = Font(bold=True, strike=False)
    sheet["F7"].font = Font(strike=True)
    found = Stored(tmp_path, saved(book), "a.xlsx")
    assert marks(found) == [(3, HIDDEN), (4, STRUCK), (5, HIDDEN + STRUCK)]
    assert found.rows() == invoices(6)


def test_text_of_which_every_piece_is_struck_is_struck(tmp_path: Path) -> None:
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out)
    sheet, struck, bold = book.add_worksheet(), book.add_format({"font_strikeout": True}), book.add_format({"bold": True})
    for row, cells in enumerate([HEADINGS, *invoices(3)]):
        sheet.write_row(row, 0, cells)
    sheet.write_rich_string(1, 1, struck, "Bygg", struck, " AB")
    sheet.write_rich_string(2, 1, struck, "Bygg", bold, " AB")
    book.close()
    assert marks(Stored(tmp_path, out.getvalue(), "a.xlsx")) == [(2, STRUCK)]


def test_hidden_columns_are_read_and_said(tmp_path: Path) -> None:
    book = book_of([HEADINGS, *invoices(2)])
    book.active.column_dimensions["B"].hidden = True
    found = Stored(tmp_path, saved(book), "a.xlsx")
    assert found.rows() == invoices(2)
    assert found.read.notes == [("hidden_columns", "1")]


ODS = """<?xml version="1.0" encoding="UTF-8"?><office:document-content office:version="1.2"
xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" xmlns:style="urn:oasis:names:tc:opendocument:xmlns:style:1.0"
xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0"
xmlns:calcext="urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0"><office:automatic-styles>
<style:style style:name="ce1" style:family="table-cell">
<style:text-properties style:text-line-through-style="solid"/></style:style>
</office:automatic-styles><office:body><office:spreadsheet><table:table table:name="Blad1">%s</table:table>
</office:spreadsheet></office:body></office:document-content>"""


def ods_bytes(rows: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as package:
        package.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        package.writestr("content.xml", ODS % rows)
        package.writestr(
            "META-INF/manifest.xml",
            '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"/>',
        )
    return out.getvalue()


def ods_row(*texts: str, attributes: str = "", style: str = "") -> str:
    cells = "".join(
        f'<table:table-cell office:value-type="string"{style}><text:p>{text}</text:p></table:table-cell>' for text in texts
    )
    return f"<table:table-row{attributes}>{cells}</table:table-row>"


def test_an_open_document_s_hidden_struck_and_failed_cells_are_told_too(tmp_path: Path) -> None:
    error = (
        '<table:table-row><table:table-cell office:value-type="string"><text:p>F5</text:p></table:table-cell><table:table-cell '
        'table:formula="of:=1/0" office:value-type="string" office:string-value="" calcext:value-type="error">'
        "<text:p>#DIV/0!</text:p></table:table-cell></table:table-row>"
    )
    rows = [
        ods_row("Nr", "Belopp"),
        ods_row("F1", "1,00"),
        ods_row("F2", "2,00", attributes=' table:visibility="collapse"'),
        ods_row("F3", "3,00", attributes=' table:visibility="filter"'),
        ods_row("F4", "4,00", style=' table:style-name="ce1"'),
        error,
        '<table:table-row table:number-rows-repeated="1000000" table:visibility="collapse"><table:table-cell/></table:table-row>',
    ]
    found = Stored(tmp_path, ods_bytes("".join(rows)), "a.ods")
    assert found.rows() == [("F1", "1,00"), ("F2", "2,00"), ("F3", "3,00"), ("F4", "4,00"), ("F5", "#DIV/0!")]
    assert marks(found) == [(3, HIDDEN), (4, HIDDEN), (5, STRUCK)]


def test_an_amount_shown_as_a_fraction_or_a_power_of_ten_is_what_its_cell_holds(tmp_path: Path) -> None:
    """Nothing of it is lost by how it is shown; the same words as text are refused by row (test_population_checks)."""
    book = book_of([HEADINGS, ("F1", "Bo", 0.5, 4000), ("F2", "Åsa", 123456, 4001), (556000123456, "Eva", 1, 4002)])
    book.active["C2"].number_format, book.active["C3"].number_format = "# ?/?", "0E+00"
    book.active["A4"].number_format = "0.00E+00"
    found = Stored(tmp_path, saved(book), "a.xlsx")
    assert [(key, amount) for key, _name, amount, _account in found.rows()] == [
        ("F1", "0.5"),
        ("F2", "123456"),
        ("556000123456", "1"),
    ]
    assert found.check("Faktura", amount="Belopp").total == Decimal("123457.5")


def test_of_an_old_binary_workbook_it_is_said_that_marks_are_unknown(tmp_path: Path) -> None:
    content = (Path(__file__).parents[1] / "importing" / "files" / "plan.xls").read_bytes()
    assert ("marks_unknown", "") in Stored(tmp_path, content, "plan.xls").read.notes


@settings(max_examples=some(8), deadline=None)
@given(st.lists(st.tuples(st.booleans(), st.booleans(), st.floats(-1e9, 1e9, allow_nan=False)), min_size=1, max_size=12))
def test_every_row_arrives_with_its_marks(rows: list[tuple[bool, bool, float]]) -> None:
    book = book_of([("Nr", "Belopp")])
    for number, (is_hidden, is_struck, amount) in enumerate(rows, start=2):
        book.active.append([f"F{number}", amount])
        book.active.row_dimensions[number].hidden = is_hidden
        if is_struck:
            book.active.cell(number, 2).font = Font(strike=True)
    with tempfile.TemporaryDirectory() as folder:
        found = Stored(Path(folder), saved(book), "a.xlsx")
        expected = [HIDDEN * is_hidden + STRUCK * is_struck for is_hidden, is_struck, _amount in rows]
        stored = found.engine.rows(f"select mark from read_parquet('{found.path}') order by row")
        assert [mark for (mark,) in stored] == expected
        assert [float(row[1]) for row in found.rows()] == pytest.approx([amount for *_marks, amount in rows], rel=1e-14)
