"""Checks of the inputs of a plan or an evaluation; each refusal names its field."""

from __future__ import annotations

from fractions import Fraction

from controls.sampling.statistics.chances import Exact, exact
from controls.sampling.statistics.impossible import NotPossible, Problem


def risk_of(confidence: Exact) -> Fraction:
    """Return α = 1 − confidence, for a confidence strictly between 0 and 1."""
    share = exact(confidence)
    if not 0 < share < 1:
        raise NotPossible(Problem.CONFIDENCE_OUTSIDE, "confidence", confidence=confidence)
    return 1 - share


def tolerable_rate(tolerable: Exact) -> Fraction:
    """Return the tolerable rate as a fraction, strictly between 0 and 1. Raises NotPossible."""
    rate = exact(tolerable)
    if not 0 < rate < 1:
        raise NotPossible(Problem.TOLERABLE_OUTSIDE, "tolerable", tolerable=tolerable)
    return rate


def expected_rate_of(expected: Exact, expected_rate: Exact, tolerable: Exact) -> Fraction:
    """Return the expected rate as a fraction, below the tolerable one. Raises NotPossible, also for a negative number."""
    share = exact(expected_rate)
    if exact(expected) < 0:
        raise NotPossible(Problem.EXPECTED_NEGATIVE, "expected", expected=expected)
    if not 0 <= share < 1:
        raise NotPossible(Problem.EXPECTED_OUTSIDE, "expected_rate", expected=expected_rate)
    if share >= tolerable_rate(tolerable):
        raise NotPossible(Problem.EXPECTED_REACHES_TOLERABLE, "expected_rate", expected=expected_rate, tolerable=tolerable)
    return share


def population_size(population: int) -> int:
    """Return the population's size, at least 1. Raises NotPossible."""
    if population < 1:
        raise NotPossible(Problem.POPULATION_EMPTY, "population")
    return population


def sample_size(size: int, population: int | None) -> int:
    """Return the sample's size, from 1 to the population's. Raises NotPossible."""
    if size < 1:
        raise NotPossible(Problem.SIZE_BELOW_ONE, "size")
    if population is not None and size > population_size(population):
        raise NotPossible(Problem.SIZE_ABOVE_POPULATION, "size", size=size, population=population)
    return size
