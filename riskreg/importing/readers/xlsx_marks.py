"""Properties of a workbook that calamine does not give: fills, struck text, number formats, what is hidden or not computed."""

from __future__ import annotations

import re
import zipfile
from dataclasses import dataclass, field
from typing import IO

from lxml import etree

from riskreg.web.whole_number import whole_number

from ..text_limits import TextBudget
from .spreadsheet_cells import MAX_COLUMNS, Hidden, check_extent
from .xlsx_parts import parse_part, related, sheet_parts
from .xlsx_styles import Styles, at_index, is_struck, read_styles

_ADDRESS = re.compile(r"([A-Z]{1,3})([0-9]{1,7})")
_LAST_ROW = 10**7 - 1
_MOST_LOOKS = 10_000
_PARTS = {"v": 0, "f": 1, "is": 2}
_ON = frozenset({"1", "true"})
_PAGE_TEXTS = tuple(f"{page}{where}" for page in ("odd", "even", "first") for where in ("Header", "Footer"))
_SCANNED = tuple(f"{{*}}{name}" for name in ("row", "col", "autoFilter", *_PAGE_TEXTS))
# A code of a printed page's header: where it stands, a font, a size, a colour, a field.
_PAGE_CODE = re.compile(r'&(?:"[^"]*"|K[0-9A-Fa-f]{6}|K\d\d[+-]\d{3}|\d+|[A-Za-z+-])')

Run = tuple[str, bool | None]
"""A run of a cell's text, and whether it is struck through; None where it is as the cell's style says."""


@dataclass(slots=True)
class Marks:
    """The marks of one sheet, by (row, column) from 0.

    `rows` and `columns` say how far cells with a value or a formula reach. `formulas` are all of them, computed or
    not. `struck` are cells whose whole text is struck through; of those in `partly` the rest, what is struck,
    and all of it. `formats` are the number formats of cells with a value.
    `page_texts` are the headers and footers of the printed page.
    """

    fills: dict[tuple[int, int], str] = field(default_factory=dict)
    uncomputed: dict[tuple[int, int], str] = field(default_factory=dict)
    formulas: set[tuple[int, int]] = field(default_factory=set)
    struck: set[tuple[int, int]] = field(default_factory=set)
    partly: dict[tuple[int, int], tuple[str, str, str]] = field(default_factory=dict)
    formats: dict[tuple[int, int], str] = field(default_factory=dict)
    hidden: Hidden = field(default_factory=Hidden)
    page_texts: list[str] = field(default_factory=list)
    rows: int = 0
    columns: int = 0


def sheet_marks(package: zipfile.ZipFile, *, max_rows: int) -> dict[str, Marks]:
    """Return the marks of each sheet by its name.

    Raises `UnreadableFile` when a sheet is larger than may be read.
    """
    styles, texts = read_styles(package), _Texts(package)
    return {name: _marks(package, part, styles, max_rows, texts) for name, part in sheet_parts(package).items()}


class _Texts:
    """The cells' texts as far as they matter here: their length, and the runs of those in several formats.

    A shared text counts each time a cell points to it.
    """

    def __init__(self, package: zipfile.ZipFile) -> None:
        self._budget = TextBudget()
        self._lengths: list[int] = []
        self._runs: dict[int, list[Run]] = {}
        name = next((name for name in package.namelist() if name.casefold() == "xl/sharedstrings.xml"), None)
        if name is not None:
            with package.open(name) as stream:
                for _event, text in etree.iterparse(stream, tag="{*}si", resolve_entities=False, no_network=True):
                    if runs := _runs(text):
                        self._runs[len(self._lengths)] = runs
                    self._lengths.append(sum(len(piece.text or "") for piece in text.iter("{*}t")))
                    text.clear()

    def count(self, kind: str | None, said: str, inline: etree._Element | None) -> list[Run]:
        """Count the text of a cell; return its runs when it has several formats."""
        at = whole_number(said.strip()) if kind == "s" else None
        if at is not None:
            self._budget.spend(self._lengths[at] if at < len(self._lengths) else 0)
        else:
            self._budget.spend(len(said))
        if inline is not None:
            self._budget.spend(sum(len(piece.text or "") for piece in inline.iter("{*}t")))
            return _runs(inline)
        return self._runs.get(at, []) if at is not None else []


def _runs(text: etree._Element) -> list[Run]:
    runs: list[Run] = []
    for run in text.iterchildren("{*}r"):
        properties = run.find("{*}rPr")
        runs.append((run.findtext("{*}t") or "", is_struck(properties) if properties is not None else None))
    return runs


def _marks(package: zipfile.ZipFile, part: str, styles: Styles, max_rows: int, texts: _Texts) -> Marks:
    names = {name.casefold(): name for name in package.namelist()}
    if part.casefold() not in names:
        return Marks()
    filters: list[str] = []
    for kind, name in related(package, part):
        if kind == "table" and (table := parse_part(package, name)) is not None:
            filters += [_filtered(element) for element in table.iter("{*}autoFilter")]
    with package.open(names[part.casefold()]) as stream:
        scan = _Scan(styles, max_rows, texts, filters)
        scan.read(stream)
    return scan.marks


