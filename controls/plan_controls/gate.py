"""The gates of controls (riskreg.verbs.gate): by the state of their plan, at the unit of their risk."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from django.utils.translation import gettext as _

from controls.models import Control
from controls.transitions import CONTROL
from riskreg.models import ControlPlan, Risk
from riskreg.plans.gate import RISKS
from riskreg.verbs.gate import Gated, lock_row

VERB_LABELS: dict[str, Callable[[], str]] = {
    "add": lambda: _("Add a control"),
    "change": lambda: _("Change"),
    "hand_over": lambda: _("Change who performs it"),
    "retain": lambda: _("Change how long populations are kept"),
    "drop": lambda: _("Drop"),
    "restore": lambda: _("Restore"),
    "reschedule": lambda: _("Change the schedule"),
    "add_exception": lambda: _("Exception from the schedule"),
    "remove_exception": lambda: _("Take away"),
    "choose_watches": lambda: _("Choose watched rules"),
    "choose_series": lambda: _("Choose indicators"),
}


def _lock_plan_and_risk(control: Control) -> None:
    """Lock what every change of the risk and its plan locks, in the same order."""
    lock_row(ControlPlan.objects.all(), control.risk.plan_id)
    lock_row(Risk.objects.all(), control.risk_id)


CONTROLS: Gated[Control] = Gated(
    workflow=CONTROL,
    labels=VERB_LABELS,
    rows=lambda: Control.objects.select_related("risk__plan__unit", "risk__unit", "schedule"),
    unit=lambda control: control.risk.unit,
    state=lambda control: str(control.risk.plan.state),
    state_label=lambda control: str(control.risk.plan.get_state_display()),
    lock_first=_lock_plan_and_risk,
)

RISKS_WITH_CONTROLS: Gated[Risk] = replace(RISKS, workflow=CONTROL, labels=VERB_LABELS)
"""A risk that gets a control: the same question, before there is one."""
