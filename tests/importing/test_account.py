"""Conservation: every cell and every line above a table is taken, kept as text or left out, and the sum is the file."""

from __future__ import annotations

import io
import json
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import get_args

from django.utils import translation
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from controls.importing.stored_account import packed, unpacked
from riskreg.importing.account import Account, Entry, Fate, Settlement, Understood, draw_up
from riskreg.importing.account_details import CodeInWords, Detail, RowInWords
from riskreg.importing.account_words import REASONS
from riskreg.importing.cells import Beside, BesideKind, Cell, Content, Place, PlaceKind, Table
from riskreg.importing.columns import Field, ImportRow, find_blocks, mapping_of, parse, recognise
from riskreg.importing.questions import Asked, Question
from riskreg.importing.second_tables import join_second_tables
from riskreg.importing.tables import read_content
from riskreg.importing.unreadable import EXTENSIONS
from tests.examples import some

from .documents import IMPACT, LIKELIHOOD, docx_bytes, paged_follow_up, workbook_plan, xlsx_bytes, xlsx_of
from .reading import cells, sheet
from .test_the_report import MADE, report

HEADINGS = ["Nr", "Risk", "Beskrivning", "Riskvärde", "Kontrollmoment", "Metod", "Frekvens", "Resultat", "Bedömning", "Vad"]
TESTS = Path(__file__).resolve().parents[1]


def taken(_row: ImportRow, _field: Field) -> Settlement:
    return Settlement(Fate.TAKEN, "risk")


def account_of(
    tables: Sequence[Table] | Content,
    settled: Callable[[ImportRow, Field], Settlement] = taken,
    choose: Callable[[Question], str] = lambda question: question.guess,
) -> tuple[Account, list[ImportRow]]:
    """Draw up the account of the first plan, its questions answered by `choose`."""
    content = tables if isinstance(tables, Content) else Content([*tables])
    answers: dict[str, str] = {}
    for _round in range(3):
        asked = Asked(answers)
        blocks = find_blocks(content.tables)
        if not blocks:
            return draw_up(Understood(content), settled), []
        columns = recognise(blocks[0].headings)
        mapping = mapping_of(columns)
        left_out = join_second_tables(blocks[0], blocks, content.tables, mapping, asked)
        parsed = parse(blocks[0], mapping, likelihood_levels=LIKELIHOOD, impact_levels=IMPACT, asked=asked)
        answers = {question.key: choose(question) for question in asked.questions}
    notes = {**left_out, **parsed.notes, **parsed.struck}
    understood = Understood(content, blocks, blocks[0], columns, parsed.rows, notes, struck_parts=parsed.struck_parts)
    return draw_up(understood, settled), parsed.rows


def left_out(account: Account) -> list[tuple[int | None, str, str]]:
    return [(entry.row, entry.text, entry.settlement.reason) for entry in account.of(Fate.LEFT_OUT)]


def test_a_column_that_is_not_recognised_is_left_out_with_its_heading() -> None:
    account, _rows = account_of([sheet(["Risk", "Riskvärde", "Märkligt"], ["Brand", "8", "Sparas inte"])])
    assert left_out(account) == [(1, "Märkligt", "column_unknown"), (2, "Sparas inte", "column_unknown")]
    assert [entry.heading for entry in account.of(Fate.LEFT_OUT)] == ["Märkligt", "Märkligt"]


def test_a_row_in_unrecognised_columns_alone_is_left_out() -> None:
    account, rows = account_of([sheet(["Risk", "Riskvärde", "Märkligt"], ["Brand", "8", ""], ["", "", "Ensam text"])])
    assert [row.title for row in rows] == ["Brand"]
    assert (3, "Ensam text", "column_unknown") in left_out(account)


def test_notes_and_totals_are_left_out_as_what_they_are() -> None:
    table = sheet(["Risk", "Riskvärde"], ["Brand", "8"], ["Summa", "8"], ["* Antagen av nämnden", ""])
    account, _rows = account_of([table])
    assert left_out(account) == [(3, "Summa", "total"), (3, "8", "total"), (4, "* Antagen av nämnden", "note")]


