"""The account of a file: what became of every piece of text in it. Pure but for translation.

Every cell with text, every line above a table and every text beside the tables ends in exactly one of three places: taken
into a field, kept as text, or left out with the reason. The account is drawn from the file, not from what was read of it, so
a piece that no stage has settled stands there as left out: nothing can be lost without a word.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from .account_details import Detail
from .account_words import LABELS, REASONS, STORED
from .blocks import Block
from .cells import Beside, Box, Cell, Content, Place, Table
from .columns import ImportRow
from .fields import Field
from .headings import ColumnMatch
from .years import Comparison

STORED_VALUE = "stored"
"""Among the details of a settlement: what the cell holds, where its number format shows something else."""
GROUP = "group_"
"""Before the field of a row that names the group of the rows below."""
Spot = tuple[int, int, int]
"""Where a piece of a table stands: table, row and column, from 0. Row -1 is the lines above the table, one a column."""


class Fate(StrEnum):
    TAKEN = "taken"
    KEPT = "kept"
    LEFT_OUT = "left_out"

    @property
    def label(self) -> str:
        return str(LABELS[self.value])


@dataclass(frozen=True, slots=True)
class Settlement:
    """What became of a piece: `reason` is a code of `REASONS`, `details` what its words name."""

    fate: Fate
    reason: str
    details: Mapping[str, Detail] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Entry:
    """One piece of the file and what became of it.

    `row` is the file's row number and `heading` the column's, as a person sees them; a line above a table has neither.
    `import_row` is the row it was read into, if any, and `risk` the key of that row's risk once it is imported: who sees
    the risk sees the entry. `is_rest`: the words of a piece that were left when the others were taken; the entry before it
    holds those. `box` is where it stands on its page, as long as the file waits and its pages are shown.
    """

    place: Place
    row: int | None
    column: int | None
    heading: str
    text: str
    settlement: Settlement
    field: Field | None = None
    import_row: ImportRow | None = None
    risk: int | None = None
    is_rest: bool = False
    box: Box | None = None

    @property
    def fate(self) -> Fate:
        return self.settlement.fate

    @property
    def reason(self) -> str:
        """The reason in the active language; of a cell that shows something else than it holds, with what it holds."""
        said = str(REASONS[self.settlement.reason]) % dict(self.settlement.details)
        return f"{said} {STORED % dict(self.settlement.details)}" if STORED_VALUE in self.settlement.details else said


@dataclass(frozen=True, slots=True)
class Count:
    pieces: int = 0
    words: int = 0


@dataclass(frozen=True, slots=True)
class Account:
    """The entries of a file, in its order."""

    entries: list[Entry]

    def of(self, fate: Fate) -> list[Entry]:
        return [entry for entry in self.entries if entry.fate is fate]

    def counts(self) -> dict[Fate, Count]:
        """Return the number of pieces and of words for each fate; a piece that was taken in part counts as taken."""
        counted = {}
        for fate in Fate:
            found = self.of(fate)
            counted[fate] = Count(sum(not entry.is_rest for entry in found), sum(words(entry.text) for entry in found))
        return counted

    def balances(self, content: Content) -> bool:
        """Return whether taken, kept and left out together are all pieces and all words of the file."""
        counts = self.counts().values()
        whole = count([*(text for _spot, text in pieces(content.tables)), *(one.text for one in content.beside)])
        return Count(sum(one.pieces for one in counts), sum(one.words for one in counts)) == whole


def words(text: str) -> int:
    """Return the number of words: whatever white space divides."""
    return len(text.split())


def count(texts: Iterable[str]) -> Count:
    """Count texts and their words."""
    listed = list(texts)
    return Count(len(listed), sum(words(text) for text in listed))


def pieces(tables: Sequence[Table]) -> Iterator[tuple[Spot, str]]:
    """Yield every piece of text in the tables, in the file's order; a formula without a value is a piece without words."""
    for number, table in enumerate(tables):
        for line, text in enumerate(lines_above(table)):
            if text.strip():
                yield (number, -1, line), text
        for index, row in enumerate(table.rows):
            for column, cell in enumerate(row):
                if cell.text or cell.uncomputed:
                    yield (number, index, column), cell.text


