"""What is done with an action: mark_action_done, note_effect, take_up_again.

A measure outlives its follow-up's approval, so these do not touch the follow-up: only the action and its history.
What they raise: NotPermitted (NotYours is one), Stale, NotInThisState, ReasonNeeded, ValidationError.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from controls.follow_ups.people import NotYours, roles_at
from controls.models import Action
from controls.transitions import ACTION
from riskreg import clock
from riskreg.access.grants import lenders_of, may, require
from riskreg.access.verbs import NotPermitted, Verb
from riskreg.models import Role, User
from riskreg.models.history import save_with_history
from riskreg.verbs.concurrency import refuse_if_changed
from riskreg.verbs.errors import NotInThisState, ReasonNeeded
from riskreg.verbs.workflow import NotPossible

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


def mark_action_done(
    action: Action, *, by: User, done_on: date, effect: str = "", reason: str = "", version: int | None = None
) -> Action:
    """It is done, on that day; what it led to may be known already. A day to come is refused."""
    with _moving(action, "mark_done", by=by, reason=reason, version=version) as row:
        if done_on > clock.today():
            raise ValidationError({"done_on": [_("%(day)s has not come yet: state the day it was done.") % {"day": done_on}]})
        row.done_on, row.effect = done_on, effect.strip()
        return save_with_history(row, by=by, reason=reason.strip() or VERB_LABELS["mark_done"]())


def note_effect(action: Action, *, by: User, effect: str, reason: str = "", version: int | None = None) -> Action:
    """What the done action led to."""
    with _moving(action, "note_effect", by=by, reason=reason, version=version) as row:
        if not effect.strip():
            raise ValidationError({"effect": [_("Write what the action led to.")]})
        row.effect = effect.strip()
        return save_with_history(row, by=by, reason=reason.strip() or VERB_LABELS["note_effect"]())


def take_up_again(action: Action, *, by: User, reason: str, version: int | None = None) -> Action:
    """It was not done after all: open again; what was noted stays in the history."""
    with _moving(action, "take_up_again", by=by, reason=reason, version=version) as row:
        row.done_on, row.effect = None, ""
        return save_with_history(row, by=by, reason=reason.strip())


@contextmanager
def _moving(action: Action, verb: str, *, by: User, reason: str, version: int | None) -> Iterator[Action]:
    with transaction.atomic():
        row = (
            Action.objects.visible_to(by)
            .select_for_update(of=("self",))
            .select_related("follow_up__unit", "responsible")
            .filter(pk=action.pk)
            .first()
        )
        if row is None:
            raise NotPermitted(Verb.VIEW)
        require(by, Verb.LOG_FOLLOW_UP, row.follow_up.unit)
        refuse_if_changed(row, version)
        if row.kind != Action.Kind.MEASURE:
            raise NotInThisState(VERB_LABELS[verb](), row.get_kind_display())
        answer = ACTION.answer(state_of(row), verb)
        if isinstance(answer, NotPossible):
            possible = [VERB_LABELS[one]() for one in answer.possible]
            raise NotInThisState(VERB_LABELS[verb](), STATE_LABELS[answer.state](), possible)
        answers_for_it(row, by)
        if answer.demands_reason and not reason.strip():
            raise ReasonNeeded(VERB_LABELS[verb]())
        for_whom = _absent_with_part(row, by)
        if for_whom:
            by.acting_for = ", ".join(for_whom.values())
        yield row


def _absent_with_part(action: Action, by: User) -> dict[int, str]:
    """Whose deputy the person is in this: who is responsible for the action, or performs its follow-up; not when they
    have a part in it themselves."""
    parts = {action.responsible_id, action.follow_up.performer_id}
    lenders = lenders_of(by, Verb.LOG_FOLLOW_UP, action.follow_up.unit)
    return {} if by.pk in parts else {pk: name for pk, name in lenders.items() if pk in parts}


def answers_for_it(action: Action, by: User) -> None:
    """Who is responsible for it, who performs its follow-up, their deputies, and the unit's managers and controllers."""
    if by.pk in {action.responsible_id, action.follow_up.performer_id} or _absent_with_part(action, by):
        return
    if roles_at(by, action.follow_up.unit) & {Role.MANAGER, Role.CONTROLLER}:
        return
    raise NotYours(
        _("%(responsible)s is responsible for this action. Ask them, or your manager or controller, to change it.")
        % {"responsible": action.responsible or action.follow_up.performer or _("Nobody yet")}
    )


def verbs_open_to(action: Action, by: User) -> list[str]:
    """What this person may do with the measure in the state it is in."""
    if action.kind != Action.Kind.MEASURE or not may(by, Verb.LOG_FOLLOW_UP, action.follow_up.unit):
        return []
    try:
        answers_for_it(action, by)
    except NotYours:
        return []
    return list(ACTION.verbs_from(state_of(action)))
