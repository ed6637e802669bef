"""Numbers as plans write them, and never a guess."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from riskreg.importing.risk_values import Level, Stated, read_level, read_score, statement_within

from .documents import LIKELIHOOD


@pytest.mark.parametrize(
    "text",
    [
        "3",
        "3 - Möjlig",
        "3 – Möjlig",
        "Möjlig (3)",
        "3. Möjlig",
        "3 Möjlig",
        "Möjlig",
        "möjlig",
        "S3",
        "3,0",
        "3.0",
        "3=Möjlig",
        "Möjlig: 3",
    ],
)
def test_a_level_is_read_by_its_number_or_its_label(text):
    assert read_level(text, LIKELIHOOD) == Level(3)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("5", "not_on_scale"),
        ("0", "not_on_scale"),
        ("5 - Säker", "not_on_scale"),
        ("Säker", "unknown_label"),
        ("2,5", "not_whole"),
        ("2-3", "not_a_number"),
        ("2 eller 3", "not_a_number"),
        ("-3", "not_whole"),
    ],
)
def test_a_level_the_scale_does_not_have_is_refused(text, problem):
    assert read_level(text, LIKELIHOOD) == Level(problem=problem)


def test_a_number_with_another_levels_name_is_told():
    assert read_level("3 - Sannolik", LIKELIHOOD) == Level(3, contradicted=4)


def test_a_label_that_two_levels_share_needs_its_number():
    assert read_level("Möjlig", {1: "Möjlig", 2: "Möjlig"}).problem == "unknown_label"


@pytest.mark.parametrize("text", ["", "-", "–", "Ej bedömd", "saknas"])
def test_what_says_that_nothing_is_stated_states_nothing(text):
    assert read_level(text, LIKELIHOOD) == Level()
    assert read_score(text) == Stated()


@pytest.mark.parametrize(
    ("text", "stated"),
    [
        ("12", Stated(12)),
        ("12.0", Stated(12)),
        ("12,0", Stated(12)),
        ("Hög (12)", Stated(12)),
        ("12 - Hög", Stated(12)),
        ("3 x 4", Stated(12, 3, 4)),
        ("3×4 = 12", Stated(12, 3, 4)),
        ("12 (3 x 4)", Stated(12, 3, 4)),
        ("3*4=11", Stated(11, 3, 4)),
        ("6 (S3 K2)", Stated(6, 3, 2)),
        ("S: 3, K: 2", Stated(6, 3, 2)),
        ("Riskvärde: 6 (Sannolikhet: 3, Konsekvens: 2)", Stated(6, 3, 2)),
        ("Riskvärde 6 (sannolikhet 3 och väsentlighet 2)", Stated(6, 3, 2)),
        ("Sannolikhet: 3 Konsekvens: 2", Stated(None, 3, 2)),
        ("6,5", Stated(problem="not_whole")),
        ("6-8", Stated(problem="not_a_number")),
        ("Hög", Stated(problem="not_a_number")),
        ("-6", Stated(problem="not_whole")),
    ],
)
def test_a_score_cell_may_hold_the_score_and_its_factors(text, stated):
    assert read_score(text) == stated


def test_values_in_running_text_are_taken_out_of_it():
    stated, rest = statement_within("Risk för fel lön. Riskvärde: 6 (Sannolikhet: 3, Konsekvens: 2) Chefen granskar.")
    assert stated == Stated(6, 3, 2)
    assert rest == "Risk för fel lön. Chefen granskar."


def test_a_score_in_running_text_needs_no_factors():
    assert statement_within("Risk för brand.\nRiskvärde: 8") == (Stated(8), "Risk för brand.")


def test_text_that_only_speaks_of_likelihood_states_nothing():
    text = "Det finns en sannolikhet att 3 av 4 konsekvenser uteblir."
    assert statement_within(text) == (Stated(), text)


@given(st.integers(1, 6), st.integers(1, 6))
def test_what_a_sentence_states_is_read_back_for_every_cell(likelihood, impact):
    score = likelihood * impact
    text = f"Riskvärde: {score} (Sannolikhet: {likelihood}, Konsekvens: {impact})"
    assert read_score(text) == Stated(score, likelihood, impact)
    assert statement_within(f"Före. {text} Efter.") == (Stated(score, likelihood, impact), "Före. Efter.")


@given(st.text(max_size=60))
def test_any_text_is_either_read_or_refused(text):
    level = read_level(text, LIKELIHOOD)
    assert level.level is None or level.level in LIKELIHOOD
    assert level.level is None or level.problem is None
    score = read_score(text)
    assert score.problem is None or score.score is None
