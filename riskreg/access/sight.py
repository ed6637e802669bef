"""Who may do what, and who sees what.

Two questions, each answered in one place:

* `may(user, verb, unit)`: a verb is allowed to roles; a role counts at its unit and below.
* `…_seen_by(user)`: a condition on units in the query (never a list of ids), used by every
  `visible_to(user)`: lists, details, admin, exports, search and downloads alike.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from django.core.exceptions import PermissionDenied
from django.db.models import OuterRef, Q, Subquery
from django.db.models.functions import Substr
from django.utils.translation import gettext_lazy as _

from riskreg import clock
from riskreg.models.deputyship import Deputyship
from riskreg.models.membership import Membership, Role
from riskreg.models.unit import ROOT_PATH_LENGTH, Unit, ancestors
from riskreg.models.user import User

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser
    from django.db.models import QuerySet


class Verb(StrEnum):
    VIEW = "view"
    CHANGE_PLAN = "change_plan"  # plans, risks, controls: make, change, import, place
    ADOPT_PLAN = "adopt_plan"  # enter the committee's decision: adopt, revise, close
    CHANGE_CLOSING = "change_closing"
    LOG_FOLLOW_UP = "log_follow_up"  # start, log result and evidence, submit
    APPROVE_FOLLOW_UP = "approve_follow_up"  # approve, return
    REOPEN_FOLLOW_UP = "reopen_follow_up"
    READ_REPORT = "read_report"
    HAND_IN_REPORT = "hand_in_report"  # freeze it; take it up again for a new version
    ASSIGN_FOLLOW_UP = "assign_follow_up"  # say who performs it
    PREPARE_SAMPLE = "prepare_sample"  # upload and lock a population; design, seed, draw, extend a sample
    LOG_SAMPLE = "log_sample"  # write the outcomes of sampled items
    READ_POPULATION = "read_population"  # the rows of a population and the cells of its items: often personal data
    HOLD_POPULATION = "hold_population"  # legal hold: kept past its time
    VERIFY = "verify"
    SET_DEPUTY = "set_deputy"  # for somebody else; for themselves everybody may
    CHASE = "chase"  # read the ledger of reminders, see how the machinery runs, send a reminder now
    ADMINISTER = "administer"  # users, units, roles, matrices; hand over what somebody owns


_EVERYONE = frozenset(Role)

ROLES_OF_VERB: dict[Verb, frozenset[Role]] = {
    Verb.VIEW: _EVERYONE,
    Verb.CHANGE_PLAN: frozenset({Role.CONTROLLER, Role.MANAGER}),
    Verb.ADOPT_PLAN: frozenset({Role.CONTROLLER, Role.MANAGER}),
    Verb.CHANGE_CLOSING: frozenset({Role.CONTROLLER}),
    Verb.LOG_FOLLOW_UP: frozenset({Role.CONTROL_OWNER, Role.MANAGER, Role.CONTROLLER}),
    Verb.APPROVE_FOLLOW_UP: frozenset({Role.MANAGER}),
    Verb.REOPEN_FOLLOW_UP: frozenset({Role.MANAGER, Role.CONTROLLER}),
    Verb.READ_REPORT: _EVERYONE,
    Verb.HAND_IN_REPORT: frozenset({Role.MANAGER, Role.CONTROLLER}),
    Verb.ASSIGN_FOLLOW_UP: frozenset({Role.MANAGER, Role.CONTROLLER}),
    Verb.PREPARE_SAMPLE: frozenset({Role.CONTROL_OWNER, Role.MANAGER, Role.CONTROLLER}),
    Verb.LOG_SAMPLE: frozenset({Role.CONTROL_OWNER, Role.MANAGER, Role.CONTROLLER}),
    Verb.READ_POPULATION: frozenset({Role.CONTROL_OWNER, Role.MANAGER, Role.CONTROLLER, Role.AUDITOR}),
    Verb.HOLD_POPULATION: frozenset({Role.CONTROLLER, Role.MANAGER}),
    Verb.VERIFY: frozenset({Role.AUDITOR, Role.CONTROLLER}),
    Verb.SET_DEPUTY: frozenset({Role.ADMINISTRATOR, Role.CONTROLLER, Role.MANAGER}),
    Verb.CHASE: frozenset({Role.CONTROLLER, Role.ADMINISTRATOR}),
    Verb.ADMINISTER: frozenset({Role.ADMINISTRATOR}),
}
NEVER_LENT = frozenset({Verb.ADMINISTER, Verb.SET_DEPUTY})
"""What nobody does as somebody's deputy."""


