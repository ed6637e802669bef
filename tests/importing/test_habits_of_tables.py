"""Habits of people's tables: ditto marks, controls' own numbers, boxes of a form, unfilled prompts, a plan beside a plan."""

from __future__ import annotations

import io

import docx
import pytest
from docx.enum.style import WD_STYLE_TYPE
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls, qn

from controls.importing.comparing import compare
from controls.importing.reading import Reading, read
from controls.importing.target import find_target
from riskreg.importing.account import Fate
from riskreg.importing.blocks import BlockRow
from riskreg.importing.cells import Cell, Place
from riskreg.importing.columns import Field, find_blocks, mapping_of, normalise_heading, parse, recognise
from riskreg.importing.ditto import is_ditto, with_dittos_read
from riskreg.importing.questions import Asked
from riskreg.importing.stated_numbers import are_one_risks
from riskreg.importing.tables import read_content
from riskreg.importing.ticked import ticked
from tests.cast import Cast

from .documents import IMPACT, LIKELIHOOD, add_table, docx_bytes, xlsx_of
from .reading import codes, parsed, sheet
from .test_account import account_of, left_out

HEADINGS = ["Nr", "Risk", "Riskvärde", "Kontrollmoment", "Resultat", "Bedömning"]


@pytest.mark.parametrize("mark", ['-"-', "–”–", '"', "''", "dito", "Ditto.", "d:o", '- " -'])
def test_a_ditto_mark_says_what_stands_above(mark: str) -> None:
    table = sheet(
        HEADINGS,
        ["1", "Felaktiga löner", "6", "Stickprov", "Ett fel", "Mindre avvikelser"],
        [mark, mark, mark, "Avstämning", "Två fel", mark],
        [mark, mark, mark, "Enkät", mark, mark],
    )
    result = parsed([table])
    assert [(row.title, row.score, row.control, row.is_continuation_control) for row in result.rows] == [
        ("Felaktiga löner", 6, "Stickprov", False),
        ("Felaktiga löner", 6, "Avstämning", True),
        ("Felaktiga löner", 6, "Enkät", True),
    ]
    assert [row.result for row in result.rows] == ["Ett fel", "Två fel", "Två fel"]
    assert {row.conclusion for row in result.rows} == {"minor_deviations"}


def test_a_ditto_mark_with_nothing_above_stays_what_it_is() -> None:
    result = parsed([sheet(HEADINGS, ["1", "dito", "6", "Stickprov", "", ""])])
    assert [row.title for row in result.rows] == ["dito"]


def test_below_a_merged_cell_a_ditto_mark_says_what_the_cell_says() -> None:
    cells = [[Cell("Löner")], [Cell(merged="up")], [Cell("dito")]]
    rows = [BlockRow(number, Place("sheet", 1), row) for number, row in enumerate(cells, start=2)]
    assert with_dittos_read(rows, {0: Field.TITLE})[2].cells[0].text == "Löner"


@pytest.mark.parametrize("text", ["-", "–", "do", "ditt", '5"', '"citat"', "'", "idem est", ""])
def test_other_marks_are_none(text: str) -> None:
    assert not is_ditto(text)


def test_controls_numbered_by_letter_are_one_risks() -> None:
    table = sheet(
        HEADINGS,
        ["1 a", "Felaktiga löner", "6", "Stickprov", "", ""],
        ["1 b", "", "", "Avstämning", "", ""],
        ["2.1", "Energibrist", "8", "Granskning", "", ""],
        ["2.2", "Energibrist", "8", "Enkät", "", ""],
        ["3.1", "Brand", "4", "Lås", "", ""],
        ["3.2", "Inbrott", "4", "Larm", "", ""],
    )
    result = parsed([table])
    assert codes(result.problems) == []
    assert [(row.title, row.is_continuation_control) for row in result.rows] == [
        ("Felaktiga löner", False),
        ("Felaktiga löner", True),
        ("Energibrist", False),
        ("Energibrist", True),
        ("Brand", False),
        ("Inbrott", False),
    ]


