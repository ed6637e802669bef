"""Shared parts of spreadsheet readers: a typed value as the text a person sees, and merged ranges laid over a grid."""

from __future__ import annotations

import datetime
from collections.abc import Iterable

from ..cells import Cell
from ..text import tidy
from ..unreadable import UnreadableFile

MAX_COLUMNS = 256


def value_text(value: object) -> str:
    """Return a typed value as a person sees it: 3.0 gives '3', a date '2025-03-31', text its tidied form."""
    if isinstance(value, str):
        return tidy(value.replace("_x000D_", "")) if value else ""
    if isinstance(value, bool) or value is None:
        return "" if value is None else str(value)
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(round(value, 10))
    if isinstance(value, datetime.datetime) and value.time() == datetime.time():
        return value.date().isoformat()
    if isinstance(value, datetime.date | datetime.time):
        return value.isoformat()
    return str(value)


def check_extent(*, rows: int, columns: int, max_rows: int) -> None:
    """Refuse a grid that is too large before it is built; empty rows between others count.

    Raises `UnreadableFile`.
    """
    if rows > max_rows:
        raise UnreadableFile("too_many_rows", limit=max_rows)
    if columns > MAX_COLUMNS:
        raise UnreadableFile("too_many_columns", limit=MAX_COLUMNS)


def merge(rows: list[list[Cell]], ranges: Iterable[tuple[tuple[int, int], tuple[int, int]]]) -> None:
    """Mark, in place, the cells covered by each (top left, bottom right) range, 0-based and inclusive."""
    # Ranges do not overlap in a sound file; in another the work still ends.
    budget = 2 * sum(len(row) for row in rows)
    for (top, start), (bottom, end) in ranges:
        if top >= len(rows) or start >= len(rows[top]):
            continue
        origin = rows[top][start]
        for r in range(top, min(bottom + 1, len(rows))):
            for c in range(start, min(end + 1, len(rows[r]))):
                if budget <= 0:
                    return
                budget -= 1
                if (r, c) != (top, start):
                    rows[r][c] = Cell(fill=origin.fill, merged="up" if r > top else "left")
