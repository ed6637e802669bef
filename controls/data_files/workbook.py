"""A workbook (.xlsx) of any number of rows, written piece by piece: nothing of it is kept, in memory or on disk.

The sheet's texts stand in their cells, not in a list of their own, so that a row is written as soon as it is read.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime
from xml.sax.saxutils import escape

from controls.data_files.content import NUMBER

MOST_ROWS = 1_048_576
MOST_COLUMNS = 16_384
STARTS = ("=", "+", "-", "@", "\t", "\r", "|", "%")
"""What a text begins with that a spreadsheet would run as a formula."""
LONGEST = 32_767
"""Characters that a cell holds."""
_NUMBER = re.compile(NUMBER)
_DAY = re.compile("(19|20)[0-9]{2}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])")
_DIGITS = 15
"""Significant digits that a spreadsheet keeps; a longer number is written as text."""
_DAY_ZERO = date(1899, 12, 30).toordinal()
_NO_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_ESCAPED_BY_EXCEL = re.compile("_(?=x[0-9A-Fa-f]{4}_)")
_TO_MARK_UP = re.compile("[&<>_\x00-\x08\x0b-\x0d\x0e-\x1f\ufffe\uffff]")
_BATCH = 500
_WIDTH, _NOTE_WIDTH = 18, 100
_BOLD, _DATE, _TEXT, _DEFUSED = 1, 2, 3, 4
"""Places of the cell styles in `_STYLES`."""
_XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_KIND = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_TYPES = (
    f'{_XML}<Types xmlns="{_PACKAGE}/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="xml" ContentType="application/xml"/>'
    f'<Override PartName="/xl/workbook.xml" ContentType="{_KIND}.sheet.main+xml"/>'
    f'<Override PartName="/xl/styles.xml" ContentType="{_KIND}.styles+xml"/>'
    f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{_KIND}.worksheet+xml"/>'
    f'<Override PartName="/xl/worksheets/sheet2.xml" ContentType="{_KIND}.worksheet+xml"/>'
    '<Override PartName="/docProps/core.xml" ContentType="application/vnd.openxmlformats-package.core-properties+xml"/></Types>'
)
_RELATIONS = (
    f'{_XML}<Relationships xmlns="{_PACKAGE}/relationships">'
    f'<Relationship Id="rId1" Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/>'
    f'<Relationship Id="rId2" Type="{_PACKAGE}/relationships/metadata/core-properties" Target="docProps/core.xml"/>'
    "</Relationships>"
)
_SHEETS = (
    f'{_XML}<Relationships xmlns="{_PACKAGE}/relationships">'
    f'<Relationship Id="rId1" Type="{_OFFICE}/worksheet" Target="worksheets/sheet1.xml"/>'
    f'<Relationship Id="rId2" Type="{_OFFICE}/worksheet" Target="worksheets/sheet2.xml"/>'
    f'<Relationship Id="rId3" Type="{_OFFICE}/styles" Target="styles.xml"/></Relationships>'
)
_STYLES = (
    f'{_XML}<styleSheet xmlns="{_MAIN}"><numFmts count="1"><numFmt numFmtId="164" formatCode="yyyy\\-mm\\-dd"/></numFmts>'
    '<fonts count="2"><font><sz val="11"/><name val="Calibri"/><family val="2"/></font>'
    '<font><b/><sz val="11"/><name val="Calibri"/><family val="2"/></font></fonts>'
    '<fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill></fills>'
    '<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>'
    '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs><cellXfs count="5">'
    '<xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>'
    '<xf numFmtId="49" fontId="1" fillId="0" borderId="0" xfId="0" applyNumberFormat="1" applyFont="1"/>'
    '<xf numFmtId="164" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>'
    '<xf numFmtId="49" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>'
    '<xf numFmtId="49" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1" quotePrefix="1"/></cellXfs>'
    '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>'
)


class _Sink(io.RawIOBase):
    """What is written, until it is taken; the archive's parts are told by their sizes behind them, as in any stream."""

    def __init__(self) -> None:
        self._written = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, data: object) -> int:
        piece = bytes(data)  # type: ignore[call-overload]
        self._written += piece
        return len(piece)

    def take(self) -> bytes:
        taken = bytes(self._written)
        self._written.clear()
        return taken