def test_a_line_above_names_the_plan_or_is_left_out() -> None:
    rows = cells([["Risk", "Riskvärde"], ["Brand", "8"]])
    heading = "Läs detta först\nInternkontrollplan för Kulturnämnden"
    account, _rows = account_of([Table(Place("table", 1), rows, heading=heading)])
    assert left_out(account) == [(None, "Läs detta först", "beside")]
    assert account.entries[1].settlement.reason == "plan_title"


def test_rows_above_the_headings_name_the_plan_or_are_left_out() -> None:
    table = sheet(["Internkontrollplan Kulturnämnden", ""], ["Skriv här", "nu"], ["Risk", "Riskvärde"], ["Brand", "8"])
    account, _rows = account_of([table])
    assert left_out(account) == [(2, "Skriv här", "above_headings"), (2, "nu", "above_headings")]


def test_a_table_that_is_no_plan_is_left_out() -> None:
    tables = [sheet(["Namn", "Telefon"], ["Eva", "123"]), sheet(["Risk", "Riskvärde"], ["Brand", "8"])]
    account, _rows = account_of(tables)
    assert left_out(account) == [
        (row, text, "no_plan_in_table") for row, text in ((1, "Namn"), (1, "Telefon"), (2, "Eva"), (2, "123"))
    ]


def test_another_plan_of_the_file_is_left_out_by_its_name() -> None:
    rows = [["Risk", "Riskvärde"], ["Brand", "8"]]
    first, second = (Table(Place("sheet", n, name), cells(rows)) for n, name in ((1, "Kulturnämnden"), (2, "Byggnämnden")))
    account, _rows = account_of([first, second])
    assert {
        (entry.place.name, entry.settlement.reason, entry.settlement.details["plan"]) for entry in account.of(Fate.LEFT_OUT)
    } == {("Byggnämnden", "another_plan", "Byggnämnden")}


def test_a_table_of_another_kind_after_the_plan_is_left_out() -> None:
    first = Table(Place("table", 1), cells([["Risk", "Riskvärde", "Kontrollmoment"], ["Brand", "8", "Larm"]]))
    second = Table(Place("table", 2), cells([["Stöld", "Polisen"]]), heading="Ett stycke emellan.")
    account, _rows = account_of([first, second])
    assert left_out(account) == [
        (None, "Ett stycke emellan.", "beside"),
        (1, "Stöld", "no_plan_in_table"),
        (1, "Polisen", "no_plan_in_table"),
    ]


def test_text_beside_the_tables_is_left_out_as_what_it_is_after_the_table_of_its_place() -> None:
    place = Place("page", 1)
    rows = cells([["Risk", "Riskvärde"], ["Brand", "8"]])
    beside = [Beside("comment", "Ska med", place, 2, 0), Beside("paragraph", "Efterord", Place("page", 2))]
    content = Content([Table(place, rows), Table(Place("page", 2), rows)], beside)
    account, _rows = account_of(content)
    assert left_out(account) == [(2, "Ska med", "beside_comment"), (None, "Efterord", "beside_paragraph")]
    assert [entry.text for entry in account.entries][4] == "Ska med"
    assert account.balances(content)


def test_every_kind_of_text_beside_the_tables_has_its_words() -> None:
    for kind in get_args(BesideKind):
        assert f"beside_{kind}" in REASONS


def test_rows_and_columns_are_the_files_own_where_hidden_ones_were_taken_out() -> None:
    rows = cells([["Risk", "Riskvärde", "Märkligt"], ["Brand", "8", "Sparas inte"]])
    account, _rows = account_of([Table(Place("sheet"), rows, row_numbers=(1, 7), column_numbers=(0, 2, 5))])
    assert [(entry.row, entry.column) for entry in account.of(Fate.LEFT_OUT)] == [(1, 5), (7, 5)]


def test_a_formula_without_a_value_is_a_piece_without_words() -> None:
    account, _rows = account_of([sheet(["Risk", "Riskvärde"], ["Brand", Cell(uncomputed="B2")])])
    assert left_out(account) == [(2, "", "uncomputed")]
    assert "B2" in account.of(Fate.LEFT_OUT)[0].reason


