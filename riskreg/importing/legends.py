"""Explanations below a plan that have the shape of its rows: the levels of a scale, each with its number.

Below a blank row, with a number and a name and nothing else, where every row of the plan says more: a person says what they are.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from django.utils.translation import gettext as _

from .blocks import Block, BlockRow
from .fields import Field
from .questions import Asked, Choice

_FEWEST = 2
_LEVEL = re.compile(r"\d{1,2}[.):]?")
_LONGEST_SHOWN, _MOST_SHOWN = 40, 4
_NOTES, _RISKS = "notes", "risks"
_NAMES = frozenset({Field.NUMBER, Field.TITLE, Field.DESCRIPTION, Field.PROCESS, Field.CATEGORY})


def legend_of(block: Block, mapping: Mapping[int, Field], asked: Asked | None) -> list[BlockRow]:
    """Return the last rows of a block that a person says are an explanation; without anybody to ask, none."""
    rows = block.rows
    start = _start(rows, mapping)
    legend = [row for row in rows[start:] if len(_texts(row)) > 1 and _LEVEL.fullmatch(_texts(row)[0])]
    if asked is None or start == 0 or len(legend) < _FEWEST or not _say_more(rows[:start], mapping):
        return []
    names = [" ".join(_texts(row)) for row in legend]
    shown = ", ".join(f"“{name[:_LONGEST_SHOWN]}”" for name in names[:_MOST_SHOWN]) + ("…" if len(names) > _MOST_SHOWN else "")
    answer = asked.ask(
        "legend",
        names,
        _("%(names)s stand below a blank row, each with a number and a name and nothing else. Are they risks of the plan?")
        % {"names": shown},
        [Choice(_NOTES, _("No, an explanation: leave it out")), Choice(_RISKS, _("Yes, they are risks"))],
        guess=_NOTES,
        row=legend[0].number,
        place=legend[0].place,
        field=Field.TITLE,
    )
    return rows[start:] if answer == _NOTES else []


def _start(rows: Sequence[BlockRow], mapping: Mapping[int, Field]) -> int:
    """Return where the bare rows at the end begin, below a blank row."""
    start = len(rows)
    for at in range(len(rows) - 1, -1, -1):
        if len(_texts(rows[at])) > _FEWEST or not _fields(rows[at], mapping) <= _NAMES:
            break
        if rows[at].after_blank:
            start = at
    return start


def _say_more(rows: Sequence[BlockRow], mapping: Mapping[int, Field]) -> bool:
    """Return whether every row that names more than a group says something of its risk."""
    full = [fields for row in rows if len(fields := _fields(row, mapping)) > 1]
    return bool(full) and all(fields - _NAMES for fields in full)


def _fields(row: BlockRow, mapping: Mapping[int, Field]) -> set[Field]:
    return {name for at, name in mapping.items() if at < len(row.cells) and row.cells[at].text}


def _texts(row: BlockRow) -> list[str]:
    return [cell.text for cell in row.cells if cell.text]
