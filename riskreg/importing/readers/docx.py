"""Word documents, read from the markup itself.

python-docx opens the package; its table objects are not used: they know nothing of content controls, and finding the
top of a vertically merged cell costs them a walk up the table for every row.
"""

from __future__ import annotations

import io
from dataclasses import replace

import docx
from docx.oxml.ns import qn
from docx.parts.document import DocumentPart
from lxml import etree

from riskreg.web.whole_number import whole_number

from .. import archive
from ..cells import BLANK, Beside, BesideKind, Cell, Content, Place, Table, pad_rows
from ..colours import HIGHLIGHTS, from_hex
from ..text_limits import TextBudget
from ..unreadable import UnreadableFile
from .docx_numbers import numbers_shown
from .docx_text import (
    CELL,
    CELL_PROPERTIES,
    DELETED,
    PARAGRAPH,
    PARAGRAPH_PROPERTIES,
    ROW,
    RUN,
    RUN_PROPERTIES,
    TABLE,
    TEXT_BOX,
    TEXTS,
    VAL,
    Formats,
    all_text,
    blocks,
    shown_text,
)
from .own_property import mark_of_package

MAX_COLUMNS = 63  # Word's own limit
_ROW_PROPERTIES = qn("w:trPr")
_GRID_BEFORE = qn("w:gridBefore")
_CELLS = {CELL}
_SPAN = qn("w:gridSpan")
_MERGE = qn("w:vMerge")
_SHADING = qn("w:shd")
_COLOUR = qn("w:color")
_FILL = qn("w:fill")
_HIGHLIGHT = qn("w:highlight")
# Of a row and of a cell: its deletion is tracked, or it is formatted as hidden.
_ROW_IS_ABSENT: dict[str, BesideKind] = {qn("w:del"): "deleted", qn("w:hidden"): "hidden_row"}
_CELL_IS_DELETED = qn("w:cellDel")
_COMMENT, _COMMENT_MARK, _ID = qn("w:comment"), qn("w:commentReference"), qn("w:id")
_DRAWN_PARAGRAPH, _DRAWN_TEXT = (f"{{http://schemas.openxmlformats.org/drawingml/2006/main}}{name}" for name in ("p", "t"))
# How the document is related to its other parts, by the last word of the relation.
_PARTS: dict[str, BesideKind] = {
    "header": "header_footer",
    "footer": "header_footer",
    "footnotes": "paragraph",
    "endnotes": "paragraph",
    "diagramData": "text_box",
    "chart": "text_box",
}


def read(data: bytes, *, max_rows: int) -> Content:
    """Read the tables of a Word document, with the paragraphs above each as its heading."""
    with archive.open_checked(data) as package:
        own = mark_of_package(package)
    part = docx.Document(io.BytesIO(data)).part
    return _Document(part, max_rows, own).read()


