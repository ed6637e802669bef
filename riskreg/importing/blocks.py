"""The plans in a file's tables: where the headings of each plan are, and its rows, across page breaks."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from .cells import BLANK, Cell, Place, Table
from .fields import Field, is_year, normalise_heading, under_wide
from .headings import known_field
from .nameless import is_nameless
from .text import ends_sentence


@dataclass(frozen=True, slots=True)
class BlockRow:
    """One row as the file has it. `starts_page`: the first after a page break or a repeated heading row.

    `table` and `index` say where it stands in the file's tables, from 0. `spots` gives the place of each cell, as (table, row,
    column), where that is not the row's own; None for a cell that the file does not have. `is_apart`: it begins a risk of its
    own, whatever it lacks.
    """

    number: int
    place: Place
    cells: list[Cell]
    starts_page: bool = False
    after_blank: bool = False
    table: int = -1
    index: int = -1
    spots: tuple[tuple[int, int, int] | None, ...] = ()
    is_apart: bool = False

    @property
    def keys(self) -> list[tuple[int, ...]]:
        """Return where it stands in the file's tables: its row, or each of its cells."""
        return [spot for spot in self.spots if spot] or [(self.table, self.index)]

    def spot_of(self, column: int) -> tuple[int, int, int] | None:
        """Return where the cell of a column stands in the file's tables."""
        if not self.spots:
            return self.table, self.index, column
        return self.spots[column] if column < len(self.spots) else None


@dataclass(slots=True)
class Block:
    """One plan's table, all its pages. `title` is the line above it that names the plan, or ''.

    `guessed` is true when no heading was known and the first full row was taken for the heading row. `heading_rows` are
    the rows of headings, also repeated ones, as (table, row); `title_at` is where the title stands, as (table, row, -1)
    or (table, -1, line above the table). `heading_fills` are the colours of the headings' cells. `labels` are the headings of
    forms, each with the column that it names.
    """

    place: Place
    title: str
    headings: list[str]
    header_row: int
    rows: list[BlockRow] = field(default_factory=list)
    guessed: bool = False
    heading_rows: list[tuple[int, int]] = field(default_factory=list)
    title_at: tuple[int, int, int] | None = None
    heading_fills: list[str | None] = field(default_factory=list)
    labels: dict[tuple[int, int, int], int] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return str(self.named)

    @property
    def named(self) -> str | Place:
        """What names the plan: its title, its sheet, else its place, which each reader sees in their language."""
        return self.title or self.place.name or self.place


_RISK = frozenset({Field.TITLE, Field.DESCRIPTION})
# A table of a matrix's levels has a likelihood and a description too; a plan has one of these, or both factors.
_PLAN = frozenset(
    {
        Field.SCORE,
        Field.CONTROL,
        Field.METHOD,
        Field.FREQUENCY,
        Field.OWNER,
        Field.PERFORMER,
        Field.PROCESS,
        Field.RESULT,
        Field.CONCLUSION,
        Field.ACTION,
    }
)
_FACTORS = frozenset({Field.LIKELIHOOD, Field.IMPACT})
_NAMES_A_PLAN = re.compile(
    r"\bintern(?:a)?\s?kontroll(?:s)?plan|\bplan för (?:den )?intern|\binternal control plan"
    r"|\w*(?:nämnd|styrelse)(?:en|ens|s)?\b|\bAB\b",
    re.IGNORECASE,
)
_PAGE_NUMBER = re.compile(
    r"\b(?:sidan?|sid\.?|page)?\s*\d{1,3}\s*(?:\(\s*\d+\s*\)|(?:av|of|/)\s*\d+)|\b(?:sidan?|sid\.?|page)\s*\d+",
    re.IGNORECASE,
)
_LONGEST_TITLE = 100


def headed_blocks(
    tables: Sequence[Table], remembered: Mapping[str, str], without: Collection[int] = (), *, nameless: bool = False
) -> list[Block]:
    """Return the plans below rows of headings, in the file's order; those in the tables `without` are no such.

    `nameless`: also of tables that name their risks by number, or by a control's text, alone.

    Headings repeated at page breaks are dropped and the rows joined. A new plan begins with other headings, on another
    sheet, or under a title that names another plan.
    """
    search = _Search(remembered, nameless)
    for number, table in enumerate(tables):
        if number not in without:
            search.take(table, number)
    return search.blocks


