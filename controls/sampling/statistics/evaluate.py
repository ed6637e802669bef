"""Evaluation of a sample: limits of the rate of deviations, and the conclusion they suggest.

Limits are the rates that cannot be ruled out at the confidence, one-sided unless both are asked for. The suggested
conclusion is decided exactly, from the probability at the tolerable rate itself, never from a rounded limit.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

from controls.sampling.statistics.asked import population_size, risk_of, tolerable_rate
from controls.sampling.statistics.chances import (
    Exact,
    ceiling,
    poisson_at_most,
    poisson_float,
    poisson_tail_at_most,
    root,
    smallest,
)
from controls.sampling.statistics.impossible import NotPossible, Problem
from controls.sampling.statistics.size import Model
from controls.sampling.statistics.stages import (
    Stage,
    finite_at_most,
    mirror_stages,
    staged_at_most,
    staged_finite_float,
    staged_float,
)

PLACES = Decimal("1e-12")


class Suggestion(StrEnum):
    """The sample's result against the tolerable rate. *Not supported* is not proven, which is not the same as failed."""

    SUPPORTED = "supported"
    EXCEEDED = "exceeded"
    NOT_SUPPORTED = "not_supported"


@dataclass(frozen=True)
class Limits:
    """The lowest and the highest rate that the sample does not rule out; in a known population also as counts."""

    lower: Decimal
    upper: Decimal
    lower_count: int | None = None
    upper_count: int | None = None


@dataclass(frozen=True)
class Evaluation:
    """A sample's evaluation. `risk` is the chance of a result at least this good at the tolerable rate."""

    model: Model
    population: int | None
    size: int
    deviations: int
    confidence: Fraction
    tolerable: Fraction
    limits: Limits
    suggestion: Suggestion
    risk: Decimal
    stages: tuple[Stage, ...]

    @property
    def rate(self) -> Fraction:
        """The share of the examined items that deviates."""
        return Fraction(self.deviations, self.size)

    @property
    def is_census(self) -> bool:
        return self.size == self.population


def _rate(value: float) -> Decimal:
    return Decimal(value).quantize(PLACES)


def _check_stages(stages: Sequence[Stage], population: int | None) -> tuple[Stage, ...]:
    if population is not None:
        population_size(population)
    size = sum(stage.size for stage in stages)
    if size < 1 or any(stage.size < 1 for stage in stages):
        raise NotPossible(Problem.SIZE_BELOW_ONE, "size")
    if population is not None and size > population:
        raise NotPossible(Problem.SIZE_ABOVE_POPULATION, "size", size=size, population=population)
    for stage in stages:
        if not 0 <= stage.deviations <= stage.size:
            raise NotPossible(Problem.DEVIATIONS_OUTSIDE, "deviations", deviations=stage.deviations, size=stage.size)
    return tuple(stages)


def binomial_limits(stages: Sequence[Stage], alpha: Fraction) -> Limits:
    """Return the limits of a large population, by Clopper and Pearson.

    Beta⁻¹(1 − α; k + 1, n − k) and Beta⁻¹(α; k, n − k + 1).
    """
    level = float(alpha)
    size, found = sum(stage.size for stage in stages), sum(stage.deviations for stage in stages)
    upper = 1.0 if found == size else root(0.0, 1.0, lambda p: staged_float(stages, p) <= level)
    sound = mirror_stages(stages)
    lower = 0.0 if found == 0 else root(0.0, 1.0, lambda p: staged_float(sound, 1 - p) > level)
    return Limits(_rate(lower), _rate(upper))


def poisson_limits(size: Exact, found: int, alpha: Fraction) -> Limits:
    """Return the limits of monetary units: Γ⁻¹(1 − α; k + 1)/n and Γ⁻¹(α; k)/n.

    The size may be a fraction: an amount over its interval.
    """
    level, n = float(alpha), float(size)
    reach = found + 60.0 + 20.0 * (found + 1) ** 0.5
    while poisson_float(found, reach) > level:
        reach *= 2
    upper = root(0.0, reach, lambda mean: poisson_float(found, mean) <= level)
    lower = 0.0 if found == 0 else root(0.0, reach, lambda mean: 1 - poisson_float(found - 1, mean) > level)
    return Limits(_rate(lower / n), _rate(upper / n))


def hypergeometric_limits(stages: Sequence[Stage], population: int, alpha: Fraction) -> Limits:
    """Return the limits of a known population: the largest and smallest number of deviations not ruled out.

    A census rules out all but one.
    """
    size, found = sum(stage.size for stage in stages), sum(stage.deviations for stage in stages)
    most = population - size + found
    upper = _most_possible(stages, population, found, most, alpha)
    # The lower limit is the upper limit of the sound items.
    lower = population - _most_possible(mirror_stages(stages), population, size - found, population - found, alpha)
    return Limits(_rate(lower / population), _rate(upper / population), lower_count=lower, upper_count=upper)


