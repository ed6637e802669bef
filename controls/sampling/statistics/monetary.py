"""Monetary unit sampling: every krona has the same chance, so large amounts are drawn more often than small ones.

Fixed interval. Amounts that reach the interval are taken whole and kept out of the projection; zero and negative
amounts are another population, which the selection returns apart instead of dropping. Amounts are Decimal, intervals
and starts exact fractions.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal, localcontext
from fractions import Fraction

from controls.sampling.statistics.asked import expected_rate_of, risk_of, tolerable_rate
from controls.sampling.statistics.chances import Exact, decimal, exact, poisson_at_most, root, smallest
from controls.sampling.statistics.evaluate import Suggestion, binomial_limits, poisson_limits
from controls.sampling.statistics.impossible import NotPossible, Problem
from controls.sampling.statistics.size import LARGEST, Model
from controls.sampling.statistics.stages import Stage


@dataclass(frozen=True)
class MonetarySize:
    """Plan of a MUS sample: sample size, maximum acceptable total taint, confidence factor, sampling interval."""

    size: int
    accepted: Decimal
    factor: Decimal
    interval: Fraction


def _gamma_at_most(x: float, shape: float) -> float:
    """Return P(Γ(shape) ≤ x), the regularised lower incomplete gamma function.

    Computed by its series or its continued fraction.
    """
    if x <= 0:
        return 0.0
    front = math.exp(shape * math.log(x) - x - math.lgamma(shape))
    if x < shape + 1:
        total = term = 1 / shape
        step = shape
        while term > total * 1e-17:
            step += 1
            term *= x / step
            total += term
        return total * front
    # Lentz's method for the upper tail.
    tiny = 1e-300
    b = x + 1 - shape
    c, d = 1 / tiny, 1 / b
    fraction = d
    for i in range(1, 100_000):
        a = -i * (i - shape)
        b += 2
        d = 1 / (a * d + b or tiny)
        c = b + a / c or tiny
        fraction *= d * c
        if abs(d * c - 1) < 1e-16:
            break
    return 1 - front * fraction


def confidence_factor(confidence: Exact, expected: Exact = 0) -> Decimal:
    """Return Γ⁻¹(1 − α; 1 + e): the number of intervals of tolerable misstatement in the sample.

    e, `expected`, is a sum of taintings.
    """
    level = 1 - float(risk_of(confidence))
    shape = 1 + float(exact(expected))
    if shape < 1:
        raise NotPossible(Problem.EXPECTED_NEGATIVE, "expected", expected=expected)
    reach = shape + 60 + 20 * math.sqrt(shape)
    return Decimal(root(0.0, reach, lambda x: _gamma_at_most(x, shape) >= level)).quantize(Decimal("1e-12"))


def for_amounts(
    *, confidence: Exact, tolerable: Exact, book_value: Decimal, expected: Exact = 0, expected_rate: Exact = 0
) -> MonetarySize:
    """Plan the size n = ⌈CF / T⌉ for an expected sum of taintings, or an expected share of the book value.

    The tolerable misstatement is a share of the book value of the positive amounts.
    """
    alpha, rate, count = risk_of(confidence), tolerable_rate(tolerable), exact(expected)
    if book_value <= 0:
        raise NotPossible(Problem.BOOK_VALUE_NOT_POSITIVE, "population", book_value=book_value)
    share = expected_rate_of(expected, expected_rate, tolerable)

    def shows(n: int) -> bool:
        accepted = count + n * share
        if accepted.denominator == 1:
            return poisson_at_most(int(accepted), n * rate, alpha)
        return 1 - _gamma_at_most(n * float(rate), 1 + float(accepted)) <= float(alpha)

    if not shows(LARGEST):
        raise NotPossible(Problem.EXPECTED_TOO_CLOSE, "expected_rate" if share else "tolerable", largest=LARGEST)
    size = smallest(1, LARGEST, shows)
    accepted = count + size * share
    return MonetarySize(
        size=size,
        accepted=decimal(accepted),
        factor=confidence_factor(confidence, accepted),
        interval=interval(book_value, size),
    )


def interval(book_value: Decimal, size: int) -> Fraction:
    """Return the distance between the units drawn: book value / n."""
    if book_value <= 0:
        raise NotPossible(Problem.BOOK_VALUE_NOT_POSITIVE, "population", book_value=book_value)
    if size < 1:
        raise NotPossible(Problem.SIZE_BELOW_ONE, "size")
    return Fraction(book_value) / size


@dataclass(frozen=True)
class Selection:
    """Positions in the amounts: drawn by a unit, taken whole, and those of zero and negative amounts, set apart."""

    drawn: tuple[int, ...]
    whole: tuple[int, ...]
    apart: tuple[int, ...]


def select_amounts(amounts: Sequence[Decimal], interval: Fraction, start: Fraction) -> Selection:
    """Return the amounts that the draw selects: the reference implementation.

    Amounts that reach the interval are taken whole; the others are laid end to end in the order given, and each point
    s + i·I takes the first whose cumulative value reaches it.
    """
    if interval <= 0 or not 0 < start <= interval:
        raise NotPossible(Problem.START_OUTSIDE, "seed", start=start, interval=interval)
    drawn, whole, apart = [], [], []
    cumulative, point = Fraction(0), start
    for position, amount in enumerate(amounts):
        if amount <= 0:
            apart.append(position)
        elif Fraction(amount) >= interval:
            whole.append(position)
        else:
            cumulative += Fraction(amount)
            if point <= cumulative:
                # Shorter than the interval, so no amount is met by two points.
                drawn.append(position)
                point += interval
    return Selection(tuple(drawn), tuple(whole), tuple(apart))


@dataclass(frozen=True)
class Audited:
    """One examined amount: what the books say, what is correct, and whether it was taken whole."""

    book: Decimal
    correct: Decimal
    is_whole: bool = False

    @property
    def tainting(self) -> Fraction:
        """The share of the amount that is overstated; negative where it is understated."""
        return (Fraction(self.book) - Fraction(self.correct)) / Fraction(self.book)


@dataclass(frozen=True)
class MonetaryEvaluation:
    """Stringer's bound of what is booked too much, and, apart from it, what is booked too little. Amounts in the currency."""

    known: Decimal
    projected: Decimal
    upper: Decimal
    # Booked too little: found in whole items, and projected from the others. No bound is claimed for them.
    known_under: Decimal
    projected_under: Decimal
    book_value: Decimal
    book_value_rest: Decimal
    tolerable_amount: Decimal
    deviations: int
    suggestion: Suggestion

    @property
    def likely(self) -> Decimal:
        return self.known + self.projected

    @property
    def upper_rate(self) -> Fraction:
        return Fraction(self.upper) / Fraction(self.book_value)


