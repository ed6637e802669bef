"""Writer of workbooks: a sheet of facts about the report, one for each table and one for each drawing's figures.

Every row is whole (a risk's cells are repeated in its rows), so that it can be sorted and filtered. Texts are written as
texts: what looks like a formula is none.
"""

from __future__ import annotations

import io
import re
from dataclasses import replace
from datetime import date, datetime
from typing import Any

import xlsxwriter
from django.utils.translation import gettext as _

from controls.reporting.handing_in.changes import NAME as CHANGES
from controls.reporting.paper import Cell, Chart, Column, Kind, Paper, Table
from controls.reporting.tones import ACCENT, LINE, SUNKEN, TONES
from controls.reporting.writers.numbers_apart import with_numbers_apart
from controls.reporting.writers.widths import fit_widths
from controls.reporting.writers.word import wordml
from riskreg.importing.own_columns import choices_of
from riskreg.importing.own_mark import PROPERTY
from riskreg.models import RiskBand

CONTENT_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
LONGEST = 32_767
"""Characters a cell of Excel holds."""
_NARROWEST, _WIDEST, _WIDE = 9, 60, 150
"""Letters of a column, and of all of them together, as far as they go without growing."""
_POINTS_A_LETTER = 4.6
_LINE, _HIGHEST = 13, 409
"""Points of a line, and of the highest row there is."""
_LONGEST_OF_PAGE = 70
_DAY = {"num_format": "yyyy-mm-dd", "align": "left"}
_TEXT = {"text_wrap": True}
_A3 = 8
_ROWS_TO_ADD = 200
_NOT_IN_NAMES = re.compile(r"[\[\]:*?/\\']")


def write_xlsx(paper: Paper, *, author: str, made_at: datetime) -> bytes:
    """Write the workbook, in the paper's language."""
    target = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(target, options) as book:
        if paper.mark:
            book.set_custom_property(PROPERTY, paper.mark)
        book.set_properties(
            {
                "title": wordml.one_line(paper.title)[:255],
                "subject": wordml.one_line(paper.organisation)[:255],
                "author": wordml.one_line(author)[:255],
                "created": made_at.replace(tzinfo=None),
            }
        )
        writer = _Book(book)
        tables = [table for table in paper.tables if table.name != "overview"]
        tables.sort(key=lambda table: table.name == CHANGES)
        for table in tables:
            # Where a table has a form of its own for files that come back, a workbook holds that one.
            if table.flat is None:
                apart = with_numbers_apart(table)
                is_first = apart.columns[0] is not table.columns[0]
                writer.table(apart, paper, frozen=2 if is_first else 1)
            else:
                writer.form(replace(table.flat, heading=table.heading, nothing=table.nothing), paper)
        writer.about(paper)
        for chart in paper.charts:
            writer.chart(chart, paper)
    return target.getvalue()


