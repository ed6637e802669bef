"""Titles with the risk's number beside them: whose number it is, and how people set it off."""

from __future__ import annotations

import pytest

from controls.importing.target import Target, find_target
from riskreg.importing.stated_numbers import number_apart, says_risk, stated_number
from riskreg.models import Risk
from tests.cast import Cast

from .numbered_plan import (
    Plan,
    adopted_plan,
    compared,
    go,
    results,
)


@pytest.fixture
def plan(cast: Cast) -> Plan:
    return adopted_plan(cast)


@pytest.fixture
def closing(cast: Cast) -> Target:
    return find_target(cast.board, 2025, None, cast.interim)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("7", 7), ("7.", 7), ("07", 7), ("7)", 7), ("7,0", 7), ("R7", 7), ("R-7", 7), ("Risk 7", 7), ("Risk nr 7", 7), ("#7", 7),
        ("RISK-07", 7),
        ("2025-07", 7), ("2025 – 7", 7), ("7 a", 7), ("7b", 7), ("7.2", 7), ("nr. 7", 7), ("17", 17),
        ("2024-07", None), ("7-8", None), ("7 och 8", None), ("sju", None), ("0", None), ("", None), ("7 ab", None),
        ("7,5", None), ("123456", None), ("2025-07-01", None), ("Kontroll 7", None),
    ],
)  # fmt: skip
def test_a_number_is_read_as_people_write_it(text: str, number: int | None) -> None:
    assert stated_number(text, 2025) == number


def test_a_number_that_says_so_is_a_risks() -> None:
    assert [says_risk(text) for text in ("R7", "risk 7", "2025-07", "7", "7 a", "#7")] == [True, True, True, False, False, False]


@pytest.mark.parametrize("before", ["1. ", "1 ", "R1 ", "R1: ", "Risk 1 – ", "2025-01 ", "1) "])
def test_a_title_with_the_risks_number_before_it_is_that_risks(cast: Cast, plan: Plan, closing: Target, before: str) -> None:
    text = f"Risk;Resultat;Bedömning\n{before}felaktiga löner;Två fel.;Pågår\n"
    outcome = go(text, closing, cast.eva)
    assert [(change.existing, change.fields) for change in outcome.changes.risks] == [(plan.salaries, [])]
    assert (results()["Stickprov av attest"], Risk.objects.count()) == (("Två fel.", "ongoing"), 2)
    assert go(text, closing, cast.eva).changed_nothing


def test_results_of_one_risk_in_rows_apart_with_its_number_before_the_title(cast: Cast, plan: Plan, closing: Target) -> None:
    text = (
        "Risk;Kontrollmoment;Resultat\n2. Ramavtal följs inte;Stickprov av inköp;Ett fel.\n"
        "1. Felaktiga löner;Stickprov av attest;Två fel.\n2. Ramavtal följs inte;Genomgång av avtal;Tre fel.\n"
    )
    go(text, closing, cast.eva)
    assert {name: result for name, (result, _conclusion) in results().items()} == {
        "Stickprov av inköp": "Ett fel.",
        "Stickprov av attest": "Två fel.",
        "Genomgång av avtal": "Tre fel.",
    }


def test_another_number_before_the_title_is_no_match_by_a_guess(cast: Cast, plan: Plan, closing: Target) -> None:
    changes = compared("Risk;Resultat\n2. Felaktiga löner;Två fel.\n", closing, cast.eva)
    assert [change.existing for change in changes.risks] == [None]
    assert changes.errors


def test_numbers_before_titles() -> None:
    titles = ["1. Brand", "R2: Brand", "2025-03 Brand i arkiv", "2024-03 Brand", "112 larm", "Brand 1", "1.", "2025 års budget"]
    assert [number_apart(title, 2025) for title in titles] == [
        (1, "Brand"),
        (2, "Brand"),
        (3, "Brand i arkiv"),
        (None, ""),
        (112, "larm"),
        (None, ""),
        (None, ""),
        (2025, "års budget"),
    ]


def test_numbers_before_titles_as_people_set_them_off() -> None:
    titles = ["1.Brand", "1 — Brand", "(1) Brand", "1) - Brand", "1 / Brand", "1a. Brand", "1 a. Brand", "1.2 Brand"]
    assert {number_apart(title, 2025) for title in titles} == {(1, "Brand")}
    assert number_apart("1 I kommunen saknas rutin", 2025) == (1, "I kommunen saknas rutin")
