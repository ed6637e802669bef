"""Rows become risks with their controls, over page breaks and merged cells, and what is no risk is left out."""

from __future__ import annotations

from typing import Any

import pytest

from riskreg.importing.tables import Cell

from .documents import (
    GREEN,
    REPORT,
)
from .reading import SHORT, codes, pages, parsed, sheet

# Several controls under one risk


def test_a_control_under_a_blank_risk_is_another_control_of_the_risk_above():
    result = parsed(
        [
            sheet(
                SHORT, ["1", "Brand", "Det brinner.", "8", "Larm provas."], ["", "", "", "", "Släckare ses över."], ["2", "Stöld"]
            )
        ]
    )
    assert [(row.title, row.control, row.is_continuation_control) for row in result.rows] == [
        ("Brand", "Larm provas.", False),
        ("Brand", "Släckare ses över.", True),
        ("Stöld", "", False),
    ]
    assert (result.rows[1].score, result.rows[1].number, result.problems) == (8, "1", [])


def test_a_risk_repeated_with_another_control_is_the_same_risk():
    result = parsed([sheet(SHORT, ["1", "Brand", "", "8", "Larm provas."], ["1", "Brand", "", "8", "Släckare ses över."])])
    assert [row.is_continuation_control for row in result.rows] == [False, True]
    assert result.problems == []


def test_two_risks_of_one_name_but_different_scores_are_two():
    result = parsed([sheet(SHORT, ["1", "Brand", "", "8", "Larm."], ["2", "Brand", "", "6", "Lås."])])
    assert [row.is_continuation_control for row in result.rows] == [False, False]


def test_what_is_wrong_with_a_risk_is_said_once_for_all_its_controls():
    result = parsed(
        [sheet(SHORT, ["1", "Brand", "", "7", "Larm."], ["", "", "", "", "Släckare."], ["", "", "", "", "Utrymning."])]
    )
    assert [(p.code, p.row) for p in result.problems] == [("score_impossible", 2)]


def test_a_cell_merged_over_several_risks_belongs_to_each():
    up = Cell(merged="up")
    result = parsed(
        [sheet(["Kategori", "Risk", "Riskvärde", "Ansvarig"], ["Säkerhet", "Brand", "8", "Chefen"], [up, "Stöld", "6", up])]
    )
    assert [(row.category, row.title, row.owner) for row in result.rows] == [
        ("Säkerhet", "Brand", "Chefen"),
        ("Säkerhet", "Stöld", "Chefen"),
    ]


def test_a_merged_conclusion_belongs_to_every_control_it_covers():
    up = Cell(fill=GREEN, merged="up")
    result = parsed(
        [sheet(REPORT, ["Brand", "", "8", "Larm.", "", Cell(fill=GREEN)], [Cell(merged="up"), "", "", "Släckare.", "", up])]
    )
    assert [(row.conclusion, row.conclusion_source) for row in result.rows] == [("no_deviations", "shading")] * 2


def test_a_line_of_text_under_a_control_is_more_of_the_same_row():
    result = parsed(
        [sheet(SHORT, ["1", "Brand", "Det brinner.", "8", "Larm.", "Byt batterier."], ["", "", "", "", "", "Öva utrymning."])]
    )
    (row,) = result.rows
    assert (row.first_row, row.last_row, row.action) == (2, 3, "Byt batterier.\nÖva utrymning.")


# Over the page break


def test_a_line_with_a_conclusion_of_its_own_is_another_control():
    rows = [["Inköp", "Avtalen är kollade", "Inga avvikelser"], ["", "Fakturorna är kollade", "Mindre avvikelser"]]
    found = parsed([sheet(["Risk", "Resultat", "Bedömning"], *rows)]).rows
    assert [(row.title, row.result, row.conclusion) for row in found] == [
        ("Inköp", "Avtalen är kollade", "no_deviations"),
        ("Inköp", "Fakturorna är kollade", "minor_deviations"),
    ]


