"""The single checks behind a follow-up: those of its control and unit since the closing before."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.db.models import Max, Prefetch, QuerySet

from controls.models import Check, Closing, Evidence, FollowUp
from controls.models.control import Frequency
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
    before = Closing.objects.filter(unit=closing.unit_id, year=closing.year, cut_off__lt=closing.cut_off)
    return before.aggregate(last=Max("cut_off"))["last"] or date(closing.year - 1, 12, 31)


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
    files = Prefetch("evidence", Evidence.objects.order_by("uploaded_at", "pk"))
    found = (
        Check.objects.visible_to(user)
        .filter(control=follow_up.control, unit=follow_up.unit, nominal_on__gt=since, nominal_on__lte=closing.cut_off)
        .order_by("nominal_on")
        .select_related("performed_late")
        .prefetch_related(files)
    )
    return PeriodChecks(since, list(found))
