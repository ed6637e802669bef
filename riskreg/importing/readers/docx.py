"""Word documents, read from the markup itself.

python-docx opens the package; its table objects are not used: they know nothing of content controls, and finding the
top of a vertically merged cell costs them a walk up the table for every row.
"""

from __future__ import annotations

import io
from collections.abc import Iterator

import docx
from docx.oxml.ns import qn
from lxml import etree

from riskreg.web.whole_number import whole_number

from .. import archive
from ..cells import BLANK, Beside, Cell, Content, Place, Table, pad_rows
from ..colours import HIGHLIGHTS, from_hex
from ..text import plain, tidy
from ..text_limits import TextBudget
from ..unreadable import UnreadableFile

MAX_COLUMNS = 63  # Word's own limit
_TABLE, _ROW, _CELL, _PARAGRAPH, _RUN = qn("w:tbl"), qn("w:tr"), qn("w:tc"), qn("w:p"), qn("w:r")
_VAL = qn("w:val")
_FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
_ABSENT = frozenset({qn("w:del"), qn("w:moveFrom"), qn("w:instrText"), _FALLBACK})
_PROPERTIES = frozenset({qn("w:tblPr"), qn("w:tblGrid"), qn("w:trPr"), qn("w:tcPr"), qn("w:pPr"), qn("w:rPr"), qn("w:sdtPr")})
_BREAK, _RETURN, _TAB, _TEXT = qn("w:br"), qn("w:cr"), qn("w:tab"), qn("w:t")
_ROW_PROPERTIES = qn("w:trPr")
_GRID_BEFORE = qn("w:gridBefore")
_CELL_PROPERTIES = qn("w:tcPr")
_SPAN = qn("w:gridSpan")
_MERGE = qn("w:vMerge")
_SHADING = qn("w:shd")
_COLOUR = qn("w:color")
_FILL = qn("w:fill")
_RUN_PROPERTIES = qn("w:rPr")
_PARAGRAPH_PROPERTIES = qn("w:pPr")
_HIGHLIGHT = qn("w:highlight")
_TYPE = qn("w:type")
_FIRM_HYPHEN = qn("w:noBreakHyphen")
_SOFT_HYPHEN = qn("w:softHyphen")


def read(data: bytes, *, max_rows: int) -> Content:
    """Read the tables of a Word document, with the paragraphs above each as its heading."""
    archive.open_checked(data).close()
    body = docx.Document(io.BytesIO(data)).element.body
    tables: list[Table] = []
    between: list[str] = []
    left = max_rows
    budget = TextBudget()
    number = 0
    for block in _blocks(body, {_TABLE, _PARAGRAPH}):
        if block.tag == _PARAGRAPH:
            if text := plain(_text(block)):
                between.append(text)
            continue
        for element in (block, *block.iterdescendants(_TABLE)):
            number += 1
            rows = _rows(element, left, budget)
            left -= len(rows)
            if rows := pad_rows(rows):
                tables.append(Table(Place("table", number), rows, heading="\n".join(between)))
                between = []
    after = tables[-1].place if tables else Place("file")
    return Content(tables, [Beside("paragraph", text, after) for text in between])


def _blocks(parent: etree._Element, tags: set[str]) -> Iterator[etree._Element]:
    """Yield the nearest descendants with the given tags, looking through content controls, insertions and the like."""
    for child in parent:
        if child.tag in tags:
            yield child
        elif isinstance(child.tag, str) and child.tag not in _ABSENT and child.tag not in _PROPERTIES:
            yield from _blocks(child, tags)


def _rows(table: etree._Element, limit: int, budget: TextBudget) -> list[list[Cell]]:
    rows: list[list[Cell]] = []
    above: dict[int, Cell] = {}
    for row in _blocks(table, {_ROW}):
        if len(rows) >= limit:
            raise UnreadableFile("too_many_rows", limit=limit)
        cells: list[Cell] = [BLANK] * _number(row.find(f"{_ROW_PROPERTIES}/{_GRID_BEFORE}"), 0)
        for element in _blocks(row, {_CELL}):
            properties = element.find(_CELL_PROPERTIES)
            span = _number(properties.find(_SPAN) if properties is not None else None, 1)
            merge = properties.find(_MERGE) if properties is not None else None
            goes_on = merge is not None and merge.get(_VAL, "continue") == "continue"
            start = len(cells)
            if goes_on and start in above:
                cell = Cell(fill=above[start].fill, merged="up")
            else:
                cell = _cell(element, properties)
                budget.spend(len(cell.text))
            if merge is None:
                above.pop(start, None)
            elif cell.merged != "up":
                above[start] = cell
            cells.append(cell)
            cells += [Cell(fill=cell.fill, merged="left")] * (span - 1)
            if len(cells) > MAX_COLUMNS:
                raise UnreadableFile("too_many_columns", limit=MAX_COLUMNS)
        rows.append(cells)
    return rows


def _number(element: etree._Element | None, otherwise: int) -> int:
    value = element.get(_VAL, "") if element is not None else ""
    number = whole_number(value)
    return min(number, MAX_COLUMNS + 1) if number is not None else otherwise


def _cell(element: etree._Element, properties: etree._Element | None) -> Cell:
    text = tidy("\n\n".join(_text(paragraph) for paragraph in _blocks(element, {_PARAGRAPH})))
    # Nested tables' paragraphs are reached too, so a text inside one is not lost to the cell that holds it.
    fill = _shading(properties)
    if fill is None and not any(character.isalnum() for character in text):
        fill = _ink(element)
    return Cell(text, fill) if text or fill else BLANK


def _shading(properties: etree._Element | None) -> str | None:
    shading = properties.find(_SHADING) if properties is not None else None
    if shading is None:
        return None
    if shading.get(_VAL) == "solid":
        return from_hex(shading.get(_COLOUR))
    return from_hex(shading.get(_FILL))


def _ink(cell: etree._Element) -> str | None:
    """Return the colour of a cell with only a symbol or nothing: that of its shaded, highlighted or coloured run."""
    for properties in cell.iter(_RUN_PROPERTIES, _PARAGRAPH_PROPERTIES):
        if colour := _shading(properties):
            return colour
        highlight, colour_element = properties.find(_HIGHLIGHT), properties.find(_COLOUR)
        if highlight is not None and (named := HIGHLIGHTS.get(highlight.get(_VAL, ""))):
            return named
        in_run = properties.getparent() is not None and properties.getparent().tag == _RUN
        if in_run and colour_element is not None and (colour := from_hex(colour_element.get(_VAL))):
            return colour
    return None


def _text(element: etree._Element) -> str:
    parts: list[str] = []
    for child in element:
        if not isinstance(child.tag, str) or child.tag in _ABSENT or child.tag in _PROPERTIES:
            continue
        if child.tag == _TEXT:
            parts.append(child.text or "")
        elif child.tag == _BREAK:
            parts.append("\n" if child.get(_TYPE, "textWrapping") == "textWrapping" else " ")
        elif child.tag == _RETURN:
            parts.append("\n")
        elif child.tag == _TAB:
            parts.append(" ")
        elif child.tag == _FIRM_HYPHEN:
            parts.append("\u2011")
        elif child.tag == _SOFT_HYPHEN:
            parts.append("\u00ad")
        else:
            parts.append(_text(child))
    return "".join(parts)
