"""OpenDocument spreadsheets, streamed from the markup.

calamine reads them too, but knows neither their merged cells nor their colours, and builds every repeated row.
"""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from lxml import etree

from riskreg.web.whole_number import whole_number

from .. import archive
from ..cells import BLANK, Beside, BesideKind, Cell, Content, Place
from ..colours import from_hex
from ..number_formats import is_number_of
from ..text import tidy, typed
from ..text_limits import TextBudget
from ..unreadable import UnreadableFile
from .own_property import mark_of_open_document
from .spreadsheet_cells import MAX_COLUMNS, Hidden, Range, check_extent, shown_table, take_hidden_sheet

_OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
_STYLE = "{urn:oasis:names:tc:opendocument:xmlns:style:1.0}"
_TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
_TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
_DRAW = "{urn:oasis:names:tc:opendocument:xmlns:drawing:1.0}"
_BACKGROUND = "{urn:oasis:names:tc:opendocument:xmlns:xsl-fo-compatible:1.0}background-color"
_LINE_THROUGH = (f"{_STYLE}text-line-through-style", f"{_STYLE}text-line-through-type")
_CELLS = frozenset({f"{_TABLE}table-cell", f"{_TABLE}covered-table-cell"})
_PARAGRAPH, _ANNOTATION, _FRAME = f"{_TEXT}p", f"{_OFFICE}annotation", f"{_DRAW}frame"
_STYLE_NAME, _FORMULA, _REPEATED = f"{_TABLE}style-name", f"{_TABLE}formula", f"{_TABLE}number-columns-repeated"
_ROWS_SPANNED, _COLUMNS_SPANNED = f"{_TABLE}number-rows-spanned", f"{_TABLE}number-columns-spanned"
_NUMBERS = frozenset({"float", "percentage", "currency"})
_VALUE_TYPE, _VALUE = f"{_OFFICE}value-type", f"{_OFFICE}value"
_CALCULATED_TYPE = "{urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0}value-type"
_NOT_SHOWN: dict[str, BesideKind] = {"collapse": "hidden_row", "filter": "filtered_row"}
_BESIDE: dict[str, BesideKind] = {_ANNOTATION: "comment", f"{_DRAW}text-box": "text_box", f"{_DRAW}custom-shape": "text_box"}
_STREAMED = tuple(
    f"{_STYLE}style {_TABLE}table {_TABLE}table-row {_TABLE}table-column {_TABLE}shapes {_TABLE}tracked-changes".split()
)


@dataclass(slots=True)
class _Styles:
    """By a style's name: its fill, whether its text is struck through, whether its sheet is hidden."""

    fills: dict[str, str | None] = field(default_factory=dict)
    struck: set[str] = field(default_factory=set)
    hidden: set[str] = field(default_factory=set)

    def add(self, style: etree._Element) -> None:
        name = style.get(f"{_STYLE}name", "")
        for properties in style:
            if _BACKGROUND in properties.attrib:
                self.fills[name] = from_hex(properties.get(_BACKGROUND))
            if properties.get(f"{_TABLE}display") == "false":
                self.hidden.add(name)
            if any(properties.get(line, "none") != "none" for line in _LINE_THROUGH):
                self.struck.add(name)


def read(data: bytes, *, max_rows: int, with_hidden: bool = False) -> Content:
    """Read the sheets of an OpenDocument spreadsheet; one that is hidden stands beside the tables.

    Hidden rows and columns do so too, unless they are asked for.
    """
    with archive.open_checked(data) as package:
        manifest = "META-INF/manifest.xml"
        if manifest in package.namelist() and b"encryption-data" in package.read(manifest):
            raise UnreadableFile("encrypted")
        return _read(package, max_rows, with_hidden=with_hidden)


