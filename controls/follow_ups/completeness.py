"""Tell what has to be filled in before a follow-up is handed in."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from controls.models import Action, Conclusion, FollowUp
from controls.sampling.samples.behind_follow_up import departure
from riskreg.models import User


class Incomplete(ValidationError):
    """What is missing before the follow-up can be handed in, by field: result, conclusion, conclusion_reason, decision."""


def is_complete(follow_up: FollowUp, by: User) -> None:
    """Raises Incomplete naming every field that is missing, and what is expected there: also why the conclusion departs from
    what the sample suggests, where it does."""
    missing: dict[str, list[str]] = {}
    if not follow_up.result.strip():
        missing["result"] = [_("Write what was examined, how much, and what it showed.")]
    actions = list(follow_up.actions.all())
    concluded = follow_up.concluded
    if concluded is None:
        missing["conclusion"] = [_("Choose a conclusion.")]
    elif concluded.is_deviation and not _answered(actions):
        missing["decision"] = [
            _("A deviation needs an action, or “No further action needed” with a reason why it is acceptable.")
        ]
    elif concluded == Conclusion.ONGOING and not _continues(actions):
        missing["decision"] = [_("Write what goes on until the next closing: choose “Goes on” and describe it.")]
    departs = departure(follow_up)
    if departs and not follow_up.conclusion_reason.strip():
        missing["conclusion_reason"] = [_("%(departure)s Write why.") % {"departure": departs}]
    unclear = [
        action for action in actions if action.kind == Action.Kind.MEASURE and not (action.responsible_id and action.due_on)
    ]
    if unclear and "decision" not in missing:
        missing["decision"] = [_("Say who is responsible and by when: %(action)s.") % {"action": action} for action in unclear]
    if missing:
        raise Incomplete(missing)


def _answered(actions: list[Action]) -> bool:
    measures = any(action.kind == Action.Kind.MEASURE for action in actions)
    return measures or any(action.kind == Action.Kind.NONE_NEEDED and action.description.strip() for action in actions)


def _continues(actions: list[Action]) -> bool:
    return any(action.kind == Action.Kind.CONTINUES and action.description.strip() for action in actions)
