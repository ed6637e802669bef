"""A file of each kind of layout that plans come in, with the values that are right.

Each is made by code, so that what is special about it can be read. `answers` are those of a person, `rows` what the import
holds of each row, `kept` and `left_out` what the account says of the rest.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import docx
from openpyxl.comments import Comment
from openpyxl.styles import Font, PatternFill

from .documents import GREEN, add_table, blank_workbook, docx_bytes, docx_of, xlsx_bytes
from .pdf_layouts import pdf_of, quoted, table

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Golden:
    name: str
    make: Callable[[], bytes]
    rows: list[Row]
    kept: set[str] = field(default_factory=set)
    left_out: set[tuple[str, str]] = field(default_factory=set)
    answers: dict[str, str] = field(default_factory=dict)
    """By the beginning of the question's key; the choice."""


def lines(*rows: str, encoding: str = "utf-8", end: str = "\n") -> Callable[[], bytes]:
    return lambda: end.join(rows).encode(encoding)


def _hidden() -> bytes:
    book, sheet = blank_workbook()
    for row in (["Risk", "Riskvärde", "Kontrollmoment", "Resultat"], ["Brand", 6, "Brandrond", "Bra"], ["Gömd", 8, "Larm", "Nej"],
                ["Stöld", "<6", "Lås", "Inga fel"]):  # fmt: skip
        sheet.append(row)
    sheet.row_dimensions[3].hidden = True
    sheet["D4"].font = Font(strike=True)
    sheet["A2"].comment = Comment("Fråga Eva", "Eva")
    return xlsx_bytes(book)


def _shown() -> bytes:
    book, sheet = blank_workbook()
    sheet.append(["Nr", "Risk", "Riskvärde", "Kontrollmoment", "Resultat", "Bedömning"])
    sheet.append([1, "Brand", 6, "Brandrond", 0.91, "Inga avvikelser"])
    sheet["C2"].number_format, sheet["E2"].number_format = '0 "poäng"', "0 %"
    for at in ("F1", "F2"):
        sheet[at].fill = PatternFill("solid", fgColor="FFDDEBF7")
    return xlsx_bytes(book)


def _coloured() -> bytes:
    book, sheet = blank_workbook()
    for row in (["Risk", "Riskvärde", "Kontrollmoment", "Bedömning"], ["Brand", 6, "Brandrond"], ["Stöld", 8, "Lås"]):
        sheet.append(row)
    sheet["D2"].fill = PatternFill("solid", fgColor=f"FF{GREEN}")
    return xlsx_bytes(book)


def _forms() -> bytes:
    document = docx.Document()
    for number, values in enumerate((("3", "2"), ("2", "4")), start=1):
        said = [
            ["Risk", f"Fel {number}"],
            ["Sannolikhet", values[0]],
            ["Konsekvens", values[1]],
            ["Kontrollmoment", f"Prov {number}"],
        ]
        add_table(document, [*said, ["Egen rubrik", f"Not {number}"]])
        document.add_paragraph()
    return docx_bytes(document)


def _merged_over_pages() -> bytes:
    document = docx.Document()
    head = ["Risk", "Riskvärde", "Kontrollmoment"]
    first = add_table(document, [head, ["Brand", "6", "Rond"], ["", "", "Övning"]])
    first.cell(1, 0).merge(first.cell(2, 0))
    document.add_page_break()
    add_table(document, [head, ["Stöld", "8", "Larm"]])
    document.add_paragraph("Beslutad av nämnden")
    return docx_bytes(document)


_PDF_ROWS = [
    ["Nr", "Risk", "Riskvärde", "Kontrollmoment"],
    ["1", "Brand i arkivet", "6", "Brandrond"],
    ["2", "Stöld av data", "8", "Lås"],
]
_PDF_READ = [
    {"number": "1", "title": "Brand i arkivet", "score": 6, "control": "Brandrond"},
    {"number": "2", "title": "Stöld av data", "score": 8, "control": "Lås"},
]


_NEXT_COLUMNS = [["Resultat", "Bedömning"], ["Bra", "Pågår"], ["Dåligt", "Pågår"]]


def _pdf(rules: str, **given: str) -> Callable[[], bytes]:
    return lambda: pdf_of(f"{quoted('Internkontrollplan')}\n{table(_PDF_ROWS, rules, **given)}")


