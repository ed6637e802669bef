"""Who may move a follow-up, beyond the role: whose work it is, four eyes, and what has to be filled in."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.utils.translation import gettext as _

from controls.follow_ups.completeness import is_complete
from controls.follow_ups.people import has_other_eyes, performs_it
from controls.models import FollowUp, HandedInReport
from controls.transitions import FOLLOW_UP
from riskreg.access.grants import may
from riskreg.access.verbs import NotPermitted, Verb
from riskreg.models import User
from riskreg.verbs.errors import NotInThisState, Refused
from riskreg.verbs.workflow import NotPossible, Transition

VERB_LABELS: dict[str, Callable[[], str]] = {
    "start": lambda: _("Start"),
    "save_draft": lambda: _("Save draft"),
    "attach": lambda: _("Add evidence"),
    "detach": lambda: _("Remove evidence"),
    "submit": lambda: _("Submit for approval"),
    "approve": lambda: _("Approve"),
    "return": lambda: _("Return"),
    "reopen": lambda: _("Reopen"),
    "assign": lambda: _("Hand to somebody else"),
}


def right_of(verb: str) -> Verb:
    return Verb(next(one.right for one in FOLLOW_UP.transitions if one.verb == verb))


def require_right(follow_up: FollowUp, verb: str, by: User) -> None:
    """Raises NotPermitted unless one of the person's roles at the follow-up's unit allows the verb."""
    if not may(by, right_of(verb), follow_up.unit):
        raise NotPermitted(right_of(verb))


def transition_for(follow_up: FollowUp, verb: str) -> Transition:
    """Raises NotInThisState unless the verb is possible in the state; rights are asked before, guards after."""
    answer = FOLLOW_UP.answer(follow_up.state, verb)
    if isinstance(answer, NotPossible):
        raise NotInThisState(VERB_LABELS[verb](), follow_up.get_state_display(), [VERB_LABELS[one]() for one in answer.possible])
    return answer


def not_handed_in(follow_up: FollowUp, by: User) -> None:
    """What a report that was handed in rests on stands, until the report is taken up for a new version."""
    versions = HandedInReport.objects.filter(
        kind="follow_up", plan=follow_up.control.risk.plan_id, closing=follow_up.closing_id
    ).order_by("-number")
    newest = versions.only("title", "number", "state").first()
    if newest is not None and newest.state == HandedInReport.State.HANDED_IN:
        raise Refused(
            _("%(report)s was handed in with this follow-up. Take the report up for a new version first, then reopen it.")
            % {"report": newest}
        )


GUARDS: dict[str, Callable[[Any, User], None]] = {
    "performs_it": performs_it,
    "has_other_eyes": has_other_eyes,
    "not_handed_in": not_handed_in,
    "is_complete": is_complete,
}


def ask_people_guards(follow_up: FollowUp, transition: Transition, by: User) -> None:
    """The guards about who it is: asked before anything is done. What is filled in is asked last, of the row as changed."""
    for guard in transition.guards:
        if guard != "is_complete":
            GUARDS[guard](follow_up, by)


def why_not(follow_up: FollowUp, verb: str, by: User) -> Exception | None:
    """Why the person cannot do it now, or None when they can. Completeness is not asked: that is said at the try."""
    try:
        require_right(follow_up, verb, by)
        ask_people_guards(follow_up, transition_for(follow_up, verb), by)
    except (NotPermitted, Refused) as refusal:
        return refusal
    return None


def verbs_open_to(follow_up: FollowUp, by: User) -> list[str]:
    """The verbs this person may do in the state it is in, in the workflow's order."""
    return [verb for verb in FOLLOW_UP.verbs_from(follow_up.state) if why_not(follow_up, verb, by) is None]