def test_an_error_of_a_formula_stands_there_as_itself_in_whatever_column() -> None:
    head = ["Risk", "Riskvärde", "Ansvarig", "Eget"]
    book = xlsx_of([head, ["Brand", 8, "Eva", "#N/A"]], [["Lista"], ["#DIV/0!"]])
    account, rows = account_of(read_content(io.BytesIO(book), "plan.xlsx"))
    told = [(entry.settlement.reason, entry.settlement.details.get("cell")) for entry in account.of(Fate.LEFT_OUT)]
    assert ("uncomputed", "D2 (#N/A)") in told
    assert ("uncomputed", "A2 (#DIV/0!)") in told
    lines = sheet(head, ["Brand", "8", "#SAKNAS!", ""], ["Stöld", "6", "#N/A", ""])
    account, rows = account_of([lines])
    assert [(row.title, row.owner) for row in rows] == [("Brand", ""), ("Stöld", "")]
    assert [(text, reason) for _row, text, reason in left_out(account) if text.startswith("#")] == [
        ("#SAKNAS!", "error_value"),
        ("#N/A", "error_value"),
    ]


def test_what_a_score_says_beyond_its_number_is_left_out_word_by_word() -> None:
    table = sheet(["Risk", "Sannolikhet", "Konsekvens", "Riskvärde"], ["Brand", "3 - Möjlig", "2 ganska lindrig", "Hög (6)"])
    account, _rows = account_of([table])
    assert left_out(account) == [(2, "ganska", "beyond_value"), (2, "Hög", "beyond_value")]
    assert account.counts()[Fate.TAKEN].pieces == 8
    assert account.balances(Content([table]))


def test_a_value_that_says_there_is_none_is_left_out_as_that() -> None:
    account, _rows = account_of([sheet(["Risk", "Riskvärde", "Frekvens"], ["Brand", "-", "saknas"])])
    assert left_out(account) == [(2, "-", "no_value"), (2, "saknas", "no_value")]


def test_a_dash_says_that_there_is_nothing_and_becomes_no_text() -> None:
    head = ["Risk", "Riskvärde", "Kontrollmoment", "Ansvarig", "Resultat", "Åtgärd"]
    account, rows = account_of(
        [sheet(head, ["Brand", "8", "Larm", "-", "–", "--"], ["-", "-", "Släckare", "Eva", "Inga fel", "-"])]
    )
    assert [(row.title, row.control, row.owner, row.result, row.action) for row in rows] == [
        ("Brand", "Larm", "", "", ""),
        ("Brand", "Släckare", "Eva", "Inga fel", ""),
    ]
    assert {reason for _row, text, reason in left_out(account)} == {"no_value"}
    assert len(left_out(account)) == 6


def test_a_value_that_no_stage_settles_is_left_out_and_not_lost() -> None:
    table = sheet(["Risk", "Riskvärde"], ["Brand", "8"])
    nothing = Settlement(Fate.LEFT_OUT, "not_taken")
    account, _rows = account_of([table], lambda _row, _field: nothing)
    assert left_out(account) == [(2, "Brand", "not_taken"), (2, "8", "not_taken")]


# Whatever the layout

TEXT = st.sampled_from(
    [
        "", "", "Brand", "Stöld i förråd", "8", "6 (hög)", "3 - Möjlig", "Stickprov av 20 löner", "2 ggr/år, mars", "-", "Summa",
        "* Not", "Inga avvikelser", "Mindre avvikelser, två fel", "Personal", "Total avsaknad av rutiner", "el- och",
        "energi\nbrist", "1",
    ]
)  # fmt: skip
CELL = st.one_of(TEXT.map(Cell), st.just(Cell(merged="up")), st.just(Cell(merged="left")), st.just(Cell(uncomputed="C5")))


