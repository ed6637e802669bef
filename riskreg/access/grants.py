"""Rights of a user: memberships, deputyships, and what they allow at a unit."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from functools import wraps
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from django.db.models import OuterRef, Q, Subquery
from django.db.models.functions import Substr

from riskreg import clock
from riskreg.access.verbs import _OPERATORS, NEVER_LENT, ROLES_OF_VERB, NotPermitted, Verb
from riskreg.database.compiled import rows_once_compiled
from riskreg.models.author import Author
from riskreg.models.deputyship import Deputyship
from riskreg.models.membership import Membership, Role
from riskreg.models.unit import ROOT_PATH_LENGTH, Unit
from riskreg.models.user import User

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser
    from django.db.models import QuerySet

Made = TypeVar("Made", covariant=True)  # noqa: PLC0105 - what is made, by name
MOST_KEPT = 1000
"""Conditions that are kept for the next page, of each kind."""


@dataclass(frozen=True, slots=True)
class Grant:
    """A membership in force: the role, its unit, whether it opens confidential risks, and its municipality.

    `lent_by` is the person whose it is, when the user has it as a deputy.
    """

    role: Role
    unit_id: int
    path: str
    sees_confidential: bool
    organisation: str = ""
    lent_by: int | None = None
    lender: str = ""


def grants_of(user: User | AnonymousUser) -> tuple[Grant, ...]:
    """Return the user's memberships in force today, then those of the people they are deputy for.

    Read once per user object (that is: once per request).
    """
    if not user.is_authenticated or not user.is_active:
        return ()
    kept: tuple[Grant, ...] | None = user._grants
    if kept is None:
        kept = _remember(user, _memberships_of(user.pk))
    return kept


def standing_of(user: User | AnonymousUser) -> tuple[Any, ...]:
    """Return all that the user's rights and sight are made from: while it is equal, the same conditions hold."""
    return user.pk, user.is_active, user.is_superuser, grants_of(user)


class Condition(Protocol[Made]):
    """What is said of a user, behind a field."""

    def __call__(self, user: User | AnonymousUser, field: str = "") -> Made: ...


def kept_by_standing(make: Callable[[User | AnonymousUser, str], Made]) -> Condition[Made]:
    """Decorate a condition on what a user sees (behind a field): it is made once for each standing, for every page after it.

    What it returns must depend on nothing else, and never be changed.
    """
    kept: dict[tuple[Any, ...], Made] = {}

    @wraps(make)
    def condition(user: User | AnonymousUser, field: str = "") -> Made:
        key = standing_of(user), field
        found = kept.get(key)
        if found is None:
            found = make(user, field)
            if len(kept) >= MOST_KEPT:
                kept.clear()
            kept[key] = found
        return found

    return condition


def user_with_roles(user_id: int) -> User | None:
    """Return the user with their memberships in one query, with which every request begins."""
    rows = _memberships_of(user_id)
    own = next((row.user for row in rows if row.user_id == user_id), None)
    user = own or User.objects.filter(pk=user_id).first()
    if user is not None:
        _remember(user, rows)
    return user


def _memberships_of(user_id: int) -> list[Membership]:
    today = clock.today()
    return rows_once_compiled(("memberships", user_id, today), lambda: _in_force(user_id, today))


def _in_force(user_id: int, today: date) -> QuerySet[Membership]:
    """Return the memberships in force today, each annotated with its municipality's name.

    The municipality is the unit whose path is the path's first step.

    Those of people whom the user is deputy for today are included, except the role of administrator. Not included are
    those which these people have as deputies themselves: a deputyship reaches one step.
    """
    municipality = Unit.objects.filter(path=Substr(OuterRef("unit__path"), 1, ROOT_PATH_LENGTH)).values("name")
    absent = Deputyship.objects.in_force(today).filter(deputy=user_id, absent__is_active=True)
    lent = Q(user__in=absent.values("absent")) & ~Q(role=Role.ADMINISTRATOR)
    in_force = Membership.objects.filter(Q(user=user_id) | lent).valid_on(today).select_related("user", "unit")
    return in_force.annotate(organisation=Subquery(municipality))


