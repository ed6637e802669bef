"""A form for each risk, label and value, is read into the same rows as a table: as tables, one long table, sheets or lines."""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

import docx
import pytest
from django.test import Client
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl.styles import PatternFill

from controls.importing.comparing import compare
from controls.importing.plan import import_rows
from controls.importing.reading import read
from controls.importing.target import Target
from controls.models import Control
from riskreg.importing.account import Fate
from riskreg.importing.cells import Cell, Content, Place, Table
from riskreg.importing.columns import ImportRow, find_blocks
from riskreg.importing.tables import UnreadableFile, read_content
from riskreg.models import Membership, Risk
from tests.cast import Cast
from tests.examples import some

from .documents import add_table, blank_workbook, docx_bytes, ods_of, ods_row, xlsx_bytes, xlsx_of
from .pdf_layouts import pdf_of, quoted, table
from .reading import cells, sheet
from .test_account import account_of, left_out
from .test_import_pages import act, preview, upload

pytestmark = pytest.mark.one_engine

FORMS = [
    [["Nr", "1"], ["Risk:", "Energibrist"], ["Riskvärde", "8"], ["Kontrollmoment", "Stickprov av planer"], ["Åtgärd", ""]],
    [["Nr", "2"], ["Risk:", "Felaktiga löner"], ["Riskvärde", "6"], ["Kontrollmoment", "Avstämning"], ["Åtgärd", "Utbildning"]],
]
FOUND = [("1", "Energibrist", 8, "Stickprov av planer", ""), ("2", "Felaktiga löner", 6, "Avstämning", "Utbildning")]


def said(rows: Sequence[ImportRow]) -> list[tuple[str, str, int | None, str, str]]:
    return [(row.number, row.title, row.score, row.control, row.action) for row in rows]


def tables_of(*forms: Sequence[Sequence[Any]], kind: Any = "table", heading: str = "") -> list[Table]:
    return [
        Table(Place(kind, number, f"Blad {number}"), cells(rows), heading=heading) for number, rows in enumerate(forms, start=1)
    ]


@pytest.mark.parametrize("kind", ["table", "page", "sheet"])
def test_a_table_a_risk(kind: str) -> None:
    account, rows = account_of(tables_of(*FORMS, kind=kind))
    assert said(rows) == FOUND
    assert [row.is_continuation_control for row in rows] == [False, False]
    assert account.of(Fate.LEFT_OUT) == []


def test_one_long_table_in_which_the_labels_are_repeated() -> None:
    account, rows = account_of([sheet(*FORMS[0], ["", ""], *FORMS[1])])
    assert said(rows) == FOUND
    assert [row.first_row for row in rows] == [1, 7]
    assert account.of(Fate.LEFT_OUT) == []


def test_two_labels_with_their_values_on_one_row() -> None:
    form = [["Nr", "1", "Risk", "Energibrist"], ["Riskvärde", "8", "Kontrollmoment", "Stickprov av planer"]]
    other = [["Nr", "2", "Risk", "Felaktiga löner"], ["Riskvärde", "6", "Kontrollmoment", "Avstämning"]]
    account, rows = account_of(tables_of(form, other))
    assert [found[:4] for found in said(rows)] == [found[:4] for found in FOUND]
    assert account.of(Fate.LEFT_OUT) == []


def test_a_label_that_is_repeated_is_another_control_of_the_risk() -> None:
    form = [*FORMS[0][:4], ["Åtgärd", "Tavlor"], ["Kontrollmoment", "Enkät till chefer"], ["Åtgärd", "Samtal"]]
    _account, rows = account_of(tables_of(form, FORMS[1]))
    assert [(row.title, row.control, row.action) for row in rows] == [
        ("Energibrist", "Stickprov av planer", "Tavlor"),
        ("Energibrist", "Enkät till chefer", "Samtal"),
        ("Felaktiga löner", "Avstämning", "Utbildning"),
    ]
    assert [row.is_continuation_control for row in rows] == [False, True, False]


