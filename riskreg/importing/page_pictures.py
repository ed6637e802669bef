"""Pictures of a PDF file's pages, drawn in a process of its own within the limits of reading.

They are made by us of what the file draws; of the file's own bytes nothing is handed on.
"""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import dataclass

from .cells import Box
from .confined import Limits, run_confined
from .page_drawing import LARGEST_SIDE, PICTURED_PAGES
from .unreadable import UnreadableFile

_CHILD = f"{__package__}.page_drawing"
_LARGEST_PICTURE = 4 * 2**20
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
    answer = run_confined(_CHILD, [str(most)], data, limits or Limits(), tell or (lambda share: None))
    pictures = [PagePicture(page, base64.b64decode(png), tuple(box)) for page, png, box in answer["pages"]]
    if not all(_is_ours(picture.png) for picture in pictures):
        raise UnreadableFile("damaged", detail="png")
    return pictures, int(answer["count"])


def _is_ours(png: bytes) -> bool:
    """Return whether it is a PNG of a size that we draw: the process has read a stranger's file."""
    sides = int.from_bytes(png[16:20]), int.from_bytes(png[20:24])
    return png.startswith(_PNG) and len(png) <= _LARGEST_PICTURE and all(0 < side <= LARGEST_SIDE for side in sides)