def _remember(user: User, memberships: Iterable[Membership]) -> tuple[Grant, ...]:
    grants = [_grant(user, membership) for membership in memberships]
    user._grants = tuple(sorted(grants, key=lambda grant: grant.lent_by is not None))
    return user._grants


def _grant(user: User, membership: Membership) -> Grant:
    organisation = getattr(membership, "organisation", None) or ""
    lender = None if membership.user_id == user.pk else membership.user
    return Grant(
        Role(membership.role),
        membership.unit_id,
        membership.unit.path,
        membership.sees_confidential,
        organisation,
        lent_by=lender.pk if lender else None,
        lender=lender.get_full_name() if lender else "",
    )


def paths_with(user: User | AnonymousUser, verb: Verb) -> list[str]:
    """Return the paths of units (each with all below it) where the user may do this, also as a deputy."""
    if user.is_authenticated and user.is_active and user.is_superuser and verb in _OPERATORS:
        return ["/"]
    return topmost({grant.path for grant in grants_of(user) if _allows(grant, verb)})


def _allows(grant: Grant, verb: Verb) -> bool:
    return grant.role in ROLES_OF_VERB[verb] and (grant.lent_by is None or verb not in NEVER_LENT)


def paths_by_lender(user: User | AnonymousUser, verb: Verb) -> dict[int | None, list[str]]:
    """Return the paths where the user may do this, by whose right.

    None is their own, the others are people they are deputy for.
    """
    found: dict[int | None, set[str]] = {}
    for grant in grants_of(user):
        if _allows(grant, verb):
            found.setdefault(grant.lent_by, set()).add(grant.path)
    return {lender: topmost(paths) for lender, paths in found.items()}


def stands_in_for(user: User | AnonymousUser) -> dict[int, str]:
    """Return the people the user is deputy for today, with their names; only those who have rights to lend."""
    return {grant.lent_by: grant.lender for grant in grants_of(user) if grant.lent_by is not None}


def lenders_of(user: User | AnonymousUser, verb: Verb, unit: Unit) -> dict[int, str]:
    """Return the people the user is deputy for who may do this at the unit."""
    here = [grant for grant in grants_of(user) if _allows(grant, verb) and unit.path.startswith(grant.path)]
    return {grant.lent_by: grant.lender for grant in here if grant.lent_by is not None}


def may(user: User | AnonymousUser, verb: Verb, unit: Unit | None = None) -> bool:
    """Return whether the user may do this at the unit; without a unit, whether anywhere."""
    paths = paths_with(user, verb)
    return bool(paths) if unit is None else any(unit.path.startswith(path) for path in paths)


def may_by_own_right(user: User | AnonymousUser, verb: Verb, unit: Unit | None = None) -> bool:
    """Return whether the user may do this at the unit without being anybody's deputy."""
    paths = paths_by_lender(user, verb).get(None, [])
    return bool(paths) if unit is None else any(unit.path.startswith(path) for path in paths)


def require(user: User | AnonymousUser, verb: Verb, unit: Unit | None = None) -> None:
    """Raise NotPermitted unless the user may do this at the unit; without a unit, anywhere."""
    if not may(user, verb, unit):
        raise NotPermitted(verb)


def acting_for(user: User, verb: Verb, unit: Unit) -> dict[int, str]:
    """Return by whose right the user does this at the unit, by id and name; empty when it is their own."""
    return {} if may_by_own_right(user, verb, unit) else lenders_of(user, verb, unit)


def author_with(user: User, verb: Verb, unit: Unit) -> Author:
    """Return the user as the author of what the right allows at the unit. Raises NotPermitted when they lack it."""
    require(user, verb, unit)
    return Author(user, ", ".join(acting_for(user, verb, unit).values()))


def topmost(paths: set[str]) -> list[str]:
    """Return the paths without those that lie below another."""
    return sorted(path for path in paths if not any(path != above and path.startswith(above) for above in paths))
