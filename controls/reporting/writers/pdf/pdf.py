"""Writer of PDF: tagged, PDF/UA-1 and PDF/A-2a, with the shipped fonts only.

The page is described in typst/report.typ; the report's content goes in as JSON, so that nothing people typed is read
as markup. A character that the shipped fonts have no shape for is shown as □, and the document says how many there
are: PDF/A forbids leaving it to chance, and the other formats keep it.
"""

from __future__ import annotations

import json
import re
from bisect import bisect_right
from collections.abc import Iterator
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from controls.reporting.paper import Block, Chart, Kind, Paper, Passage, Table
from controls.reporting.tones import TONES
from controls.reporting.writers.drawings import points_of, with_shipped_font
from controls.reporting.writers.pdf.typesetting import FONTS, typeset
from controls.reporting.writers.widths import (
    LINES_A_GROUP_KEEPS_TOGETHER,
    LINES_A_ROW_KEEPS_TOGETHER,
    fit_widths,
    heights,
    stays_whole,
)
from controls.reporting.writers.word import wordml
from riskreg.importing.own_mark import LINE_ENDS

CONTENT_TYPE = "application/pdf"
STANDARDS = ["a-2a", "ua-1"]
PAGE = Path(__file__).resolve().parent / "typst" / "report.typ"
UNKNOWN = "□"
WIDTH = 267 / 25.4 * 72
"""Between the page's margins, in points."""
WHOLE = 2
_REGIONS = {"sv": "SE", "en": "GB"}
_INVISIBLE = re.compile("[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufe00-\ufe0f\ufeff\U0001f3fb-\U0001f3ff\U000e0000-\U000e01ef]")
"""Joiners, marks of direction and variants: without shape of their own, and a font that lacks them fails the standard."""
_LONGEST_WORD = re.compile(r"\S{24}(?=\S)")
_BLANK_LINES = re.compile(r"\n[ \t]*\n\s*")


def write_pdf(paper: Paper, *, author: str, made_at: datetime) -> bytes:
    """Write the document, in the paper's language.

    `made_at` is its date: the same paper gives the same bytes. Raises NotSet.
    """
    shapes = _Shapes()
    said = _content(paper, author, made_at, shapes)
    if shapes.lacking:
        note = ngettext(
            "%(count)d character has no shape in the fonts of this document and is shown as □. The Word and Excel files keep it.",
            "%(count)d characters have no shape in the fonts of this document and are shown as □. The Word and Excel files keep "
            "them.",
            shapes.lacking,
        ) % {"count": shapes.lacking}
        said["notes"].append(shapes.text(note))
    inputs = {
        "paper": json.dumps(said, ensure_ascii=False),
        "tones": json.dumps({name: {"ink": f"#{tone.ink}", "ground": f"#{tone.ground}"} for name, tone in TONES.items()}),
    }
    (made,) = typeset(
        PAGE.read_text(),
        inputs,
        format="pdf",
        names_rows=[table.names_rows and bool(table.rows) for table in paper.tables],
        pdf_standards=STANDARDS,
        timestamp=int(made_at.timestamp()),
    )
    return made


class _Shapes:
    """Texts as the fonts can show them; counts what they cannot."""

    def __init__(self) -> None:
        self.lacking = 0
        self._kept: dict[str, str] = {}

    def line(self, text: str) -> str:
        return self.text(wordml.one_line(text))

    def text(self, text: str) -> str:
        """Clean the text, with one line end and one kind of blank line; long words may break anywhere."""
        cleaned = _INVISIBLE.sub("", wordml.clean(text)).replace("\t", " ").strip()
        cleaned = _BLANK_LINES.sub("\n\n", cleaned)
        if not cleaned.isascii():
            cleaned = "".join(letter if letter == "\n" or self._has(letter) else self._lacks() for letter in cleaned)
        return _LONGEST_WORD.sub(lambda found: found.group() + "\u200b", cleaned)

    def _has(self, letter: str) -> bool:
        return letter.isascii() or is_covered(ord(letter))

    def _lacks(self) -> str:
        self.lacking += 1
        return UNKNOWN


