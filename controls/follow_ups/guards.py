"""Who may move a follow-up, beyond the role: whose work it is, four eyes, and what has to be filled in."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from controls.models import Action, Check, Conclusion, FollowUp, HandedInReport
from controls.sampling.samples.behind_follow_up import departure
from controls.transitions import FOLLOW_UP
from riskreg import clock
from riskreg.access.sight import ROLES_OF_VERB, NotPermitted, Verb, grants_of, lenders_of, may, may_by_own_right
from riskreg.models import Deputyship, Membership, Role, Unit, User
from riskreg.models.unit import ancestors
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


class NotYours(NotPermitted):
    """The role would do, but not for this person here; the message says who can."""

    def __init__(self, message: str) -> None:
        PermissionDenied.__init__(self, message)


class Incomplete(ValidationError):
    """What is missing before the follow-up can be handed in, by field: result, conclusion, conclusion_reason, decision."""


def roles_at(user: User, unit: Unit) -> set[Role]:
    """The roles the person has at the unit, from there or from above."""
    return {grant.role for grant in grants_of(user) if unit.path.startswith(grant.path)}


def right_of(verb: str) -> Verb:
    return Verb(next(one.right for one in FOLLOW_UP.transitions if one.verb == verb))


def require_right(follow_up: FollowUp, verb: str, by: User) -> None:
    """Raises NotPermitted unless one of the person's roles at the follow-up's unit allows the verb."""
    if not may(by, right_of(verb), follow_up.unit):
        raise NotPermitted(right_of(verb))


def acts_for(follow_up: FollowUp | Check, right: Verb, by: User) -> dict[int, str]:
    """Whose deputy the person is in this, by id and name; empty when they do it by their own right.

    Who performs another's follow-up while that person is away does it for them, whatever their own roles.
    """
    lenders = lenders_of(by, right, follow_up.unit)
    if right == Verb.LOG_FOLLOW_UP and follow_up.performer_id in lenders:
        return {follow_up.performer_id: lenders[follow_up.performer_id]}
    if may_by_own_right(by, right, follow_up.unit):
        return {}
    if right == Verb.APPROVE_FOLLOW_UP and isinstance(follow_up, FollowUp):
        return {pk: name for pk, name in lenders.items() if pk not in _authors(follow_up)} or lenders
    return lenders


def transition_for(follow_up: FollowUp, verb: str) -> Transition:
    """Raises NotInThisState unless the verb is possible in the state; rights are asked before, guards after."""
    answer = FOLLOW_UP.answer(follow_up.state, verb)
    if isinstance(answer, NotPossible):
        raise NotInThisState(VERB_LABELS[verb](), follow_up.get_state_display(), [VERB_LABELS[one]() for one in answer.possible])
    return answer


def performs_it(follow_up: FollowUp | Check, by: User) -> None:
    """A control owner logs their own follow-ups and checks, and those of the unit that nobody has taken on yet. Managers and
    controllers of the unit may log any of its follow-ups: someone is ill, and the closing does not wait. Whoever
    wrote last cannot approve, so that costs them the approval."""
    if follow_up.performer_id in {None, by.pk} or roles_at(by, follow_up.unit) & {Role.MANAGER, Role.CONTROLLER}:
        return
    if follow_up.performer_id in lenders_of(by, Verb.LOG_FOLLOW_UP, follow_up.unit):
        return
    said = _("%(performer)s performs this follow-up. Ask them, or your manager or controller, to change it.")
    if isinstance(follow_up, Check):
        said = _("%(performer)s performs this check. Ask them, or your manager or controller, to record it.")
    raise NotYours(said % {"performer": follow_up.performer})


def own_part(follow_up: FollowUp, by: User) -> str:
    """What of the follow-up is this person's own work; empty when nothing is."""
    if follow_up.performer_id == by.pk:
        return _("You performed this follow-up.")
    if follow_up.submitted_by_id == by.pk:
        return _("You submitted this follow-up.")
    if follow_up.last_edited_by_id == by.pk:
        return _("You edited this follow-up last.")
    return ""


def _authors(follow_up: FollowUp) -> set[int]:
    """Whose work it is: who performed, submitted and edited it last."""
    return {pk for pk in (follow_up.performer_id, follow_up.submitted_by_id, follow_up.last_edited_by_id) if pk is not None}


def lent_part(follow_up: FollowUp, by: User) -> str:
    """Why the person cannot approve it as a deputy: it is the work of the one whose right it would be."""
    if may_by_own_right(by, Verb.APPROVE_FOLLOW_UP, follow_up.unit):
        return ""
    lenders = lenders_of(by, Verb.APPROVE_FOLLOW_UP, follow_up.unit)
    if not lenders or lenders.keys() - _authors(follow_up):
        return ""
    return _("You are here as deputy for %(names)s, whose own work this is.") % {"names": ", ".join(lenders.values())}


def has_other_eyes(follow_up: FollowUp, by: User) -> None:
    """Nobody approves what they performed, submitted or edited last, whatever their roles; nor does a deputy approve the
    work of the one by whose right they would."""
    part = own_part(follow_up, by) or lent_part(follow_up, by)
    if not part:
        return
    others = [str(user) for user in approvers_of(follow_up)]
    if others:
        advice = _("Somebody else has to approve it: %(names)s.") % {"names": ", ".join(others)}
    else:
        advice = _("Nobody else can approve here yet: ask the administrator to give a second person the role of manager.")
    raise NotYours(f"{part} {advice}")


def approvers_of(follow_up: FollowUp) -> list[User]:
    """The people who may approve it: managers of the unit and their deputies, without those whose own work it is."""
    today = clock.today()
    managers = (
        Membership.objects.filter(
            role__in=ROLES_OF_VERB[Verb.APPROVE_FOLLOW_UP], unit__path__in=ancestors(follow_up.unit.path), user__is_active=True
        )
        .valid_on(today)
        .exclude(user__in=_authors(follow_up))
    )
    deputies = Deputyship.objects.in_force(today).filter(absent__in=managers.values("user"))
    people = User.objects.filter(Q(pk__in=managers.values("user")) | Q(pk__in=deputies.values("deputy")), is_active=True)
    return list(people.exclude(pk__in=_authors(follow_up)).order_by("name_sort"))


def performers_at(unit: Unit) -> QuerySet[User]:
    """The active people with a role at the unit, or above it, to log its follow-ups with."""
    logging = Membership.objects.filter(role__in=ROLES_OF_VERB[Verb.LOG_FOLLOW_UP], unit__path__in=ancestors(unit.path))
    return User.objects.filter(is_active=True, pk__in=logging.valid_on(clock.today()).values("user")).order_by("name_sort")


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
