"""Widths of a table's columns: by their weights, but no narrower than their longest word. Pure: points in and out.

Measured by Arial's letters at 8.5 points, which are wider than those of the shipped font: what fits one fits the other.
"""

from __future__ import annotations

import re

from controls.reporting.paper import Block, Kind, Table
from controls.reporting.writers.word import wordml

SIZE = 8.5
PADDING = 12
LONGEST = 24
"""Letters of a word that still gets its room; a longer one is broken."""
LINES_A_ROW_KEEPS_TOGETHER = 36
LINES_A_GROUP_KEEPS_TOGETHER = 30
LINES_A_TABLE_KEEPS_TOGETHER = 12
"""Tables with fewer lines than this are kept on one page."""
_BREAK = re.compile(r"(?:[^\S\u00a0]|[/–-])+")
_NARROW = dict.fromkeys("ijl|'.,:;!", 0.25) | dict.fromkeys("ftrI()[]", 0.31) | dict.fromkeys("cksvxyzJ", 0.5)
_WIDE = dict.fromkeys("mM", 0.83) | dict.fromkeys("wCDGHNOQRUÅÄÖABEKPVXY", 0.71) | {"W": 0.94}
_LETTERS = _NARROW | _WIDE
_OTHER, _BOLD, _SYMBOL = 0.56, 1.08, 1.3


def fit_widths(table: Table, total: float) -> tuple[tuple[float, ...], bool]:
    """Return the columns' widths, `total` points together; and whether every word up to LONGEST letters has room."""
    weights = [column.width for column in table.columns]
    needed = [PADDING + width for width in _longest_words(table)]
    if sum(needed) >= total:
        return tuple(total * each / sum(needed) for each in needed), False
    fixed: dict[int, float] = {}
    while True:
        left = total - sum(fixed.values())
        loose = sum(weight for index, weight in enumerate(weights) if index not in fixed)
        widths = [fixed.get(index, left * weight / loose) if loose else fixed[index] for index, weight in enumerate(weights)]
        short = {index: need for index, need in enumerate(needed) if index not in fixed and widths[index] < need}
        if not short:
            return tuple(widths), True
        fixed |= short


def heights(table: Table, widths: tuple[float, ...]) -> list[list[int]]:
    """Estimate the height of each row in lines, group by group."""
    letters = [max(1, int((width - 8) / (SIZE * 0.49))) for width in widths]
    return [
        [
            max(
                sum(wordml.lines_needed(block.text, room) for block in cell.blocks)
                for cell, room in zip(row, letters, strict=True)
            )
            for row in group
        ]
        for group in table.groups
    ]


def stays_whole(lines: list[list[int]]) -> bool:
    """Return whether a table of so many lines, row by row, is small enough to stay on one page."""
    return sum(map(sum, lines)) <= LINES_A_TABLE_KEEPS_TOGETHER


def _longest_words(table: Table) -> list[float]:
    found = []
    for index, column in enumerate(table.columns):
        widest = _width_of(Block(Kind.SIGN if column.tone else Kind.STRONG, column.label, column.symbol), 0)
        for row in table.rows:
            cell = row[index]
            if cell.rows:
                for block in cell.blocks:
                    widest = max(widest, _width_of(block, widest))
        found.append(widest)
    return found


def _width_of(block: Block, so_far: float) -> float:
    """Return the width of the block's widest word; 0 where it cannot be wider than the widest found so far."""
    words = _BREAK.split(block.text)
    candidates = [word[:LONGEST] for word in words if len(word) * SIZE * 1.02 > so_far]
    is_sign = block.kind in {Kind.SIGN, Kind.MISSING}
    widest = max((_of(word) for word in candidates), default=0.0)
    if is_sign:
        widest = max(widest, _SYMBOL + _of(words[0][:LONGEST]))
    return SIZE * widest * (1.0 if block.kind in {Kind.TEXT, Kind.SMALL} else _BOLD)


def _of(word: str) -> float:
    return sum(_LETTERS.get(letter, _OTHER) for letter in word)