@cache
def _covered() -> tuple[list[int], list[int]]:
    """Return the first and last code points of the ranges that every weight has shapes for."""
    pairs = [line.split("-") for line in (FONTS / "coverage.txt").read_text().split()]
    return [int(first, 16) for first, _last in pairs], [int(last, 16) for _first, last in pairs]


def is_covered(point: int) -> bool:
    """Return whether every weight of the shipped fonts has a shape for the code point."""
    firsts, lasts = _covered()
    index = bisect_right(firsts, point) - 1
    return index >= 0 and point <= lasts[index]


def _content(paper: Paper, author: str, made_at: datetime, shapes: _Shapes) -> dict[str, Any]:
    before, between, after = (_("Page %(page)s of %(pages)s") % {"page": "\0", "pages": "\0"}).split("\0")
    return {
        "title": shapes.line(paper.title),
        "author": shapes.line(author),
        "keywords": [paper.mark, LINE_ENDS] if paper.mark else [],
        "made": list(made_at.timetuple()[:5]),
        "language": paper.language,
        "region": _REGIONS.get(paper.language, "SE"),
        "organisation": shapes.line(paper.organisation),
        "heading": shapes.line(paper.heading),
        "subtitle": shapes.line(paper.subtitle),
        "registry_number": shapes.line(paper.registry_number),
        "facts": [shapes.line(fact) for fact in paper.facts],
        "notes": [shapes.line(note) for note in paper.notes],
        "seal": shapes.line(paper.seal),
        "page": [before, between, after],
        "parts": [_part(part, shapes) for part in paper.parts],
    }


def _part(part: Table | Chart | Passage, shapes: _Shapes) -> dict[str, Any]:
    head = {"heading": shapes.line(part.heading)}
    if isinstance(part, Chart):
        return {
            **head,
            "type": "chart",
            "svg": with_shipped_font(part.svg),
            "width": round(points_of(part.svg, WIDTH)[0], 2),
            "alternative": shapes.line(part.alternative),
        }
    if isinstance(part, Passage):
        return {**head, "type": "passage", "blocks": [_block(block, shapes) for block in part.blocks]}
    widths, has_room = fit_widths(part, WIDTH)
    return {
        **head,
        "type": "table",
        "nothing": shapes.line(part.nothing or "–"),
        "hyphenate": not has_room,
        "whole": stays_whole(heights(part, widths)),
        "columns": [
            {"label": shapes.line(column.label), "width": round(width, 2), "symbol": column.symbol, "tone": column.tone}
            for column, width in zip(part.columns, widths, strict=True)
        ],
        "rows": list(_rows(part, widths, shapes)),
    }


def _rows(part: Table, widths: tuple[float, ...], shapes: _Shapes) -> Iterator[list[list[Any]]]:
    """Yield the rows of cells: rows spanned, tone of the ground, whether kept whole, blocks.

    The rows of a whole cell stay on one page, unless they are too high for that.
    """
    for group, lines in zip(part.groups, heights(part, widths), strict=True):
        together = sum(lines) <= LINES_A_GROUP_KEEPS_TOGETHER
        for index, row in enumerate(group):
            cells = [[cell.rows, cell.fill, False, [_block(block, shapes) for block in cell.blocks]] for cell in row if cell.rows]
            if together and index == 0:
                cells[0][WHOLE] = True
            elif not together and lines[index] <= LINES_A_ROW_KEEPS_TOGETHER:
                cells[-1][WHOLE] = True
            yield cells


def _block(block: Block, shapes: _Shapes) -> str | list[Any]:
    """Return the block for typst; its text alone, where it is one line of plain text."""
    text, rtl = shapes.text(block.text), wordml.is_right_to_left(block.text)
    if block.kind == Kind.TEXT and not rtl and "\n" not in text:
        return text
    return [str(block.kind), text, block.symbol, block.tone or "none", rtl]
