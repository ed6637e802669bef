"""Visibility: who may do what, and who sees what.

Two questions, each answered in one place:

* `may(user, verb, unit)`: a verb is allowed to roles; a role counts at its unit and below.
* `…_seen_by(user)`: a condition on units in the query (never a list of ids), used by every
  `visible_to(user)`: lists, details, admin, exports, search and downloads alike.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from django.db.models import Exists, Model, OuterRef, Q

from riskreg.access.grants import MOST_KEPT, grants_of, kept_by_standing, paths_with, stands_in_for, topmost
from riskreg.access.verbs import Verb
from riskreg.database.compiled import compiled_subquery
from riskreg.models.risk import Risk
from riskreg.models.unit import ROOT_PATH_LENGTH, Unit, ancestors
from riskreg.models.user import User

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser
    from django.db.models import QuerySet


def units_seen_by(user: User | AnonymousUser, field: str = "") -> Q:
    """Return the condition that the user reaches a unit (behind `field`) by any role."""
    return units_where(user, Verb.VIEW, field)


def units_where(user: User | AnonymousUser, verb: Verb, field: str = "") -> Q:
    """Return the condition that the user has permission `verb` at a unit (behind `field`)."""
    return within(paths_with(user, verb), field)


Named = Callable[[list[int]], "QuerySet[Any, Any]"]
_named: list[Named] = []


def register_named_people(find: Named) -> None:
    """Register `find`, which returns the ids of the risks that these people are named for.

    People who are named to do something about a risk see it, also when it is confidential, as its owner does: what a
    person is to perform must be readable. An app registers when it is ready.
    """
    _named.append(find)


@kept_by_standing
def risks_seen_by(user: User | AnonymousUser, field: str = "") -> Q:
    """Return the condition that the user sees a risk (behind `field`).

    Its unit is reached, or it is municipality-wide and of the user's own municipality; and it is not confidential, or
    the user has that right at the unit whose risk it is, or owns it, or is named to do something about it. A deputy
    sees what the absent person sees.

    The right to what is confidential counts at the risk's own unit also when the risk is municipality-wide: secrecy
    holds between a municipality's committees too (OSL 8:2), so the right at one's own committee opens no other's.
    """
    reach = _reach(user, field)
    if reach.municipalities and field:
        return _seen_of_municipalities(user, field, Risk)
    if reach.opens_its_units:
        return reach.at_units if reach.wide is None else reach.at_units | (reach.wide & reach.unhidden)
    return reach.anywhere & (reach.unhidden | reach.opened)


def parts_of_sight(user: User | AnonymousUser, field: str = "") -> list[Q]:
    """Return conditions that together are risks_seen_by, each served by an index of its own: the units', the municipality-wide.

    An empty list for who reaches a whole municipality: nearly all rows fit there, and the first that is met will do.
    """
    reach = _reach(user, field)
    if any(len(path) <= ROOT_PATH_LENGTH for path in paths_with(user, Verb.VIEW)):
        return []
    shown = reach.unhidden | reach.opened
    at_units = reach.at_units if reach.opens_its_units else reach.at_units & shown
    return [at_units] if reach.wide is None else [at_units, reach.wide & shown]


def risks_hidden_from(user: User | AnonymousUser) -> Q | None:
    """Return the condition that the user would see a risk if it were not confidential; None for no such risk."""
    reach = _reach(user, "")
    if reach.opens_its_units and reach.wide is None:
        return None
    where = reach.wide if reach.opens_its_units and reach.wide is not None else reach.anywhere
    return Q(is_confidential=True) & where & ~(reach.named | reach.opened)


def reached_by(user: User | AnonymousUser) -> Q:
    """Return the condition that the user reaches a risk, or a row of its history, confidential or not.

    Its unit is reached, or it is municipality-wide and of the user's own municipality.
    """
    return _reach(user, "").anywhere


def confidential_open_to(user: User | AnonymousUser, field: str = "") -> Q | None:
    """Return the condition that a reached risk is open to the user also when it is confidential.

    None where nothing is hidden from them.
    """
    reach = _reach(user, field)
    if reach.opens_its_units and reach.wide is None:
        return None
    return reach.named | reach.opened


@dataclass(frozen=True, slots=True)
class _Reach:
    """The extent of a user's sight, as conditions on a risk."""

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
    municipalities: tuple[str, ...] = ()
    """The paths of the municipalities the user reaches, where they reach nothing less than whole ones; else none."""

    @property
    def anywhere(self) -> Q:
        return self.at_units if self.wide is None else self.at_units | self.wide

    @classmethod
    def of(cls, user: User | AnonymousUser, field: str) -> _Reach:
        prefix = f"{field}__" if field else ""
        paths = paths_with(user, Verb.VIEW)
        roots = {path[:ROOT_PATH_LENGTH] for path in paths if len(path) > ROOT_PATH_LENGTH} - set(paths)
        wide = Q(**{f"{prefix}is_municipality_wide": True}) & below(sorted(roots), f"{prefix}unit") if roots else None
        open_paths = topmost({grant.path for grant in grants_of(user) if grant.sees_confidential})
        named = Q(pk__in=[])
        if user.is_authenticated:
            people = [user.pk, *stands_in_for(user)]
            named |= Q(**{f"{prefix}owner__in": people})
            for find in _named:
                named |= Q(**{f"{field or 'pk'}__in": compiled_subquery(find(people))})
        return cls(
            at_units=within(paths, f"{prefix}unit"),
            wide=wide,
            named=named,
            unhidden=Q(**{f"{prefix}is_confidential": False}) | named,
            opened=within(open_paths, f"{prefix}unit"),
            opens_its_units=all(any(path.startswith(above) for above in open_paths) for path in paths),
            municipalities=tuple(paths) if all(len(path) == ROOT_PATH_LENGTH for path in paths) else (),
        )