def test_numbers_of_one_risk_differ_by_letter_or_figure_alone() -> None:
    pairs = [("1 a", "1b"), ("2.1", "2.2"), ("R3a", "R3b"), ("1", "2"), ("1", "1 a"), ("1 a", "2 a"), ("1.1", "1 a")]
    assert [are_one_risks(*pair) for pair in pairs] == [True, True, True, False, False, False, False]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("☒ Inga avvikelser ☐ Mindre avvikelser", "Inga avvikelser"),
        ("☐ Inga avvikelser\n☑ Mindre avvikelser\n☐ Väsentliga avvikelser", "Mindre avvikelser"),
        ("Inga avvikelser ☐ Mindre avvikelser ✓", "Mindre avvikelser"),
        ("☐ Inga avvikelser ☐ Mindre avvikelser", ""),
        ("☒ Inga avvikelser ☒ Mindre avvikelser", ""),
        ("☒ Inga avvikelser", ""),
        ("Inga avvikelser", ""),
        ("", ""),
    ],
)
def test_the_only_ticked_box_is_found(text: str, words: str) -> None:
    assert ticked(text) == words


def test_the_ticked_box_is_the_guess_and_a_person_confirms_it() -> None:
    asked = Asked({})
    said = "☐ Inga avvikelser ☒ Väsentliga avvikelser"
    (block,) = find_blocks([sheet(HEADINGS, ["1", "Felaktiga löner", "6", "Stickprov", "Två fel", said])])
    result = parse(block, mapping_of(recognise(block.headings)), likelihood_levels=LIKELIHOOD, impact_levels=IMPACT, asked=asked)
    (question,) = asked.questions
    assert (question.guess, question.is_open, result.rows[0].conclusion) == ("significant_deviations", True, None)


@pytest.mark.parametrize(
    ("said", "guess"),
    [
        ("☐ Inga avvikelser ☒ Avvikelser", ""),
        ("☐ Inga avvikelser ☐ Avvikelser", ""),
        ("☐ Inga avvikelser", ""),
        ("Inga avvikelser? ☐ Ja ☒ Nej", ""),
        ("[ ] Inga avvikelser [x] Avvikelser", ""),
        ("☒ Inga avvikelser ☐ Avvikelser", "no_deviations"),
    ],
)
def test_an_empty_box_beside_the_only_sign_is_no_conclusion(said: str, guess: str) -> None:
    asked = Asked({})
    (block,) = find_blocks([sheet(HEADINGS, ["1", "Felaktiga löner", "6", "Stickprov", "Två fel", said])])
    result = parse(block, mapping_of(recognise(block.headings)), likelihood_levels=LIKELIHOOD, impact_levels=IMPACT, asked=asked)
    assert [(question.guess, question.is_open) for question in asked.questions] == [(guess, True)]
    assert (result.rows[0].conclusion, result.rows[0].conclusion_text) == (None, said)


PROMPT = "Klicka här för att ange text."


def control(content: str, *, is_prompt: bool) -> str:
    shows = "<w:showingPlcHdr/>" if is_prompt else ""
    return f"<w:sdt {nsdecls('w')}><w:sdtPr>{shows}</w:sdtPr><w:sdtContent>{content}</w:sdtContent></w:sdt>"


@pytest.mark.parametrize("where", ["in the paragraph", "around the paragraph", "around the cell"])
def test_the_prompt_of_a_form_field_is_no_result(where: str) -> None:
    document = docx.Document()
    table = add_table(
        document,
        [HEADINGS, ["1", "Felaktiga löner", "6", "Stickprov", "", ""], ["2", "Energibrist", "8", "Granskning", "Ifyllt", ""]],
    )
    filled = table.cell(2, 5)._tc.p_lst[0]
    filled.append(parse_xml(control("<w:r><w:t>Inga avvikelser</w:t></w:r>", is_prompt=False)))
    run, cell = f"<w:r><w:t>{PROMPT}</w:t></w:r>", table.cell(1, 4)._tc
    if where == "in the paragraph":
        cell.p_lst[0].append(parse_xml(control(run, is_prompt=True)))
    elif where == "around the paragraph":
        cell.append(parse_xml(control(f"<w:p>{run}</w:p>", is_prompt=True)))
        cell.remove(cell.p_lst[0])
    else:
        cell.addprevious(parse_xml(control(f"<w:tc><w:p>{run}</w:p></w:tc>", is_prompt=True)))
        cell.getparent().remove(cell)
    content = read_content(io.BytesIO(docx_bytes(document)), "plan.docx")
    account, rows = account_of(content)
    assert [(row.result, row.conclusion) for row in rows] == [("", None), ("Ifyllt", "no_deviations")]
    assert [(entry.text, entry.settlement.reason) for entry in account.of(Fate.LEFT_OUT)] == [(PROMPT, "beside_prompt")]
    assert account.balances(content)


