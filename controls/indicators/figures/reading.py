"""The plain reading of a series: where it stands, since when, and what has changed against the year before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from controls.indicators.figures.periods import year_before
from controls.indicators.figures.series import Point
from controls.indicators.figures.status import OUTSIDE, WITHIN


@dataclass(frozen=True, slots=True)
class Reading:
    """What the latest value says, together with those before it."""

    latest: Point
    run: int
    """The number of periods in a row, the latest one last, on its side of the acceptable level; 0 where it has no levels."""
    is_within: bool
    before: Point | None
    """The same period of the year before."""

    @property
    def change(self) -> Decimal | None:
        """The change against the year before, in the unit of measure."""
        if self.before is None or self.before.value is None or self.latest.value is None:
            return None
        return self.latest.value - self.before.value

    @property
    def change_in_percent(self) -> Decimal | None:
        """The change in per cent of the value of the year before; None where that is nought or less."""
        if self.change is None or self.before is None or self.before.value is None or self.before.value <= 0:
            return None
        return self.change / self.before.value * 100


def read(points: Sequence[Point]) -> Reading | None:
    """Return the reading of the periods in order; None while there is no value. A missing value ends a run."""
    last = next((index for index in range(len(points) - 1, -1, -1) if points[index].value is not None), None)
    if last is None:
        return None
    latest = points[last]
    side = WITHIN if latest.status in WITHIN else OUTSIDE if latest.status in OUTSIDE else frozenset()
    run = 0
    while run <= last and points[last - run].status in side:
        run += 1
    earlier = year_before(latest.period)
    before = next((one for one in points if one.period == earlier and one.value is not None), None)
    return Reading(latest, run, latest.status in WITHIN, before)