def test_labels_may_be_counted() -> None:
    lines = [
        ["Risk 1", "Energibrist"], ["Riskvärde", "8"], ["Kontrollmoment 1", "Stickprov"], ["Kontrollmoment 2", "Enkät"],
        ["Risk 2", "Felaktiga löner"], ["Riskvärde", "6"], ["Kontrollmoment 1", "Avstämning"],
    ]  # fmt: skip
    account, rows = account_of([sheet(*lines)])
    assert [(row.title, row.score, row.control) for row in rows] == [
        ("Energibrist", 8, "Stickprov"), ("Energibrist", 8, "Enkät"), ("Felaktiga löner", 6, "Avstämning"),
    ]  # fmt: skip
    assert account.of(Fate.LEFT_OUT) == []


def test_a_table_that_names_no_risk_goes_on_with_the_form_before() -> None:
    parts = [part for form in FORMS for part in (form[:3], form[3:])]
    account, rows = account_of(tables_of(*parts))
    assert said(rows) == FOUND
    assert account.of(Fate.LEFT_OUT) == []


@pytest.mark.parametrize("where", ["line", "row"])
def test_a_risk_may_be_named_above_its_form(where: str) -> None:
    tables = []
    for number, (title, form) in enumerate(zip(["Energibrist", "Felaktiga löner"], FORMS, strict=True), start=1):
        rows = [pair for pair in form if pair[0] != "Risk:"]
        if where == "row":
            tables.append(Table(Place("table", number), [[Cell(title), Cell(merged="left")], *cells(rows)]))
        else:
            tables.append(Table(Place("table", number), cells(rows), heading=f"Våra risker\n{title}" if number == 1 else title))
    account, rows_read = account_of(tables)
    assert said(rows_read) == FOUND
    assert {entry.text for entry in account.of(Fate.LEFT_OUT)} <= {"Våra risker"}
    assert account.balances(Content(tables))


def test_labels_that_are_not_known_are_columns_not_recognised() -> None:
    form = [*FORMS[0][:3], ["Diarienummer", "KS 2025/12"], ["Kontrollmoment", "Larm"]]
    account, rows = account_of(tables_of(form))
    assert rows[0].control == "Larm"
    assert left_out(account) == [(4, "Diarienummer", "column_unknown"), (4, "KS 2025/12", "column_unknown")]


def test_a_text_without_a_label_goes_on_with_the_one_above() -> None:
    form = [
        ["Risk", "Energibrist"],
        ["Riskbeskrivning", "El saknas."],
        ["", "Hus står kalla."],
        ["Riskvärde", "8"],
        ["Kontroll", "Larm"],
    ]
    account, rows = account_of(tables_of(form))
    assert [(row.title, row.description, row.score, row.control) for row in rows] == [
        ("Energibrist", "El saknas. Hus står kalla.", 8, "Larm")
    ]
    assert account.of(Fate.LEFT_OUT) == []


ACROSS = [
    ["Nr", "1", "2", "3"],
    ["Risk:", "Energibrist", "Felaktiga löner", "Jäv"],
    ["Riskvärde", "8", "6", "4"],
    ["Kontrollmoment", "Stickprov av planer", "Avstämning", "Läs"],
    ["Åtgärd", "", "Utbildning", ""],
]
FOUND_ACROSS = [*FOUND, ("3", "Jäv", 4, "Läs", "")]


@pytest.mark.parametrize("kind", ["table", "page", "sheet", "file"])
def test_a_table_with_a_risk_in_each_column(kind: str) -> None:
    account, rows = account_of(tables_of(ACROSS, kind=kind))
    assert said(rows) == FOUND_ACROSS
    assert [row.is_continuation_control for row in rows] == [False] * 3
    assert account.of(Fate.LEFT_OUT) == []


def test_a_table_with_more_risks_in_columns_than_a_form_is_wide() -> None:
    many = [["Risk", *(f"Brand {n}" for n in range(1, 21))], ["Sannolikhet", *["2"] * 20], ["Konsekvens", *["3"] * 20],
            ["Vår kod", *["k"] * 20], ["", *["mer"] * 20]]  # fmt: skip
    account, rows = account_of(tables_of(many))
    assert [(row.title, row.score) for row in rows] == [(f"Brand {n}", 6) for n in range(1, 21)]
    assert Counter(entry.text for entry in account.of(Fate.LEFT_OUT)) == {"Vår kod": 1, "k": 20, "mer": 20}


