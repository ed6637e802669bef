"""Properties of a workbook that calamine does not give: cells' fills, formulas without a value, extent of the cells."""

from __future__ import annotations

import posixpath
import re
import zipfile
from dataclasses import dataclass, field
from typing import IO

from lxml import etree

from riskreg.web.whole_number import whole_number

from ..colours import INDEXED, apply_tint, from_hex
from ..text_limits import TextBudget
from ..unreadable import UnreadableFile
from .spreadsheet_cells import MAX_COLUMNS, check_extent

_ADDRESS = re.compile(r"([A-Z]{1,3})([0-9]{1,7})")
_RELATION_ID = re.compile(r"\{[^}]*/relationships\}id")
# The document gives the theme's colours dark before light; styles count them light before dark.
_THEME_ORDER = ("lt1", "dk1", "lt2", "dk2", *(f"accent{n}" for n in range(1, 7)), "hlink", "folHlink")


@dataclass(slots=True)
class Marks:
    """The marks of one sheet, by (row, column) from 0.

    `rows` and `columns` say how far cells with a value or a formula reach. `formulas` are all of them, computed or
    not.
    """

    fills: dict[tuple[int, int], str] = field(default_factory=dict)
    uncomputed: dict[tuple[int, int], str] = field(default_factory=dict)
    formulas: set[tuple[int, int]] = field(default_factory=set)
    rows: int = 0
    columns: int = 0


def sheet_marks(package: zipfile.ZipFile, *, max_rows: int) -> dict[str, Marks]:
    """Return the marks of each sheet by its name.

    Raises `UnreadableFile` when a sheet is larger than may be read.
    """
    styles, budget = _style_fills(package), _TextOfCells(package)
    return {name: _marks(package, part, styles, max_rows, budget) for name, part in _sheet_parts(package).items()}


class _TextOfCells:
    """Count the text of the cells; a shared text counts each time a cell points to it."""

    def __init__(self, package: zipfile.ZipFile) -> None:
        self._budget = TextBudget()
        self._lengths: list[int] = []
        name = next((name for name in package.namelist() if name.casefold() == "xl/sharedstrings.xml"), None)
        if name is not None:
            with package.open(name) as stream:
                for _event, text in etree.iterparse(stream, tag="{*}si", resolve_entities=False, no_network=True):
                    self._lengths.append(sum(len(piece.text or "") for piece in text.iter("{*}t")))
                    text.clear()

    def count(self, kind: str | None, value: etree._Element | None, inline: etree._Element | None) -> None:
        said = (value.text or "") if value is not None else ""
        at = whole_number(said.strip()) if kind == "s" else None
        if at is not None:
            self._budget.spend(self._lengths[at] if at < len(self._lengths) else 0)
        else:
            self._budget.spend(len(said))
        if inline is not None:
            self._budget.spend(sum(len(piece.text or "") for piece in inline.iter("{*}t")))


def _parse(package: zipfile.ZipFile, part: str) -> etree._Element | None:
    names = {name.casefold(): name for name in package.namelist()}
    name = names.get(part.casefold())
    # The archive's gate has refused every document type: there are no entities to resolve.
    parser = etree.XMLParser(resolve_entities=False, no_network=True, remove_comments=True, remove_pis=True)
    return etree.fromstring(package.read(name), parser) if name else None


def _sheet_parts(package: zipfile.ZipFile) -> dict[str, str]:
    workbook = _parse(package, "xl/workbook.xml")
    relations = _parse(package, "xl/_rels/workbook.xml.rels")
    if workbook is None or relations is None:
        raise UnreadableFile("damaged", detail="workbook.xml")
    targets = {relation.get("Id"): relation.get("Target", "") for relation in relations}
    parts: dict[str, str] = {}
    for sheet in workbook.iterfind("{*}sheets/{*}sheet"):
        relation_id = next((value for key, value in sheet.attrib.items() if _RELATION_ID.fullmatch(key)), None)
        if target := targets.get(relation_id, ""):
            parts[sheet.get("name", "")] = posixpath.normpath(posixpath.join("/xl", target)).lstrip("/")
    return parts


