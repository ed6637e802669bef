"""When a deadline is told to whom, in days. Pure: days come in, a stage comes out.

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
"""Of a person with a weekly digest: what is told so many days ahead or more can wait a week; the rest cannot."""


class Part(StrEnum):
    """Whose reminder it is: of the one who is to do it, of a manager, of a controller."""

    NAMED = "named"
    MANAGER = "manager"
    CONTROLLER = "controller"


@dataclass(frozen=True, slots=True)
class Stages:
    """before: days before the deadline; the others: days after it, None for never."""

    before: tuple[int, ...]
    manager_after: int | None
    controller_after: int | None

    def of(self, part: Part, *, furthest: int | None = None) -> tuple[int, ...]:
        """The part's stages, the first first. The one who is to do it hears also when manager and controller do.

        furthest: of what comes often, only so many days before; a weekly check is not told a month ahead.
        """
        after = [days for days in (self.manager_after, self.controller_after) if days is not None]
        if part == Part.MANAGER:
            return () if self.manager_after is None else (self.manager_after,)
        if part == Part.CONTROLLER:
            return () if self.controller_after is None else (self.controller_after,)
        before = [-days for days in self.before if furthest is None or days <= furthest]
        return tuple(sorted({*before, *after}))


def falls_on(deadline: date, stage: int, is_working_day: IsWorkingDay) -> date:
    """The working day on which the stage is told."""
    day, step = deadline + timedelta(days=stage), timedelta(days=1 if stage > 0 else -1)
    while not is_working_day(day):
        day += step
    return day


def latest_come(stages: tuple[int, ...], deadline: date, today: date, is_working_day: IsWorkingDay) -> int | None:
    """The latest of the stages whose day has come; None while none has."""
    come = [stage for stage in stages if falls_on(deadline, stage, is_working_day) <= today]
    return come[-1] if come else None


def latest_weekday(weekday: int, today: date) -> date:
    """The last such day of the week, today or before; 0 is Monday."""
    return today - timedelta(days=(today.weekday() - weekday) % 7)


def may_be_told(stage: int, fell_on: date, today: date, *, rhythm: str, weekday: int) -> bool:
    """Whether a person of this rhythm (daily, weekly, late) hears it today. Weekly: what lies a week ahead or more waits
    for their day of the week to come, once it has fallen due; a day that was no working day has come all the same."""
    if rhythm == "late":
        return stage > 0
    if rhythm == "weekly" and stage <= WAITS_FOR_THE_CHOSEN_DAY:
        return latest_weekday(weekday, today) >= fell_on
    return True