def guessed_blocks(tables: Sequence[Table]) -> list[Block]:
    """Return the plan of the first table that may hold one, though no heading of it is known."""
    return [block for number, table in enumerate(tables) if (block := _guessed(table, number))][:1]


@dataclass(frozen=True, slots=True)
class _Line:
    """A line above a plan, and where it stands."""

    text: str
    at: tuple[int, int, int]


class _Search:
    """Walk through the tables row by row and remember what the next row may belong to."""

    def __init__(self, remembered: Mapping[str, str], nameless: bool) -> None:
        self.remembered, self.nameless = remembered, nameless
        self.blocks: list[Block] = []
        self.keys: list[tuple[str, ...]] = []

    def take(self, table: Table, number: int) -> None:
        above = table.heading.split("\n") if table.heading else []
        titles = [_Line(text, (number, -1, line)) for line, text in enumerate(above)]
        block = self._carried_on(table)
        starts_page, after_blank = block is not None, False
        index = 0
        while index < len(table.rows):
            row = table.rows[index]
            if header := header_at(table.rows, index, self.remembered, nameless=self.nameless):
                headings, height = header
                block = self._begin(table, headings, table.number_of(index), titles)
                block.heading_rows += [(number, index + below) for below in range(height)]
                block.heading_fills = block.heading_fills or [cell.fill for cell in row]
                starts_page, after_blank, titles = True, False, []
                index += height
                continue
            if is_blank(row):
                after_blank = True
            else:
                line = _Line(" ".join(cell.text for cell in row if cell.text), (number, index, -1))
                if block is None:
                    titles.append(line)
                else:
                    if plan_title([lone_text(row)]):
                        titles.append(line)
                    at = table.number_of(index)
                    block.rows.append(BlockRow(at, table.place, row, starts_page, after_blank, number, index))
                starts_page = after_blank = False
            index += 1

    def _carried_on(self, table: Table) -> Block | None:
        """Return the last block if a document's next table continues it without headings of its own."""
        if not self.blocks or table.place.kind not in ("table", "page"):
            return None
        last = self.blocks[-1]
        first = range(min(5, len(table.rows)))
        has_own_headings = any(header_at(table.rows, index, self.remembered, nameless=self.nameless) for index in first)
        if has_own_headings or len(last.headings) != len(table.rows[0]):
            return None
        return last if table.place.kind == "page" or not table.heading else None

    def _begin(self, table: Table, headings: list[str], number: int, titles: list[_Line]) -> Block:
        key = tuple(normalise_heading(heading) for heading in headings if heading)
        named = _naming_line(titles)
        title = plan_title([named.text]) if named else ""
        last = self.blocks[-1] if self.blocks else None
        # A line above the headings that names a plan was taken for a row of the plan before it.
        taken_for_rows = {(line.at[0], line.at[1]) for line in titles}
        while last is not None and last.rows and (last.rows[-1].table, last.rows[-1].index) in taken_for_rows:
            last.rows.pop()
        if last is not None and self.keys[-1] == key and not self._another(last, table, title):
            return last
        block = Block(table.place, title, headings, number, title_at=named.at if named else None)
        self.blocks.append(block)
        self.keys.append(key)
        return block

    def _another(self, last: Block, table: Table, title: str) -> bool:
        if table.place.kind == "sheet" and table.place != last.place:
            return True
        if table.place.kind == "page" and not last.title:
            # Above a page's table stand running headings and body text; one that says nothing first says nothing later.
            return False
        return bool(title) and normalise_heading(title) != normalise_heading(last.title)


def plan_title(lines: Sequence[str]) -> str:
    """Return the last of the lines that names a plan or the unit whose plan it is; '' when none does."""
    for line in reversed(lines):
        is_title = 0 < len(line) <= _LONGEST_TITLE and not line[0].islower() and not ends_sentence(line)
        if is_title and _NAMES_A_PLAN.search(line):
            return " ".join(_PAGE_NUMBER.sub("", line).split())
    return ""


