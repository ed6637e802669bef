"""Open the checks that are due, and mark those that were missed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _
from simple_history.utils import bulk_create_with_history, bulk_update_with_history

from controls.models import Check, Control
from controls.models.control_unit import units_by_control
from controls.scheduling.occasions import first_day_of, occasions_of, occasions_running_on, opens_on
from controls.scheduling.rhythm import Occasion, period_of
from riskreg import clock
from riskreg.database.table_statistics import analyze_table
from riskreg.models import ControlPlan
from riskreg.models.author import RISKREG
from riskreg.models.history import bulk_signature
from riskreg.verbs.naming import open_accounts

BATCH = 500


def open_due_checks(today: date) -> int:
    """Create the checks that are due within the horizon, of every adopted plan; return their number."""
    adopted = ControlPlan.objects.filter(state=ControlPlan.State.ADOPTED, year__lte=today.year + 1)
    return sum(attempt_each(open_checks, plan_id, today) for plan_id in adopted.values_list("pk", flat=True))


def attempt_each(make: Callable[..., int], *given: Any) -> int:
    """Return the number made; 0 when another worker made them at the same moment."""
    try:
        return make(*given)
    except IntegrityError:
        return 0


@transaction.atomic
def open_checks(plan_id: int, today: date) -> int:
    """Create the plan's checks whose time has come and that do not exist yet; return their number.

    A municipality-wide control is performed by each of its units; in those that are not the risk's own, the check is
    nobody's until somebody takes it.
    """
    plan, before, after = _locked(plan_id)
    if plan is None or plan.state != ControlPlan.State.ADOPTED:
        return 0
    there = set(Check.objects.filter(control__risk__plan=plan).values_list("control_id", "unit_id", "nominal_on"))
    taken = Periods(before, plan) if before is not None and before.runs_on_from is not None else None
    several, begins = units_by_control(plan), first_day_of(plan)
    is_awaited = plan.is_told_to_run_on and (after is None or after.adopted_on is None)
    controls = Control.objects.current().filter(risk__plan=plan).select_related("risk", "schedule")
    performed = list(controls.prefetch_related("schedule_exceptions").order_by("pk"))
    accounts = open_accounts(control.performer_id for control in performed)
    made: list[Check] = []
    for control in performed:
        units = several.get(control.pk, [control.risk.unit_id])
        named = control.performer_id if control.performer_id in accounts else None
        due = list(_due(control, named, occasions_of(control, plan.year, begins), units, today))
        if is_awaited:
            due += _due(control, named, occasions_running_on(control, plan), units, today)
        made += [
            check
            for check in due
            if (check.control_id, check.unit_id, check.nominal_on) not in there and not (taken and taken.holds(control, check))
        ]
    bulk_create_with_history(
        made,
        Check,
        batch_size=BATCH,
        default_change_reason=_("Opened by the schedule"),
        default_date=clock.now(),
        **bulk_signature(RISKREG),
    )
    analyze_table(Check, len(made))
    return len(made)


def _locked(plan_id: int) -> tuple[ControlPlan | None, ControlPlan | None, ControlPlan | None]:
    """Lock the plan and the unit's plans of the years around it; return it, the one before and the one after.

    A plan that is adopted this moment and the one before it, which runs on, so do not both open a check of the same period.
    """
    one = ControlPlan.objects.filter(pk=plan_id).values_list("unit_id", "year").first()
    if one is None:
        return None, None, None
    unit, year = one
    near = ControlPlan.objects.filter(unit=unit, year__range=(year - 1, year + 1)).order_by("year").select_related("unit")
    # The schedule's, no verb's: they stand still while checks are made.
    rows = {plan.year: plan for plan in near.select_for_update(of=("self",))}
    return rows.get(year), rows.get(year - 1), rows.get(year + 1)


class Periods:
    """The periods of a plan's controls for which the plan before has opened checks, running on; one query."""

    def __init__(self, before: ControlPlan, plan: ControlPlan) -> None:
        rows = Check.objects.filter(
            control__risk__plan=before, control__carried_to__risk__plan=plan, nominal_on__year=plan.year
        ).values_list("control__carried_to", "control__frequency", "unit_id", "nominal_on")
        self._taken = {(control, unit, *period_of(frequency, day)) for control, frequency, unit, day in rows}

    def holds(self, control: Control, check: Check) -> bool:
        return (control.pk, check.unit_id, *period_of(control.frequency, check.nominal_on)) in self._taken


def _due(control: Control, performer: int | None, occasions: list[Occasion], units: list[int], today: date) -> Iterator[Check]:
    for occasion in occasions:
        if opens_on(control.frequency, occasion) <= today:
            for unit_id in units:
                yield Check(
                    control=control,
                    unit_id=unit_id,
                    performer_id=performer if unit_id == control.risk.unit_id else None,
                    nominal_on=occasion.nominal,
                    due_on=occasion.due,
                    last_day=occasion.last_day,
                )


def mark_missed(today: date) -> int:
    """Mark the open checks whose last day has passed. Rows that somebody works on right now wait for the next run."""
    missed = 0
    while found := _mark_some(today):
        missed += found
    return missed


@transaction.atomic
def _mark_some(today: date) -> int:
    """Mark up to BATCH of them, each locked and read again; return their number."""
    late = Check.objects.open().filter(last_day__lt=today).order_by("pk")
    # The schedule's, no verb's: claimed, and what somebody works on is skipped.
    rows = list(late.select_for_update(skip_locked=True, of=("self",))[:BATCH])
    for row in rows:
        row.state, row.missed_at = Check.State.MISSED, clock.now()
    if rows:
        bulk_update_with_history(
            rows,
            Check,
            ["state", "missed_at"],
            batch_size=BATCH,
            default_date=clock.now(),
            default_change_reason=_("Not performed by its last day"),
            **bulk_signature(RISKREG),
        )
    return len(rows)