def test_a_label_repeated_in_a_table_with_a_risk_in_each_column_is_another_control() -> None:
    _account, rows = account_of(tables_of([*ACROSS, ["Kontrollmoment", "Enkät", "", "Intervju"]]))
    assert [(row.title, row.control) for row in rows] == [
        ("Energibrist", "Stickprov av planer"), ("Energibrist", "Enkät"), ("Felaktiga löner", "Avstämning"), ("Jäv", "Läs"),
        ("Jäv", "Intervju"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "rows",
    [
        [["Risk", "Energibrist", "Kommentar"], ["Riskvärde", "8", ""], ["Kontrollmoment", "Stickprov", ""]],
        [["Risk", "Energibrist", ""], ["Riskvärde", "8", "hög"], ["Kontrollmoment", "Stickprov", ""]],
        [["Risk", "Energibrist", "stor"], ["Riskvärde", "8", "hög"], ["Enhet", "Skola", ""], ["Kontrollmoment", "Stickprov", ""]],
    ],
)
def test_a_form_with_comments_is_one_risk(rows: list[list[str]]) -> None:
    _account, found = account_of(tables_of(rows))
    assert [(row.title, row.score, row.control) for row in found] == [("Energibrist", 8, "Stickprov")]


def test_a_comment_beside_the_value_is_left_out() -> None:
    form = [["Risk", "Energibrist", "Bör ses över"], ["Riskvärde", "8", ""], ["Kontroll", "Larm", ""]]
    account, rows = account_of(tables_of(form))
    assert rows[0].control == "Larm"
    assert left_out(account) == [(1, "Bör ses över", "no_heading")]


def test_a_form_without_a_title_is_no_control_of_the_risk_before() -> None:
    account, rows = account_of(tables_of(FORMS[0], [["Nr", "2"], ["Risk", ""], ["Kontrollmoment", "Larm"]]))
    assert [(row.title, row.is_continuation_control) for row in rows] == [("Energibrist", False), ("", False)]
    assert account.of(Fate.LEFT_OUT) == []


@pytest.mark.parametrize(
    "rows",
    [
        [["Sannolikhet", "Hur troligt det är att det händer"], ["Konsekvens", "Hur allvarligt det är om det händer"]],
        [["Risk", "En händelse som hindrar att målen nås"], ["Riskvärde", "Sannolikhet gånger konsekvens på skalan 1 till 4"]],
        [["Namn", "Eva Dahl"], ["Ansvarig", "Controller"]],
        [["Risk", "Riskvärde", "Kontroll"], ["Brand", "8", "Larm"], ["Stöld", "6", "Lås"]],
        [["Risk", "Riskbeskrivning", "Kontroll"], ["Brand", "Riskvärde: 8", "Larm"]],
    ],
    ids=["levels", "explained words", "one known label", "a plan", "a plan that says its values in a text"],
)
def test_other_tables_are_no_forms(rows: list[list[str]]) -> None:
    assert all(not block.labels for block in find_blocks([sheet(*rows)]))


def test_a_plan_and_forms_in_one_file_are_two_plans_to_choose_among() -> None:
    overview = [["Nr", "Risk", "Riskvärde", "Kontrollmoment"], ["1", "Energibrist", "8", "Larm"]]
    blocks = find_blocks(tables_of(overview, *FORMS))
    assert [bool(block.labels) for block in blocks] == [False, True]


# In every format


def documents_of_forms(*, as_lines: bool) -> bytes:
    made = docx.Document()
    made.add_paragraph("Risker 2025")
    for form in FORMS:
        if as_lines:
            for label, value in form:
                made.add_paragraph(f"{label.strip(':')}: {value}")
        else:
            made.add_heading(form[1][1], 2)
            add_table(made, form)
    return docx_bytes(made)


def lines_of_forms() -> str:
    return "".join(f"{quoted(label.strip(':') + ': ' + value)} \\\n" for form in FORMS for label, value in form)


FILES: dict[str, Callable[[], bytes]] = {
    "tables.docx": lambda: documents_of_forms(as_lines=False),
    "lines.docx": lambda: documents_of_forms(as_lines=True),
    "sheets.xlsx": lambda: xlsx_of(*FORMS),
    "long.xlsx": lambda: xlsx_of([*FORMS[0], [], *FORMS[1]]),
    "long.ods": lambda: ods_of("".join(ods_row(*row) for form in FORMS for row in form)),
    "long.csv": lambda: "\n".join(";".join(row) for form in FORMS for row in form).encode(),
    "tables.pdf": lambda: pdf_of("#pagebreak()\n".join(table(form, "all") for form in FORMS)),
    "lines.pdf": lambda: pdf_of(lines_of_forms()),
}


@pytest.mark.parametrize("name", FILES)
def test_forms_of_every_format_are_imported(cast: Cast, target: Target, name: str) -> None:
    reading = read(io.BytesIO(FILES[name]()), name, target)
    assert reading.errors == []
    assert said(reading.rows) == FOUND
    import_rows(reading.rows, target, by=cast.eva, source=name)
    assert list(Risk.objects.order_by("number").values_list("title", "risk_score")) == [
        ("Energibrist", 8),
        ("Felaktiga löner", 6),
    ]
    assert Control.objects.count() == 2
    account = reading.account(compare(reading.rows, target, by=cast.eva).findings.settled)
    assert account.balances(reading.content)
    assert {entry.settlement.reason for entry in account.of(Fate.LEFT_OUT)} <= {"beside", "beside_paragraph", "no_closing"}


def test_lines_that_are_no_forms_make_no_table() -> None:
    made = docx.Document()
    for text in ("Till: Kommunstyrelsen", "Risk: vi hinner inte", "Ansvarig chef är sjuk."):
        made.add_paragraph(text)
    with pytest.raises(UnreadableFile):
        read_content(io.BytesIO(docx_bytes(made)), "brev.docx")


def test_text_between_lines_of_forms_stands_beside_or_goes_on() -> None:
    made = docx.Document()
    for text in (
        "Internkontrollplan", "Risk: Energibrist", "Riskbeskrivning: Det kan bli kallt.", "Många hus är gamla.", "Riskvärde: 8",
        "Bilaga 2",
    ):  # fmt: skip
        made.add_paragraph(text)
    content = read_content(io.BytesIO(docx_bytes(made)), "plan.docx")
    account, rows = account_of(content)
    assert [(row.title, row.description) for row in rows] == [("Energibrist", "Det kan bli kallt. Många hus är gamla.")]
    assert [entry.text for entry in account.of(Fate.LEFT_OUT)] == ["Internkontrollplan", "Bilaga 2"]
    assert account.balances(content)


def test_lines_of_forms_beside_a_table_that_is_no_plan() -> None:
    made = docx.Document()
    made.add_paragraph("Risk: Energibrist")
    made.add_paragraph("Riskvärde: 8")
    add_table(made, [["Namn", "Telefon"], ["Eva Dahl", "08-123"]])
    made.add_paragraph("Kontrollmoment: Larm")
    made.add_paragraph("Slut")
    content = read_content(io.BytesIO(docx_bytes(made)), "plan.docx")
    account, rows = account_of(content)
    assert [(row.title, row.score, row.control) for row in rows] == [("Energibrist", 8, "Larm")]
    assert [entry.text for entry in account.of(Fate.LEFT_OUT)] == ["Namn", "Telefon", "Eva Dahl", "08-123", "Slut"]
    assert account.balances(content)


def test_a_form_of_lines_goes_on_over_the_page() -> None:
    lines = [f"{label.strip(':')}: {value}" for form in FORMS for label, value in form]
    pages = ["".join(f"{quoted(line)} \\\n" for line in part) for part in (lines[:3], lines[3:7], lines[7:])]
    content = read_content(io.BytesIO(pdf_of("#pagebreak()\n".join(pages))), "plan.pdf")
    account, rows = account_of(content)
    assert said(rows) == FOUND
    assert [row.place.number for row in rows] == [1, 2]
    assert account.of(Fate.LEFT_OUT) == []


def test_lines_with_a_colon_above_a_plan_stay_lines() -> None:
    made = docx.Document()
    made.add_paragraph("Risk: En händelse")
    made.add_paragraph("Riskvärde: 8")
    add_table(made, [["Risk", "Riskvärde", "Kontroll"], ["Brand", "8", "Larm"]])
    content = read_content(io.BytesIO(docx_bytes(made)), "plan.docx")
    assert [row.title for row in account_of(content)[1]] == ["Brand"]


def test_the_colour_of_a_forms_conclusion_is_asked_about(target: Target) -> None:
    workbook, page = blank_workbook()
    for row in (*FORMS[0], ["Bedömning"]):
        page.append([*row])
    page["B6"].fill = PatternFill("solid", fgColor="FF92D050")
    reading = read(io.BytesIO(xlsx_bytes(workbook)), "plan.xlsx", target)
    assert [question.value for question in reading.asked.questions] == ["#92D050"]


def test_a_label_is_mapped_by_hand_on_the_page(cast: Cast, target: Target, client: Client) -> None:
    client.force_login(cast.eva)
    text = "Risk;Energibrist\nRiskvärde;8\nVad vi gör;Stickprov\nRisk;Stöld\nRiskvärde;6\nVad vi gör;Larm\n"
    waiting = upload(client, cast, text)
    assert "Vad vi gör" in preview(client, waiting)
    act(client, waiting, "_columns", heading=["Vad vi gör"], field=["control"])
    act(client, waiting, "_confirm")
    assert list(Control.objects.order_by("pk").values_list("description", flat=True)) == ["Stickprov", "Larm"]


def test_a_form_that_marks_its_risk_waits_as_a_table_does(cast: Cast, target: Target, client: Client) -> None:
    Membership.objects.filter(user=cast.eva).update(sees_confidential=False)
    client.force_login(cast.eva)
    waiting = upload(client, cast, "Risk;Hot mot tjänsteperson\nRiskvärde;8\nSekretess;OSL 18:8\nKontroll;Enrum\n")
    page = preview(client, waiting)
    assert "Importen väntar" in page
    assert "Hot mot" not in page


# Whatever is on the forms

LABELS = [
    "Nr",
    "Risk",
    "Riskbeskrivning",
    "Riskvärde",
    "Kontrollmoment",
    "Metod",
    "Resultat",
    "Bedömning",
    "Eget fält",
    "Ansvarig",
]
VALUES = st.sampled_from(["", "8", "Brand", "Stickprov av 20 löner", "Inga avvikelser", "energi\nbrist", "Risk", "2 ggr/år", "-"])
PAIRS = st.lists(st.tuples(st.sampled_from(["", *LABELS]), VALUES), min_size=1, max_size=9)


@given(
    forms=st.lists(PAIRS, min_size=1, max_size=4),
    width=st.integers(2, 4),
    is_long=st.booleans(),
    heading=st.sampled_from(["", "Energibrist", "Internkontrollplan Kulturnämnden\nBrand"]),
    kind=st.sampled_from(["table", "page", "sheet"]),
)
@settings(max_examples=some(200), deadline=None)
def test_every_word_is_taken_or_left_out(
    forms: list[list[tuple[str, str]]], width: int, is_long: bool, heading: str, kind: Any
) -> None:
    made = [[[*pair, "", ""][:width] for pair in form] for form in forms]
    tables = (
        tables_of([row for form in made for row in form], kind=kind) if is_long else tables_of(*made, kind=kind, heading=heading)
    )
    account, rows = account_of(tables)
    assert account.balances(Content(tables))
    written = Counter(word for part in tables for row in part.rows for cell in row for word in cell.text.split())
    written.update(word for part in tables for word in part.heading.split())
    assert Counter(word for entry in account.entries for word in entry.text.split()) == written
    for entry in account.of(Fate.TAKEN):
        if entry.import_row is not None and entry.field in ("title", "control", "result", "number"):
            assert any(entry.import_row is row for row in rows)
            assert all(word in getattr(entry.import_row, entry.field.value) for word in entry.text.split())