class _Book:
    def __init__(self, book: Any) -> None:
        self.book = book
        self.names: set[str] = set()
        self.formats: dict[tuple[Any, ...], Any] = {}

    def sheet(self, wanted: str, paper: Paper) -> Any:
        """Add a sheet with a name that Excel accepts: at most 31 letters, and unique.

        Printed pages get the organisation and the page number.
        """
        plain = " ".join(_NOT_IN_NAMES.sub(" ", wordml.one_line(wanted)).split())[:31].strip() or _("Sheet")
        name, number = plain, 1
        while name.casefold() in self.names:
            number += 1
            name = f"{plain[: 30 - len(str(number))]} {number}"
        self.names.add(name.casefold())
        sheet = self.book.add_worksheet(name)
        sheet.set_landscape()
        sheet.set_paper(9)
        sheet.fit_to_pages(1, 0)
        sheet.set_margins(left=0.5, right=0.5, top=0.8, bottom=0.7)
        sheet.set_header(_of_page(paper.organisation, paper.heading, paper.subtitle))
        page = (_("Page %(page)s of %(pages)s") % {"page": "\0", "pages": "\1"}).replace("&", "&&")
        sheet.set_footer(_of_page(paper.registry_number, wanted, "") + page.replace("\0", "&P").replace("\1", "&N"))
        return sheet

    def look(self, **properties: Any) -> Any:
        key = tuple(sorted(properties.items()))
        if key not in self.formats:
            self.formats[key] = self.book.add_format({"valign": "top", "font_name": "Arial", "font_size": 10, **properties})
        return self.formats[key]

    def head(self, tone: str = "", align: str = "left") -> Any:
        ground = TONES[tone].ground if tone else SUNKEN
        return self.look(
            bold=True, text_wrap=True, valign="vcenter", align=align, bg_color=f"#{ground}", bottom=2, bottom_color=f"#{ACCENT}"
        )

    def form(self, table: Table, paper: Paper) -> None:
        """Write a table that is filled in: as wide as its columns need, with the choices of a cell to choose from."""
        sheet = self.table(table, paper, wide=sum(column.width for column in table.columns), frozen=2)
        sheet.set_paper(_A3)
        for index, column in enumerate(table.columns):
            if choices := choices_of(column.key):
                options = {"validate": "list", "source": choices, "error_type": "warning"}
                sheet.data_validation(1, index, len(table.rows) + _ROWS_TO_ADD, index, options)

    def table(self, table: Table, paper: Paper, *, wide: int = _WIDE, frozen: int = 1) -> Any:
        """Write a table, `wide` letters together, with the first `frozen` columns always in sight."""
        sheet = self.sheet(table.heading or paper.heading, paper)
        letters = [max(_NARROWEST, round(each / _POINTS_A_LETTER)) for each in fit_widths(table, wide * _POINTS_A_LETTER)[0]]
        for index, column in enumerate(table.columns):
            sheet.set_column(index, index, min(letters[index], _WIDEST))
            place = "center" if column.type == "number" else "left"
            sheet.write_string(0, index, wordml.one_line(column.label), self.head(column.tone, align=place))
        lines = [wordml.lines_needed(one.label, max(room - 4, 1)) for one, room in zip(table.columns, letters, strict=True)]
        sheet.set_row(0, _LINE * max(lines) + 6)
        for number, row in enumerate(table.rows, 1):
            lines = [
                sum(wordml.lines_needed(part, room) for part in plain(_text_of(cell)).split("\n"))
                for cell, room in zip(row, letters, strict=True)
            ]
            # Excel fits a row to its words when it opens the file; others, and paper, need it said.
            sheet.set_row(number, min(_LINE * max(*lines, 1) + 4, _HIGHEST))
            for index, (column, cell) in enumerate(zip(table.columns, row, strict=True)):
                self.cell(sheet, number, index, column, cell)
        if not table.rows:
            sheet.write_string(1, 0, table.nothing or "–", self.look())
        sheet.freeze_panes(1, frozen)
        sheet.autofilter(0, 0, max(len(table.rows), 1), len(table.columns) - 1)
        sheet.repeat_rows(0)
        return sheet

    def cell(self, sheet: Any, row: int, index: int, column: Column, cell: Cell) -> None:
        look: dict[str, Any] = {"border": 1, "border_color": f"#{LINE}"}
        if cell.fill:
            look |= {"bg_color": f"#{TONES[cell.fill].ground}", "font_color": f"#{TONES[cell.fill].ink}"}
        if isinstance(cell.value, int):
            sheet.write_number(row, index, cell.value, self.look(num_format=_number(cell), align="center", **look))
        elif isinstance(cell.value, date):
            sheet.write_datetime(row, index, cell.value, self.look(**_DAY, **look))
        else:
            text = plain(_text_of(cell))
            if text:
                sheet.write_string(row, index, text, self.look(text_wrap=True, **look))
            else:
                # What is written into an empty cell is shown as a day is elsewhere.
                sheet.write_blank(row, index, None, self.look(**look, **(_DAY if column.type == "date" else _TEXT)))

    def about(self, paper: Paper) -> None:
        """Add the sheet of facts about the report, and its sums."""
        sheet = self.sheet(_("About the report"), paper)
        sheet.set_column(0, 0, 32)
        sheet.set_column(1, 1, 100)
        lines: list[tuple[str, str | int]] = [
            (_("Report"), paper.heading),
            (_("About"), paper.subtitle),
            (_("Organisation"), paper.organisation),
            (_("Registry number"), paper.registry_number),
            (_("Risk matrix"), paper.matrix),
            *(("", fact) for fact in paper.facts),
            *((_("Note"), note) for note in paper.notes),
            ("", paper.seal),
        ]
        for table in paper.tables:
            if table.name == "overview":
                cells = table.rows[0] if table.rows else ()
                lines += [
                    (column.words, cell.value if isinstance(cell.value, int) else cell.text)
                    for column, cell in zip(table.columns, cells, strict=False)
                ]
        row = 0
        for label, value in lines:
            if value == "":
                continue
            sheet.write_string(row, 0, plain(label), self.look(bold=True))
            if isinstance(value, int):
                sheet.write_number(row, 1, value, self.look(num_format="0", align="left"))
            else:
                sheet.write_string(row, 1, plain(value), self.look(text_wrap=True))
            row += 1

    def chart(self, chart: Chart, paper: Paper) -> None:
        """Add the figures behind a drawing.

        The heatmap becomes the matrix itself, cell by cell in its band's colour and with its symbol.
        """
        sheet = self.sheet(chart.heading, paper)
        first = max(len(row[0]) for row in (chart.head, *chart.rows))
        sheet.set_column(0, 0, min(max(first + 3, 20), _WIDEST))
        sheet.set_column(1, max(len(chart.head) - 1, 1), 18)
        for index, label in enumerate(chart.head):
            sheet.write_string(0, index, plain(label), self.head(align="center" if index else "left"))
        sheet.set_row(0, 2 * _LINE + 6)
        for number, row in enumerate(chart.rows, 1):
            sheet.set_row(number, 2 * _LINE + 6 if any(chart.tones) else _LINE + 6)
            for index, text in enumerate(row):
                tone = chart.tones[number - 1][index] if chart.tones else ""
                look: dict[str, Any] = {"valign": "vcenter", "border": 1, "border_color": f"#{LINE}"}
                shown = "0"
                if tone:
                    sign = RiskBand.SYMBOLS.get(tone, "")
                    shown = f'0 "{sign}";-0 "{sign}";"{sign}"'
                    look |= {"bg_color": f"#{TONES[tone].ground}", "font_color": f"#{TONES[tone].ink}", "bold": True}
                    look |= {"border": 2, "border_color": "#FFFFFF"}
                figure = text.replace("\u00a0", "").replace(" ", "")
                if index and figure.isdecimal():
                    sheet.write_number(number, index, int(figure), self.look(num_format=shown, align="center", **look))
                else:
                    place = "center" if index else "left"
                    sheet.write_string(number, index, plain(text), self.look(text_wrap=True, align=place, **look))
        sheet.freeze_panes(1, 1)


def _number(cell: Cell) -> str:
    """Return the number format: with the sign beside the number, so that colour is not alone. It stays a number."""
    signs = [block.words for block in cell.blocks if block.kind == Kind.SIGN]
    return '0 "{}"'.format(wordml.one_line(signs[0]).replace('"', "''")) if signs else "0"


def _text_of(cell: Cell) -> str:
    """Return the cell's words: its value, and what stands small below it."""
    if not isinstance(cell.value, str):
        return cell.text
    return "\n".join([cell.value, *(block.words for block in cell.blocks if block.kind == Kind.SMALL)])


def _of_page(left: str, middle: str, right: str) -> str:
    """Return a header or footer, with typed text escaped so that none of it is read as a code."""
    parts = (wordml.one_line(part)[:_LONGEST_OF_PAGE].replace("&", "&&") for part in (left, middle, right))
    return "".join(f"&{side}&8{' ' if part[:1].isdigit() else ''}{part}" for side, part in zip("LCR", parts, strict=True))


def plain(text: str) -> str:
    """Return the text without what XML forbids, cut to what a cell holds; a cut is marked."""
    cleaned = wordml.clean(text)
    return cleaned if len(cleaned) <= LONGEST else cleaned[: LONGEST - 1] + "…"