_reach = kept_by_standing(_Reach.of)


def seen_by_risk(user: User | AnonymousUser, field: str, record: type[Model], way: str) -> Q:
    """Return the condition that the user sees the risk of the `record` behind `field`, to which `way` leads from the record.

    What risks_seen_by says of `field__way`. It is worded so that, for who sees all of a municipality, the record need not be
    found either.
    """
    if _reach(user, field).municipalities:
        return _seen_of_municipalities(user, field, record, way)
    return risks_seen_by(user, f"{field}__{way}")


def _seen_of_municipalities(user: User | AnonymousUser, field: str, record: type[Model], way: str = "") -> Q:
    """Return the condition that the user, who reaches whole municipalities and nothing less, sees the record behind `field`.

    Mostly there is no unit outside them, and what is confidential to the user are few. Both are asked once, and then nothing
    need be found for the rows that are counted.
    """
    outside, hidden = _outside(_reach(user, field).municipalities), risks_hidden_from(user)
    records = record._default_manager.order_by()
    unit = f"{way}__unit" if way else "unit"
    of_them = records.filter(pk=OuterRef(field)).exclude(**{f"{unit}__in": compiled_subquery(outside)})
    reached = ~Q(Exists(outside)) | Q(Exists(of_them))
    if hidden is None:
        return reached
    secret = records.filter(**{f"{way or 'pk'}__in": compiled_subquery(Risk.objects.order_by().filter(hidden))})
    return reached & ~Q(**{f"{field}__in": compiled_subquery(secret)})


def confidential_where(user: User | AnonymousUser, field: str = "") -> Q:
    """Return the condition that the user sees confidential risks at a unit (behind `field`)."""
    return within(topmost({grant.path for grant in grants_of(user) if grant.sees_confidential}), field)


def sees_confidential_at(user: User | AnonymousUser, unit: Unit) -> bool:
    """Return whether the user sees confidential risks at the unit."""
    return any(grant.sees_confidential and unit.path.startswith(grant.path) for grant in grants_of(user))


def units_around(user: User | AnonymousUser) -> QuerySet[Unit] | None:
    """Return the units the user reaches, and those above them; None for no restriction.

    None when that is every unit there is, or the whole of each municipality the user has a role in.
    """
    paths = paths_with(user, Verb.VIEW)
    if paths and all(len(path) <= ROOT_PATH_LENGTH for path in paths):
        return None
    condition = Q(path__in=sorted({above for path in paths for above in ancestors(path)}))
    for path in paths:
        condition |= Q(path__startswith=path)
    return Unit.objects.filter(condition)


def _covers_everything(paths: list[str]) -> bool:
    return "/" in paths


def within(paths: list[str], field: str = "") -> Q:
    """Return the condition that a unit (behind `field`) is at or below one of the paths; without paths none is."""
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
    """Return the condition that the unit behind `field` is at or below one of the paths.

    From the top of a municipality it is formulated the other way round, as "not among the units outside": that list
    is nearly always empty, and the databases then read the rows once instead of looking them up unit by unit.
    """
    return _below(tuple(paths), field)


@lru_cache(maxsize=MOST_KEPT)
def _below(paths: tuple[str, ...], field: str) -> Q:
    if any(len(path) == ROOT_PATH_LENGTH for path in paths):
        return ~Q(**{f"{field}__in": compiled_subquery(_outside(paths))})
    return Q(**{f"{field}__in": compiled_subquery(Unit.objects.filter(_at_or_below(paths)))})


def _at_or_below(paths: tuple[str, ...]) -> Q:
    condition = Q()
    for path in paths:
        condition |= Q(path__startswith=path)
    return condition


def _outside(paths: tuple[str, ...]) -> QuerySet[Unit]:
    return Unit.objects.order_by().exclude(_at_or_below(paths))
