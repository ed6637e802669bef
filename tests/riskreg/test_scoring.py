"""Scores, the cells a bare score could mean, and the band it falls in."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from riskreg.scoring import Cell, ScoreContradiction, band_limits, band_of, possible_cells, risk_score


@dataclass(frozen=True)
class Band:
    name: str
    from_score: int


BANDS = [Band("Medel", 6), Band("Låg", 1), Band("Hög", 12), Band("Bevaka", 4)]


def test_the_score_is_the_product_of_the_factors() -> None:
    assert risk_score(3, 4) == 12


def test_a_bare_score_stands_when_the_factors_are_unknown() -> None:
    assert risk_score(None, None, 8) == 8


def test_no_score_is_no_score() -> None:
    assert risk_score(None, None) is None


def test_factors_that_contradict_the_score_are_named_with_it() -> None:
    with pytest.raises(ScoreContradiction) as contradiction:
        risk_score(3, 4, 8)
    assert (contradiction.value.likelihood, contradiction.value.impact, contradiction.value.stated) == (3, 4, 8)


def test_one_factor_alone_is_refused() -> None:
    with pytest.raises(ValueError, match="Both factors or none"):
        risk_score(3, None, 8)


@pytest.mark.parametrize(
    ("score", "cells"),
    [(6, [(2, 3), (3, 2)]), (12, [(3, 4), (4, 3)]), (16, [(4, 4)]), (8, [(2, 4), (4, 2)]), (5, []), (1, [(1, 1)])],
)
def test_the_cells_of_a_score_on_a_four_by_four_matrix(score: int, cells: list[tuple[int, int]]) -> None:
    assert possible_cells(score, range(1, 5), range(1, 5)) == cells


@given(score=st.integers(1, 100), likelihoods=st.integers(2, 10), impacts=st.integers(2, 10))
def test_the_cells_are_exactly_those_whose_product_is_the_score(score: int, likelihoods: int, impacts: int) -> None:
    every = [Cell(p, c) for p in range(1, likelihoods + 1) for c in range(1, impacts + 1)]
    assert possible_cells(score, range(1, likelihoods + 1), range(1, impacts + 1)) == [c for c in every if c.score == score]


@pytest.mark.parametrize(
    ("score", "name"), [(1, "Låg"), (3, "Låg"), (4, "Bevaka"), (6, "Medel"), (11, "Medel"), (12, "Hög"), (16, "Hög")]
)
def test_a_score_falls_in_the_highest_band_it_reaches(score: int, name: str) -> None:
    found = band_of(score, BANDS)
    assert found is not None
    assert found.name == name


def test_no_score_falls_in_no_band() -> None:
    assert band_of(None, BANDS) is None


def test_bands_cover_every_score_without_gaps() -> None:
    limits = [(band.name, lowest, highest) for band, lowest, highest in band_limits(BANDS, 16)]
    assert limits == [("Låg", 1, 3), ("Bevaka", 4, 5), ("Medel", 6, 11), ("Hög", 12, 16)]
