"""A row becomes a risk with its values and words; what is wrong is told by row."""

from __future__ import annotations

import io

import pytest
from django.utils import translation

from riskreg.importing.columns import (
    Field,
    ImportRow,
    Problem,
)
from riskreg.importing.problems import PROBLEM_CODES
from riskreg.importing.tables import Cell, Place, read_tables

from .documents import (
    GREEN,
    PLAN,
    RED,
    REPORT,
    xlsx_of,
)
from .reading import SHORT, codes, one, parsed, sheet

# Rows


def test_a_risk_with_every_column_is_read():
    row, problems = one(
        [*PLAN, "Kategori", "Process", "Enhet", "Motivering", "Kontrollansvarig", "Resultat"],
        [
            "7",
            "Brand",
            "Risk för brand.",
            "2 - Mindre sannolik",
            "Allvarlig (4)",
            "8",
            "Stickprov av larm.",
            "Granskning",
            "Årligen",
            "Chefen",
            "Mindre avvikelser",
            "Byt batterier.",
            "Säkerhet",
            "Drift",
            "Fritid",
            "Hänt förr",
            "Vaktmästaren",
            "Två larm var tysta.",
        ],
    )
    assert problems == []
    assert row == ImportRow(
        first_row=2,
        last_row=2,
        place=Place("sheet", 1, "Plan"),
        number="7",
        title="Brand",
        description="Risk för brand.",
        category="Säkerhet",
        process="Drift",
        unit="Fritid",
        score=8,
        likelihood=2,
        impact=4,
        reason="Hänt förr",
        owner="Chefen",
        control="Stickprov av larm.",
        method="review",
        method_text="Granskning",
        method_suggested=False,
        frequency="yearly",
        frequency_text="Årligen",
        performer="Vaktmästaren",
        result="Två larm var tysta.",
        conclusion="minor_deviations",
        conclusion_source="text",
        conclusion_text="Mindre avvikelser",
        action="Byt batterier.",
    )


def test_a_score_alone_leaves_the_factors_unknown():
    row, problems = one(REPORT, ["Brand", "", "12", "Stickprov."])
    assert (row.score, row.likelihood, row.impact, problems) == (12, None, None, [])


def test_factors_alone_give_their_score():
    row, problems = one(["Risk", "Sannolikhet", "Konsekvens", "Kontroll"], ["Brand", "3", "4", "Larm"])
    assert (row.score, row.likelihood, row.impact, problems) == (12, 3, 4, [])


@pytest.mark.parametrize("column", ["score", "description"])
def test_values_in_running_text_are_read(column):
    text = "Riskvärde: 6 (Sannolikhet: 3, Konsekvens: 2)"
    values = ["Brand", f"Risk för brand. {text}", ""] if column == "description" else ["Brand", "Risk för brand.", text]
    row, problems = one(REPORT, values)
    assert (row.description, row.score, row.likelihood, row.impact, problems) == ("Risk för brand.", 6, 3, 2, [])


def test_factors_that_contradict_the_score_are_an_error_that_names_both():
    row, problems = one(["Nr", "Risk", "Sannolikhet", "Konsekvens", "Riskvärde"], ["1", "Brand", "3", "3", "6"])
    (problem,) = problems
    assert (problem.code, problem.severity, problem.row, problem.field, problem.column) == (
        "score_contradiction",
        "error",
        2,
        Field.SCORE,
        "Riskvärde",
    )
    with translation.override("en"):
        assert problem.message == ("The risk score 6 contradicts likelihood 3 × impact 3 = 9. Correct the score or the factors.")
    assert row.title == "Brand"


def test_a_column_and_a_text_that_disagree_are_an_error():
    _, problems = one(REPORT, ["Brand", "Riskvärde: 8", "6"])
    assert codes(problems) == ["statement_contradiction"]


def test_a_score_and_one_factor_give_the_other():
    row, problems = one(["Risk", "Sannolikhet", "Riskvärde"], ["Brand", "3", "12"])
    assert (row.likelihood, row.impact, problems) == (3, 4, [])


def test_a_score_that_one_factor_does_not_divide_is_an_error():
    row, problems = one(["Risk", "Sannolikhet", "Riskvärde"], ["Brand", "3", "8"])
    assert (row.score, row.likelihood, codes(problems)) == (8, None, ["factor_contradiction"])


def test_one_factor_alone_is_a_warning_and_says_nothing():
    row, problems = one(["Risk", "Sannolikhet", "Konsekvens", "Kontroll"], ["Brand", "3", "", "Larm"])
    assert (row.score, row.likelihood, row.impact) == (None, None, None)
    assert [(p.code, p.severity) for p in problems] == [("factor_missing", "warning")]