def workbook_pieces(
    rows: Iterable[Sequence[str]], key: Sequence[int], *, about: Sequence[str], sheet: str, came_at: datetime
) -> Iterator[bytes]:
    """Yield a workbook of canonical rows, the headings first; `about` are the lines of a second sheet.

    `key`: the places of the columns that stand as texts. `came_at`, when the content came in, stands as when the workbook was
    made: the same content is the same bytes, whenever somebody takes it.
    """
    sink = _Sink()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as package:
        made = came_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        for name, content in (
            ("[Content_Types].xml", _TYPES),
            ("_rels/.rels", _RELATIONS),
            ("docProps/core.xml", _core(made)),
            ("xl/workbook.xml", _book([sheet, "SHA-256"])),
            ("xl/_rels/workbook.xml.rels", _SHEETS),
            ("xl/styles.xml", _STYLES),
            ("xl/worksheets/sheet2.xml", _notes(about)),
        ):
            package.writestr(_part(name), content)
        with package.open(_part("xl/worksheets/sheet1.xml"), "w", force_zip64=True) as part:
            part.write(_sheet_head(frozen=True, width=_WIDTH).encode())
            for batch in _batches(_row_markup(rows, frozenset(key))):
                part.write(batch.encode())
                if piece := sink.take():
                    yield piece
            part.write(b"</sheetData></worksheet>")
    yield sink.take()


def _part(name: str) -> zipfile.ZipInfo:
    """Return a part of the package with the first time there is, whenever it is written."""
    part = zipfile.ZipInfo(name)
    part.compress_type = zipfile.ZIP_DEFLATED
    return part


def _core(made: str) -> str:
    dates = "".join(f'<dcterms:{name} xsi:type="dcterms:W3CDTF">{made}</dcterms:{name}>' for name in ("created", "modified"))
    return (
        f'{_XML}<cp:coreProperties xmlns:cp="{_PACKAGE}/metadata/core-properties" xmlns:dcterms="http://purl.org/dc/terms/" '
        f'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">{dates}</cp:coreProperties>'
    )


def _book(names: Sequence[str]) -> str:
    sheets = "".join(
        f'<sheet name="{escape(name, {chr(34): "&quot;"})}" sheetId="{number}" r:id="rId{number}"/>'
        for number, name in enumerate(names, start=1)
    )
    return f'{_XML}<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><sheets>{sheets}</sheets></workbook>'


def _sheet_head(*, frozen: bool, width: int) -> str:
    pane = '<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/>' if frozen else ""
    return (
        f'{_XML}<worksheet xmlns="{_MAIN}"><sheetViews><sheetView workbookViewId="0">{pane}</sheetView></sheetViews>'
        f'<cols><col min="1" max="{MOST_COLUMNS if frozen else 1}" width="{width}" customWidth="1"/></cols><sheetData>'
    )


def _notes(lines: Sequence[str]) -> str:
    rows = "".join(f'<row r="{number}">{_text(f"A{number}", line, _TEXT)}</row>' for number, line in enumerate(lines, start=1))
    return f"{_sheet_head(frozen=False, width=_NOTE_WIDTH)}{rows}</sheetData></worksheet>"


def _row_markup(rows: Iterable[Sequence[str]], key: frozenset[int]) -> Iterator[str]:
    letters: list[str] = []
    for number, cells in enumerate(rows, start=1):
        letters += [_letters(column) for column in range(len(letters), len(cells))]
        marked_up = (
            _text(f"{letters[column]}{number}", cell, _BOLD)
            if number == 1
            else _cell(f"{letters[column]}{number}", cell, is_text=column in key)
            for column, cell in enumerate(cells)
            if cell
        )
        yield f'<row r="{number}">{"".join(marked_up)}</row>'


def _batches(markup: Iterator[str]) -> Iterator[str]:
    batch: list[str] = []
    for row in markup:
        batch.append(row)
        if len(batch) == _BATCH:
            yield "".join(batch)
            batch.clear()
    yield "".join(batch)


def _letters(column: int) -> str:
    letters, column = "", column + 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def _cell(address: str, cell: str, *, is_text: bool) -> str:
    if not is_text:
        if _NUMBER.fullmatch(cell) and len(cell.lstrip("-").replace(".", "").lstrip("0")) <= _DIGITS:
            return f'<c r="{address}"><v>{cell}</v></c>'
        if (day := _day(cell)) is not None:
            return f'<c r="{address}" s="{_DATE}"><v>{day}</v></c>'
    return _text(address, cell, _DEFUSED if cell.startswith(STARTS) else _TEXT)


def _day(cell: str) -> int | None:
    """Return the number by which a spreadsheet knows the day; None of any other text."""
    if len(cell) != 10 or not _DAY.fullmatch(cell):
        return None
    try:
        return date.fromisoformat(cell).toordinal() - _DAY_ZERO
    except ValueError:
        return None


def _text(address: str, text: str, style: int) -> str:
    text = text[:LONGEST]
    if _TO_MARK_UP.search(text):
        text = _marked_up(text)
    return f'<c r="{address}" s="{style}" t="inlineStr"><is><t xml:space="preserve">{text}</t></is></c>'


def _marked_up(text: str) -> str:
    """Return the text as the markup holds it; a character that no XML holds is written by its number, as Excel does."""
    said = _NO_XML.sub(lambda found: f"_x{ord(found[0]):04X}_", _ESCAPED_BY_EXCEL.sub("_x005F_", text))
    return escape(said, {"\r": "_x000D_"})
