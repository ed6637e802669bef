"""The daily run of the year: checks are opened and missed, follow-ups prepared for their closing.

It may run at any time, after any pause, by several workers at once: every run compares what ought to be there on the
day with what is there, and makes what is missing. A plan's row is locked while its checks are made, and the
database's unique constraints have the last word. The result is as if no run had been left out: a check whose whole
time passed during an outage is opened and marked as missed. A clock that was set back undoes nothing.
"""

from __future__ import annotations

from datetime import date, timedelta

from django.conf import settings
from django.db.models import F

from controls.checks.opening import attempt_each, mark_missed, open_due_checks
from controls.follow_ups.opening import open_follow_ups
from controls.models import Closing
from riskreg.models import ControlPlan


def run(today: date) -> dict[str, int]:
    """Run every step, in the order in which one leads to another; return the counts."""
    return {
        "opened": open_due_checks(today),
        "missed": mark_missed(today),
        "prepared": prepare_closings(today),
    }


def prepare_closings(today: date) -> int:
    """Prepare the follow-ups of closings that are near or not yet reported, for every adopted plan of their year.

    What an earlier closing left ongoing comes back by this (controls.follow_ups.opening).
    """
    near = Closing.objects.filter(
        cut_off__lte=today + timedelta(days=settings.FOLLOW_UPS_OPEN_DAYS), report_due__gte=today
    ).select_related("unit")
    prepared = 0
    for closing in near.order_by(F("cut_off").asc(), "pk"):
        plans = ControlPlan.objects.filter(
            state=ControlPlan.State.ADOPTED, year=closing.year, unit__path__startswith=closing.unit.path
        )
        for plan in plans.order_by("pk"):
            prepared += attempt_each(_prepare, plan, closing)
    return prepared


def _prepare(plan: ControlPlan, closing: Closing) -> int:
    return len(open_follow_ups(plan, closing, by=None).created)