def lines_above(table: Table) -> list[str]:
    """Return the lines between the table before and this one."""
    return table.heading.split("\n") if table.heading else []


_UNREAD: dict[str | None, str] = {
    "remembered": "column_ignored",
    "other_year": "column_other_year",
    "compared": "column_other_year",
    "own_words": "own_words",
    "other_closing": "column_other_closing",
}
_FRAME_OF_PAGES = ("paragraph", "header_footer", "outside_cells")

SettlementOf = Callable[[ImportRow, Field], Settlement]


@dataclass(frozen=True, slots=True)
class Understood:
    """What was understood of a file.

    `chosen` is the block that is read, with its `columns` and the `rows` that were made of it; `notes` gives the reason of
    each of its rows, and of each of its cells, that is not read. `compared` gives the cells of other years that are kept to be
    compared, `struck_parts` the cells beside whose text a part is struck through, with the reason why that is not taken, '' where
    it is.
    """

    content: Content
    blocks: Sequence[Block] = ()
    chosen: Block | None = None
    columns: Sequence[ColumnMatch] = ()
    rows: Sequence[ImportRow] = ()
    notes: Mapping[tuple[int, ...], str] = field(default_factory=dict)
    compared: Mapping[Spot, Comparison] = field(default_factory=dict)
    struck_parts: Mapping[Spot, str] = field(default_factory=dict)


def draw_up(understood: Understood, settled: SettlementOf) -> Account:
    """Draw up the account of a file; `settled` says what became of a row's field."""
    return Account(list(_Drawing(understood, settled).entries()))


