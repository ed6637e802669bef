"""Tables without headings after a plan's own: continued where their shape says so, else asked about, else left out.

The next table may stand under a paragraph or on the next page or sheet, and have a column more or fewer: a merged cell that is
not repeated, an empty last column. Kinds of columns tell where its cells belong: numbers, words, the words of methods.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from .blocks import Block, BlockRow, header_at, is_blank
from .cells import BLANK, Cell, Table
from .fields import Field
from .questions import Asked, Choice, leave_out
from .recognition import conclusion_signals, recognise_frequency, recognise_method
from .risk_values import is_absent

_NUMBERS = frozenset(
    {
        Field.NUMBER, Field.SCORE, Field.LIKELIHOOD, Field.IMPACT,
        Field.RESIDUAL, Field.RESIDUAL_LIKELIHOOD, Field.RESIDUAL_IMPACT,
    }
)  # fmt: skip
_SUBJECTS = frozenset({Field.TITLE, Field.DESCRIPTION, Field.CONTROL, Field.METHOD, Field.RESULT})
_SAYS: dict[Field, Callable[[str], object]] = {
    Field.METHOD: recognise_method,
    Field.FREQUENCY: recognise_frequency,
    Field.CONCLUSION: conclusion_signals,
}
# What a column of figures may hold ("6 (hög)", "3 - Möjlig"), and what no column of words does.
_FIGURE = re.compile(r"\D{0,12}\d{1,4}(?:[.,]\d+)?\D{0,12}")
_BARE = re.compile(r"[\d\s.,%<>≥≤?-]+")
_REFERENCE = re.compile(r"(?:\D{0,3})(\d{1,4})\D?")
_MOST_OFFERED = 3
_ROWS_COMPARED = 50
_EVIDENCE, _AS_IT_STANDS, _CLEARLY = 2.0, 1.5, 2.0
_LONGEST = 25

Alignment = tuple[int | None, ...]
"""For each column of the table the plan's column that it is, or None."""


@dataclass(frozen=True, slots=True)
class _Fit:
    alignment: Alignment
    likeness: float


def join_second_tables(
    block: Block, blocks: Sequence[Block], tables: Sequence[Table], mapping: Mapping[int, Field], asked: Asked
) -> dict[tuple[int, ...], str]:
    """Add, to the plan's rows, those of the tables without headings after it that continue it.

    One that was taken to continue it for its width alone is asked about where its columns of figures hold none. Return the
    reason of each row, by (table, row), that might continue the plan and is left out: asked, or chosen by a person.
    """
    if block.guessed or not block.rows or not block.heading_rows:
        return {}
    own, others = _tables_of(block), {number for one in blocks if one is not block for number in _tables_of(one)}
    left_out = _doubted(block, tables, mapping, asked)
    first = min(own)
    for number in range(first + 1, min((other for other in others if other > first), default=len(tables))):
        if number not in own and tables[number].rows and (reason := _join(block, tables, number, mapping, asked)):
            left_out |= {(number, index): reason for index in range(len(tables[number].rows))}
    block.rows.sort(key=lambda row: (row.table, row.index))
    return left_out


def _tables_of(block: Block) -> set[int]:
    return {
        *(row.table for row in block.rows),
        *(spot[0] for row in block.rows for spot in row.spots if spot),
        *(table for table, _row in block.heading_rows),
        *(spot[0] for spot in block.labels),
    }


def _doubted(block: Block, tables: Sequence[Table], mapping: Mapping[int, Field], asked: Asked) -> dict[tuple[int, ...], str]:
    """Ask about tables of the plan's width whose columns of figures hold none; take out those that are no part of it."""
    headed = {table for table, _row in block.heading_rows}
    left_out: dict[tuple[int, ...], str] = {}
    for number in sorted({row.table for row in block.rows} - headed):
        rows = [row for row in block.rows if row.table == number]
        if not any(_holds_no_figure(rows, at) for at, field in mapping.items() if field in _NUMBERS):
            continue
        chosen, answer = _asked(block, tables[number], [tuple(range(len(block.headings)))], asked, is_sure=False)
        if chosen is None:
            reason = "chosen_out" if answer else "asked"
            left_out |= {(number, row.index): reason for row in rows}
            block.rows = [row for row in block.rows if row.table != number]
    return left_out


