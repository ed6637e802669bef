"""Controls with checks, as tests need them."""

from __future__ import annotations

from datetime import date
from typing import Any

from controls.models import Check, Control, ControlSchedule
from riskreg.models import ControlPlan, Unit
from tests.cast import Cast, make_control, make_risk


def adopt(plan: ControlPlan, on: date = date(2024, 12, 16)) -> ControlPlan:
    plan.state, plan.adopted_on, plan.adopted_paragraph = ControlPlan.State.ADOPTED, on, "§ 12"
    plan.save()
    return plan


def monthly(cast: Cast, *, school: bool = False, frequency: str = "monthly", **schedule: Any) -> Control:
    """A control of Karin's in the board's adopted plan, or of Bo's in the school board's."""
    plan, performer = (cast.school_plan, cast.bo) if school else (cast.plan, cast.karin)
    adopt(plan)
    control = make_control(make_risk(plan), "Avstämning av löner", performer=performer, frequency=frequency)
    if schedule:
        ControlSchedule.objects.create(control=control, **schedule)
    return control


def make_check(control: Control, due_on: date, **fields: Any) -> Check:
    fields.setdefault("unit", control.risk.unit)
    fields.setdefault("performer", control.performer)
    fields.setdefault("nominal_on", due_on)
    fields.setdefault("last_day", date.fromordinal(due_on.toordinal() + 14))
    return Check.objects.create(control=control, due_on=due_on, **fields)


def rows(**conditions: Any) -> list[tuple[int, int, date, date, date, str]]:
    """Every check as what matters of it, in a fixed order."""
    found = Check.objects.filter(**conditions).order_by("control", "unit", "nominal_on")
    return list(found.values_list("control_id", "unit_id", "nominal_on", "due_on", "last_day", "state"))


def due_days(control: Control, unit: Unit | None = None) -> list[date]:
    found = control.checks.filter(unit=unit) if unit else control.checks.all()
    return list(found.order_by("due_on").values_list("due_on", flat=True))
