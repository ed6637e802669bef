"""What the drill's people are to be told, worked out day by day by hand: nothing of the product is asked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from datetime import date, timedelta

DAYS_OFF = {date(2025, 6, 6), date(2025, 6, 20)}
"""The national day and midsummer's eve, the two days off of the drill's five weeks that are no weekend."""
PERFORMER = (-30, -14, -7, -1, 0, 3, 7)
MANAGER = (3,)
CONTROLLER = (7,)
Told = Counter[tuple[str, int]]
"""(address, follow-up) → in how many letters."""


def works(day: date) -> bool:
    return day.weekday() < 5 and day not in DAYS_OFF


def told_on(deadline: date, stage: int) -> date:
    day = deadline + timedelta(days=stage)
    while not works(day):
        day += timedelta(days=1 if stage > 0 else -1)
    return day


def expected(
    items: dict[int, tuple[str, date]], days: list[date], slept: Collection[date], manager: str, controller: str
) -> Told:
    """items: follow-up → (its performer's address, its deadline). slept: days on which nothing ran at all."""
    told: Told = Counter()
    for follow_up, (performer, deadline) in items.items():
        for address, stages in ((performer, PERFORMER), (manager, MANAGER), (controller, CONTROLLER)):
            last = None
            for day in days:
                if day in slept or not works(day):
                    continue
                come = [stage for stage in stages if told_on(deadline, stage) <= day]
                if come and (last is None or come[-1] > last):
                    last = come[-1]
                    told[address, follow_up] += 1
    return told
