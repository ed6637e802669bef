"""Tags the paragraphs of a PDF's table cells.

typst keeps some ten kilobytes of each element that it tags: for a thousand rows a third of all its memory went to the
paragraphs in their cells. So they are set as blocks, which it does not tag, and tagged here in what it wrote. What belongs
to one paragraph is told from the next by the lowest bit of its ink's blue, which report.typ turns from one to the next and
no eye sees. A cell of one block stays as it is; blocks of several paragraphs typst has tagged itself. Pure: objects in,
objects out.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import NamedTuple

from controls.reporting.writers.pdf.pdf_objects import NotAsExpected

_PAGE = re.compile(rb"\d+ 0 obj\n<</Type/Page/.*?/StructParents (\d+)/.*?/Contents (\d+) 0 R")
_STREAM = re.compile(rb"/Filter/FlateDecode>>\nstream\n(.*)\nendstream", re.DOTALL)
_MARKED = re.compile(rb"/MCID (\d+)[^\n]*BDC\n(.*?)\nEMC", re.DOTALL)
_BLUE = re.compile(rb"[\d.]+ [\d.]+ ([\d.]+) scn\nBT")
_PARENTS = re.compile(rb"/ParentTree<</Nums\[([^\]]*)\]")
_CELL = re.compile(rb"\d+ 0 obj\n<</Type/StructElem/S/T[DH]/P .*/K\[(.*)\](?:/Pg (\d+) 0 R)?>>\nendobj")
_KID = re.compile(rb"(\d+) 0 R|<</Type/MCR/MCID (\d+)/Pg (\d+) 0 R>>|(\d+)")


class _Kid(NamedTuple):
    """What a cell holds: marked text of a page, or an element (a page of 0)."""

    words: bytes
    page: int
    number: int


def with_cell_paragraphs(objects: Sequence[bytes]) -> list[bytes]:
    """The same document, with an element for each paragraph of the cells that hold several. Raises NotAsExpected."""
    made = list(objects)
    bits, parents = _read_pages(objects)
    for index, one in enumerate(objects):
        cell = _CELL.match(one)
        if cell is None:
            continue
        own_page = int(cell[2] or 0)
        runs = [list(run) for _bit, run in groupby(_kids(cell[1], own_page), lambda kid: bits.get((kid.page, kid.number), kid))]
        if len(runs) < 2:
            continue
        kids = []
        for run in runs:
            if not run[0].page:  # an element of typst's own
                kids += [kid.words for kid in run]
                continue
            made.append(_paragraph(len(made) + 1, index + 1, run, own_page))
            kids.append(b"%d 0 R" % len(made))
            for kid in run:
                parents[kid.page][1][kid.number] = b"%d 0 R" % len(made)
        start, end = cell.span(1)
        made[index] = one[:start] + b" ".join(kids) + one[end:]
    for number, entries in parents.values():
        made[number - 1] = b"%d 0 obj\n[%s]\nendobj\n\n" % (number, b" ".join(entries))
    return made


def _kids(told: bytes, own_page: int) -> Iterator[_Kid]:
    for kid in _KID.finditer(told):
        if kid[1]:
            yield _Kid(kid[0], 0, int(kid[1]))
        elif kid[2]:
            yield _Kid(kid[0], int(kid[3]), int(kid[2]))
        else:
            yield _Kid(kid[0], own_page, int(kid[4]))


def _paragraph(number: int, cell: int, run: list[_Kid], own_page: int) -> bytes:
    page = b"/Pg %d 0 R" % own_page if own_page else b""
    return b"%d 0 obj\n<</Type/StructElem/S/P/P %d 0 R/K[%s]%s>>\nendobj\n\n" % (
        number,
        cell,
        b" ".join(kid.words for kid in run),
        page,
    )


def _read_pages(objects: Sequence[bytes]) -> tuple[dict[tuple[int, int], int], dict[int, tuple[int, list[bytes]]]]:
    """Of each page's marked texts the bit of their ink; and of each page the object that says which element each belongs to."""
    tree = next((found for found in map(_PARENTS.search, objects) if found), None)
    places = dict(re.findall(rb"(\d+) (\d+) 0 R", tree[1])) if tree else {}
    bits, parents = {}, {}
    for number, one in enumerate(objects, 1):
        page = _PAGE.match(one)
        if page is None:
            continue
        stream = _STREAM.search(objects[int(page[2]) - 1])
        if stream is None or page[1] not in places:
            raise NotAsExpected("a page without its texts, or without its elements")
        for marked in _MARKED.finditer(zlib.decompress(stream[1])):
            if blue := _BLUE.search(marked[2]):
                bits[number, int(marked[1])] = round(float(blue[1]) * 255) & 1
        entries = int(places[page[1]])
        parents[number] = entries, re.findall(rb"\d+ 0 R|null", objects[entries - 1].split(b"[", 1)[1])
    return bits, parents
