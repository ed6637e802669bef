"""The import of 2,000 rows: upload with its check, preview and confirmation, through the admin's pages."""

from __future__ import annotations

import io
import json
import time
from collections.abc import Callable
from typing import Any
from xml.sax.saxutils import escape

import docx
import pytest
import typst
import xlsxwriter
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls

from controls.importing import waiting
from controls.models import PlanImport
from riskreg.models import Risk
from tests.benchmarks.figures import record
from tests.cast import Cast
from tests.importing.documents import docx_bytes, ods_of, ods_row

ROWS = 2_000
HEADINGS = [
    "Nr", "Identifierad risk", "Riskbeskrivning", "Sannolikhet", "Konsekvens", "Riskvärde",
    "Kategori", "Kontrollmoment", "Ansvarig",
]  # fmt: skip


def csv_file() -> bytes:
    return "\n".join(";".join(str(value) for value in row) for row in [HEADINGS, *rows()]).encode()


def xlsx_file() -> bytes:
    target = io.BytesIO()
    book = xlsxwriter.Workbook(target, {"in_memory": True})
    sheet = book.add_worksheet()
    for number, row in enumerate([HEADINGS, *rows()]):
        sheet.write_row(number, 0, list(row))
    book.close()
    return target.getvalue()


def pdf_file() -> bytes:
    """A ruled table over some two hundred pages, its heading repeated on each."""
    markup = """#set page(paper: "a4", flipped: true, margin: 2cm)
#set text(size: 9pt)
#let rows = json(bytes(sys.inputs.rows))
#table(columns: (1fr, 2fr, 5fr, 2fr, 2fr, 2fr, 2fr, 3fr, 2fr), table.header(..rows.first()), ..rows.slice(1).flatten())"""
    table = [[str(value) for value in row] for row in [HEADINGS, *rows()]]
    return bytes(typst.compile(markup.encode(), sys_inputs={"rows": json.dumps(table)}))


def docx_file() -> bytes:
    """One table over some hundred pages, as Word keeps it."""

    def cell(text: object) -> str:
        return f"<w:tc><w:p><w:r><w:t>{escape(str(text))}</w:t></w:r></w:p></w:tc>"

    table = "".join(f"<w:tr>{''.join(map(cell, row))}</w:tr>" for row in [HEADINGS, *rows()])
    document = docx.Document()
    empty = document.add_table(rows=1, cols=len(HEADINGS))._tbl
    # python-docx asks every row for its cells; of thousands it takes minutes.
    filled = parse_xml(f"<w:tbl {nsdecls('w')}><w:tblPr/><w:tblGrid/>{table}</w:tbl>")
    empty.getparent().replace(empty, filled)
    return docx_bytes(document)


def ods_file() -> bytes:
    return ods_of("".join(ods_row(*(escape(str(value)) for value in row)) for row in [HEADINGS, *rows()]))


def rows() -> list[list[Any]]:
    return [
        [
            i + 1,
            f"Risk {i + 1}",
            "Något kan gå fel. " * 8,
            i % 4 + 1,
            i // 4 % 4 + 1,
            (i % 4 + 1) * (i // 4 % 4 + 1),
            f"Kategori {i % 7}",
            f"Stickprov av underlag nummer {i + 1}.",
            "Karin Lindqvist",
        ]
        for i in range(ROWS)
    ]


FILES = [
    ("plan.csv", csv_file), ("plan.xlsx", xlsx_file), ("plan.ods", ods_file), ("plan.docx", docx_file), ("plan.pdf", pdf_file)
]  # fmt: skip


@pytest.mark.bench
@pytest.mark.parametrize(("name", "make"), FILES)
def test_two_thousand_rows_with_preview(cast: Cast, client: Client, name: str, make: Callable[[], bytes]) -> None:
    client.force_login(cast.eva)
    body = make()
    started = time.perf_counter()
    form = {"file": SimpleUploadedFile(name, body), "unit": cast.board.pk, "year": 2025, "closing": "", "matrix": ""}
    assert client.post(reverse("admin:controls_planimport_add"), form).status_code == 302
    waiting.perform(PlanImport.objects.get().reading.pk)
    uploaded = time.perf_counter()
    address = reverse("admin:controls_planimport_change", args=[PlanImport.objects.get().pk])
    assert client.get(address).status_code == 200
    previewed = time.perf_counter()
    assert client.post(address, {"_confirm": "1"}).status_code == 302
    confirmed = time.perf_counter()
    assert Risk.objects.count() == ROWS
    record(
        f"import-{name.partition('.')[2]}",
        f"{name}, {ROWS} rows: upload and reading {uploaded - started:.2f} s, preview {previewed - uploaded:.2f} s, "
        f"import {confirmed - previewed:.2f} s, together {confirmed - started:.2f} s",
    )
