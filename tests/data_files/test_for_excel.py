"""The content for a spreadsheet has the same cells as the canonical file, as numbers and days, and runs nothing."""

from __future__ import annotations

import csv
import io
import tempfile
import tracemalloc
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from controls.data_files.content import canonical_cell
from controls.data_files.for_excel import csv_pieces, fits_spreadsheet, is_soon_written, workbook_pieces
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
    found = stored(tmp_path)
    content = b"".join(csv_pieces(canonical_rows(found.engine, found.path, found.columns, ["Faktura"]), [0]))
    assert content.startswith(b"\xef\xbb\xbfFaktura;")
    written = list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""), delimiter=";"))
    assert written == [
        list(HEADINGS),
        ["00123", "Åkeri; AB", "1234,5", "2025-03-01"],
        ["'=1+1", "'=cmd|' /C calc'!A0", "-3", "12345678901234567"],
        ["7,50", "'@SUM(A1)", "0,1", "rad 1\nrad 2"],
    ]


def test_in_another_language_the_csv_has_commas_and_decimal_points(tmp_path: Path) -> None:
    found = stored(tmp_path)
    content = b"".join(csv_pieces(canonical_rows(found.engine, found.path, found.columns, ["Faktura"]), [0], swedish=False))
    written = list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))
    assert [row[2] for row in written[1:]] == ["1234.5", "-3", "0.1"]
    assert [row[0] for row in written[1:]] == ["00123", "'=1+1", "7,50"]


def book_of(rows: Iterable[Sequence[str]], *key: int) -> bytes:
    return b"".join(workbook_pieces(rows, key, about=["Inte den hashade filen"], sheet="Population", came_at=CAME_AT))


def test_the_same_content_is_the_same_workbook_whenever_it_is_taken(time_machine: Any) -> None:
    def taken(moment: datetime) -> bytes:
        time_machine.move_to(moment, tick=False)
        return book_of([("A",), ("1",)])

    assert taken(CAME_AT) == taken(CAME_AT + timedelta(days=1))


def test_the_workbook_has_numbers_days_and_texts(tmp_path: Path) -> None:
    found = stored(tmp_path)
    content = book_of(canonical_rows(found.engine, found.path, found.columns, ["Faktura"]), 0)
    book = openpyxl.load_workbook(io.BytesIO(content))
    assert book.sheetnames == ["Population", "SHA-256"]
    values = [list(row) for row in book["Population"].iter_rows(values_only=True)]
    assert values == [
        list(HEADINGS),
        ["00123", "Åkeri; AB", 1234.5, datetime(2025, 3, 1)],
        ["=1+1", "=cmd|' /C calc'!A0", -3, "12345678901234567"],
        ["7,50", "@SUM(A1)", 0.1, "rad 1\nrad 2"],
    ]
    assert all(cell.data_type != "f" for row in book["Population"].iter_rows() for cell in row)
    assert [book["Population"][at].quotePrefix for at in ("A2", "A3", "B3")] == [False, True, True]
    assert book["SHA-256"]["A1"].value == "Inte den hashade filen"
    assert book.properties.created == CAME_AT.replace(tzinfo=None)


def test_a_text_in_the_workbook_comes_back_as_it_is() -> None:
    texts = ["a & b < c > d", " blanks ", "_x0041_", "a\x01b", "a\rb\nc", "Å" * 40_000, ""]
    content = book_of([["Nr", "Text"], *([str(at), text] for at, text in enumerate(texts))], 0, 1)
    with CalamineWorkbook.from_filelike(io.BytesIO(content)) as book:
        rows = book.get_sheet_by_name("Population").to_python()
    assert [row[1] for row in rows[1:]] == [*texts[:5], "Å" * 32_767, ""]


def test_a_workbook_begins_before_its_last_row_is_read_and_keeps_none() -> None:
    read = 0

    def rows() -> Iterator[list[str]]:
        nonlocal read
        yield ["Nr", "Belopp"]
        for read in range(1, 300_001):
            yield [f"F{read * 7919 % 1_000_003}", f"{read * 7919 % 99_991}.5"]

    tracemalloc.start()
    pieces = workbook_pieces(rows(), [0], about=[], sheet="Population", came_at=CAME_AT)
    first = next(pieces)
    begun_at = read
    size = len(first) + sum(map(len, pieces))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert begun_at < 100_000
    assert size > 2_000_000
    assert peak < 1_000_000


def test_whoever_stops_reading_leaves_nothing_behind(tmp_path: Path) -> None:
    found = Stored(tmp_path, csv_bytes(invoices(20_000)), "a.csv")
    rows = canonical_rows(found.engine, found.path, found.columns, ["Faktura"])
    assert next(rows) == list(HEADINGS)
    assert next(rows)[0] == "F000001"
    rows.close()  # type: ignore[attr-defined]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["incoming", "stored.parquet"]


@pytest.mark.parametrize(
    ("rows", "columns", "fits", "soon"),
    [(1, 1, True, True), (1_000_000, 5, True, True), (1_000_000, 6, True, False), (1_048_576, 1, False, False),
     (1, 16_385, False, False)],
)  # fmt: skip
def test_what_a_spreadsheet_opens_is_asked(rows: int, columns: int, fits: bool, soon: bool) -> None:
    assert (fits_spreadsheet(rows, columns), is_soon_written(rows, columns)) == (fits, soon)


CELLS = st.one_of(
    st.decimals(-(10**9), 10**9, places=2).map(str),
    st.text(alphabet="abcåäö;\"' =@+-0123456789.,", max_size=12).map(str.strip),
)


@settings(max_examples=some(10), deadline=None)
@given(st.lists(st.tuples(CELLS, CELLS), min_size=1, max_size=15))
def test_every_cell_comes_back_as_what_it_means(cells: list[tuple[str, str]]) -> None:
    rows = [(f"F{i}", one, other) for i, (one, other) in enumerate(cells)]
    with tempfile.TemporaryDirectory() as folder:
        found = Stored(Path(folder), csv_bytes(rows, ("Nr", "Ett", "Annat")), "a.csv")
        content = b"".join(csv_pieces(canonical_rows(found.engine, found.path, found.columns, ["Nr"]), [0]))
    written = list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""), delimiter=";"))[1:]
    assert len(written) == len(rows)
    for row, back in zip(rows, written, strict=True):
        meant = [row[0], *(canonical_cell(cell) for cell in row[1:])]
        assert [
            canonical_cell(cell.removeprefix("'") if not text.startswith("'") else cell)
            for cell, text in zip(back, meant, strict=True)
        ] == meant
        assert not any(cell.startswith(("=", "@")) for cell in back)