class _Document:
    """The tables of a document as they come by, and what stands beside them."""

    def __init__(self, part: DocumentPart, max_rows: int, own: str) -> None:
        self.part = part
        self.body = part.element.body
        parts = _related(part)
        self.styles = next((element for kind, element in parts if kind == "styles"), None)
        self.comments = [comment for kind, element in parts if kind == "comments" for comment in element.iter(_COMMENT)]
        self.others = [(kind, element) for kind, element in parts if kind in _PARTS]
        numbering = next((element for kind, element in parts if kind == "numbering"), None)
        self.automatic = {} if own else numbers_shown(self.body, numbering, self.styles)
        self.formats = Formats(self.body, self.styles, as_typed=bool(own))
        self.rows_left = max_rows
        self.budget = TextBudget()
        self.content = Content(own=own)
        self.numbers: dict[etree._Element, int] = {}

    def read(self) -> Content:
        between: list[str] = []
        here = Place("file")
        for block in blocks(self.body, {TABLE, PARAGRAPH}):
            if block.tag == PARAGRAPH:
                shown = shown_text(block, self.formats)
                if shown.struck:
                    self.put("deleted", shown.text, here)
                elif shown.text:
                    between.append(shown.text.replace("\n", " "))
                for kind, text in shown.aside:
                    self.put(kind, text, here)
                continue
            for element in self.read_apart(block):
                here = Place("table", len(self.numbers) + 1)
                self.numbers[element] = here.number
                table = self.table(element, here, "\n".join(between))
                if table.rows:
                    self.content.tables.append(table)
                    between = []
        for text in between:
            self.put("paragraph", text, here)
        self.read_deleted_blocks(here)
        self.read_parts()
        return self.content

    def read_apart(self, table: etree._Element) -> list[etree._Element]:
        """Return the table, and those in its cells where it only lays them out; else they are text of their cells."""
        inner = _nested(table)
        if not inner or not _lays_out(table):
            return [table]
        self.formats.apart.update(inner)
        return [table, *(element for one in inner for element in self.read_apart(one))]

    def put(self, kind: BesideKind, text: str, place: Place, row: int | None = None, column: int | None = None) -> None:
        if text:
            self.content.beside.append(Beside(kind, text, place, row, column))

    def table(self, table: etree._Element, place: Place, heading: str) -> Table:
        rows: list[list[Cell]] = []
        numbers: list[int] = []
        above: dict[int, Cell] = {}
        for number, row in enumerate(blocks(table, {ROW}), start=1):
            if len(rows) >= self.rows_left:
                raise UnreadableFile("too_many_rows", limit=self.rows_left)
            properties = row.find(_ROW_PROPERTIES)
            absent = next(
                (kind for tag, kind in _ROW_IS_ABSENT.items() if properties is not None and _is_set(properties, tag)), None
            )
            if absent is not None:
                for column, element in enumerate(blocks(row, {CELL})):
                    self.put(absent, all_text(element), place, number, column)
                continue
            rows.append(self.row(row, above, place, number))
            numbers.append(number)
        self.rows_left -= len(rows)
        rows = pad_rows(rows)
        consecutive = not numbers or numbers[-1] == len(numbers)
        return Table(place, rows, heading=heading, row_numbers=() if consecutive else tuple(numbers[: len(rows)]))

    def row(self, row: etree._Element, above: dict[int, Cell], place: Place, number: int) -> list[Cell]:
        properties = next(row.iterchildren(_ROW_PROPERTIES), None)
        counted: dict[int, str] = {}
        cells: list[Cell] = [BLANK] * (_number(properties.find(_GRID_BEFORE), 0) if properties is not None else 0)
        for element in blocks(row, _CELLS):
            stated = _stated(element)
            span, merge = _number(stated.get(_SPAN), 1), stated.get(_MERGE)
            goes_on = merge is not None and merge.get(VAL, "continue") == "continue"
            start = len(cells)
            if goes_on and start in above:
                # Word shows nothing of a cell that the one above covers.
                self.put("hidden_text", all_text(element), place, number, start)
                cell = Cell(fill=above[start].fill, merged="up")
            elif _CELL_IS_DELETED in stated:
                self.put("deleted", all_text(element), place, number, start)
                cell = BLANK
            else:
                cell = self.cell(element, stated.get(_SHADING), place, number, start)
                self.budget.spend(len(cell.text))
                if element in self.automatic and not cell.text:
                    counted[start] = self.automatic[element]
            if merge is None:
                above.pop(start, None)
            elif cell.merged != "up":
                above[start] = cell
            cells.append(cell)
            if span > 1:
                cells += [Cell(fill=cell.fill, merged="left")] * (span - 1)
            if len(cells) > MAX_COLUMNS:
                raise UnreadableFile("too_many_columns", limit=MAX_COLUMNS)
        if any(cell.text for cell in cells):
            # A row of nothing but its number is one that nobody has filled in.
            for at, text in counted.items():
                cells[at] = replace(cells[at], text=text)
        return cells

    def cell(self, element: etree._Element, shading: etree._Element | None, place: Place, row: int, column: int) -> Cell:
        shown = shown_text(element, self.formats)
        for kind, text in shown.aside:
            self.put(kind, text, place, row, column)
        fill = _fill(shading)
        if fill is None and not any(character.isalnum() for character in shown.text):
            fill = _ink(element)
        return Cell(shown.text, fill, struck=shown.struck, whole=shown.whole) if shown.text or fill else BLANK

    def read_deleted_blocks(self, place: Place) -> None:
        """Read the tables and paragraphs that are deleted or moved away as a whole."""
        for block in self.body.iter(*DELETED):
            holds_blocks = next(block.iterchildren(TABLE, PARAGRAPH), None) is not None
            if holds_blocks and next(block.iterancestors(PARAGRAPH, CELL, *DELETED), None) is None:
                self.put("deleted", all_text(block), place)

    def read_parts(self) -> None:
        places = self.commented() if self.comments else {}
        for comment in self.comments:
            place, row, column = places.get(comment.get(_ID, ""), (Place("file"), None, None))
            self.put("comment", all_text(comment), place, row, column)
        for kind, element in self.others:
            if _PARTS[kind] == "text_box":
                for paragraph in element.iter(_DRAWN_PARAGRAPH):
                    text = "".join(piece.text or "" for piece in paragraph.iter(_DRAWN_TEXT))
                    self.put("text_box", " ".join(text.split()), Place("file"))
            else:
                self.put(_PARTS[kind], all_text(element), Place("file"))

    def commented(self) -> dict[str, tuple[Place, int | None, int | None]]:
        """Return where in the tables each comment is set."""
        places: dict[str, tuple[Place, int | None, int | None]] = {}
        for mark in self.body.iter(_COMMENT_MARK):
            cell = next(mark.iterancestors(CELL), None)
            row = next(cell.iterancestors(ROW), None) if cell is not None else None
            table = next(row.iterancestors(TABLE), None) if row is not None else None
            if cell is None or row is None or table is None or table not in self.numbers:
                continue
            before = [other for other in blocks(row, {CELL}) if other is not cell]
            column = sum(_span(other) for other in before if other in set(cell.itersiblings(preceding=True)))
            number = 1 + sum(1 for other in row.itersiblings(ROW, preceding=True))
            places[mark.get(_ID, "")] = Place("table", self.numbers[table]), number, column
        return places


