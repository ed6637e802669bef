"""A user's checks as the start page shows them: one query, however many there are. Today is an argument."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import Count, Q, QuerySet, Window

from controls.models import Check
from controls.scheduling.due_in_words import due_in_words
from riskreg.access.grants import standing_of
from riskreg.database.compiled import rows_once_compiled
from riskreg.models import User

SHOWN = 8
NEAR_DAYS = 31
"""Days ahead within which an open check is shown on the start page and counted in the menu."""


@dataclass(frozen=True, slots=True)
class CheckRow:
    check: Check
    words: str
    is_late: bool
    shows_year: bool
    deputy_for: str = ""


@dataclass(frozen=True, slots=True)
class CheckPile:
    rows: list[CheckRow]
    total: int
    late: int
    """The number late of the total, not only of the rows shown."""

    @property
    def more(self) -> int:
        return self.total - len(self.rows)


def waiting_checks(user: User, today: date) -> CheckPile:
    """Return the checks open for the user and due within NEAR_DAYS, the most urgent first.

    Also those of people they are deputy for.
    """
    rows = rows_once_compiled(("waiting checks", standing_of(user), today), lambda: _first_checks(user, today))
    worded = [row_in_words(row, user, today) for row in rows]
    return CheckPile(worded, rows[0].total if rows else 0, rows[0].late if rows else 0)


def _first_checks(user: User, today: date) -> QuerySet[Any, Any]:
    near = Check.objects.visible_to(user).waiting_on(user).filter(due_on__lte=today + timedelta(days=NEAR_DAYS))
    first = (
        near.annotate(total=Window(Count("pk")), late=Window(Count("pk", filter=Q(due_on__lt=today))))
        .select_related("control__risk", "performer")
        .order_by("due_on", "pk")
    )
    return first[:SHOWN]


def row_in_words(check: Check, user: User, today: date) -> CheckRow:
    """Return the check as a row of the start page."""
    absent = str(check.performer) if check.performer is not None and check.performer_id != user.pk else ""
    return CheckRow(check, due_in_words(check.due_on, today), check.is_late(today), check.due_on.year != today.year, absent)
