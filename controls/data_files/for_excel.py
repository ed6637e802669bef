"""The canonical content in forms that spreadsheets open well: CSV with a mark and semicolons, and XLSX.

Neither is the file whose hash is recorded: numbers have decimal commas or are numbers, and a cell that a spreadsheet
would run as a formula is made text.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import IO, Any

import xlsxwriter

from controls.data_files.content import NUMBER

MAX_WORKBOOK_CELLS = 300_000
"""The largest workbook that is written while somebody waits, some 4 seconds; a larger content is had as CSV."""
MAX_CSV_CELLS = 5_000_000
"""The largest CSV that is, some 7 seconds."""
_EXCEL_ROWS = 1_048_576
_NUMBER = re.compile(NUMBER)
_DAY = re.compile("(19|20)[0-9]{2}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])")
_DIGITS = 15
"""Significant digits that a spreadsheet keeps; a longer number is written as text."""
_STARTS = ("=", "+", "-", "@", "\t", "\r", "|", "%")
_LONGEST = 32_767
_WIDTH = 18


def fits_workbook(rows: int, columns: int) -> bool:
    """Return whether the content can be had as a workbook."""
    return rows < _EXCEL_ROWS and rows * columns <= MAX_WORKBOOK_CELLS


def fits_csv(rows: int, columns: int) -> bool:
    """Return whether the content can be had as CSV for a spreadsheet, which opens no more rows than a workbook has."""
    return rows < _EXCEL_ROWS and rows * columns <= MAX_CSV_CELLS


def write_csv(rows: Iterable[Sequence[str]], key: Sequence[int], out: IO[bytes], *, swedish: bool = True) -> None:
    """Write canonical rows, the headings first, as CSV with a byte order mark: semicolons and decimal commas in Swedish.

    Elsewhere commas and decimal points. `key`: the places of the key's columns, which stand as they are, unless a
    spreadsheet would run them.
    """
    text = io.TextIOWrapper(out, encoding="utf-8-sig", newline="", write_through=False)
    writer = csv.writer(text, delimiter=";" if swedish else ",", lineterminator="\r\n")
    keys = set(key)
    for number, cells in enumerate(rows):
        writer.writerow([_cell_of_csv(cell, is_text=not swedish or number == 0 or i in keys) for i, cell in enumerate(cells)])
    text.flush()
    text.detach()


def _cell_of_csv(cell: str, *, is_text: bool) -> str:
    if _NUMBER.fullmatch(cell):
        return cell if is_text else cell.replace(".", ",")
    return f"'{cell}" if cell.startswith(_STARTS) else cell


def write_workbook(
    rows: Iterable[Sequence[str]],
    key: Sequence[int],
    out: IO[bytes],
    *,
    about: Sequence[str],
    sheet: str,
    work: Path,
    came_at: datetime,
) -> None:
    """Write canonical rows, the headings first, as a workbook, row by row; `about` are the lines of a second sheet.

    `work` is the folder of what is written meanwhile. `came_at`, when the content came in, stands as when the workbook was
    made: the same content is the same bytes, whenever somebody takes it.
    """
    kept_as_text = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    book = xlsxwriter.Workbook(out, {"constant_memory": True, "tmpdir": str(work), **kept_as_text})
    book.set_properties({"created": came_at.astimezone(UTC).replace(tzinfo=None)})
    formats = {
        "bold": book.add_format({"bold": True, "bottom": 1}),
        "text": book.add_format({"num_format": "@"}),
        "defused": book.add_format({"num_format": "@", "quote_prefix": True}),
        "day": book.add_format({"num_format": "yyyy-mm-dd"}),
    }
    page = book.add_worksheet(sheet)
    page.freeze_panes(1, 0)
    keys, width = set(key), 0
    for number, cells in enumerate(rows):
        width = max(width, len(cells))
        for column, cell in enumerate(cells):
            if number == 0:
                page.write_string(0, column, cell[:_LONGEST], formats["bold"])
            elif cell:
                _write_cell(page, number, column, cell, formats, is_text=column in keys)
    page.set_column(0, max(width - 1, 0), _WIDTH)
    notes = book.add_worksheet("SHA-256")
    notes.set_column(0, 0, 100)
    for number, line in enumerate(about):
        notes.write_string(number, 0, line)
    book.close()


def _write_cell(page: Any, row: int, column: int, cell: str, formats: dict[str, Any], *, is_text: bool) -> None:
    if not is_text and _NUMBER.fullmatch(cell) and len(cell.lstrip("-").replace(".", "").lstrip("0")) <= _DIGITS:
        page.write_number(row, column, float(cell))
        return
    day = None if is_text or not _DAY.fullmatch(cell) else _day(cell)
    if day is not None:
        page.write_datetime(row, column, day, formats["day"])
        return
    page.write_string(row, column, cell[:_LONGEST], formats["defused" if cell.startswith(_STARTS) else "text"])


def _day(cell: str) -> date | None:
    try:
        return date.fromisoformat(cell)
    except ValueError:
        return None