def _read(package: zipfile.ZipFile, max_rows: int, *, with_hidden: bool) -> Content:
    content, styles, budget = Content(own=mark_of_open_document(package)), _Styles(), TextBudget()
    number = 0
    sheet: _Sheet | None = None
    with package.open("content.xml") as stream:
        events = etree.iterparse(stream, events=("start", "end"), tag=_STREAMED, resolve_entities=False, no_network=True)
        for event, element in events:
            if element.tag == f"{_TABLE}table":
                if next(element.iterancestors(f"{_TABLE}table", f"{_TABLE}tracked-changes"), None) is not None:
                    continue
                if event == "start":
                    number += 1
                    place = Place("sheet", number, element.get(f"{_TABLE}name", ""))
                    sheet = _Sheet(
                        place, max_rows, budget, styles, is_shown=element.get(f"{_TABLE}style-name") not in styles.hidden
                    )
                    sheet.text_of = typed if content.own else tidy
                elif sheet is not None:
                    if with_hidden:
                        sheet.hidden = Hidden()
                    sheet.finish(content)
                    sheet = None
                    element.clear()
            elif event == "start":
                continue
            elif element.tag == f"{_STYLE}style":
                styles.add(element)
            elif element.tag == f"{_TABLE}tracked-changes":
                deleted = (tidy(_text(paragraph)) for paragraph in element.iter(_PARAGRAPH))
                content.beside.extend(Beside("deleted", text, Place("file")) for text in deleted if text)
                element.clear()
            elif sheet is not None and next(element.iterancestors(f"{_TABLE}tracked-changes"), None) is None:
                sheet.take(element)
    return content


class _Sheet:
    """The rows of one sheet as they come by."""

    def __init__(self, place: Place, max_rows: int, budget: TextBudget, styles: _Styles, *, is_shown: bool) -> None:
        self.place, self.max_rows, self.budget, self.styles, self.is_shown = place, max_rows, budget, styles, is_shown
        self.rows: list[list[Cell]] = []
        self.ranges: list[Range] = []
        self.hidden = Hidden()
        self.beside: list[Beside] = []
        self.position = self.columns = 0
        self.text_of: Callable[[str], str] = tidy

    def take(self, element: etree._Element) -> None:
        if element.tag == f"{_TABLE}table-row":
            self.add(element)
            element.clear()
            while element.getprevious() is not None:
                del element.getparent()[0]
        elif element.tag == f"{_TABLE}table-column":
            count = _count(element, _REPEATED)
            if element.get(f"{_TABLE}visibility", "visible") != "visible":
                self.hidden.columns.update(range(self.columns, min(self.columns + count, MAX_COLUMNS)))
            self.columns += count
        else:
            self.put_beside(element, None, None)

    def add(self, row: etree._Element) -> None:
        cells: list[Cell] = []
        for element in row:
            if element.tag not in _CELLS:
                continue
            count = _count(element, _REPEATED)
            down, across = _count(element, _ROWS_SPANNED), _count(element, _COLUMNS_SPANNED)
            if down > 1 or across > 1:
                here = (self.position, len(cells))
                self.ranges.append((here, (here[0] + down - 1, here[1] + across - 1)))
            cell = self.cell(element, self.position + 1, len(cells))
            if (cell.text or cell.uncomputed) and len(cells) + count > MAX_COLUMNS:
                raise UnreadableFile("too_many_columns", limit=MAX_COLUMNS)
            if count == 1 and len(cells) < MAX_COLUMNS:
                cells.append(cell)
            else:
                cells += [cell] * min(count, MAX_COLUMNS - len(cells))
        repeated = _count(row, f"{_TABLE}number-rows-repeated")
        for cell in cells:
            self.budget.spend(len(cell.text), repeated)
        if any(cell.text or cell.uncomputed for cell in cells):
            check_extent(rows=self.position + repeated, columns=len(cells), max_rows=self.max_rows)
            self.rows += [[] for _ in range(self.position - len(self.rows))]
            self.rows += [[_numbered(cell, self.position + i, c) for c, cell in enumerate(cells)] for i in range(repeated)]
            if kind := _NOT_SHOWN.get(row.get(f"{_TABLE}visibility", "visible")):
                self.hidden.rows |= dict.fromkeys(range(self.position, self.position + repeated), kind)
        self.position += repeated

    def cell(self, element: etree._Element, row: int, column: int) -> Cell:
        shown: list[str] = []
        struck: list[str] = []
        whole: list[str] = []
        style = element.get(_STYLE_NAME, "")
        is_struck = style in self.styles.struck
        if (alone := _text_alone(element)) is not None:
            (struck if is_struck else shown).append(alone)
        else:
            self.put_beside(element, row, column)
            for paragraph in element.iterchildren(_PARAGRAPH):
                between = "\n" if shown or struck else ""
                _collect(paragraph, self.styles, shown, struck, whole, is_struck=is_struck, before=between)
        all_struck = bool("".join(struck).strip()) and not "".join(shown).strip()
        is_partly_struck = bool("".join(struck).strip()) and not all_struck
        if is_partly_struck:
            self.beside.append(Beside("struck", tidy("".join(struck)), self.place, row, column))
        text = self.text_of("".join(struck if all_struck else shown))
        kind = element.get(_VALUE_TYPE)
        stored = ""
        if kind in _NUMBERS and text and (value := element.get(_VALUE)):
            # What is shown may be rounded: as a score, 6,5 that is shown as 7 counts as what it is.
            stored = value.removesuffix(".0").replace(".", ",")
            if is_number_of(text.replace(".", ","), stored):
                text, stored = stored, ""
        has_value = bool(text) or kind == "string"
        fill = self.styles.fills.get(style)
        if element.get(_CALCULATED_TYPE) == "error":
            return Cell(fill=fill, uncomputed=f"? ({text})" if text else "?")
        if not has_value and element.get(_FORMULA):
            return Cell(fill=fill, uncomputed="?")
        all_of_it = self.text_of("".join(whole)) if is_partly_struck else ""
        return Cell(text, fill, struck=bool(text) and all_struck, whole=all_of_it, stored=stored) if text or fill else BLANK

    def put_beside(self, element: etree._Element, row: int | None, column: int | None) -> None:
        """Put the comments and text boxes of a cell, or of a sheet's drawings, beside the table."""
        if len(element) == 0:
            return
        for found in element.iter(*_BESIDE):
            if next(found.iterancestors(*_BESIDE), None) is None:
                paragraphs = "\n\n".join(_text(paragraph) for paragraph in found.iter(_PARAGRAPH))
                if text := tidy(paragraphs):
                    self.beside.append(Beside(_BESIDE[found.tag], text, self.place, row, column))

    def finish(self, content: Content) -> None:
        if self.is_shown:
            table, beside = shown_table(self.place, self.rows, self.ranges, self.hidden)
            if table.rows:
                content.tables.append(table)
            content.beside.extend(beside)
        else:
            take_hidden_sheet(content, self.place, self.rows, self.ranges, self.hidden)
        content.beside.extend(self.beside)


