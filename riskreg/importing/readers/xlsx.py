"""Excel workbooks: values and merged cells by calamine, colours and uncomputed formulas by `xlsx_marks`."""

from __future__ import annotations

import io

from python_calamine import CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

from .. import archive
from ..cells import BLANK, Cell, Content, Place, Table, pad_rows
from .spreadsheet_cells import merge, value_text
from .xlsx_marks import Marks, sheet_marks


def read(data: bytes, *, max_rows: int) -> Content:
    """Read the visible worksheets of a workbook."""
    with archive.open_checked(data) as package:
        # First the marks: they refuse a sheet whose grid would not fit in memory, which calamine would build.
        marks = sheet_marks(package, max_rows=max_rows)
    tables: list[Table] = []
    with CalamineWorkbook.from_filelike(io.BytesIO(data)) as workbook:
        for number, sheet in enumerate(workbook.sheets_metadata, start=1):
            if sheet.typ is not SheetTypeEnum.WorkSheet or sheet.visible is not SheetVisibleEnum.Visible:
                continue
            table = _table(workbook, sheet.name, number, marks.get(sheet.name, Marks()))
            if table.rows:
                tables.append(table)
    return Content(tables)


def _table(workbook: CalamineWorkbook, name: str, number: int, marks: Marks) -> Table:
    sheet = workbook.get_sheet_by_name(name)
    # The grid begins at A1, so that a row's index is its number.
    rows = [[_cell(value, r, c, marks) for c, value in enumerate(row)] for r, row in enumerate(_values(sheet, marks))]
    merge(rows, sheet.merged_cell_ranges or [])
    return Table(Place("sheet", number, name), pad_rows(rows))


def _values(sheet: object, marks: Marks) -> list[list[object]]:
    rows: list[list[object]] = [list(row) for row in sheet.to_python(skip_empty_area=False)]  # type: ignore[attr-defined]
    # calamine ends where the values end; a coloured cell or an uncomputed formula may lie outside.
    width = max([len(row) for row in rows] + [marks.columns])
    rows += [[] for _ in range(marks.rows - len(rows))]
    return [row + [""] * (width - len(row)) for row in rows]


def _cell(value: object, row: int, column: int, marks: Marks) -> Cell:
    text = value_text(value)
    fill = marks.fills.get((row, column))
    uncomputed = marks.uncomputed.get((row, column))
    if uncomputed:
        text = ""
    is_formula = (row, column) in marks.formulas
    return Cell(text, fill, uncomputed=uncomputed, is_formula=is_formula) if text or fill or uncomputed or is_formula else BLANK
