"""The stages of reminders of a municipality, and of a single closing: set and changed with who and why."""

from __future__ import annotations

from collections.abc import Callable

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from controls.models import Closing, ReminderStages
from controls.models.reminder_stages import read_days
from controls.transitions import REMINDER_STAGES
from riskreg.access.verbs import Verb
from riskreg.models import Unit, User
from riskreg.models.history import save_with_history
from riskreg.verbs.gate import Gated, making

VERB_LABELS: dict[str, Callable[[], str]] = {"change": lambda: _("Stages of reminders changed")}
STAGES: Gated[ReminderStages] = Gated(
    workflow=REMINDER_STAGES,
    labels=VERB_LABELS,
    rows=lambda: ReminderStages.objects.select_related("unit"),
    unit=lambda stages: stages.unit,
    state=lambda stages: "there",
)


def set_stages(
    *, by: User, unit: Unit, closing: Closing | None, days_before: str, manager_after: int | None, controller_after: int | None
) -> ReminderStages:
    """Set the stages of the municipality, or of one of its closings. Letters already made keep theirs."""
    with making(Verb.CHANGE_CLOSING, unit, by=by) as author:
        if closing is not None and closing.unit_id != unit.pk:
            said = _("%(closing)s is not a closing of %(unit)s.")
            raise ValidationError({"closing": [said % {"closing": closing, "unit": unit}]})
        row = ReminderStages(unit=unit, closing=closing)
        _set(row, days_before, manager_after, controller_after)
        return save_with_history(row, by=author, reason=_("Stages of reminders set"))


def change_stages(
    stages: ReminderStages,
    *,
    by: User,
    days_before: str,
    manager_after: int | None,
    controller_after: int | None,
    version: int | None = None,
) -> ReminderStages:
    """Change stages that are set; letters already made keep theirs. Raises NotPermitted, Stale."""
    with STAGES.open(stages, "change", by=by, version=version) as turn:
        _set(turn.row, days_before, manager_after, controller_after)
        return turn.save()


def _set(row: ReminderStages, days_before: str, manager_after: int | None, controller_after: int | None) -> None:
    row.days_before = ", ".join(str(days) for days in read_days(days_before))
    row.manager_after, row.controller_after = manager_after, controller_after
    row.full_clean()
