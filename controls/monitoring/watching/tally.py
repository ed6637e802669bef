"""How many alerts each rule has given, how many were confirmed, and how many came each month."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.db.models.functions import TruncMonth

from controls.models import Alert
from riskreg.months import months_after

MONTHS = 12
State = Alert.State


def _number(**of: object) -> Count:
    return Count("pk", filter=Q(**of))


_COUNTS = {
    "all": Count("pk"),
    "open": _number(state__in=Alert.OPEN_STATES),
    "confirmed": _number(state=State.CONFIRMED),
    "explained": _number(state=State.EXPLAINED),
    "false_alarms": _number(state=State.FALSE_ALARM),
    "quiet": _number(state__in=[State.ASLEEP, State.EXCLUDED]),
}


@dataclass(frozen=True, slots=True)
class Tally:
    """Alerts in numbers: all, and by what became of them."""

    rule: str
    month: date | None
    all: int
    open: int
    confirmed: int
    explained: int
    false_alarms: int
    quiet: int

    @property
    def concluded(self) -> int:
        return self.confirmed + self.explained + self.false_alarms

    @property
    def share(self) -> int | None:
        """How many of a hundred that were concluded were confirmed; None before any was."""
        return round(100 * self.confirmed / self.concluded) if self.concluded else None


def count_by_rule(alerts: QuerySet[Alert]) -> list[Tally]:
    """Return the tally of each rule, the one with the most alerts first."""
    rows: list[dict[str, Any]] = list(alerts.order_by().values("watch__rule").annotate(**_COUNTS))  # type: ignore[arg-type]
    found = [Tally(row.pop("watch__rule"), None, **row) for row in rows]
    return sorted(found, key=lambda one: (-one.all, one.rule))


def count_by_month(alerts: QuerySet[Alert], today: date) -> list[Tally]:
    """Return the tally of the alerts that came in each of the latest twelve months, the newest month first."""
    first = months_after(today.replace(day=1), 1 - MONTHS)
    came = alerts.order_by().filter(came_at__date__gte=first).annotate(month=TruncMonth("came_at"))
    rows: list[dict[str, Any]] = list(came.values("month").annotate(**_COUNTS))  # type: ignore[arg-type]
    by_month = {row.pop("month").date(): row for row in rows}
    months = [months_after(first, number) for number in reversed(range(MONTHS))]
    nothing = dict.fromkeys(_COUNTS, 0)
    return [Tally("", month, **by_month.get(month, nothing)) for month in months]