def _most_possible(stages: Sequence[Stage], population: int, least: int, most: int, alpha: Fraction) -> int:
    """Return the largest number of deviations in least…most that is not ruled out.

    The least, which was seen, is never ruled out.
    """
    ruled_out = smallest(least, most + 1, lambda many: many > most or finite_at_most(stages, population, many, alpha))
    return max(ruled_out - 1, least)


def evaluate(
    stages: Sequence[Stage],
    *,
    confidence: Exact,
    tolerable: Exact,
    population: int | None = None,
    model: Model | None = None,
    two_sided: bool = False,
    whole: Stage | None = None,
) -> Evaluation:
    """Return the limits and the suggested conclusion of a sample of one or several stages.

    Each of several stages was decided on by the result of the one before.

    Two-sided limits use α/2 on each side; the suggestion keeps to α, as the plan did. `whole` are items of a known
    population that were all examined, apart from the draw: what they show is known and added; `population` counts them in.
    """
    alpha, rate = risk_of(confidence), tolerable_rate(tolerable)
    if whole is not None and population is not None:
        return _with_known(stages, whole, alpha=alpha, rate=rate, population=population, side=alpha / 2 if two_sided else alpha)
    stages = _check_stages(stages, population)
    model = model or (Model.BINOMIAL if population is None else Model.HYPERGEOMETRIC)
    size, found = sum(stage.size for stage in stages), sum(stage.deviations for stage in stages)
    side = alpha / 2 if two_sided else alpha
    if size == population:
        model = Model.HYPERGEOMETRIC
    if model is Model.HYPERGEOMETRIC:
        if population is None:
            raise NotPossible(Problem.POPULATION_UNKNOWN, "population")
        limits = hypergeometric_limits(stages, population, side)
        intolerable = ceiling(rate * population)
        risk = staged_finite_float(stages, population, intolerable)
        supported = finite_at_most(stages, population, intolerable, alpha)
        # The lower limit reaches the tolerable when even one deviation fewer than intolerable is ruled out.
        sound = population - intolerable + 1
        exceeded = found > 0 and finite_at_most(mirror_stages(stages), population, sound, alpha)
    elif model is Model.POISSON:
        limits = poisson_limits(size, found, side)
        risk = poisson_float(found, size * float(rate))
        supported = poisson_at_most(found, size * rate, alpha)
        exceeded = poisson_tail_at_most(found, size * rate, alpha)
    else:
        limits = binomial_limits(stages, side)
        risk = staged_float(stages, float(rate))
        supported = staged_at_most(stages, rate=rate, alpha=alpha, population=None)
        exceeded = found > 0 and staged_at_most(mirror_stages(stages), rate=1 - rate, alpha=alpha, population=None)
    suggestion = Suggestion.SUPPORTED if supported else Suggestion.EXCEEDED if exceeded else Suggestion.NOT_SUPPORTED
    return Evaluation(
        model=model,
        population=population,
        size=size,
        deviations=found,
        confidence=1 - alpha,
        tolerable=rate,
        limits=limits,
        suggestion=suggestion,
        risk=Decimal(f"{risk:.6f}"),
        stages=stages,
    )


def _with_known(
    stages: Sequence[Stage], whole: Stage, *, alpha: Fraction, rate: Fraction, population: int, side: Fraction
) -> Evaluation:
    """Evaluate the rest against the intolerable number, less the deviations already known."""
    _check_stages([whole], population)
    rest = population - whole.size
    intolerable = ceiling(rate * population) - whole.deviations
    size, found = 0, 0
    lower = upper = whole.deviations
    risk, supported, exceeded = 0.0, intolerable > 0, intolerable <= 0
    if rest:
        stages = _check_stages(stages, rest)
        size, found = sum(stage.size for stage in stages), sum(stage.deviations for stage in stages)
        of_rest = hypergeometric_limits(stages, rest, side)
        lower, upper = lower + (of_rest.lower_count or 0), upper + (of_rest.upper_count or 0)
        if intolerable > rest:
            supported = True
        elif intolerable > 0:
            risk = staged_finite_float(stages, rest, intolerable)
            supported = finite_at_most(stages, rest, intolerable, alpha)
            exceeded = found > 0 and finite_at_most(mirror_stages(stages), rest, rest - intolerable + 1, alpha)
    return Evaluation(
        model=Model.HYPERGEOMETRIC,
        population=population,
        size=size + whole.size,
        deviations=found + whole.deviations,
        confidence=1 - alpha,
        tolerable=rate,
        limits=Limits(_rate(lower / population), _rate(upper / population), lower, upper),
        suggestion=Suggestion.SUPPORTED if supported else Suggestion.EXCEEDED if exceeded else Suggestion.NOT_SUPPORTED,
        risk=Decimal(f"{risk:.6f}"),
        stages=tuple(stages),
    )


def limits(size: int, found: int, *, confidence: Exact, population: int | None = None, two_sided: bool = False) -> Limits:
    """Return the limits alone, for a sample of one stage."""
    alpha = risk_of(confidence) / (2 if two_sided else 1)
    stages = _check_stages([Stage(size, found)], population)
    return binomial_limits(stages, alpha) if population is None else hypergeometric_limits(stages, population, alpha)
