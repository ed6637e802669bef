"""Bitmaps of drawings, by the same renderer that makes the documents: typst. No browser, no system package."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import typst
from django.conf import settings

PIXELS_PER_INCH = 144
"""A drawing's pixel is a point of paper here; at 144 the picture is twice as fine as the drawing's own size."""
FONTS = ("static/riskreg/fonts", "controls/reporting/fonts")
"""The folders of the product's fonts; the machine's own are not used, so that a picture is the same everywhere."""
_PAGE = """#set page(width: {width}pt, height: {height}pt, margin: 0pt)
#image(bytes(sys.inputs.drawing), format: "svg", width: 100%, height: 100%)
"""


def as_png(svg: str) -> bytes:
    """Render the drawing (one of ours: width and height in pixels) as PNG."""
    root = ET.fromstring(svg.encode("utf-8"))  # noqa: S314 - drawn by the product
    page = _PAGE.format(width=float(root.attrib["width"]), height=float(root.attrib["height"]))
    fonts: Any = [str(Path(settings.BASE_DIR) / folder) for folder in FONTS]
    made = typst.compile(
        page.encode("utf-8"),
        format="png",
        ppi=float(PIXELS_PER_INCH),
        font_paths=fonts,
        ignore_system_fonts=True,
        sys_inputs={"drawing": svg},
    )
    if not isinstance(made, bytes):
        raise TypeError("A drawing is one page.")
    return made
