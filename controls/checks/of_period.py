"""The single checks behind a follow-up: those of its control and unit since the closing before."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.db.models import Aggregate, Max, Prefetch, QuerySet

from controls.models import Check, Closing, Evidence, FollowUp
from controls.models.control import Frequency
from riskreg.access.grants import standing_of
from riskreg.database.compiled import aggregates_once_compiled, rows_once_compiled
from riskreg.models import Risk, User

SHOWN_AT_ONCE = 8
"""More than these are folded in."""


@dataclass(frozen=True, slots=True)
class PeriodChecks:
    """The checks in the order of their days, each with its files."""

    since: date
    """The day after which the period begins."""
    checks: list[Check]

    def _number(self, state: str) -> int:
        return sum(one.state == state for one in self.checks)

    @property
    def done(self) -> int:
        return self._number(Check.State.DONE)

    @property
    def missed(self) -> int:
        return self._number(Check.State.MISSED)

    @property
    def is_long(self) -> bool:
        return len(self.checks) > SHOWN_AT_ONCE


def day_before_period(closing: Closing) -> date:
    """Return the cut-off before the closing's, or the last day of the year before; one query."""
    unit, year, cut_off = closing.unit_id, closing.year, closing.cut_off

    def last_before() -> tuple[QuerySet[Closing], dict[str, Aggregate]]:
        return Closing.objects.filter(unit=unit, year=year, cut_off__lt=cut_off), {"last": Max("cut_off")}

    return aggregates_once_compiled(("cut-off before", unit, year, cut_off), last_before)["last"] or date(year - 1, 12, 31)


def evidence_of_period(user: User, risks: QuerySet[Risk], closing: Closing) -> list[Evidence]:
    """Return the files of the risks' checks in the closing's period, by risk and day; two queries."""
    days = {"occasion__nominal_on__gt": day_before_period(closing), "occasion__nominal_on__lte": closing.cut_off}
    files = Evidence.objects.visible_to(user).filter(occasion__control__risk__in=risks, **days)
    related = files.select_related("occasion__control__risk__plan")
    return list(related.order_by("occasion__control__risk__number", "occasion__due_on", "name"))


def checks_behind(follow_up: FollowUp, user: User) -> PeriodChecks | None:
    """Return the checks behind the follow-up; None for a control whose follow-up is its only occasion.

    Three queries, however many checks there are.
    """
    if follow_up.control.frequency == Frequency.AT_CLOSING:
        return None
    closing, since = follow_up.closing, day_before_period(follow_up.closing)

    def found(control: int, unit: int) -> QuerySet[Check]:
        files = Prefetch("evidence", Evidence.objects.order_by("uploaded_at", "pk"))
        of_it = Check.objects.visible_to(user).filter(control=control, unit=unit)
        of_period = of_it.filter(nominal_on__gt=since, nominal_on__lte=closing.cut_off).order_by("nominal_on")
        return of_period.select_related("performed_late").prefetch_related(files)

    known = "checks behind", standing_of(user), since, closing.cut_off
    return PeriodChecks(since, rows_once_compiled(known, found, follow_up.control_id, follow_up.unit_id))
