"""Probabilities of at most k deviations, and whether they are at most α, decided exactly.

Every comparison is made in floating point first, which settles all but near-ties, and then in integers (binomial and
hypergeometric: all quantities are rational) or in forty decimal digits (Poisson: its probabilities are irrational, so
a tie cannot be). A probability that *is* α is at most α.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from decimal import Context, Decimal
from fractions import Fraction

Exact = Decimal | Fraction | int

# How far a float sum may lie from the truth, relatively: the logarithms of factorials of ten million carry 5e-8.
DOUBT = 1e-6
# Comfortably more than any decimal a person types.
DIGITS = Context(prec=40)
# A term this much smaller than the sum no longer changes it.
NEGLIGIBLE = 1e-18
# Up to here the logarithm of a binomial coefficient is taken of the integer itself, without rounding before it.
EXACT_COEFFICIENT = 200


def exact(value: Exact) -> Fraction:
    """Return the value as a fraction; floats are refused, for in floats ⌈0.07 · 100⌉ is 8."""
    if isinstance(value, float):
        raise TypeError("A rate is Decimal, Fraction or int, never float.")
    return Fraction(value)


def decimal(value: Fraction) -> Decimal:
    """Return the fraction in forty digits."""
    return DIGITS.divide(Decimal(value.numerator), Decimal(value.denominator))


def ceiling(value: Fraction) -> int:
    """Return the smallest whole number that is not below the fraction."""
    return -((-value.numerator) // value.denominator)


def _log_choose(n: int, k: int) -> float:
    k = min(k, n - k)
    if k <= EXACT_COEFFICIENT:
        return math.log(math.comb(n, k))
    return math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1)


def _summed(at: float, pivot: int, low: int, high: int, ratio: Callable[[int], float]) -> float:
    """Return the sum of terms low…high, given the term at the pivot and ratio(i) = term(i + 1) / term(i)."""
    total = term = at
    for i in range(pivot - 1, low - 1, -1):
        term /= ratio(i)
        total += term
        if term < total * NEGLIGIBLE:
            break
    term = at
    for i in range(pivot, high):
        term *= ratio(i)
        total += term
        if term < total * NEGLIGIBLE:
            break
    return min(total, 1.0)


def binomial_float(k: int, n: int, rate: float) -> float:
    """Return P(X ≤ k) for n items of which each deviates by the rate, in floating point."""
    if k < 0:
        return 0.0
    if k >= n or rate <= 0:
        return 1.0
    if rate >= 1:
        return 0.0
    pivot = min(k, int((n + 1) * rate))
    odds = rate / (1 - rate)
    at = math.exp(_log_choose(n, pivot) + pivot * math.log(rate) + (n - pivot) * math.log1p(-rate))
    return _summed(at, pivot, 0, k, lambda i: (n - i) / (i + 1) * odds)


def binomial(k: int, n: int, rate: Exact) -> Fraction:
    """Return P(X ≤ k) for n items of which each deviates by the rate, exactly."""
    p = exact(rate)
    if k < 0:
        return Fraction(0)
    if k >= n:
        return Fraction(1)
    hit, whole = p.numerator, p.denominator
    miss = whole - hit
    # Horner in hit/miss keeps it at one large power: Σ C(n,i) hit^i miss^(n-i) = miss^(n-k) · Σ C(n,i) hit^i miss^(k-i).
    total, power = 0, 1
    for i in range(k + 1):
        total = total * miss + math.comb(n, i) * power
        power *= hit
    return Fraction(total * miss ** (n - k), whole**n)


def _support(population: int, deviating: int, n: int) -> tuple[int, int]:
    return max(0, n - (population - deviating)), min(n, deviating)


def hypergeometric_float(k: int, population: int, deviating: int, n: int) -> float:
    """Return P(X ≤ k) for n items drawn from a population with `deviating` deviations, in floating point."""
    low, high = _support(population, deviating, n)
    if k < low:
        return 0.0
    if k >= high:
        return 1.0
    pivot = max(low, min(k, (n + 1) * (deviating + 1) // (population + 2)))
    sound = population - deviating
    at = math.exp(_log_choose(deviating, pivot) + _log_choose(sound, n - pivot) - _log_choose(population, n))
    return _summed(at, pivot, low, k, lambda i: (deviating - i) * (n - i) / ((i + 1) * (sound - n + i + 1)))


def hypergeometric(k: int, population: int, deviating: int, n: int) -> Fraction:
    """Return P(X ≤ k) for n items drawn from a population with `deviating` deviations, exactly."""
    low, high = _support(population, deviating, n)
    if k < low:
        return Fraction(0)
    if k >= high:
        return Fraction(1)
    sound = population - deviating
    # Each term from the one before, which costs a small multiplication instead of two large coefficients.
    ways = term = math.comb(deviating, low) * math.comb(sound, n - low)
    for i in range(low, k):
        term = term * ((deviating - i) * (n - i)) // ((i + 1) * (sound - n + i + 1))
        ways += term
    return Fraction(ways, math.comb(population, n))


def poisson(k: int, mean: Exact) -> Decimal:
    """Return P(X ≤ k) for a Poisson count with this mean, in forty digits."""
    if k < 0:
        return Decimal(0)
    m = decimal(exact(mean))
    total = term = Decimal(1)
    for i in range(1, k + 1):
        term = DIGITS.divide(DIGITS.multiply(term, m), Decimal(i))
        total = DIGITS.add(total, term)
    return DIGITS.multiply(total, DIGITS.exp(-m))


def poisson_float(k: int, mean: float) -> float:
    """Return P(X ≤ k) for a Poisson count with this mean, in floating point."""
    if k < 0:
        return 0.0
    if mean <= 0:
        return 1.0
    pivot = min(k, int(mean))
    at = math.exp(pivot * math.log(mean) - mean - math.lgamma(pivot + 1))
    return _summed(at, pivot, 0, k, lambda i: mean / (i + 1))


def is_at_most(about: float, exactly: Callable[[], Fraction], alpha: Fraction) -> bool:
    """Return whether the probability is at most α: by floating point, and at a near-tie by its exact value."""
    level = float(alpha)
    if abs(about - level) > DOUBT * level:
        return about < level
    return exactly() <= alpha


def binomial_at_most(k: int, n: int, rate: Fraction, alpha: Fraction) -> bool:
    """Return whether P(X ≤ k) ≤ α."""
    return is_at_most(binomial_float(k, n, float(rate)), lambda: binomial(k, n, rate), alpha)


def hypergeometric_at_most(k: int, population: int, deviating: int, n: int, alpha: Fraction) -> bool:
    """Return whether P(X ≤ k) ≤ α."""
    about = hypergeometric_float(k, population, deviating, n)
    return is_at_most(about, lambda: hypergeometric(k, population, deviating, n), alpha)


def poisson_at_most(k: int, mean: Fraction, alpha: Fraction) -> bool:
    """Return whether P(X ≤ k) ≤ α."""
    return is_at_most(poisson_float(k, float(mean)), lambda: Fraction(poisson(k, mean)), alpha)


def poisson_tail_at_most(k: int, mean: Fraction, alpha: Fraction) -> bool:
    """Return whether P(X ≥ k) ≤ α."""
    return False if k <= 0 else Fraction(1) - Fraction(poisson(k - 1, mean)) <= alpha


def smallest(low: int, high: int, holds: Callable[[int], bool]) -> int:
    """Return the smallest number in low…high for which `holds`, given that it holds at high and from some point on."""
    while low < high:
        middle = (low + high) // 2
        if holds(middle):
            high = middle
        else:
            low = middle + 1
    return low


def root(low: float, high: float, is_above: Callable[[float], bool]) -> float:
    """Return the point in low…high where `is_above` turns true, to the last bit."""
    while True:
        middle = (low + high) / 2
        if middle in (low, high):
            return middle
        if is_above(middle):
            high = middle
        else:
            low = middle
