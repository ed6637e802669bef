"""The people of a follow-up: rights, deputies, own part, the other pair of eyes."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from controls.models import Check, FollowUp
from riskreg import clock
from riskreg.access.grants import grants_of, lenders_of, may_by_own_right
from riskreg.access.verbs import ROLES_OF_VERB, NotPermitted, Verb
from riskreg.models import Deputyship, Membership, Role, Unit, User
from riskreg.models.unit import ancestors


class NotYours(NotPermitted):
    """The role would do, but not for this person here; the message names people who can."""

    def __init__(self, message: str) -> None:
        PermissionDenied.__init__(self, message)


def roles_at(user: User, unit: Unit) -> set[Role]:
    """Return the roles the user has at the unit, from there or from above."""
    return {grant.role for grant in grants_of(user) if unit.path.startswith(grant.path)}


def acts_for(follow_up: FollowUp | Check, right: Verb, by: User) -> dict[int, str]:
    """Return whose deputy the user is in this, by id and name; empty when they do it by their own right.

    A user who performs an absent person's follow-up does it for them, whatever their own roles.
    """
    lenders = lenders_of(by, right, follow_up.unit)
    if right == Verb.LOG_FOLLOW_UP and follow_up.performer_id in lenders:
        return {follow_up.performer_id: lenders[follow_up.performer_id]}
    if may_by_own_right(by, right, follow_up.unit):
        return {}
    if right == Verb.APPROVE_FOLLOW_UP and isinstance(follow_up, FollowUp):
        return {pk: name for pk, name in lenders.items() if pk not in _authors(follow_up)} or lenders
    return lenders


def performs_it(follow_up: FollowUp | Check, by: User) -> None:
    """Raise NotYours unless the user may log the follow-up or check.

    A control owner logs their own, and those of the unit that nobody has taken on yet. Managers and controllers of
    the unit may log any of its follow-ups: someone is ill, and the closing does not wait. Whoever wrote last cannot
    approve, so that costs them the approval.
    """
    if follow_up.performer_id in {None, by.pk} or roles_at(by, follow_up.unit) & {Role.MANAGER, Role.CONTROLLER}:
        return
    if follow_up.performer_id in lenders_of(by, Verb.LOG_FOLLOW_UP, follow_up.unit):
        return
    said = _("%(performer)s performs this follow-up. Ask them, or your manager or controller, to change it.")
    if isinstance(follow_up, Check):
        said = _("%(performer)s performs this check. Ask them, or your manager or controller, to record it.")
    raise NotYours(said % {"performer": follow_up.performer})


def own_part(follow_up: FollowUp, by: User) -> str:
    """Return in words the user's own part in the follow-up; '' when they have none."""
    if follow_up.performer_id == by.pk:
        return _("You performed this follow-up.")
    if follow_up.submitted_by_id == by.pk:
        return _("You submitted this follow-up.")
    if follow_up.last_edited_by_id == by.pk:
        return _("You edited this follow-up last.")
    return ""


def _authors(follow_up: FollowUp) -> set[int]:
    """Return the keys of those who performed, submitted and edited it last."""
    return {pk for pk in (follow_up.performer_id, follow_up.submitted_by_id, follow_up.last_edited_by_id) if pk is not None}


def lent_part(follow_up: FollowUp, by: User) -> str:
    """Return why the user cannot approve it as a deputy: it is the work of the person whose right it would be."""
    if may_by_own_right(by, Verb.APPROVE_FOLLOW_UP, follow_up.unit):
        return ""
    lenders = lenders_of(by, Verb.APPROVE_FOLLOW_UP, follow_up.unit)
    if not lenders or lenders.keys() - _authors(follow_up):
        return ""
    return _("You are here as deputy for %(names)s, whose own work this is.") % {"names": ", ".join(lenders.values())}


def has_other_eyes(follow_up: FollowUp, by: User) -> None:
    """Raise NotYours for a user who would approve their own work.

    Nobody approves what they performed, submitted or edited last, whatever their roles; nor does a deputy approve the
    work of the person by whose right they would.
    """
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
    """Return the people who may approve it: managers of the unit and their deputies, except its authors."""
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
    """Return the active people who may log the unit's follow-ups by a role there, or above it."""
    logging = Membership.objects.filter(role__in=ROLES_OF_VERB[Verb.LOG_FOLLOW_UP], unit__path__in=ancestors(unit.path))
    return User.objects.filter(is_active=True, pk__in=logging.valid_on(clock.today()).values("user")).order_by("name_sort")
