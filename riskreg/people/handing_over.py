"""Handing over on leaving: everything a person is responsible for goes to somebody else in one step.

Each app registers what a person can be responsible for (`register_holding`), when it is ready. Only an administrator
hands over; that somebody else performs a thing does not touch what is written in it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.utils.text import get_text_list
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from simple_history.utils import bulk_update_with_history

from riskreg import clock
from riskreg.access.grants import may, may_by_own_right
from riskreg.access.verbs import NotPermitted, Verb
from riskreg.models import ControlPlan, Membership, Risk, Unit, User
from riskreg.models.author import Author
from riskreg.models.history import bulk_signature
from riskreg.verbs.errors import ReasonNeeded, Refused
from riskreg.verbs.gate import lock_row
from riskreg.verbs.naming import require_open_accounts


def label() -> str:
    """Return the name of the action, for buttons and messages."""
    return _("Hand over what they own")


@dataclass(frozen=True, slots=True)
class Holding:
    """A kind of thing that somebody is responsible for."""

    name: str
    counted: Callable[[int], str]
    """The count in words: "3 risks"."""
    rows: Callable[[User], models.QuerySet[Any]]
    """The rows of this kind that the person is responsible for now."""
    field: str
    """The field that names who is responsible."""
    unit_field: str
    """The way to the unit, "__" between steps."""
    duty: Verb
    """The verb that the person who takes it over must be allowed at its unit."""


_holdings: dict[str, Holding] = {}


def register_holding(holding: Holding) -> None:
    """Register a kind of thing that people are responsible for."""
    _holdings[holding.name] = holding


def holdings() -> list[Holding]:
    """Return the registered kinds."""
    return list(_holdings.values())


@dataclass(frozen=True, slots=True)
class Held:
    """The number of things of a kind that somebody is responsible for, and the titles that the reader may see."""

    holding: Holding
    count: int
    titles: tuple[str, ...] = ()

    @property
    def words(self) -> str:
        return self.holding.counted(self.count)

    @property
    def unnamed(self) -> int:
        return self.count - len(self.titles)


def held_by(person: User) -> list[Held]:
    """Return the things the person is responsible for, by kind; empty kinds are left out. A query a kind."""
    counts = [(holding, holding.rows(person).count()) for holding in holdings()]
    return [Held(holding, count) for holding, count in counts if count]


def list_holdings(person: User, *, reader: User, shown: int) -> list[Held]:
    """Return the same with the first titles that the reader sees."""
    found = []
    for each in held_by(person):
        rows: Any = each.holding.rows(person)
        seen = rows.visible_to(reader)
        found.append(Held(each.holding, each.count, tuple(str(row) for row in seen[:shown])))
    return found


def in_words(parts: list[Held]) -> str:
    """Return the counts in words: "3 risks, 2 controls and 1 open action"."""
    return str(get_text_list([part.words for part in parts], _("and")))


@transaction.atomic
def hand_over(person: User, to: User, *, by: User, reason: str) -> list[Held]:
    """Give everything the person is responsible for to somebody who can take it over; return what was moved.

    All of it, or nothing. Raises NotPermitted (the units where things lie), ReasonNeeded, Refused, ValidationError.
    """
    # The person's row is the lock: nothing is handed over twice.
    lock_row(User.objects.all(), person.pk)
    person = User.objects.get(pk=person.pk)
    if not may(by, Verb.ADMINISTER):
        raise NotPermitted(Verb.ADMINISTER)
    if not reason.strip():
        raise ReasonNeeded(label())
    if to.pk == person.pk or not to.is_active:
        raise ValidationError({"to": [_("Choose somebody else, with an active account.")]})
    moved = []
    for holding in holdings():
        # Not one record's verb: all that the person is responsible for moves at once, whatever it is and its state.
        rows = list(holding.rows(person).select_for_update(of=("self",)))
        if not rows:
            continue
        _ask_units(holding, rows, to=to, by=by)
        require_open_accounts([to])
        for row in rows:
            setattr(row, holding.field, to)
        bulk_update_with_history(
            rows,
            type(rows[0]),
            [holding.field],
            batch_size=500,
            default_date=clock.now(),
            default_change_reason=_("Handed over from %(person)s: %(reason)s") % {"person": person, "reason": reason.strip()},
            **bulk_signature(Author(by)),
        )
        moved.append(Held(holding, len(rows)))
    if not moved:
        raise Refused(_("%(person)s owns nothing that could be handed over.") % {"person": person})
    return moved


def _ask_units(holding: Holding, rows: list[Any], *, to: User, by: User) -> None:
    """Check at each unit that this administrator may move the rows, and that the other person can take them over."""
    keys = type(rows[0])._default_manager.filter(pk__in=[row.pk for row in rows]).values(holding.unit_field)
    units = list(Unit.objects.filter(pk__in=keys).order_by("path"))
    if not all(may(by, Verb.ADMINISTER, unit) for unit in units):
        raise NotPermitted(Verb.ADMINISTER)
    # An administrator gives no right to themselves; who is named for a confidential risk sees it.
    seen = type(rows[0])._default_manager.visible_to(by).filter(pk__in=[row.pk for row in rows]) if to.pk == by.pk else rows
    if len(seen) < len(rows):
        raise ValidationError(
            {"to": [_("Some of it is not visible to you, so you cannot take it over yourself: choose somebody else.")]}
        )
    lacking = [unit.name for unit in units if not may_by_own_right(to, holding.duty, unit)]
    if lacking:
        raise ValidationError(
            {
                "to": [
                    _("%(to)s cannot take over %(what)s: they have no role for it at %(units)s. Give them one first.")
                    % {"to": to, "what": holding.counted(len(rows)), "units": ", ".join(lacking)}
                ]
            }
        )


def last_day_of(person: User) -> date | None:
    """Return the day on which the person's last role ends by itself; None where one does not end, or there is none."""
    today = clock.today()
    ends = list(Membership.objects.filter(user=person).exclude(valid_to__lt=today).values_list("valid_to", flat=True))
    days = [day for day in ends if day is not None]
    return max(days) if days and len(days) == len(ends) else None


def owned_risks(person: User) -> models.QuerySet[Risk]:
    """Return the person's risks of plans that are not closed: a closed plan keeps its owners as they were."""
    open_plans = Risk.objects.current().filter(owner=person).exclude(plan__state=ControlPlan.State.CLOSED)
    return open_plans.select_related("plan").order_by("plan", "number")


def register() -> None:
    """Register the risks as a kind of holding; called once, when the app is ready."""
    register_holding(
        Holding(
            "risks",
            lambda count: ngettext("%(count)d risk", "%(count)d risks", count) % {"count": count},
            owned_risks,
            field="owner",
            unit_field="unit",
            duty=Verb.VIEW,
        )
    )
