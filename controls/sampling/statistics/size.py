"""Sample sizes: the smallest sample that would prove the claim, exactly.

At most `accepted` deviations among `size` items prove, at the confidence, that the rate of deviations lies below the
tolerable one. Rates and confidences are Decimal or Fraction; no float takes part in a decision. Notation and reasons:
docs/sampling.md.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

from controls.sampling.statistics.asked import expected_rate_of, population_size, risk_of, sample_size, tolerable_rate
from controls.sampling.statistics.chances import (
    Exact,
    binomial_at_most,
    binomial_float,
    ceiling,
    hypergeometric_at_most,
    hypergeometric_float,
    poisson_at_most,
    poisson_float,
    smallest,
)
from controls.sampling.statistics.impossible import NotPossible, Problem
from controls.sampling.statistics.stages import Stage, staged_at_most

# Nobody goes through more by hand; a plan that would need it is refused with what to change.
LARGEST = 20_000


class Model(StrEnum):
    """The probability model: a large population, one of known size, or monetary units."""

    BINOMIAL = "binomial"
    HYPERGEOMETRIC = "hypergeometric"
    POISSON = "poisson"


@dataclass(frozen=True)
class Size:
    """A planned sample: its size and with how many deviations it still shows that the rate is below the tolerable."""

    size: int
    accepted: int
    model: Model
    population: int | None
    # The chance of accepting a population that deviates by the tolerable rate: at most 1 − confidence. For showing.
    risk: Decimal

    @property
    def is_census(self) -> bool:
        return self.size == self.population


@dataclass(frozen=True)
class TwoStages:
    """A stop-or-go plan: none among the first, or one among the first and none among the second."""

    first: int
    second: int
    population: int | None


def _display(chance: float) -> Decimal:
    return Decimal(f"{chance:.6f}")


def _chance(model: Model, k: int, n: int, tolerable: Fraction, population: int | None) -> float:
    if model is Model.HYPERGEOMETRIC and population is not None:
        return hypergeometric_float(k, population, ceiling(tolerable * population), n)
    if model is Model.POISSON:
        return poisson_float(k, n * float(tolerable))
    return binomial_float(k, n, float(tolerable))


def _shows(model: Model, tolerable: Fraction, population: int | None, alpha: Fraction) -> Callable[[int, int], bool]:
    """Return the function whether at most k deviations among n prove that the rate lies below the tolerable one."""
    if model is Model.HYPERGEOMETRIC and population is not None:
        intolerable = ceiling(tolerable * population)
        return lambda k, n: hypergeometric_at_most(k, population, intolerable, n, alpha)
    if model is Model.POISSON:
        return lambda k, n: poisson_at_most(k, n * tolerable, alpha)
    return lambda k, n: n > k and binomial_at_most(k, n, tolerable, alpha)


def for_attributes(
    *,
    confidence: Exact,
    tolerable: Exact,
    expected: int = 0,
    expected_rate: Exact = 0,
    population: int | None = None,
    model: Model | None = None,
    largest: int = LARGEST,
) -> Size:
    """Return the smallest sample for a tolerable rate of deviations, given the expected number or rate.

    A known population is modelled as hypergeometric unless another model is asked for. An expected rate is searched
    upwards, for the condition is not monotone in the size: each further expected deviation undoes some of it.
    """
    alpha, rate = risk_of(confidence), tolerable_rate(tolerable)
    model = model or (Model.BINOMIAL if population is None else Model.HYPERGEOMETRIC)
    if population is not None:
        population_size(population)
    if model is Model.HYPERGEOMETRIC and population is None:
        raise NotPossible(Problem.POPULATION_UNKNOWN, "population")
    share = expected_rate_of(expected, expected_rate, tolerable)
    intolerable = None if population is None else ceiling(rate * population)
    if intolerable is not None and expected >= intolerable:
        raise NotPossible(Problem.EXPECTED_REACHES_TOLERABLE, "expected", expected=expected, tolerable=intolerable)
    shows = _shows(model, rate, population, alpha)
    most = largest if population is None else min(population, largest)
    found = _by_rate(shows, share, most) if share else _by_count(shows, expected, most)
    if found is None and (population is None or population > largest):
        raise NotPossible(Problem.EXPECTED_TOO_CLOSE, "expected_rate" if share else "tolerable", largest=largest)
    if found is None:
        # Only all of them show it: the rate is then known, whatever the model says of drawing with replacement.
        assert population is not None
        assert intolerable is not None
        found = (population, ceiling(share * population) if share else expected)
        if found[1] >= intolerable:
            raise NotPossible(Problem.EXPECTED_REACHES_TOLERABLE, "expected_rate", expected=found[1], tolerable=intolerable)
    size, accepted = found
    chance = 0.0 if size == population else _chance(model, accepted, size, rate, population)
    return Size(size=size, accepted=accepted, model=model, population=population, risk=_display(chance))


def _by_count(shows: Callable[[int, int], bool], expected: int, largest: int) -> tuple[int, int] | None:
    if largest <= expected or not shows(expected, largest):
        return None
    return smallest(expected + 1, largest, lambda n: shows(expected, n)), expected


def _by_rate(shows: Callable[[int, int], bool], share: Fraction, largest: int) -> tuple[int, int] | None:
    """Search the smallest size for an expected rate; return (size, accepted), or None.

    Sizes with the same ⌈share · n⌉ lie together, and among them the condition is monotone: so one look at the last is
    enough.
    """
    accepted, last = 0, 0
    while last < largest:
        accepted += 1
        first, last = last + 1, min(int(accepted / share), largest)
        if last >= first and shows(accepted, last):
            return smallest(first, last, lambda n, k=accepted: shows(k, n)), accepted  # type: ignore[misc]
    return None


def for_discovery(*, confidence: Exact, critical: int, population: int) -> Size:
    """Return the smallest sample that finds at least one of `critical` items, at the confidence."""
    alpha, population = risk_of(confidence), population_size(population)
    if critical < 1:
        raise NotPossible(Problem.CRITICAL_BELOW_ONE, "critical")
    if critical > population:
        raise NotPossible(Problem.CRITICAL_ABOVE_POPULATION, "critical", critical=critical, population=population)
    most = min(population, LARGEST)
    if not hypergeometric_at_most(0, population, critical, most, alpha):
        raise NotPossible(Problem.EXPECTED_TOO_CLOSE, "critical", largest=LARGEST)
    size = smallest(1, most, lambda n: hypergeometric_at_most(0, population, critical, n, alpha))
    risk = _display(hypergeometric_float(0, population, critical, size))
    return Size(size=size, accepted=0, model=Model.HYPERGEOMETRIC, population=population, risk=risk)


def for_two_stages(*, confidence: Exact, tolerable: Exact, population: int | None = None) -> TwoStages:
    """Return the smallest equal stages of a stop-or-go plan.

    Stop at no deviation; at one take the second stage, and then accept none more.

    P(X₁=0) + P(X₁=1)·P(X₂=0) ≤ α at the tolerable rate; in a known population the second draws from what is left.
    """
    alpha, rate = risk_of(confidence), tolerable_rate(tolerable)
    intolerable = None if population is None else ceiling(rate * population_size(population))
    if intolerable is not None and intolerable < 2:
        raise NotPossible(Problem.EXPECTED_REACHES_TOLERABLE, "tolerable", expected=1, tolerable=intolerable)

    def shows(n: int) -> bool:
        return staged_at_most((Stage(n, 1), Stage(n, 0)), rate=rate, alpha=alpha, population=population)

    largest = LARGEST if population is None else min(LARGEST, population // 2)
    if largest < 1 or not shows(largest):
        raise NotPossible(Problem.EXPECTED_TOO_CLOSE, "tolerable", largest=largest)
    size = smallest(1, largest, shows)
    return TwoStages(first=size, second=size, population=population)


def fixed_size(size: int, population: int | None = None) -> int:
    """Return a size the user decided on, checked against the population. Raises NotPossible."""
    return sample_size(size, population)


def curve(
    tolerables: Iterable[Exact],
    *,
    confidence: Exact,
    expected: int = 0,
    expected_rate: Exact = 0,
    population: int | None = None,
    largest: int = LARGEST,
) -> list[tuple[Decimal, int]]:
    """Return the size for each tolerable rate that can be planned with at most `largest`; the others are left out."""
    points = []
    for tolerable in tolerables:
        try:
            size = for_attributes(
                confidence=confidence,
                tolerable=tolerable,
                expected=expected,
                expected_rate=expected_rate,
                population=population,
                largest=largest,
            ).size
        except NotPossible:
            continue
        points.append((Decimal(tolerable) if not isinstance(tolerable, Fraction) else Decimal(str(float(tolerable))), size))
    return points
