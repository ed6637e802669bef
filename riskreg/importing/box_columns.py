"""A column for each conclusion, with a cross in one of them: together they are the column of conclusions. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from .blocks import Block, BlockRow
from .fields import Field
from .headings import ColumnMatch
from .recognition import conclusion_signals
from .ticked import EMPTY, TICKED

_CROSSES = frozenset({"x", *TICKED})
_BLANKS = frozenset({"", "-", "–", *EMPTY})
_LONGEST = 40


def read_boxes(block: Block, columns: Sequence[ColumnMatch]) -> tuple[list[ColumnMatch], dict[tuple[int, ...], str]]:
    """Take columns named by a conclusion each, with crosses alone in them, for the column of conclusions.

    A cross is then read as its column's heading; several in one row as all of them, of which a person chooses. Return the
    columns, and the reason of each box that is empty.
    """
    named = {match.index: match.heading for match in columns if _is_box(match)}
    signs = {tuple(conclusion_signals(heading)) for heading in named.values()}
    has_another = any(match.field is Field.CONCLUSION and match.index not in named for match in columns)
    if len(named) < 2 or len(signs) < len(named) or has_another:
        return [*columns], {}
    said = [_of(row, at) for row in block.rows for at in named]
    if not all(text in _CROSSES | _BLANKS for text in said) or not any(text in _CROSSES for text in said):
        return [*columns], {}
    empty: dict[tuple[int, ...], str] = {
        spot: "no_value" for row in block.rows for at in named if _of(row, at) in _BLANKS - {""} and (spot := row.spot_of(at))
    }
    block.rows[:] = [_with_words(row, named) for row in block.rows]
    made = [replace(match, field=Field.CONCLUSION, how="synonym") if match.index in named else match for match in columns]
    return made, empty


def _is_box(match: ColumnMatch) -> bool:
    is_free = match.field is Field.CONCLUSION or (match.field is None and match.how is None)
    return is_free and len(match.heading) <= _LONGEST and len(conclusion_signals(match.heading)) == 1


def _of(row: BlockRow, at: int) -> str:
    return row.cells[at].text.strip().casefold() if at < len(row.cells) else ""


def _with_words(row: BlockRow, named: Mapping[int, str]) -> BlockRow:
    """Return the row with the headings of its crosses in their place, and empty boxes without a text."""
    crossed = [heading for at, heading in named.items() if _of(row, at) in _CROSSES]
    words = "; ".join(crossed)
    texts = {at: words if _of(row, at) in _CROSSES else "" for at in named}
    cells = [replace(cell, text=texts[at]) if at in texts else cell for at, cell in enumerate(row.cells)]
    return replace(row, cells=cells)