def _holds_no_figure(rows: Sequence[BlockRow], at: int) -> bool:
    said = [text for row in rows if (text := _text(row.cells, at)) and not is_absent(text)]
    return bool(said) and not any(any(letter.isdigit() for letter in text) for text in said)


def _join(block: Block, tables: Sequence[Table], number: int, mapping: Mapping[int, Field], asked: Asked) -> str:
    """Add the table's rows where it continues the plan; else return why not: '' where its shape says that it does not."""
    table = tables[number]
    if any(header_at(table.rows, index, {}) for index in range(min(5, len(table.rows)))):
        return ""
    above = [row for row in block.rows if row.table < number]
    fits = _fits(block, above, table, mapping)[:_MOST_OFFERED]
    if not fits:
        return ""
    onward = [fit for fit in fits if _goes_on(above, table, fit.alignment, mapping)]
    if onward[:1] == fits[:1] and (len(fits) == 1 or fits[0].likeness - fits[1].likeness >= _CLEARLY):
        block.rows += _rows(block, table, number, fits[0].alignment)
        return ""
    chosen, answer = _asked(block, table, [fit.alignment for fit in onward or fits], asked, is_sure=bool(onward))
    if chosen is not None:
        block.rows += _rows(block, table, number, chosen)
        return ""
    return "chosen_out" if answer else "asked"


def _fits(block: Block, above: Sequence[BlockRow], table: Table, mapping: Mapping[int, Field]) -> list[_Fit]:
    """Return the ways in which the table's columns can be the plan's, the likeliest first: of no column the kind is another."""
    known = [[_text(row.cells, at) for row in above[-_ROWS_COMPARED:]] for at in range(len(block.headings))]
    said = [[_text(row, column) for row in table.rows[:_ROWS_COMPARED]] for column in range(len(table.rows[0]))]
    filled = [any(texts) for texts in said]
    fits: dict[Alignment, _Fit] = {}
    for alignment in _alignments(len(said), len(known)):
        pairs = [(column, at) for column, at in enumerate(alignment) if at is not None]
        likenesses = [_likeness(mapping.get(at), known[at], said[column]) for column, at in pairs]
        found = [one for one in likenesses if one is not None]
        is_evident = len(said) == len(known) or any(one >= _EVIDENCE for one in found)
        has_subject = any(mapping.get(at) in _SUBJECTS and filled[column] for column, at in pairs)
        if len(found) < len(pairs) or not is_evident or not has_subject:
            continue
        fit = _Fit(alignment, sum(found) + (_AS_IT_STANDS if alignment == tuple(range(len(said))) else 0.0))
        # Where an empty column belongs makes no difference.
        same = tuple(at for column, at in enumerate(alignment) if filled[column])
        if same not in fits or fits[same].likeness < fit.likeness:
            fits[same] = fit
    return sorted(fits.values(), key=lambda fit: -fit.likeness)


def _alignments(width: int, headings: int) -> Iterator[Alignment]:
    """Yield where the columns may belong: as they stand; without one of the plan's; with one of their own; the last ones."""
    if width < 2:
        return
    if width == headings + 1:
        for extra in range(width):
            yield tuple(None if column == extra else column - (column > extra) for column in range(width))
    elif width == headings - 1:
        for lacking in reversed(range(headings)):
            yield tuple(column + (column >= lacking) for column in range(width))
    elif headings < width * 2 <= headings * 2:
        yield tuple(range(width))
        yield tuple(range(headings - width, headings))


