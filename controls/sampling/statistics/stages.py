"""Samples taken in stages, each decided on by the result of the one before.

Outcomes are ordered by how strongly they support the population: fewer deviations in the first stage before more, and
among equals fewer in the second. P(outcome at or before the one seen) falls as the rate rises, so limits read from it
are valid whatever rule led from stage to stage. At 95 % / 5 %, "59, and 34 more if one deviates" carries a risk of
7.5 % and not 5: this order shows it, and the binomial limit of 1 in 93 does not.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from controls.sampling.statistics.chances import DOUBT, binomial, binomial_float, ceiling, hypergeometric, hypergeometric_float


@dataclass(frozen=True)
class Stage:
    """The number of items examined in one stage, and the number of deviations among them."""

    size: int
    deviations: int


def staged_float(stages: Sequence[Stage], rate: float) -> float:
    """Return P(outcome at or before this one) in a large population, in floating point."""
    (first, *rest) = stages
    at_most = binomial_float(first.deviations, first.size, rate)
    if not rest:
        return at_most
    fewer = binomial_float(first.deviations - 1, first.size, rate)
    return fewer + (at_most - fewer) * staged_float(rest, rate)


def staged(stages: Sequence[Stage], rate: Fraction) -> Fraction:
    """Return P(outcome at or before this one) in a large population, exactly."""
    (first, *rest) = stages
    at_most = binomial(first.deviations, first.size, rate)
    if not rest:
        return at_most
    fewer = binomial(first.deviations - 1, first.size, rate)
    return fewer + (at_most - fewer) * staged(rest, rate)


def staged_finite_float(stages: Sequence[Stage], population: int, deviating: int) -> float:
    """Return P(outcome at or before this one) in a known population, in floating point.

    Each stage draws from what the ones before left.
    """
    (first, *rest) = stages
    at_most = hypergeometric_float(first.deviations, population, deviating, first.size)
    fewer = hypergeometric_float(first.deviations - 1, population, deviating, first.size)
    if not rest or at_most == fewer:
        return at_most
    left, still = population - first.size, deviating - first.deviations
    return fewer + (at_most - fewer) * staged_finite_float(rest, left, still)


def staged_finite(stages: Sequence[Stage], population: int, deviating: int) -> Fraction:
    """Return P(outcome at or before this one) in a known population, exactly."""
    (first, *rest) = stages
    at_most = hypergeometric(first.deviations, population, deviating, first.size)
    fewer = hypergeometric(first.deviations - 1, population, deviating, first.size)
    if not rest or at_most == fewer:
        return at_most
    left, still = population - first.size, deviating - first.deviations
    return fewer + (at_most - fewer) * staged_finite(rest, left, still)


def staged_at_most(stages: Sequence[Stage], *, rate: Fraction, alpha: Fraction, population: int | None) -> bool:
    """Return whether P(outcome at or before this one) ≤ α at the rate, exactly."""
    if population is None:
        about = staged_float(stages, float(rate))
    else:
        about = staged_finite_float(stages, population, ceiling(rate * population))
    if abs(about - float(alpha)) > DOUBT * float(alpha):
        return about < float(alpha)
    if population is None:
        return staged(stages, rate) <= alpha
    return staged_finite(stages, population, ceiling(rate * population)) <= alpha


def mirror_stages(stages: Sequence[Stage]) -> tuple[Stage, ...]:
    """Return the stages counted in sound items: the order turns around, so lower limits become upper limits."""
    return tuple(Stage(stage.size, stage.size - stage.deviations) for stage in stages)
