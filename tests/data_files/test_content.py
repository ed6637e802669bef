"""What a population says: its keys, its canonical cells and its hash; in Python, in SQL, and after a spreadsheet has saved it."""

from __future__ import annotations

import io
import tempfile
import threading
from datetime import datetime
from pathlib import Path

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from controls.data_files.content import canonical_cell, canonical_key, content_hash, normal_text
from controls.data_files.engine import Engine
from controls.data_files.table import content_sha256, profile, write_content
from tests.data_files.files import HEADINGS, Stored, csv_bytes, invoices, xlsx_bytes
from tests.examples import some

SAME = [
    ("1 234,50", "1234.5"),
    ("1\u00a0234,5", "1234.5"),
    ("1234,00", "1234"),
    ("\u22125,10", "-5.1"),
    ("-0,0", "0"),
    ("2025-03-01 00:00:00", "2025-03-01"),
    ("2025-03-01T12:30", "2025-03-01 12:30:00"),
    ("SANT", "TRUE"),
    ("false", "FALSE"),
    ("9007199254740993", "9007199254740993"),
]
DIFFERENT = [("00123", "123"), ("12 34", "1234"), ("1,", "1"), ("abc", "ABC"), ("1E5", "100000"), ("01.50", "1.5"), ("5 kr", "5")]


@pytest.mark.parametrize(("written", "meant"), SAME)
def test_cells_that_mean_the_same_are_the_same(written: str, meant: str) -> None:
    assert canonical_cell(written) == meant
    assert canonical_cell(meant) == meant


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_cells_that_a_change_has_touched_differ(one: str, other: str) -> None:
    assert canonical_cell(one) != canonical_cell(other)


def test_a_key_is_its_trimmed_and_composed_parts() -> None:
    assert canonical_key([" A\u030akeri ", "\u00a012"]) == "Åkeri|12"


CELLS = st.one_of(
    st.text(alphabet="0123456789,.- \u00a0\u2212:T", max_size=20),
    st.text(max_size=12).filter(lambda text: not any(ord(letter) < 32 or 0xD800 <= ord(letter) < 0xE000 for letter in text)),
    st.sampled_from([each for pair in SAME + DIFFERENT for each in pair]),
    st.datetimes(min_value=datetime(1900, 1, 1)).map(lambda moment: moment.replace(microsecond=0).isoformat(" ")),
    st.decimals(allow_nan=False, allow_infinity=False, places=2).map(lambda number: str(number).replace(".", ",")),
)


@settings(max_examples=some(60), deadline=None)
@given(st.lists(CELLS, min_size=1, max_size=40))
def test_the_sql_s_canonical_cell_is_python_s(cells: list[str]) -> None:
    texts = [normal_text(cell) for cell in cells]
    with tempfile.TemporaryDirectory() as folder, Engine(Path(folder)) as engine:
        found = engine.rows("select canonical(x) from (select unnest($cells::varchar[]) x)", {"cells": texts})
    assert [cell for (cell,) in found] == [canonical_cell(text) for text in texts]


def test_the_sql_s_hash_is_python_s(tmp_path: Path) -> None:
    rows = [*invoices(300), ("F9", 'Bo; "Ek" & Co', "1,50", "rad 1\nrad 2"), ("F8", "", "2 000,00", "2025-01-01 00:00:00")]
    found = Stored(tmp_path, csv_bytes(rows), "a.csv")
    assert found.sha256("Faktura") == content_hash(HEADINGS, rows, ["Faktura"])


def test_progress_is_told_by_the_thread_that_has_the_connection_to_the_database(tmp_path: Path) -> None:
    tellers: set[int] = set()
    with Engine(tmp_path, [tmp_path], tell=lambda share: tellers.add(threading.get_ident())) as engine:
        found = Stored(tmp_path, csv_bytes(invoices(300)), "a.csv")
        content_sha256(engine, found.path, found.columns, ["Faktura"])
    assert tellers == {threading.get_ident()}


