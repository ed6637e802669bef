"""Text as WordprocessingML: pasted text of any kind becomes XML that Word opens without repair.

Pure: strings in, strings out. Elements stand in the order that the schema demands.
"""

from __future__ import annotations

import re
import unicodedata
from xml.sax.saxutils import escape, quoteattr

NAMESPACE = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"

_LINE_ENDS = re.compile("\r\n|[\r\v\f\x1c-\x1e\x85\u2028\u2029]")
_ILLEGAL = re.compile("[^\t\n\x20-\x7e\xa0-\ud7ff\ue000-\ufdcf\ufdf0-\ufffd\U00010000-\U0010ffff]")
_PARAGRAPH_END = re.compile(r"\n[ \t]*\n\s*")
_SPECIAL = re.compile("([\n\t\u00ad\u2011])")
_SPECIAL_ELEMENTS = {"\n": "<w:br/>", "\t": "<w:tab/>", "\u00ad": "<w:softHyphen/>", "\u2011": "<w:noBreakHyphen/>"}
SYMBOL_FONT = (
    '<w:rFonts w:ascii="Segoe UI Symbol" w:hAnsi="Segoe UI Symbol" w:eastAsia="Segoe UI Symbol" w:cs="Segoe UI Symbol"/>'
)


def clean(text: str) -> str:
    """Return the text with one kind of line end, and without the characters that XML forbids."""
    return _ILLEGAL.sub("", _LINE_ENDS.sub("\n", text))


def one_line(text: str) -> str:
    """Return the cleaned text without line breaks, for headings and properties."""
    return " ".join(clean(text).split())


def attribute(text: str) -> str:
    """Return the text as a quoted attribute value."""
    return quoteattr(one_line(text))


def is_right_to_left(text: str) -> bool:
    """Return whether the first letter with a direction is written from the right (Hebrew, Arabic, …)."""
    if text.isascii():
        return False
    directions = (unicodedata.bidirectional(letter) for letter in text)
    return next((direction for direction in directions if direction in {"L", "R", "AL"}), "L") != "L"


def run(text: str, *, style: str = "", symbol: bool = False, bold: bool = False, colour: str = "", ground: str = "") -> str:
    """Return a run of cleaned text: line breaks, tabs and soft hyphens as Word's own elements."""
    look = "".join(
        (
            f'<w:rStyle w:val="{style}"/>' if style else "",
            SYMBOL_FONT if symbol else "",
            "<w:b/><w:bCs/>" if bold else "",
            f'<w:color w:val="{colour}"/>' if colour else "",
            f'<w:shd w:val="clear" w:color="auto" w:fill="{ground.upper()}"/>' if ground else "",
            "<w:rtl/>" if is_right_to_left(text) else "",
        )
    )
    pieces = (
        _SPECIAL_ELEMENTS.get(piece) or f'<w:t xml:space="preserve">{escape(piece)}</w:t>'
        for piece in _SPECIAL.split(text)
        if piece
    )
    return f"<w:r>{f'<w:rPr>{look}</w:rPr>' if look else ''}{''.join(pieces)}</w:r>"


def paragraph(*runs: str, style: str, keep_next: bool = False, right_to_left: bool = False) -> str:
    """Return a paragraph of runs that are already XML."""
    keep = "<w:keepNext/>" if keep_next else ""
    bidi = "<w:bidi/>" if right_to_left else ""
    return f'<w:p><w:pPr><w:pStyle w:val="{style}"/>{keep}{bidi}</w:pPr>{"".join(runs)}</w:p>'


def paragraphs(text: str, *, style: str, keep_next: bool = False, bold: bool = False) -> str:
    """Return cleaned text as paragraphs: a blank line begins a new paragraph, a line end stays a line break."""
    return "".join(
        paragraph(run(part, bold=bold), style=style, keep_next=keep_next, right_to_left=is_right_to_left(part))
        for part in _PARAGRAPH_END.split(text.strip())
        if part
    )


def lines_needed(text: str, letters: int) -> int:
    """Estimate the lines that the text takes at so many letters a line."""
    return sum(max(1, -(-len(line) // letters)) for line in text.split("\n")) if text else 0


def cell(content: str, width: int, *, merge: str = "", columns: int = 1, fill: str = "") -> str:
    """Return a table cell, `width` in twentieths of a point.

    `merge`: "restart" or "continue" for cells over several rows.
    """
    properties = "".join(
        (
            f'<w:tcW w:w="{width}" w:type="dxa"/>',
            f'<w:gridSpan w:val="{columns}"/>' if columns > 1 else "",
            f'<w:vMerge w:val="{merge}"/>' if merge else "",
            f'<w:shd w:val="clear" w:color="auto" w:fill="{fill.upper()}"/>' if fill else "",
        )
    )
    return f"<w:tc><w:tcPr>{properties}</w:tcPr>{content or '<w:p/>'}</w:tc>"


def row(cells: str, *, is_heading: bool = False, may_split: bool = False) -> str:
    """Return a table row; it may break across pages only if `may_split`."""
    properties = ("" if may_split else "<w:cantSplit/>") + ("<w:tblHeader/>" if is_heading else "")
    return f"<w:tr>{f'<w:trPr>{properties}</w:trPr>' if properties else ''}{cells}</w:tr>"


def table(rows: str, widths: tuple[int, ...], *, style: str, caption: str, description: str, names_rows: bool = False) -> str:
    """Return a table of fixed widths; caption and description are its text alternative.

    `names_rows`: the first column's cells are the rows' headings.
    """
    look = f'w:val="{"04A0" if names_rows else "0420"}" w:firstRow="1" w:lastRow="0" w:firstColumn="{int(names_rows)}"'
    grid = "".join(f'<w:gridCol w:w="{width}"/>' for width in widths)
    return (
        f'<w:tbl xmlns:w="{NAMESPACE}"><w:tblPr><w:tblStyle w:val="{style}"/><w:tblW w:w="{sum(widths)}" w:type="dxa"/>'
        '<w:tblLayout w:type="fixed"/>'
        f'<w:tblLook {look} w:lastColumn="0" w:noHBand="0" w:noVBand="1"/>'
        f"<w:tblCaption w:val={attribute(caption)}/><w:tblDescription w:val={attribute(description)}/></w:tblPr>"
        f"<w:tblGrid>{grid}</w:tblGrid>{rows}</w:tbl>"
    )
