"""Occasions of a control, from its stored schedule (controls.scheduling.rhythm)."""

from __future__ import annotations

from datetime import date, timedelta

from django.conf import settings
from django.utils import timezone

from controls.models import Control, ControlSchedule, DayRule, Frequency
from controls.scheduling.rhythm import Exemption, Move, Occasion, Rhythm, occasions
from controls.scheduling.working_days import is_working_day
from riskreg.models import ControlPlan

WEEKLY_OPENS_DAYS = 7


def schedule_of(control: Control) -> ControlSchedule:
    """Return the control's schedule; for a control without one an unsaved schedule with the usual days."""
    found = getattr(control, "schedule", None)
    return found if isinstance(found, ControlSchedule) else ControlSchedule(control_id=control.pk, day_rule=DayRule.BEFORE)


def rhythm_of(frequency: str, schedule: ControlSchedule) -> Rhythm:
    """Return the rhythm of a stored schedule."""
    given = tuple(date.fromisoformat(day) for day in schedule.given_dates) if frequency == Frequency.GIVEN_DATES else ()
    return Rhythm(frequency, schedule.anchor_on, Move(schedule.day_rule), given)


def first_day_of(plan: ControlPlan) -> date:
    """Return the first day for which the plan's checks are asked for.

    It is the year's first, or the day on which the plan's adoption was entered, if that came later. A plan that is
    entered in the autumn does not begin with a spring of missed checks.
    """
    made_at = plan.versions.order_by("number").values_list("made_at", flat=True).first()
    entered = timezone.localdate(made_at, timezone.get_default_timezone()) if made_at is not None else plan.adopted_on
    return max(date(plan.year, 1, 1), entered or date(plan.year, 1, 1))


def occasions_of(
    control: Control, year: int, begins: date, *, frequency: str = "", schedule: ControlSchedule | None = None
) -> list[Occasion]:
    """Return every occasion of the plan's year on or after the day on which the plan (`begins`) is in force.

    The schedule's own start counts as well; another frequency and schedule than the stored ones can be tried. A
    control at each closing has none: there the follow-up is the occasion. Of `control`, the schedule and the
    exceptions are read.
    """
    frequency = frequency or control.frequency
    chosen = schedule or schedule_of(control)
    if frequency == Frequency.AT_CLOSING:
        return []
    exemptions = {one.nominal_on: Exemption(one.due_on) for one in control.schedule_exceptions.all()}
    first, last = max(begins, chosen.in_force_from or begins), date(year, 12, 31)
    return occasions(
        rhythm_of(frequency, chosen), first, last, is_working_day, exemptions=exemptions, grace=settings.CHECKS_GRACE_DAYS
    )


def occasions_running_on(control: Control, plan: ControlPlan) -> list[Occasion]:
    """Return the occasions in the year after the plan's, from the day on which it was told to run on."""
    if plan.runs_on_from is None:
        return []
    return occasions_of(control, plan.year + 1, max(date(plan.year + 1, 1, 1), plan.runs_on_from))


def opens_on(frequency: str, occasion: Occasion) -> date:
    """Return the first day on which there is a check for the occasion."""
    days = min(WEEKLY_OPENS_DAYS, settings.CHECKS_OPEN_DAYS) if frequency == Frequency.WEEKLY else settings.CHECKS_OPEN_DAYS
    return occasion.due - timedelta(days=days)