@dataclass(frozen=True, slots=True)
class Grant:
    """A membership in force: the role, where it starts, whether it opens confidential risks, in which municipality;
    and whose it is, when the person has it as a deputy."""

    role: Role
    unit_id: int
    path: str
    sees_confidential: bool
    organisation: str = ""
    lent_by: int | None = None
    lender: str = ""


class NotPermitted(PermissionDenied):
    """The user lacks the right; who has it is said in the message."""

    def __init__(self, verb: Verb) -> None:
        roles = ", ".join(str(role.label).lower() for role in Role if role in ROLES_OF_VERB[verb])
        super().__init__(
            _("You do not have the right to do this here. It takes one of these roles: %(roles)s.") % {"roles": roles}
        )


def grants_of(user: User | AnonymousUser) -> tuple[Grant, ...]:
    """The user's memberships in force today, their own first, then those of the people they are deputy for; read once
    per user object (that is: once per request)."""
    if not user.is_authenticated or not user.is_active:
        return ()
    kept: tuple[Grant, ...] | None = user._grants
    if kept is None:
        kept = _remember(user, _memberships_of(user.pk))
    return kept


def user_with_roles(user_id: int) -> User | None:
    """The user and their memberships in one query: what every request begins with."""
    rows = list(_memberships_of(user_id))
    own = next((row.user for row in rows if row.user_id == user_id), None)
    user = own or User.objects.filter(pk=user_id).first()
    if user is not None:
        _remember(user, rows)
    return user


def _memberships_of(user_id: int) -> QuerySet[Membership]:
    """Those in force today, each with the name of its municipality: the unit whose path is the path's first step.

    Also those of whom the user is deputy for today, but for the role of administrator. Not those which these people
    have as deputies themselves: a deputyship reaches one step.
    """
    municipality = Unit.objects.filter(path=Substr(OuterRef("unit__path"), 1, ROOT_PATH_LENGTH)).values("name")
    absent = Deputyship.objects.in_force(clock.today()).filter(deputy=user_id, absent__is_active=True)
    lent = Q(user__in=absent.values("absent")) & ~Q(role=Role.ADMINISTRATOR)
    in_force = Membership.objects.filter(Q(user=user_id) | lent).valid_on(clock.today()).select_related("user", "unit")
    return in_force.annotate(organisation=Subquery(municipality))


def _remember(user: User, memberships: Iterable[Membership]) -> tuple[Grant, ...]:
    grants = [_grant(user, membership) for membership in memberships]
    user._grants = tuple(sorted(grants, key=lambda grant: grant.lent_by is not None))
    return user._grants


def _grant(user: User, membership: Membership) -> Grant:
    organisation = getattr(membership, "organisation", None) or ""
    lender = None if membership.user_id == user.pk else membership.user
    return Grant(
        Role(membership.role), membership.unit_id, membership.unit.path, membership.sees_confidential, organisation,
        lent_by=lender.pk if lender else None, lender=lender.get_full_name() if lender else "",
    )  # fmt: skip


def paths_with(user: User | AnonymousUser, verb: Verb) -> list[str]:
    """Where (paths of units, each with all below it) the user may do this, by their own right or as a deputy."""
    if user.is_authenticated and user.is_active and user.is_superuser and verb in _OPERATORS:
        return ["/"]
    return _topmost({grant.path for grant in grants_of(user) if _allows(grant, verb)})


_OPERATORS = frozenset({Verb.ADMINISTER, Verb.VIEW, Verb.SET_DEPUTY, Verb.CHASE})


def _allows(grant: Grant, verb: Verb) -> bool:
    return grant.role in ROLES_OF_VERB[verb] and (grant.lent_by is None or verb not in NEVER_LENT)


def paths_by_lender(user: User | AnonymousUser, verb: Verb) -> dict[int | None, list[str]]:
    """Where the user may do this by whose right: None is their own, the others are people they are deputy for."""
    found: dict[int | None, set[str]] = {}
    for grant in grants_of(user):
        if _allows(grant, verb):
            found.setdefault(grant.lent_by, set()).add(grant.path)
    return {lender: _topmost(paths) for lender, paths in found.items()}