def test_a_row_cut_by_a_page_break_is_one_row():
    first: list[list[Any]] = [REPORT, ["Brand", "Risk att det", "8", "Stickprov av", "Kommunlednings-", Cell(fill=GREEN), "Öva"]]
    second: list[list[Any]] = [
        REPORT,
        ["", "brinner i kök.", "", "larm och el-", "kontoret har mätt.", "", "varje år."],
        ["Stöld", "", "6", "Lås.", "", "", ""],
    ]
    brand, theft = parsed(pages(first, second)).rows
    assert (brand.description, brand.control) == ("Risk att det brinner i kök.", "Stickprov av larm och el-")
    assert (brand.result, brand.action, brand.conclusion) == (
        "Kommunledningskontoret har mätt.",
        "Öva varje år.",
        "no_deviations",
    )
    assert (theft.title, theft.is_continuation_control) == ("Stöld", False)


def test_a_title_cut_by_a_page_break_is_one_title():
    first = [SHORT, ["1", "Avsaknad av helhets-", "", "8", "Genomgång av", ""]]
    second = [SHORT, ["", "tänk vid inköp", "", "", "system.", ""]]
    (row,) = parsed(pages(first, second)).rows
    assert (row.title, row.control) == ("Avsaknad av helhetstänk vid inköp", "Genomgång av system.")


def test_a_row_whose_title_ended_but_whose_text_was_cut_is_one_row():
    first = [SHORT, ["1", "Brand i", "Risk att det", "8", "Larm.", ""]]
    second = [SHORT, ["", "Kulturhuset", "brinner.", "", "", ""]]
    (row,) = parsed(pages(first, second)).rows
    assert (row.title, row.description) == ("Brand i Kulturhuset", "Risk att det brinner.")


def test_a_control_that_begins_a_page_is_a_control_of_its_own():
    first = [SHORT, ["1", "Brand", "Det brinner.", "8", "Larm provas.", ""]]
    second = [SHORT, ["", "", "", "", "Släckare ses över.", ""]]
    result = parsed(pages(first, second))
    assert [(row.control, row.is_continuation_control) for row in result.rows] == [
        ("Larm provas.", False),
        ("Släckare ses över.", True),
    ]


def test_a_risk_without_a_score_that_begins_a_page_is_a_risk_of_its_own():
    first = [SHORT, ["1", "Brand", "Det brinner.", "8", "Larm provas.", ""]]
    second = [SHORT, ["", "Stöld", "Någon stjäl.", "", "Lås ses över.", ""]]
    assert [row.title for row in parsed(pages(first, second)).rows] == ["Brand", "Stöld"]


# What stands after or between the rows


@pytest.mark.parametrize(
    "line",
    [
        ["* Riskvärde = sannolikhet x konsekvens"],
        ["Förklaring: grön = inga avvikelser"],
        ["Ekonomi", *[Cell(merged="left")] * 5],
    ],
)
def test_a_note_and_a_subheading_are_no_risks_and_are_told(line):
    result = parsed([sheet(SHORT, ["1", "Brand", "", "8", "Larm."], ["2", "Stöld", "", "6", "Lås."], line)])
    assert [row.title for row in result.rows] == ["Brand", "Stöld"]
    assert [(p.code, p.severity, p.row) for p in result.problems] == [("row_left_out", "warning", 4)]


def test_text_under_the_table_after_a_blank_row_is_no_risk():
    result = parsed([sheet(["Risk", "Riskvärde"], ["Brand", "8"], [], ["Planen gäller till dess att en ny antagits"])])
    assert [row.title for row in result.rows] == ["Brand"]
    assert codes(result.problems) == ["row_left_out"]


def test_a_risk_of_which_only_the_name_is_written_is_still_a_risk():
    result = parsed([sheet(["Risk", "Riskvärde"], ["Brand", "8"], ["Stöld"], ["Fukt", "4"])])
    assert [row.title for row in result.rows] == ["Brand", "Stöld", "Fukt"]


