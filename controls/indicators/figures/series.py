"""A series with all that its status, reading and plot are made from; a follow-up that is handed in keeps it so."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Self

from controls.indicators.figures.periods import last_day_of, period_after, period_of, periods_between
from controls.indicators.figures.status import Level, Status, status_of


@dataclass(frozen=True, slots=True)
class Point:
    """A period of the series, and what its value says."""

    period: date
    value: Decimal | None
    status: Status
    level: Level | None


@dataclass(frozen=True, slots=True)
class SeriesFigures:
    """An indicator's definition and the values, levels and notes of one unit, by the first day of their periods."""

    key: int
    name: str
    unit: str
    measure: str
    """The unit of measure."""
    decimals: int
    direction: str
    rhythm: str
    begins_on: date
    days_after: int
    values: Mapping[date, Decimal] = field(default_factory=dict)
    levels: Sequence[Level] = ()
    """The earliest first."""
    notes: Sequence[tuple[date, str]] = ()

    def level_at(self, period: date) -> Level | None:
        """Return the levels that the period's value is held against."""
        return next((one for one in reversed(self.levels) if one.valid_from <= period), None)

    def point(self, period: date) -> Point:
        value, level = self.values.get(period), self.level_at(period)
        return Point(period, value, status_of(value, level, self.direction), level)

    @property
    def first(self) -> date:
        """The first period that is awaited, or an earlier one that has a value."""
        return min([self.begins_on, *self.values])

    def points(self, until: date) -> list[Point]:
        """Return every period that had ended on the day, with or without a value, in order."""
        return [self.point(period) for period in periods_between(self.first, until, self.rhythm)]

    def points_shown(self, today: date) -> list[Point]:
        """Return the periods that have a value, and those before today whose value is overdue, in order."""
        last = max(self.values, default=None)
        ended = [one for one in self.points(today) if one.value is not None or self.due_on(one.period) < today]
        later = [self.point(period) for period in sorted(self.values) if not ended or period > ended[-1].period]
        return [*ended, *later] if last is not None else ended

    def due_on(self, period: date) -> date:
        """Return the day by which the period's value is awaited."""
        return last_day_of(period, self.rhythm) + timedelta(days=self.days_after)

    def missing(self, today: date) -> list[date]:
        """Return the periods whose value was awaited before today and is not there."""
        ended = periods_between(self.begins_on, today, self.rhythm)
        return [one for one in ended if one not in self.values and self.due_on(one) < today]

    def open_periods(self, today: date) -> list[date]:
        """Return the periods without a value that have begun, the earliest first."""
        found, period = [], self.begins_on
        while period <= today:
            if period not in self.values:
                found.append(period)
            period = period_after(period, self.rhythm)
        return found

    def awaited(self, until: date, since: date) -> list[date]:
        """Return the periods of a follow-up: those that ended after the one day and until the other, else the last before it."""
        ended = periods_between(self.first, until, self.rhythm)
        inside = [one for one in ended if last_day_of(one, self.rhythm) > since]
        return inside or ended[-1:]

    def as_json(self) -> dict[str, Any]:
        """Return it as it is stored."""
        plain = ("key", "name", "unit", "measure", "decimals", "direction", "rhythm", "days_after")
        return {
            **{name: getattr(self, name) for name in plain},
            "begins_on": self.begins_on.isoformat(),
            "values": {period.isoformat(): str(value) for period, value in sorted(self.values.items())},
            "levels": [
                [one.valid_from.isoformat(), *map(_text, (one.target, one.acceptable, one.critical))] for one in self.levels
            ],
            "notes": [[period.isoformat(), text] for period, text in self.notes],
        }

    @classmethod
    def of_json(cls, stored: Mapping[str, Any]) -> Self:
        """Return it as it was stored."""
        plain = ("key", "name", "unit", "measure", "decimals", "direction", "rhythm", "days_after")
        return cls(
            **{name: stored[name] for name in plain},
            begins_on=date.fromisoformat(stored["begins_on"]),
            values={date.fromisoformat(period): Decimal(value) for period, value in stored["values"].items()},
            levels=tuple(
                Level(date.fromisoformat(day), _number(target), Decimal(acceptable), _number(critical))
                for day, target, acceptable, critical in stored["levels"]
            ),
            notes=tuple((date.fromisoformat(period), text) for period, text in stored["notes"]),
        )


def next_due(begins_on: date, rhythm: str, days_after: int, there: Collection[date]) -> date:
    """Return the day by which the value of the earliest period without one is awaited."""
    period = period_of(begins_on, rhythm)
    while period in there:
        period = period_after(period, rhythm)
    return last_day_of(period, rhythm) + timedelta(days=days_after)


def _text(value: Decimal | None) -> str:
    return "" if value is None else str(value)


def _number(text: str) -> Decimal | None:
    return Decimal(text) if text else None
