"""Files as municipalities write them, built for one test at a time.

`files/` holds what no library here can write: `plan.xls` and `plan.ods` are `workbook_plan()` and `follow_up.pdf` is
`paged_follow_up()`, saved by LibreOffice; the encrypted ones are locked with the password "hemligt".
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import docx
import openpyxl
from docx.document import Document
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from openpyxl.styles import PatternFill
from openpyxl.worksheet.worksheet import Worksheet

FILES = Path(__file__).parent / "files"
GREEN, YELLOW, BLUE, RED = "92D050", "FFFF00", "00B0F0", "FF0000"
REPORT = ["Identifierad risk", "Riskbeskrivning", "Riskvärde", "Uppföljning", "Resultat", "Bedömning", "Åtgärd"]
PLAN = ["Nr", "Identifierad risk", "Riskbeskrivning", "Sannolikhet", "Konsekvens", "Riskvärde", "Kontrollmoment", "Metod",
        "Frekvens", "Ansvarig", "Bedömning", "Åtgärd"]  # fmt: skip
SHORT_PLAN = [["Identifierad risk", "Riskvärde", "Kontrollmoment"], ["Energibrist", "8", "Stickprov av planer"]]
LIKELIHOOD = {1: "Osannolik", 2: "Mindre sannolik", 3: "Möjlig", 4: "Sannolik"}
IMPACT = {1: "Försumbar", 2: "Lindrig", 3: "Kännbar", 4: "Allvarlig"}


def shade(cell: Any, fill: str) -> None:
    element = OxmlElement("w:shd")
    element.set(qn("w:val"), "clear")
    element.set(qn("w:fill"), fill)
    cell._tc.get_or_add_tcPr().append(element)


def add_table(document: Document, rows: Sequence[Sequence[str]], fills: Iterable[tuple[int, int, str]] = ()) -> Any:
    table = document.add_table(rows=len(rows), cols=len(rows[0]))
    table.style = "Table Grid"
    for row, texts in zip(table.rows, rows, strict=True):
        for cell, text in zip(row.cells, texts, strict=True):
            cell.text = text
    for r, c, fill in fills:
        shade(table.cell(r, c), fill)
    return table


def docx_bytes(document: Document) -> bytes:
    stream = io.BytesIO()
    document.save(stream)
    return stream.getvalue()


def docx_of(*tables: Sequence[Sequence[str]]) -> bytes:
    document = docx.Document()
    for rows in tables:
        add_table(document, rows)
        document.add_page_break()
    return docx_bytes(document)


def paged_follow_up() -> Document:
    """A follow-up over two pages as Word makes it of a PDF: line ends, divided words, headings again, coloured symbols."""
    document = docx.Document()
    document.add_heading("Uppföljning av intern kontroll", 1)
    first = [
        REPORT,
        [
            "Dubbla utbetalningar",
            "Risk att samma faktura\nbetalas två gånger.",
            "12",
            "Granskning genom\nstickprov av fakturor.",
            "Ekonomi-\nkontoret har granskat\nsextio fakturor. Inga\navvikelser noterades.",
            "",
            "Inga åtgärder\nbehövs.",
        ],
        [
            "Strömavbrott",
            "Risk att el-\noch energiavbrott\nstoppar verksamheten.",
            "8",
            "Enkät till verksamheterna.",
            "Svaren samlas in\nunder hösten.",
            "",
            "Åter-\nrapporteras vid\nårets slut.",
        ],
    ]
    second = [
        REPORT,
        [
            "Gamla behörigheter",
            "Risk att den som slutat\nkan logga in.",
            "6",
            "Avstämning av konton\nvid on- och\noffboarding.",
            "Mindre avvikelser\nförekommer.",
            "",
            "Professionali-\nseringen av IT-\nstödet fortsätter.",
        ],
    ]
    add_table(document, first, [(1, 5, GREEN), (2, 5, BLUE)])
    document.add_page_break()
    add_table(document, second, [(1, 5, YELLOW)])
    return document


def blank_workbook() -> tuple[openpyxl.Workbook, Worksheet]:
    workbook = openpyxl.Workbook()
    return workbook, workbook.worksheets[0]


def workbook_plan() -> openpyxl.Workbook:
    """A plan with a title above, a risk merged over its two controls, coloured conclusions and a hidden list."""
    workbook, sheet = blank_workbook()
    sheet.title = "Plan"
    for row in (
        ["Internkontrollplan 2025 Kulturnämnden"],
        [],
        PLAN,
        [
            1,
            "Fakturor betalas två gånger",
            "Samma faktura kan\u00a0attesteras dubbelt.",
            "3 - Möjlig",
            2,
            6,
            "Stickprov av leverantörsfakturor.",
            "Stickprov",
            "Kvartalsvis",
            "Ekonomichef",
            None,
            "Ingen åtgärd.",
        ],
        [None, None, None, None, None, None, "Avstämning av leverantörsreskontran.", "Avstämning", "Månadsvis", "Ekonomichef"],
        [
            2,
            "Behörigheter ligger kvar",
            "Den som slutat kan logga in.",
            2,
            4,
            8,
            "Genomgång av konton.",
            "Granskning",
            "Årligen",
            "IT-chef",
            "Mindre avvikelser",
            "Konton stängs.",
        ],
    ):
        sheet.append(row)
    sheet["K4"].fill = PatternFill("solid", fgColor=f"FF{GREEN}")
    sheet["K5"].fill = PatternFill("solid", fgColor=f"FF{YELLOW}")
    sheet.merge_cells("B4:B5")
    workbook.create_sheet("Listor").sheet_state = "hidden"
    return workbook


def xlsx_bytes(workbook: openpyxl.Workbook) -> bytes:
    stream = io.BytesIO()
    workbook.save(stream)
    return stream.getvalue()


def xlsx_of(*sheets: Sequence[Sequence[object]]) -> bytes:
    workbook = openpyxl.Workbook()
    workbook.remove(workbook.worksheets[0])
    for rows in sheets:
        sheet = workbook.create_sheet()
        for row in rows:
            sheet.append(list(row))
    return xlsx_bytes(workbook)


def ods_of(content: str, *, declaration: str = "") -> bytes:
    """An OpenDocument spreadsheet of one sheet, whose rows are given as markup."""
    names = " ".join(
        f'xmlns:{prefix}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
        for prefix, name in (("office", "office"), ("table", "table"), ("text", "text"), ("style", "style"))
    )
    body = (
        f'<?xml version="1.0"?>{declaration}<office:document-content {names}><office:body><office:spreadsheet>'
        f'<table:table table:name="Plan">{content}</table:table>'
        "</office:spreadsheet></office:body></office:document-content>"
    )
    return zip_of({"mimetype": b"application/vnd.oasis.opendocument.spreadsheet", "content.xml": body.encode()})


def ods_row(*texts: str, repeated: int = 1) -> str:
    cells = "".join(f'<table:table-cell office:value-type="string"><text:p>{text}</text:p></table:table-cell>' for text in texts)
    return f'<table:table-row table:number-rows-repeated="{repeated}">{cells}</table:table-row>'


def zip_of(parts: dict[str, bytes]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return stream.getvalue()


def with_part(package: bytes, name: str, content: bytes) -> bytes:
    """The package with one part replaced or added."""
    with zipfile.ZipFile(io.BytesIO(package)) as archive:
        parts = {part: archive.read(part) for part in archive.namelist()}
    return zip_of(parts | {name: content})


def many_rows(count: int) -> list[list[object]]:
    return [
        list(PLAN),
        *(
            [
                n,
                f"Risk nummer {n}",
                f"Risk att något går fel i process {n} och ingen märker det i tid.",
                "3 - Möjlig",
                2,
                6,
                "Stickprov av verifikationer.",
                "Stickprov",
                "Kvartalsvis",
                "Ekonomichef",
                "Mindre avvikelser",
                "Rutinen ses över.",
            ]
            for n in range(1, count + 1)
        ),
    ]