@pytest.mark.parametrize(
    ("headings", "values", "code", "value", "allowed"),
    [
        (["Risk", "Riskvärde"], ["Brand", "6,5"], "score_not_whole", "6,5", "1, 2, 3, 4, 6, 8, 9, 12, 16"),
        (["Risk", "Riskvärde"], ["Brand", "Hög"], "score_not_a_number", "Hög", "1, 2, 3, 4, 6, 8, 9, 12, 16"),
        (["Risk", "Riskvärde"], ["Brand", "20"], "score_impossible", "20", "1, 2, 3, 4, 6, 8, 9, 12, 16"),
        (
            ["Risk", "Sannolikhet", "Konsekvens"],
            ["Brand", "5", "2"],
            "level_not_on_scale",
            "5",
            "1 (Osannolik), 2 (Mindre sannolik), 3 (Möjlig), 4 (Sannolik)",
        ),
        (
            ["Risk", "Sannolikhet", "Konsekvens"],
            ["Brand", "2", "Katastrofal"],
            "level_unknown_label",
            "Katastrofal",
            "1 (Försumbar), 2 (Lindrig), 3 (Kännbar), 4 (Allvarlig)",
        ),
        (["Risk", "Sannolikhet", "Konsekvens"], ["Brand", "2,5", "2"], "level_not_whole", "2,5", "1 (Osannolik)"),
        (["Risk", "Sannolikhet", "Konsekvens"], ["Brand", "2-3", "2"], "level_not_a_number", "2-3", "1 (Osannolik)"),
    ],
)
def test_a_value_the_matrix_does_not_have_is_an_error_with_those_it_has(headings, values, code, value, allowed):
    _, problems = one(headings, values)
    (problem,) = problems
    assert (problem.code, problem.severity, problem.row) == (code, "error", 2)
    with translation.override("en"):
        assert value in problem.message
        assert allowed in problem.message


def test_a_scale_of_six_has_what_a_scale_of_four_has_not():
    six = {n: f"Nivå {n}" for n in range(1, 7)}
    row, problems = one(["Risk", "Sannolikhet", "Konsekvens"], ["Brand", "6", "5"], likelihood_levels=six, impact_levels=six)
    assert (row.score, problems) == (30, [])


def test_a_number_under_another_levels_name_is_a_warning():
    row, problems = one(["Risk", "Sannolikhet", "Konsekvens"], ["Brand", "3 - Sannolik", "2"])
    assert (row.likelihood, [(p.code, p.severity) for p in problems]) == (3, [("level_contradiction", "warning")])


def test_a_control_without_a_score_has_none():
    row, problems = one(REPORT, ["Brand", "Risk för brand.", "", "Stickprov."])
    assert (row.score, problems) == (None, [])


def test_a_row_with_a_score_but_no_risk_is_an_error():
    result = parsed([sheet(SHORT, ["1", "Brand", "", "8", "Larm."], ["2", "", "", "6", "Lås."])])
    assert [(p.code, p.row) for p in result.errors] == [("title_missing", 3)]


def test_a_number_used_twice_is_a_warning_with_the_other_row():
    result = parsed([sheet(SHORT, ["1", "Brand", "", "8", "Larm."], ["1", "Stöld", "", "6", "Lås."])])
    (problem,) = result.problems
    assert (problem.code, problem.severity, problem.row) == ("number_repeated", "warning", 3)
    with translation.override("en"):
        assert "row 2" in problem.message


def test_a_plan_without_titles_names_its_risks_by_their_descriptions():
    row, _ = one(
        ["Riskbeskrivning", "Riskvärde", "Kontrollmoment"], ["Lönen blir fel. Det drabbar medarbetare.", "6", "Stickprov."]
    )
    assert (row.title, row.description) == ("Lönen blir fel", "Lönen blir fel. Det drabbar medarbetare.")


def test_blank_rows_are_skipped_and_the_rows_keep_their_numbers():
    result = parsed([sheet(SHORT, [], ["1", "Brand", "", "8"], [], [], ["2", "Stöld", "", "6"])])
    assert [(row.first_row, row.title) for row in result.rows] == [(3, "Brand"), (6, "Stöld")]


# Words and colours


def test_the_method_is_suggested_by_the_controls_words_when_no_column_states_it():
    row, _ = one(REPORT, ["Brand", "", "8", "Granskning genom stickprov."])
    assert (row.method, row.method_suggested) == ("sampling", True)


