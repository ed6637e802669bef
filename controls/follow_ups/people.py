"""The people of a follow-up: rights, deputies, own part, the other pair of eyes."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from controls.follow_ups.contributors import contributed, contributors
from controls.models import Check, FollowUp
from riskreg import clock
from riskreg.access.grants import grants_of, lenders_of, may_by_own_right, paths_by_lender
from riskreg.access.sight import within
from riskreg.access.verbs import ROLES_OF_VERB, NotPermitted, Verb
from riskreg.database.compiled import rows_once_compiled
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
        authors = authors_of(follow_up)
        return {pk: name for pk, name in lenders.items() if pk not in authors} or lenders
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


def handed_it_in(follow_up: FollowUp, by: User) -> None:
    """Raise NotYours unless the user performs or submitted the follow-up, or is the deputy of who does: they take it back.

    A manager returns it instead, with what to do.
    """
    theirs = {follow_up.performer_id, follow_up.submitted_by_id} - {None}
    if by.pk in theirs or theirs & lenders_of(by, Verb.LOG_FOLLOW_UP, follow_up.unit).keys():
        return
    raise NotYours(
        _("%(name)s submitted this follow-up, and takes it back. A manager can return it, with what to change or add.")
        % {"name": follow_up.submitted_by or follow_up.performer or "–"}
    )


def approvable(user: User) -> Q:
    """Return the condition that a follow-up waits for the user's approval.

    It is submitted, where they may approve by their own right or as a deputy, and neither they nor the person whose right
    it would be has a part in it.
    """
    condition = Q(pk__in=[])
    for lender, paths in paths_by_lender(user, Verb.APPROVE_FOLLOW_UP).items():
        condition |= within(paths, "unit") & ~_part_of([user.pk] if lender is None else [user.pk, lender])
    return Q(state=FollowUp.State.SUBMITTED) & condition


def _part_of(people: list[int]) -> Q:
    """Return the condition that one of the people has a part in it, as `authors_of` says.

    Never NULL, so that its negation counts empty fields.
    """
    condition = contributed(people)
    for name in _COLUMNS:
        condition |= Q(**{f"{name}__isnull": False, f"{name}__in": people})
    return condition


_COLUMNS = ("performer", "submitted_by", "last_edited_by")


def authors_of(follow_up: FollowUp) -> dict[int, list[str]]:
    """Return the people with a part in the follow-up, by key, each with what they did, in words to them.

    They are who performs it, submitted it, edited it last, and who contributed since it was last approved.
    """
    parts = contributors(follow_up)
    said = [
        (follow_up.performer_id, _("You performed this follow-up.")),
        (follow_up.submitted_by_id, _("You submitted this follow-up.")),
    ]
    for person, words in reversed(said):
        if person is not None:
            parts[person] = [words, *parts.get(person, [])]
    if follow_up.last_edited_by_id is not None:
        parts.setdefault(follow_up.last_edited_by_id, [_("You edited this follow-up last.")])
    return parts


def _lent_part(follow_up: FollowUp, by: User, authors: Collection[int]) -> str:
    """Return why the user cannot approve it as a deputy: it is the work of the person whose right it would be."""
    if may_by_own_right(by, Verb.APPROVE_FOLLOW_UP, follow_up.unit):
        return ""
    lenders = lenders_of(by, Verb.APPROVE_FOLLOW_UP, follow_up.unit)
    if not lenders or lenders.keys() - set(authors):
        return ""
    return _("You are here as deputy for %(names)s, whose own work this is.") % {"names": ", ".join(lenders.values())}


def has_other_eyes(follow_up: FollowUp, by: User) -> None:
    """Raise NotYours, saying what they did, for a user who would approve their own work.

    Nobody approves what they performed or submitted, nor what they contributed to since it was last approved, whatever
    their roles and whoever edited it after them; nor does a deputy approve the work of the person by whose right they would.
    """
    authors = authors_of(follow_up)
    part = " ".join(authors.get(by.pk, [])) or _lent_part(follow_up, by, authors)
    if not part:
        return
    others = [str(user) for user in approvers_of(follow_up, authors)]
    if others:
        advice = _("Somebody else has to approve it: %(names)s.") % {"names": ", ".join(others)}
    else:
        advice = _("Nobody else can approve here yet: ask the administrator to give a second person the role of manager.")
    raise NotYours(f"{part} {advice}")


def approvers_of(follow_up: FollowUp, authors: Collection[int] | None = None) -> list[User]:
    """Return the people who may approve it: managers of the unit and their deputies, except its authors.

    `authors`: those of `authors_of`, for a caller who has them already.
    """
    today, path = clock.today(), follow_up.unit.path
    authors = authors_of(follow_up) if authors is None else authors

    def others(*authors: int) -> QuerySet[User]:
        return _approvers_at(path, today, authors)

    if len(authors) > MOST_AUTHORS:
        return list(others(*authors))
    return rows_once_compiled(("approvers", path, today, len(authors)), others, *authors)


MOST_AUTHORS = 8
"""So many people with a part in a follow-up are usual."""


def _approvers_at(path: str, today: date, authors: Collection[int]) -> QuerySet[User]:
    managers = (
        Membership.objects.filter(
            role__in=ROLES_OF_VERB[Verb.APPROVE_FOLLOW_UP], unit__path__in=ancestors(path), user__is_active=True
        )
        .valid_on(today)
        .exclude(user__in=authors)
    )
    deputies = Deputyship.objects.in_force(today).filter(absent__in=managers.values("user"))
    people = User.objects.filter(Q(pk__in=managers.values("user")) | Q(pk__in=deputies.values("deputy")), is_active=True)
    return people.exclude(pk__in=authors).order_by("name_sort")


def controllers_at(unit: Unit) -> list[User]:
    """Return the active controllers of the unit and of those above it, the nearest unit's first."""
    found = (
        Membership.objects.filter(role=Role.CONTROLLER, unit__path__in=ancestors(unit.path), user__is_active=True)
        .valid_on(clock.today())
        .select_related("user")
        .order_by("-unit__path", "user__name_sort", "pk")
    )
    return list({membership.user_id: membership.user for membership in found}.values())


def performers_at(unit: Unit) -> QuerySet[User]:
    """Return the active people who may log the unit's follow-ups by a role there, or above it."""
    logging = Membership.objects.filter(role__in=ROLES_OF_VERB[Verb.LOG_FOLLOW_UP], unit__path__in=ancestors(unit.path))
    return User.objects.filter(is_active=True, pk__in=logging.valid_on(clock.today()).values("user")).order_by("name_sort")
