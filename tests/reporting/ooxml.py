"""What Word demands of a document's XML, as far as these documents use it: the order of elements, and what must be there.

The orders are those of ECMA-376 part 1 (wml.xsd), with the elements that occur here.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from itertools import pairwise

from lxml import etree

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"

ORDERS = {
    "pPr": "pStyle keepNext keepLines pageBreakBefore widowControl pBdr shd tabs suppressAutoHyphens bidi spacing ind jc "
    "outlineLvl rPr sectPr",
    "rPr": "rStyle rFonts b bCs i iCs color sz szCs highlight u shd vertAlign rtl cs lang",
    "tcPr": "tcW gridSpan vMerge tcBorders shd noWrap tcMar vAlign",
    "trPr": "cantSplit tblHeader",
    "tblPr": "tblStyle tblW jc tblInd tblBorders shd tblLayout tblCellMar tblLook tblCaption tblDescription",
    "tbl": "tblPr tblGrid tr",
    "tr": "trPr tc",
    "tcBorders": "top left bottom right insideH insideV",
    "tblBorders": "top left bottom right insideH insideV",
    "tblCellMar": "top left bottom right",
    "sectPr": "headerReference footerReference pgSz pgMar cols titlePg",
    "style": "name basedOn next link uiPriority semiHidden unhideWhenUsed qFormat pPr rPr tblPr trPr tcPr tblStylePr",
    "tblStylePr": "pPr rPr tblPr trPr tcPr",
    "settings": "zoom defaultTabStop autoHyphenation hyphenationZone doNotHyphenateCaps characterSpacingControl compat "
    "themeFontLang decimalSymbol listSeparator",
    "font": "altName charset family pitch",
}


def faults(content: bytes) -> list[str]:
    """What Word would object to; empty when it opens the file without repair."""
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        names = set(package.namelist())
        found = [] if package.testzip() is None and len(names) == len(package.namelist()) else ["damaged package"]
        parts = {name: etree.fromstring(package.read(name)) for name in names if name.endswith((".xml", ".rels"))}
    for name, root in parts.items():
        found += [f"{name}: {fault}" for element in root.iter(etree.Element) for fault in _faults_of(element)]
        if name.endswith(".rels"):
            folder = name.split("_rels/", maxsplit=1)[0]
            targets = [relationship.get("Target", "") for relationship in root]
            found += [f"{name}: {target} is not there" for target in targets if (folder + target).lstrip("/") not in names]
    found += _style_faults(parts["word/document.xml"], parts["word/styles.xml"])
    return found


def _faults_of(element: etree._Element) -> Iterator[str]:
    tag = str(element.tag).removeprefix(W)
    children = [str(child.tag).removeprefix(W) for child in element]
    if tag in ORDERS:
        order = ORDERS[tag].split()
        unknown = [child for child in children if child not in order]
        if unknown:
            yield f"{tag} holds {unknown}"
        elif [order.index(child) for child in children] != sorted(order.index(child) for child in children):
            yield f"{tag} holds {children} in the wrong order"
    if tag == "tc" and (not children or children[-1] != "p"):
        yield "a cell does not end with a paragraph"
    if tag == "body":
        if children[-1] != "sectPr" or children[-2] != "p":
            yield f"the body ends with {children[-2:]}"
        if any(pair == ("tbl", "tbl") for pair in pairwise(children)):
            yield "two tables without a paragraph between them"
    if tag == "tbl":
        yield from _grid_faults(element)


def _grid_faults(table: etree._Element) -> Iterator[str]:
    columns = len(table.findall(f"{W}tblGrid/{W}gridCol"))
    above: list[bool] = [False] * columns
    for row in table.findall(f"{W}tr"):
        merges: list[bool] = []
        for cell in row.findall(f"{W}tc"):
            span = cell.find(f"{W}tcPr/{W}gridSpan")
            merge = cell.find(f"{W}tcPr/{W}vMerge")
            if merge is not None and merge.get(f"{W}val") == "continue" and not above[len(merges)]:
                yield "a merged cell continues nothing"
            merges += [merge is not None] * (int(span.get(f"{W}val", "1")) if span is not None else 1)
        if len(merges) != columns:
            yield f"a row has {len(merges)} columns of {columns}"
        above = merges


def _style_faults(document: etree._Element, styles: etree._Element) -> list[str]:
    known = {style.get(f"{W}styleId") for style in styles.iter(f"{W}style")}
    named = [*document.iter(f"{W}pStyle"), *document.iter(f"{W}rStyle"), *document.iter(f"{W}tblStyle")]
    return [f"style {one.get(f'{W}val')} is not defined" for one in named if one.get(f"{W}val") not in known]
