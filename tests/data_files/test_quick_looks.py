"""What reading looks for quickly is what the careful way finds: cells to write anew, control characters, blank lines."""

from __future__ import annotations

from itertools import product

import duckdb
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from controls.data_files.content import WHITE, normal_text
from controls.data_files.decoding import _BLANK_LINE, CONTROL_CHARACTERS, _has_control, _may_have_blank_line
from controls.data_files.text import is_not_normal_sql, normal_sql

pytestmark = pytest.mark.one_engine
PLAIN = ["", "x", "Åkessons", "1 234,50", "a b", "!", "\u00e5"]
ENDS = ["", *WHITE]
CELLS = [
    *PLAIN,
    "e\u0301",
    "a\u030angstrom",
    *(white + cell + other for white, cell, other in product(ENDS, PLAIN, ENDS)),
]


def test_a_cell_is_written_anew_when_normal_text_changes_it() -> None:
    with duckdb.connect() as engine:
        engine.execute("create table cells (x varchar)")
        engine.executemany("insert into cells values (?)", [[cell] for cell in CELLS])
        found = engine.execute(f"select x, {is_not_normal_sql('x')}, {normal_sql('x')} from cells").fetchall()
    assert {cell for cell, is_odd, _normal in found if is_odd} == {cell for cell in CELLS if normal_text(cell) != cell}
    assert all(normal == normal_text(cell) for cell, _is_odd, normal in found)


@given(st.text(alphabet="a\n\r\t \x00\x0b\x1få", max_size=12))
@example("a\r\n \r\nb")
@example("a\r \rb")
@example("a\n")
def test_the_quick_looks_miss_nothing(text: str) -> None:
    assert _has_control(text.encode()) == (CONTROL_CHARACTERS.search(text) is not None)
    assert _may_have_blank_line(text.encode()) or _BLANK_LINE.search(text) is None