@pytest.mark.parametrize("failing", ["the query", "the reader"])
def test_a_content_that_cannot_be_written_out_is_an_error_and_leaves_no_pipe(tmp_path: Path, failing: str) -> None:
    class Full(io.BytesIO):
        def write(self, piece: object) -> int:
            if self.tell():
                raise OSError("No space left on device")
            return super().write(piece)  # type: ignore[arg-type]

    found = Stored(tmp_path, csv_bytes(invoices(300)), "a.csv")
    path = found.path if failing == "the reader" else found.path.with_name("gone.parquet")
    with pytest.raises((OSError, duckdb.Error), match="No space left" if failing == "the reader" else "gone"):
        write_content(found.engine, path, found.columns, ["Faktura"], Full())
    assert list(found.engine.work.glob("*.pipe")) == []


def test_the_shortcut_over_even_columns_gives_the_same_hash(tmp_path: Path) -> None:
    found = Stored(tmp_path, csv_bytes(invoices(300)), "a.csv")
    described = profile(found.engine, found.path, found.columns)
    uneven = [column.name for column in described.columns if column.uneven]
    assert uneven == ["Belopp"]
    assert content_sha256(found.engine, found.path, found.columns, ["Faktura"], uneven) == found.sha256("Faktura")


# A spreadsheet's "save as"


def hash_of(folder: Path, content: bytes, name: str) -> str:
    folder.mkdir()
    return Stored(folder, content, name).sha256("Faktura")


ROWS = [("F001", "Bo", "1 234,50", "2025-03-01"), ("F002", "Åsa", "-3,00", "2025-03-02"), ("F003", "", "0,10", "2025-12-31")]
TYPED = [
    ("F001", "Bo", 1234.5, datetime(2025, 3, 1)),
    ("F002", "Åsa", -3, datetime(2025, 3, 2)),
    ("F003", None, 0.1, datetime(2025, 12, 31)),
]


def test_saving_the_file_again_in_excel_or_in_another_encoding_gives_the_same_hash(tmp_path: Path) -> None:
    hashes = {
        hash_of(tmp_path / "csv", csv_bytes(ROWS), "a.csv"),
        hash_of(tmp_path / "windows", csv_bytes(ROWS, encoding="cp1252", delimiter=","), "a.csv"),
        hash_of(tmp_path / "xlsx", xlsx_bytes(TYPED), "a.xlsx"),
        hash_of(tmp_path / "texts", xlsx_bytes(ROWS), "a.xlsx"),
    }
    assert len(hashes) == 1


@pytest.mark.parametrize("changed", ["amount", "leading_zero", "row_gone", "row_order", "heading", "space_inside"])
def test_a_changed_file_has_another_hash(tmp_path: Path, changed: str) -> None:
    rows, headings = [list(row) for row in ROWS], list(HEADINGS)
    if changed == "amount":
        rows[1][2] = "-3,01"
    elif changed == "leading_zero":
        rows[0][1] = "0123"
    elif changed == "row_gone":
        rows.pop()
    elif changed == "row_order":
        rows.reverse()
    elif changed == "heading":
        headings[1] = "Namn"
    else:
        rows[0][1] = "B o"
    before = [list(row) for row in ROWS]
    if changed == "leading_zero":
        before[0][1] = "123"
    assert hash_of(tmp_path / "a", csv_bytes(before), "a.csv") != hash_of(tmp_path / "b", csv_bytes(rows, headings), "b.csv")


def test_a_key_is_hashed_as_it_is_written(tmp_path: Path) -> None:
    """1.10 and 1.1 are two keys, and two tickets."""
    one = hash_of(tmp_path / "a", csv_bytes([("1.10", "a", "1", "1")]), "a.csv")
    assert one != hash_of(tmp_path / "b", csv_bytes([("1.1", "a", "1", "1")]), "a.csv")
