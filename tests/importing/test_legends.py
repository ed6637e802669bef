"""Levels of a scale that are explained below a plan, each with its number, are no risks unless a person says so."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pytest

from riskreg.importing.cells import Content
from riskreg.importing.columns import Parsed, find_blocks, mapping_of, parse, recognise
from riskreg.importing.questions import Asked, Question

from .documents import IMPACT, LIKELIHOOD
from .reading import codes, sheet
from .test_account import account_of

HEAD = ["Nr", "Risk", "Sannolikhet", "Konsekvens", "Kontrollmoment"]
PLAN = [["1", "Fel lön", "2", "3", "Stickprov"], ["2", "Fel avtal", "3", "3", "Genomgång"]]
BLANK = ["", "", "", "", ""]
LEVELS = [["Sannolikhet", *BLANK[1:]], *([str(number), label, "", "", ""] for number, label in LIKELIHOOD.items())]


def parsed(rows: Sequence[Sequence[Any]], answers: dict[str, str] | None = None) -> tuple[Parsed, Asked]:
    asked = Asked(answers or {})
    (block,) = find_blocks([sheet(HEAD, *rows)])
    mapping = mapping_of(recognise(block.headings))
    return parse(block, mapping, likelihood_levels=LIKELIHOOD, impact_levels=IMPACT, asked=asked), asked


def always(choice: str) -> Callable[[Question], str]:
    return lambda _question: choice


@pytest.mark.parametrize(
    "more", [[], [BLANK, ["Konsekvens", *BLANK[1:]], ["1", "Lindrig", "", "", ""]], [BLANK, ["Antagen", *BLANK[1:]]]]
)
def test_levels_below_a_plan_are_asked_about_and_left_out_aloud(more: list[list[str]]) -> None:
    rows = [*PLAN, BLANK, *LEVELS, *more]
    found, asked = parsed(rows)
    (question,) = asked.questions
    assert question.guess == "notes"
    found, _asked = parsed(rows, {question.key: "notes"})
    assert [row.title for row in found.rows] == ["Fel lön", "Fel avtal"]
    assert set(codes(found.problems)) == {"row_left_out"}
    assert set(found.notes.values()) == {"note"}
    risks, _asked = parsed(rows, {question.key: "risks"})
    assert [row.title for row in risks.rows][:6] == ["Fel lön", "Fel avtal", *LIKELIHOOD.values()]
    for choice in ("notes", "risks"):
        table = sheet(HEAD, *rows)
        account, _rows = account_of([table], choose=always(choice))
        assert account.balances(Content([table]))


@pytest.mark.parametrize(
    "rows",
    [
        [*PLAN, *LEVELS[1:]],
        [*PLAN, BLANK, LEVELS[1]],
        [*PLAN, BLANK, ["3", "Brand", "2", "2", ""], ["4", "Stöld", "", "", ""]],
        [["1", "Fel lön", "", "", ""], BLANK, *LEVELS[1:]],
    ],
    ids=["no blank row", "one alone", "with values", "as the others"],
)
def test_rows_of_another_shape_or_place_are_risks_without_a_question(rows: list[list[str]]) -> None:
    found, asked = parsed(rows)
    assert not asked.questions
    assert [row.title for row in found.rows] == [row[1] for row in rows if row[1]]


def test_who_drew_up_the_plan_is_not_asked_about() -> None:
    rows = [*PLAN, BLANK, ["Upprättad av", "Anna Berg", "", "", ""], ["Datum", "2026-11-03", "", "", ""]]
    found, asked = parsed(rows)
    assert not asked.questions
    assert [row.title for row in found.rows] == ["Fel lön", "Fel avtal"]
    found, asked = parsed([*PLAN, BLANK, *LEVELS, BLANK, *rows[-2:]])
    (question,) = asked.questions
    assert "Anna" not in question.text