def test_a_plan_beside_a_plan_is_left_out_and_no_risk_becomes_anothers_description() -> None:
    three = HEADINGS[1:4]
    account, rows = account_of([sheet([*three, "", *three], ["Löner", "6", "Stickprov", "", "Energibrist", "8", "Granskning"])])
    assert [(row.title, row.description) for row in rows] == [("Löner", "")]
    assert [text for _row, text, _reason in left_out(account)] == [*three, "Energibrist", "8", "Granskning"]


def test_a_second_name_for_risk_still_describes_it() -> None:
    assert [match.field for match in recognise(["Identifierad risk", "Risk"])] == [Field.TITLE, Field.DESCRIPTION]


def test_text_divided_by_bars_is_a_table() -> None:
    content = read_content(io.BytesIO("Risk|Riskvärde|Kontrollmoment\nLöner; arvoden|6|Stickprov\n".encode()), "plan.csv")
    assert [cell.text for cell in content.tables[0].rows[1]] == ["Löner; arvoden", "6", "Stickprov"]


BOXES = ["Risk", "Riskvärde", "Kontrollmoment", "Resultat", "Inga avvikelser", "Mindre avvikelser", "Väsentliga avvikelser"]


def reading_of(cast: Cast, rows: list[list[str]], answers: dict[str, str] | None = None) -> Reading:
    target = find_target(cast.board, 2025, None, cast.interim)
    reading = read(io.BytesIO(xlsx_of(rows)), "plan.xlsx", target, answers=answers)
    changes = compare(reading.rows, target, by=cast.eva, answers=answers)
    assert reading.account(changes.findings.settled).balances(reading.content)
    return reading


@pytest.mark.parametrize(("cross", "blank"), [("X", ""), ("☒", "☐"), ("✓", "-")])
def test_a_cross_under_a_conclusion_is_that_conclusion(cast: Cast, cross: str, blank: str) -> None:
    rows = [
        BOXES,
        ["Löner", "6", "Stickprov", "Inga fel", cross, blank, blank],
        ["Inköp", "8", "Granskning", "Tre fel", blank, blank, cross],
        ["Brand", "4", "Rond", "", blank, blank, blank],
    ]
    reading = reading_of(cast, rows)
    assert [(row.title, row.conclusion) for row in reading.rows] == [
        ("Löner", "no_deviations"),
        ("Inköp", "significant_deviations"),
        ("Brand", None),
    ]
    assert reading.errors == []
    assert [match.field for match in reading.columns[4:]] == [Field.CONCLUSION] * 3


def test_two_crosses_in_a_row_are_asked(cast: Cast) -> None:
    rows = [BOXES, ["Löner", "6", "Stickprov", "Två fel", "x", "x", ""], ["Inköp", "8", "Granskning", "Inga fel", "x", "", ""]]
    reading = reading_of(cast, rows)
    (question,) = reading.asked.questions
    assert (question.row, [row.conclusion for row in reading.rows]) == (2, [None, "no_deviations"])
    chosen = reading_of(cast, rows, {question.key: "minor_deviations"})
    assert [row.conclusion for row in chosen.rows] == ["minor_deviations", "no_deviations"]


@pytest.mark.parametrize(
    "rows",
    [
        [BOXES, ["Löner", "6", "Stickprov", "Två fel", "12", "3", "0"]],
        [[*BOXES[:4], "Inga avvikelser", "Utan avvikelser"], ["Löner", "6", "Stickprov", "Två fel", "x", ""]],
        [[*BOXES[:4], "Inga avvikelser", "Bedömning"], ["Löner", "6", "Stickprov", "Två fel", "x", "Pågår"]],
    ],
)
def test_other_columns_named_so_are_left_out_aloud(cast: Cast, rows: list[list[str]]) -> None:
    reading = reading_of(cast, rows)
    assert "Inga avvikelser" in {match.heading for match in reading.columns if match.field is None}


