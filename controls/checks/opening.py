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
from controls.scheduling.occasions import first_day_of, occasions_of, opens_on
from controls.scheduling.rhythm import Occasion
from riskreg import clock
from riskreg.database.table_statistics import analyze_table
from riskreg.models import ControlPlan
from riskreg.models.author import RISKREG
from riskreg.models.history import bulk_signature

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
    # The schedule's, no verb's: the plan stands still while its checks are made.
    plan = ControlPlan.objects.select_for_update(of=("self",)).select_related("unit").filter(pk=plan_id).first()
    if plan is None or plan.state != ControlPlan.State.ADOPTED:
        return 0
    there = set(Check.objects.filter(control__risk__plan=plan).values_list("control_id", "unit_id", "nominal_on"))
    several, begins = units_by_control(plan), first_day_of(plan)
    controls = Control.objects.current().filter(risk__plan=plan).select_related("risk", "performer", "schedule")
    made: list[Check] = []
    for control in controls.prefetch_related("schedule_exceptions").order_by("pk"):
        units = several.get(control.pk, [control.risk.unit_id])
        due = _due(control, occasions_of(control, plan.year, begins), units, today)
        made += [check for check in due if (check.control_id, check.unit_id, check.nominal_on) not in there]
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


def _due(control: Control, occasions: list[Occasion], units: list[int], today: date) -> Iterator[Check]:
    named = control.performer if control.performer is not None and control.performer.is_active else None
    for occasion in occasions:
        if opens_on(control.frequency, occasion) <= today:
            for unit_id in units:
                yield Check(
                    control=control,
                    unit_id=unit_id,
                    performer=named if unit_id == control.risk.unit_id else None,
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
