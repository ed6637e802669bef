"""What stands on a workbook's sheets beside their cells: comments, text boxes, the printed page's header and footer."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator

from lxml import etree

from riskreg.web.whole_number import whole_number

from ..cells import Beside, Place
from ..text import tidy
from .xlsx_marks import position
from .xlsx_parts import parse_part, related

_FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
_DRAWN_PARAGRAPH = "{http://schemas.openxmlformats.org/drawingml/2006/main}p"
_DRAWN_TEXT = "{http://schemas.openxmlformats.org/drawingml/2006/main}t"
_DRAWN = ("chart", "chartEx", "diagramData")


def beside_cells(package: zipfile.ZipFile, part: str, place: Place) -> Iterator[Beside]:
    """Yield the comments and text boxes of one sheet."""
    parts = list(related(package, part))
    threads = {name for kind, name in parts if kind == "threadedComment"}
    threaded: set[str] = set()
    for name in sorted(threads):
        comments = parse_part(package, name)
        for comment in comments.iter("{*}threadedComment") if comments is not None else ():
            threaded.add(comment.get("ref", ""))
            yield from _at(comment.get("ref", ""), comment.findtext("{*}text") or "", place)
    for kind, name in parts:
        element = parse_part(package, name) if kind in {"comments", "drawing"} else None
        if element is None:
            continue
        if kind == "comments":
            for comment in element.iter("{*}comment"):
                # Beside each thread Excel keeps a note with the same words for older programs.
                if comment.get("ref", "") not in threaded:
                    text = "".join(piece.text or "" for piece in comment.iter("{*}t"))
                    yield from _at(comment.get("ref", ""), text, place)
        else:
            yield from _drawn(package, name, element, place)


def _at(address: str, text: str, place: Place) -> Iterator[Beside]:
    row, column = position(address) or (None, None)
    if text := tidy(text):
        yield Beside("comment", text, place, row + 1 if row is not None else None, column)


def _drawn(package: zipfile.ZipFile, name: str, drawing: etree._Element, place: Place) -> Iterator[Beside]:
    for anchor in drawing:
        row, column = (whole_number(anchor.findtext(f"{{*}}from/{{*}}{part}") or "") for part in ("row", "col"))
        if text := _text(anchor):
            yield Beside("text_box", text, place, row + 1 if row is not None else None, column)
    for kind, other in related(package, name):
        element = parse_part(package, other) if kind in _DRAWN else None
        if element is not None and (text := _text(element)):
            yield Beside("text_box", text, place)


def _text(element: etree._Element) -> str:
    paragraphs = (
        "".join(piece.text or "" for piece in paragraph.iter(_DRAWN_TEXT))
        for paragraph in element.iter(_DRAWN_PARAGRAPH)
        if not any(outer.tag == _FALLBACK for outer in paragraph.iterancestors())
    )
    return tidy("\n\n".join(paragraphs))
