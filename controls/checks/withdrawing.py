"""Withdraw the checks of a control that nobody has begun."""

from __future__ import annotations

from typing import Any

from controls.models import Check
from riskreg.models.author import Author
from riskreg.models.history import sign


def withdraw_checks(checks: Any, *, by: Author, reason: str) -> None:
    """Delete the checks that nobody has started and nothing was drawn for.

    A check that is begun, done or missed stands.
    """
    untouched = checks.filter(state=Check.State.PLANNED, populations__isnull=True, samples__isnull=True)
    chosen = list(untouched.values_list("pk", flat=True))
    # Companions of the control or risk whose verb this is.
    for check in Check.objects.select_for_update().filter(pk__in=chosen, state=Check.State.PLANNED):
        sign(check, by=by, reason=reason)
        check.delete()
