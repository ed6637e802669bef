"""A wide table printed on pages that are laid beside each other: the next columns of the same rows stand on a page of their own.

They are one table where each page of the next columns has its rows at the heights of those of a page before, and the first of
them begins with headings that no page before has, and no row says another row's title. Whatever else differs, they are left as
they are: tables of their own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import pairwise

from .blocks import Block, BlockRow, header_at
from .cells import Table
from .fields import Field
from .headings import known_field

_SAME_HEIGHT = 2.0
"""Points that a row's edge may lie apart on two pages."""
Stripes = Mapping[int, Sequence[int]]
"""For each table of the first columns those of the next ones, from left to right."""


def stripes_of(tables: Sequence[Table], remembered: Mapping[str, str]) -> Stripes:
    """Return the tables whose columns go on in others; none where that is not plain from all pages of the file."""
    heights = [_heights(table) for table in tables]
    if len(tables) < 2 or not all(heights) or len({table.place for table in tables}) < len(tables):
        return {}
    for wide in range(2, len(tables) + 1):
        if len(tables) % wide:
            continue
        high = len(tables) // wide
        # Down, then over, as spreadsheets print unless told otherwise; else over, then down.
        for step, further in ((1, high), (wide, 1)):
            found = {at * step: [at * step + further * stripe for stripe in range(1, wide)] for at in range(high)}
            if _agree(found, heights) and _goes_on(tables, [0, *found[0]], remembered):
                return {} if _names_other_rows(tables, found, remembered) else found
    return {}


def with_stripes_joined(tables: Sequence[Table], stripes: Stripes) -> list[Table]:
    """Return the tables, those of the first columns with the next ones beside them."""
    made = [*tables]
    for first, further in stripes.items():
        rows = [[*row] for row in tables[first].rows]
        for number in further:
            for row, more in zip(rows, tables[number].rows, strict=True):
                row.extend(more)
        made[first] = replace(tables[first], rows=rows, boxes=())
    return made


def point_to_pages(block: Block, tables: Sequence[Table], stripes: Stripes) -> None:
    """Let each cell of the block, and each heading, say on which page's table it stands."""
    places = {first: _places(first, further, tables) for first, further in stripes.items()}
    block.rows[:] = [_pointing(row, places[row.table]) if row.table in places else row for row in block.rows]
    for number, index in block.heading_rows:
        for column, (table, own) in enumerate(places.get(number, ())):
            if table != number:
                block.labels[table, index, own] = column


def _pointing(row: BlockRow, places: Sequence[tuple[int, int]]) -> BlockRow:
    return replace(row, spots=tuple((table, row.index, column) for table, column in places))


def _places(first: int, further: Sequence[int], tables: Sequence[Table]) -> list[tuple[int, int]]:
    return [(number, column) for number in (first, *further) for column in range(len(tables[number].rows[0]))]


def _heights(table: Table) -> list[tuple[float, float]]:
    """Return the upper and lower edge of each row on its page; nothing where the page tells none."""
    edges: list[tuple[float, float]] = []
    if table.place.kind != "page" or len(table.boxes) != len(table.rows):
        return []
    for boxes in table.boxes:
        known = [box for box in boxes if box]
        if not known:
            return []
        edges.append((max(box[1] for box in known), min(box[3] for box in known)))
    return edges


def _agree(stripes: Stripes, heights: Sequence[Sequence[tuple[float, float]]]) -> bool:
    return all(_are_same(heights[first], heights[other]) for first, further in stripes.items() for other in further)


def _are_same(one: Sequence[tuple[float, float]], other: Sequence[tuple[float, float]]) -> bool:
    return len(one) == len(other) and all(
        abs(a - b) <= _SAME_HEIGHT for edges in zip(one, other, strict=True) for a, b in zip(*edges, strict=True)
    )


def _goes_on(tables: Sequence[Table], firsts: Sequence[int], remembered: Mapping[str, str]) -> bool:
    """Return whether the first pages of the stripes have headings that are one row: of a plan together, and each field once."""
    named = [_fields(tables[number], remembered) for number in firsts]
    if not all(named) or any(one & other for one, other in pairwise(named)):
        return False
    if any(header_at(tables[number].rows, 0, remembered) for number in firsts[1:]):
        return False
    together = [cell for number in firsts for cell in tables[number].rows[0]]
    return header_at([together], 0, remembered) is not None


def _names_other_rows(tables: Sequence[Table], stripes: Stripes, remembered: Mapping[str, str]) -> bool:
    """Return whether a row of the next columns says the title of another row's risk: the rows stand in another order."""
    first = tables[0].rows[0]
    at = next((column for column, cell in enumerate(first) if known_field(cell.text, remembered) is Field.TITLE), None)
    if at is None:
        return False
    own = {(number, index): row[at].text for number in stripes for index, row in enumerate(tables[number].rows)}
    titles = {text for text in own.values() if text}
    return any(
        cell.text in titles and cell.text != own[number, index]
        for number, further in stripes.items()
        for other in further
        for index, row in enumerate(tables[other].rows)
        for cell in row
    )


def _fields(table: Table, remembered: Mapping[str, str]) -> set[Field]:
    """Return the fields that the table's first row names, if that is half of its texts or more."""
    texts = [cell.text for cell in table.rows[0] if cell.text]
    found = {field for text in texts if (field := known_field(text, remembered))}
    return found if len(found) * 2 >= len(texts) else set()
