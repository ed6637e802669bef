"""The text of a Word paragraph or cell: what is shown, what is struck through, and what is not shown at all."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from docx.oxml.ns import qn
from lxml import etree

from ..cells import BesideKind
from ..text import tidy, typed

TABLE, ROW, CELL, PARAGRAPH, RUN = qn("w:tbl"), qn("w:tr"), qn("w:tc"), qn("w:p"), qn("w:r")
VAL = qn("w:val")
RUN_PROPERTIES, PARAGRAPH_PROPERTIES, CELL_PROPERTIES = qn("w:rPr"), qn("w:pPr"), qn("w:tcPr")
TEXT_BOX = qn("w:txbxContent")
_COMPATIBILITY = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
_ALTERNATIVES, _CHOICE, FALLBACK = (f"{_COMPATIBILITY}{name}" for name in ("AlternateContent", "Choice", "Fallback"))
_CONTROL, _CONTROL_CONTENT, _SHOWS_PROMPT = qn("w:sdt"), qn("w:sdtContent"), qn("w:showingPlcHdr")
DELETED = frozenset({qn("w:del"), qn("w:moveFrom")})
PROPERTIES = frozenset(
    {qn("w:tblPr"), qn("w:tblGrid"), qn("w:trPr"), CELL_PROPERTIES, PARAGRAPH_PROPERTIES, RUN_PROPERTIES, qn("w:sdtPr")}
)
_SKIPPED = PROPERTIES | {qn("w:instrText"), qn("w:delInstrText")}
_BREAK, _RETURN, _TAB, _TYPE = qn("w:br"), qn("w:cr"), qn("w:tab"), qn("w:type")
_FIXED = {_RETURN: "\n", _TAB: " ", qn("w:noBreakHyphen"): "\u2011", qn("w:softHyphen"): "\u00ad"}
_TEXT = qn("w:t")
TEXTS = frozenset({_TEXT, qn("w:delText"), "{http://schemas.openxmlformats.org/officeDocument/2006/math}t"})
_VANISH, _STRIKES = qn("w:vanish"), (qn("w:strike"), qn("w:dstrike"))
_RUN_STYLE, _PARAGRAPH_STYLE = qn("w:rStyle"), qn("w:pStyle")
_SYMBOL, _CHARACTER, _FONT = qn("w:sym"), qn("w:char"), qn("w:font")
# The signs of Word's list of symbols that stand for an answer.
_SIGNS = {0xFC: "✓", 0xFB: "✗", 0xA8: "☐", 0xFE: "☑", 0xFD: "☒", 0x6C: "●"}


@dataclass(slots=True)
class Shown:
    """The text of one paragraph or cell. `struck`: all of `text` is struck through. `aside`: what is not shown, by kind.

    `whole` is all of the text where a part of it is struck through and stands aside.
    """

    text: str
    struck: bool = False
    whole: str = ""
    aside: list[tuple[BesideKind, str]] = field(default_factory=list)


@dataclass(slots=True)
class _Pieces:
    shown: list[str] = field(default_factory=list)
    struck: set[int] = field(default_factory=set)
    aside: dict[BesideKind, list[str]] = field(default_factory=dict)
    boxes: list[str] = field(default_factory=list)


class Formats:
    """Whether runs are hidden or struck through: by themselves, or by their styles.

    `as_typed`: a cell's line ends are its writer's own, and stay. `apart` are the tables in cells that are read as tables of
    their own.
    """

    def __init__(self, document: etree._Element, styles: etree._Element | None, *, as_typed: bool = False) -> None:
        self.ordered = typed if as_typed else tidy
        self.apart: set[etree._Element] = set()
        self._hidden: dict[str, bool] = {}
        self._struck: dict[str, bool] = {}
        if styles is not None:
            known = {style.get(qn("w:styleId"), ""): style for style in styles.iterchildren(qn("w:style"))}
            for name in known:
                self._hidden[name] = bool(_inherited(known, name, (_VANISH,)))
                self._struck[name] = bool(_inherited(known, name, _STRIKES))
        self.has_prompts = next(document.iter(_SHOWS_PROMPT), None) is not None
        in_styles = any(self._hidden.values()) or any(self._struck.values())
        # A long table has a run in every cell: where nothing is hidden or struck, none of them is asked.
        self.matter = in_styles or next(document.iter(_VANISH, *_STRIKES), None) is not None

    def of_run(self, run: etree._Element, paragraph_style: str) -> tuple[bool, bool]:
        """Return whether the run is hidden, and whether it is struck through."""
        properties = run.find(RUN_PROPERTIES)
        style = properties.find(_RUN_STYLE) if properties is not None else None
        own = style.get(VAL, "") if style is not None else ""
        # A property that both styles set is switched off again (ECMA-376, 17.7.3).
        hidden = self._hidden.get(paragraph_style, False) != self._hidden.get(own, False)
        struck = self._struck.get(paragraph_style, False) != self._struck.get(own, False)
        stated = _stated(properties, (_VANISH,)), _stated(properties, _STRIKES)
        return hidden if stated[0] is None else stated[0], struck if stated[1] is None else stated[1]


def _stated(properties: etree._Element | None, tags: Iterable[str]) -> bool | None:
    if properties is None:
        return None
    stated = [found.get(VAL, "1") not in {"0", "false", "off"} for tag in tags if (found := properties.find(tag)) is not None]
    return any(stated) if stated else None


def _inherited(styles: dict[str, etree._Element], name: str, tags: Iterable[str]) -> bool | None:
    seen: set[str] = set()
    while name in styles and name not in seen:
        seen.add(name)
        stated = _stated(styles[name].find(RUN_PROPERTIES), tags)
        if stated is not None:
            return stated
        base = styles[name].find(qn("w:basedOn"))
        name = base.get(VAL, "") if base is not None else ""
    return None


def blocks(parent: etree._Element, tags: set[str]) -> Iterator[etree._Element]:
    """Yield the nearest descendants with the given tags, looking through content controls, insertions and the like."""
    for child in parent:
        if child.tag in tags:
            yield child
        elif child.tag == _ALTERNATIVES:
            yield from blocks(_chosen(child), tags)
        elif isinstance(child.tag, str) and child.tag not in DELETED and child.tag not in PROPERTIES and child.tag != TEXT_BOX:
            yield from blocks(child, tags)


def shown_text(element: etree._Element, formats: Formats) -> Shown:
    """Return the text of a paragraph, a cell, or whatever holds paragraphs."""
    if formats.has_prompts and _is_in_prompt(element):
        prompt = all_text(element)
        return Shown("", aside=[("prompt", prompt)] if prompt else [])
    if not formats.matter and (text := _text_alone(element)) is not None:
        return Shown(formats.ordered(text))
    pieces = _Pieces()
    _collect(element, pieces, formats, paragraph_style(element))
    struck = "".join(pieces.shown[index] for index in sorted(pieces.struck))
    is_struck = bool(struck.strip()) and not any(
        part.strip() for index, part in enumerate(pieces.shown) if index not in pieces.struck
    )
    whole = ""
    if struck.strip() and not is_struck:
        whole = formats.ordered("".join(pieces.shown))
        pieces.aside.setdefault("struck", []).append(struck)
        pieces.shown = [part for index, part in enumerate(pieces.shown) if index not in pieces.struck]
    aside = [(kind, text) for kind, parts in pieces.aside.items() if (text := tidy("".join(parts)))]
    boxes: list[tuple[BesideKind, str]] = [("text_box", text) for text in pieces.boxes if text]
    return Shown(formats.ordered("".join(pieces.shown)), is_struck, whole, aside + boxes)


def _text_alone(cell: etree._Element) -> str | None:
    """Return the text of a cell of paragraphs that hold runs of text alone, as nearly every cell does; None for any other."""
    parts: list[str] = []
    for paragraph in cell:
        tag = paragraph.tag
        if tag != PARAGRAPH:
            if tag == CELL_PROPERTIES:
                continue
            return None
        if parts:
            parts.append("\n\n")
        for run in paragraph:
            tag = run.tag
            if tag != RUN:
                if tag == PARAGRAPH_PROPERTIES:
                    continue
                return None
            for piece in run:
                tag = piece.tag
                if tag == _TEXT:
                    parts.append(piece.text or "")
                elif tag != RUN_PROPERTIES:
                    return None
    return "".join(parts)


def all_text(element: etree._Element) -> str:
    """Return all text of an element, shown or not."""
    return tidy(_every(element))


def _every(element: etree._Element) -> str:
    parts: list[str] = []
    for child in element:
        if child.tag in TEXTS:
            parts.append(child.text or "")
        elif child.tag in _FIXED or child.tag == _BREAK:
            parts.append(_FIXED.get(child.tag, "\n"))
        elif child.tag == _ALTERNATIVES:
            parts.append(_every(_chosen(child)))
        elif isinstance(child.tag, str) and child.tag not in _SKIPPED:
            parts += ["\n\n" if child.tag == PARAGRAPH else "", _every(child)]
    return "".join(parts)


def _chosen(alternatives: etree._Element) -> etree._Element:
    """Return the alternative that is read: the first one with text, else the first."""
    choices = [child for child in alternatives if child.tag in {_CHOICE, FALLBACK}]
    with_text = (choice for choice in choices if next(choice.iter(*TEXTS), None) is not None)
    return next(with_text, choices[0] if choices else alternatives)


def _collect(element: etree._Element, pieces: _Pieces, formats: Formats, style: str) -> None:
    """Collect the text below an element, but for tables that are read apart."""
    for child in element:
        tag = child.tag
        if tag in TEXTS:
            pieces.shown.append(child.text or "")
        elif tag == RUN and formats.matter:
            _collect_run(child, pieces, formats, style)
        elif tag in _FIXED:
            pieces.shown.append(_FIXED[tag])
        elif tag == _BREAK:
            pieces.shown.append("\n" if child.get(_TYPE, "textWrapping") == "textWrapping" else " ")
        elif tag in _SKIPPED or not isinstance(tag, str):
            continue
        elif tag == PARAGRAPH:
            if pieces.shown:
                pieces.shown.append("\n\n")
            for kept in pieces.aside.values():
                kept.append("\n\n")
            _collect(child, pieces, formats, paragraph_style(child) if formats.matter else "")
        elif tag in DELETED:
            pieces.aside.setdefault("deleted", []).append(_every(child))
        elif tag == TEXT_BOX:
            pieces.boxes.append(all_text(child))
        elif tag == _CONTROL and formats.has_prompts and _is_prompt(child):
            pieces.aside.setdefault("prompt", []).append(_every(child))
        elif tag == _SYMBOL:
            pieces.shown.append(_sign(child))
        elif tag == _ALTERNATIVES:
            _collect(_chosen(child), pieces, formats, style)
        elif tag != TABLE or child not in formats.apart:
            _collect(child, pieces, formats, style)


def _is_in_prompt(element: etree._Element) -> bool:
    """Return whether a cell or paragraph is all that a form field shows, and nobody has filled it in."""
    parent = element.getparent()
    return parent is not None and parent.tag == _CONTROL_CONTENT and _is_prompt(parent.getparent())


def _is_prompt(control: etree._Element | None) -> bool:
    """Return whether a content control shows the words that ask for its content."""
    properties = control.find(qn("w:sdtPr")) if control is not None else None
    return properties is not None and _stated(properties, (_SHOWS_PROMPT,)) is True


def _collect_run(run: etree._Element, pieces: _Pieces, formats: Formats, style: str) -> None:
    hidden, struck = formats.of_run(run, style)
    start = len(pieces.shown)
    _collect(run, pieces, formats, style)
    if hidden:
        texts = pieces.shown[start:]
        del pieces.shown[start:]
        pieces.aside.setdefault("hidden_text", []).extend(texts)
    elif struck:
        pieces.struck.update(range(start, len(pieces.shown)))


def paragraph_style(paragraph: etree._Element) -> str:
    """Return the identifier of the paragraph's style, or ''."""
    properties = paragraph.find(PARAGRAPH_PROPERTIES)
    style = properties.find(_PARAGRAPH_STYLE) if properties is not None else None
    return style.get(VAL, "") if style is not None else ""


def _sign(symbol: etree._Element) -> str:
    try:
        code = int(symbol.get(_CHARACTER, ""), 16) & 0xFF
    except ValueError:
        return ""
    return _SIGNS.get(code, "") if "wingdings" in symbol.get(_FONT, "").casefold() else ""