def _naming_line(lines: Sequence[_Line]) -> _Line | None:
    """Return the last line that names a plan, if any."""
    return next((line for line in reversed(lines) if plan_title([line.text])), None)


def is_blank(row: Sequence[Cell]) -> bool:
    """Return whether no cell of the row has text or a formula without a value."""
    return not any(cell.text or cell.uncomputed for cell in row)


def lone_text(row: Sequence[Cell]) -> str:
    """Return the text of a row with exactly one cell of text, else ''."""
    texts = [cell.text for cell in row if cell.text]
    return texts[0] if len(texts) == 1 else ""


def header_at(
    rows: Sequence[Sequence[Cell]], index: int, remembered: Mapping[str, str], *, nameless: bool = False
) -> tuple[list[str], int] | None:
    """Return the headings and the number of rows they take (1 or 2) if a heading row begins at `index`, else None."""
    row = rows[index]
    own = _known(row, remembered)
    following = rows[index + 1] if index + 1 < len(rows) else ()
    is_above_years = sum(is_year(cell.text) for cell in row) > 1
    if len(own) >= 2 or (own and (is_above_years or any(cell.merged == "left" for cell in row))):
        both = _joined(row, following)
        joint = _known(both, remembered)
        by_year = sum(is_year(cell.text) for cell in following) > 1
        if (
            (len(joint) > len(own) or (by_year and joint >= own))
            and _is_header(both, joint, nameless)
            and _is_subheading(row, following, remembered)
        ):
            return [cell.text for cell in both], 2
    if _is_header(row, own, nameless):
        return [cell.text for cell in row], 1
    return None


def _joined(row: Sequence[Cell], following: Sequence[Cell]) -> list[Cell]:
    """Merge two heading rows into one; a lower heading is read together with the wide one above it."""
    made, wide = [], ""
    for above, below in zip(row, following, strict=False):
        wide = above.text or wide
        if below.text:
            made.append(Cell(under_wide(below.text, wide)))
        else:
            made.append(Cell("" if below.merged == "left" else above.text))
    return made


def _known(row: Sequence[Cell], remembered: Mapping[str, str]) -> set[Field]:
    return {found for cell in row if cell.text and (found := known_field(cell.text, remembered))}


def _is_header(row: Sequence[Cell], fields: set[Field], nameless: bool) -> bool:
    filled = sum(1 for cell in row if cell.text)
    if not (fields & _RISK or (nameless and is_nameless(fields))) or not (fields & _PLAN or fields >= _FACTORS):
        return False
    return len(fields) >= 3 or len(fields) * 2 >= filled


def _is_subheading(above: Sequence[Cell], below: Sequence[Cell], remembered: Mapping[str, str]) -> bool:
    """Return whether the second row only divides wide headings of the first row."""
    filled = [index for index, cell in enumerate(below) if cell.text]
    under_wide = all(
        above[index].merged == "left" or _starts_wide(above, index) or not above[index].text or is_year(above[index].text)
        for index in filled
    )
    both = _joined(above, below)
    known = sum(
        is_year(below[index].text) or any(known_field(row[index].text, remembered) for row in (below, both)) for index in filled
    )
    return bool(filled) and under_wide and known * 2 >= len(filled)


def _starts_wide(row: Sequence[Cell], index: int) -> bool:
    # A csv file has no merged cells: there an empty heading to the right may be the rest of a wide one.
    return index + 1 < len(row) and (row[index + 1].merged == "left" or not row[index + 1].text)


def _guessed(table: Table, number: int) -> Block | None:
    """Guess that the first row with several texts holds the headings, when rows of several texts follow it."""
    full = [index for index, row in enumerate(table.rows) if sum(1 for cell in row if cell.text) >= 2]
    if not full:
        return None
    head = full[0]
    block = Block(table.place, "", [cell.text for cell in table.rows[head]], table.number_of(head), guessed=True)
    block.heading_rows.append((number, head))
    after_blank = False
    for index in range(head + 1, len(table.rows)):
        row = table.rows[index]
        if is_blank(row):
            after_blank = True
            continue
        at = table.number_of(index)
        block.rows.append(BlockRow(at, table.place, [*row] or [BLANK], False, after_blank, number, index))
        after_blank = False
    return block
