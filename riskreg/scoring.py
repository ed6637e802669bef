"""Risk scores: likelihood × impact, the band a score falls in, and the cells a bare score could mean.

Pure: no database, no clock. Levels are whole numbers of a matrix's scales; a score is their product.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple, Protocol, TypeVar


class Cell(NamedTuple):
    """A place in the matrix."""

    likelihood: int
    impact: int

    @property
    def score(self) -> int:
        return self.likelihood * self.impact

    @property
    def words(self) -> str:
        """The cell as people write it: 3 × 2."""
        return f"{self.likelihood} × {self.impact}"


class HasThreshold(Protocol):
    @property
    def from_score(self) -> int: ...


B = TypeVar("B", bound=HasThreshold)


class ScoreContradiction(ValueError):
    """The factors' product is not the stated score."""

    def __init__(self, likelihood: int, impact: int, stated: int) -> None:
        self.likelihood, self.impact, self.stated = likelihood, impact, stated
        super().__init__(f"{likelihood} × {impact} = {likelihood * impact}, not {stated}")


def risk_score(likelihood: int | None, impact: int | None, stated: int | None = None) -> int | None:
    """Return the score of the factors, or the stated one where the factors are unknown.

    Raises ScoreContradiction when both are given and disagree, and ValueError when only one factor is given.
    """
    if (likelihood is None) != (impact is None):
        raise ValueError("Both factors or none.")
    if likelihood is None or impact is None:
        return stated
    score = likelihood * impact
    if stated is not None and stated != score:
        raise ScoreContradiction(likelihood, impact, stated)
    return score


def possible_cells(score: int, likelihoods: Iterable[int], impacts: Iterable[int]) -> list[Cell]:
    """Return every cell of the matrix with this score, likelihood ascending; empty when no cell gives it."""
    impact_levels = sorted(set(impacts))
    return [Cell(p, c) for p in sorted(set(likelihoods)) for c in impact_levels if p * c == score]


def band_of(score: int | None, bands: Sequence[B]) -> B | None:
    """Return the band with the highest threshold not above the score; None without a score or below every threshold."""
    if score is None:
        return None
    reached = [band for band in bands if band.from_score <= score]
    return max(reached, key=lambda band: band.from_score, default=None)


def band_limits(bands: Sequence[B], highest: int) -> list[tuple[B, int, int]]:
    """Return each band with its lowest and highest score, ascending; `highest` is the matrix's greatest score."""
    ordered = sorted(bands, key=lambda band: band.from_score)
    ends = [band.from_score - 1 for band in ordered[1:]] + [highest]
    return [(band, band.from_score, end) for band, end in zip(ordered, ends, strict=True)]
