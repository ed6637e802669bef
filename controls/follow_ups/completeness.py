"""Completeness: what has to be filled in before a follow-up is submitted."""

from __future__ import annotations

from collections.abc import Sequence

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from controls.follow_ups.backing import Backing, backings_of, departure
from controls.models import Action, Conclusion, FollowUp
from riskreg.models import User


class Incomplete(ValidationError):
    """The missing parts of a follow-up, by field: result, conclusion, conclusion_reason, decision."""


def is_complete(follow_up: FollowUp, by: User) -> None:
    """Raise Incomplete naming every missing field, and what is expected there.

    Also the reason when the conclusion departs from what the sample suggests.
    """
    backings = backings_of(follow_up) if follow_up.conclusion else []
    missing = what_lacks(follow_up, list(follow_up.actions.all()), backings)
    if missing:
        raise Incomplete(missing)


def what_lacks(follow_up: FollowUp, actions: Sequence[Action], backings: Sequence[Backing]) -> dict[str, list[str]]:
    """Return what is missing and what is expected there, by field; nothing when the follow-up can be handed in.

    Also the reason why the conclusion departs from what backs it, where it does. The follow-up and its actions are taken
    as they are given: those of an import are not saved yet.
    """
    missing: dict[str, list[str]] = {}
    if not follow_up.result.strip():
        missing["result"] = [_("Write what was examined, how much, and what it showed.")]
    concluded = follow_up.concluded
    if concluded is None:
        missing["conclusion"] = [_("Choose a conclusion.")]
    elif concluded.is_deviation and not _answered(actions):
        missing["decision"] = [
            _("A deviation needs an action, or “No further action needed” with a reason why it is acceptable.")
        ]
    elif concluded == Conclusion.ONGOING and not _continues(actions):
        missing["decision"] = [_("Write what goes on until the next closing: choose “Goes on” and describe it.")]
    departs = departure(follow_up, backings)
    if departs and not follow_up.conclusion_reason.strip():
        missing["conclusion_reason"] = [_("%(departure)s Write why.") % {"departure": departs}]
    unclear = [
        action for action in actions if action.kind == Action.Kind.MEASURE and not (action.responsible_id and action.due_on)
    ]
    if unclear and "decision" not in missing:
        missing["decision"] = [_("Say who is responsible and by when: %(action)s.") % {"action": action} for action in unclear]
    return missing


def _answered(actions: Sequence[Action]) -> bool:
    measures = any(action.kind == Action.Kind.MEASURE for action in actions)
    return measures or any(action.kind == Action.Kind.NONE_NEEDED and action.description.strip() for action in actions)


def _continues(actions: Sequence[Action]) -> bool:
    return any(action.kind == Action.Kind.CONTINUES and action.description.strip() for action in actions)
