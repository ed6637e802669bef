"""The status of a value: what it is held against, and what that says."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

LOWER, HIGHER = "lower", "higher"


class Status(StrEnum):
    """The finding of a period. Shown as symbol and word (controls.indicators.words), never by colour alone."""

    TARGET = "target"
    ACCEPTABLE = "acceptable"
    NOT_ACCEPTABLE = "not_acceptable"
    CRITICAL = "critical"
    UNJUDGED = "unjudged"
    """There is a value, and no levels that it is held against."""
    MISSING = "missing"


WITHIN = frozenset({Status.TARGET, Status.ACCEPTABLE})
OUTSIDE = frozenset({Status.NOT_ACCEPTABLE, Status.CRITICAL})


@dataclass(frozen=True, slots=True)
class Level:
    """The levels from a day on. Without a target nothing lies within target; without a critical level nothing is critical."""

    valid_from: date
    target: Decimal | None
    acceptable: Decimal
    critical: Decimal | None


def status_of(value: Decimal | None, level: Level | None, direction: str) -> Status:
    """Return what the value says against the levels. A value at a level has reached it."""
    if value is None:
        return Status.MISSING
    if level is None:
        return Status.UNJUDGED
    sign = 1 if direction == LOWER else -1
    if level.target is not None and sign * value <= sign * level.target:
        return Status.TARGET
    if sign * value <= sign * level.acceptable:
        return Status.ACCEPTABLE
    if level.critical is not None and sign * value >= sign * level.critical:
        return Status.CRITICAL
    return Status.NOT_ACCEPTABLE


def fault_of(level: Level, direction: str) -> str:
    """Return the name of the level that stands on the wrong side of the acceptable one; an empty text where both are right."""
    sign = 1 if direction == LOWER else -1
    if level.target is not None and sign * level.target > sign * level.acceptable:
        return "target"
    if level.critical is not None and sign * level.critical < sign * level.acceptable:
        return "critical"
    return ""
