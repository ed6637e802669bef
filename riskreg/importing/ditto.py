"""Ditto marks: a cell that says that it says what the one above it says."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from .blocks import BlockRow
from .fields import Field

_MARK = re.compile(r"[-–—]?\s*(?:[\"“”„″]|[’']{2}|,,)\s*[-–—]?|dit?to\.?|d:o|idem", re.IGNORECASE)
_LONGEST = 7


def is_ditto(text: str) -> bool:
    """Return whether the text is a ditto mark: `-"-`, `”`, `dito`."""
    return len(text) <= _LONGEST and bool(_MARK.fullmatch(text))


def with_dittos_read(rows: Sequence[BlockRow], mapping: Mapping[int, Field]) -> list[BlockRow]:
    """Return the rows with what stands above in place of each ditto mark; one with nothing above it stays as it is."""
    read: list[BlockRow] = []
    above: dict[int, str] = {}
    for row in rows:
        said = {at: row.cells[at].text for at in mapping if at < len(row.cells)}
        dittos = {at: above[at] for at, text in said.items() if text and above.get(at) and is_ditto(text)}
        read.append(_with(row, dittos) if dittos else row)
        above = {
            at: dittos.get(at) or text or (above.get(at, "") if row.cells[at].merged == "up" else "") for at, text in said.items()
        }
    return read


def _with(row: BlockRow, texts: Mapping[int, str]) -> BlockRow:
    cells = [replace(cell, text=texts[at], stored="") if at in texts else cell for at, cell in enumerate(row.cells)]
    return replace(row, cells=cells)
