"""Headings become fields, and tables become plans."""

from __future__ import annotations

import io

import docx
import pytest
from django.utils import translation

from riskreg.importing.columns import (
    HEADINGS,
    Block,
    Field,
    find_blocks,
    normalise_heading,
    parse,
    recognise,
)
from riskreg.importing.own_columns import COLUMN_LABELS
from riskreg.importing.tables import Cell, Place, Table, read_tables

from .documents import (
    FILES,
    IMPACT,
    LIKELIHOOD,
    REPORT,
    add_table,
    blank_workbook,
    docx_bytes,
    docx_of,
    many_rows,
    paged_follow_up,
    workbook_plan,
    xlsx_bytes,
)
from .reading import SHORT, cells, codes, pages, parsed, sheet

# Headings


@pytest.mark.parametrize(
    ("heading", "field"),
    [
        ("Identifierad risk", Field.TITLE),
        ("Risk", Field.TITLE),
        ("Riskbeskrivning", Field.DESCRIPTION),
        ("Beskrivning", Field.DESCRIPTION),
        ("Riskvärde", Field.SCORE),
        ("Risktal", Field.SCORE),
        ("Riskvärde (S x K)", Field.SCORE),
        ("Sannolikhet", Field.LIKELIHOOD),
        ("Sannolikhet (1-4)", Field.LIKELIHOOD),
        ("Sannolikhet 1–4", Field.LIKELIHOOD),
        ("Konsekvens", Field.IMPACT),
        ("Väsentlighet", Field.IMPACT),
        ("Kontrollmoment", Field.CONTROL),
        ("Uppföljning", Field.CONTROL),
        ("Granskning", Field.CONTROL),
        ("Metod", Field.METHOD),
        ("Kontrollmetod", Field.METHOD),
        ("Frekvens", Field.FREQUENCY),
        ("Tidpunkt", Field.FREQUENCY),
        ("Ansvarig", Field.OWNER),
        ("Riskansvarig", Field.OWNER),
        ("Kontrollansvarig", Field.PERFORMER),
        ("Kategori", Field.CATEGORY),
        ("Process / Rutin", Field.PROCESS),
        ("Process", Field.PROCESS),
        ("Rutin", Field.PROCESS),
        ("Resultat", Field.RESULT),
        ("Bedömning", Field.CONCLUSION),
        ("Status", Field.CONCLUSION),
        ("Åtgärd", Field.ACTION),
        ("Nr", Field.NUMBER),
        ("Nr.", Field.NUMBER),
        ("RISK-ID", Field.NUMBER),
        ("RISKBE-\nSKRIVNING", Field.DESCRIPTION),
        ("Riskvärde 2025", Field.SCORE),
        ("  Åtgärder: ", Field.ACTION),
        ("Identified risk", Field.TITLE),
        ("Risk score", Field.SCORE),
        ("Likelihood", Field.LIKELIHOOD),
        ("Control owner", Field.PERFORMER),
        ("Motivering", Field.REASON),
        ("Förvaltning", Field.UNIT),
        ("Kontrolmoment", Field.CONTROL),
        ("Sannolikhett", Field.LIKELIHOOD),
    ],
)
def test_a_heading_is_known_in_swedish_and_english_and_however_it_is_written(heading, field):
    assert recognise([heading])[0].field is field


def test_how_a_heading_was_known_is_told():
    matches = recognise(["Riskvärde", "Risktal", "Kontrolmoment", "Fritext"])
    assert [match.how for match in matches] == ["exact", None, "close", None]
    assert [match.how for match in recognise(["Risktal"])] == ["synonym"]


@pytest.mark.parametrize("heading", ["", "Kolumn 7", "Verksamhetens mål för mandatperioden", "x" * 500])
def test_an_unknown_heading_is_shown_and_stands_for_nothing(heading):
    assert [(match.heading, match.field, match.how) for match in recognise([heading])] == [(heading, None, None)]


def test_of_two_columns_for_one_field_the_better_match_keeps_it():
    matches = recognise(["Risktal", "Riskvärde"])
    assert [match.field for match in matches] == [None, Field.SCORE]


def test_a_column_that_has_lost_its_first_meaning_gets_its_second():
    assert [m.field for m in recognise(["Riskansvarig", "Kontrollmoment", "Ansvarig", "Uppföljning"])] == [
        Field.OWNER,
        Field.CONTROL,
        Field.PERFORMER,
        Field.RESULT,
    ]