def test_a_stated_method_is_no_suggestion():
    row, _ = one(["Risk", "Kontrollmoment", "Metod"], ["Brand", "Stickprov av larm.", "Intervju"])
    assert (row.method, row.method_suggested) == ("interview", False)


def test_an_unknown_method_is_told_and_read_as_another():
    row, problems = one(["Risk", "Kontrollmoment", "Metod"], ["Brand", "Larm.", "Magkänsla"])
    assert (row.method, row.method_text, codes(problems)) == ("other", "Magkänsla", ["method_unknown"])


def test_the_known_methods_are_told_in_words_not_codes():
    _, (problem,) = one(["Risk", "Kontrollmoment", "Metod"], ["Brand", "Larm.", "Magkänsla"])
    with translation.override("en"):
        assert "Register monitoring, Reconciliation" in problem.message
        assert "_" not in problem.message


def test_an_unknown_frequency_is_told_and_left_open():
    row, problems = one(["Risk", "Kontrollmoment", "Frekvens"], ["Brand", "Larm.", "Löpande"])
    assert (row.frequency, row.frequency_text, codes(problems)) == (None, "Löpande", ["frequency_unknown"])


def test_an_empty_conclusion_is_read_from_its_shading():
    row, problems = one(REPORT, ["Brand", "", "8", "Larm.", "", Cell(fill=RED), ""])
    assert (row.conclusion, row.conclusion_source, problems) == ("significant_deviations", "shading", [])


def test_words_go_before_the_shading():
    row, _ = one(REPORT, ["Brand", "", "8", "Larm.", "", Cell("Pågår", fill=GREEN), ""])
    assert (row.conclusion, row.conclusion_source) == ("ongoing", "text")


def test_a_colour_that_every_cell_of_the_row_has_is_no_conclusion():
    row, _ = one(REPORT, [Cell(text, fill="DDEBF7") for text in ("Brand", "", "8", "Larm.", "", "", "")])
    assert row.conclusion is None


def test_a_colour_between_two_meanings_is_told():
    row, problems = one(REPORT, ["Brand", "", "8", "Larm.", "", Cell(fill="ED7D31"), ""])
    assert (row.conclusion, codes(problems)) == (None, ["conclusion_colour_unknown"])


def test_words_that_are_no_conclusion_are_told():
    row, problems = one(REPORT, ["Brand", "", "8", "Larm.", "", "Nja", ""])
    assert (row.conclusion, row.conclusion_text, codes(problems)) == (None, "Nja", ["conclusion_unknown"])


def test_a_formula_without_a_value_is_a_warning_that_names_the_cell():
    data = xlsx_of([["Risk", "Riskvärde"], ["Brand", "=2*4"]])
    result = parsed(read_tables(io.BytesIO(data), "plan.xlsx"))
    (problem,) = result.problems
    assert (problem.code, problem.severity, problem.row, result.rows[0].score) == ("formula_without_value", "warning", 2, None)
    with translation.override("en"):
        assert "Cell B2" in problem.message


@pytest.mark.parametrize("code", sorted(PROBLEM_CODES))
def test_every_problem_has_a_message_that_can_be_written(code):
    details = dict.fromkeys(("score", "likelihood", "impact", "product", "stated", "other", "cell", "question", "key"), "3")
    with translation.override("en"):
        message = Problem(code, field=Field.SCORE, value="7" * 200, details=details).message
    assert "%(" not in message
    assert "7" * 100 not in message


@pytest.mark.parametrize(
    ("description", "title"),
    [
        (
            "Risk att barn inte får stöd p.g.a. bristande rutiner. Det har hänt.",
            "Risk att barn inte får stöd p.g.a. bristande rutiner",
        ),
        ("Risk för t.ex. Skolverkets kritik. Mer text.", "Risk för t.ex. Skolverkets kritik"),
        ("Enl. beslut nr. 5 saknas rutin. Mer.", "Enl. beslut nr. 5 saknas rutin"),
        ("Stöld, brand m.m. i förråd. Mer.", "Stöld, brand m.m. i förråd"),
        ("Risk att lön blir fel. Det kostar.", "Risk att lön blir fel"),
        ("Risken är känd sedan 2024. 12 fel fanns.", "Risken är känd sedan 2024"),
    ],
)
def test_the_first_sentence_ends_with_no_abbreviation(description: str, title: str) -> None:
    row, _problems = one(["Nr", "Riskbeskrivning", "Riskvärde", "Kontrollmoment"], ["1", description, "8", "Stickprov"])
    assert (row.title, row.description) == (title, description)