def _marks(package: zipfile.ZipFile, part: str, styles: list[str | None], max_rows: int, budget: _TextOfCells) -> Marks:
    names = {name.casefold(): name for name in package.namelist()}
    if part.casefold() not in names:
        return Marks()
    with package.open(names[part.casefold()]) as stream:
        return _scanned(stream, styles, max_rows, budget)


def _scanned(stream: IO[bytes], styles: list[str | None], max_rows: int, budget: _TextOfCells) -> Marks:
    marks = Marks()
    row, column = -1, -1
    for event, element in etree.iterparse(
        stream, events=("start", "end"), tag=("{*}row", "{*}c"), resolve_entities=False, no_network=True
    ):
        is_row = element.tag.endswith("}row")
        if event == "start":
            if is_row:
                stated = element.get("r", "")
                at = whole_number(stated)
                row, column = (at - 1 if at is not None else row + 1), -1
            continue
        if is_row:
            element.clear()
            while element.getprevious() is not None:
                del element.getparent()[0]
            continue
        address = element.get("r", "")
        row, column = position(address) or (row, column + 1)
        value, formula = element.find("{*}v"), element.find("{*}f")
        inline = element.find("{*}is")
        budget.count(element.get("t"), value, inline)
        if formula is not None:
            marks.formulas.add((row, column))
        has_value = inline is not None or (value is not None and (bool(value.text) or element.get("t") == "str"))
        if (formula is not None and not has_value) or element.get("t") == "e":
            marks.uncomputed[row, column] = address or "?"
        if has_value or formula is not None:
            marks.rows, marks.columns = max(marks.rows, row + 1), max(marks.columns, column + 1)
            check_extent(rows=marks.rows, columns=marks.columns, max_rows=max_rows)
        fill = _at(styles, element.get("s", "0"))
        if fill and column < MAX_COLUMNS and row < max_rows:
            marks.fills[row, column] = fill
    # Colour alone makes no rows, but a conclusion column that is only colour is a column.
    marks.columns = max(marks.columns, max((c + 1 for r, c in marks.fills if r < marks.rows), default=0))
    return marks


def position(address: str) -> tuple[int, int] | None:
    """Return the 0-based (row, column) of an address: 'C5' gives (4, 2); None when it is no address."""
    match = _ADDRESS.fullmatch(address)
    if not match:
        return None
    column = 0
    for letter in match[1]:
        column = column * 26 + ord(letter) - 64
    return int(match[2]) - 1, column - 1


def _style_fills(package: zipfile.ZipFile) -> list[str | None]:
    """Return the fill of every cell style, by its index."""
    styles = _parse(package, "xl/styles.xml")
    if styles is None:
        return []
    theme = _theme(package)
    fills = [_fill(element, theme) for element in styles.iterfind("{*}fills/{*}fill")]
    indexes = [style.get("fillId", "0") for style in styles.iterfind("{*}cellXfs/{*}xf")]
    return [_at(fills, index) for index in indexes]


def _at(values: list[str | None], index: str) -> str | None:
    """Return the value at an index that is stated as text; None where it points to nothing."""
    at = whole_number(index)
    return values[at] if at is not None and at < len(values) else None


def _fill(element: etree._Element, theme: list[str | None]) -> str | None:
    pattern = element.find("{*}patternFill")
    if pattern is None or pattern.get("patternType") != "solid":
        return None
    colour = pattern.find("{*}fgColor")
    if colour is None:
        return None
    stated, index = from_hex(colour.get("rgb")), colour.get("theme") or colour.get("indexed") or ""
    if stated is None and index:
        stated = _at(theme if colour.get("theme") else [from_hex(value) for value in INDEXED], index)
    try:
        return apply_tint(stated, float(colour.get("tint", "0")))
    except ValueError:
        return stated


def _theme(package: zipfile.ZipFile) -> list[str | None]:
    theme = _parse(package, "xl/theme/theme1.xml")
    scheme = theme.find(".//{*}clrScheme") if theme is not None else None
    if scheme is None:
        return []
    colours: dict[str, str | None] = {}
    for named in scheme:
        for colour in named:
            # White stays: a tint below zero makes it grey.
            colours[etree.QName(named).localname] = (colour.get("lastClr") or colour.get("val") or "").upper()[-6:] or None
    return [colours.get(name) for name in _THEME_ORDER]
