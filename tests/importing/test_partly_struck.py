"""A cell of which a part is struck through: a person says whether what is struck counts, and no word of it is lost."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable

import docx
import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st

from controls.importing.comparing import compare
from controls.importing.reading import Reading, read
from controls.importing.target import Target
from riskreg.importing.account import Fate
from riskreg.importing.cells import Beside, Cell, Content, Place, Table
from riskreg.importing.fields import Field
from riskreg.importing.questions import Question
from tests.cast import Cast
from tests.examples import some

from .documents import FILES as FILES_KEPT
from .documents import add_table, docx_bytes, ods_of, ods_row, zip_of
from .reading import cells
from .test_account import account_of

pytestmark = pytest.mark.one_engine

HEAD = ["Risk", "Riskvärde", "Kontrollmoment"]


def document() -> bytes:
    made = docx.Document()
    table = add_table(made, [HEAD, ["Brand", "", ""]])
    for at, (struck, text) in ((1, ("8", " 6")), (2, ("Larm provas. ", "Larm byts."))):
        paragraph = table.cell(1, at).paragraphs[0]
        paragraph.add_run(struck).font.strike = True
        paragraph.add_run(text)
    return docx_bytes(made)


def workbook() -> bytes:
    stream = io.BytesIO()
    made = xlsxwriter.Workbook(stream)
    page, strike, bold = made.add_worksheet("Plan"), made.add_format({"font_strikeout": True}), made.add_format({"bold": True})
    page.write_row(0, 0, HEAD)
    page.write(1, 0, "Brand")
    page.write_rich_string(1, 1, strike, "8", bold, " 6")
    page.write_rich_string(1, 2, strike, "Larm provas. ", bold, "Larm byts.")
    made.close()
    return stream.getvalue()


def spreadsheet() -> bytes:
    def part(struck: str, text: str) -> str:
        return f'<table:table-cell><text:p><text:span text:style-name="s">{struck}</text:span>{text}</text:p></table:table-cell>'

    row = f"<table:table-row><table:table-cell><text:p>Brand</text:p></table:table-cell>{part('8', ' 6')}"
    data = ods_of(f"{ods_row(*HEAD)}{row}{part('Larm provas. ', 'Larm byts.')}</table:table-row>")
    style = (
        '<office:automatic-styles><style:style style:name="s"><style:text-properties style:text-line-through-style="solid"/>'
        "</style:style></office:automatic-styles>"
    )
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        body = package.read("content.xml").decode().replace("<office:body>", f"{style}<office:body>")
    return zip_of({"mimetype": b"application/vnd.oasis.opendocument.spreadsheet", "content.xml": body.encode()})


FILES: dict[str, Callable[[], bytes]] = {"docx": document, "xlsx": workbook, "ods": spreadsheet}


def reading_of(kind: str, target: Target, *answers: str) -> Reading:
    data = FILES[kind]()
    asked = read(io.BytesIO(data), f"plan.{kind}", target).asked.questions
    given_ = {question.key: answer for question, answer in zip(asked, answers, strict=False)}
    return read(io.BytesIO(data), f"plan.{kind}", target, None, given_)


@pytest.mark.parametrize("kind", FILES)
def test_what_counts_is_asked_for_each_cell_and_the_import_waits_for_it(target: Target, kind: str) -> None:
    reading = reading_of(kind, target)
    score, control = reading.asked.questions
    assert (score.value, score.guess, score.field) == ("8 6", "leave_out", Field.SCORE)
    assert (control.value, control.field) == ("Larm provas. Larm byts.", Field.CONTROL)
    assert len(reading.errors) == 2
    # Meanwhile it is read without what is struck.
    assert (reading.rows[0].score, reading.rows[0].control) == (6, "Larm byts.")


@pytest.mark.parametrize("kind", FILES)
def test_what_is_struck_is_left_out_or_read_as_the_answer_says(cast: Cast, target: Target, kind: str) -> None:
    reading = reading_of(kind, target, "leave_out", "take")
    assert reading.errors == []
    assert (reading.rows[0].score, reading.rows[0].control) == (6, "Larm provas. Larm byts.")
    account = reading.account(compare(reading.rows, target, by=cast.eva).findings.settled)
    assert account.balances(reading.content)
    assert [(entry.text, entry.settlement.reason, entry.row) for entry in account.of(Fate.LEFT_OUT)] == [("8", "struck", 2)]
    taken = {(entry.text, entry.heading, entry.field) for entry in account.of(Fate.TAKEN)}
    assert ("Larm provas.", "Kontrollmoment", Field.CONTROL) in taken
    assert all(entry.import_row is reading.rows[0] for entry in account.entries if entry.text in ("8", "Larm provas."))


def test_while_it_is_asked_the_account_says_so(cast: Cast, target: Target) -> None:
    reading = reading_of("xlsx", target)
    account = reading.account(compare(reading.rows, target, by=cast.eva).findings.settled)
    assert [(entry.text, entry.settlement.reason) for entry in account.of(Fate.LEFT_OUT)] == [
        ("8", "asked"),
        ("Larm provas.", "asked"),
    ]


def test_in_a_column_that_is_not_read_and_in_a_line_it_is_said_alone(target: Target) -> None:
    made = docx.Document()
    paragraph = made.add_paragraph("Nytt ")
    paragraph.add_run("gammalt").font.strike = True
    table = add_table(made, [["Risk", "Riskvärde", "Eget"], ["Brand", "8", "ny "]])
    table.cell(1, 2).paragraphs[0].add_run("gammal").font.strike = True
    reading = read(io.BytesIO(docx_bytes(made)), "plan.docx", target)
    assert reading.asked.questions == []
    account, _rows = account_of(reading.content)
    left_out = {(entry.text, entry.settlement.reason) for entry in account.of(Fate.LEFT_OUT)}
    assert {("gammalt", "beside_struck"), ("gammal", "beside_struck")} <= left_out
    assert account.balances(reading.content)


def test_of_many_struck_texts_it_is_asked_once_for_all() -> None:
    place = Place("table", 1)
    rows = [[Cell(f"Brand {n}", struck=True), Cell("6"), Cell(f"Larm {n}", whole=f"Lås och Larm {n}")] for n in range(12)]
    beside = [Beside("struck", "Lås och", place, n, 2) for n in range(2, 14)]
    content = Content([Table(place, [*cells([HEAD]), *rows])], beside)
    asked: list[Question] = []

    def choose(question: Question) -> str:
        asked.append(question)
        return "take"

    account, read_rows = account_of(content, choose=choose)
    assert len({question.key for question in asked}) == 2
    assert len(read_rows) == 12
    assert account.balances(content)
    assert {entry.text for entry in account.of(Fate.LEFT_OUT)} == set()


def test_of_an_old_workbook_it_is_said_that_this_cannot_be_told(target: Target) -> None:
    with (FILES_KEPT / "plan.xls").open("rb") as file:
        reading = read(file, "plan.xls", target)
    assert [problem.severity for problem in reading.problems if ".xlsx" in problem.message] == ["warning"]


# Wherever a part is struck

TEXTS = st.sampled_from(["", "6", "8", "Larm", "Brand i hus", "* Not", "Summa", "2 ggr/år"])
PART = st.tuples(TEXTS, st.sampled_from(["", "gammalt", "4"]))


@given(st.lists(st.lists(PART, min_size=4, max_size=4), min_size=1, max_size=4), st.integers(0, 1), st.booleans())
@settings(max_examples=some(150), deadline=None)
def test_every_word_is_taken_or_left_out(rows: list[list[tuple[str, str]]], choice: int, is_open: bool) -> None:
    place = Place("table", 1)
    made, beside = [], []
    for number, row in enumerate(rows, start=2):
        made.append([Cell(text, whole=f"{part} {text}" if part and text else "") for text, part in row])
        beside += [Beside("struck", part, place, number, at) for at, (text, part) in enumerate(row) if part and text]
    content = Content([Table(place, [*cells([[*HEAD, "Eget"]]), *made])], beside)
    account, read_rows = account_of(content, choose=lambda question: "" if is_open else question.choices[choice].code)
    assert account.balances(content)
    for entry in account.of(Fate.TAKEN):
        if entry.field is Field.CONTROL and entry.import_row is not None:
            assert any(entry.import_row is row for row in read_rows)
            assert entry.text in entry.import_row.control
