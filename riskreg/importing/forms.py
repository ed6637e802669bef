"""A form for each risk: labels with their values beside them, as small tables, one long one, sheets, or lines of text.

A table that has a risk in each column, its labels in the first, is such forms beside each other.

The labels are the known headings. All forms together are one plan: a column for each label, a row for each form, and one more
row where a label is repeated for another control of the risk.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from .blocks import Block, BlockRow, headed_blocks, is_blank, lone_text, plan_title
from .cells import BLANK, Box, Cell, Content, Place, Table
from .fields import Field, normalise_heading
from .headings import known_field
from .rows import RISK_FIELDS
from .text import ends_sentence

Spot = tuple[int, int, int]

_SUBJECTS = frozenset({Field.TITLE, Field.DESCRIPTION})
_FIGURES = frozenset({Field.SCORE, Field.LIKELIHOOD, Field.IMPACT})
_WIDEST, _ROWS_LOOKED_AT, _LONGEST_FIGURE, _FULL_LINE, _TOP = 8, 60, 25, 60, 3
_FEWEST_ROWS = 3
"""Rows with a known label, the risk's among them, that are filled for each risk of a table with a risk in each column."""
_LINE = re.compile(r"(?P<label>[^:]{1,60}:)\s*(?P<value>.*)", re.DOTALL)
# Labels may be counted: Risk 1, Risk 2; a year says something else.
_COUNTED = re.compile(r"\s+\(?\d{1,2}\)?$")
_HEADING_OF_TITLE = "Risk"


def find_forms(tables: Sequence[Table], remembered: Mapping[str, str]) -> tuple[Block | None, frozenset[int]]:
    """Return the forms of the file as one plan, and the numbers of the tables they stand in."""
    shapes = {number: columns for number, table in enumerate(tables) if (columns := _label_columns(table, remembered))}
    subjects = {number for number, columns in shapes.items() if _names_a_risk(tables[number], columns, remembered)}
    if not shapes or not (subjects or all(_title_above(tables[number], number) for number in shapes)):
        return None, frozenset()
    forms = _Forms(remembered)
    for number, columns in shapes.items():
        forms.take(tables[number], number, columns, names_risk=number in subjects)
    return forms.block(tables[min(shapes)]), frozenset(shapes)


def _label_columns(table: Table, remembered: Mapping[str, str]) -> list[int]:
    """Return the columns of labels: half of their texts are known headings, two of them different, and values stand beside."""
    width = len(table.rows[0]) if table.rows else 0
    if width < 2 or any(len(row) != width for row in table.rows):
        return []
    if width > _WIDEST and not _columns_of_risks(table, remembered):
        return []
    rows = table.rows[:_ROWS_LOOKED_AT]
    found: list[int] = []
    for column in range(width - 1 if width <= _WIDEST else 1):
        texts = [row[column].text for row in rows if row[column].text]
        known = [field for text in texts if (field := known_field(text, remembered))]
        if len(known) * 2 >= len(texts) and len(set(known)) >= 2 and (not found or column > found[-1] + 1):
            found.append(column)
    is_legend = any(
        known_field(row[at].text, remembered) in _FIGURES and len(row[at + 1].text) > _LONGEST_FIGURE
        for row in rows
        for at in found
    )
    # A row of headings names one column beside the other; on a form a value stands between two labels.
    is_headed = any(
        known_field(row[at].text, remembered) and known_field(row[at + 1].text, remembered) for row in rows[:_TOP] for at in found
    )
    has_values = any(cell.text for row in rows for at in found for cell in row[at + 1 : at + 2])
    return found if found and has_values and not is_legend and not is_headed else []


def _columns_of_risks(table: Table, remembered: Mapping[str, str]) -> list[int]:
    """Return the columns of which each is a risk, in a table with its labels in the first; [] for any other table."""
    labelled = [(field, row) for row in table.rows if (field := known_field(row[0].text, remembered))]
    subject = next((row for field, row in labelled if field in _SUBJECTS), None)
    if subject is None:
        return []
    columns = [at for at in range(1, len(subject)) if subject[at].text]
    full = [row for _field, row in labelled if all(row[at].text for at in columns)]
    others = {at for row in table.rows for at in range(1, len(row)) if row[0].text and row[at].text} - set(columns)
    return columns if len(columns) > 1 and len(full) >= _FEWEST_ROWS and not others else []


def _names_a_risk(table: Table, columns: Sequence[int], remembered: Mapping[str, str]) -> bool:
    return any(known_field(row[at].text, remembered) in _SUBJECTS for row in table.rows for at in columns if row[at].text)


