"""Tables without headings after a plan's: continued where their shape says so, else asked about, else left out and said."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from typing import Any

import docx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from controls.importing.comparing import compare
from controls.importing.plan import import_rows
from controls.importing.reading import read
from controls.importing.target import Target
from riskreg.importing.account import Fate
from riskreg.importing.cells import Cell, Content, Place, Table
from riskreg.importing.columns import ImportRow, find_blocks, mapping_of, parse, recognise
from riskreg.importing.questions import Asked, Question
from riskreg.importing.second_tables import join_second_tables
from riskreg.models import Risk
from tests.cast import Cast
from tests.examples import some

from .documents import IMPACT, LIKELIHOOD, add_table, docx_bytes, docx_of, xlsx_of
from .pdf_layouts import pdf_of, table
from .reading import cells
from .test_account import account_of

pytestmark = pytest.mark.one_engine

PLAN = [
    ["Nr", "Risk", "Riskvärde", "Kontrollmoment", "Frekvens"],
    ["1", "Energibrist i värmeverket", "8", "Stickprov av planer", "Årligen"],
    ["2", "Felaktiga löner betalas", "6", "Avstämning mot schema", "Kvartalsvis"],
]
NEXT = ["3", "Stöld i förråd och garage", "4", "Genomgång av larm", "Månadsvis"]


def tables_of(*parts: Sequence[Sequence[Any]], heading: str = "Ett stycke emellan.", kind: Any = "table") -> list[Table]:
    return [
        Table(Place(kind, number, f"Blad {number}"), cells(rows), heading="" if number == 1 else heading)
        for number, rows in enumerate(parts, start=1)
    ]


def rows_of(tables: Sequence[Table], answers: Mapping[str, str] | None = None) -> tuple[list[ImportRow], list[Question]]:
    asked = Asked(answers or {})
    blocks = find_blocks(tables)
    mapping = mapping_of(recognise(blocks[0].headings))
    join_second_tables(blocks[0], blocks, tables, mapping, asked)
    parsed = parse(blocks[0], mapping, likelihood_levels=LIKELIHOOD, impact_levels=IMPACT, asked=asked)
    return parsed.rows, asked.questions


def third(rows: Sequence[ImportRow]) -> tuple[str, str, int | None, str, str]:
    row = rows[2]
    return row.number, row.title, row.score, row.control, row.frequency_text


@pytest.mark.parametrize("kind", ["table", "page", "sheet"])
def test_a_table_whose_numbers_go_on_continues_the_plan(kind: str) -> None:
    rows, questions = rows_of(tables_of(PLAN, [NEXT], kind=kind))
    assert third(rows) == ("3", "Stöld i förråd och garage", 4, "Genomgång av larm", "Månadsvis")
    assert questions == []


@pytest.mark.parametrize(
    ("second", "found"),
    [
        (NEXT[:4], ("3", "Stöld i förråd och garage", 4, "Genomgång av larm", "")),
        ([*NEXT[:2], *NEXT[3:]], ("3", "Stöld i förråd och garage", None, "Genomgång av larm", "Månadsvis")),
    ],
    ids=["the last", "its scores"],
)
def test_a_column_that_lacks_makes_no_doubt_where_the_numbers_go_on_and_all_others_are_of_a_kind(
    second: list[str], found: Any
) -> None:
    rows, questions = rows_of(tables_of(PLAN, [second]))
    assert third(rows) == found
    assert questions == []


@pytest.mark.parametrize(
    ("second", "found"),
    [
        ([NEXT[1:]], ("", "Stöld i förråd och garage", 4, "Genomgång av larm", "Månadsvis")),
        ([["7", *NEXT[1:]]], ("7", "Stöld i förråd och garage", 4, "Genomgång av larm", "Månadsvis")),
        ([[*NEXT[:2], "se bilaga", *NEXT[2:]]], ("3", "Stöld i förråd och garage", 4, "Genomgång av larm", "Månadsvis")),
    ],
    ids=["without its numbers", "its numbers do not go on", "a column of its own"],
)
def test_a_table_that_may_continue_the_plan_is_asked_about(second: Any, found: Any) -> None:
    tables = tables_of(PLAN, second)
    rows, (question,) = rows_of(tables)
    assert len(rows) == 2
    assert question.choices[-1].code == "leave_out"
    assert "Stöld i förråd och garage" in question.value
    rows, _questions = rows_of(tables, {question.key: question.choices[0].code})
    assert third(rows) == found
    rows, _questions = rows_of(tables, {question.key: "leave_out"})
    assert len(rows) == 2


def test_the_guess_is_a_way_in_which_the_numbers_go_on_or_none() -> None:
    _rows, (question,) = rows_of(tables_of(PLAN, [[*NEXT[:2], "se bilaga", *NEXT[2:]]]))
    assert question.guess == question.choices[0].code == "columns-1-2-x-3-4-5"
    _rows, (question,) = rows_of(tables_of(PLAN, [["1", *NEXT[1:]]]))
    assert question.guess == ""


def test_a_merged_cell_that_goes_on_over_the_page_gives_another_control_of_the_risk() -> None:
    second = [[Cell(), Cell(), Cell(), Cell("Genomgång av larm"), Cell("Månadsvis")]]
    rows, questions = rows_of(tables_of(PLAN, second, heading="", kind="page"))
    assert questions == []
    assert (rows[2].is_continuation_control, rows[2].title, rows[2].control) == (
        True, "Felaktiga löner betalas", "Genomgång av larm",
    )  # fmt: skip
    # Where the merged cells are no cells of the next page at all, it is asked.
    rows, (question,) = rows_of(tables_of(PLAN, [["4", "Genomgång av larm", "Månadsvis"]], heading="", kind="page"))
    assert "Riskvärde = 4" in question.choices[0].label


@pytest.mark.parametrize(
    "second",
    [
        [["Eva Dahl", "Controller", "08-123 45 67", "Stadshuset", "Rum 4"]],
        [["4", "Sannolik"], ["3", "Möjlig"]],
        [["Ensam rad"]],
        [["Risken", "är", "för", "hög", "i", "år", "igen", "tyvärr"]],
    ],
    ids=["people", "levels of the matrix", "one column", "too wide"],
)
def test_a_table_of_another_kind_is_not_asked_about_and_is_left_out(second: Any) -> None:
    tables = tables_of(PLAN, second)
    rows, questions = rows_of(tables)
    assert (len(rows), questions) == (2, [])
    account, _rows = account_of(tables)
    assert {entry.settlement.reason for entry in account.of(Fate.LEFT_OUT)} == {"beside", "no_plan_in_table"}


@pytest.mark.parametrize("kind", ["table", "page"])
def test_a_table_of_the_plans_width_is_asked_about_where_its_scores_are_words(kind: str) -> None:
    people = [["5", "Eva Dahl", "Controller", "Stadshuset", "Måndag"], ["6", "Bo Ek", "Chef", "Rådhuset", "Tisdag"]]
    tables = tables_of(PLAN, people, heading="", kind=kind)
    rows, (question,) = rows_of(tables)
    assert (len(rows), question.guess) == (2, "")
    account, _rows = account_of(tables, choose=lambda _question: "")
    assert {entry.settlement.reason for entry in account.of(Fate.LEFT_OUT)} == {"asked"}
    assert len(rows_of(tables, {question.key: "leave_out"})[0]) == 2
    rows, _questions = rows_of(tables, {question.key: question.choices[0].code})
    assert [row.title for row in rows[2:]] == ["Eva Dahl", "Bo Ek"]
    # What comes after it is looked at all the same.
    rows, _questions = rows_of(tables_of(PLAN, people, [NEXT], heading="", kind=kind), {question.key: "leave_out"})
    assert [row.title for row in rows[2:]] == ["Stöld i förråd och garage"]


def test_one_score_in_words_among_figures_makes_no_doubt() -> None:
    second = [NEXT, ["4", "Brand", "hög", "Larm", "Årligen"], ["5", "Fukt", "6", "Larm", "Årligen"]]
    for heading in ("", "Ett stycke."):
        rows, questions = rows_of(tables_of(PLAN, second, heading=heading))
        assert (len(rows), questions) == (5, [])


def test_a_table_between_two_plans_belongs_to_the_first_alone() -> None:
    other = [["Risk", "Riskvärde", "Kontrollmoment", "Metod"], ["Brand", "8", "Larm", "Stickprov"]]
    tables = tables_of(PLAN, [NEXT], other, [["4", *NEXT[1:]]])
    blocks = find_blocks(tables)
    join_second_tables(blocks[0], blocks, tables, mapping_of(recognise(blocks[0].headings)), Asked())
    assert [row.table for row in blocks[0].rows] == [0, 0, 1]


def test_what_is_asked_or_left_out_by_an_answer_is_said_in_the_account() -> None:
    tables = tables_of(PLAN, [NEXT[1:]])
    for answer, reason in (("", "asked"), ("leave_out", "chosen_out")):
        account, _rows = account_of(tables, choose=lambda _question, answer=answer: answer)  # type: ignore[misc]
        assert {e.settlement.reason for e in account.of(Fate.LEFT_OUT) if e.row} == {reason}
        assert account.balances(Content(tables))


def test_a_column_of_its_own_is_left_out_as_one_without_heading() -> None:
    tables = tables_of(PLAN, [[*NEXT[:2], "se bilaga", *NEXT[2:]]])
    account, rows = account_of(tables, choose=lambda question: question.choices[0].code)
    assert len(rows) == 3
    out = [(entry.row, entry.text, entry.settlement.reason) for entry in account.of(Fate.LEFT_OUT) if entry.row]
    assert out == [(1, "se bilaga", "no_heading")]
    moved = next(entry for entry in account.entries if entry.text == "Månadsvis")
    assert (moved.heading, moved.column, moved.fate) == ("Frekvens", 5, Fate.TAKEN)


def document(second: Sequence[Sequence[str]]) -> bytes:
    made = docx.Document()
    add_table(made, PLAN)
    made.add_paragraph("Fler risker:")
    add_table(made, second)
    return docx_bytes(made)


@pytest.mark.parametrize("kind", ["docx", "docx, next page", "xlsx", "pdf"])
def test_in_every_format_that_has_several_tables(cast: Cast, target: Target, kind: str) -> None:
    second = [NEXT[1:]]
    files = {
        "docx": lambda: document(second),
        "docx, next page": lambda: docx_of(PLAN, second),
        "xlsx": lambda: xlsx_of(PLAN, second),
        "pdf": lambda: pdf_of(f"{table(PLAN, 'all')}#pagebreak()\n{table(second, 'all')}"),
    }
    body, name = files[kind](), f"plan.{kind.split(',', maxsplit=1)[0]}"
    reading = read(io.BytesIO(body), name, target)
    (question,) = reading.asked.questions
    assert reading.errors
    reading = read(io.BytesIO(body), name, target, None, {question.key: question.choices[0].code})
    assert reading.errors == []
    import_rows(reading.rows, target, by=cast.eva, source=name)
    assert list(Risk.objects.order_by("number").values_list("title", "risk_score"))[2] == ("Stöld i förråd och garage", 4)
    account = reading.account(compare(reading.rows, target, by=cast.eva).findings.settled)
    assert account.balances(reading.content)
    assert {entry.text for entry in account.of(Fate.LEFT_OUT)} <= {"Fler risker:"}


# Whatever is left out of the second table, or added to it


@given(
    lacking=st.one_of(st.none(), st.integers(0, 4)),
    extra=st.one_of(st.none(), st.integers(0, 5)),
    following=st.lists(st.sampled_from([NEXT, ["", "", "", "Enkät till chefer", ""], ["", *NEXT[1:]]]), min_size=1, max_size=3),
    heading=st.sampled_from(["", "Ett stycke emellan."]),
    kind=st.sampled_from(["table", "page", "sheet"]),
    choice=st.integers(0, 3),
)
@settings(max_examples=some(120), deadline=None)
def test_every_word_is_taken_or_left_out_and_what_is_taken_stands_in_its_row(
    lacking: int | None, extra: int | None, following: list[list[str]], heading: str, kind: Any, choice: int
) -> None:
    second = [[text for column, text in enumerate(row) if column != lacking] for row in following]
    if extra is not None:
        second = [[*row[:extra], "eget", *row[extra:]] for row in second]
    tables = tables_of(PLAN, second, heading=heading, kind=kind)
    account, rows = account_of(tables, choose=lambda question: question.choices[choice % len(question.choices)].code)
    assert account.balances(Content(tables))
    for entry in account.of(Fate.TAKEN):
        if entry.import_row is not None and entry.field in ("title", "control", "number"):
            assert entry.text in getattr(entry.import_row, entry.field.value)
            assert any(entry.import_row is row for row in rows)
