"""The confined process that draws a PDF file's pages; it imports no Django, so that it starts at once."""

from __future__ import annotations

import base64
import io
import os
import sys
from collections.abc import Callable
from typing import Any

from .confined_child import answer_within

PICTURED_PAGES = 40
"""The first pages of a file have pictures; a plan has fewer."""
LARGEST_SIDE = 1600
"""Pixels."""
_COLOURS = 64


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