def _count(element: etree._Element, attribute: str) -> int:
    value = element.get(attribute)
    if value is None:
        return 1
    return max(whole_number(value) or 1, 1) if len(value) < 9 else 1


def _text_alone(cell: etree._Element) -> str | None:
    """Return the text of a cell of one paragraph without any markup, as nearly every cell is; None for any other."""
    if len(cell) != 1:
        return None if len(cell) else ""
    paragraph = cell[0]
    return (paragraph.text or "") if paragraph.tag == _PARAGRAPH and not len(paragraph) else None


def _collect(
    element: etree._Element,
    styles: _Styles,
    shown: list[str],
    struck: list[str],
    whole: list[str],
    *,
    is_struck: bool,
    before: str = "",
) -> None:
    """Sort the text of a paragraph into what is shown and what is struck through, and collect the whole of it."""

    def put(text: str) -> None:
        (struck if is_struck else shown).append(text)
        whole.append(text)

    put(before + (element.text or ""))
    for child in element:
        if child.tag == f"{_TEXT}line-break":
            put("\n")
        elif child.tag in (f"{_TEXT}s", f"{_TEXT}tab"):
            put(" ")
        elif child.tag not in _BESIDE and child.tag != _FRAME:
            own = child.get(f"{_TEXT}style-name", "") in styles.struck
            _collect(child, styles, shown, struck, whole, is_struck=is_struck or own)
        put(child.tail or "")


def _text(paragraph: etree._Element) -> str:
    shown: list[str] = []
    _collect(paragraph, _Styles(), shown, [], [], is_struck=False)
    return "".join(shown)


def _numbered(cell: Cell, row: int, column: int) -> Cell:
    return replace(cell, uncomputed=cell.uncomputed.replace("?", address(row, column), 1)) if cell.uncomputed else cell


def address(row: int, column: int) -> str:
    """Return the spreadsheet address of a 0-based row and column: (4, 2) gives 'C5'."""
    letters = ""
    column += 1
    while column:
        column, remainder = divmod(column - 1, 26)
        letters = chr(65 + remainder) + letters
    return f"{letters}{row + 1}"
