"""What is done about deputies: set one, change the period, call it off.

Everybody sets their own deputy. For somebody who is absent, it is set by an administrator, or by a manager or
controller of every unit that person has a role at. Nobody makes themselves somebody's deputy: a right is given by
another. Each is one transaction with who and why. They raise NotPermitted, Stale, Refused, ValidationError.
"""

from __future__ import annotations

from datetime import date

from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.utils.translation import gettext as _

from riskreg import clock
from riskreg.access.grants import grants_of, may, paths_with
from riskreg.access.verbs import NotPermitted, Verb
from riskreg.models import Deputyship, Membership, Role, User
from riskreg.models.history import sign
from riskreg.verbs.concurrency import refuse_if_changed
from riskreg.verbs.errors import Refused


class NobodyAppointsThemselves(Refused):
    """The deputy would have given themselves the absent person's rights."""


@transaction.atomic
def set_deputy(*, by: User, absent: User, deputy: User, first_day: date, last_day: date, note: str = "") -> Deputyship:
    """Lets the deputy stand in from the first day to the last, both included."""
    # The absent person's row is the lock: two at once must not set the same deputy twice.
    User.objects.select_for_update().get(pk=absent.pk)
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
    return _saved(deputyship, by=by, reason=_("Deputy set"))


@transaction.atomic
def change_deputyship(
    deputyship: Deputyship, *, by: User, last_day: date, first_day: date | None = None, note: str = "", version: int | None = None
) -> Deputyship:
    """Another period or note. Once it has begun, its first day stands."""
    row = _locked(deputyship, by)
    if not may_change(row, by):
        raise NotPermitted(Verb.SET_DEPUTY)
    refuse_if_changed(row, version)
    if first_day is not None and first_day != row.first_day:
        if row.first_day <= clock.today():
            raise ValidationError({"first_day": [_("It has begun, so its first day stands.")]})
        row.first_day = first_day
    row.last_day, row.note = last_day, note.strip()
    return _saved(row, by=by, reason=_("Deputyship changed"))


@transaction.atomic
def call_off(deputyship: Deputyship, *, by: User, reason: str = "") -> Deputyship:
    """Ends it at once; also before it has begun. The deputy may do so themselves."""
    row = _locked(deputyship, by)
    row.called_off_at = clock.now()
    sign(row, by=by, reason=reason.strip() or _("Called off"))
    row.save()
    return row


def may_set_for(by: User, absent: User) -> bool:
    """Whether the person may set a deputy for the absent one: themselves, or by a role at every unit the absent one has a
    role at; and nobody who lacks it passes the right to confidential risks on, but an administrator, who gives it."""
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
    """Themselves, and the people at the units where the person may set deputies; `may_set_for` asks the rest."""
    condition = models.Q(pk=by.pk)
    for path in paths_with(by, Verb.SET_DEPUTY):
        condition |= models.Q(memberships__unit__path__startswith=path)
    return User.objects.filter(pk__in=User.objects.filter(condition).values("pk"), is_active=True)


def lent_to(person: User) -> models.QuerySet[Membership]:
    """The roles that the person has as a deputy, today or by what is set already; with their units. One query."""
    absent = Deputyship.objects.not_over(clock.today()).filter(deputy=person, absent__is_active=True)
    lent = Membership.objects.filter(user__in=absent.values("absent")).exclude(role=Role.ADMINISTRATOR)
    return lent.select_related("unit")


def may_change(deputyship: Deputyship, by: User) -> bool:
    """Whether it is the person's to change, if it is not over."""
    return by.pk != deputyship.deputy_id and may_set_for(by, deputyship.absent)


def _locked(deputyship: Deputyship, by: User) -> Deputyship:
    User.objects.select_for_update().get(pk=deputyship.absent_id)
    row = Deputyship.objects.visible_to(by).select_related("absent", "deputy").filter(pk=deputyship.pk).first()
    if row is None or not (may_change(row, by) or row.deputy_id == by.pk):
        raise NotPermitted(Verb.SET_DEPUTY)
    if row.is_over(clock.today()):
        raise Refused(_("%(deputyship)s is over: set a new one.") % {"deputyship": row})
    return row


def _saved(row: Deputyship, *, by: User, reason: str) -> Deputyship:
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
    sign(row, by=by, reason=reason)
    row.save()
    return row
