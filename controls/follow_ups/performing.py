"""Take on follow-ups and checks, and hand them to another performer: the same for both."""

from __future__ import annotations

from typing import TypeVar

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from controls.follow_ups.people import acts_for
from controls.models import Check, FollowUp
from riskreg.access.grants import may_by_own_right
from riskreg.access.verbs import Verb
from riskreg.models import User
from riskreg.verbs.gate import Gated
from riskreg.verbs.naming import require_open_accounts

P = TypeVar("P", FollowUp, Check)


def take_on(row: FollowUp | Check, by: User) -> None:
    """Make what nobody performs the user's own; or that of the one whose deputy they are in this."""
    if row.performer_id is None:
        row.performer_id = next(iter(acts_for(row, Verb.LOG_FOLLOW_UP, by)), by.pk)
        require_open_accounts([row.performer_id])


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
