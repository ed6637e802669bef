"""Verbs on an action: mark_action_done, note_effect, take_up_again.

A measure outlives its follow-up's approval, so these do not touch the follow-up: only the action and its history.
What they raise: NotPermitted (NotYours is one), Stale, NotInThisState, ReasonNeeded, ValidationError.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from controls.follow_ups.people import NotYours, roles_at
from controls.models import Action
from controls.transitions import ACTION
from riskreg import clock
from riskreg.access.grants import acting_for, lenders_of
from riskreg.access.verbs import Verb
from riskreg.models import Role, User
from riskreg.verbs.errors import NotInThisState
from riskreg.verbs.gate import Gated

VERB_LABELS: dict[str, Callable[[], str]] = {
    "mark_done": lambda: _("Mark as done"),
    "note_effect": lambda: _("Note the effect"),
    "take_up_again": lambda: _("Take up again"),
}
STATE_LABELS: dict[str, Callable[[], str]] = {
    "open": lambda: _("Open"),
    "done": lambda: _("Done"),
    "verified": lambda: _("Done, effect noted"),
}


def state_of(action: Action) -> str:
    """open, done, or verified (done, and what it led to is noted). Only measures have a life."""
    if action.done_on is None:
        return "open"
    return "verified" if action.effect else "done"


def require_measure(action: Action, verb: str) -> None:
    """Raise NotInThisState: only a measure has a life, a decision has none."""
    if action.kind != Action.Kind.MEASURE:
        raise NotInThisState(verb, action.get_kind_display())


def _absent_with_part(action: Action, by: User) -> dict[int, str]:
    """Return those whose deputy the user is in this: the action's responsible, or its follow-up's performer.

    Empty when the user has a part in it themselves.
    """
    parts = {action.responsible_id, action.follow_up.performer_id}
    lenders = lenders_of(by, Verb.LOG_FOLLOW_UP, action.follow_up.unit)
    return {} if by.pk in parts else {pk: name for pk, name in lenders.items() if pk in parts}


def answers_for_it(action: Action, by: User) -> None:
    """Raise NotYours unless the user answers for the action.

    They are its responsible, the performer of its follow-up, their deputies, and the unit's managers and controllers.
    """
    if by.pk in {action.responsible_id, action.follow_up.performer_id} or _absent_with_part(action, by):
        return
    if roles_at(by, action.follow_up.unit) & {Role.MANAGER, Role.CONTROLLER}:
        return
    raise NotYours(
        _("%(responsible)s is responsible for this action. Ask them, or your manager or controller, to change it.")
        % {"responsible": action.responsible or action.follow_up.performer or _("Nobody yet")}
    )


def acts_for(action: Action, right: Verb, by: User) -> Mapping[int, str]:
    """Return by whose right the user acts in this: theirs who have a part in it, else as everywhere."""
    return _absent_with_part(action, by) or acting_for(by, right, action.follow_up.unit)


ACTIONS: Gated[Action] = Gated(
    workflow=ACTION,
    labels=VERB_LABELS,
    rows=lambda: Action.objects.select_related("follow_up__unit", "responsible"),
    unit=lambda action: action.follow_up.unit,
    state=state_of,
    state_label=lambda action: STATE_LABELS[state_of(action)](),
    conditions={"is_measure": require_measure},
    guards={"answers_for_it": answers_for_it},
    acts_for=acts_for,
)


def mark_action_done(
    action: Action, *, by: User, done_on: date, effect: str = "", reason: str = "", version: int | None = None
) -> Action:
    """Mark the action as done on that day; its effect may be known already. A day to come is refused."""
    with ACTIONS.open(action, "mark_done", by=by, reason=reason, version=version) as turn:
        if done_on > clock.today():
            raise ValidationError({"done_on": [_("%(day)s has not come yet: state the day it was done.") % {"day": done_on}]})
        turn.row.done_on, turn.row.effect = done_on, effect.strip()
        return turn.save()


def note_effect(action: Action, *, by: User, effect: str, reason: str = "", version: int | None = None) -> Action:
    """Save the effect of the done action."""
    with ACTIONS.open(action, "note_effect", by=by, reason=reason, version=version) as turn:
        if not effect.strip():
            raise ValidationError({"effect": [_("Write what the action led to.")]})
        turn.row.effect = effect.strip()
        return turn.save()


def take_up_again(action: Action, *, by: User, reason: str, version: int | None = None) -> Action:
    """Reopen an action that was not done after all; what was noted stays in the history."""
    with ACTIONS.open(action, "take_up_again", by=by, reason=reason, version=version) as turn:
        turn.row.done_on, turn.row.effect = None, ""
        return turn.save()
