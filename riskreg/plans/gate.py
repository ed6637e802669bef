"""The gates of plans and the risks in them (riskreg.verbs.gate)."""

from __future__ import annotations

from collections.abc import Callable

from django.utils.translation import gettext as _

from riskreg import clock
from riskreg.models import ControlPlan, Risk
from riskreg.plans.coverage import why_not_run_on
from riskreg.plans.transitions import PLAN, RISK
from riskreg.verbs.errors import Refused
from riskreg.verbs.gate import Gated, lock_row

VERB_LABELS: dict[str, Callable[[], str]] = {
    "propose": lambda: _("Propose"),
    "withdraw": lambda: _("Withdraw the proposal"),
    "adopt": lambda: _("Adopt"),
    "revise": lambda: _("Revise"),
    "close": lambda: _("Close"),
    "run_on": lambda: _("Let the controls run on"),
    "stop_running_on": lambda: _("Stop the controls from running on"),
    "change": lambda: _("Change"),
    "add_risk": lambda: _("Add a risk"),
    "carry_over": lambda: _("Carry over to next year"),
    "reassess": lambda: _("Reassess"),
    "place": lambda: _("Place in the matrix"),
    "hand_over": lambda: _("Change owner or confidentiality"),
    "keep": lambda: _("Keep"),
    "drop": lambda: _("Drop"),
    "restore": lambda: _("Restore"),
    "show_earlier": lambda: _("Show earlier wording"),
    "withhold_earlier": lambda: _("Withhold earlier wording"),
}


class EmptyPlan(Refused):
    """The plan holds no risk."""


def has_risks(plan: ControlPlan, verb: str) -> None:
    """Raise EmptyPlan unless the plan holds risks: only such a plan is proposed and adopted."""
    if not plan.risks.current().exists():
        raise EmptyPlan(_("%(plan)s holds no risks yet: add or import them first.") % {"plan": plan})


class NothingRunsOn(Refused):
    """The plan's controls are not told to run on, or there is no year into which they could."""


def next_plan_is_awaited(plan: ControlPlan, verb: str) -> None:
    """Raise NothingRunsOn unless the plan's year ends or has ended and the next one's plan is not adopted yet."""
    why = why_not_run_on(plan, clock.today())
    if why:
        raise NothingRunsOn(why)


def runs_on(plan: ControlPlan, verb: str) -> None:
    """Raise NothingRunsOn unless the plan's controls were told to run on."""
    if not plan.is_told_to_run_on:
        raise NothingRunsOn(_("The controls of %(plan)s do not run on.") % {"plan": plan})


PLANS: Gated[ControlPlan] = Gated(
    workflow=PLAN,
    labels=VERB_LABELS,
    rows=lambda: ControlPlan.objects.select_related("unit", "matrix"),
    unit=lambda plan: plan.unit,
    conditions={"has_risks": has_risks, "next_plan_is_awaited": next_plan_is_awaited, "runs_on": runs_on},
)

RISKS: Gated[Risk] = Gated(
    workflow=RISK,
    labels=VERB_LABELS,
    rows=lambda: Risk.objects.select_related("plan__unit", "plan__matrix", "unit", "owner"),
    unit=lambda risk: risk.unit,
    state=lambda risk: str(risk.plan.state),
    state_label=lambda risk: str(risk.plan.get_state_display()),
    # The plan first, as everywhere: its state decides what may be done, so it must not move meanwhile.
    lock_first=lambda risk: lock_row(ControlPlan.objects.all(), risk.plan_id),
)