# Group rows, notes and totals

GROUPS = ["Process", "Risk", "Riskvärde", "Kontrollmoment"]


def test_a_process_on_a_row_of_its_own_holds_for_the_rows_below():
    table = sheet(
        GROUPS,
        ["Ekonomi", "Felaktiga fakturor", "6", "Stickprov fakturor"],
        ["Personal", "", "", ""],
        ["", "Felaktiga löner", "6", "Stickprov löner"],
        ["", "Total avsaknad av reservrutiner", "12", "Genomgång av rutiner"],
        ["Inköp", "", "", ""],
        ["", "Ramavtal följs inte", "8", "Stickprov inköp"],
        ["Riskvärdet är sannolikhet gånger konsekvens.", "", "", ""],
    )
    result = parsed([table])
    assert [(row.process, row.title, row.score) for row in result.rows] == [
        ("Ekonomi", "Felaktiga fakturor", 6),
        ("Personal", "Felaktiga löner", 6),
        ("Personal", "Total avsaknad av reservrutiner", 12),
        ("Inköp", "Ramavtal följs inte", 8),
    ]
    assert [(problem.code, problem.row) for problem in result.problems] == [("row_left_out", 8)]
    assert set(result.notes.values()) == {"group_process", "note"}


def test_a_group_ends_where_a_row_names_its_own():
    rows = [["Personal", "", "", ""], ["", "Löner", "6", "A"], ["Ekonomi", "Fakturor", "6", "B"], ["", "Moms", "6", "C"]]
    assert [row.process for row in parsed([sheet(GROUPS, *rows)]).rows] == ["Personal", "Ekonomi", ""]


@pytest.mark.parametrize(
    "title", ["Total avsaknad av rutiner", "Medel till föreningar", "Antal vikarier är för högt", "Summan blir fel"]
)
def test_words_alone_never_make_a_total(title):
    result = parsed([sheet(["Risk", "Riskvärde"], ["Brand", "6"], ["Stöld", "6"], [title, "12"])])
    assert [row.title for row in result.rows] == ["Brand", "Stöld", title]


@pytest.mark.parametrize("label", ["Summa", "Totalt:", "Antal risker", "Medelvärde", "Summa riskvärde"])
def test_a_row_that_says_total_and_nothing_else_is_one(label):
    result = parsed([sheet(["Risk", "Riskvärde"], ["Brand", "6"], ["Stöld", "6"], [label, "12"])])
    assert [row.title for row in result.rows] == ["Brand", "Stöld"]
    assert set(result.notes.values()) == {"total"}
    assert codes(result.problems) == ["total_left_out"]


def test_a_total_counts_what_it_sums():
    rows = [["1", "Brand", "", "8", "Larm."], ["2", "Stöld", "", "6", "Lås."], ["Summa", "2 risker", "", "14", ""]]
    result = parsed([sheet(SHORT, *rows)])
    assert [row.title for row in result.rows] == ["Brand", "Stöld"]
    assert codes(result.problems) == ["total_left_out"]


@pytest.mark.parametrize("at", [0, 1])
@pytest.mark.parametrize(
    "line", ["Antal risker: 2", "Totalt 2 risker", "Summa: 14", "Antal röda: 0 st", "Risker över 8: 1", "Medelvärde = 7,0"]
)
def test_a_label_with_its_figure_below_the_last_full_row_is_a_total(line, at):
    rows = [["1", "Brand", "", "8", "Larm."], ["2", "Stöld", "", "6", "Lås."]]
    below = [["", "", "", "", ""], ["", "", "", "", ""]]
    below[0][at], below[1][1] = line, "Antal kontroller: 2"
    result = parsed([sheet(SHORT, *rows, *below)])
    assert [row.title for row in result.rows] == ["Brand", "Stöld"]
    assert [(p.code, p.row, p.value) for p in result.problems] == [
        ("total_left_out", 4, line),
        ("total_left_out", 5, "Antal kontroller: 2"),
    ]


