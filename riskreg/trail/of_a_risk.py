"""The records of this app that tell a risk's life, and the relations their texts read."""

from __future__ import annotations

from typing import Any

from django.db.models import F, OuterRef, Q, QuerySet, Subquery

from riskreg.models import ControlPlan, Deputyship, Membership, PlanVersion, Risk
from riskreg.trail.references import text_needs
from riskreg.trail.timeline import belongs, history_of


def register() -> None:
    """Register this app's records; called once, when the app is ready."""
    belongs(Risk, lambda risk: history_of(Risk).filter(id=risk.pk))
    belongs(ControlPlan, plan_decisions)
    belongs(PlanVersion, lambda risk: history_of(PlanVersion).filter(plan=risk.plan_id))
    text_needs(Risk, "plan")
    text_needs(ControlPlan, "unit")
    text_needs(PlanVersion, "plan__unit")
    text_needs(Membership, "user", "unit")
    text_needs(Deputyship, "absent", "deputy")


def plan_decisions(risk: Risk) -> QuerySet[Any]:
    """Return the rows of the plan's history at which its state changed.

    It was then made, proposed, adopted, revised or closed.
    """
    rows = history_of(ControlPlan).filter(id=risk.plan_id)
    earlier = (
        history_of(ControlPlan)
        .filter(
            Q(history_date__lt=OuterRef("history_date"))
            | Q(history_date=OuterRef("history_date"), history_id__lt=OuterRef("history_id")),
            id=OuterRef("id"),
        )
        .order_by("-history_date", "-history_id")
    )
    before = Subquery(earlier.values("state")[:1])
    return rows.alias(state_before=before).filter(Q(state_before=None) | ~Q(state=F("state_before")))
