"""Cells whose text is struck through, all of it or a part: a person says whether that counts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from django.utils.translation import gettext as _

from .blocks import Block, BlockRow
from .cells import BLANK, Cell
from .fields import Field
from .questions import LEAVE_OUT, Asked, Choice, leave_out

_TAKE = "take"
_LONGEST = 100
_MOST_ASKED = 10
"""Questions of one kind; of more struck texts it is asked once for all."""

Spot = tuple[int, int, int]


@dataclass(slots=True)
class Struck:
    """What becomes of struck cells, by (table, row, column).

    `read_as` are the cells that are read as others, `not_taken` the reason of each that is not taken, and `parts` that of
    each struck part beside other text; '' for one that is taken with it.
    """

    read_as: dict[Spot, Cell] = field(default_factory=dict)
    not_taken: dict[tuple[int, ...], str] = field(default_factory=dict)
    parts: dict[Spot, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Cell:
    row: BlockRow
    spot: Spot
    cell: Cell
    name: Field


def ask_of_struck(block: Block, mapping: Mapping[int, Field], asked: Asked) -> Struck:
    """Ask once a row of its cells that are struck through, and of each that is in part; of many of them once for all."""
    struck = Struck()
    cells = [
        _Cell(row, spot, cell, mapping[column])
        for row in block.rows
        for column, cell in enumerate(row.cells)
        if column in mapping and (cell.whole or (cell.struck and cell.text)) and (spot := row.spot_of(column))
    ]
    parts = [one for one in cells if one.cell.whole]
    for group in [parts] if len(parts) > _MOST_ASKED else [[one] for one in parts]:
        _ask_of_parts(group, asked, struck)
    by_row: dict[int, list[_Cell]] = {}
    for one in cells:
        if not one.cell.whole:
            by_row.setdefault(id(one.row), []).append(one)
    rows = list(by_row.values())
    for group in [[one for row in rows for one in row]] if len(rows) > _MOST_ASKED else rows:
        _ask_of_cells(group, asked, struck)
    return struck


def _ask_of_parts(parts: Sequence[_Cell], asked: Asked, struck: Struck) -> None:
    first = parts[0].cell
    question = _("A part of “%(whole)s” is struck through. What counts?") % {"whole": _short(first.whole)}
    rest = _("Only what is not struck: “%(text)s”") % {"text": _short(first.text)}
    whole = _("All of it: “%(text)s”") % {"text": _short(first.whole)}
    if len(parts) > 1:
        question = _("In %(count)d cells a part of the text is struck through. What counts?") % {"count": len(parts)}
    texts = [text for one in parts for text in (one.cell.whole, one.cell.text)]
    answer = _ask("struck-part", texts, question, [Choice(LEAVE_OUT, rest), Choice(_TAKE, whole)], parts[0], asked)
    for one in parts:
        struck.parts[one.spot] = "" if answer == _TAKE else _reason(answer)
        if answer == _TAKE:
            struck.read_as[one.spot] = replace(one.cell, text=one.cell.whole)


def _ask_of_cells(cells: Sequence[_Cell], asked: Asked, struck: Struck) -> None:
    text = " ".join(one.cell.text for one in cells)
    question = _("“%(text)s” is struck through. Does it count?") % {"text": _short(text)}
    rows = len({id(one.row) for one in cells})
    if rows > 1:
        question = _("On %(count)d rows whole cells are struck through, the first: “%(text)s”. Do they count?") % {
            "count": rows,
            "text": _short(cells[0].cell.text),
        }
    answer = _ask("struck", (text,), question, [Choice(_TAKE, _("Yes, take it")), leave_out()], cells[0], asked)
    if answer != _TAKE:
        spots = [one.spot for one in cells]
        struck.read_as |= dict.fromkeys(spots, BLANK)
        struck.not_taken |= dict.fromkeys(spots, _reason(answer))


def _ask(kind: str, about: Sequence[str], text: str, choices: Sequence[Choice], first: _Cell, asked: Asked) -> str:
    value = _short(first.cell.whole)
    row, place = first.row.number, first.row.place
    return asked.ask(kind, about, text, choices, guess=LEAVE_OUT, row=row, place=place, field=first.name, value=value)


def _reason(answer: str) -> str:
    return "struck" if answer else "asked"


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
