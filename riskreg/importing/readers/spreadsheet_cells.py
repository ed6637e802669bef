"""Shared parts of spreadsheet readers: a typed value as the text a person sees, and merged ranges laid over a grid."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal

from ..cells import Beside, BesideKind, Cell, Content, HiddenSheet, Place, Table, pad_rows
from ..text import tidy
from ..unreadable import UnreadableFile

MAX_COLUMNS = 256


def value_text(value: object) -> str:
    """Return a typed value as a person sees it: 3.0 gives '3', 2.5 '2,5', a date '2025-03-31', text its tidied form."""
    if isinstance(value, str):
        return tidy(value.replace("_x000D_", "")) if value else ""
    if isinstance(value, bool) or value is None:
        return "" if value is None else str(value).upper()
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else _decimal_text(value)
    if isinstance(value, datetime.datetime) and value.time() == datetime.time():
        return value.date().isoformat()
    if isinstance(value, datetime.datetime):
        return value.isoformat(" ", "minutes" if not value.second else "seconds")
    if isinstance(value, datetime.date | datetime.time):
        return value.isoformat()
    return str(value)


def _decimal_text(value: float) -> str:
    text = format(Decimal(repr(round(value, 10))), "f")
    return (text.rstrip("0").rstrip(".") if "." in text else text).replace(".", ",")


def check_extent(*, rows: int, columns: int, max_rows: int) -> None:
    """Refuse a grid that is too large before it is built; empty rows between others count.

    Raises `UnreadableFile`.
    """
    if rows > max_rows:
        raise UnreadableFile("too_many_rows", limit=max_rows)
    if columns > MAX_COLUMNS:
        raise UnreadableFile("too_many_columns", limit=MAX_COLUMNS)


Range = tuple[tuple[int, int], tuple[int, int]]
"""A range's (top left, bottom right), 0-based and inclusive."""


@dataclass(slots=True)
class Hidden:
    """The rows and columns of a sheet that are not shown, from 0; a row with the reason."""

    rows: dict[int, BesideKind] = field(default_factory=dict)
    columns: set[int] = field(default_factory=set)


def shown_table(place: Place, rows: list[list[Cell]], ranges: Iterable[Range], hidden: Hidden) -> tuple[Table, list[Beside]]:
    """Return the table that a person sees in the sheet, and the texts that are not shown: hidden or covered."""
    beside = merge(rows, ranges, place, hidden)
    if not (hidden.rows or hidden.columns):
        return Table(place, pad_rows(rows)), beside
    at_rows = [r for r in range(len(rows)) if r not in hidden.rows]
    at_columns = [c for c in range(max((len(row) for row in rows), default=0)) if c not in hidden.columns]
    for r, row in enumerate(rows):
        kind = hidden.rows.get(r)
        for c, cell in enumerate(row):
            if cell.text and (kind or c in hidden.columns):
                beside.append(Beside(kind or "hidden_column", cell.text, place, r + 1, c))
    shown = pad_rows([[rows[r][c] for c in at_columns if c < len(rows[r])] for r in at_rows])
    width = len(shown[0]) if shown else 0
    row_numbers = tuple(r + 1 for r in at_rows[: len(shown)])
    column_numbers = tuple(at_columns[:width])
    some_rows, some_columns = row_numbers != tuple(range(1, len(shown) + 1)), column_numbers != tuple(range(width))
    table = Table(place, shown, 1, "", row_numbers if some_rows else (), column_numbers if some_columns else ())
    return table, beside


def take_hidden_sheet(content: Content, place: Place, rows: list[list[Cell]], ranges: Iterable[Range], hidden: Hidden) -> None:
    """Keep a sheet that is not shown, in case it is chosen, and put its texts beside the tables."""
    content.beside.extend(
        Beside("hidden_sheet", cell.text, place, r, c)
        for r, row in enumerate(rows, start=1)
        for c, cell in enumerate(row)
        if cell.text
    )
    table, beside = shown_table(place, rows, ranges, hidden)
    if table.rows:
        content.hidden.append(HiddenSheet(table, beside))


def merge(rows: list[list[Cell]], ranges: Iterable[Range], place: Place, hidden: Hidden) -> list[Beside]:
    """Mark, in place, the cells that each range covers; return the texts of covered cells.

    A merged cell that begins in a hidden row or column is shown, and so moved, where the range is seen first.
    """
    covered: list[Beside] = []
    # Ranges do not overlap in a sound file; in another the work still ends.
    budget = 2 * sum(len(row) for row in rows)
    for (top, start), (bottom, end) in ranges:
        if top >= len(rows) or start >= len(rows[top]):
            continue
        origin = rows[top][start]
        first_row = next((r for r in range(top, min(bottom + 1, len(rows))) if r not in hidden.rows), top)
        first_column = next((c for c in range(start, min(end + 1, len(rows[first_row]))) if c not in hidden.columns), start)
        for r in range(top, min(bottom + 1, len(rows))):
            for c in range(start, min(end + 1, len(rows[r]))):
                if budget <= 0:
                    return covered
                budget -= 1
                if (r, c) != (top, start):
                    if rows[r][c].text:
                        covered.append(Beside("hidden_text", rows[r][c].text, place, r + 1, c))
                    rows[r][c] = Cell(fill=origin.fill, merged="up" if r > first_row else "left")
        if (first_row, first_column) != (top, start):
            rows[top][start] = Cell(fill=origin.fill)
            rows[first_row][first_column] = origin
    return covered
