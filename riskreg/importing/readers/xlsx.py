"""Excel workbooks: values and merged cells by calamine, all else that counts by `xlsx_marks` and `xlsx_beside`."""

from __future__ import annotations

import io
from dataclasses import replace

from python_calamine import CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

from .. import archive
from ..cells import BLANK, Beside, Cell, Content, Place
from ..number_formats import is_number_of, shown
from ..text import tidy, typed
from .own_property import mark_of_package
from .spreadsheet_cells import Hidden, shown_table, take_hidden_sheet, value_text
from .xlsx_beside import beside_cells
from .xlsx_marks import Marks, sheet_marks
from .xlsx_parts import sheet_parts


def read(data: bytes, *, max_rows: int, with_hidden: bool = False) -> Content:
    """Read the worksheets of a workbook; one that is hidden stands beside the tables unless it is chosen.

    Hidden rows and columns do so too, unless they are asked for.
    """
    with archive.open_checked(data) as package:
        content = Content(own=mark_of_package(package))
        # First the marks: they refuse a sheet whose grid would not fit in memory, which calamine would build.
        marks = sheet_marks(package, max_rows=max_rows)
        with CalamineWorkbook.from_filelike(io.BytesIO(data)) as workbook:
            parts = sheet_parts(package)
            for number, sheet in enumerate(workbook.sheets_metadata, start=1):
                place = Place("sheet", number, sheet.name)
                if sheet.typ is SheetTypeEnum.WorkSheet:
                    known = marks.get(sheet.name, Marks())
                    if with_hidden:
                        known.hidden = Hidden()
                    is_shown = sheet.visible is SheetVisibleEnum.Visible
                    _read_sheet(workbook, place, known, content, is_shown=is_shown)
                if part := parts.get(sheet.name):
                    content.beside.extend(beside_cells(package, part, place))
    return content


def _read_sheet(workbook: CalamineWorkbook, place: Place, marks: Marks, content: Content, *, is_shown: bool) -> None:
    sheet = workbook.get_sheet_by_name(place.name)
    # The grid begins at A1, so that a row's index is its number.
    as_typed = bool(content.own)
    rows = [[_cell(value, r, c, marks, as_typed) for c, value in enumerate(row)] for r, row in enumerate(_values(sheet, marks))]
    unshown = _take_unshown(rows, marks)
    if is_shown:
        table, beside = shown_table(place, rows, sheet.merged_cell_ranges or [], marks.hidden)
        if table.rows:
            content.tables.append(table)
        content.beside.extend(beside)
    else:
        take_hidden_sheet(content, place, rows, sheet.merged_cell_ranges or [], marks.hidden)
    content.beside.extend(Beside("hidden_text", text, place, r + 1, c) for (r, c), text in unshown.items())
    content.beside.extend(Beside("struck", tidy(part), place, r + 1, c) for (r, c), (_rest, part, _whole) in marks.partly.items())
    content.beside.extend(Beside("header_footer", text, place) for text in marks.page_texts)


def _values(sheet: object, marks: Marks) -> list[list[object]]:
    rows: list[list[object]] = [list(row) for row in sheet.to_python(skip_empty_area=False)]  # type: ignore[attr-defined]
    # calamine ends where the values end; a coloured cell or an uncomputed formula may lie outside.
    width = max([len(row) for row in rows] + [marks.columns])
    rows += [[] for _ in range(marks.rows - len(rows))]
    return [row + [""] * (width - len(row)) for row in rows]


def _cell(value: object, row: int, column: int, marks: Marks, as_typed: bool) -> Cell:
    here = (row, column)
    rest, _struck, whole = marks.partly.get(here, (value, "", "")) if marks.partly else (value, "", "")
    text = typed(rest.replace("_x000D_", "")) if as_typed and isinstance(rest, str) else value_text(rest)
    stored, code = "", marks.formats.get(here, "") if marks.formats else ""
    if code and text and (seen := shown(rest, code)) is not None:
        seen = tidy(seen)
        if not is_number_of(seen, text):
            text, stored = seen, text
    fill = marks.fills.get(here)
    uncomputed = marks.uncomputed.get(here)
    if uncomputed:
        text = stored = ""
    is_formula = here in marks.formulas
    if not (text or stored or fill or uncomputed or is_formula):
        return BLANK
    is_struck = bool(text) and here in marks.struck
    return Cell(text, fill, "", uncomputed, is_formula, is_struck, value_text(whole) if whole else "", stored)


def _take_unshown(rows: list[list[Cell]], marks: Marks) -> dict[tuple[int, int], str]:
    """Empty the cells whose number format shows nothing; return what they hold."""
    found = {}
    for r, c in marks.formats:
        cell = rows[r][c] if r < len(rows) and c < len(rows[r]) else BLANK
        if cell.stored and not cell.text:
            found[r, c] = cell.stored
            rows[r][c] = replace(cell, stored="")
    return found
