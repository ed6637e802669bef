"""A file that the product wrote itself, back again: which columns hold what is known, not recognised.

A workbook and JSON have a column for each value. On a page (Word, PDF) a cell holds several: it is unfolded into columns,
each with the words of the cell that it takes, so that the account is drawn of the same words.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from django.utils import translation

from .blocks import Block, BlockRow, is_blank
from .cells import BLANK, Cell, Content, Table
from .confidentiality import FIELDS
from .fields import Field, normalise_heading
from .headings import ColumnMatch, recognise
from .own_cells import Piece, page_columns, pieces_of
from .own_columns import field_of, key_of
from .own_mark import OwnMark, mark_in
from .text import tidy

_SEARCHED = 30
"""Rows from the top in which the headings stand: a person may have put lines above them."""
ON_PAGES = ("table", "page")
Spot = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class OwnPlan:
    """The rows of an own file.

    `values` are what its cells say where that is not their text; `ordinals` count the actions of a row, by column, where there
    are several. `doubled` are the headings of columns that say of confidentiality what two others say already.
    """

    mark: OwnMark
    content: Content
    block: Block
    columns: list[ColumnMatch]
    values: dict[Spot, str] = field(default_factory=dict)
    ordinals: dict[int, int] = field(default_factory=dict)
    doubled: dict[int, str] = field(default_factory=dict)


def own_plan(content: Content, remembered: Mapping[str, str] | None = None) -> OwnPlan | None:
    """Return the plan of a file with a mark; None for a foreign file, and for one whose headings are gone.

    `remembered` maps headings that are not the product's to fields, as for every file.
    """
    mark = mark_in(content.own)
    if mark is None:
        return None
    if any(table.place.kind in ON_PAGES for table in content.tables):
        return _of_pages(content, mark)
    return _of_columns(content, mark, remembered or {})


def as_foreign(content: Content) -> Content:
    """Return the content of a file with a mark whose headings are gone, as that of any other file."""
    tables = [
        replace(table, rows=[[replace(cell, text=tidy(cell.text)) if cell.text else cell for cell in row] for row in table.rows])
        for table in content.tables
    ]
    return replace(content, tables=tables, own="")


def _of_columns(content: Content, mark: OwnMark, remembered: Mapping[str, str]) -> OwnPlan | None:
    found = [
        (len(keys), number, index)
        for number, table in enumerate(content.tables)
        for index, row in enumerate(table.rows[:_SEARCHED])
        if Field.TITLE in (keys := {key for cell in row if (key := key_of(cell.text))}) and len(keys) > 2
    ]
    if not found:
        return None
    _count, number, index = max(found, key=lambda one: (one[0], -one[1], -one[2]))
    table = content.tables[number]
    headings = [cell.text for cell in table.rows[index]]
    block = Block(table.place, "", headings, table.number_of(index), heading_rows=[(number, index)])
    columns, doubled = _columns(headings, remembered)
    block.rows += _rows(table, number, index + 1)
    if table.place.kind == "path":
        for other in range(number + 1, len(content.tables)):
            block.rows += _rows(content.tables[other], other, 0)
    return OwnPlan(mark, content, block, columns, doubled=doubled)


def _columns(headings: Sequence[str], remembered: Mapping[str, str]) -> tuple[list[ColumnMatch], dict[int, str]]:
    """Return what the columns hold, and the headings of those of confidentiality that found no place.

    A second one is read as the section of the law, so that what the two say together counts, or is asked.
    """
    columns: list[ColumnMatch] = []
    doubled: dict[int, str] = {}
    taken: set[Field] = set()
    own = {field_of(key) for heading in headings if (key := key_of(heading))}
    for at, heading in enumerate(headings):
        match = _match(at, heading, remembered)
        if match.field in FIELDS and (match.field in taken or (match.how != "exact" and match.field in own)):
            match = replace(match, field=Field.SECTION)
        if match.field in taken:
            doubled |= {at: heading} if match.field in FIELDS else {}
            match = ColumnMatch(at, heading, None, None)
        taken |= {match.field} if match.field else set()
        columns.append(match)
    return columns, doubled


def _match(index: int, heading: str, remembered: Mapping[str, str]) -> ColumnMatch:
    key = key_of(heading)
    if key is None:
        code = remembered.get(normalise_heading(heading))
        if code is None:
            # Another column of a person's own may be left out; what says that a risk is confidential may not.
            like = recognise([heading])[0]
            if like.field not in FIELDS:
                return ColumnMatch(index, heading, None, None)
            return ColumnMatch(index, heading, like.field, "close" if like.how == "close" else "synonym")
        return ColumnMatch(index, heading, field_of(code), "remembered")
    found = field_of(key)
    return ColumnMatch(index, heading, found, "exact" if found else "own_words")


def _rows(table: Table, number: int, first: int) -> list[BlockRow]:
    rows = []
    after_blank = False
    for index in range(first, len(table.rows)):
        row = table.rows[index]
        if is_blank(row):
            after_blank = True
            continue
        rows.append(BlockRow(table.number_of(index), table.place, row, index == first, after_blank, number, index))
        after_blank = False
    return rows


def _of_pages(content: Content, mark: OwnMark) -> OwnPlan | None:
    with translation.override(mark.language):
        labels = page_columns(mark.kind)
    wanted = [_letters(label) for label in labels.values()]
    numbers = [
        number
        for number, table in enumerate(content.tables)
        if table.rows and [_letters(cell.text) for cell in table.rows[0]] == wanted
    ]
    if not numbers:
        return None
    pieces = {
        (number, index, column): pieces_of(
            mark.kind, key, table.rows[index][column].text, mark.language, by_paragraph=table.place.kind == "table"
        )
        for number in numbers
        for table in [content.tables[number]]
        for index in range(1, len(table.rows))
        for column, key in enumerate(labels)
    }
    return _Unfolding(content, mark, numbers, list(labels.values()), pieces).plan()


def _letters(text: str) -> str:
    """Return a heading without what a narrow column does to it: blanks, line ends, hyphens."""
    return "".join(character for character in text.casefold() if character.isalnum())


class _Unfolding:
    """The tables of pages with a column for every kind of piece, as many as any row needs of it."""

    def __init__(
        self, content: Content, mark: OwnMark, numbers: Sequence[int], labels: Sequence[str], pieces: Mapping[Spot, list[Piece]]
    ) -> None:
        self.content, self.mark, self.numbers, self.labels, self.pieces = content, mark, numbers, labels, pieces
        self.values: dict[Spot, str] = {}
        self.slots: list[tuple[int, str, int]] = []
        """Of each new column: the file's, the key of its pieces, and which action of the row they are about."""
        for column in range(len(labels)):
            known = dict.fromkeys(
                (piece.key, piece.ordinal) for (_t, _r, at), found in pieces.items() if at == column for piece in found
            )
            own = [(column, key, ordinal) for key, ordinal in known] or [(column, "", 0)]
            self.slots += own

    def plan(self) -> OwnPlan:
        tables = list(self.content.tables)
        first = tables[self.numbers[0]]
        headings = [self.labels[column] for column, _key, _ordinal in self.slots]
        block = Block(first.place, "", headings, first.number_of(0))
        for number in self.numbers:
            tables[number] = self._unfolded(number)
            block.heading_rows.append((number, 0))
            block.rows += _rows(tables[number], number, 1)
        columns = [
            ColumnMatch(index, headings[index], found, "exact" if found else "own_words")
            for index, (_column, key, _ordinal) in enumerate(self.slots)
            for found in [field_of(key)]
        ]
        ordinals = {index: ordinal for index, (_column, _key, ordinal) in enumerate(self.slots) if ordinal}
        return OwnPlan(self.mark, replace(self.content, tables=tables), block, columns, self.values, ordinals)

    def _unfolded(self, number: int) -> Table:
        table = self.content.tables[number]
        rows = [self._heading(table), *(self._row(number, index) for index in range(1, len(table.rows)))]
        at = tuple(table.column_of(column) for column, _key, _ordinal in self.slots)
        boxes = tuple(tuple(row[column] for column, _key, _ordinal in self.slots) for row in table.boxes)
        return replace(table, rows=rows, column_numbers=at, boxes=boxes)

    def _heading(self, table: Table) -> list[Cell]:
        seen: set[int] = set()
        row = []
        for column, _key, _ordinal in self.slots:
            row.append(BLANK if column in seen else table.rows[0][column])
            seen.add(column)
        return row

    def _row(self, number: int, index: int) -> list[Cell]:
        original = self.content.tables[number].rows[index]
        row = []
        for at, (column, key, ordinal) in enumerate(self.slots):
            found = [one for one in self.pieces[number, index, column] if (one.key, one.ordinal) == (key, ordinal)]
            text = "\n".join(piece.text for piece in found)
            if not text:
                row.append(replace(original[column], text=""))
                continue
            row.append(replace(original[column], text=text))
            self.values[number, index, at] = "\n".join(piece.value for piece in found)
        return row
