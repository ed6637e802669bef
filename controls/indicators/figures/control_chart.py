"""The XmR chart (individual values and moving ranges): which change is more than the usual variation.

The limits lie at the mean ± 2.66 × the mean moving range; 2.66 is 3 / d₂ with d₂ = 1.128 for ranges of two values (D. J.
Wheeler, Understanding Variation, 1993; NIST/SEMATECH e-Handbook of Statistical Methods, 6.3.2.2). They come from the series
itself and not from its target: they tell what the process does, not what it should do. With few values they are uncertain,
so none are given for fewer than LEAST; trends and seasons widen them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from itertools import pairwise

SCALE = Decimal("2.66")
LEAST = 8
"""Values without which no limits are given."""
RUN = 8
"""So many values in a row on one side of the mean are a signal, also within the limits (Wheeler's second rule)."""


class Rule(StrEnum):
    OUTSIDE = "outside"
    """The value lies outside the limits."""
    RUN = "run"
    """It ends, or goes on with, a run of eight on one side of the mean."""


@dataclass(frozen=True, slots=True)
class ControlChart:
    mean: Decimal
    mean_range: Decimal
    lower: Decimal
    upper: Decimal
    signals: Sequence[tuple[int, Rule]]
    """The places of the values that are signals, in order; outside comes before run."""


def control_chart(values: Sequence[Decimal | None]) -> ControlChart | None:
    """Return the chart of values in order of time, None for a missing one; None for fewer than LEAST values.

    A moving range is taken between neighbours only, and a run ends at a missing value.
    """
    there = [one for one in values if one is not None]
    ranges = [abs(after - before) for before, after in pairwise(values) if before is not None and after is not None]
    if len(there) < LEAST or not ranges:
        return None
    mean, mean_range = sum(there, Decimal()) / len(there), sum(ranges, Decimal()) / len(ranges)
    lower, upper = mean - SCALE * mean_range, mean + SCALE * mean_range
    signals: list[tuple[int, Rule]] = []
    side = run = 0
    for place, value in enumerate(values):
        here = 0 if value is None or value == mean else 1 if value > mean else -1
        run = run + 1 if here and here == side else 1 if here else 0
        side = here
        if value is not None and not lower <= value <= upper:
            signals.append((place, Rule.OUTSIDE))
        elif run >= RUN:
            signals.append((place, Rule.RUN))
    return ControlChart(mean, mean_range, lower, upper, signals)
