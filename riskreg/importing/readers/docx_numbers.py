"""The automatic numbers that Word shows in cells without a text of their own, as in a column `Nr`.

They stand nowhere in the file: Word counts them. Lists of plain figures alone are counted here (`1`, `1.`, `1)`), and none where
something hidden or deleted, or a text box, may be counted, too.
"""

from __future__ import annotations

from dataclasses import dataclass

from docx.oxml.ns import qn
from lxml import etree

from riskreg.web.whole_number import whole_number

from .docx_text import CELL, CELL_PROPERTIES, PARAGRAPH, PARAGRAPH_PROPERTIES, TEXTS, VAL, paragraph_style

_STYLE, _NUMBERED, _LIST, _LEVEL = qn("w:pStyle"), qn("w:numPr"), qn("w:numId"), qn("w:ilvl")
_ABSTRACT, _ABSTRACT_ID, _OVERRIDDEN = qn("w:abstractNum"), qn("w:abstractNumId"), qn("w:lvlOverride")
_FORMAT, _SHOWN_AS, _START = qn("w:numFmt"), qn("w:lvlText"), qn("w:start")
_UNSURE = (qn("w:del"), qn("w:moveFrom"), qn("w:vanish"), qn("w:hidden"))
_TEXT_BOX = qn("w:txbxContent")
"""What stands in a box stands in the file twice, for old and for new programs."""
_PLAIN = frozenset({"%1", "%1.", "%1)"})


@dataclass(frozen=True, slots=True)
class _List:
    counter: str
    shown_as: str
    start: int


def numbers_shown(
    body: etree._Element, numbering: etree._Element | None, styles: etree._Element | None
) -> dict[etree._Element, str]:
    """Return the number that each cell shows which holds nothing else."""
    of_style = _of_styles(styles)
    is_used = next(body.iter(_NUMBERED), None) is not None or any(one.get(VAL) in of_style for one in body.iter(_STYLE))
    if numbering is None or not is_used or next(body.iter(*_UNSURE), None) is not None:
        return {}
    lists = _lists(numbering)
    counted: dict[str, int] = {}
    found: dict[etree._Element, str] = {}
    for paragraph in body.iter(PARAGRAPH):
        number, level = _list_of(paragraph) or of_style.get(paragraph_style(paragraph), ("", 0))
        one = lists.get(number)
        if one is None or level:
            continue
        if next(paragraph.iterancestors(_TEXT_BOX), None) is not None:
            return {}
        counted[one.counter] = counted.get(one.counter, one.start - 1) + 1
        cell = paragraph.getparent()
        if cell is None or cell.tag != CELL or next(cell.iter(*TEXTS), None) is not None or len(cell.findall(PARAGRAPH)) > 1:
            continue
        properties = cell.find(CELL_PROPERTIES)
        if properties is not None and properties.find(qn("w:vMerge")) is not None:
            return {}
        found[cell] = one.shown_as.replace("%1", str(counted[one.counter]))
    return found


def _lists(numbering: etree._Element) -> dict[str, _List]:
    """Return the lists of plain figures by their number; those of one definition are counted together."""
    plain: dict[str, _List] = {}
    for abstract in numbering.iterchildren(_ABSTRACT):
        first = next((level for level in abstract.iterchildren(qn("w:lvl")) if level.get(_LEVEL, "0") == "0"), None)
        if first is None or _value(first.find(_FORMAT)) != "decimal" or _value(first.find(_SHOWN_AS)) not in _PLAIN:
            continue
        start = whole_number(_value(first.find(_START)))
        name = abstract.get(_ABSTRACT_ID, "")
        plain[name] = _List(name, _value(first.find(_SHOWN_AS)), 1 if start is None else start)
    return {
        number.get(_LIST, ""): plain[name]
        for number in numbering.iterchildren(qn("w:num"))
        if (name := _value(number.find(_ABSTRACT_ID))) in plain and number.find(_OVERRIDDEN) is None
    }


def _of_styles(styles: etree._Element | None) -> dict[str, tuple[str, int]]:
    """Return the list of each style that has one: its own, or the one of the style that it is based on."""
    if styles is None:
        return {}
    named = {style.get(qn("w:styleId"), ""): style for style in styles.iterchildren(qn("w:style"))}
    found: dict[str, tuple[str, int] | None] = {}
    for name in named:
        at, passed = name, dict[str, None]()
        while at in named and at not in found and at not in passed:
            passed[at] = None
            own = _list_of(named[at])
            if own is not None:
                found[at] = own
            else:
                at = _value(named[at].find(qn("w:basedOn")))
        found |= dict.fromkeys(passed, found.get(at))
    return {name: one for name, one in found.items() if one is not None}


def _list_of(element: etree._Element) -> tuple[str, int] | None:
    """Return the number of the list that a paragraph or style states, and its level."""
    properties = element.find(PARAGRAPH_PROPERTIES)
    numbered = properties.find(_NUMBERED) if properties is not None else None
    if numbered is None:
        return None
    return _value(numbered.find(_LIST)), whole_number(_value(numbered.find(_LEVEL))) or 0


def _value(element: etree._Element | None) -> str:
    return element.get(VAL, "") if element is not None else ""
