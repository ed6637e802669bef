"""Verbs on deputies: set one, change the period, call it off.

Everybody sets their own deputy. For somebody who is absent, it is set by an administrator, or by a manager or
controller of every unit that person has a role at. Nobody makes themselves somebody's deputy: a right is given by
another. Each goes through the gate (riskreg.verbs.gate). They raise NotPermitted, Stale, Refused, ValidationError.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.utils.translation import gettext as _

from riskreg import clock
from riskreg.access.grants import grants_of, may, paths_with
from riskreg.access.verbs import NotPermitted, Verb
from riskreg.models import Deputyship, Membership, Role, User
from riskreg.models.author import Author
from riskreg.models.history import save_with_history
from riskreg.people.transitions import DEPUTYSHIP
from riskreg.verbs.errors import Refused
from riskreg.verbs.gate import Gated, lock_row


class NobodyAppointsThemselves(Refused):
    """A refusal: the deputy would have given themselves the absent person's rights."""


@transaction.atomic
def set_deputy(*, by: User, absent: User, deputy: User, first_day: date, last_day: date, note: str = "") -> Deputyship:
    """Let the deputy stand in from the first day to the last, both included."""
    # The absent person's row is the lock: two at once must not set the same deputy twice.
    lock_row(User.objects.all(), absent.pk)
    if not may_set_for(by, absent):
        raise NotPermitted(Verb.SET_DEPUTY)
    if by.pk == deputy.pk != absent.pk:
        raise NobodyAppointsThemselves(
            _("You cannot make yourself the deputy of %(absent)s: ask them, an administrator or another manager to do it.")
            % {"absent": absent}
        )
    if not User.objects.visible_to(by).filter(pk=deputy.pk).exists():
        raise ValidationError({"deputy": [_("%(deputy)s is not among your active colleagues.") % {"deputy": deputy}]})
    deputyship = Deputyship(absent=absent, deputy=deputy, first_day=first_day, last_day=last_day, note=note.strip())
    _check(deputyship)
    return save_with_history(deputyship, by=Author(by), reason=_("Deputy set"))


def change_deputyship(
    deputyship: Deputyship, *, by: User, last_day: date, first_day: date | None = None, note: str = "", version: int | None = None
) -> Deputyship:
    """Change the period or the note. Once it has begun, its first day stands."""
    with DEPUTYSHIPS.open(deputyship, "change", by=by, version=version) as turn:
        row = turn.row
        if first_day is not None and first_day != row.first_day:
            if row.first_day <= clock.today():
                raise ValidationError({"first_day": [_("It has begun, so its first day stands.")]})
            row.first_day = first_day
        row.last_day, row.note = last_day, note.strip()
        _check(row)
        return turn.save()


def call_off(deputyship: Deputyship, *, by: User, reason: str = "") -> Deputyship:
    """End the deputyship at once; also before it has begun. The deputy may do so themselves."""
    with DEPUTYSHIPS.open(deputyship, "call_off", by=by, reason=reason) as turn:
        turn.row.called_off_at = clock.now()
        return turn.save()


def may_set_for(by: User, absent: User) -> bool:
    """Return whether the user may set a deputy for the absent person.

    They may for themselves, or by a role at every unit the absent one has a role at. Nobody who lacks the right to
    confidential risks passes it on, except an administrator, who grants it.
    """
    if by.pk == absent.pk:
        return by.is_active
    lent = Membership.objects.filter(user=absent).valid_on(clock.today()).exclude(role=Role.ADMINISTRATOR)
    memberships = list(lent.select_related("unit"))
    return bool(memberships) and all(_may_lend(by, membership) for membership in memberships)


def _may_lend(by: User, membership: Membership) -> bool:
    if not may(by, Verb.SET_DEPUTY, membership.unit):
        return False
    if not membership.sees_confidential or may(by, Verb.ADMINISTER, membership.unit):
        return True
    own = (grant for grant in grants_of(by) if grant.sees_confidential and grant.lent_by is None)
    return any(membership.unit.path.startswith(grant.path) for grant in own)


def may_be_absent(by: User) -> models.QuerySet[User]:
    """Return the user and the people at the units where they may set deputies; `may_set_for` checks the rest."""
    condition = models.Q(pk=by.pk)
    for path in paths_with(by, Verb.SET_DEPUTY):
        condition |= models.Q(memberships__unit__path__startswith=path)
    return User.objects.filter(pk__in=User.objects.filter(condition).values("pk"), is_active=True)


def may_change(deputyship: Deputyship, by: User) -> bool:
    """Return whether the user may change the deputyship, if it is not over."""
    return by.pk != deputyship.deputy_id and may_set_for(by, deputyship.absent)


def require_not_over(deputyship: Deputyship, verb: str) -> None:
    """Raise Refused: what is over stands, and a new one is set instead."""
    if deputyship.is_over(clock.today()):
        raise Refused(_("%(deputyship)s is over: set a new one.") % {"deputyship": deputyship})


def require_may_change(deputyship: Deputyship, by: User) -> None:
    """Raise NotPermitted for the deputy, who may call it off but not change it."""
    if not may_change(deputyship, by):
        raise NotPermitted(Verb.SET_DEPUTY)


VERB_LABELS: dict[str, Callable[[], str]] = {
    "change": lambda: _("Deputyship changed"),
    "call_off": lambda: _("Called off"),
}
DEPUTYSHIPS: Gated[Deputyship] = Gated(
    workflow=DEPUTYSHIP,
    labels=VERB_LABELS,
    rows=lambda: Deputyship.objects.select_related("absent", "deputy"),
    permits=lambda deputyship, by: may_change(deputyship, by) or deputyship.deputy_id == by.pk,
    state=lambda deputyship: "there",
    conditions={"is_not_over": require_not_over},
    guards={"may_change": require_may_change},
    # The absent person's row is the lock, as when a deputy is set.
    lock_first=lambda deputyship: lock_row(User.objects.all(), deputyship.absent_id),
)


def _check(row: Deputyship) -> None:
    """Raise ValidationError unless the period is possible and no other overlaps it."""
    row.full_clean(validate_unique=False, validate_constraints=False)
    if row.absent_id == row.deputy_id:
        raise ValidationError({"deputy": [_("Nobody is their own deputy: choose somebody else.")]})
    if row.last_day < row.first_day:
        raise ValidationError({"last_day": [_("The last day comes before the first: it is the last day, included.")]})
    if row.last_day < clock.today():
        raise ValidationError({"last_day": [_("%(day)s has passed already.") % {"day": row.last_day.isoformat()}]})
    same = Deputyship.objects.filter(absent=row.absent, deputy=row.deputy, called_off_at__isnull=True).exclude(pk=row.pk)
    there = same.filter(first_day__lte=row.last_day, last_day__gte=row.first_day).first()
    if there is not None:
        raise ValidationError(_("It is set already, in a period that overlaps: %(there)s. Change that one.") % {"there": there})