@pytest.mark.parametrize("title", ["Antal risker: 2", "Totalt 2 risker", "Risker över 8: 1"])
def test_the_same_words_among_the_risks_or_with_a_control_are_a_risk(title):
    above = parsed([sheet(["Risk", "Riskvärde", "Kontrollmoment"], ["Brand", "8", "Larm"], [title], ["Stöld", "6", "Lås"])])
    below = parsed([sheet(["Risk", "Riskvärde", "Kontrollmoment"], ["Brand", "8", "Larm"], [title, "6", "Lås"])])
    assert [row.title for row in above.rows] == ["Brand", title, "Stöld"]
    assert [row.title for row in below.rows] == ["Brand", title]


def test_any_label_with_a_colon_and_nothing_but_figures_below_the_rows_is_a_total():
    rows = [["1", "Brand", "", "8", "Larm."], ["2", "Stöld", "", "6", "Lås."]]
    result = parsed([sheet(SHORT, *rows, ["", "Högsta riskvärde:", "", "8", ""], ["", "Röda:", "", "0", ""])])
    assert [row.title for row in result.rows] == ["Brand", "Stöld"]
    assert codes(result.problems) == ["total_left_out", "total_left_out"]


def test_who_drew_up_the_plan_and_when_is_no_risk_below_a_blank_row():
    rows = [["Brand", "6", "Rond"], ["", "", ""], ["Upprättad av:", "Anna", ""], ["Datum", "2025-01-15", ""]]
    found = parsed([sheet(["Risk", "Riskvärde", "Kontrollmoment"], *rows)])
    assert [row.title for row in found.rows] == ["Brand"]
    assert [problem.severity for problem in found.problems] == ["warning", "warning"]


@pytest.mark.parametrize("note", ["¹ Avser leverantörer", "Förklaring: S är sannolikhet", "Planen följs upp två gånger."])
def test_who_drew_up_the_plan_is_no_risk_below_a_note_either(note):
    rows = [["Brand", "6", "Rond"], ["Summa", "6", ""], ["Antal risker: 1", "", ""], ["", "", ""], [note, "", ""],
            ["Upprättad av", "Anna Berg", ""], ["Datum", "2026-11-03", ""]]  # fmt: skip
    found = parsed([sheet(["Risk", "Riskvärde", "Kontrollmoment"], *rows)])
    assert [row.title for row in found.rows] == ["Brand"]
    assert codes(found.problems) == ["total_left_out", "total_left_out", *["row_left_out"] * 3]


@pytest.mark.parametrize(
    "line", [["Ansvarig", "8", "Larm"], ["Ansvarig utgivare saknas", "8", ""], ["Version", "8", "Läs igenom"]]
)
def test_a_risk_below_a_blank_row_is_a_risk_whatever_its_name(line):
    found = parsed([sheet(["Risk", "Riskvärde", "Kontrollmoment"], ["Brand", "6", "Rond"], ["", "", ""], line)])
    assert [row.title for row in found.rows] == ["Brand", line[0]]


def test_a_risk_of_such_a_name_among_the_others_is_a_risk():
    found = parsed([sheet(["Risk", "Riskvärde", "Kontrollmoment"], ["Brand", "6", "Rond"], ["Datum", "8", ""])])
    assert [row.title for row in found.rows] == ["Brand", "Datum"]


def test_a_footnotes_sign_in_the_column_of_numbers_makes_no_risk():
    rows = [["1", "Brand", "6", "Rond"], ["*", "Not om riskvärdet", "", ""], ["**", "Risk med värde", "8", ""]]
    found = parsed([sheet(["Nr", "Risk", "Riskvärde", "Kontrollmoment"], *rows)])
    assert [row.title for row in found.rows] == ["Brand", "Risk med värde"]