def _likeness(field: Field | None, above: Sequence[str], below: Sequence[str]) -> float | None:
    """Return how alike two columns are; None where they are of different kinds. What is empty is like everything."""
    before, said = [text for text in above if text], [text for text in below if text and not is_absent(text)]
    if not said:
        return 0.5
    if field in _NUMBERS:
        figures = sum(bool(_FIGURE.fullmatch(text)) for text in said)
        return _EVIDENCE if figures * 2 > len(said) else None
    if field in _SAYS:
        recognised = sum(bool(_SAYS[field](text)) for text in said)
        return _EVIDENCE if recognised * 2 > len(said) else 0.0
    if bool(before) and _are_bare(before) != _are_bare(said):
        return None
    if not before:
        return 0.5
    return max(0.0, 1 - abs(math.log(_mean_length(said) / _mean_length(before))) / 3)


def _are_bare(texts: Sequence[str]) -> bool:
    return all(map(_BARE.fullmatch, texts))


def _mean_length(texts: Sequence[str]) -> float:
    return sum(map(len, texts)) / len(texts)


def _goes_on(above: Sequence[BlockRow], table: Table, alignment: Alignment, mapping: Mapping[int, Field]) -> bool:
    """Return whether the table's first number follows the last one of the rows above."""
    at = next((column for column, field in mapping.items() if field is Field.NUMBER), None)
    if at is None or at not in alignment:
        return False
    before = (number for row in reversed(above) if (number := _number(_text(row.cells, at))) is not None)
    after = (number for row in table.rows if (number := _number(_text(row, alignment.index(at)))) is not None)
    return next(after, None) == next(before, -1) + 1


def _number(text: str) -> int | None:
    found = _REFERENCE.fullmatch(text)
    return int(found[1]) if found else None


def _text(row: Sequence[Cell], column: int) -> str:
    return row[column].text if column < len(row) else ""


def _asked(
    block: Block, table: Table, alignments: Sequence[Alignment], asked: Asked, *, is_sure: bool
) -> tuple[Alignment | None, str]:
    fullest = max(table.rows, key=lambda row: sum(bool(cell.text) for cell in row))
    texts = [cell.text for cell in fullest if cell.text]
    choices = [
        Choice(_code(alignment), _("Yes: %(columns)s") % {"columns": _said(block, fullest, alignment)})
        for alignment in alignments
    ]
    answer = asked.ask(
        "second-table",
        [cell.text for row in table.rows for cell in row if cell.text],
        _("%(place)s has no headings. Does it continue the table above?") % {"place": table.place},
        [*choices, leave_out()],
        guess=choices[0].code if is_sure else "",
        row=table.number_of(0),
        place=table.place,
        value=" | ".join(map(_short, texts)),
    )
    return next((one for one, choice in zip(alignments, choices, strict=True) if choice.code == answer), None), answer


def _code(alignment: Alignment) -> str:
    return "columns-" + "-".join("x" if at is None else str(at + 1) for at in alignment)


def _said(block: Block, row: Sequence[Cell], alignment: Alignment) -> str:
    pairs = [(block.headings[at], row[column].text) for column, at in enumerate(alignment) if at is not None and row[column].text]
    return ", ".join(f"{heading} = {_short(text)}" for heading, text in pairs)


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1].rstrip()}…"


def _rows(block: Block, table: Table, number: int, alignment: Alignment) -> Iterator[BlockRow]:
    at_once, after_blank = True, False
    for index, row in enumerate(table.rows):
        if is_blank(row):
            after_blank = True
            continue
        cells = [BLANK] * len(block.headings)
        spots: list[tuple[int, int, int] | None] = [None] * len(block.headings)
        for column, at in enumerate(alignment):
            if at is not None:
                cells[at], spots[at] = row[column], (number, index, column)
        yield BlockRow(table.number_of(index), table.place, cells, at_once, after_blank, number, index, tuple(spots))
        at_once = after_blank = False
