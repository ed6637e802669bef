"""Tags that typst does not set: the first cells of rows as their headings, and the paragraphs within cells.

Rows: typst has no open way to name them yet. A data cell that it lists under the first column's heading becomes a heading
(TH) whose scope is its row, or all the rows that it reaches over; the data cells' lists of headings, which name the column's
alone, go: with a scope on every heading a reader finds both.

Paragraphs: typst keeps some ten kilobytes of each element that it tags; for a thousand rows a third of all its memory went
to the paragraphs in their cells. So they are set as blocks, which it does not tag, and tagged here in what it wrote. What
belongs to one paragraph is told from the next by the lowest bit of its ink's blue, which report.typ turns from one to the
next and no eye sees. A cell of one block stays as it is; blocks of several paragraphs typst has tagged itself.

Run by compile.py beside it, so it knows neither Django nor the product.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from io import BytesIO
from itertools import groupby
from typing import NamedTuple

import pikepdf
from pikepdf import Array, Dictionary, Name, NumberTree, Object, ObjectStreamMode, Page, Pdf, parse_content_stream

_BLUE = 2


class NotAsExpected(ValueError):
    """The PDF is not tagged the way that this module knows: another typst, most likely."""


def tag(pdf: bytes, names_rows: Sequence[bool]) -> bytes:
    """Return the document with all its tags; `names_rows` as in `tag_row_headings`. Raises NotAsExpected."""
    with pikepdf.open(BytesIO(pdf)) as file:
        tag_row_headings(file, names_rows)
        tag_cell_paragraphs(file)
        tagged = BytesIO()
        # Thousands of small objects: packed together they take a quarter of the room. typst's own metadata stays as it is.
        file.save(tagged, deterministic_id=True, fix_metadata_version=False, object_stream_mode=ObjectStreamMode.generate)
    return tagged.getvalue()


def tag_row_headings(file: Pdf, names_rows: Sequence[bool]) -> None:
    """Tag the cells of the first columns as their rows' headings, in place. Raises NotAsExpected.

    `names_rows` says of each of the document's tables, in their order, whether its first column names the rows.
    """
    found = list(elements(file.Root.StructTreeRoot, "/Table"))
    if len(found) != len(names_rows):
        raise NotAsExpected(f"{len(found)} tables where there are {len(names_rows)}")
    for table, is_named in zip(found, names_rows, strict=True):
        if is_named:
            _tag_table(table)


def _tag_table(table: Object) -> None:
    first = next(elements(table, "/TH")).get("/ID")
    for cell in elements(table, "/TD"):
        told = cell.get("/A")
        attributes = told[0] if isinstance(told, Array) else told
        if not isinstance(attributes, Dictionary) or (headings := attributes.get("/Headers")) is None:
            continue
        if headings[0] == first:
            cell.S = Name.TH
            attributes.Scope = Name.Row
        del attributes["/Headers"]


class _Text(NamedTuple):
    """A marked text: the page it stands on, by its object's number, and its number there."""

    page: int
    number: int


def tag_cell_paragraphs(file: Pdf) -> None:
    """Give each paragraph of the cells that hold several an element of its own, in place. Raises NotAsExpected."""
    bits, parents = _read_pages(file)
    root = file.Root.StructTreeRoot
    for row in elements(root, "/TR"):
        for cell in row.K:
            kids = cell.get("/K")
            if isinstance(kids, Array) and len(kids) > 1:
                _tag_cell(file, cell, bits, parents)


def _tag_cell(file: Pdf, cell: Object, bits: dict[_Text, int], parents: dict[int, Object]) -> None:
    own_page = cell.get("/Pg")
    kids = [(kid, _text_of(kid, own_page)) for kid in cell.K]
    # An element of typst's own, and a text without ink, is a run of its own.
    runs = [list(run) for _bit, run in groupby(kids, lambda one: id(one) if one[1] is None else bits.get(one[1], id(one)))]
    if len(runs) < 2:
        return
    tagged = Array()
    for run in runs:
        texts = [text for _kid, text in run if text is not None]
        if not texts:
            tagged.extend(kid for kid, _text in run)
            continue
        paragraph = Dictionary(Type=Name.StructElem, S=Name.P, P=cell, K=Array(kid for kid, _text in run))
        if own_page is not None:
            paragraph.Pg = own_page
        element = file.make_indirect(paragraph)
        tagged.append(element)
        for text in texts:
            parents[text.page][text.number] = element
    cell.K = tagged


def _text_of(kid: Object | int, own_page: Object | None) -> _Text | None:
    """Return the marked text that a kid of an element is; None for an element."""
    if isinstance(kid, int):
        return _Text(own_page.objgen[0] if own_page is not None else 0, kid)
    return _Text(kid.Pg.objgen[0], int(kid.MCID)) if "/MCID" in kid else None


def _read_pages(file: Pdf) -> tuple[dict[_Text, int], dict[int, Object]]:
    """Return the lowest bit of the ink's blue for each marked text, and the parents of each page's texts.

    The parents are by page (its object's number) the array with the element of each of its marked texts.
    """
    tree = NumberTree(file.Root.StructTreeRoot.ParentTree)
    bits: dict[_Text, int] = {}
    parents: dict[int, Object] = {}
    for page in file.pages:
        number, place = page.obj.objgen[0], page.get("/StructParents")
        if place is None or int(place) not in tree:
            raise NotAsExpected("a page without its elements")
        parents[number] = tree[int(place)]
        bits.update({_Text(number, text): bit for text, bit in _bits_of(page)})
    return bits, parents


def _bits_of(page: Page) -> Iterator[tuple[int, int]]:
    """Yield each marked text's number and its bit; that of its last ink, as a box that it stands on is painted before it."""
    text = None
    for one in parse_content_stream(page, operators="BDC scn"):
        operands = one.operands
        if str(one.operator) == "BDC":
            text = operands[1].get("/MCID")
        elif text is not None and len(operands) > _BLUE:
            yield int(text), round(float(operands[_BLUE]) * 255) & 1


def elements(under: Object, kind: str) -> Iterator[Object]:
    """Yield the structure elements of this kind, in the order in which they are read; none within another of the kind."""
    kids = under.get("/K")
    for kid in kids if isinstance(kids, Array) else [kids]:
        if isinstance(kid, Dictionary) and "/S" in kid:
            if str(kid.S) == kind:
                yield kid
            else:
                yield from elements(kid, kind)
