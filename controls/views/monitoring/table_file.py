"""A list as a file: the rows as they are seen, as CSV or XLSX."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.http import FileResponse
from django.utils.translation import get_language

from controls.data_files.for_excel import csv_pieces, workbook_pieces
from riskreg import clock

TYPES = {"csv": "text/csv; charset=utf-8", "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}


def table_file(
    lines: Iterable[Sequence[str]], ending: str, *, name: str, sheet: str, keys: Sequence[int], came_at: datetime
) -> FileResponse:
    """Return the lines, the headings first, as a file to be saved. `keys` are columns that are text, though they look numeric."""
    today = clock.today().isoformat()
    rows: Any = iter([list(line) for line in lines])
    if ending == "xlsx":
        pieces = workbook_pieces(rows, list(keys), about=[sheet, today], sheet=sheet, came_at=came_at)
    else:
        pieces = csv_pieces(rows, list(keys), swedish=get_language() == "sv")
    content = io.BytesIO(b"".join(pieces))
    response = FileResponse(content, as_attachment=True, filename=f"{name}-{today}.{ending}", content_type=TYPES[ending])
    response.headers["Cache-Control"] = "private, no-store"
    return response
