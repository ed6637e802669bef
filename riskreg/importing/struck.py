"""Cells whose text is struck through: a person says whether they count."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.translation import gettext as _

from .blocks import Block
from .fields import Field
from .questions import LEAVE_OUT, Asked, Choice, leave_out

_TAKE = "take"
_LONGEST = 100


def ask_of_struck(block: Block, mapping: Mapping[int, Field], asked: Asked) -> dict[tuple[int, ...], str]:
    """Ask once a row of its struck cells; return the reason of each cell that is not taken, by (table, row, column)."""
    not_taken: dict[tuple[int, ...], str] = {}
    for row in block.rows:
        columns = [column for column, cell in enumerate(row.cells) if column in mapping and cell.struck and cell.text]
        if not columns:
            continue
        text = " ".join(row.cells[column].text for column in columns)
        shown = text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
        answer = asked.ask(
            "struck",
            (text,),
            _("“%(text)s” is struck through. Does it count?") % {"text": shown},
            [Choice(_TAKE, _("Yes, take it")), leave_out()],
            guess=LEAVE_OUT,
            row=row.number,
            place=row.place,
            field=mapping[columns[0]],
        )
        if answer != _TAKE:
            reason = "struck" if answer else "asked"
            not_taken |= {spot: reason for column in columns if (spot := row.spot_of(column))}
    return not_taken
