"""Samples taken in stages, each decided on by the result of the one before.

Outcomes are ordered by how strongly they support the population: fewer deviations in the first stage before more, and
among equals fewer in the second. P(outcome at or before the one seen) falls as the rate rises, so limits read from it
are valid whatever rule led from stage to stage. At 95 % / 5 %, "59, and 34 more if one deviates" carries a risk of
7.5 % and not 5: this order shows it, and the binomial limit of 1 in 93 does not.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TypeVar

from controls.sampling.statistics.chances import (
    binomial,
    binomial_float,
    ceiling,
    hypergeometric,
    hypergeometric_float,
    is_at_most,
)

Number = TypeVar("Number", float, Fraction)


@dataclass(frozen=True)
class Stage:
    """The number of items examined in one stage, and the number of deviations among them."""

    size: int
    deviations: int


def _in_a_large_one(stages: Sequence[Stage], at_most: Callable[[int, int], Number]) -> Number:
    """Return P(outcome at or before this one); `at_most(k, n)` is P(X ≤ k) of n items."""
    (first, *rest) = stages
    chance = at_most(first.deviations, first.size)
    if not rest:
        return chance
    fewer = at_most(first.deviations - 1, first.size)
    return fewer + (chance - fewer) * _in_a_large_one(rest, at_most)


def _in_a_known_one(
    stages: Sequence[Stage], population: int, deviating: int, at_most: Callable[[int, int, int, int], Number]
) -> Number:
    """Return P(outcome at or before this one); each stage draws from what the ones before left."""
    (first, *rest) = stages
    chance = at_most(first.deviations, population, deviating, first.size)
    fewer = at_most(first.deviations - 1, population, deviating, first.size)
    if not rest or chance == fewer:
        return chance
    left, still = population - first.size, deviating - first.deviations
    return fewer + (chance - fewer) * _in_a_known_one(rest, left, still, at_most)


def staged_float(stages: Sequence[Stage], rate: float) -> float:
    """Return P(outcome at or before this one) in a large population, in floating point."""
    return _in_a_large_one(stages, lambda k, n: binomial_float(k, n, rate))


def staged(stages: Sequence[Stage], rate: Fraction) -> Fraction:
    """Return P(outcome at or before this one) in a large population, exactly."""
    return _in_a_large_one(stages, lambda k, n: binomial(k, n, rate))


def staged_finite_float(stages: Sequence[Stage], population: int, deviating: int) -> float:
    """Return P(outcome at or before this one) in a known population, in floating point."""
    return _in_a_known_one(stages, population, deviating, hypergeometric_float)


def staged_finite(stages: Sequence[Stage], population: int, deviating: int) -> Fraction:
    """Return P(outcome at or before this one) in a known population, exactly."""
    return _in_a_known_one(stages, population, deviating, hypergeometric)


def finite_at_most(stages: Sequence[Stage], population: int, deviating: int, alpha: Fraction) -> bool:
    """Return whether P(outcome at or before this one) ≤ α in a known population, exactly."""
    about = staged_finite_float(stages, population, deviating)
    return is_at_most(about, lambda: staged_finite(stages, population, deviating), alpha)


def staged_at_most(stages: Sequence[Stage], *, rate: Fraction, alpha: Fraction, population: int | None) -> bool:
    """Return whether P(outcome at or before this one) ≤ α at the rate, exactly."""
    if population is not None:
        return finite_at_most(stages, population, ceiling(rate * population), alpha)
    return is_at_most(staged_float(stages, float(rate)), lambda: staged(stages, rate), alpha)


def mirror_stages(stages: Sequence[Stage]) -> tuple[Stage, ...]:
    """Return the stages counted in sound items: the order turns around, so lower limits become upper limits."""
    return tuple(Stage(stage.size, stage.size - stage.deviations) for stage in stages)
