"""The cells of our own pages, taken apart: every word in one piece, and each piece says what was put in."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import replace
from datetime import date

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from controls.models import Method
from controls.reporting.rows import Missing, ReportAction, ReportRow, Sign
from controls.reporting.wording import COLUMNS, cells_of
from riskreg.importing.days import day_in
from riskreg.importing.own_cells import Piece, pieces_of

pytestmark = pytest.mark.one_engine

WORDS = st.sampled_from(["Lön", "åtgärd", "• punkt", "12 400 kr", "(2025)", "e-faktura", "1.", "Örebro:", "–", "“citat”"])
LINES = st.lists(st.lists(WORDS, min_size=1, max_size=4).map(" ".join), min_size=1, max_size=3).map("\n".join)
TITLES = st.lists(WORDS, min_size=1, max_size=5).map(" ".join)
NAMES = st.sampled_from(["Karin Lindqvist", "Åsa Öberg-Ek", "Bo"])
DAYS = st.dates(date(2020, 1, 1), date(2099, 12, 31))
OFTEN_EMPTY = st.one_of(st.just(""), LINES)


def action(description: str, responsible: str, due_on: date | None, effect: str) -> ReportAction:
    return ReportAction("measure", "Åtgärd som genomförs", description, responsible, due_on, due_on if effect else None, effect)


ACTIONS = st.builds(action, LINES, st.one_of(st.just(""), NAMES), st.one_of(st.none(), DAYS), st.one_of(st.just(""), TITLES))
SIGNS = st.sampled_from([None, ("no_deviations", "✓", "Inga avvikelser"), ("minor_deviations", "!", "Mindre avvikelser")])
MISSING = st.lists(st.sampled_from(list(Missing)), unique=True).map(tuple)


def row(
    title: str, control: str, target: str, result: str, otherwise: str, sign: tuple[str, str, str] | None, reason: str,
    actions: list[ReportAction], missing: tuple[Missing, ...], unit: str,
) -> ReportRow:  # fmt: skip
    return ReportRow(
        1, "2025-07", title, "", 6, Sign("guard", "◆", "Medel", "guard"), "OSL 18:13", control=control, method="Stickprov",
        method_wording="av 20 (tjugo) löner", target=target, unit=unit, result=result, performed_otherwise=otherwise,
        conclusion=Sign(*sign, "low") if sign else None, conclusion_reason=reason, actions=tuple(actions), missing=missing,
    )  # fmt: skip


ROWS = st.builds(
    row, TITLES, LINES, st.one_of(st.just(""), TITLES), OFTEN_EMPTY, st.one_of(st.just(""), TITLES), SIGNS,
    st.one_of(st.just(""), TITLES), st.lists(ACTIONS, max_size=3), MISSING, st.sampled_from(["", "Barn- och utbildningsnämnden"]),
)  # fmt: skip


def taken_apart(made: ReportRow, language: str) -> list[Piece]:
    """The pieces of the row's cells as Word writes them: each block a paragraph."""
    found = []
    with translation.override(language):
        made = replace(made, method=str(Method.SAMPLING.label))
        cells = ["\n\n".join(block.words for block in blocks if block.text) for blocks in cells_of(made)]
    for column, text in zip(COLUMNS, cells, strict=True):
        pieces = pieces_of("follow_up", column, text, language, by_paragraph=True)
        words = Counter(word for piece in pieces for word in piece.text.split())
        assert words == Counter(text.split()), column
        found += pieces
    return found


def said(pieces: list[Piece], key: str, ordinal: int = 0) -> str:
    return "\n".join(piece.value for piece in pieces if (piece.key, piece.ordinal) == (key, ordinal))