def stands_in_for(user: User | AnonymousUser) -> dict[int, str]:
    """The people the user is deputy for today, with their names; of those who have something to lend."""
    return {grant.lent_by: grant.lender for grant in grants_of(user) if grant.lent_by is not None}


def lenders_of(user: User | AnonymousUser, verb: Verb, unit: Unit) -> dict[int, str]:
    """Those of them whose right it is to do this at the unit."""
    here = [grant for grant in grants_of(user) if _allows(grant, verb) and unit.path.startswith(grant.path)]
    return {grant.lent_by: grant.lender for grant in here if grant.lent_by is not None}


def may(user: User | AnonymousUser, verb: Verb, unit: Unit | None = None) -> bool:
    """Whether the user may do this at the unit; without a unit, whether anywhere."""
    paths = paths_with(user, verb)
    return bool(paths) if unit is None else any(unit.path.startswith(path) for path in paths)


def may_by_own_right(user: User | AnonymousUser, verb: Verb, unit: Unit | None = None) -> bool:
    """Whether the user may do this at the unit without being anybody's deputy."""
    paths = paths_by_lender(user, verb).get(None, [])
    return bool(paths) if unit is None else any(unit.path.startswith(path) for path in paths)


def require(user: User | AnonymousUser, verb: Verb, unit: Unit | None = None) -> None:
    """Raises NotPermitted unless the user may. What is saved next says for whom, when it is as a deputy."""
    if not may(user, verb, unit):
        raise NotPermitted(verb)
    if user.is_authenticated:
        as_deputy = unit is not None and not may_by_own_right(user, verb, unit)
        user.acting_for = ", ".join(lenders_of(user, verb, unit).values()) if as_deputy and unit is not None else ""


def units_seen_by(user: User | AnonymousUser, field: str = "") -> Q:
    """A condition on a unit, or on the unit behind `field`, that the user reaches it by any role."""
    return units_where(user, Verb.VIEW, field)


def units_where(user: User | AnonymousUser, verb: Verb, field: str = "") -> Q:
    """A condition that the unit (behind `field`) is one where the user may do this."""
    return within(paths_with(user, verb), field)


Named = Callable[[list[int]], "QuerySet[Any, Any]"]
_named: list[Named] = []


def named_see(find: Named) -> None:
    """People who are named to do something about a risk see it, also when it is confidential, as its owner does: what a
    person is to perform must be readable. `find` answers the ids of the risks that these people are named for; an app
    says so when it is ready."""
    _named.append(find)


def risks_seen_by(user: User | AnonymousUser, field: str = "") -> Q:
    """A condition on a risk, or on the risk behind `field`: its unit is reached, or it is municipality-wide and of the
    user's own municipality; and it is not confidential, or the user has that right at the unit whose risk it is, or owns
    it, or is named to do something about it. A deputy sees what the absent person sees.

    The right to what is confidential counts at the risk's own unit also when the risk is municipality-wide: secrecy
    holds between a municipality's committees too (OSL 8:2), so the right at one's own committee opens no other's.
    """
    reach = _Reach.of(user, field)
    if reach.opens_its_units:
        return reach.at_units if reach.wide is None else reach.at_units | (reach.wide & reach.unhidden)
    return reach.anywhere & (reach.unhidden | reach.opened)


def risks_hidden_from(user: User | AnonymousUser) -> Q | None:
    """A condition on a risk that the user would see if it were not confidential; None when there cannot be any."""
    reach = _Reach.of(user, "")
    if reach.opens_its_units and reach.wide is None:
        return None
    where = reach.wide if reach.opens_its_units and reach.wide is not None else reach.anywhere
    return Q(is_confidential=True) & where & ~(reach.named | reach.opened)


def reached_by(user: User | AnonymousUser) -> Q:
    """A condition on a risk, or on a row of its history, confidential or not: its unit is reached, or it is
    municipality-wide and of the user's own municipality."""
    return _Reach.of(user, "").anywhere


def confidential_open_to(user: User | AnonymousUser, field: str = "") -> Q | None:
    """The condition under which a risk that the user reaches is open to them also when it is confidential; None where
    nothing is kept from them."""
    reach = _Reach.of(user, field)
    if reach.opens_its_units and reach.wide is None:
        return None
    return reach.named | reach.opened