class _Drawing:
    def __init__(self, of: Understood, settled: SettlementOf) -> None:
        self.tables, self.beside, self.compared = of.content.tables, of.content.beside, of.compared
        self.chosen, self.notes, self.settled = of.chosen, of.notes, settled
        self.columns = {match.index: match for match in of.columns}
        self.struck_at = {self._in_file(spot): spot for spot in of.struck_parts}
        self.struck_parts = of.struck_parts
        self.read: dict[Spot, tuple[ImportRow, Field]] = {
            spot: (row, name) for row in of.rows for name, spots in row.sources.items() for spot in spots
        }
        self.block_of: dict[tuple[int, int], Block] = {
            (key[0], key[1]): block
            for block in of.blocks
            for key in (*(key for row in block.rows for key in row.keys), *block.labels)
            if key[0] >= 0
        }
        self.moved: dict[Spot, int] = {
            spot: at for row in (of.chosen.rows if of.chosen else ()) for at, spot in enumerate(row.spots) if spot
        }
        """The columns of the cells that do not stand in the column they belong to."""
        self.realigned = {(number, index) for number, index, _column in self.moved}
        self.headings: dict[tuple[int, int], Block] = {at: block for block in of.blocks for at in block.heading_rows}
        self.titles: dict[tuple[int, int, int], Block] = {block.title_at: block for block in of.blocks if block.title_at}
        self.first_headings: dict[int, int] = {}
        for table, index in sorted(self.headings, reverse=True):
            self.first_headings[table] = index
        self.is_own = bool(of.content.own)
        self.tables_read = {table for table, _index in (*self.block_of, *self.headings)}

    def entries(self) -> Iterator[Entry]:
        """Yield the entries of each place, its tables first and then what stands beside them."""
        order = list(dict.fromkeys([*(table.place for table in self.tables), *(one.place for one in self.beside)]))
        if all(place.kind == "page" for place in order):
            # What stands beside the tables of a page comes after them.
            order.sort(key=lambda place: (place.number, not place.table, place.table))
        of_place: dict[Place, list[Entry]] = {place: [] for place in order}
        for entry in self._of_tables():
            of_place.setdefault(entry.place, []).append(entry)
        for one in self.beside:
            of_place[one.place].append(self._of_beside(one))
        for entries in of_place.values():
            yield from entries

    def _in_file(self, spot: Spot) -> tuple[Place, int, int]:
        number, index, column = spot
        table = self.tables[number]
        return table.place, table.number_of(index), table.column_of(column)

    def _of_beside(self, one: Beside) -> Entry:
        """Settle what stands beside the tables; a struck part of a cell that is read goes with the answer about it."""
        entry = Entry(one.place, one.row, one.column, "", one.text, _left_out(self._beside(one.kind)), box=one.box)
        if one.kind != "struck" or one.row is None or one.column is None:
            return entry
        spot = self.struck_at.get((one.place, one.row, one.column))
        if spot is None:
            return entry
        match = self._match(spot)
        row, name = self.read.get(spot, (None, match.field if match else None))
        reason = self.struck_parts[spot]
        settlement = self.settled(row, name) if not reason and row and name else _left_out(reason or "not_taken")
        return replace(entry, heading=match.heading if match else "", settlement=settlement, field=name, import_row=row)

    def _of_tables(self) -> Iterator[Entry]:
        for (number, index, column), text in pieces(self.tables):
            table = self.tables[number]
            box = table.box_of(index, column)
            if index < 0:
                settlement = self._line(number, column)
                yield Entry(table.place, None, None, "", text, settlement, box=box)
                continue
            match = self._match((number, index, column))
            cell = table.rows[index][column]
            settlement, name, row = self._cell((number, index, column), cell, match)
            if cell.stored:
                settlement = replace(settlement, details={**settlement.details, STORED_VALUE: cell.stored})
            heading = match.heading if match else ""
            at = table.number_of(index), table.column_of(column)
            entry = Entry(table.place, *at, heading, text, settlement, name, row, box=box)
            if table.place.kind == "path":
                entry = replace(entry, place=_path(table.place, match), row=None, column=None, heading="")
            # The format of a number in an own workbook is the product's: it names the number's level.
            beyond = "own_words" if self.is_own and cell.stored else "beyond_value"
            yield from _in_parts(entry, row.surplus.get(name, frozenset()) if row and name else frozenset(), beyond)

    def _match(self, spot: Spot) -> ColumnMatch | None:
        """Return the column that a cell of the chosen plan belongs to."""
        number, index, column = spot
        if self.chosen is None or self._block(number, index) is not self.chosen:
            return None
        if spot in self.chosen.labels:
            return self.columns.get(self.chosen.labels[spot])
        if not self.moved or (number, index) not in self.realigned:
            return self.columns.get(column)
        return self.columns[self.moved[spot]] if spot in self.moved else None

    def _block(self, number: int, index: int) -> Block | None:
        return self.headings.get((number, index)) or self.block_of.get((number, index))

    def _line(self, number: int, line: int) -> Settlement:
        if read := self.read.get((number, -1, line)):
            return self.settled(*read)
        return self._title((number, -1, line)) or _left_out("own_frame" if self.is_own else "beside")

    def _beside(self, kind: str) -> str:
        """Return the reason why what stands beside the tables is not read; on an own page it is the report's frame."""
        return "own_frame" if self.is_own and kind in _FRAME_OF_PAGES else f"beside_{kind}"

    def _title(self, at: tuple[int, int, int]) -> Settlement | None:
        block = self.titles.get(at)
        if block is None:
            return None
        return Settlement(Fate.TAKEN, "plan_title") if block is self.chosen else self._not_chosen(block)

    def _cell(self, spot: Spot, cell: Cell, match: ColumnMatch | None) -> tuple[Settlement, Field | None, ImportRow | None]:
        number, index, column = spot
        if title := self._title((number, index, -1)):
            return title, None, None
        block = self._block(number, index)
        if block is None:
            unread = _left_out("uncomputed", cell=cell.uncomputed) if cell.uncomputed else self._outside(number, index)
            return unread, None, None
        if block is not self.chosen:
            return self._not_chosen(block), None, None
        if self.chosen and spot in self.chosen.labels:
            return *self._of_column(self.columns.get(self.chosen.labels[spot])), None
        if (number, index) in self.headings:
            return *self._heading(number, index, column), None
        if reason := self.notes.get(spot):
            return _noted(reason)[0], match.field if match else None, None
        if read := self.read.get(spot):
            row, name = read
            if cell.uncomputed:
                return _left_out("uncomputed", cell=cell.uncomputed), name, row
            if reason := row.unread.get(name):
                return _left_out(reason), name, row
            return self.settled(row, name), name, row
        if reason := self.notes.get((number, index)):
            return *_noted(reason), None
        if found := self.compared.get(spot):
            return Settlement(Fate.KEPT, "compared", {"comparison": str(found)}), found.field, found.row
        unread = _left_out("uncomputed", cell=cell.uncomputed) if cell.uncomputed else self._unread(match)
        return unread, match.field if match else None, None

    def _not_chosen(self, block: Block) -> Settlement:
        return _left_out("asked") if self.chosen is None else _left_out("another_plan", plan=block.named)

    def _outside(self, number: int, index: int) -> Settlement:
        if reason := self.notes.get((number, index)):
            return _left_out(reason)
        if self.is_own:
            return _left_out("own_frame")
        if number not in self.tables_read:
            return _left_out("no_plan_in_table")
        return _left_out("above_headings" if index < self.first_headings.get(number, -1) else "beside")

    def _heading(self, number: int, index: int, column: int) -> tuple[Settlement, Field | None]:
        """Settle a heading: a column's own, or a wide one over several columns."""
        row = self.tables[number].rows[index]
        over = [column]
        while over[-1] + 1 < len(row) and not row[over[-1] + 1].text:
            over.append(over[-1] + 1)
        found = next((m for at in over if (m := self.columns.get(at)) and m.field), None)
        return self._of_column(found or self.columns.get(column))

    def _of_column(self, match: ColumnMatch | None) -> tuple[Settlement, Field | None]:
        """Settle a heading by the column that it names."""
        if match is not None and match.field is not None:
            return Settlement(Fate.TAKEN, "heading"), match.field
        if match is not None and match.how == "compared":
            return Settlement(Fate.KEPT, "heading_compared"), match.like
        return self._unread(match), None

    def _unread(self, match: ColumnMatch | None) -> Settlement:
        if match is None or not match.heading:
            return _left_out("no_heading")
        if match.field is not None:
            return _left_out("not_taken")
        return _left_out(_UNREAD.get(match.how, "column_unknown"))


def _path(place: Place, match: ColumnMatch | None) -> Place:
    """Return the place of a value in JSON: rows[3].control."""
    return replace(place, name=f"{place.name}.{match.heading}" if match else place.name)


def _in_parts(entry: Entry, surplus: Collection[str], beyond: str) -> Iterator[Entry]:
    """Yield the entry, and what it says beyond its value as an entry of its own."""
    if not surplus or entry.fate is not Fate.TAKEN:
        yield entry
        return
    said = entry.text.split()
    yield replace(entry, text=" ".join(word for word in said if word not in surplus))
    rest = " ".join(word for word in said if word in surplus)
    yield replace(entry, text=rest, settlement=_left_out(beyond), is_rest=True)


def _noted(reason: str) -> tuple[Settlement, Field | None]:
    """Settle a row or cell that is no row of the plan; one that names a group holds for the rows below."""
    if reason.startswith(GROUP):
        return Settlement(Fate.TAKEN, reason), Field(reason.removeprefix(GROUP))
    return _left_out(reason), None


def _left_out(reason: str, **details: Any) -> Settlement:
    return Settlement(Fate.LEFT_OUT, reason, details)