@pytest.mark.parametrize("language", ["sv", "en"])
@given(made=ROWS)
def test_every_word_is_in_one_piece_and_every_value_is_what_was_put_in(language: str, made: ReportRow) -> None:
    pieces = taken_apart(made, language)
    assert (said(pieces, "title"), said(pieces, "number")) == (made.title, "2025-07")
    assert said(pieces, "confidential") == "OSL 18:13"
    assert (said(pieces, "control"), said(pieces, "target")) == (made.control, made.target)
    assert said(pieces, "method_wording") == made.method_wording
    assert (said(pieces, "result"), said(pieces, "performed_otherwise")) == (made.result, made.performed_otherwise)
    assert said(pieces, "follow_up_unit") == made.unit
    assert said(pieces, "conclusion_reason") == made.conclusion_reason
    for ordinal, one in enumerate(made.actions):
        assert said(pieces, "action", ordinal) == one.description
        assert said(pieces, "responsible", ordinal) == one.responsible
        assert said(pieces, "effect", ordinal) == one.effect
        assert day_in(said(pieces, "due", ordinal)) == (one.due_on.isoformat() if one.due_on else "")


@pytest.mark.parametrize(
    ("text", "day"),
    [("2025-12-31", "2025-12-31"), ("31 december 2025", "2025-12-31"), ("1 maj 2026", "2026-05-01"),
     ("May 1, 2026", "2026-05-01"), ("1 May 2026", "2026-05-01"), ("i december", ""), ("31/12 2025", "2025-12-31"), ("", "")],
)  # fmt: skip
def test_days_are_read_in_digits_and_in_words(text: str, day: str) -> None:
    assert day_in(text) == day


LONG = 32_000
SHAPES = {
    "prose": "Löner betalas ut av kommunen, och av de fel som är kända av enheter har få rapporterats.\n\n" * 360,
    "prose on short lines": "Vi har gått igenom\n1 av 2 enheter,\noch ingen har rapporterat.\n" * 520,
    "blank lines": "\n" * LONG,
    "almost a count": "1 av x\n\n" * 4_000,
    "half a closing": "Vid förra bokslutet (\n" * 1_450,
    "closings": "Vid förra bokslutet (ett):\n" * 1_180,
    "digits": "1\n" * 16_000,
}


@pytest.mark.parametrize("by_paragraph", [True, False])
@pytest.mark.parametrize("column", ["control", "conclusion", "action", "result", "risk"])
@pytest.mark.parametrize("shape", SHAPES)
def test_a_long_cell_of_any_shape_is_read_in_a_moment(shape: str, column: str, by_paragraph: bool) -> None:
    text = SHAPES[shape][:LONG]
    began = time.process_time()
    pieces = pieces_of("follow_up", column, text, "sv", by_paragraph=by_paragraph)
    assert time.process_time() - began < 5
    assert Counter(word for piece in pieces for word in piece.text.split()) == Counter(text.split())


@pytest.mark.parametrize(
    ("column", "text"),
    [
        ("conclusion", "Vid förra bokslutet (delårsbokslut\naugusti 2024): Mindre avvikelser"),
        ("control", "3 av\n12 enheter har\nrapporterat."),
    ],
)
def test_the_words_of_a_narrow_page_are_the_products_own(column: str, text: str) -> None:
    assert pieces_of("follow_up", column, text, "sv", by_paragraph=False) == [Piece("", text, "")]


@pytest.mark.parametrize("kind", ["follow_up", "adoption"])
@pytest.mark.parametrize(
    ("text", "title", "section"),
    [
        ("Hot mot tjänsteman\n\nSekretess, OSL 18:8", "Hot mot tjänsteman", "OSL 18:8"),
        ("Hot mot tjänsteman\n\nSekretess, enligt beslut\n\n2025-07", "Hot mot tjänsteman", "enligt beslut"),
        ("Sekretess, brister i hanteringen", "Sekretess, brister i hanteringen", ""),
        ("Brister i Sekretess, OSL", "Brister i Sekretess, OSL", ""),
    ],
)
def test_a_risk_without_a_number_is_marked_too(kind: str, text: str, title: str, section: str) -> None:
    pieces = pieces_of(kind, "risk", text, "sv", by_paragraph=True)
    assert (said(pieces, "title"), said(pieces, "confidential")) == (title, section)
