"""Sizes by how often a control is performed: custom, not statistics, so each is shown with its proof."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from types import MappingProxyType

from controls.sampling.statistics.evaluate import limits
from controls.sampling.statistics.impossible import NotPossible, Problem

# The level at which the custom is usually judged.
CONFIDENCE = Decimal("0.90")


@dataclass(frozen=True)
class Preset:
    """A size for a number of performances (None: many)."""

    name: str
    size: int
    population: int | None

    def upper_limit(self, population: int | None = None) -> Decimal:
        """Return the highest rate that is not ruled out at 90 % when none deviates."""
        return limits(self.size, 0, confidence=CONFIDENCE, population=population or self.population).upper


PRESETS: Mapping[str, Preset] = MappingProxyType(
    {
        preset.name: preset
        for preset in (
            Preset("yearly", 1, 1),
            Preset("quarterly", 2, 4),
            Preset("monthly", 2, 12),
            Preset("weekly", 15, 52),
            Preset("daily_25", 25, None),
            Preset("often_45", 45, None),
            Preset("often_60", 60, None),
        )
    }
)


def preset(name: str, population: int | None = None) -> Preset:
    """Return the preset; refused where the population is smaller than it. Raises NotPossible."""
    chosen = PRESETS[name]
    if population is not None and chosen.size > population:
        raise NotPossible(Problem.SIZE_ABOVE_POPULATION, "preset", size=chosen.size, population=population)
    return chosen
