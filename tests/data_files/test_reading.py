"""Whatever file a population comes in, the same rows are stored; what cannot be read says why and on which row."""

from __future__ import annotations

import io
import zipfile
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest
from django.utils import translation

from controls.data_files.engine import Engine
from controls.data_files.problems import Unreadable, note_words
from tests.data_files.files import HEADINGS, Stored, csv_bytes, invoices, xlsx_bytes

FILES = Path(__file__).parents[1] / "importing" / "files"


def stored(tmp_path: Path, content: bytes, name: str = "fakturor.csv") -> Stored:
    return Stored(tmp_path, content, name)


def refused(tmp_path: Path, content: bytes, name: str = "fakturor.csv") -> Unreadable:
    with pytest.raises(Unreadable) as caught:
        stored(tmp_path, content, name)
    assert not (tmp_path / "stored.parquet").exists()
    assert not [path for path in tmp_path.iterdir() if path.name != "incoming"]
    assert caught.value.message
    return caught.value


@pytest.mark.parametrize("delimiter", [";", ",", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16", "utf-16-le"])
def test_any_delimiter_and_encoding_gives_the_same_rows(tmp_path: Path, delimiter: str, encoding: str) -> None:
    rows = invoices(50)
    found = stored(tmp_path, csv_bytes(rows, delimiter=delimiter, encoding=encoding))
    assert found.columns == list(HEADINGS)
    assert found.rows() == rows
    assert found.numbers() == list(range(2, 52))
    assert found.read.first_row == 2


@pytest.mark.parametrize(
    ("encoding", "said"),
    [("utf-8", "UTF-8"), ("utf-8-sig", "UTF-8"), ("cp1252", "Windows-1252"), ("utf-16", "UTF-16"), ("utf-16-le", "UTF-16-LE")],
)
def test_the_encoding_found_is_said(tmp_path: Path, encoding: str, said: str) -> None:
    assert stored(tmp_path, csv_bytes(invoices(3), encoding=encoding)).read.encoding == said


def test_a_file_that_is_nearly_utf_8_says_where_it_is_not(tmp_path: Path) -> None:
    content = csv_bytes(invoices(3)) + "F9;Åkeri;1,00;4000\r\n".encode("cp1252")
    found = stored(tmp_path, content)
    assert found.read.encoding == "Windows-1252"
    assert found.read.notes == [("not_utf8", "5")]


def test_cells_with_delimiters_quotes_and_line_breaks_stay_whole(tmp_path: Path) -> None:
    rows = [("F1", 'Bo; "Ek" & Co', "1,00", "rad 1\nrad 2"), ("F2", "", "2,00", "x")]
    assert stored(tmp_path, csv_bytes(rows)).rows() == rows


def test_quotation_marks_within_a_name_are_part_of_it(tmp_path: Path) -> None:
    content = (
        'Nr;Belopp;Leverantör\r\n1;10;AB "Ek" i Vik\r\n2;20;5" rör AB\r\n3;30;Bo "Ek"\r\n4;40;"Rör; 5"" och 6"""\r\n'.encode()
    )
    names = [row[2] for row in stored(tmp_path, content).rows()]
    assert names == ['AB "Ek" i Vik', '5" rör AB', 'Bo "Ek"', 'Rör; 5" och 6"']


def test_blank_lines_are_left_out_but_counted(tmp_path: Path) -> None:
    content = b"Nr;Belopp\r\n\r\n1;10\r\n\r\n\r\n2;20\r\n"
    found = stored(tmp_path, content)
    assert found.rows() == [("1", "10"), ("2", "20")]
    assert found.numbers() == [3, 6]


def test_lines_above_the_headings_are_passed_over(tmp_path: Path) -> None:
    content = "Fakturajournal\nUttagen 2025\nNr;Belopp;Namn\n1;10;Bo\n2;20;Åsa\n".encode()
    found = stored(tmp_path, content)
    assert found.columns == ["Nr", "Belopp", "Namn"]
    assert found.numbers() == [4, 5]


def test_excel_s_own_note_of_the_delimiter_is_no_row(tmp_path: Path) -> None:
    found = stored(tmp_path, b"sep=|\r\nNr|Belopp\r\n1|10\r\n")
    assert found.columns == ["Nr", "Belopp"]
    assert found.numbers() == [3]


def test_headings_without_a_name_or_with_the_same_are_told_apart(tmp_path: Path) -> None:
    found = stored(tmp_path, b"Nr;Namn;;Namn;Belopp\n1;a;b;c;5\n")
    assert found.columns == ["Nr", "Namn", "#3", "Namn (2)", "Belopp"]


def test_cells_are_trimmed_and_composed(tmp_path: Path) -> None:
    found = stored(tmp_path, "Nr;Namn\n  1 ;\u00a0A\u030akeri \n".encode())
    assert found.rows() == [("1", "Åkeri")]


def test_a_workbook_s_typed_cells_are_read_as_a_person_would_type_them(tmp_path: Path) -> None:
    found = stored(tmp_path, xlsx_bytes([(7, "Bo", 1234.5, date(2025, 3, 1)), ("007", "Åsa", -3, True)]), "fil.xlsx")
    assert found.columns == list(HEADINGS)
    assert found.rows() == [("7", "Bo", "1234.5", "2025-03-01"), ("007", "Åsa", "-3", "TRUE")]
    assert found.numbers() == [2, 3]


def test_a_workbook_with_a_title_above_the_table(tmp_path: Path) -> None:
    found = stored(tmp_path, xlsx_bytes(invoices(2), above=[("Fakturor 2025",), ()]), "fil.xlsx")
    assert found.numbers() == [4, 5]
    assert found.rows() == invoices(2)
    assert found.read.notes == [("above_headings", "Fakturor 2025")]


def test_what_stands_above_the_headings_of_a_text_file_is_told(tmp_path: Path) -> None:
    text = "Utbetalningar 2025;;\nUrval: över 1 000 kr;Uttag 2026-01-08;\n\nNr;Namn;Belopp\nA1;Ek;5\nA2;Al;7\nA3;Gran;9\n"
    found = stored(tmp_path, text.encode(), "fil.csv")
    assert found.rows() == [("A1", "Ek", "5"), ("A2", "Al", "7"), ("A3", "Gran", "9")]
    ((code, told),) = found.read.notes
    assert (code, told) == ("above_headings", "Utbetalningar 2025 · Urval: över 1 000 kr Uttag 2026-01-08")
    with translation.override("sv"):
        assert note_words(code, told) == f"Ovanför rubrikerna står ”{told}”. Det lästes inte som rader."


@pytest.mark.parametrize("name", ["plan.xls", "plan.ods"])
def test_the_other_spreadsheets_are_read_too(tmp_path: Path, name: str) -> None:
    found = stored(tmp_path, (FILES / name).read_bytes(), name)
    assert len(found.columns) > 2
    assert found.rows()


def test_of_several_sheets_the_first_with_rows_is_read_and_named(tmp_path: Path) -> None:
    import openpyxl

    book: Any = openpyxl.Workbook()
    book.active.append(["Nr", "Belopp"])
    book.active.append(["A1", 5])
    book.create_sheet("Annat").append(["x", "y"])
    out = io.BytesIO()
    book.save(out)
    found = stored(tmp_path, out.getvalue(), "fil.xlsx")
    assert found.rows() == [("A1", "5")]
    assert found.read.notes == [("one_sheet_of_several", "Sheet")]


def book_of(*sheets: tuple[str, str, int]) -> bytes:
    """A workbook of (name, state, rows) sheets."""
    import openpyxl

    book: Any = openpyxl.Workbook()
    for number, (name, state, rows) in enumerate(sheets):
        sheet = book.active if number == 0 else book.create_sheet()
        sheet.title, sheet.sheet_state = name, state
        for row in range(rows):
            sheet.append(["Nr", "Belopp"] if row == 0 else [f"{name}{row}", row])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def test_hidden_sheets_are_not_read_and_named(tmp_path: Path) -> None:
    found = stored(tmp_path, book_of(("Gamla", "hidden", 3), ("Nya", "visible", 2), ("Tom", "hidden", 0)), "fil.xlsx")
    assert found.rows() == [("Nya1", "1")]
    assert found.read.notes == [("hidden_sheets", "Gamla")]


BOOK = (("Nya", "visible", 2), ("Andra", "visible", 3), ("Gamla", "hidden", 4))


@pytest.mark.parametrize(("sheet", "rows"), [("andra ", 2), ("Gamla", 3), ("Nya", 1)])
def test_the_sheet_that_is_named_is_read_hidden_or_not(tmp_path: Path, sheet: str, rows: int) -> None:
    found = Stored(tmp_path, book_of(*BOOK), "fil.xlsx", sheet=sheet)
    assert len(found.rows()) == rows
    assert found.read.notes[0] == ("chosen_sheet", sheet.strip().capitalize())


def test_a_sheet_that_is_not_there_is_refused_with_those_that_are(tmp_path: Path) -> None:
    with pytest.raises(Unreadable) as caught:
        Stored(tmp_path, book_of(*BOOK, ("Tom", "visible", 0)), "fil.xlsx", sheet="Tom")
    assert (caught.value.code, caught.value.values["detail"]) == ("no_such_sheet", "Nya, Andra, Gamla")


def test_a_text_file_has_no_sheets(tmp_path: Path) -> None:
    with pytest.raises(Unreadable) as caught:
        Stored(tmp_path, b"Nr;Belopp\n1;2\n", "fil.csv", sheet="Nya")
    assert caught.value.code == "no_sheets"


def test_a_file_whose_sheets_are_all_hidden_says_so(tmp_path: Path) -> None:
    refusal = refused(tmp_path, book_of(("Tom", "visible", 0), ("Gamla", "hidden", 3)), "fil.xlsx")
    assert (refusal.code, refusal.values["detail"]) == ("only_hidden_sheets", "Gamla")


def test_parquet_is_read_with_its_types(tmp_path: Path) -> None:
    path = tmp_path / "in.parquet"
    duckdb.sql(
        f"copy (select 1 as nr, 2.50::decimal(9,2) as belopp, date '2025-03-01' as dag, 3.0::double as antal, true as klar, "
        f"null::varchar as namn) to '{path}'"
    )
    content = path.read_bytes()
    path.unlink()
    found = stored(tmp_path, content, "fil.parquet")
    assert found.columns == ["nr", "belopp", "dag", "antal", "klar", "namn"]
    assert found.rows() == [("1", "2.50", "2025-03-01", "3", "TRUE", "")]


# What cannot be read


@pytest.mark.parametrize(
    ("content", "name", "code"),
    [
        (b"", "a.csv", "empty"),
        (b" \r\n \r\n", "a.csv", "empty"),
        (b"Nr;Belopp\r\n", "a.csv", "no_rows"),
        (b"1;2\r\n3;4\r\n", "a.csv", "no_headings"),
        (b"Nr;Belopp\n1;2", "a.pdf", "extension"),
        (b"Nr;Belopp\n1;2", "utan-namn", "extension"),
        (b"Nr;Belopp\n1;2", "a.xlsx", "content"),
        (b"PK\x03\x04 broken", "a.xlsx", "damaged"),
        (b"PAR1 broken", "a.parquet", "damaged"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 broken", "a.xls", "damaged"),
        (b"Nr;Belopp\n1;2\n3\x00;4\x01\n", "a.csv", "control_characters"),
    ],
)
def test_a_file_that_is_no_population_says_what_it_is(tmp_path: Path, content: bytes, name: str, code: str) -> None:
    assert refused(tmp_path, content, name).code == code


def test_a_protected_workbook_is_refused(tmp_path: Path) -> None:
    assert refused(tmp_path, (FILES / "encrypted_plan.xlsx").read_bytes(), "fil.xlsx").code == "encrypted"


@pytest.mark.parametrize("row", ["F9;bara två", "F9;a;b;c;för många"])
def test_a_row_of_another_width_is_named(tmp_path: Path, row: str) -> None:
    content = csv_bytes(invoices(3)) + f"{row}\r\n".encode()
    problem = refused(tmp_path, content)
    assert (problem.code, problem.values["row"], problem.values["limit"]) == ("ragged", 5, 4)


def test_a_quotation_mark_that_is_never_closed_is_named(tmp_path: Path) -> None:
    assert refused(tmp_path, b'Nr;Namn\n1;a\n2;"b\n3;c\n').code == "quotes"


def test_a_column_of_lists_is_refused_by_name(tmp_path: Path) -> None:
    path = tmp_path / "in.parquet"
    duckdb.sql(f"copy (select 1 as nr, [1, 2] as poster) to '{path}'")
    content = path.read_bytes()
    path.unlink()
    problem = refused(tmp_path, content, "fil.parquet")
    assert (problem.code, problem.values["detail"]) == ("nested", "poster")


def test_a_package_that_unpacks_to_gigabytes_is_not_unpacked(tmp_path: Path) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr("xl/workbook.xml", "<x/>")
        with package.open("xl/sheet.xml", "w", force_zip64=True) as part:
            for _ in range(64):
                part.write(b"0" * 2**20)
    assert refused(tmp_path, out.getvalue(), "fil.xlsx").code == "bomb"


def test_a_workbook_with_macros_is_refused(tmp_path: Path) -> None:
    content = io.BytesIO(xlsx_bytes(invoices(2)))
    with zipfile.ZipFile(content, "a") as package:
        package.writestr("xl/vbaProject.bin", b"x")
    assert refused(tmp_path, content.getvalue(), "fil.xlsx").code == "content"


def test_too_many_columns_are_refused(tmp_path: Path) -> None:
    headings = ";".join(f"k{i}x" for i in range(201))
    assert refused(tmp_path, f"{headings}\n{';'.join('1' * 201)}\n".encode()).code == "too_many_columns"


def test_the_engine_reads_nothing_outside_its_folders(tmp_path: Path) -> None:
    with Engine(tmp_path) as engine, pytest.raises(duckdb.PermissionException):
        engine.rows("select * from read_csv('/etc/hostname')")


def test_a_step_that_is_cancelled_ends_at_once(tmp_path: Path) -> None:
    def tell(_: float) -> Any:
        raise KeyboardInterrupt

    with Engine(tmp_path, tell=tell) as engine, pytest.raises(KeyboardInterrupt):
        engine.rows("select count(*) from range(100000) a, range(100000) b where a.range + b.range = 7")
