"""The result of every reader: tables of cells, without a trace of the file's format."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from django.utils.translation import gettext_lazy as _

Merged = Literal["", "left", "up"]
PlaceKind = Literal["sheet", "table", "page", "file"]

_PLACES = {
    "sheet": _("Sheet %(name)s"),
    "table": _("Table %(number)s"),
    "page": _("Page %(number)s"),
    "file": _("The file"),
}


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell. `text` is tidied, `fill` is 'RRGGBB' or None.

    `merged` is "left" or "up" when the cell is covered by a merged cell that starts to the left or above:
    its text is then empty and its fill is the covering cell's. `uncomputed` is the address ("C5") of a formula
    the file holds no value for. `is_formula`: a workbook's cell is computed from others; what it says counts, not how.
    """

    text: str = ""
    fill: str | None = None
    merged: Merged = ""
    uncomputed: str | None = None
    is_formula: bool = field(default=False, compare=False)


BLANK = Cell()


@dataclass(frozen=True, slots=True)
class Place:
    """The position of a table in the file; as text, in the reader's language."""

    kind: PlaceKind
    number: int = 1
    name: str = ""

    def __str__(self) -> str:
        return str(_PLACES[self.kind]) % {"name": self.name, "number": self.number}


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of equal width. Row `i` is row `first_row + i` to the person who has the file open.

    `heading` is the text between the previous table and this one, one line each.
    """

    place: Place
    rows: list[list[Cell]]
    first_row: int = 1
    heading: str = ""

    @property
    def name(self) -> str:
        return self.place.name or str(self.place)


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
