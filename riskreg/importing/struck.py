"""Cells whose text is struck through, all of it or a part: a person says whether that counts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from django.utils.translation import gettext as _

from .blocks import Block, BlockRow
from .cells import BLANK, Cell
from .fields import Field
from .questions import LEAVE_OUT, Asked, Choice, leave_out

_TAKE = "take"
_LONGEST = 100

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


def ask_of_struck(block: Block, mapping: Mapping[int, Field], asked: Asked) -> Struck:
    """Ask once a row of its cells that are struck through, and of each that is in part."""
    struck = Struck()
    for row in block.rows:
        for column, cell in enumerate(row.cells):
            if column in mapping and cell.whole and (spot := row.spot_of(column)):
                _ask_of_part(row, spot, cell, mapping[column], asked, struck)
        columns = [column for column, cell in enumerate(row.cells) if column in mapping and cell.struck and cell.text]
        if not columns:
            continue
        text = " ".join(row.cells[column].text for column in columns)
        answer = asked.ask(
            "struck",
            (text,),
            _("“%(text)s” is struck through. Does it count?") % {"text": _short(text)},
            [Choice(_TAKE, _("Yes, take it")), leave_out()],
            guess=LEAVE_OUT,
            row=row.number,
            place=row.place,
            field=mapping[columns[0]],
        )
        if answer != _TAKE:
            spots = [spot for column in columns if (spot := row.spot_of(column))]
            struck.read_as |= dict.fromkeys(spots, BLANK)
            struck.not_taken |= dict.fromkeys(spots, _reason(answer))
    return struck


def _ask_of_part(row: BlockRow, spot: Spot, cell: Cell, name: Field, asked: Asked, struck: Struck) -> None:
    answer = asked.ask(
        "struck-part",
        (cell.whole, cell.text),
        _("A part of “%(whole)s” is struck through. What counts?") % {"whole": _short(cell.whole)},
        [
            Choice(LEAVE_OUT, _("Only what is not struck: “%(text)s”") % {"text": _short(cell.text)}),
            Choice(_TAKE, _("All of it: “%(text)s”") % {"text": _short(cell.whole)}),
        ],
        guess=LEAVE_OUT,
        row=row.number,
        place=row.place,
        field=name,
        value=_short(cell.whole),
    )
    struck.parts[spot] = "" if answer == _TAKE else _reason(answer)
    if answer == _TAKE:
        struck.read_as[spot] = replace(cell, text=cell.whole)


def _reason(answer: str) -> str:
    return "struck" if answer else "asked"


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
