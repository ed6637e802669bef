"""Withdraw the planned follow-ups of a control that nobody has begun."""

from __future__ import annotations

from typing import Any

from controls.models import FollowUp
from riskreg.models.author import Author
from riskreg.models.history import sign


def withdraw_planned(follow_ups: Any, *, by: Author, reason: str) -> None:
    """Delete the planned follow-ups that nobody has begun."""
    # Companions of the control or risk whose verb this is.
    # Chosen first, locked by their keys then: PostgreSQL cannot lock the empty side of an outer join.
    untouched = follow_ups.filter(
        state=FollowUp.State.PLANNED, result="", conclusion="", actions__isnull=True, evidence__isnull=True
    )
    chosen = list(untouched.values_list("pk", flat=True))
    for follow_up in FollowUp.objects.select_for_update().filter(pk__in=chosen, state=FollowUp.State.PLANNED):
        sign(follow_up, by=by, reason=reason)
        follow_up.delete()
