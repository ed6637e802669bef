"""Pictures of a PDF file's pages, drawn in a process of its own within the limits of reading.

They are made by us of what the file draws; of the file's own bytes nothing is handed on.
"""

from __future__ import annotations

import base64
import io
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from .cells import Box
from .confined import Limits, answer_within, run_confined
from .unreadable import UnreadableFile

PICTURED_PAGES = 40
"""The first pages of a file have pictures; a plan has fewer."""
LARGEST_SIDE = 1600
"""Pixels."""
_LARGEST_PICTURE = 4 * 2**20
_COLOURS = 64
_PNG = b"\x89PNG\r\n\x1a\n"


@dataclass(frozen=True, slots=True)
class PagePicture:
    """A page as PNG, and the part of it that is shown, in the coordinates of the reader's boxes."""

    page: int
    png: bytes
    box: Box


def draw_pages(
    data: bytes,
    *,
    most: int = PICTURED_PAGES,
    limits: Limits | None = None,
    tell: Callable[[float], None] | None = None,
) -> tuple[list[PagePicture], int]:
    """Draw the first pages of a PDF file; return them, and how many pages it has.

    Raises UnreadableFile when that takes more than the limits, or the pages cannot be drawn.
    """
    answer = run_confined(__name__, [str(most)], data, limits or Limits(), tell or (lambda share: None))
    pictures = [PagePicture(page, base64.b64decode(png), tuple(box)) for page, png, box in answer["pages"]]
    if not all(_is_ours(picture.png) for picture in pictures):
        raise UnreadableFile("damaged", detail="png")
    return pictures, int(answer["count"])


def _is_ours(png: bytes) -> bool:
    """Return whether it is a PNG of a size that we draw: the process has read a stranger's file."""
    sides = int.from_bytes(png[16:20]), int.from_bytes(png[20:24])
    return png.startswith(_PNG) and len(png) <= _LARGEST_PICTURE and all(0 < side <= LARGEST_SIDE for side in sides)


def draw_here(data: bytes, most: int, told: Callable[[int, int], Any]) -> dict[str, Any]:
    """Draw the pages in this process, whole: what lies outside a page's visible part is read, too.

    Return plain data for JSON: `pages` of (number, PNG as base64, box), and the `count` of all pages.
    """
    import pdfplumber
    import pypdfium2

    pages = []
    with pdfplumber.open(io.BytesIO(data)) as read:
        drawn = pypdfium2.PdfDocument(data)
        count = min(len(read.pages), len(drawn), most)
        for index in range(count):
            page = drawn[index]
            page.set_cropbox(*page.get_mediabox())
            page.close()
            # A page takes its size when it is loaded.
            page = drawn[index]
            # A pixel less than the side that is allowed: the library rounds up.
            scale = (LARGEST_SIDE - 1) / max(*page.get_size(), 1)
            picture = page.render(scale=scale).to_pil().convert("RGB").quantize(_COLOURS, method=2)
            out = io.BytesIO()
            picture.save(out, "PNG")
            pages.append([index + 1, base64.b64encode(out.getvalue()).decode(), list(map(float, read.pages[index].bbox))])
            page.close()
            told(index + 1, count)
        return {"pages": pages, "count": len(read.pages)}


if __name__ == "__main__":
    _seconds, _memory, _progress, _most = map(int, sys.argv[1:5])

    def _told(done: int, count: int) -> None:
        os.write(_progress, f"{done}/{count}\n".encode())

    answer_within(_seconds, _memory, lambda: draw_here(sys.stdin.buffer.read(), _most, _told))
