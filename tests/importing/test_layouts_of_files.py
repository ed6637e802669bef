"""Conservation in files: tables of every layout, in every format, whatever a person answers."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from typing import Any

import docx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl.styles import Font, PatternFill

from riskreg.importing.account import Fate
from riskreg.importing.tables import read_content
from tests.examples import some

from .all_text import letters, letters_read
from .documents import GREEN, add_table, blank_workbook, docx_bytes, ods_of, ods_row, shade, xlsx_bytes
from .pdf_layouts import pdf_of, quoted, table
from .test_account import account_of

pytestmark = pytest.mark.one_engine

Rows = list[list[str]]
HEAD = ["Nr", "Risk", "Riskvärde", "Kontrollmoment", "Resultat", "Bedömning"]
TEXT = st.sampled_from(["Brand i hus", "Fel lön", "Stickprov av 20 löner", "Inga avvikelser", "Mindre fel", "Personal", "nej"])
LONE = st.sampled_from(["Ekonomi", "IT-drift", "* Not", "Summa", "En mening som slutar."])


@st.composite
def plans(draw: st.DrawFn, head: Sequence[str] = HEAD, first: int = 1) -> Rows:
    """A plan: rows of risks, further controls, lone names and totals between them."""
    rows: Rows = [list(head)]
    for number in range(first, first + draw(st.integers(1, 4))):
        if draw(st.booleans()):
            at = draw(st.integers(0, 1))
            rows.append(["" if column != at else draw(LONE) for column in range(len(head))])
        row = [draw(st.one_of(st.just(""), TEXT)) for _column in head]
        row[:3] = [str(number), draw(TEXT), draw(st.sampled_from(["8", "6", "<6", "3 - Möjlig", ""]))]
        rows.append(row)
    return rows


@st.composite
def layouts(draw: st.DrawFn) -> list[Rows]:
    """One table or more: a plan, one that goes on, forms, columns of two years, a column of confidentiality."""
    kind = draw(st.sampled_from(["plan", "second table", "forms", "years", "confidential"]))
    if kind == "plan":
        return [draw(plans())]
    if kind == "years":
        return [draw(plans(["Nr", "Risk", "Riskvärde 2024", "Riskvärde 2025", "Kontrollmoment", "Eget"]))]
    if kind == "confidential":
        return [draw(plans(["Nr", "Risk", "Riskvärde", "Kontrollmoment", "Sekretess", "Lagrum"]))]
    if kind == "second table":
        first = draw(plans())
        second = draw(plans(first=len(first)))[1:]
        lacking = draw(st.integers(0, len(HEAD)))
        return [first, [[text for column, text in enumerate(row) if column != lacking] for row in second]]
    labels = st.lists(st.sampled_from([*HEAD[2:], "Eget fält", "Ansvarig"]), min_size=1, max_size=5)
    return [
        [["Nr", str(number)], ["Risk", draw(TEXT)], *([label, draw(st.one_of(st.just(""), TEXT))] for label in draw(labels))]
        for number in range(1, draw(st.integers(1, 3)) + 1)
    ]


def document(tables: Sequence[Rows]) -> bytes:
    made = docx.Document()
    for number, rows in enumerate(tables):
        made.add_paragraph(f"Stycke {number}")
        filled = add_table(made, rows)
        for at, row in enumerate(rows):
            if len([text for text in row if text]) == 1 and row[0]:
                # python-docx leaves the covered cells' empty paragraphs in the one that covers them.
                filled.cell(at, 0).merge(filled.cell(at, len(row) - 1))
        shade(filled.cell(len(rows) - 1, len(rows[0]) - 1), GREEN)
        for run in filled.cell(len(rows) - 1, 1).paragraphs[0].runs:
            run.font.strike = number == 0
    return docx_bytes(made)


def workbook(tables: Sequence[Rows]) -> bytes:
    made, first = blank_workbook()
    for number, rows in enumerate(tables):
        page = first if not number else made.create_sheet()
        for row in rows:
            page.append([text or None for text in row])
        page.cell(len(rows), len(rows[0])).fill = PatternFill("solid", fgColor=f"FF{GREEN}")
        page.cell(len(rows), 2).font = Font(strike=True)
        for at, row in enumerate(rows, start=1):
            if len([text for text in row if text]) == 1 and row[0]:
                page.merge_cells(start_row=at, end_row=at, start_column=1, end_column=len(row))
    return xlsx_bytes(made)


def below_each_other(tables: Sequence[Rows]) -> Rows:
    return [row for rows in tables for row in (*rows, [""] * len(rows[0]))]


FILES: dict[str, tuple[Callable[[Sequence[Rows]], bytes], int]] = {
    "docx": (document, 40),
    "xlsx": (workbook, 40),
    "ods": (lambda tables: ods_of("".join(ods_row(*row).replace("<6", "&lt;6") for row in below_each_other(tables))), 40),
    "csv": (lambda tables: "\n".join(";".join(row) for row in below_each_other(tables)).encode(), 40),
    "pdf": (lambda tables: pdf_of("".join(f"{quoted('Stycke')}\n{table(rows, 'all')}" for rows in tables)), 6),
}


@pytest.mark.parametrize("kind", FILES)
def test_of_every_layout_in_every_format_taken_kept_and_left_out_are_all(kind: str) -> None:
    make, examples = FILES[kind]

    @given(layouts(), st.integers(0, 4), st.booleans())
    @settings(max_examples=some(examples), deadline=None, suppress_health_check=list(HealthCheck))
    def check(tables: list[Rows], choice: int, is_open: bool) -> None:
        content = read_content(io.BytesIO(make(tables)), f"plan.{kind}")
        written = letters(text for rows in tables for row in rows for text in row)
        assert not written - letters_read(content)
        choose: Any = lambda question: "" if is_open else question.choices[choice % len(question.choices)].code  # noqa: E731
        account, rows = account_of(content, choose=choose)
        assert account.balances(content)
        for entry in account.of(Fate.TAKEN):
            if entry.import_row is not None:
                assert any(entry.import_row is row for row in rows)
                assert entry.field in entry.import_row.sources

    check()
