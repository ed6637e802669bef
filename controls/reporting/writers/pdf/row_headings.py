"""Tags the first cells of a PDF's table rows as the rows' headings, which typst has no open way to do yet.

typst writes every structure element as an object of its own in plain text, and names a column's heading by its table and
place: `(U1x0y0)` is the first column's of the first table. A data cell under it becomes a heading (TH) whose scope is its
row, or all the rows that it reaches over; the data cells' lists of headings, which name the column's alone, go: with a
scope on every heading a reader finds both. Pure: objects in, objects out.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from controls.reporting.writers.pdf.pdf_objects import NotAsExpected

_COLUMN_HEADING = re.compile(rb"\d+ 0 obj\n<</Type/StructElem/S/TH/P \d+ 0 R/ID\(U(\d+)x0y0\)/A\[<</O/Table/Scope/Column")
_CELL = re.compile(
    rb"\d+ 0 obj\n<</Type/StructElem/S/TD/P \d+ 0 R(?:/Lang\([^)]*\))?/A\[<</O/Table(/Headers\[\(U(\d+)x(\d+)y0\)\])"
)


def with_row_headings(objects: Sequence[bytes], names_rows: Sequence[bool]) -> list[bytes]:
    """The same document; `names_rows` says of each of its tables, in their order, whether the first column's cells are
    their rows' headings. Raises NotAsExpected."""
    tables = sorted(int(found[1]) for found in map(_COLUMN_HEADING.match, objects) if found)
    if len(tables) != len(names_rows):
        raise NotAsExpected(f"{len(tables)} tables where there are {len(names_rows)}")
    named = dict(zip(tables, names_rows, strict=True))
    return [_tagged(one, named) for one in objects]


def _tagged(one: bytes, named: dict[int, bool]) -> bytes:
    cell = _CELL.match(one)
    if cell is None or not named[int(cell[2])]:
        return one
    is_first = cell[3] == b"0"
    start, end = cell.span(1)
    words = one[:start] + (b"/Scope/Row" if is_first else b"") + one[end:]
    return words.replace(b"/S/TD", b"/S/TH", 1) if is_first else words