@dataclass(frozen=True, slots=True)
class _Reach:
    """How far a user's sight goes, as conditions on a risk."""

    at_units: Q
    """Its unit is reached."""
    wide: Q | None
    """It is municipality-wide in a municipality that the user has a role in, but not at the top of; None for nowhere."""
    named: Q
    """The user owns it or is named to do something about it."""
    unhidden: Q
    """It is not confidential, or the user is named."""
    opened: Q
    """Its unit is one where the user has the right to what is confidential."""
    opens_its_units: bool
    """Whether the user has that right at every unit they reach."""

    @property
    def anywhere(self) -> Q:
        return self.at_units if self.wide is None else self.at_units | self.wide

    @classmethod
    def of(cls, user: User | AnonymousUser, field: str) -> _Reach:
        prefix = f"{field}__" if field else ""
        paths = paths_with(user, Verb.VIEW)
        roots = {path[:ROOT_PATH_LENGTH] for path in paths if len(path) > ROOT_PATH_LENGTH} - set(paths)
        wide = Q(**{f"{prefix}is_municipality_wide": True}) & below(sorted(roots), f"{prefix}unit") if roots else None
        open_paths = _topmost({grant.path for grant in grants_of(user) if grant.sees_confidential})
        named = Q(pk__in=[])
        if user.is_authenticated:
            people = [user.pk, *stands_in_for(user)]
            named |= Q(**{f"{prefix}owner__in": people})
            for find in _named:
                named |= Q(**{f"{field or 'pk'}__in": find(people)})
        return cls(
            at_units=within(paths, f"{prefix}unit"),
            wide=wide,
            named=named,
            unhidden=Q(**{f"{prefix}is_confidential": False}) | named,
            opened=within(open_paths, f"{prefix}unit"),
            opens_its_units=all(any(path.startswith(above) for above in open_paths) for path in paths),
        )
def confidential_where(user: User | AnonymousUser, field: str = "") -> Q:
    """A condition that the unit (behind `field`) is one where the user sees what is confidential."""
    return within(_topmost({grant.path for grant in grants_of(user) if grant.sees_confidential}), field)


def sees_confidential_at(user: User | AnonymousUser, unit: Unit) -> bool:
    return any(grant.sees_confidential and unit.path.startswith(grant.path) for grant in grants_of(user))


def _reached(paths: list[str], prefix: str) -> Q:
    """At or below the paths, or municipality-wide in the municipality of one of them."""
    reached = within(paths, f"{prefix}unit")
    roots = {path[:ROOT_PATH_LENGTH] for path in paths if len(path) > ROOT_PATH_LENGTH} - set(paths)
    if roots:
        reached |= Q(**{f"{prefix}is_municipality_wide": True}) & below(sorted(roots), f"{prefix}unit")
    return reached


def units_around(user: User | AnonymousUser) -> QuerySet[Unit] | None:
    """The units the user reaches, and those above them; None when that is every unit there is, or the whole of each
    municipality the user has a role in."""
    paths = paths_with(user, Verb.VIEW)
    if paths and all(len(path) <= ROOT_PATH_LENGTH for path in paths):
        return None
    condition = Q(path__in=sorted({above for path in paths for above in ancestors(path)}))
    for path in paths:
        condition |= Q(path__startswith=path)
    return Unit.objects.filter(condition)


def _topmost(paths: set[str]) -> list[str]:
    """Without those that lie below another."""
    return sorted(path for path in paths if not any(path != above and path.startswith(above) for above in paths))


def _covers_everything(paths: list[str]) -> bool:
    return "/" in paths


def within(paths: list[str], field: str = "") -> Q:
    """A condition that the unit (behind `field`) is at or below one of the paths; without a path, nothing is."""
    if not paths:
        return Q(pk__in=[])
    if _covers_everything(paths):
        return Q()
    if not field:
        condition = Q()
        for path in paths:
            condition |= Q(path__startswith=path)
        return condition
    return below(paths, field)


def below(paths: list[str], field: str) -> Q:
    """A condition that the unit behind `field` is at or below one of the paths.

    From the top of a municipality it is said the other way round, as "not among the units outside": that list is
    nearly always empty, and the databases then read the rows once instead of looking them up unit by unit.
    """
    condition = Q()
    for path in paths:
        condition |= Q(path__startswith=path)
    if any(len(path) == ROOT_PATH_LENGTH for path in paths):
        return ~Q(**{f"{field}__in": Unit.objects.exclude(condition)})
    return Q(**{f"{field}__in": Unit.objects.filter(condition)})
