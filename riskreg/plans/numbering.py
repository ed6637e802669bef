"""Numbers that people refer to: one sequence a plan, no number twice, also when eight people add risks at once."""

from __future__ import annotations

from django.db import transaction
from django.db.models import Max

from riskreg.models import ControlPlan, Risk
from riskreg.verbs.gate import lock_row


def next_risk_number(plan: ControlPlan) -> int:
    """Return the plan's next free risk number.

    Call inside the transaction that uses it: the plan's row is locked until then.
    """
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError("next_risk_number must be called in the transaction that saves the risk.")
    lock_row(ControlPlan.objects.all(), plan.pk)
    highest: int | None = Risk.objects.filter(plan=plan).aggregate(highest=Max("number"))["highest"]
    return (highest or 0) + 1
