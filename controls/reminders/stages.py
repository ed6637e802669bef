"""The days on which a deadline is told, and to whom. Pure: days come in, a stage comes out.

A stage is a number of days after the deadline, less than nought before it. It falls on a working day: one before the
deadline, or on it, moves back to the last working day, so that nobody hears on Monday what was due on Sunday; one after it
moves on to the next. What counts is the latest stage that has come, and whether it has been told: a day on which nothing
ran loses nothing, it only makes what is said later.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

IsWorkingDay = Callable[[date], bool]
WAITS_FOR_THE_CHOSEN_DAY = -7
"""Reminders at least 7 days before the deadline may wait for the weekly digest."""


class Part(StrEnum):
    """The person a reminder is for: the one who is to do the work, a manager, a controller."""

    NAMED = "named"
    MANAGER = "manager"
    CONTROLLER = "controller"


@dataclass(frozen=True, slots=True)
class Stages:
    """Stages of a deadline. before: days before the deadline; the others: days after it, None for never."""

    before: tuple[int, ...]
    manager_after: int | None
    controller_after: int | None

    def of(self, part: Part, *, furthest: int | None = None) -> tuple[int, ...]:
        """Return the part's stages, the earliest first. The performer is told also when manager and controller are.

        furthest: for work that comes often, at most so many days before; a weekly check is not told a month ahead.
        """
        after = [days for days in (self.manager_after, self.controller_after) if days is not None]
        if part == Part.MANAGER:
            return () if self.manager_after is None else (self.manager_after,)
        if part == Part.CONTROLLER:
            return () if self.controller_after is None else (self.controller_after,)
        before = [-days for days in self.before if furthest is None or days <= furthest]
        return tuple(sorted({*before, *after}))


def falls_on(deadline: date, stage: int, is_working_day: IsWorkingDay) -> date:
    """Return the working day on which the stage is told."""
    day, step = deadline + timedelta(days=stage), timedelta(days=1 if stage > 0 else -1)
    while not is_working_day(day):
        day += step
    return day


def latest_come(stages: tuple[int, ...], deadline: date, today: date, is_working_day: IsWorkingDay) -> int | None:
    """Return the latest of the stages whose day has come; None while none has."""
    come = [stage for stage in stages if falls_on(deadline, stage, is_working_day) <= today]
    return come[-1] if come else None


def latest_weekday(weekday: int, today: date) -> date:
    """Return the last day of this weekday, today or before; 0 is Monday."""
    return today - timedelta(days=(today.weekday() - weekday) % 7)


def may_be_told(stage: int, fell_on: date, today: date, *, rhythm: str, weekday: int) -> bool:
    """Return whether a person with this rhythm (daily, weekly, late) is told today.

    Weekly: a stage at least a week ahead waits for the person's weekday after it fell due; a weekday that was no
    working day counts all the same.
    """
    if rhythm == "late":
        return stage > 0
    if rhythm == "weekly" and stage <= WAITS_FOR_THE_CHOSEN_DAY:
        return latest_weekday(weekday, today) >= fell_on
    return True