def test_a_second_meaning_never_takes_what_another_column_says_outright():
    assert [m.field for m in recognise(["Kontrollmoment", "Uppföljning", "Resultat"])] == [Field.CONTROL, None, Field.RESULT]


def test_what_was_mapped_by_hand_is_remembered_before_everything_else():
    remembered = {normalise_heading("Hot & hinder"): "title", normalise_heading("Resultat"): ""}
    matches = recognise(["Hot &  hinder", "Resultat", "Identifierad risk"], remembered)
    assert [(m.field, m.how) for m in matches] == [(Field.TITLE, "remembered"), (None, "remembered"), (None, None)]


def test_a_remembered_field_that_no_longer_exists_is_ignored():
    assert recognise(["Hot"], {"hot": "gone"})[0].field is None


def test_no_heading_stands_for_two_fields():
    keys = [normalise_heading(heading) for headings in HEADINGS.values() for heading in headings]
    assert sorted(keys) == sorted(set(keys))


@pytest.mark.parametrize("field", list(Field))
def test_every_field_has_a_label_and_headings_or_a_column_in_own_files(field):
    with translation.override("en"):
        assert str(field.label)
    assert HEADINGS.get(field) or field in COLUMN_LABELS


# Finding the plan


def test_titles_above_the_table_are_not_rows_of_it():
    table = sheet(["Internkontrollplan 2025"], ["Antagen 2025-01-15", "§ 12"], [], REPORT, ["Brand", "Risk för brand.", "8"])
    (block,) = find_blocks([table])
    assert (block.header_row, block.title, [row.number for row in block.rows]) == (4, "Internkontrollplan 2025", [5])


@pytest.mark.parametrize(
    ("wide", "below", "fields"),
    [
        ("Kontroll", ["Vad", "Hur", "Vem"], [Field.CONTROL, Field.METHOD, Field.PERFORMER]),
        ("Kontrollmoment", ["Beskrivning", "När", "Ansvarig"], [Field.CONTROL, Field.FREQUENCY, Field.PERFORMER]),
        ("Kontroll 2025", ["Vad", "Metod", "Utförare"], [Field.CONTROL, Field.METHOD, Field.PERFORMER]),
        ("Uppföljning", ["Vad", "Resultat", "Vem"], [Field.CONTROL, Field.RESULT, Field.PERFORMER]),
        ("Control", ["What", "How often", "Who"], [Field.CONTROL, None, Field.PERFORMER]),
        ("Åtgärd", ["Vad", "Vem", "När"], [Field.ACTION, Field.RESPONSIBLE, Field.DUE]),
    ],
)
@pytest.mark.parametrize("is_merged", [True, False])
def test_what_stands_below_a_wide_heading_is_read_together_with_it(wide, below, fields, is_merged):
    rest = Cell(merged="left") if is_merged else ""
    above = ["Nr", "Risk", "Riskvärde", wide, rest, rest, "Bedömning"]
    told = [sheet(above, ["", "", "", *below, ""], ["1", "Brand", "6", "a", "b", "c", "Inga avvikelser"])]
    (block,) = find_blocks(told)
    assert [match.field for match in recognise(block.headings)][3:6] == fields
    assert [row.number for row in block.rows] == [3]


def test_a_wide_risk_holds_its_text_and_its_owner():
    left = Cell(merged="left")
    rows = (
        ["Nr", "Risk", left, left, "Kontroll"],
        ["", "Vad", "Beskrivning", "Ansvarig", ""],
        ["1", "Brand", "Det brinner", "Eva", "Rond"],
    )
    (block,) = find_blocks([sheet(*rows)])
    assert [match.field for match in recognise(block.headings)] == [
        Field.NUMBER, Field.TITLE, Field.DESCRIPTION, Field.OWNER, Field.CONTROL,
    ]  # fmt: skip


def test_a_heading_row_of_two_rows_is_read_as_one():
    top = ["Nr", "Risk", "Riskbedömning", Cell(merged="left"), Cell(merged="left"), "Kontrollmoment"]
    below = [Cell(merged="up"), Cell(merged="up"), "Sannolikhet", "Konsekvens", "Riskvärde", Cell(merged="up")]
    (block,) = find_blocks([sheet(top, below, ["1", "Brand", "2", "4", "8", "Stickprov."])])
    assert block.headings == ["Nr", "Risk", "Sannolikhet", "Konsekvens", "Riskvärde", "Kontrollmoment"]
    assert [row.number for row in block.rows] == [3]


