"""The parts of every drawing: the sheet, boxes, words, symbols and weaves, and the colours of paper and of the screen.

Presentation attributes only, no style sheet, script, font or reference to anything outside: a browser under a strict
policy, Word, LibreOffice and typst show the same. Colour never stands alone: each tone has its weave, drawn as lines
and dots (no <pattern>, which Word leaves out), and each meaning its symbol, drawn so that no font has to have it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from xml.etree import ElementTree as ET

FONT = "'Source Sans 3', 'Riskreg Sans', 'Segoe UI', Arial, Helvetica, sans-serif"
NOT_IN_XML = re.compile("[\x00-\x08\x0b-\x1f\ud800-\udfff\ufffe\uffff]")
LETTER = 7.4
"""An average letter's width at 14 px, for breaking labels into lines."""

# The light tones of static/riskreg/css/tokens.css; a test holds the two together.
TONES = {
    "low": ("#1d6b3f", "#dcefe2"),
    "guard": ("#745600", "#fbf0c4"),
    "high": ("#9a4000", "#fde0c8"),
    "critical": ("#a31621", "#f9d5d5"),
    "ongoing": ("#1f56a3", "#dde9f9"),
    "none": ("#515c6d", "#e8ebf0"),
}


@dataclass(frozen=True, slots=True)
class Paint:
    """A set of colours. A tone is a pair of ink and ground."""

    ink: str
    ink_soft: str
    surface: str
    line: str
    tones: dict[str, tuple[str, str]]


PAPER = Paint("#17202b", "#4a5666", "#ffffff", "#d9dfe6", TONES)
"""Literal colours: for files."""
SCREEN = Paint(
    "var(--ink)",
    "var(--ink-soft)",
    "var(--surface)",
    "var(--line)",
    {tone: (f"var(--{tone})", f"var(--{tone}-soft)") for tone in TONES},
)
"""The page's tokens, light and dark: for drawings inside a page."""


def sheet(width: float, height: float, *, name: str, title: str, desc: str, language: str, paint: Paint) -> ET.Element:
    """Create an empty drawing with its text alternative.

    `name` keeps the ids of several drawings on one page apart ("" for one).
    """
    ids = [f"{name}-{part}" if name else part for part in ("title", "desc")]
    svg = ET.Element(
        "svg",
        {
            "xmlns": "http://www.w3.org/2000/svg",
            "xml:lang": language,
            "width": f"{width:g}",
            "height": f"{height:g}",
            "viewBox": f"0 0 {width:g} {height:g}",
            "role": "img",
            "aria-labelledby": " ".join(ids),
            "font-family": FONT,
            "font-size": "14",
        },
    )
    ET.SubElement(svg, "title", id=ids[0]).text = without_controls(title)
    ET.SubElement(svg, "desc", id=ids[1]).text = without_controls(desc)
    box(svg, 0, 0, width, height, fill=paint.surface)
    return svg


