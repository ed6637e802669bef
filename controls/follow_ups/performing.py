"""Take on follow-ups and checks, and hand them to another performer: the same for both."""

from __future__ import annotations

from typing import TypeVar

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from controls.follow_ups.people import acts_for, controllers_at
from controls.models import Check, FollowUp
from riskreg.access.grants import may_by_own_right
from riskreg.access.verbs import Verb
from riskreg.models import User
from riskreg.verbs.gate import Gated
from riskreg.verbs.naming import open_accounts, require_open_accounts

P = TypeVar("P", FollowUp, Check)


def take_on(row: FollowUp | Check, by: User) -> None:
    """Make what nobody performs the user's own; or that of the one whose deputy they are in this."""
    if row.performer_id is None:
        row.performer_id = next(iter(acts_for(row, Verb.LOG_FOLLOW_UP, by)), by.pk)
        require_open_accounts([row.performer_id])


def comes_back_to(row: FollowUp) -> User | None:
    """Return who a follow-up falls to that is sent back: performer, else submitter, else the nearest unit's controller.

    Each only with an open account, a role there to log it with, and sight of its risk. None when there is nobody: then whoever
    may can take it on. The account is held open until the transaction ends.
    """
    own = [user for user in (row.performer, row.submitted_by) if user is not None]
    for candidates in (own, controllers_at(row.unit)):
        is_open = open_accounts(candidates)
        found = next((user for user in candidates if user.pk in is_open and _could_log(row, user)), None)
        if found is not None:
            return found
    return None


def _could_log(row: FollowUp, user: User) -> bool:
    has_right = may_by_own_right(user, Verb.LOG_FOLLOW_UP, row.unit)
    return has_right and FollowUp.objects.visible_to(user).filter(pk=row.pk).exists()


def assign_performer(gated: Gated[P], record: P, performer: User, *, by: User, reason: str, version: int | None) -> P:
    """Hand the record to another performer. Raises ValidationError for somebody who could not log it."""
    with gated.open(record, "assign", by=by, reason=reason, version=version) as turn:
        row = turn.row
        if row.performer_id == performer.pk:
            raise ValidationError({"performer": [_("%(name)s performs it already.") % {"name": performer}]})
        if not performer.is_active or not may_by_own_right(performer, Verb.LOG_FOLLOW_UP, row.unit):
            names = {"name": performer, "unit": row.unit}
            raise ValidationError({"performer": [_("%(name)s has no role at %(unit)s to log follow-ups with.") % names]})
        require_open_accounts([performer])
        row.performer = performer
        return turn.save(reason=reason.strip() or _("Handed to %(name)s") % {"name": performer})