def test_headings_repeated_at_page_breaks_are_dropped_and_the_rows_joined():
    (block,) = find_blocks(
        pages([SHORT, ["1", "Brand", "", "8"]], [SHORT, ["2", "Stöld", "", "6"]], [SHORT, ["3", "Fukt", "", "4"]])
    )
    assert [row.cells[1].text for row in block.rows] == ["Brand", "Stöld", "Fukt"]
    assert [row.starts_page for row in block.rows] == [True, True, True]


def test_headings_repeated_within_a_sheet_are_dropped():
    (block,) = find_blocks([sheet(SHORT, ["1", "Brand"], SHORT, ["2", "Stöld"])])
    assert [row.number for row in block.rows] == [2, 4]


def test_a_documents_next_page_without_headings_goes_on():
    (block,) = find_blocks(pages([SHORT, ["1", "Brand", "", "8", "Larm.", ""]], [["2", "Stöld", "", "6", "Lås.", ""]]))
    assert len(block.rows) == 2


@pytest.mark.parametrize(
    "tables",
    [
        [sheet(SHORT, ["1", "Brand"]), Table(Place("sheet", 2, "Två"), cells([SHORT, ["1", "Stöld", "", "", "", ""]]))],
        pages([SHORT, ["1", "Brand", "", "8", "", ""]], [REPORT, ["Stöld", "", "6", "", "", "", ""]]),
        [
            sheet(
                ["Internkontrollplan Kulturnämnden"],
                SHORT,
                ["1", "Brand"],
                [],
                ["Internkontrollplan Tekniska nämnden"],
                SHORT,
                ["1", "Stöld"],
            )
        ],
        [
            Table(
                Place("table", 1), cells([SHORT, ["1", "Brand", "", "", "", ""]]), heading="Internkontrollplan för kulturnämnden"
            ),
            Table(
                Place("table", 2),
                cells([SHORT, ["1", "Stöld", "", "", "", ""]]),
                heading="Internkontrollplan för tekniska nämnden",
            ),
        ],
    ],
    ids=["sheets", "headings", "stacked", "titles"],
)
def test_two_plans_in_one_file_are_two_blocks(tables):
    blocks = find_blocks(tables)
    assert [len(block.rows) for block in blocks] == [1, 1]


def test_a_running_title_on_every_page_is_one_plan():
    def page(number: int) -> Table:
        heading = f"Kulturnämndens internkontrollplan 2025 sida {number} (3)"
        return Table(Place("page", number), cells([SHORT, [str(number), "Brand", "", "", "", ""]]), heading=heading)

    (block,) = find_blocks([page(1), page(2), page(3)])
    assert block.title == "Kulturnämndens internkontrollplan 2025"
    assert len(block.rows) == 3


def test_a_subheading_between_a_plans_tables_does_not_divide_it():
    first, second = pages([SHORT, ["1", "Brand", "", "", "", ""]], [SHORT, ["2", "Stöld", "", "", "", ""]])
    (block,) = find_blocks([first, Table(second.place, second.rows, heading="Ekonomi")])
    assert len(block.rows) == 2


def test_the_tables_of_the_matrix_beside_a_plan_are_no_plan():
    levels = Table(Place("table", 1), cells([["Sannolikhet", "Beskrivning"], ["1", "Osannolik"], ["2", "Möjlig"]]))
    plan = Table(Place("table", 2), cells([SHORT, ["1", "Brand", "", "", "", ""]]))
    assert [block.place for block in find_blocks([levels, plan])] == [plan.place]


def test_unknown_headings_are_still_a_table_to_map_by_hand():
    (block,) = find_blocks([sheet(["Våra hot"], ["Hot", "Grad"], ["Brand", "8"])])
    assert (block.guessed, block.headings, len(block.rows)) == (True, ["Hot", "Grad"], 1)
    result = parse(block, {0: Field.TITLE, 1: Field.SCORE}, likelihood_levels=LIKELIHOOD, impact_levels=IMPACT)
    assert [(row.title, row.score) for row in result.rows] == [("Brand", 8)]


def test_a_remembered_heading_helps_to_find_the_heading_row():
    table = sheet(["Lista"], ["Hot", "Grad"], ["Brand", "8"])
    (block,) = find_blocks([table], {"hot": "title", "grad": "score"})
    assert (block.guessed, block.header_row) == (False, 2)


def test_a_heading_row_alone_is_a_plan_without_rows():
    result = parsed([sheet(REPORT)])
    assert (result.rows, codes(result.problems), result.problems[0].severity) == ([], ["no_rows"], "error")


