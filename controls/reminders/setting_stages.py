"""When a municipality reminds, and when for one closing: set and changed with who and why."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from controls.models import Closing, ReminderStages
from controls.models.reminder_stages import read_days
from riskreg.access.grants import require
from riskreg.access.verbs import NotPermitted, Verb
from riskreg.models import Unit, User
from riskreg.models.history import save_with_history
from riskreg.verbs.concurrency import refuse_if_changed


@transaction.atomic
def set_stages(
    *, by: User, unit: Unit, closing: Closing | None, days_before: str, manager_after: int | None, controller_after: int | None
) -> ReminderStages:
    """Stages for the municipality, or for one of its closings. Letters that were made keep theirs."""
    require(by, Verb.CHANGE_CLOSING, unit)
    if closing is not None and closing.unit_id != unit.pk:
        raise ValidationError({"closing": [_("%(closing)s is not a closing of %(unit)s.") % {"closing": closing, "unit": unit}]})
    row = ReminderStages(unit=unit, closing=closing)
    return _saved(row, by, days_before, manager_after, controller_after, _("Stages of reminders set"))


@transaction.atomic
def change_stages(
    stages: ReminderStages,
    *,
    by: User,
    days_before: str,
    manager_after: int | None,
    controller_after: int | None,
    version: int | None = None,
) -> ReminderStages:
    seen = ReminderStages.objects.visible_to(by).select_for_update(of=("self",)).select_related("unit")
    row = seen.filter(pk=stages.pk).first()
    if row is None:
        raise NotPermitted(Verb.CHANGE_CLOSING)
    require(by, Verb.CHANGE_CLOSING, row.unit)
    refuse_if_changed(row, version)
    return _saved(row, by, days_before, manager_after, controller_after, _("Stages of reminders changed"))


def _saved(
    row: ReminderStages, by: User, days_before: str, manager_after: int | None, controller_after: int | None, reason: str
) -> ReminderStages:
    row.days_before = ", ".join(str(days) for days in read_days(days_before))
    row.manager_after, row.controller_after = manager_after, controller_after
    row.full_clean()
    return save_with_history(row, by=by, reason=reason)
