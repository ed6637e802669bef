"""The canonical content in forms that spreadsheets open well: CSV with a mark and semicolons, and XLSX.

Neither is the file whose hash is recorded: numbers have decimal commas or are numbers, and a cell that a spreadsheet
would run as a formula is made text. Both are written piece by piece, of any size that a spreadsheet opens.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence

from controls.data_files.content import NUMBER
from controls.data_files.workbook import MOST_COLUMNS, MOST_ROWS, STARTS, workbook_pieces

__all__ = ["csv_pieces", "fits_spreadsheet", "is_soon_written", "workbook_pieces"]

MOST_CELLS_WAITED_FOR = 5_000_000
"""As many are written in some 7 (CSV) and 15 (XLSX) seconds of the processor."""
_NUMBER = re.compile(NUMBER)
_BATCH = 2_000


def fits_spreadsheet(rows: int, columns: int) -> bool:
    """Return whether a spreadsheet opens so many rows, below the headings."""
    return rows < MOST_ROWS and columns <= MOST_COLUMNS


def is_soon_written(rows: int, columns: int) -> bool:
    """Return whether the content is written while somebody waits for the whole of it."""
    return fits_spreadsheet(rows, columns) and rows * columns <= MOST_CELLS_WAITED_FOR


def csv_pieces(rows: Iterable[Sequence[str]], key: Sequence[int], *, swedish: bool = True) -> Iterator[bytes]:
    """Yield canonical rows, the headings first, as CSV with a byte order mark: semicolons and decimal commas in Swedish.

    Elsewhere commas and decimal points. `key`: the places of the key's columns, which stand as they are, unless a
    spreadsheet would run them.
    """
    text = io.StringIO(newline="")
    text.write("\ufeff")
    writer = csv.writer(text, delimiter=";" if swedish else ",", lineterminator="\r\n")
    keys = set(key)
    for number, cells in enumerate(rows):
        writer.writerow([_cell_of_csv(cell, is_text=not swedish or number == 0 or i in keys) for i, cell in enumerate(cells)])
        if number % _BATCH == 0:
            yield text.getvalue().encode()
            text.seek(0)
            text.truncate()
    yield text.getvalue().encode()


def _cell_of_csv(cell: str, *, is_text: bool) -> str:
    if _NUMBER.fullmatch(cell):
        return cell if is_text else cell.replace(".", ",")
    return f"'{cell}" if cell.startswith(STARTS) else cell
