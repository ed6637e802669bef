"""The result of every reader: tables of cells and the text beside them, without a trace of the file's format."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

Merged = Literal["", "left", "up"]
Box = tuple[float, float, float, float]
"""Where something stands on a page: left, top, right, bottom, in points from the page's upper left corner."""
PlaceKind = Literal["sheet", "table", "page", "file", "path"]
BesideKind = Literal[
    "paragraph",
    "comment",
    "text_box",
    "deleted",
    "struck",
    "hidden_text",
    "prompt",
    "hidden_row",
    "hidden_column",
    "filtered_row",
    "hidden_sheet",
    "header_footer",
    "outside_cells",
    "own_frame",
    "unknown_key",
]


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell. `text` is tidied, `fill` is 'RRGGBB' or None.

    `merged` is "left" or "up" when the cell is covered by a merged cell that starts to the left or above:
    its text is then empty and its fill is the covering cell's. `uncomputed` is the address of a formula
    the file holds no value for ("C5"), with the error it ended in ("C5 (#N/A)"). `is_formula`: a workbook's cell is computed from
    others; what it says counts, not how.
    `struck`: the whole text is struck through. Where only a part of it is, `text` is the rest, `whole` all of it, and what is
    struck stands beside the table ("struck"). `stored`: what the cell holds, where its number format shows something else,
    which is the text: 0,91 of "91 %".
    """

    text: str = ""
    fill: str | None = None
    merged: Merged = ""
    uncomputed: str | None = None
    is_formula: bool = field(default=False, compare=False)
    struck: bool = False
    whole: str = ""
    stored: str = ""


BLANK = Cell()


@dataclass(frozen=True, slots=True)
class Place:
    """The position of a table in the file; as text, in the reader's language.

    `table` is its number on a page with several.
    """

    kind: PlaceKind
    number: int = 1
    name: str = ""
    table: int = 0

    def __str__(self) -> str:
        # Only here: a process that reads a file has no words to say, and starts in half the time without them.
        from .place_words import place_in_words

        return place_in_words(self)


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of equal width.

    `heading` is the text between the previous table and this one, one line each. `row_numbers` and `column_numbers`
    are given where hidden rows or columns were taken out; rows count from 1, columns from 0, as the file has them.
    `boxes` are those of the rows' cells and `heading_boxes` those of the heading's lines, where the file has pages that
    are shown as pictures.
    """

    place: Place
    rows: list[list[Cell]]
    first_row: int = 1
    heading: str = ""
    row_numbers: tuple[int, ...] = ()
    column_numbers: tuple[int, ...] = ()
    boxes: Sequence[Sequence[Box | None]] = field(default=(), compare=False)
    heading_boxes: Sequence[Box] = field(default=(), compare=False)

    @property
    def name(self) -> str:
        return self.place.name or str(self.place)

    def number_of(self, index: int) -> int:
        """Return the number of a row as the person counts who has the file open."""
        return self.row_numbers[index] if self.row_numbers else self.first_row + index

    def column_of(self, index: int) -> int:
        """Return the 0-based column of the file at which the table's column stands."""
        return self.column_numbers[index] if self.column_numbers else index

    def box_of(self, index: int, column: int) -> Box | None:
        """Return where a cell stands on its page; row -1 is the lines above the table, one a column."""
        if index < 0:
            return self.heading_boxes[column] if column < len(self.heading_boxes) else None
        return self.boxes[index][column] if index < len(self.boxes) and column < len(self.boxes[index]) else None


@dataclass(frozen=True, slots=True)
class Beside:
    """Text of the file that is in no cell that is read.

    `row` is the file's row as the person counts, `column` counts from 0; both None where the text stands in no grid.
    """

    kind: BesideKind
    text: str
    place: Place
    row: int | None = None
    column: int | None = None
    box: Box | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class HiddenSheet:
    """A sheet that the file does not show: its table, and what would stand beside it, if it were chosen to be read."""

    table: Table
    beside: list[Beside] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Content:
    """All text of a file: the tables that are read, and what stands beside them.

    The texts of `hidden` sheets stand beside as long as none of them is chosen (`with_hidden_sheet`).
    `own` is the mark of a file that the product wrote itself (`own_mark`); the texts of its cells are then as they were typed.
    """

    tables: list[Table] = field(default_factory=list)
    beside: list[Beside] = field(default_factory=list)
    own: str = ""
    hidden: list[HiddenSheet] = field(default_factory=list, compare=False)

    def with_hidden_sheet(self, sheet: HiddenSheet) -> Content:
        """Return the content with a hidden sheet read as the others are."""
        place = sheet.table.place
        tables = sorted([*self.tables, sheet.table], key=lambda table: table.place.number)
        beside = [piece for piece in self.beside if (piece.kind, piece.place) != ("hidden_sheet", place)]
        return replace(self, tables=tables, beside=[*beside, *sheet.beside])


def pad_rows(rows: list[list[Cell]]) -> list[list[Cell]]:
    """Pad the rows to one width, without the empty columns at the right and the empty rows at the end."""
    width = max((index + 1 for row in rows for index, cell in enumerate(row) if cell.text or cell.uncomputed), default=0)
    # A column that holds nothing but colour is a conclusion column; banding past the last text is not.
    shaded = max((index + 1 for row in rows for index, cell in enumerate(row) if cell.fill and not cell.merged), default=0)
    width = min(max(width, shaded), max((len(row) for row in rows), default=0))
    even = [row[:width] + [BLANK] * (width - len(row)) for row in rows]
    while even and not any(cell.text or cell.uncomputed for cell in even[-1]):
        even.pop()
    return even
