"""The content for a spreadsheet has the same cells as the canonical file, as numbers and days, and runs nothing."""

from __future__ import annotations

import csv
import io
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from controls.data_files.content import canonical_cell
from controls.data_files.for_excel import fits_csv, fits_workbook, write_csv, write_workbook
from controls.data_files.table import canonical_rows
from tests.data_files.files import HEADINGS, Stored, csv_bytes, invoices
from tests.examples import some

CAME_AT = datetime(2025, 9, 1, 8, 0, tzinfo=UTC)
ROWS = [
    ("00123", "Åkeri; AB", "1 234,50", "2025-03-01"),
    ("=1+1", "=cmd|' /C calc'!A0", "-3,00", "12345678901234567"),
    ("7,50", "@SUM(A1)", "0,10", "rad 1\nrad 2"),
]


def stored(tmp_path: Path) -> Stored:
    return Stored(tmp_path, csv_bytes(ROWS), "a.csv")


def test_the_csv_has_a_mark_semicolons_decimal_commas_and_no_formula(tmp_path: Path) -> None:
    found, out = stored(tmp_path), io.BytesIO()
    write_csv(canonical_rows(found.engine, found.path, found.columns, ["Faktura"]), [0], out)
    assert out.getvalue().startswith(b"\xef\xbb\xbfFaktura;")
    written = list(csv.reader(io.StringIO(out.getvalue().decode("utf-8-sig"), newline=""), delimiter=";"))
    assert written == [
        list(HEADINGS),
        ["00123", "Åkeri; AB", "1234,5", "2025-03-01"],
        ["'=1+1", "'=cmd|' /C calc'!A0", "-3", "12345678901234567"],
        ["7,50", "'@SUM(A1)", "0,1", "rad 1\nrad 2"],
    ]


def test_in_another_language_the_csv_has_commas_and_decimal_points(tmp_path: Path) -> None:
    found, out = stored(tmp_path), io.BytesIO()
    write_csv(canonical_rows(found.engine, found.path, found.columns, ["Faktura"]), [0], out, swedish=False)
    written = list(csv.reader(io.StringIO(out.getvalue().decode("utf-8-sig"), newline="")))
    assert [row[2] for row in written[1:]] == ["1234.5", "-3", "0.1"]
    assert [row[0] for row in written[1:]] == ["00123", "'=1+1", "7,50"]


def test_what_is_written_meanwhile_lies_in_the_given_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folders: list[object] = []
    real = tempfile.mkstemp

    def seen(*args: Any, **given: Any) -> Any:
        folders.append(given.get("dir"))
        return real(*args, **given)

    monkeypatch.setattr(tempfile, "mkstemp", seen)
    write_workbook([("A",), ("1",)], [], io.BytesIO(), about=["x"], sheet="P", work=tmp_path, came_at=CAME_AT)
    assert folders
    assert set(folders) == {str(tmp_path)}


def test_the_same_content_is_the_same_workbook_whenever_it_is_taken(tmp_path: Path, time_machine: Any) -> None:
    def taken(moment: datetime) -> bytes:
        time_machine.move_to(moment, tick=False)
        out = io.BytesIO()
        write_workbook([("A",), ("1",)], [], out, about=["x"], sheet="P", work=tmp_path, came_at=CAME_AT)
        return out.getvalue()

    assert taken(CAME_AT) == taken(CAME_AT + timedelta(days=1))


def test_the_workbook_has_numbers_days_and_texts(tmp_path: Path) -> None:
    found, out = stored(tmp_path), io.BytesIO()
    rows = canonical_rows(found.engine, found.path, found.columns, ["Faktura"])
    write_workbook(rows, [0], out, about=["Inte den hashade filen"], sheet="Population", work=tmp_path, came_at=CAME_AT)
    book = openpyxl.load_workbook(out)
    assert book.sheetnames == ["Population", "SHA-256"]
    values = [list(row) for row in book["Population"].iter_rows(values_only=True)]
    assert values == [
        list(HEADINGS),
        ["00123", "Åkeri; AB", 1234.5, datetime(2025, 3, 1)],
        ["=1+1", "=cmd|' /C calc'!A0", -3, "12345678901234567"],
        ["7,50", "@SUM(A1)", 0.1, "rad 1\nrad 2"],
    ]
    assert all(cell.data_type != "f" for row in book["Population"].iter_rows() for cell in row)
    assert book["SHA-256"]["A1"].value == "Inte den hashade filen"


def test_whoever_stops_reading_leaves_nothing_behind(tmp_path: Path) -> None:
    found = Stored(tmp_path, csv_bytes(invoices(20_000)), "a.csv")
    rows = canonical_rows(found.engine, found.path, found.columns, ["Faktura"])
    assert next(rows) == list(HEADINGS)
    assert next(rows)[0] == "F000001"
    rows.close()  # type: ignore[attr-defined]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["incoming", "stored.parquet"]


@pytest.mark.parametrize(
    ("rows", "columns", "fits"),
    [(1, 1, True), (20_000, 15, True), (20_001, 15, False), (300_001, 1, False)],
)
def test_what_a_workbook_holds_is_asked(rows: int, columns: int, fits: bool) -> None:
    assert fits_workbook(rows, columns) is fits


@pytest.mark.parametrize(("rows", "columns", "fits"), [(1_000_000, 5, True), (1_000_000, 6, False), (1_048_576, 1, False)])
def test_what_a_csv_for_excel_holds_is_asked(rows: int, columns: int, fits: bool) -> None:
    assert fits_csv(rows, columns) is fits


CELLS = st.one_of(
    st.decimals(-(10**9), 10**9, places=2).map(str),
    st.text(alphabet="abcåäö;\"' =@+-0123456789.,", max_size=12).map(str.strip),
)


@settings(max_examples=some(10), deadline=None)
@given(st.lists(st.tuples(CELLS, CELLS), min_size=1, max_size=15))
def test_every_cell_comes_back_as_what_it_means(cells: list[tuple[str, str]]) -> None:
    rows = [(f"F{i}", one, other) for i, (one, other) in enumerate(cells)]
    with tempfile.TemporaryDirectory() as folder:
        found, out = Stored(Path(folder), csv_bytes(rows, ("Nr", "Ett", "Annat")), "a.csv"), io.BytesIO()
        write_csv(canonical_rows(found.engine, found.path, found.columns, ["Nr"]), [0], out)
    written = list(csv.reader(io.StringIO(out.getvalue().decode("utf-8-sig"), newline=""), delimiter=";"))[1:]
    assert len(written) == len(rows)
    for row, back in zip(rows, written, strict=True):
        meant = [row[0], *(canonical_cell(cell) for cell in row[1:])]
        assert [
            canonical_cell(cell.removeprefix("'") if not text.startswith("'") else cell)
            for cell, text in zip(back, meant, strict=True)
        ] == meant
        assert not any(cell.startswith(("=", "@")) for cell in back)