def test_columns_of_crosses_that_a_person_has_confirmed_stay_what_they_are(cast: Cast) -> None:
    target = find_target(cast.board, 2025, None, cast.interim)
    data = xlsx_of([BOXES, ["Löner", "6", "Stickprov", "Två fel", "", "x", ""]])
    chosen = {normalise_heading(heading): "conclusion" for heading in BOXES[4:]}
    reading = read(io.BytesIO(data), "plan.xlsx", target, chosen)
    assert [row.conclusion for row in reading.rows] == ["minor_deviations"]
    left = read(io.BytesIO(data), "plan.xlsx", target, dict.fromkeys(chosen, ""))
    assert [row.conclusion for row in left.rows] == [None]


def numbered(*, shown_as: str = "%1.", style: str = "List Number", spare_rows: int = 0) -> bytes:
    """A plan whose numbers Word counts by itself."""
    document = docx.Document()
    document.add_paragraph("Riskerna är numrerade av programmet.")
    rows = [HEADINGS, ["", "Felaktiga löner", "6", "Stickprov", "", ""], ["", "Energibrist", "8", "Granskning", "", ""]]
    table = add_table(document, [*rows, *[[""] * 6] * spare_rows])
    for row in table.rows[1:]:
        row.cells[0].paragraphs[0].style = style
    part = document.part.numbering_part.element
    for level in part.iter(qn("w:lvlText")):
        if level.get(qn("w:val")) == "%1.":
            level.set(qn("w:val"), shown_as)
    return docx_bytes(document)


@pytest.mark.parametrize("shown_as", ["%1.", "%1)", "%1"])
def test_numbers_that_word_counts_are_the_cells_text(shown_as: str) -> None:
    content = read_content(io.BytesIO(numbered(shown_as=shown_as)), "plan.docx")
    account, rows = account_of(content)
    assert [(row.number, row.title) for row in rows] == [
        (shown_as.replace("%1", "1"), "Felaktiga löner"),
        (shown_as.replace("%1", "2"), "Energibrist"),
    ]
    assert account.balances(content)


def test_rows_of_a_form_that_nobody_has_filled_in_have_no_number() -> None:
    _account, rows = account_of(read_content(io.BytesIO(numbered(spare_rows=3)), "plan.docx"))
    assert [row.title for row in rows] == ["Felaktiga löner", "Energibrist"]


@pytest.mark.parametrize(("shown_as", "style"), [("Risk %1:", "List Number"), ("%1.", "List Bullet"), ("%1.%2", "List Number")])
def test_other_lists_are_not_counted(shown_as: str, style: str) -> None:
    _account, rows = account_of(read_content(io.BytesIO(numbered(shown_as=shown_as, style=style)), "plan.docx"))
    assert [row.number for row in rows] == ["", ""]


def test_where_a_hidden_row_may_be_counted_nothing_is() -> None:
    document = docx.Document(io.BytesIO(numbered()))
    row = document.tables[0].rows[1]._tr
    row.insert(0, parse_xml(f"<w:trPr {nsdecls('w')}><w:hidden/></w:trPr>"))
    _account, rows = account_of(read_content(io.BytesIO(docx_bytes(document)), "plan.docx"))
    assert [(row.number, row.title) for row in rows] == [("", "Energibrist")]


def test_a_style_that_is_based_on_a_numbered_one_is_counted_with_it() -> None:
    document = docx.Document(io.BytesIO(numbered()))
    style = document.styles.add_style("Egen numrering", WD_STYLE_TYPE.PARAGRAPH)
    style.base_style = document.styles["List Number"]
    document.tables[0].rows[1].cells[0].paragraphs[0].style = style
    _account, rows = account_of(read_content(io.BytesIO(docx_bytes(document)), "plan.docx"))
    assert [row.number for row in rows] == ["1.", "2."]


def test_where_a_text_box_may_be_counted_nothing_is() -> None:
    document = docx.Document(io.BytesIO(numbered()))
    box = '<w:txbxContent><w:p><w:pPr><w:pStyle w:val="ListNumber"/></w:pPr></w:p></w:txbxContent>'
    document.paragraphs[0]._p.append(parse_xml(f"<w:r {nsdecls('w')}><w:pict>{box}</w:pict></w:r>"))
    _account, rows = account_of(read_content(io.BytesIO(docx_bytes(document)), "plan.docx"))
    assert [row.number for row in rows] == ["", ""]
