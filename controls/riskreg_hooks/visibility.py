"""Visibility of a risk to the people who are named to perform its control or follow-up, or an action.

They see the risk also when it is confidential (riskreg.access.sight.register_named_people). The other way, refusing
to name anybody without the right, would have to be checked at every way in, and again each time a risk is marked
confidential after its control was given to somebody.
"""

from __future__ import annotations

from controls.models import Action, Check, Control, FollowUp
from riskreg.access.sight import register_named_people


def register() -> None:
    """Register the people named; called once, when the app is ready."""
    register_named_people(lambda people: Control.objects.filter(performer__in=people, is_dropped=False).values("risk"))
    register_named_people(lambda people: FollowUp.objects.filter(performer__in=people).values("control__risk"))
    register_named_people(lambda people: Check.objects.filter(performer__in=people).values("control__risk"))
    register_named_people(
        lambda people: Action.objects.filter(responsible__in=people, kind=Action.Kind.MEASURE).values("follow_up__control__risk")
    )