class _Scan:
    """One sheet's markup as it comes by."""

    def __init__(self, styles: Styles, max_rows: int, texts: _Texts, filters: list[str]) -> None:
        self.styles, self.max_rows, self.texts, self.filters = styles, max_rows, texts, filters
        self.marks = Marks()
        self.row = self.column = -1
        self.column_names: dict[str, int] = {}
        self.looks: dict[str, tuple[str | None, bool, str]] = {}

    def read(self, stream: IO[bytes]) -> None:
        for _event, element in etree.iterparse(stream, tag=_SCANNED, resolve_entities=False, no_network=True):
            name = _local_name(element)
            if name == "row":
                self.begin_row(element)
                for cell in element:
                    if _local_name(cell) == "c":
                        self.cell(cell)
                element.clear()
                while element.getprevious() is not None:
                    del element.getparent()[0]
            elif name == "col":
                self.column_format(element)
            elif name == "autoFilter":
                self.filters.append(_filtered(element))
            elif text := _PAGE_CODE.sub(" ", element.text or "").strip():
                self.marks.page_texts.append(text)
        marks = self.marks
        # Colour alone makes no rows, but a conclusion column that is only colour is a column.
        marks.columns = max(marks.columns, max((c + 1 for r, c in marks.fills if r < marks.rows), default=0))
        for top, bottom in filter(None, map(_rows_of, self.filters)):
            marks.hidden.rows |= {r: "filtered_row" for r in marks.hidden.rows if top < r <= bottom}

    def begin_row(self, element: etree._Element) -> None:
        at = whole_number(element.get("r", ""))
        self.row, self.column = (at - 1 if at is not None else self.row + 1), -1
        if element.get("hidden") in _ON or _is_zero(element.get("ht")):
            self.marks.hidden.rows[self.row] = "hidden_row"

    def column_format(self, element: etree._Element) -> None:
        first, last = whole_number(element.get("min", "")), whole_number(element.get("max", ""))
        if first and last and (element.get("hidden") in _ON or _is_zero(element.get("width"))):
            self.marks.hidden.columns.update(range(first - 1, min(last, MAX_COLUMNS)))

    def cell(self, element: etree._Element) -> None:
        marks, kind = self.marks, element.get("t")
        address = element.get("r", "")
        self.row, self.column = here = self.position(address) or (self.row, self.column + 1)
        value, formula, inline = _parts_of(element)
        said = (value.text or "") if value is not None else ""
        runs = self.texts.count(kind, said, inline)
        if formula is not None:
            marks.formulas.add(here)
        has_value = inline is not None or (value is not None and (bool(said) or kind == "str"))
        if (formula is not None and not has_value) or kind == "e":
            marks.uncomputed[here] = f"{address or '?'} ({said})" if said else address or "?"
        if has_value or formula is not None:
            marks.rows, marks.columns = max(marks.rows, self.row + 1), max(marks.columns, self.column + 1)
            check_extent(rows=marks.rows, columns=marks.columns, max_rows=self.max_rows)
        if self.column >= MAX_COLUMNS or self.row >= self.max_rows:
            return
        fill, is_struck_look, number_format = self.look(element.get("s", "0"))
        if fill:
            marks.fills[here] = fill
        if number_format and has_value:
            marks.formats[here] = number_format
        is_struck_style = has_value and is_struck_look
        if runs:
            self.struck_runs(runs, is_struck_style)
        elif is_struck_style:
            marks.struck.add(here)

    def position(self, address: str) -> tuple[int, int] | None:
        """Return what `position` returns; each column's letters are read once."""
        letters = address.rstrip("0123456789")
        column = self.column_names.get(letters)
        row = whole_number(address[len(letters) :]) if column is not None else None
        if column is not None and row is not None and row <= _LAST_ROW:
            return row - 1, column
        found = position(address)
        if found is not None:
            self.column_names[letters] = found[1]
        return found

    def look(self, style: str) -> tuple[str | None, bool, str]:
        """Return the fill of a style, whether it strikes through, and its number format; each style is looked up once."""
        found = self.looks.get(style)
        if found is None:
            styles = self.styles
            found = at_index(styles.fills, style), bool(at_index(styles.struck, style)), at_index(styles.formats, style) or ""
            if len(self.looks) < _MOST_LOOKS:
                self.looks[style] = found
        return found

    def struck_runs(self, runs: list[Run], is_struck_style: bool) -> None:
        struck = "".join(text for text, own in runs if (is_struck_style if own is None else own))
        rest = "".join(text for text, own in runs if not (is_struck_style if own is None else own))
        if struck.strip() and not rest.strip():
            self.marks.struck.add((self.row, self.column))
        elif struck.strip():
            self.marks.partly[self.row, self.column] = rest, struck, "".join(text for text, _own in runs)


def _local_name(element: etree._Element) -> str:
    """Return the tag's name without its namespace; '' of a comment."""
    tag = element.tag
    return tag[tag.rfind("}") + 1 :] if isinstance(tag, str) else ""


def _parts_of(cell: etree._Element) -> list[etree._Element | None]:
    """Return the first value, formula and inline text of a cell. Asked of each cell, so without a search for each."""
    found: list[etree._Element | None] = [None, None, None]
    for child in cell:
        at = _PARTS.get(_local_name(child))
        if at is not None and found[at] is None:
            found[at] = child
    return found


def _filtered(element: etree._Element) -> str:
    """Return the range of an automatic filter that filters something, else ''."""
    return element.get("ref", "") if element.find("{*}filterColumn") is not None else ""


def _rows_of(reference: str) -> tuple[int, int] | None:
    """Return the first and last row, from 0, of a range such as 'A1:F20'."""
    ends = [position(address) for address in reference.split(":")]
    return (ends[0][0], ends[-1][0]) if ends[0] and ends[-1] else None


def _is_zero(size: str | None) -> bool:
    return size is not None and not size.strip("0.") and "0" in size


def position(address: str) -> tuple[int, int] | None:
    """Return the 0-based (row, column) of an address: 'C5' gives (4, 2); None when it is no address."""
    match = _ADDRESS.fullmatch(address)
    if not match:
        return None
    column = 0
    for letter in match[1]:
        column = column * 26 + ord(letter) - 64
    return int(match[2]) - 1, column - 1