def _title_above(table: Table, number: int) -> tuple[Cell, Spot] | None:
    """Return the risk's name that stands above its form: in a row of its own, or as the last line above the table."""
    if table.rows and (text := lone_text(table.rows[0])):
        column = next(at for at, cell in enumerate(table.rows[0]) if cell.text)
        if known_field(text) is None:
            return table.rows[0][column], (number, 0, column)
    lines = _lines_above(table)
    return (Cell(lines[-1]), (number, -1, len(lines) - 1)) if lines and not plan_title(lines[-1:]) else None


@dataclass(slots=True)
class _Row:
    """A form, or a further control of it: for each column its cell and where that stands."""

    table: Table
    number: int
    index: int
    is_apart: bool = False
    goes_on: bool = False
    """It only goes on with the last text of the row before."""
    cells: dict[int, tuple[Cell, Spot]] = field(default_factory=dict)


class _Forms:
    def __init__(self, remembered: Mapping[str, str]) -> None:
        self.remembered = remembered
        self.headings: list[str] = []
        self.columns: dict[str, int] = {}
        self.labels: dict[Spot, int] = {}
        self.rows: list[_Row] = []
        self.current: _Row | None = None
        self.first: int | None = None
        self.last: int | None = None
        """The column that a form begins with, and that of the label read last."""
        self.seen: set[int] = set()
        """The columns of the form being read."""

    def take(self, table: Table, number: int, columns: Sequence[int], *, names_risk: bool) -> None:
        """Read the labels and values of a table.

        One that names no risk, in itself or above it, goes on with the form before; so does a page that begins within a form.
        """
        if names_risk and list(columns) == [0] and (risks := _columns_of_risks(table, self.remembered)):
            for column in risks:
                self._take_column(table, number, column)
            return
        title = None if names_risk else _title_above(table, number)
        begins = (names_risk or title is not None) and not (table.place.kind == "page" and self._is_within(table, columns))
        form = self._begin(table, number, 0) if begins or self.current is None else self.current
        if title:
            form.cells[self._column(_HEADING_OF_TITLE)] = title
        for index, row in enumerate(table.rows):
            for at, column in enumerate(columns):
                until = columns[at + 1] if at + 1 < len(columns) else len(row)
                values = [(row[c], (number, index, c)) for c in range(column + 1, until) if row[c].text or row[c].uncomputed]
                cell = row[column]
                if title and title[1] == (number, index, column):
                    continue
                if cell.text:
                    self._label(table, number, index, column, cell.text)
                elif values and self.last is not None:
                    self._go_on(table, number, index, self.last, *values[0])
                if cell.text and self.last is not None and (values or row[column + 1].fill):
                    # A conclusion may be nothing but a colour.
                    value = values[0] if values else (row[column + 1], (number, index, column + 1))
                    self._value(table, number, index, self.last, *value)

    def _take_column(self, table: Table, number: int, at: int) -> None:
        """Read one risk of a table with a risk in each column."""
        self._begin(table, number, 0)
        column: int | None = None
        for index, row in enumerate(table.rows):
            if row[0].text:
                column = self._column(row[0].text)
                self.labels[number, index, 0] = column
            cell, spot = row[at], (number, index, at)
            if column is None or not (cell.text or cell.uncomputed or (row[0].text and cell.fill)):
                continue
            if row[0].text:
                self._value(table, number, index, column, cell, spot)
            else:
                self._go_on(table, number, index, column, cell, spot)

    def _is_within(self, table: Table, columns: Sequence[int]) -> bool:
        """Return whether the table's first label is another one than that a form begins with."""
        first = next((row[at].text for row in table.rows for at in columns if row[at].text), "")
        return self.first is not None and self._column(first) != self.first

    def _label(self, table: Table, number: int, index: int, at: int, text: str) -> None:
        column = self._column(text)
        self.labels[number, index, at] = column
        self.last = column
        if self.first is None:
            self.first = column
        is_of_risk = known_field(text, self.remembered) in RISK_FIELDS
        if column in self.seen and (column == self.first or is_of_risk):
            self._begin(table, number, index)
        self.seen.add(column)

    def _value(self, table: Table, number: int, index: int, column: int, cell: Cell, spot: Spot) -> None:
        """Put a value into the form; the second one of a label begins a further control."""
        if self.current is None or column in self.current.cells:
            self.current = _Row(table, number, index)
            self.rows.append(self.current)
        self.current.cells[column] = cell, spot

    def _go_on(self, table: Table, number: int, index: int, column: int, cell: Cell, spot: Spot) -> None:
        """Add a text without a label to that of the last label."""
        if self.current is not None and column not in self.current.cells:
            self.current.cells[column] = cell, spot
            return
        self.rows.append(_Row(table, number, index, goes_on=True, cells={column: (cell, spot)}))

    def _begin(self, table: Table, number: int, index: int) -> _Row:
        self.current = _Row(table, number, index, is_apart=True)
        self.rows.append(self.current)
        self.seen = set()
        return self.current

    def _column(self, heading: str) -> int:
        key = _COUNTED.sub("", normalise_heading(heading))
        if key not in self.columns:
            self.columns[key] = len(self.headings)
            self.headings.append(heading)
        return self.columns[key]

    def block(self, first: Table) -> Block:
        lines = _lines_above(first)
        block = Block(first.place, plan_title(lines), self.headings, first.number_of(0), labels=self.labels)
        for row in self.rows:
            cells = [row.cells.get(column, (BLANK, None)) for column in range(len(self.headings))]
            if not is_blank([cell for cell, _spot in cells]):
                spots = tuple(spot for _cell, spot in cells)
                at = row.table.number_of(row.index)
                texts = [cell for cell, _spot in cells]
                made = BlockRow(at, row.table.place, texts, row.goes_on, False, row.number, row.index, spots, row.is_apart)
                block.rows.append(made)
        return block


