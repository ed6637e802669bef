"""A name over the whole width is the process, category or unit of the rows below, told by its shape and where it stands."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from typing import Any

import docx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from controls.importing.comparing import compare
from controls.importing.plan import import_rows
from controls.importing.reading import Reading, read
from controls.importing.target import Target
from riskreg.importing.account import Fate
from riskreg.importing.cells import Cell, Content, Table
from riskreg.importing.columns import Parsed, find_blocks, mapping_of, parse, recognise
from riskreg.importing.fields import Field
from riskreg.importing.questions import Asked
from riskreg.models import Risk, RiskCategory
from tests.cast import Cast
from tests.examples import some

from .documents import IMPACT, LIKELIHOOD, add_table, blank_workbook, docx_bytes, ods_of, ods_row, xlsx_bytes
from .pdf_layouts import RULES, pdf_of, quoted
from .reading import sheet
from .test_account import account_of

pytestmark = pytest.mark.one_engine

HEAD = ["Nr", "Risk", "Riskvärde", "Kontrollmoment"]
LEFT = Cell(merged="left")


def wide(text: str) -> list[Any]:
    return [text, LEFT, LEFT, LEFT]


def risk(number: int, title: str) -> list[str]:
    return [str(number), title, "6", f"Stickprov {number}"]


def known_as(text: str) -> Field | None:
    return {"Ekonomi": Field.CATEGORY, "Personal": Field.CATEGORY, "Kulturkontoret": Field.UNIT}.get(text)


def parsed(*rows: Sequence[Any], head: Sequence[str] = HEAD, answers: dict[str, str] | None = None) -> tuple[Parsed, Asked]:
    asked = Asked(answers or {})
    (block,) = find_blocks([sheet(head, *rows)])
    mapping = mapping_of(recognise(block.headings))
    found = parse(block, mapping, likelihood_levels=LIKELIHOOD, impact_levels=IMPACT, asked=asked, known_as=known_as)
    return found, asked


def groups(found: Parsed) -> list[tuple[str, str, str, str]]:
    return [(row.title, row.category, row.process, row.unit) for row in found.rows]


@pytest.mark.parametrize(
    ("names", "field"),
    [(("Ekonomi", "Personal"), Field.CATEGORY), (("Kulturkontoret",), Field.UNIT), (("IT-drift", "HR"), Field.PROCESS)],
)
def test_it_is_the_category_where_it_is_one_the_unit_where_it_is_one_else_the_process(names: Sequence[str], field: Field) -> None:
    found, asked = parsed(*(row for number, name in enumerate(names) for row in (wide(name), risk(number, f"Risk {number}"))))
    assert [getattr(row, field.value) for row in found.rows] == list(names)
    assert not asked.questions


MIXED = [wide("Ekonomi"), risk(1, "Fakturor"), wide("HR"), risk(2, "Löner"), wide("Vård"), risk(3, "Fel insats")]


@pytest.mark.parametrize("rows", [MIXED, [row if row[0].isdecimal() else [row[0], "", "", ""] for row in MIXED]])
@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (None, ["process"] * 3),
        ("process", ["process"] * 3),
        ("category", ["category"] * 3),
        ("each", ["category", "process", "process"]),
    ],
)
def test_names_of_one_table_of_which_some_are_known_are_of_one_kind_as_a_person_says(
    rows: list[Any], answer: str | None, expected: list[str]
) -> None:
    _found, first = parsed(*rows)
    (question,) = first.questions
    assert (question.guess, [choice.code for choice in question.choices]) == (
        "process",
        ["process", "category", "unit", "each"],
    )
    found, _asked = parsed(*rows, answers={question.key: answer} if answer else {})
    assert [getattr(row, name) for row, name in zip(found.rows, expected, strict=True)] == ["Ekonomi", "HR", "Vård"]


def test_the_inner_names_of_two_levels_are_of_one_kind_too() -> None:
    rows = [
        wide("Kulturkontoret"), wide("Ekonomi"), risk(1, "Fakturor"), wide("HR"), risk(2, "Löner"),
        wide("Kulturkontoret"), wide("Vård"), risk(3, "Fel insats"),
    ]  # fmt: skip
    found, asked = parsed(*rows)
    assert [question.guess for question in asked.questions] == ["process"]
    assert groups(found) == [
        ("Fakturor", "", "Ekonomi", "Kulturkontoret"), ("Löner", "", "HR", "Kulturkontoret"),
        ("Fel insats", "", "Vård", "Kulturkontoret"),
    ]  # fmt: skip


def test_each_name_is_what_it_is_known_as_where_a_person_says_that_they_are_not_of_one_kind() -> None:
    rows = [
        wide("Ekonomi"), risk(1, "Fakturor"), risk(2, "Moms"), wide("Kulturkontoret"), risk(3, "Bidrag"), wide("IT-drift"),
        risk(4, "Avbrott"),
    ]  # fmt: skip
    (question,) = parsed(*rows)[1].questions
    found, _asked = parsed(*rows, answers={question.key: "each"})
    assert groups(found) == [
        ("Fakturor", "Ekonomi", "", ""),
        ("Moms", "Ekonomi", "", ""),
        ("Bidrag", "", "", "Kulturkontoret"),
        ("Avbrott", "", "IT-drift", ""),
    ]
    assert list(found.notes.values()) == ["group_category", "group_unit", "group_process"]
    assert [(problem.code, problem.row, problem.value) for problem in found.problems] == [
        ("read_as_group", 2, "Ekonomi"), ("read_as_group", 5, "Kulturkontoret"), ("read_as_group", 7, "IT-drift"),
    ]  # fmt: skip


def test_two_names_above_each_other_are_a_category_and_its_process() -> None:
    found, _asked = parsed(
        wide("Verksamhet"), wide("Löner"), risk(1, "Fel lön"), wide("Inköp"), risk(2, "Fel pris"), wide("Stöd"), wide("Drift"),
        risk(3, "Avbrott"),
    )  # fmt: skip
    assert groups(found) == [
        ("Fel lön", "Verksamhet", "Löner", ""), ("Fel pris", "Verksamhet", "Inköp", ""), ("Avbrott", "Stöd", "Drift", ""),
    ]  # fmt: skip


def test_words_alone_in_the_column_of_numbers_are_a_name() -> None:
    found, _asked = parsed(["Ekonomi", "", "", ""], risk(1, "Fakturor"), ["Inköp (forts.)", "", "", ""], risk(2, "Fel pris"))
    assert groups(found) == [("Fakturor", "", "Ekonomi", ""), ("Fel pris", "", "Inköp", "")]


def test_a_column_of_its_own_is_not_taken_from_it() -> None:
    found, _asked = parsed(
        ["IT-drift", *[LEFT] * 4],
        ["1", "Avbrott", "Stab", "6", "Larm"],
        head=["Nr", "Risk", "Process", "Riskvärde", "Kontrollmoment"],
    )
    assert groups(found) == [("Avbrott", "IT-drift", "Stab", "")]
    head = ["Nr", "Risk", "Process", "Kategori", "Riskvärde", "Kontrollmoment"]
    found, _asked = parsed(["IT-drift", *[LEFT] * 5], ["1", "Avbrott", "Stab", "Teknik", "6", "Larm"], head=head)
    assert groups(found) == [("Avbrott", "Teknik", "Stab", "")]
    assert list(found.notes.values()) == ["note"]


@pytest.mark.parametrize(
    "line",
    ["Riskvärdet är sannolikhet gånger konsekvens.", "* Antagen i mars", "Summa", "Källa: riskanalysen", "x" * 101],
)
def test_a_note_or_total_between_the_rows_is_no_name(line: str) -> None:
    found, _asked = parsed(risk(1, "Fakturor"), wide(line), risk(2, "Moms"))
    assert groups(found) == [("Fakturor", "", "", ""), ("Moms", "", "", "")]
    assert set(found.notes.values()) <= {"note", "total"}


def test_a_name_without_a_row_below_is_a_note() -> None:
    found, _asked = parsed(risk(1, "Fakturor"), wide("Ekonomi"))
    assert groups(found) == [("Fakturor", "", "", "")]
    assert list(found.notes.values()) == ["note"]


def test_names_alone_in_the_column_of_risks_are_asked_about_once() -> None:
    rows = [["", "Ekonomi", "", ""], risk(1, "Fakturor"), ["", "Personal", "", ""], risk(2, "Fel lön"), risk(3, "Fel tid")]
    found, asked = parsed(*rows)
    (question,) = asked.questions
    assert question.guess == "groups"
    assert "“Ekonomi”, “Personal”" in question.text or "”Ekonomi”, ”Personal”" in question.text
    found, _asked = parsed(*rows, answers={question.key: "groups"})
    assert groups(found) == [("Fakturor", "Ekonomi", "", ""), ("Fel lön", "Personal", "", ""), ("Fel tid", "Personal", "", "")]
    found, _asked = parsed(*rows, answers={question.key: "risks"})
    assert [row.title for row in found.rows] == ["Ekonomi", "Fakturor", "Personal", "Fel lön", "Fel tid"]


def test_a_name_without_a_number_among_numbered_risks_is_asked_about_wherever_it_stands() -> None:
    rows = [["Ekonomi"], risk(1, "Fakturor"), risk(2, "Moms"), ["", "Personal"], risk(3, "Löner")]
    _found, asked = parsed(*rows)
    (question,) = asked.questions
    assert "Personal" in question.text
    assert "Ekonomi" not in question.text
    found, _asked = parsed(*rows, answers={question.key: "groups"})
    assert [(row.title, row.category) for row in found.rows] == [
        ("Fakturor", "Ekonomi"),
        ("Moms", "Ekonomi"),
        ("Löner", "Personal"),
    ]
    found, _asked = parsed(*rows, answers={question.key: "risks"})
    assert [row.title for row in found.rows] == ["Fakturor", "Moms", "Personal", "Löner"]


@pytest.mark.parametrize(
    "rows",
    [
        [risk(1, "Fakturor"), ["2", "Ekonomi", "", ""], risk(3, "Fel pris"), risk(4, "Moms")],
        [risk(1, "Fakturor"), ["", "Ekonomi", "", ""], ["", "Fel pris", "6", ""], risk(3, "Moms")],
        [["", "Ekonomi", "", ""], ["", "", "", "Larm"], risk(2, "Fel pris"), risk(3, "Moms")],
        [["", "Ekonomi", "", ""], risk(1, "Fakturor"), ["3", "Utan värde", "", ""]],
    ],
    ids=["it has a number", "others have no number either", "its controls follow", "another risk lacks values too"],
)
def test_a_risk_of_which_only_the_name_is_written_is_a_risk_where_the_shape_says_nothing_else(rows: list[Any]) -> None:
    found, asked = parsed(*rows)
    assert asked.questions == []
    assert "Ekonomi" in [row.title for row in found.rows]


# In every format

ROWS = [HEAD, wide("Ekonomi"), risk(1, "Fakturor"), wide("IT-drift"), risk(2, "Avbrott"), risk(3, "Intrång")]


def plain(row: Sequence[Any]) -> list[str]:
    return [cell if isinstance(cell, str) else "" for cell in row]


def document() -> bytes:
    made = docx.Document()
    table = add_table(made, [plain(row) for row in ROWS])
    for at in (1, 3):
        table.cell(at, 0).merge(table.cell(at, 3))
    return docx_bytes(made)


def workbook() -> bytes:
    made, page = blank_workbook()
    for row in ROWS:
        page.append(plain(row))
    for at in (2, 4):
        page.merge_cells(start_row=at, end_row=at, start_column=1, end_column=4)
    return xlsx_bytes(made)


def spreadsheet() -> bytes:
    def line(row: Sequence[Any]) -> str:
        if row[1] is not LEFT:
            return ods_row(*row)
        name = f'<table:table-cell table:number-columns-spanned="4" office:value-type="string"><text:p>{row[0]}</text:p>'
        return f"<table:table-row>{name}</table:table-cell>{'<table:covered-table-cell/>' * 3}</table:table-row>"

    return ods_of("".join(line(row) for row in ROWS))


def page() -> bytes:
    def line(row: Sequence[Any]) -> str:
        cells = [f"[{quoted(text)}]" for text in plain(row)]
        return f"table.cell(colspan: 4){cells[0]}" if row[1] is LEFT else ", ".join(cells)

    made = f"table(columns: (1fr, 1fr, 1fr, 1fr), stroke: {RULES['all']}, {', '.join(map(line, ROWS))})"
    return pdf_of(f"#{{ let wide = 4; let high = {len(ROWS)}; {made} }}\n")


FILES: dict[str, Callable[[], bytes]] = {
    "docx": document,
    "xlsx": workbook,
    "ods": spreadsheet,
    "pdf": page,
    "csv": lambda: "\n".join(";".join(plain(row)) for row in ROWS).encode(),
}


def reading_of(kind: str, target: Target) -> Reading:
    data, name = FILES[kind](), f"plan.{kind}"
    (question,) = read(io.BytesIO(data), name, target).asked.questions
    return read(io.BytesIO(data), name, target, answers={question.key: "each"})


@pytest.mark.parametrize("kind", FILES)
def test_names_over_the_rows_of_every_format(cast: Cast, target: Target, kind: str) -> None:
    RiskCategory.objects.create(name="ekonomi")
    reading = reading_of(kind, target)
    assert reading.errors == []
    import_rows(reading.rows, target, by=cast.eva, source="plan")
    assert list(Risk.objects.order_by("number").values_list("title", "category__name", "process")) == [
        ("Fakturor", "ekonomi", ""),
        ("Avbrott", None, "IT-drift"),
        ("Intrång", None, "IT-drift"),
    ]
    account = reading.account(compare(reading.rows, target, by=cast.eva).findings.settled)
    assert account.of(Fate.LEFT_OUT) == []
    assert account.balances(reading.content)
    said = [(entry.text, entry.field) for entry in account.entries if entry.settlement.reason.startswith("group")]
    assert said == [("Ekonomi", Field.CATEGORY), ("IT-drift", Field.PROCESS)]


# Whatever stands where

LINES = st.sampled_from(
    [
        wide("Ekonomi"), wide("IT-drift"), wide("En mening."), wide("* Not"), ["Ekonomi", "", "", ""], ["", "Inköp", "", ""],
        risk(1, "Fakturor"), risk(2, "Fel pris"), ["", "", "", "Enkät"], ["", "", "", ""], ["Summa", "", "12", ""],
    ]
)  # fmt: skip


@given(st.lists(LINES, min_size=1, max_size=9), st.integers(0, 1))
@settings(max_examples=some(200), deadline=None)
def test_every_word_is_taken_or_left_out(lines: list[list[Any]], choice: int) -> None:
    table: Table = sheet(HEAD, *lines)
    account, rows = account_of([table], choose=lambda question: question.choices[choice].code)
    assert account.balances(Content([table]))
    for entry in account.entries:
        if entry.settlement.reason.startswith("group"):
            assert any(entry.text in (row.process, row.category, row.unit) for row in rows)
