"""When watched rules were switched on and off, as their histories tell."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from datetime import date

from controls.models import Watch
from riskreg import clock

_OFF = frozenset({Watch.State.OFF, Watch.State.PROPOSED})
"""A rule that waits for a second person is not run. One that stopped or asks is on: that it was not run is said apart."""


def read_switches(watches: Collection[int]) -> dict[int, list[tuple[date, bool]]]:
    """Return by watched rule the days when it was switched on (True) or off, in their order; one query.

    What was changed and changed back within a day, as when limits are changed, is none.
    """
    by_day: dict[int, dict[date, bool]] = defaultdict(dict)
    rows = Watch.history.filter(id__in=watches).order_by("id", "history_id").values_list("id", "state", "history_date")
    for pk, state, moment in rows:
        by_day[pk][clock.municipal(moment).date()] = state not in _OFF
    found: dict[int, list[tuple[date, bool]]] = {}
    for pk, days in by_day.items():
        was_on = False
        for day, is_on in days.items():
            if is_on != was_on:
                found.setdefault(pk, []).append((day, is_on))
            was_on = is_on
    return found