def test_without_a_column_for_the_risk_nothing_is_read():
    result = parsed([sheet(["Hot", "Grad"], ["Brand", "8"])], by_hand={1: Field.SCORE})
    assert (result.rows, codes(result.problems)) == ([], ["no_risk_column"])


def test_an_empty_file_of_tables_holds_no_plan():
    assert find_blocks([]) == []


# Whole files


@pytest.mark.parametrize("kind", ["docx", "pdf"])
def test_a_follow_up_over_two_pages_is_one_plan_of_three_risks(kind):
    data = docx_bytes(paged_follow_up()) if kind == "docx" else (FILES / "follow_up.pdf").read_bytes()
    result = parsed(read_tables(io.BytesIO(data), f"uppföljning.{kind}"))
    assert result.problems == []
    assert [(row.title, row.score, row.method, row.method_suggested, row.conclusion) for row in result.rows] == [
        ("Dubbla utbetalningar", 12, "sampling", True, "no_deviations"),
        ("Strömavbrott", 8, "survey", True, "ongoing"),
        ("Gamla behörigheter", 6, "reconciliation", True, "minor_deviations"),
    ]
    assert {row.conclusion_source for row in result.rows} == {"shading"}
    assert result.rows[1].description.startswith("Risk att el- och energiavbrott stoppar verksamheten")
    assert "on- och offboarding" in result.rows[2].control
    assert result.rows[1].action == "Återrapporteras vid årets slut."


@pytest.mark.parametrize("kind", ["xlsx", "xls", "ods"])
def test_a_plan_in_a_workbook_is_two_risks_of_which_one_has_two_controls(kind):
    data = xlsx_bytes(workbook_plan()) if kind == "xlsx" else (FILES / f"plan.{kind}").read_bytes()
    tables = read_tables(io.BytesIO(data), f"plan.{kind}")
    result = parsed(tables)
    assert find_blocks(tables)[0].title == "Internkontrollplan 2025 Kulturnämnden"
    assert result.problems == []
    assert [
        (row.first_row, row.title, row.likelihood, row.impact, row.score, row.method, row.frequency) for row in result.rows
    ] == [
        (4, "Fakturor betalas två gånger", 3, 2, 6, "sampling", "quarterly"),
        (5, "Fakturor betalas två gånger", 3, 2, 6, "reconciliation", "monthly"),
        (6, "Behörigheter ligger kvar", 2, 4, 8, "review", "yearly"),
    ]
    assert [row.is_continuation_control for row in result.rows] == [False, True, False]


def test_a_risk_merged_over_its_controls_in_a_document_has_them_all():
    document = docx.Document()
    table = add_table(document, [SHORT, ["1", "Brand", "Det brinner.", "8", "Larm.", ""], ["", "", "", "", "Släckare.", ""]])
    for column in range(4):
        table.cell(1, column).merge(table.cell(2, column))
    result = parsed(read_tables(io.BytesIO(docx_bytes(document)), "plan.docx"))
    assert [(row.title, row.control) for row in result.rows] == [("Brand", "Larm."), ("Brand", "Släckare.")]


def test_a_documents_tables_with_the_same_headings_are_one_plan():
    data = docx_of([SHORT, ["1", "Brand", "", "8", "", ""]], [SHORT, ["2", "Stöld", "", "6", "", ""]])
    assert [row.title for row in parsed(read_tables(io.BytesIO(data), "plan.docx")).rows] == ["Brand", "Stöld"]


def test_a_sheet_for_each_committee_is_a_plan_for_each():
    workbook, first = blank_workbook()
    first.append(SHORT)
    first.append(["1", "Brand"])
    second = workbook.create_sheet("Tekniska nämnden")
    second.append(SHORT)
    second.append(["1", "Stöld"])
    blocks = find_blocks(read_tables(io.BytesIO(xlsx_bytes(workbook)), "planer.xlsx"))
    assert [block.name for block in blocks] == ["Sheet", "Tekniska nämnden"]


def test_two_thousand_rows_have_no_problems():
    table = Table(Place("sheet", 1, "Plan"), cells([[str(value) for value in row] for row in many_rows(2000)]))
    result = parsed([table])
    assert (len(result.rows), result.problems) == (2000, [])
    assert {(row.score, row.conclusion) for row in result.rows} == {(6, "minor_deviations")}


def test_a_block_is_named_by_its_title_or_its_place():
    assert Block(Place("sheet", 1, "Plan"), "", [], 1).name == "Plan"
    with translation.override("en"):
        assert Block(Place("table", 2), "", [], 1).name == "Table 2"