def _related(part: DocumentPart) -> list[tuple[str, etree._Element]]:
    """Return the parts that the document is related to, parsed, by the last word of the relation."""
    # The archive's gate has refused every document type: there are no entities to resolve.
    parser = etree.XMLParser(resolve_entities=False, no_network=True, remove_comments=True, remove_pis=True)
    found: list[tuple[str, etree._Element]] = []
    for relation in part.rels.values():
        kind = relation.reltype.rsplit("/", 1)[-1]
        if not relation.is_external and (kind in _PARTS or kind in {"styles", "comments", "numbering"}):
            found.append((kind, etree.fromstring(relation.target_part.blob, parser)))
    return found


def _nested(table: etree._Element) -> list[etree._Element]:
    """Return the tables in a table's cells; one in a text box or in deleted text is not read as a table."""
    around = TABLE, TEXT_BOX, *DELETED
    return [inner for inner in table.iterdescendants(TABLE) if next(inner.iterancestors(*around), None) is table]


def _lays_out(table: etree._Element) -> bool:
    """Return whether the cells of the tables within say as much as its own: it then holds no rows but places tables."""
    filled = {next(text.iterancestors(CELL), None) for text in table.iter(*TEXTS) if (text.text or "").strip()}
    own = sum(cell is not None and next(cell.iterancestors(TABLE)) is table for cell in filled)
    return own * 2 <= len(filled)


def _is_set(properties: etree._Element, tag: str) -> bool:
    element = properties.find(tag)
    return element is not None and element.get(VAL, "1") not in {"0", "false", "off"}


def _stated(cell: etree._Element) -> dict[str, etree._Element]:
    """Return what the cell's properties state, by tag, in one pass: a long table has tens of thousands of cells."""
    properties = next(cell.iterchildren(CELL_PROPERTIES), None)
    return {} if properties is None else {one.tag: one for one in properties}


def _span(cell: etree._Element) -> int:
    return _number(_stated(cell).get(_SPAN), 1)


def _number(element: etree._Element | None, otherwise: int) -> int:
    if element is None:
        return otherwise
    number = whole_number(element.get(VAL, ""))
    return min(number, MAX_COLUMNS + 1) if number is not None else otherwise


def _fill(shading: etree._Element | None) -> str | None:
    if shading is None:
        return None
    if shading.get(VAL) == "solid":
        return from_hex(shading.get(_COLOUR))
    return from_hex(shading.get(_FILL))


def _ink(cell: etree._Element) -> str | None:
    """Return the colour of a cell with only a symbol or nothing: that of its shaded, highlighted or coloured run."""
    for properties in cell.iter(RUN_PROPERTIES, PARAGRAPH_PROPERTIES):
        if colour := _fill(properties.find(_SHADING)):
            return colour
        highlight, colour_element = properties.find(_HIGHLIGHT), properties.find(_COLOUR)
        if highlight is not None and (named := HIGHLIGHTS.get(highlight.get(VAL, ""))):
            return named
        in_run = properties.getparent() is not None and properties.getparent().tag == RUN
        if in_run and colour_element is not None and (colour := from_hex(colour_element.get(VAL))):
            return colour
    return None