@st.composite
def tables(draw: st.DrawFn) -> list[Table]:
    """Tables as documents, pages and sheets have them: with and without headings, titles, groups, wider and narrower."""
    made = []
    kind: PlaceKind = draw(st.sampled_from(["sheet", "table", "page", "file"]))
    for number in range(1, draw(st.integers(1, 3)) + 1):
        width = draw(st.integers(2, 10))
        headings = [Cell(text) for text in draw(st.permutations(HEADINGS))[:width]]
        rows = draw(st.lists(st.lists(CELL, min_size=width, max_size=width), min_size=1, max_size=8))
        if draw(st.booleans()):
            rows.insert(draw(st.integers(0, min(3, len(rows)))), headings)
        if draw(st.booleans()):
            rows.insert(0, [Cell("Internkontrollplan Kulturnämnden"), *[Cell()] * (width - 1)])
        heading = draw(st.sampled_from(["", "Plan för intern kontroll", "Text emellan\n\nInternkontrollplan Byggnämnden"]))
        made.append(Table(Place(kind, number, f"Blad {number}"), rows, draw(st.integers(1, 4)), heading))
    return made


@given(tables(), st.integers(0, 5))
@settings(max_examples=some(150), deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_of_any_tables_taken_kept_and_left_out_are_all(made: list[Table], choice: int) -> None:
    account, rows = account_of(
        made, choose=lambda question: [*question.choices, *question.choices][choice % len(question.choices)].code
    )
    assert account.balances(Content(made))
    written = Counter(text for table in made for row in table.rows for cell in row for text in cell.text.split())
    written.update(text for table in made for text in table.heading.split())
    assert Counter(word for entry in account.entries for word in entry.text.split()) == written
    for entry in account.of(Fate.TAKEN):
        if entry.import_row is not None:
            assert any(entry.import_row is row for row in rows)
            assert entry.field in entry.import_row.sources


@given(tables())
@settings(max_examples=some(100), deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_every_text_that_is_taken_stands_in_the_row_it_was_taken_into(made: list[Table]) -> None:
    account, _rows = account_of(made)
    texts = {Field.TITLE: "title", Field.CONTROL: "control", Field.RESULT: "result", Field.NUMBER: "number"}
    for entry in account.of(Fate.TAKEN):
        if entry.import_row is None or entry.field not in texts:
            continue
        held = getattr(entry.import_row, texts[entry.field]).replace("-", "")
        assert all(word.strip("-") in held for word in entry.text.split())


# Every file under tests


def files_under_tests() -> list[Path]:
    """Return the files that can be read; what is locked with a password cannot."""
    found = sorted(path for path in TESTS.rglob("*") if path.suffix[1:] in EXTENSIONS and "__pycache__" not in path.parts)
    return [path for path in found if not path.name.startswith("encrypted_")]


def files_that_tests_make() -> dict[str, bytes]:
    made = {"plan.docx": docx_bytes(paged_follow_up()), "plan.xlsx": xlsx_bytes(workbook_plan())}
    return made | {name: make(report()) for name, make in MADE.items()}


def test_what_a_reason_names_is_stored_as_a_code_and_said_in_the_readers_language() -> None:
    page = Place("page", 1)
    details: list[tuple[str, dict[str, Detail], str, str]] = [
        ("other_value", {"first": RowInWords.seen_from(page, Place("page", 2), 3)}, "3 (Sida 2)", "3 (Page 2)"),
        ("other_value", {"first": RowInWords.seen_from(page, page, 3)}, "Rad 3 ", "Row 3 "),
        ("kept_beside", {"code": CodeInWords("sampling")}, "Stickprov", "Sampling"),
        ("another_plan", {"plan": Place("page", 2)}, "Sida 2", "Page 2"),
        ("another_plan", {"plan": "Sida vid sida"}, "Sida vid sida", "Sida vid sida"),
    ]
    entries = [
        Entry(page, 1, 0, "", "Brand", Settlement(Fate.LEFT_OUT, reason, named)) for reason, named, _swedish, _english in details
    ]
    with translation.override("sv"):
        stored = json.dumps(packed(Account(entries)))
    kept = unpacked(json.loads(stored)).entries
    for language, said in (("sv", [swedish for *_other, swedish, _english in details]), ("en", [line[3] for line in details])):
        with translation.override(language):
            for entry, words in zip(kept, said, strict=True):
                assert words in entry.reason