def serialise(svg: ET.Element, *, as_file: bool) -> str:
    """Serialise the drawing; with the XML declaration when it is a file of its own."""
    ET.indent(svg, space=" ")
    text = ET.tostring(svg, encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{text}\n' if as_file else text


def box(
    parent: ET.Element, x: float, y: float, width: float, height: float, *, fill: str, stroke: str = "", round_by: float = 6
) -> None:
    """Draw a rectangle; with a stroke its corners are rounded."""
    made = ET.SubElement(
        parent, "rect", {"x": f"{x:g}", "y": f"{y:g}", "width": f"{width:g}", "height": f"{height:g}", "fill": fill}
    )
    if stroke:
        made.attrib |= {"stroke": stroke, "stroke-width": "1", "rx": f"{round_by:g}"}


def line(
    parent: ET.Element, x1: float, y1: float, x2: float, y2: float, *, stroke: str, width: float = 1, dashes: str = ""
) -> ET.Element:
    """Draw a straight line."""
    made = ET.SubElement(
        parent,
        "line",
        {"x1": f"{x1:g}", "y1": f"{y1:g}", "x2": f"{x2:g}", "y2": f"{y2:g}", "stroke": stroke, "stroke-width": f"{width:g}"},
    )
    if dashes:
        made.set("stroke-dasharray", dashes)
    return made


def text(
    parent: ET.Element,
    x: float,
    y: float,
    words: str,
    *,
    fill: str,
    size: int = 14,
    anchor: str = "start",
    weight: str = "normal",
) -> None:
    """Draw one line of text; `y` is its baseline."""
    attributes = {
        "x": f"{x:g}",
        "y": f"{y:g}",
        "font-size": str(size),
        "text-anchor": anchor,
        "font-weight": weight,
        "fill": fill,
    }
    ET.SubElement(parent, "text", attributes).text = without_controls(words)


def symbol(parent: ET.Element, sign: str, x: float, y: float, *, ink: str) -> None:
    """Draw the symbol of a band or a conclusion, its middle at x, y and about 14 px wide.

    Bands have ▽ ○ ◆ ■ –, conclusions ✓ ! ✕ ◷, and □ where there is none yet; another sign is drawn as a dash.
    """
    stroke = {"fill": "none", "stroke": ink, "stroke-width": "2"}
    if sign in _SHAPES:
        points, is_filled = _SHAPES[sign]
        corners = " ".join(f"{x + dx:g},{y + dy:g}" for dx, dy in points)
        ET.SubElement(parent, "polygon", {"points": corners, **({"fill": ink} if is_filled else stroke)})
    elif sign in _STROKES:
        if sign in "○◷":
            ET.SubElement(parent, "circle", {"cx": f"{x:g}", "cy": f"{y:g}", "r": "6", **stroke})
        for points in _STROKES[sign]:
            path = "M" + "L".join(f"{x + dx:g} {y + dy:g}" for dx, dy in points)
            ET.SubElement(parent, "path", {"d": path, **stroke, "stroke-linecap": "round"})
    else:
        symbol(parent, "–", x, y, ink=ink)


_Points = Sequence[tuple[float, float]]
_SHAPES: dict[str, tuple[_Points, bool]] = {
    "▽": ([(-6, -5), (6, -5), (0, 6)], False),
    "◆": ([(0, -7), (7, 0), (0, 7), (-7, 0)], True),
    "■": ([(-6, -6), (6, -6), (6, 6), (-6, 6)], True),
    "□": ([(-6, -6), (6, -6), (6, 6), (-6, 6)], False),
    "–": ([(-6, -1), (6, -1), (6, 1), (-6, 1)], True),
    "▲": ([(-6, 5), (6, 5), (0, -6)], True),
    "▼": ([(-6, -5), (6, -5), (0, 6)], True),
}
_STROKES: dict[str, list[_Points]] = {
    "○": [],
    "◷": [[(0, -6), (0, 0), (4, 0)]],
    "✓": [[(-6, 0), (-2, 5), (6, -5)]],
    "✕": [[(-5, -5), (5, 5)], [(-5, 5), (5, -5)]],
    "!": [[(0, -7), (0, 1)], [(0, 6), (0, 6.2)]],
    "+": [[(-6, 0), (6, 0)], [(0, -6), (0, 6)]],
}


def weave(parent: ET.Element, tone: str, x: float, y: float, width: float, height: float, *, ink: str) -> None:
    """Draw the tone's weave over a box: guard dots, high stripes, critical lattice, ongoing level lines; the others plain."""
    strokes: list[str] = []
    if tone in {"high", "critical"}:
        strokes += _stripes(x, y, width, height, gap=8)
    if tone == "critical":
        strokes += [_mirrored(one, 2 * x + width) for one in _stripes(x, y, width, height, gap=8)]
    elif tone == "ongoing":
        strokes += [f"M{x:g} {y + step:g}H{x + width:g}" for step in range(6, int(height), 6)]
    elif tone == "guard":
        strokes += [f"M{x + dx:g} {y + dy:g}h.1" for dy in range(5, int(height) - 2, 8) for dx in range(5, int(width) - 2, 8)]
    if strokes:
        look = {"fill": "none", "stroke": ink, "stroke-opacity": "0.25", "stroke-width": "2.4" if tone == "guard" else "1.2"}
        if tone == "guard":
            look["stroke-linecap"] = "round"
        ET.SubElement(parent, "path", {"d": "".join(strokes), **look})


def _stripes(x: float, y: float, width: float, height: float, *, gap: float) -> list[str]:
    """Return lines at 45° from the lower left to the upper right, cut off at the box's edges."""
    made, reach = [], gap
    while reach < width + height:
        start, end = max(0.0, reach - height), min(reach, width)
        made.append(f"M{x + start:g} {y + reach - start:g}L{x + end:g} {y + reach - end:g}")
        reach += gap
    return made


def _mirrored(stroke: str, total: float) -> str:
    start, end = stroke[1:].split("L")
    (x1, y1), (x2, y2) = start.split(), end.split()
    return f"M{total - float(x1):g} {y1}L{total - float(x2):g} {y2}"


def wrap_label(label: str, letters: int, lines: int = 3) -> list[str]:
    """Break the label into at most `lines` lines of `letters` letters, at words where they fit.

    What is left over is cut by "…".
    """
    made = [""]
    for word in label.split():
        longer = f"{made[-1]} {word}".strip()
        if len(longer) <= letters or not made[-1]:
            made[-1] = longer
        else:
            made.append(word)
    kept = [one if len(one) <= letters else one[: letters - 1] + "…" for one in made[:lines]]
    if len(made) > lines and not kept[-1].endswith("…"):
        kept[-1] = kept[-1][: letters - 1] + "…"
    return kept


def without_controls(words: str) -> str:
    """Remove the characters that XML cannot express; names from files may hold them."""
    return NOT_IN_XML.sub("", words)
