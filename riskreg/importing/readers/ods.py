"""OpenDocument spreadsheets, streamed from the markup.

calamine reads them too, but knows neither their merged cells nor their colours, and builds every repeated row.
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from dataclasses import replace

from lxml import etree

from riskreg.web.whole_number import whole_number

from .. import archive
from ..cells import BLANK, Cell, Content, Place, Table, pad_rows
from ..colours import from_hex
from ..text import tidy
from ..text_limits import TextBudget
from ..unreadable import UnreadableFile
from .spreadsheet_cells import MAX_COLUMNS, check_extent, merge

_OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
_STYLE = "{urn:oasis:names:tc:opendocument:xmlns:style:1.0}"
_TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
_TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
_BACKGROUND = "{urn:oasis:names:tc:opendocument:xmlns:xsl-fo-compatible:1.0}background-color"
_CELLS = frozenset({f"{_TABLE}table-cell", f"{_TABLE}covered-table-cell"})


def read(data: bytes, *, max_rows: int) -> Content:
    """Read the sheets of an OpenDocument spreadsheet."""
    with archive.open_checked(data) as package:
        manifest = "META-INF/manifest.xml"
        if manifest in package.namelist() and b"encryption-data" in package.read(manifest):
            raise UnreadableFile("encrypted")
        return Content([table for table in _tables(package, max_rows) if table.rows])


def _tables(package: zipfile.ZipFile, max_rows: int) -> Iterator[Table]:
    fills: dict[str, str | None] = {}
    hidden: set[str] = set()
    number = 0
    sheet: _Sheet | None = None
    budget = TextBudget()
    with package.open("content.xml") as stream:
        tags = (f"{_STYLE}style", f"{_TABLE}table", f"{_TABLE}table-row")
        for event, element in etree.iterparse(stream, events=("start", "end"), tag=tags, resolve_entities=False, no_network=True):
            if element.tag == f"{_STYLE}style":
                if event == "end":
                    name = element.get(f"{_STYLE}name", "")
                    for properties in element:
                        if _BACKGROUND in properties.attrib:
                            fills[name] = from_hex(properties.get(_BACKGROUND))
                        if properties.get(f"{_TABLE}display") == "false":
                            hidden.add(name)
            elif element.tag == f"{_TABLE}table":
                if event == "start":
                    number += 1
                    sheet = _Sheet(max_rows, budget)
                elif sheet is not None:
                    if element.get(f"{_TABLE}style-name") not in hidden:
                        yield Table(Place("sheet", number, element.get(f"{_TABLE}name", "")), sheet.finished())
                    sheet = None
                    element.clear()
            elif event == "end" and sheet is not None:
                sheet.add(element, fills)
                element.clear()
                while element.getprevious() is not None:
                    del element.getparent()[0]


class _Sheet:
    """The rows of one sheet as they come by."""

    def __init__(self, max_rows: int, budget: TextBudget) -> None:
        self.max_rows = max_rows
        self.budget = budget
        self.rows: list[list[Cell]] = []
        self.ranges: list[tuple[tuple[int, int], tuple[int, int]]] = []
        self.position = 0

    def add(self, row: etree._Element, fills: dict[str, str | None]) -> None:
        cells: list[Cell] = []
        for element in row:
            if element.tag not in _CELLS:
                continue
            count = _count(element, f"{_TABLE}number-columns-repeated")
            down, across = _count(element, f"{_TABLE}number-rows-spanned"), _count(element, f"{_TABLE}number-columns-spanned")
            if down > 1 or across > 1:
                here = (self.position, len(cells))
                self.ranges.append((here, (here[0] + down - 1, here[1] + across - 1)))
            cell = _cell(element, fills)
            if (cell.text or cell.uncomputed) and len(cells) + count > MAX_COLUMNS:
                raise UnreadableFile("too_many_columns", limit=MAX_COLUMNS)
            cells += [cell] * min(count, MAX_COLUMNS - len(cells))
        repeated = _count(row, f"{_TABLE}number-rows-repeated")
        for cell in cells:
            self.budget.spend(len(cell.text), repeated)
        if any(cell.text or cell.uncomputed for cell in cells):
            check_extent(rows=self.position + repeated, columns=len(cells), max_rows=self.max_rows)
            self.rows += [[] for _ in range(self.position - len(self.rows))]
            self.rows += [[_numbered(cell, self.position + i, c) for c, cell in enumerate(cells)] for i in range(repeated)]
        self.position += repeated

    def finished(self) -> list[list[Cell]]:
        rows = pad_rows(self.rows)
        merge(rows, self.ranges)
        return pad_rows(rows)


def _count(element: etree._Element, attribute: str) -> int:
    value = element.get(attribute, "1")
    return max(whole_number(value) or 1, 1) if len(value) < 9 else 1


def _cell(element: etree._Element, fills: dict[str, str | None]) -> Cell:
    if element.tag.endswith("covered-table-cell"):
        return BLANK
    text = tidy("\n".join(_paragraph(paragraph) for paragraph in element.iterchildren(f"{_TEXT}p")))
    kind, value = element.get(f"{_OFFICE}value-type"), element.get(f"{_OFFICE}value")
    if kind == "float" and value and not any(character.isalpha() for character in text):
        # What is shown may be rounded; a score of 6.5 shown as 7 is 6.5.
        text = value.removesuffix(".0")
    formula = element.get(f"{_TABLE}formula")
    has_value = bool(text) or kind == "string"
    fill = fills.get(element.get(f"{_TABLE}style-name", ""))
    if formula and not has_value:
        return Cell(fill=fill, uncomputed="?")
    return Cell(text, fill) if text or fill else BLANK


def _paragraph(element: etree._Element) -> str:
    parts = [element.text or ""]
    for child in element:
        if child.tag == f"{_TEXT}line-break":
            parts.append("\n")
        elif child.tag in (f"{_TEXT}s", f"{_TEXT}tab"):
            parts.append(" ")
        elif child.tag != f"{_OFFICE}annotation":
            parts.append(_paragraph(child))
        parts.append(child.tail or "")
    return "".join(parts)


def _numbered(cell: Cell, row: int, column: int) -> Cell:
    return replace(cell, uncomputed=address(row, column)) if cell.uncomputed else cell


def address(row: int, column: int) -> str:
    """Return the spreadsheet address of a 0-based row and column: (4, 2) gives 'C5'."""
    letters = ""
    column += 1
    while column:
        column, remainder = divmod(column - 1, 26)
        letters = chr(65 + remainder) + letters
    return f"{letters}{row + 1}"
