"""First digits of amounts beside Benford's law: an indicator with its figures, never a hit.

Amounts that prices, fees or limits steer do not follow the law, and that is no sign of anything. The mean absolute deviation
(MAD) and its bands for first digits are Nigrini's (Benford's Law, 2012): below 0.006 close, 0.012 acceptable, 0.015 marginal.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum

from controls.data_files.engine import Engine

LEAST_AMOUNT = 10
"""Smaller amounts are fees and roundings; the law says nothing of them."""
FEWEST = 500
"""Below this number of amounts the shares of nine digits say little."""
_BANDS = ((0.006, "close"), (0.012, "acceptable"), (0.015, "marginal"))


class Fit(StrEnum):
    """How well first digits follow the law."""

    CLOSE = "close"
    ACCEPTABLE = "acceptable"
    MARGINAL = "marginal"
    NONE = "none"
    TOO_FEW = "too_few"


@dataclass(frozen=True, slots=True)
class FirstDigits:
    """How many amounts begin with each digit from 1 to 9, the shares that the law gives, and the deviation."""

    counts: tuple[int, ...]
    expected: tuple[float, ...]
    deviation: float
    fit: Fit

    @property
    def total(self) -> int:
        return sum(self.counts)

    @property
    def shares(self) -> tuple[float, ...]:
        """The share of each digit; nought where nothing is counted."""
        return tuple(count / self.total if self.total else 0.0 for count in self.counts)

    @property
    def furthest(self) -> int:
        """The digit whose share is furthest from the law's."""
        apart = [abs(share - law) for share, law in zip(self.shares, self.expected, strict=True)]
        return apart.index(max(apart)) + 1


@dataclass(frozen=True, slots=True)
class LeftOut:
    """The rows whose first digit is not counted, by why."""

    without_amount: int
    negative: int
    """Credit notes and corrections."""
    small: int
    """Below `at_least`, nought among them."""

    @property
    def total(self) -> int:
        return self.without_amount + self.negative + self.small


EXPECTED = tuple(math.log10(1 + 1 / digit) for digit in range(1, 10))


def first_digits(engine: Engine, source: str = "ledger", at_least: int = LEAST_AMOUNT) -> FirstDigits:
    """Return the first digits of the amounts of at least `at_least` in the view."""
    found = dict(
        engine.rows(
            f"select left(amount::varchar, 1)::integer as digit, count(*) from {source} where amount >= $at_least group by digit",
            {"at_least": at_least},
        )
    )
    return compare([found.get(digit, 0) for digit in range(1, 10)])


def left_out(engine: Engine, source: str = "ledger", at_least: int = LEAST_AMOUNT) -> LeftOut:
    """Return how many rows of the view first_digits leaves out, and why."""
    empty, negative, small = engine.one(
        "select count(*) filter (amount is null), count(*) filter (amount < 0), "
        f"count(*) filter (amount >= 0 and amount < $at_least) from {source}",
        {"at_least": at_least},
    )
    return LeftOut(int(empty), int(negative), int(small))


def compare(counts: list[int]) -> FirstDigits:
    """Return the counts of the digits 1 to 9 beside the law."""
    total = sum(counts)
    deviation = sum(abs(count / total - share) for count, share in zip(counts, EXPECTED, strict=True)) / 9 if total else 0.0
    fit = Fit.TOO_FEW if total < FEWEST else Fit(next((name for most, name in _BANDS if deviation < most), "none"))
    return FirstDigits(tuple(counts), EXPECTED, deviation, fit)
