"""Division of a sample among strata, and the evaluation of a divided sample.

Every stratum gets at least one item and none more than it has. Ties are settled by size, then by name, so that the
same population is always divided the same way.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from controls.sampling.statistics.asked import risk_of
from controls.sampling.statistics.chances import Exact, decimal, exact
from controls.sampling.statistics.evaluate import binomial_limits
from controls.sampling.statistics.impossible import NotPossible, Problem
from controls.sampling.statistics.stages import Stage


def _check_sizes(sizes: Mapping[str, int], total: int) -> None:
    if not sizes:
        raise NotPossible(Problem.STRATA_MISSING, "strata")
    for name, size in sizes.items():
        if size < 1:
            raise NotPossible(Problem.STRATUM_EMPTY, "strata", stratum=name)
    if total < 1:
        raise NotPossible(Problem.SIZE_BELOW_ONE, "size")
    if total < len(sizes):
        raise NotPossible(Problem.FEWER_THAN_STRATA, "size", size=total, strata=len(sizes))
    if total > sum(sizes.values()):
        raise NotPossible(Problem.SIZE_ABOVE_POPULATION, "size", size=total, population=sum(sizes.values()))


def _capped_quotas(weights: Mapping[str, Fraction], sizes: Mapping[str, int], total: int) -> dict[str, Fraction]:
    """Share the total by weight; what a stratum cannot take is shared among the others, by weight again."""
    quotas: dict[str, Fraction] = {}
    open_to, left = dict(weights), Fraction(total)
    while open_to:
        weight = sum(open_to.values())
        # Where only strata without weight have room, they share by size.
        shares = open_to if weight else {name: Fraction(sizes[name]) for name in open_to}
        weight = weight or sum(shares.values())
        full = [name for name, share in shares.items() if left * share / weight > sizes[name]]
        if not full:
            return quotas | {name: left * share / weight for name, share in shares.items()}
        for name in full:
            quotas[name] = Fraction(sizes[name])
            left -= sizes[name]
            del open_to[name]
    return quotas


def _by_largest_remainder(quotas: Mapping[str, Fraction], sizes: Mapping[str, int], total: int) -> dict[str, int]:
    given = {name: int(quota) for name, quota in quotas.items()}
    by_remainder = sorted(quotas, key=lambda name: (given[name] - quotas[name], -sizes[name], name))
    for name in by_remainder:
        if sum(given.values()) == total:
            break
        if given[name] < sizes[name]:
            given[name] += 1
    for name in sorted(name for name, number in given.items() if number == 0):
        # The one that lies most above its share gives one up.
        giver = max((other for other in given if given[other] > 1), key=lambda other: (given[other] - quotas[other], other))
        given[giver] -= 1
        given[name] = 1
    return {name: given[name] for name in sizes}


def proportional(sizes: Mapping[str, int], total: int) -> dict[str, int]:
    """Divide the sample in proportion to the strata, by largest remainder."""
    _check_sizes(sizes, total)
    quotas = _capped_quotas({name: Fraction(size) for name, size in sizes.items()}, sizes, total)
    return _by_largest_remainder(quotas, sizes, total)


def neyman(sizes: Mapping[str, int], rates: Mapping[str, Exact], total: int) -> dict[str, int]:
    """Divide the sample by uncertainty: by Nₕ·√(pₕ(1 − pₕ)), for rates known from before."""
    _check_sizes(sizes, total)
    weights: dict[str, Fraction] = {}
    for name, size in sizes.items():
        if name not in rates:
            raise NotPossible(Problem.STRATUM_WITHOUT_SIZE, "rates", stratum=name)
        rate = exact(rates[name])
        if not 0 <= rate <= 1:
            raise NotPossible(Problem.EXPECTED_OUTSIDE, "rates", expected=rates[name], stratum=name)
        weights[name] = size * Fraction(decimal(rate * (1 - rate)).sqrt())
    if not any(weights.values()):
        raise NotPossible(Problem.RATES_TELL_NOTHING, "rates")
    return _by_largest_remainder(_capped_quotas(weights, sizes, total), sizes, total)


def stated_sizes(sizes: Mapping[str, int], wanted: Mapping[str, int]) -> dict[str, int]:
    """Check sizes the user decided on, one for each stratum, and return them. Raises NotPossible."""
    if not sizes:
        raise NotPossible(Problem.STRATA_MISSING, "strata")
    for name in wanted:
        if name not in sizes:
            raise NotPossible(Problem.STRATUM_UNKNOWN, "strata", stratum=name)
    for name, size in sizes.items():
        if name not in wanted:
            raise NotPossible(Problem.STRATUM_WITHOUT_SIZE, "strata", stratum=name)
        if not 1 <= wanted[name] <= size:
            raise NotPossible(Problem.STRATUM_TOO_SMALL, "strata", stratum=name, size=wanted[name], population=size)
    return {name: wanted[name] for name in sizes}


@dataclass(frozen=True)
class Stratum:
    """One stratum's population, how many of it were examined, and how many of those deviated."""

    name: str
    population: int
    size: int
    deviations: int


@dataclass(frozen=True)
class StratifiedLimit:
    """The weighted rate, and a count of deviations that is never below the exact worst case: conservative, and named so."""

    rate: Fraction
    upper_count: int
    upper: Decimal


def stratified_limit(strata: Sequence[Stratum], *, confidence: Exact) -> StratifiedLimit:
    """Return the weighted rate p̂ = Σ Wₕpₕ and the upper count K_U = ⌊n · CP_upper(k, n) / min fₕ⌋.

    fₕ = nₕ/Nₕ; strata examined whole are known and added. Never the normal approximation, which says 0 where no
    deviation was found.
    """
    alpha = risk_of(confidence)
    if not strata:
        raise NotPossible(Problem.STRATA_MISSING, "strata")
    for stratum in strata:
        if not 1 <= stratum.size <= stratum.population:
            raise NotPossible(
                Problem.STRATUM_TOO_SMALL, "strata", stratum=stratum.name, size=stratum.size, population=stratum.population
            )
        if not 0 <= stratum.deviations <= stratum.size:
            raise NotPossible(Problem.DEVIATIONS_OUTSIDE, "deviations", deviations=stratum.deviations, size=stratum.size)
    population = sum(stratum.population for stratum in strata)
    rate = sum((Fraction(s.population, population) * Fraction(s.deviations, s.size) for s in strata), Fraction(0))
    known = sum(s.deviations for s in strata if s.size == s.population)
    drawn = [s for s in strata if s.size < s.population]
    count = known
    if drawn:
        size, found = sum(s.size for s in drawn), sum(s.deviations for s in drawn)
        fraction = min(Fraction(s.size, s.population) for s in drawn)
        highest = Fraction(binomial_limits([Stage(size, found)], alpha).upper)
        most = sum(s.population - s.size + s.deviations for s in drawn)
        count += min(int(size * highest / fraction), most)
    return StratifiedLimit(rate=rate, upper_count=count, upper=decimal(Fraction(count, population)))
