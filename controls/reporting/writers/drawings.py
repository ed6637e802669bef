"""Preparation of a chart's drawing for a document."""

from __future__ import annotations

import json
from collections.abc import Sequence
from xml.etree import ElementTree as ET

from controls.reporting.writers.pdf.typesetting import typeset

FONT, SYMBOLS = "Riskreg Sans", "DejaVu Sans"
"""The shipped fonts: Source Sans 3 in two weights (renamed, as its licence asks of a modified version), and DejaVu Sans
for symbols and other scripts."""


def with_shipped_font(svg: str) -> str:
    """Return the drawing with the shipped font's own name instead of the page's."""
    return svg.replace("'Source Sans 3'", f"'{FONT}'")


def size_of(svg: str) -> tuple[float, float]:
    """Return width and height in pixels."""
    root = ET.fromstring(svg.encode("utf-8"))  # noqa: S314 - drawn by the product
    return float(root.attrib["width"]), float(root.attrib["height"])


_POINTS_A_PIXEL, _TALLEST = 0.6, 300


def points_of(svg: str, width: float) -> tuple[float, float]:
    """Return width and height in points on a page that is `width` points wide.

    No letter becomes larger than the text's, and no drawing so tall that what belongs to it has no room.
    """
    wide, tall = size_of(svg)
    scale = min(_POINTS_A_PIXEL, width / wide, _TALLEST / tall)
    return wide * scale, tall * scale


_PAGE = """#for (index, size) in json(bytes(sys.inputs.sizes)).enumerate() {
  page(width: size.at(0) * 1pt, height: size.at(1) * 1pt, margin: 0pt,
    image(bytes(sys.inputs.at("drawing" + str(index))), format: "svg", width: 100%, height: 100%))
}
"""
_FINE = 144.0
"""Points of the bitmap per inch: twice as fine as the drawing's own size."""


def as_bitmaps(drawings: Sequence[str]) -> list[bytes]:
    """Render the drawings as PNG, in the shipped font. Raises NotSet."""
    if not drawings:
        return []
    inputs = {f"drawing{index}": with_shipped_font(svg) for index, svg in enumerate(drawings)}
    sizes = json.dumps([size_of(svg) for svg in drawings])
    return typeset(_PAGE, {**inputs, "sizes": sizes}, format="png", ppi=_FINE)