def stringer(
    book_value_rest: Decimal, size: Fraction, taintings: Iterable[Fraction], *, alpha: Fraction, model: Model = Model.POISSON
) -> Fraction:
    """Return Stringer's bound BV · [p₀ + Σ (pᵢ − pᵢ₋₁)·t₍ᵢ₎], taintings from the largest; at most the whole of it.

    The size is the amount over the interval: with Poisson as it is, with the binomial rounded down, which is safe.
    """
    ordered = sorted((tainting for tainting in taintings if tainting > 0), reverse=True)

    def upper(i: int) -> Fraction:
        if model is Model.POISSON:
            return Fraction(poisson_limits(size, i, alpha).upper)
        whole = int(size)
        return Fraction(1) if i >= whole else Fraction(binomial_limits([Stage(whole, i)], alpha).upper)

    bound = upper(0)
    previous = bound
    for i, tainting in enumerate(ordered, start=1):
        reached = upper(i)
        bound += (reached - previous) * tainting
        previous = reached
    return Fraction(book_value_rest) * min(bound, Fraction(1))


def is_more_wrong(mean: Fraction, size: int, rate: Fraction, alpha: Fraction) -> bool:
    """Return whether a mean tainting of `size` drawn units shows that at least `rate` of the amounts is wrong.

    It holds whatever the distribution of the taintings.

    Hoeffding (1963), theorem 1: for independent values within 0 and 1 whose expected mean is m < x, P(mean ≥ x) ≤
    exp(−n·KL(x, m)) with KL(x, m) = x·ln(x/m) + (1 − x)·ln((1 − x)/(1 − m)); by his section 6 also without
    replacement. It falls with m, so where it is at most alpha at the rate, every smaller rate is ruled out, too.
    """
    if rate <= 0:
        return True
    if mean <= rate:
        return False
    with localcontext(prec=40):
        x, m = decimal(mean), decimal(rate)
        distance = x * (x / m).ln() + ((1 - x) * ((1 - x) / (1 - m)).ln() if x < 1 else 0)
        return size * distance >= -decimal(alpha).ln()