GOLDEN = [
    Golden(
        "results of the only control.csv",
        lines("Risk;Riskvärde;Resultat;Bedömning", "Brand;6;Tolv fel;Väsentliga avvikelser"),
        [{"title": "Brand", "score": 6, "result": "Tolv fel", "conclusion": "significant_deviations"}],
        answers={"no-control": "make"},
    ),
    Golden(
        "free text.csv",
        lines("Risk;Riskvärde;Kontrollmoment;Metod;Frekvens;Bedömning",
              "Fel lön;6;Löner;Stickprov av 20 löner mot avtal;2 ggr/år, mars och oktober;Mindre avvikelser, två löner fel",
              "Fel skatt;8;Skatt;Granskning;Årligen;Stora avvikelser, åtgärder pågår"),
        [
            {"title": "Fel lön", "method": "sampling", "frequency": "half_yearly", "conclusion": "minor_deviations"},
            {"title": "Fel skatt", "method": "review", "frequency": "yearly", "conclusion": "ongoing"},
        ],
        kept={"Stickprov av 20 löner mot avtal", "2 ggr/år, mars och oktober", "Mindre avvikelser, två löner fel", "Årligen",
              "Stora avvikelser, åtgärder pågår"},
        answers={"conclusion": "ongoing"},
    ),
    Golden(
        "unknown columns and no headings.csv",
        lines("Risk;Riskvärde;Kontrollmoment;Vår kod;", "Brand;6;Rond;K7;lös", ";;;K8;"),
        [{"title": "Brand", "score": 6, "control": "Rond"}],
        left_out={("Vår kod", "column_unknown"), ("K7", "column_unknown"), ("lös", "no_heading"), ("K8", "column_unknown")},
    ),
    Golden(
        "second table.docx",
        lambda: docx_of([["Nr", "Risk", "Riskvärde", "Kontroll"], ["1", "Brand", "6", "Rond"]], [["2", "Stöld", "8", "Lås"]]),
        [{"number": "1", "title": "Brand", "control": "Rond"}, {"number": "2", "title": "Stöld", "score": 8, "control": "Lås"}],
    ),
    Golden(
        "two years.csv",
        lines("Nr;Risk;2024;2025;Kontrollmoment", ";;Riskvärde;Riskvärde;", "1;Fel lön;12;4;Löner"),
        [{"title": "Fel lön", "score": 4, "control": "Löner"}],
        kept={"2024", "Riskvärde", "12"},
    ),
    Golden(
        "two years under wide headings.csv",
        lines("Risk;2024;;2025;;Kontroll", ";Riskvärde;Resultat;Riskvärde;Resultat;", "Fel lön;12;Tolv fel;4;Inga fel;Löner"),
        [{"title": "Fel lön", "score": 4, "result": "Inga fel"}],
        kept={"2024", "Riskvärde", "Resultat", "12", "Tolv fel"},
    ),
    Golden(
        "a shaded column and number formats.xlsx",
        _shown,
        [{"title": "Brand", "score": 6, "result": "91 %", "conclusion": "no_deviations"}],
    ),
    Golden(
        "a colour that says something.xlsx",
        _coloured,
        [{"title": "Brand", "conclusion": "no_deviations"}, {"title": "Stöld", "conclusion": None}],
        answers={"colour": "no_deviations"},
    ),
    Golden(
        "groups, notes and totals.csv",
        lines("Process;Risk;Riskvärde;Kontroll", "Ekonomi;;;", ";Fel faktura;6;Stickprov", "Personal;;;", ";Fel lön;8;Löner",
              ";Total avsaknad av rutin;4;Genomgång", ";Summa;18;", "* Värdet är sannolikhet gånger konsekvens.;;;", ";;;",
              ";Upprättad av:;Anna;", ";Datum;2025-01-15;"),
        [
            {"title": "Fel faktura", "process": "Ekonomi"},
            {"title": "Fel lön", "process": "Personal"},
            {"title": "Total avsaknad av rutin", "process": "Personal", "score": 4},
        ],
        left_out={("Summa", "total"), ("18", "total"), ("* Värdet är sannolikhet gånger konsekvens.", "note"),
                  ("Upprättad av:", "note"), ("Anna", "note"), ("Datum", "note"), ("2025-01-15", "note")},
    ),
    Golden(
        "hidden, struck, commented and doubtful.xlsx",
        _hidden,
        [{"title": "Brand", "score": 6, "result": "Bra"}, {"title": "Stöld", "score": 6, "result": ""}],
        left_out={("Gömd", "beside_hidden_row"), ("8", "beside_hidden_row"), ("Larm", "beside_hidden_row"),
                  ("Nej", "beside_hidden_row"), ("Fråga Eva", "beside_comment"), ("Inga fel", "struck")},
        answers={"number": "6", "struck": "leave_out"},
    ),
    Golden(
        "a form for each risk.docx",
        _forms,
        [{"title": "Fel 1", "score": 6, "control": "Prov 1"}, {"title": "Fel 2", "score": 8, "control": "Prov 2"}],
        left_out={("Egen rubrik", "column_unknown"), ("Not 1", "column_unknown"), ("Not 2", "column_unknown")},
    ),
    Golden(
        "confidential.csv",
        lines("Risk;Riskvärde;Kontrollmoment;Sekretess;Lagrum", "Skalskydd;12;Rond;Ja;OSL 18:13", "Öppen;6;Läs;nej;"),
        [{"title": "Skalskydd", "confidential": True, "section": "OSL 18:13"}, {"title": "Öppen", "confidential": False}],
    ),
    Golden(
        "a risk merged over pages.docx",
        _merged_over_pages,
        [{"title": "Brand", "control": "Rond"}, {"title": "Brand", "control": "Övning"}, {"title": "Stöld", "score": 8}],
        left_out={("Beslutad av nämnden", "beside_paragraph")},
    ),
    Golden(
        "bare returns in utf-16.csv",
        lines("Risk;Riskvärde;Kontrollmoment", "Medel till annat;6;Läs", "Antal vikarier;8;Räkna", encoding="utf-16", end="\r"),
        [{"title": "Medel till annat", "score": 6}, {"title": "Antal vikarier", "score": 8}],
    ),
    *(Golden(f"{rules}.pdf", _pdf(rules), _PDF_READ)
      for rules in ("no right", "no left", "no top", "no bottom", "no border", "horizontal")),
    Golden(
        "columns on the next page.pdf",
        lambda: pdf_of(f"{table(_PDF_ROWS, 'all')}#pagebreak()\n{table(_NEXT_COLUMNS, 'all')}"),
        [row | {"result": result, "conclusion": "ongoing"} for row, result in zip(_PDF_READ, ("Bra", "Dåligt"), strict=True)],
    ),
    Golden(
        "ditto marks and letters.csv",
        lines("Nr;Risk;Riskvärde;Kontrollmoment;Resultat", "1 a;Brand;6;Rond;Bra", '1 b;-"-;-"-;Larm;dito', "2;Stöld;8;Lås;Nej"),
        [
            {"title": "Brand", "score": 6, "control": "Rond", "result": "Bra"},
            {"title": "Brand", "score": 6, "control": "Larm", "result": "Bra"},
            {"title": "Stöld", "score": 8, "control": "Lås", "result": "Nej"},
        ],
        left_out={("1 a", "number_taken"), ("1 b", "other_value")},
    ),
    Golden(
        "crosses and boxes.csv",
        lines("Risk;Riskvärde;Kontrollmoment;Inga avvikelser;Mindre avvikelser", "Brand;6;Rond;X;☐", "Stöld;8;Lås;☐;☒"),
        [{"title": "Brand", "conclusion": "no_deviations"}, {"title": "Stöld", "conclusion": "minor_deviations"}],
        left_out={("☐", "no_value")},
    ),
    Golden(
        "boxes in a cell.csv",
        lines("Risk;Riskvärde;Kontrollmoment;Bedömning", "Brand;6;Rond;☒ Inga avvikelser ☐ Mindre avvikelser"),
        [{"title": "Brand", "conclusion": "no_deviations"}],
        kept={"☒ Inga avvikelser ☐ Mindre avvikelser"},
        answers={"conclusion": "no_deviations"},
    ),
    Golden(
        "rotated headings.pdf",
        _pdf("all", heading="rotate(-90deg, reflow: true)"),
        _PDF_READ,
    ),
]  # fmt: skip
