"""PDF files that hold a table of text: ruled cells, their text, and the colour drawn in them."""

from __future__ import annotations

import io
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import pdfplumber
from pdfminer.layout import LTChar
from pdfminer.pdfdocument import PDFPasswordIncorrect
from pdfplumber.utils.exceptions import PdfminerException

from ..cells import BLANK, Beside, BesideKind, Box, Cell, Content, Place, Table, pad_rows
from ..colours import from_rgb
from ..own_mark import LINE_ENDS, mark_in
from ..page_drawing import PICTURED_PAGES
from ..text import plain, tidy, typed
from ..unreadable import UnreadableFile
from .pdf_own import line_ends, own_tables, text_with_line_ends
from .pdf_rules import find_tables
from .pdf_unruled import UnruledTables
from .pdf_words import Word, divided, lines_of_text, lines_on_page, middle, words_of

MAX_PAGES = 400
MAX_COLUMNS = 63
_FEW_ROWS = 2
"""Of headings, and of what stands below them without rules."""
# A symbol is small, a filled cell is as large as the cell; a rule between cells is neither.
_LEAST_SIDE = 3.0
_BLACK = "000000"


def read(data: bytes, *, max_rows: int, part: int = 0, parts: int = 1, tell: Callable[[int, int], Any] | None = None) -> Content:
    """Read the text of one part of the pages (part 0 of 2 is the first half); `joined_pages` puts the parts together."""
    try:
        document = pdfplumber.open(io.BytesIO(data))
    except PdfminerException as error:
        if error.args and isinstance(error.args[0], PDFPasswordIncorrect):
            raise UnreadableFile("encrypted") from error
        raise
    rows_left = max_rows
    with document:
        content = Content(own=_own_mark(str(document.metadata.get("Keywords", ""))))
        count = len(document.pages)
        if count > MAX_PAGES:
            raise UnreadableFile("too_many_pages", limit=MAX_PAGES)
        unruled = UnruledTables()
        pages: list[Any] = document.pages[part * count // parts : (part + 1) * count // parts]
        for number, page in enumerate(pages, start=1):
            page.process_object = partial(_drawn, page, page.process_object)
            read_page = _page(page, unruled, content.own)
            rows_left -= sum(len(table.rows) for table in read_page.tables)
            if rows_left < 0:
                raise UnreadableFile("too_many_rows", limit=max_rows)
            content.tables.extend(read_page.tables)
            content.beside.extend(read_page.beside)
            page.close()
            if tell is not None:
                tell(number, len(pages))
    return content


def _own_mark(keywords: str) -> str:
    mark = mark_in(keywords)
    return f"{mark} {LINE_ENDS}" if mark and LINE_ENDS in keywords else str(mark or "")


def _drawn(page: Any, others: Callable[[Any], dict[str, Any]], drawn: Any) -> dict[str, Any]:
    """Return pdfplumber's properties of one thing on the page, for a letter only those that words are built from.

    A long table is nearly all letters, and their other properties took a third of the time.
    """
    if type(drawn) is not LTChar:
        return others(drawn)
    left, above = page.mediabox[:2]
    top = page.height - drawn.y1 + above
    return {
        "object_type": "char",
        "page_number": page.page_number,
        "text": drawn.get_text(),
        "fontname": drawn.fontname,
        "size": drawn.size,
        # pdfminer calls letters upright that stand on their side.
        "upright": abs(drawn.matrix[0]) >= abs(drawn.matrix[1]),
        "matrix": drawn.matrix,
        "width": drawn.width,
        "height": drawn.height,
        "x0": drawn.x0 + left,
        "x1": drawn.x1 + left,
        "y0": drawn.y0,
        "y1": drawn.y1,
        "top": top,
        "bottom": page.height - drawn.y0 + above,
        "doctop": page.initial_doctop + top,
    }


def _page(page: Any, unruled: UnruledTables, own: str) -> Content:
    # Words once per page: asking pdfplumber for each cell's text walks the page's letters again for every row.
    words = words_of(page)
    found = (own_tables(page) if own else []) or _tables(page, words, unruled)
    marks = _marks(page) if found else []
    text_of = _text_of_cell(page, own)
    content, place = Content(), Place("page", page.page_number)
    above: list[Word] = []
    top = -math.inf
    for table in found:
        above += [word for word in words if top <= middle(word)[1] < table.bbox[1]]
        level = [word for word in words if max(top, table.bbox[1]) <= middle(word)[1] <= table.bbox[3]]
        top = max(top, math.nextafter(table.bbox[3], math.inf))
        left = {id(word): word for word in divided(level, table.cells)}
        cells, boxes = _rows(table, left, marks, text_of)
        if rows := pad_rows(cells):
            lines = [(plain(line), box) for line, box in lines_on_page(above) if line]
            there = replace(place, table=len(content.tables) + 1) if len(found) > 1 else place
            read_table = Table(there, rows, heading="\n".join(line for line, _box in lines))
            if page.page_number <= PICTURED_PAGES:
                on_page = tuple(_rounded(row) for row in boxes[: len(rows)])
                read_table = replace(read_table, boxes=on_page, heading_boxes=_rounded([box for _line, box in lines]))
            content.tables.append(read_table)
            above = []
        content.beside.extend(_beside("outside_cells", list(left.values()), place))
    below = above + [word for word in words if middle(word)[1] >= top]
    content.beside.extend(_beside("paragraph", below, place))
    content.beside.extend(_notes(page, place))
    return content


def _tables(page: Any, words: Sequence[Word], unruled: UnruledTables) -> list[Any]:
    """Return the page's tables: by their rules, else by their words.

    Where rules hold nothing but headings, or all rows as one, the words tell the rows, if numbers do.
    """
    ruled = find_tables(page, words)
    if not ruled:
        return unruled.find(page, words)
    if max(len(table.rows) for table in ruled) > _FEW_ROWS:
        return ruled
    found = unruled.find_numbered(page, words)
    return found if found and sum(len(table.rows) for table in found) > sum(len(table.rows) for table in ruled) else ruled


def _text_of_cell(page: Any, own: str) -> Callable[[Sequence[Word], Box], str]:
    """Return how the text of a cell is made of its words."""
    if LINE_ENDS in own:
        ends = line_ends(page)
        return lambda words, _box: text_with_line_ends(lines_on_page(words), ends)
    tidied = typed if own else tidy
    return lambda words, box: tidied("\n".join(lines_of_text(words, box)))


def _beside(kind: BesideKind, words: Sequence[Word], place: Place) -> list[Beside]:
    return [Beside(kind, text, place, box=_rounded([box])[0]) for line, box in lines_on_page(words) if (text := plain(line))]


def _rounded(boxes: Sequence[Box | None]) -> tuple[Any, ...]:
    return tuple(box and tuple(round(side, 1) for side in box) for box in boxes)


def _notes(page: Any, place: Place) -> Iterator[Beside]:
    """Yield the comments set on the page, and what is filled into its fields."""
    for annotation in page.annots:
        data = annotation.get("data") or {}
        kind: BesideKind = "text_box" if "Widget" in str(data.get("Subtype")) else "comment"
        said = data.get("V") if kind == "text_box" else annotation.get("contents")
        text = plain(_decoded(said))
        if text:
            yield Beside(kind, text, place)


def _decoded(said: object) -> str:
    if isinstance(said, bytes):
        return said.decode("utf-16") if said.startswith((b"\xfe\xff", b"\xff\xfe")) else said.decode("cp1252", "replace")
    return said if isinstance(said, str) else ""


def _rows(
    table: Any, left: dict[int, Word], marks: Sequence[tuple[Box, str]], text_of: Callable[[Sequence[Word], Box], str]
) -> tuple[list[list[Cell]], list[list[Box | None]]]:
    """Return the rows of cells, and their boxes; each word that lies in one is taken out of `left`."""
    rows: list[list[Cell]] = []
    all_boxes: list[list[Box | None]] = []
    boxes_above: list[Box | None] = []
    for row in table.rows:
        if len(row.cells) > MAX_COLUMNS:
            raise UnreadableFile("too_many_columns", limit=MAX_COLUMNS)
        # A cell may reach further down than its row.
        bottom = max([row.bbox[3], *(box[3] for box in row.cells if box)])
        row_words = [word for word in left.values() if row.bbox[1] <= middle(word)[1] <= bottom]
        cells: list[Cell] = []
        boxes: list[Box | None] = []
        for index, box in enumerate(row.cells):
            above = boxes_above[index] if index < len(boxes_above) else None
            if box is None and above is not None and above[3] > row.bbox[1] + 1:
                cells.append(Cell(fill=rows[-1][index].fill, merged="up"))
                boxes.append(above)
            elif box is None:
                cells.append(Cell(merged="left") if cells else BLANK)
                boxes.append(None)
            else:
                inside = [word for word in row_words if id(word) in left and _inside(middle(word), box)]
                for word in inside:
                    del left[id(word)]
                cells.append(_cell(box, inside, marks, text_of))
                boxes.append(box)
        rows.append(cells)
        boxes_above = boxes
        all_boxes.append(boxes)
    return rows, all_boxes


def _cell(
    box: Box, words: Sequence[Word], marks: Sequence[tuple[Box, str]], text_of: Callable[[Sequence[Word], Box], str]
) -> Cell:
    text = text_of(words, box)
    fill = next((colour for mark, colour in reversed(marks) if _belongs(mark, box)), None)
    return Cell(text, fill) if text or fill else BLANK


def _marks(page: Any) -> list[tuple[Box, str]]:
    """Return filled shapes that are neither rules, black nor white, as (box, colour) in drawing order."""
    marks: list[tuple[Box, str]] = []
    for shape in [*page.rects, *page.curves]:
        if not shape.get("fill") or min(shape["width"], shape["height"]) < _LEAST_SIDE:
            continue
        stated = shape.get("non_stroking_color")
        parts = stated if isinstance(stated, tuple | list) else (stated,)
        if not all(isinstance(part, int | float) for part in parts):
            continue
        if (colour := from_rgb(parts)) and colour != _BLACK:
            marks.append(((shape["x0"], shape["top"], shape["x1"], shape["bottom"]), colour))
    return marks


def _belongs(mark: Box, box: Box) -> bool:
    """Return whether a shape belongs to this cell: its middle lies inside and it is not much larger than the cell."""
    middle = ((mark[0] + mark[2]) / 2, (mark[1] + mark[3]) / 2)
    return _inside(middle, box) and mark[2] - mark[0] <= (box[2] - box[0]) * 1.2 and mark[3] - mark[1] <= (box[3] - box[1]) * 1.2


def _inside(point: tuple[float, float], box: Box) -> bool:
    return box[0] <= point[0] <= box[2] and box[1] <= point[1] <= box[3]
