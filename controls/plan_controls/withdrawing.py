"""Withdraw the planned follow-ups and checks of a control that nobody has begun."""

from __future__ import annotations

from typing import Any

from django.db.models import Q

from controls.models import Check, FollowUp
from riskreg.models.author import Author
from riskreg.models.history import sign

_UNTOUCHED: dict[type, Q] = {
    FollowUp: Q(result="", conclusion="", actions__isnull=True, evidence__isnull=True),
    Check: Q(populations__isnull=True, samples__isnull=True),
}


def withdraw_planned(*querysets: Any, by: Author, reason: str) -> None:
    """Delete the planned follow-ups and checks that nobody has begun. What is begun, done or missed stands."""
    for rows in querysets:
        # Chosen first, locked by their keys then: PostgreSQL cannot lock the empty side of an outer join.
        chosen = list(rows.filter(_UNTOUCHED[rows.model], state="planned").values_list("pk", flat=True))
        # Companions of the control or risk whose verb this is.
        for row in rows.model.objects.select_for_update().filter(pk__in=chosen, state="planned"):
            sign(row, by=by, reason=reason)
            row.delete()
