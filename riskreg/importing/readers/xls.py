"""Excel's old binary workbooks, by calamine. Their cells' colours, comments and hidden rows are not read."""

from __future__ import annotations

import io

from python_calamine import CalamineWorkbook, PasswordError, SheetTypeEnum, SheetVisibleEnum

from ..cells import BLANK, Cell, Content, Place
from ..unreadable import UnreadableFile
from .spreadsheet_cells import Hidden, check_extent, shown_table, take_hidden_sheet, value_text


def read(data: bytes, *, max_rows: int) -> Content:
    """Read the worksheets of an old binary workbook."""
    content = Content()
    try:
        workbook = CalamineWorkbook.from_filelike(io.BytesIO(data))
    except PasswordError as error:
        raise UnreadableFile("encrypted") from error
    with workbook:
        for number, metadata in enumerate(workbook.sheets_metadata, start=1):
            if metadata.typ is not SheetTypeEnum.WorkSheet:
                continue
            sheet, place = workbook.get_sheet_by_name(metadata.name), Place("sheet", number, metadata.name)
            last_row, last_column = sheet.end or (-1, -1)
            check_extent(rows=last_row + 1, columns=last_column + 1, max_rows=max_rows)
            values = sheet.to_python(skip_empty_area=False)
            rows = [[Cell(text) if (text := value_text(value)) else BLANK for value in row] for row in values]
            if metadata.visible is not SheetVisibleEnum.Visible:
                take_hidden_sheet(content, place, rows, sheet.merged_cell_ranges or [], Hidden())
                continue
            table, beside = shown_table(place, rows, sheet.merged_cell_ranges or [], Hidden())
            content.beside.extend(beside)
            if table.rows:
                content.tables.append(table)
    return content