# Lines of text


def with_forms_of_lines(content: Content) -> Content:
    """Return the content with its lines "label: value" as the rows of a table, where they are forms and no table is a plan."""
    lines = list(_lines(content))
    found = list(_pairs([line.text for line in lines]))
    known = {known_field(label) for _number, label, _value in found} - {None}
    if len(known) < 2 or not _SUBJECTS & known or _is_plan(content.tables):
        return content
    taken = {lines[number].at for number, _label, _value in found}
    forms = []
    for place in dict.fromkeys(lines[number].place for number, _label, _value in found):
        pairs = [(lines[number].box, label, value) for number, label, value in found if lines[number].place == place]
        rows = [[Cell(label), Cell(value)] for _box, label, value in pairs]
        forms.append(Table(place, rows, boxes=[[box, box] for box, _label, _value in pairs]))
    tables = [_without_lines(table, {at for of, at in taken if of == number}) for number, table in enumerate(content.tables)]
    beside = [piece for number, piece in enumerate(content.beside) if (-1, number) not in taken]
    return replace(content, tables=[*forms, *tables], beside=beside)


@dataclass(frozen=True, slots=True)
class _Line:
    """A line outside the tables; `at` is (table, line above it), or (-1, piece beside)."""

    at: tuple[int, int]
    text: str
    place: Place
    box: Box | None


def _lines(content: Content) -> Iterator[_Line]:
    for number, table in enumerate(content.tables):
        for at, text in enumerate(_lines_above(table)):
            yield _Line((number, at), text, table.place, table.box_of(-1, at))
    for at, piece in enumerate(content.beside):
        if piece.kind == "paragraph":
            yield _Line((-1, at), piece.text, piece.place, piece.box)


def _without_lines(table: Table, taken: set[int]) -> Table:
    kept = [(text, table.box_of(-1, at)) for at, text in enumerate(_lines_above(table)) if at not in taken]
    boxes = [box for _text, box in kept if box]
    return replace(table, heading="\n".join(text for text, _box in kept), heading_boxes=boxes)


def _lines_above(table: Table) -> list[str]:
    return table.heading.split("\n") if table.heading else []


def _is_plan(tables: Sequence[Table]) -> bool:
    return find_forms(tables, {})[0] is not None or bool(headed_blocks(tables, {}))


def _pairs(lines: Sequence[str]) -> Iterator[tuple[int, str, str]]:
    """Yield number, label and value of each line of a form; one without a label that goes on with the one before has ''."""
    before: str | None = None
    for number, text in enumerate(lines):
        found = _LINE.fullmatch(text)
        if found and (known_field(found["label"]) or (before is not None and _is_label(found["label"]) and found["value"])):
            yield number, found["label"], found["value"]
            before = found["value"]
        elif before is not None and text and (not before or _goes_on(before, text)):
            yield number, "", text
            before = text
        else:
            before = None


def _is_label(text: str) -> bool:
    return len(text.split()) <= 3


def _goes_on(before: str, text: str) -> bool:
    is_full_line = len(before) > _FULL_LINE and not ends_sentence(before)
    return text[0].islower() or ends_sentence(text) or is_full_line
