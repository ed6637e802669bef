"""Properties of a sheet that calamine does not give: hidden and struck rows, errors, formulas that were never computed.

Read from the markup of XLSX and ODS, within the child process of controls.data_files.spreadsheet, whose limits hold.
Old binary workbooks (XLS) say nothing of this here.
"""

from __future__ import annotations

import posixpath
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import IO, Any

from lxml import etree

from controls.data_files.shown_digits import Templates, shown_digits, templates_of

_FALSE = {"0", "false", "off"}
_ADDRESS = re.compile(r"([A-Z]{1,3})([0-9]{1,7})")
_RELATION_ID = re.compile(r"\{[^}]*/relationships\}id")
_TELLING = rb"""hidden\s*=\s*["'](?:1|true)|\st\s*=\s*["']e["']|<(?:[\w.-]+:)?f[\s>/]"""
_CHUNK = 2**20
_LAST_COLUMN = 16_384

_STYLE = "{urn:oasis:names:tc:opendocument:xmlns:style:1.0}"
_TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
_TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
_OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
_CALC = "{urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0}"


@dataclass(slots=True)
class Marks:
    """The marks of one sheet. Rows count from 1, columns from 0.

    `cells`: the text of cells without a value: an error (#N/A), or the formula that was never computed (=A2*B2).
    `templates` and `shown`: of cells whose number is shown with leading zeros or set apart, how, or the text.
    """

    hidden: set[int] = field(default_factory=set)
    hidden_columns: set[int] = field(default_factory=set)
    struck: set[int] = field(default_factory=set)
    cells: dict[tuple[int, int], str] = field(default_factory=dict)
    templates: Templates = field(default_factory=Templates)
    shown: dict[int, dict[int, str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Styles:
    """The indexes of the cell styles whose font is struck through, and those whose numbers have a template."""

    struck: frozenset[str] = frozenset()
    templates: dict[str, str] = field(default_factory=dict)


def marks_of(package: zipfile.ZipFile, sheet: str) -> Marks:
    """Return the marks of the sheet of that name."""
    if "xl/workbook.xml" in package.namelist():
        return _of_excel(package, sheet)
    return _of_open_document(package, sheet) if "content.xml" in package.namelist() else Marks()


def _parsed(stream: IO[bytes], *tags: str, events: tuple[str, ...] = ("end",)) -> Iterator[tuple[str, Any]]:
    return iter(etree.iterparse(stream, events=events, tag=tags, resolve_entities=False, no_network=True, huge_tree=False))


def _whole(package: zipfile.ZipFile, part: str) -> Any:
    name = _name_of(package, part)
    parser = etree.XMLParser(resolve_entities=False, no_network=True)
    return etree.fromstring(package.read(name), parser) if name else None


def _name_of(package: zipfile.ZipFile, part: str) -> str | None:
    return next((name for name in package.namelist() if name.casefold() == part.casefold()), None)


# Excel


def _of_excel(package: zipfile.ZipFile, sheet: str) -> Marks:
    part = _part_of(package, sheet)
    name = _name_of(package, part) if part else None
    if name is None:
        return Marks()
    styles, texts = _styles(package), _struck_texts(package)
    with package.open(name) as stream:
        is_telling = bool(texts) or _tells(stream, styles)
    if not is_telling:
        return Marks()
    with package.open(name) as stream:
        return _scanned(stream, styles, texts)


def _part_of(package: zipfile.ZipFile, sheet: str) -> str:
    workbook, relations = _whole(package, "xl/workbook.xml"), _whole(package, "xl/_rels/workbook.xml.rels")
    if workbook is None or relations is None:
        return ""
    targets = {relation.get("Id"): relation.get("Target", "") for relation in relations}
    for element in workbook.iterfind("{*}sheets/{*}sheet"):
        if element.get("name") == sheet:
            relation_id = next((value for key, value in element.attrib.items() if _RELATION_ID.fullmatch(key)), None)
            return posixpath.normpath(posixpath.join("/xl", targets.get(relation_id, ""))).lstrip("/")
    return ""


def _is_on(element: Any) -> bool:
    return element is not None and element.get("val", "1").lower() not in _FALSE


def _styles(package: zipfile.ZipFile) -> _Styles:
    styles = _whole(package, "xl/styles.xml")
    if styles is None:
        return _Styles()
    fonts = {str(i) for i, font in enumerate(styles.iterfind("{*}fonts/{*}font")) if _is_on(font.find("{*}strike"))}
    codes = {one.get("numFmtId", ""): one.get("formatCode", "") for one in styles.iterfind("{*}numFmts/{*}numFmt")}
    formats = {str(i): style for i, style in enumerate(styles.iterfind("{*}cellXfs/{*}xf"))}
    return _Styles(
        frozenset(i for i, style in formats.items() if style.get("fontId", "0") in fonts),
        templates_of({i: codes.get(style.get("numFmtId", "0"), "") for i, style in formats.items()}),
    )


def _struck_texts(package: zipfile.ZipFile) -> set[str]:
    """Return the indexes of the shared texts of which every piece is struck through."""
    name = _name_of(package, "xl/sharedStrings.xml")
    if name is None:
        return set()
    with package.open(name) as stream:
        if not _holds(stream, rb"<(?:[\w.-]+:)?strike[\s/>]"):
            return set()
    found = set()
    with package.open(name) as stream:
        for number, (_event, text) in enumerate(_parsed(stream, "{*}si")):
            if _is_struck_text(text):
                found.add(str(number))
            text.clear()
    return found


def _is_struck_text(text: Any) -> bool:
    runs = [run for run in text.iterfind("{*}r") if "".join(run.itertext()).strip()]
    return bool(runs) and all(_is_on(run.find("{*}rPr/{*}strike")) for run in runs)


def _tells(stream: IO[bytes], styles: _Styles) -> bool:
    """Return whether the sheet's markup holds anything to mark: most sheets do not, and are not parsed."""
    listed = b"|".join(style.encode() for style in sorted({*styles.struck, *styles.templates}))
    return _holds(stream, _TELLING + (rb"|\ss\s*=\s*[\"'](?:" + listed + rb")[\"']" if listed else b""))


def _holds(stream: IO[bytes], pattern: bytes) -> bool:
    wanted, tail = re.compile(pattern), b""
    while piece := stream.read(_CHUNK):
        if wanted.search(tail + piece):
            return True
        tail = piece[-64:]
    return False


def _scanned(stream: IO[bytes], styles: _Styles, texts: set[str]) -> Marks:
    marks = Marks()
    row, column = 0, -1
    for event, element in _parsed(stream, "{*}col", "{*}row", "{*}c", events=("start", "end")):
        is_row = element.tag.endswith("}row")
        if element.tag.endswith("}col"):
            if event == "start" and element.get("hidden", "0").lower() not in _FALSE:
                first, last = (element.get(name, "0") for name in ("min", "max"))
                marks.hidden_columns.update(range(_bounded(first) - 1, _bounded(last)))
        elif event == "start":
            if is_row:
                stated = element.get("r", "")
                row, column = (int(stated) if stated.isdigit() else row + 1), -1
                if element.get("hidden", "0").lower() not in _FALSE:
                    marks.hidden.add(row)
        elif is_row:
            _drop(element)
        else:
            address = _ADDRESS.fullmatch(element.get("r", ""))
            column = _column(address[1]) if address else column + 1
            _mark_cell(element, row, column, marks, styles, texts)
    return marks


def _bounded(stated: str) -> int:
    return min(int(stated), _LAST_COLUMN) if stated.isdigit() and len(stated) < 9 else 1


def _mark_cell(cell: Any, row: int, column: int, marks: Marks, styles: _Styles, texts: set[str]) -> None:
    kind, value, formula = cell.get("t"), cell.find("{*}v"), cell.find("{*}f")
    text = (value.text or "") if value is not None else ""
    if kind == "e":
        marks.cells[row, column] = text or "#N/A"
    elif formula is not None and not text and kind != "str" and cell.find("{*}is") is None:
        marks.cells[row, column] = "=" + (formula.text or "")
    if not text and cell.find("{*}is") is None:
        return
    style = cell.get("s", "")
    if kind in (None, "n") and style in styles.templates:
        marks.templates.note(row, column, styles.templates[style])
    if style in styles.struck or (kind == "s" and text in texts):
        marks.struck.add(row)


def _column(letters: str) -> int:
    column = 0
    for letter in letters:
        column = column * 26 + ord(letter) - 64
    return column - 1


def _drop(element: Any) -> None:
    element.clear()
    while element.getprevious() is not None:
        del element.getparent()[0]


# OpenDocument


def _of_open_document(package: zipfile.ZipFile, sheet: str) -> Marks:
    struck: set[str] = set()
    if "styles.xml" in package.namelist():
        with package.open("styles.xml") as stream:
            for _event, style in _parsed(stream, f"{_STYLE}style"):
                _note_style(style, struck)
    marks, row, is_inside = Marks(), 0, False
    with package.open("content.xml") as stream:
        tags = (f"{_STYLE}style", f"{_TABLE}table", f"{_TABLE}table-row")
        for event, element in _parsed(stream, *tags, events=("start", "end")):
            if element.tag == f"{_STYLE}style":
                if event == "end":
                    _note_style(element, struck)
            elif element.tag == f"{_TABLE}table":
                is_inside = event == "start" and element.get(f"{_TABLE}name") == sheet
            elif event == "end":
                if is_inside:
                    row = _mark_row(element, row, marks, struck)
                _drop(element)
    return marks


def _note_style(style: Any, struck: set[str]) -> None:
    lines = [each.get(f"{_STYLE}text-line-through-style") for each in style.iterchildren(f"{_STYLE}text-properties")]
    if any(line and line != "none" for line in lines):
        struck.add(style.get(f"{_STYLE}name", ""))


def _mark_row(element: Any, row: int, marks: Marks, struck: set[str]) -> int:
    """Note the marks of a row that may stand for several; return the number of the last."""
    again = _count(element, f"{_TABLE}number-rows-repeated")
    is_folded = any(group.get(f"{_TABLE}display") == "false" for group in element.iterancestors(f"{_TABLE}table-row-group"))
    is_hidden = is_folded or element.get(f"{_TABLE}visibility", "visible") != "visible"
    column, is_struck, cells = 0, False, {}
    shown: dict[int, str] = {}
    for cell in element.iterchildren(f"{_TABLE}table-cell", f"{_TABLE}covered-table-cell"):
        text = "\n".join("".join(each.itertext()) for each in cell.iterchildren(f"{_TEXT}p")).strip()
        if cell.get(f"{_CALC}value-type") == "error":
            cells[column] = text or "#N/A"
        elif cell.get(f"{_TABLE}formula") and not text and cell.get(f"{_OFFICE}value-type") is None:
            cells[column] = "=" + cell.get(f"{_TABLE}formula", "").partition("=")[2]
        elif seen := shown_digits(text, cell.get(f"{_OFFICE}value", "")):
            last = min(column + _count(cell, f"{_TABLE}number-columns-repeated"), _LAST_COLUMN)
            shown |= dict.fromkeys(range(column, last), seen)
        is_struck = is_struck or bool(text and cell.get(f"{_TABLE}style-name") in struck)
        column = min(column + _count(cell, f"{_TABLE}number-columns-repeated"), _LAST_COLUMN)
    if not (is_struck or cells or any(each.get(f"{_OFFICE}value-type") for each in element)):
        # Rows without content go on to the end of the sheet; nothing of them is read.
        return row + again
    for number in range(row + 1, row + again + 1):
        if is_hidden:
            marks.hidden.add(number)
        if is_struck:
            marks.struck.add(number)
        marks.cells.update({(number, place): text for place, text in cells.items()})
        if shown:
            marks.shown[number] = shown
    return row + again


def _count(element: Any, attribute: str) -> int:
    stated = element.get(attribute, "1")
    return max(int(stated), 1) if stated.isdigit() and len(stated) < 9 else 1
