"""Limits of the amount of text in a file, however small the file itself is.

A workbook keeps a text once and points to it from any number of cells, and a nested table stands in every cell around
it: a few kilobytes may unfold to gigabytes of text. So the text is counted before it is built.
"""

from __future__ import annotations

from .cells import Content
from .unreadable import UnreadableFile

MAX_CELL = 32_767
"""Characters: what a cell of Excel holds."""
MAX_TEXT = 30_000_000
"""Characters of all cells and of the text beside them: more than the largest plan says, and read in seconds."""

MAX_CELLS = 300_000
"""Cells of all tables: ten times those of the largest plan, and shown on a page without harm to others."""


class TextBudget:
    """The remaining budget of a file's text, in characters.

    Raises `UnreadableFile` when it is used up, and for one cell that is too long.
    """

    def __init__(self) -> None:
        self._left = MAX_TEXT

    def spend(self, length: int, times: int = 1) -> None:
        if length > MAX_CELL:
            raise UnreadableFile("cell_too_long", limit=MAX_CELL)
        self._left -= length * times
        if self._left < 0:
            raise UnreadableFile("too_much_text", limit=MAX_TEXT // 10**6)


def check_text(content: Content) -> Content:
    """Return the content, after checking it against the limits. Raises `UnreadableFile`."""
    budget = TextBudget()
    tables = [*content.tables, *(sheet.table for sheet in content.hidden)]
    if sum(len(row) for table in tables for row in table.rows) > MAX_CELLS:
        raise UnreadableFile("too_many_cells", limit=MAX_CELLS)
    for table in content.tables:
        for row in table.rows:
            for cell in row:
                budget.spend(len(cell.text))
    for piece in content.beside:
        budget.spend(len(piece.text))
    return content