def _mean(over: Sequence[Fraction], drawn: Sequence[Audited]) -> Fraction:
    return sum(over, Fraction(0)) / len(drawn)


def _money(value: Fraction) -> Decimal:
    return decimal(value).quantize(Decimal("0.01"))


def evaluate(
    items: Sequence[Audited],
    *,
    book_value: Decimal,
    interval: Fraction,
    confidence: Exact,
    tolerable: Exact,
    model: Model = Model.POISSON,
) -> MonetaryEvaluation:
    """Evaluate all positive amounts from the examined ones. Every amount taken whole must be among the items.

    Supported when Stringer's bound is at most the tolerable amount; exceeded when what was found reaches it by itself, or
    when so much could hardly have been found if less were wrong (`is_more_wrong`).
    """
    alpha, rate = risk_of(confidence), tolerable_rate(tolerable)
    if book_value <= 0 or any(item.book <= 0 for item in items):
        raise NotPossible(Problem.BOOK_VALUE_NOT_POSITIVE, "population", book_value=book_value)
    for item in items:
        if item.correct < 0:
            raise NotPossible(Problem.CORRECT_BELOW_ZERO, "correct_amount", correct=item.correct)
    if not items:
        raise NotPossible(Problem.SIZE_BELOW_ONE, "size")
    whole = [item for item in items if item.is_whole]
    drawn = [item for item in items if not item.is_whole]
    rest = book_value - sum((item.book for item in whole), Decimal(0))
    known = sum((item.book - item.correct for item in whole if item.correct < item.book), Decimal(0))
    known_under = sum((item.correct - item.book for item in whole if item.correct > item.book), Decimal(0))
    over = [item.tainting for item in drawn if item.tainting > 0]
    under = [-item.tainting for item in drawn if item.tainting < 0]
    projected = interval * sum(over, Fraction(0))
    bound = stringer(rest, Fraction(rest) / interval, over, alpha=alpha, model=model) if rest > 0 else Fraction(0)
    upper = Fraction(known) + bound
    tolerated = rate * Fraction(book_value)
    unexplained = tolerated - Fraction(known)
    found = sum((Fraction(item.book - item.correct) for item in drawn if item.correct < item.book), Fraction(known))
    suggestion = Suggestion.NOT_SUPPORTED
    if upper <= tolerated:
        suggestion = Suggestion.SUPPORTED
    elif found >= tolerated or (over and is_more_wrong(_mean(over, drawn), len(drawn), unexplained / Fraction(rest), alpha)):
        suggestion = Suggestion.EXCEEDED
    return MonetaryEvaluation(
        known=known,
        projected=_money(projected),
        upper=decimal(upper).quantize(Decimal("0.01"), rounding=ROUND_CEILING),
        known_under=known_under,
        projected_under=_money(interval * sum(under, Fraction(0))),
        book_value=book_value,
        book_value_rest=rest,
        tolerable_amount=_money(tolerated),
        deviations=sum(1 for item in items if item.correct != item.book),
        suggestion=suggestion,
    )
