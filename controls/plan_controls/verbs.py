"""Verbs on a control: add, change, drop, restore.

Each goes through the gate (riskreg.verbs.gate); the plan's row and the risk's are locked before the control's. What they
raise: NotPermitted, Stale, NotInThisState (the plan's state), ReasonNeeded, Refused, ValidationError.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Max
from django.dispatch import receiver
from django.utils.translation import gettext as _

from controls.models import Check, Control, ControlUnit, FollowUp
from controls.models.control_unit import possible_units
from controls.plan_controls.gate import CONTROLS, RISKS_WITH_CONTROLS, VERB_LABELS
from controls.plan_controls.withdrawing import withdraw_planned
from riskreg.access.verbs import Verb
from riskreg.models import Risk, Unit, User
from riskreg.models.author import Author
from riskreg.models.history import save_with_history, sign
from riskreg.plans.risks import risk_dropped, risk_narrowed
from riskreg.verbs.errors import Refused
from riskreg.verbs.naming import require_open_accounts
from riskreg.verbs.saving import naming_constraints

TEXT = frozenset({"description", "method", "method_wording", "frequency", "frequency_wording", "target"})
PERFORMER = frozenset({"performer", "performer_text"})
RETENTION = frozenset({"retention_months"})
FIELDS = TEXT | PERFORMER | RETENTION
UNITS = "units"
"""Which units follow up a municipality-wide risk; none chosen: all committees and companies."""


def add_control(risk: Risk, *, by: User, **values: Any) -> Control:
    """Save a new control, last under its risk."""
    units = values.pop(UNITS, ())
    with RISKS_WITH_CONTROLS.open(risk, "add", by=by) as turn:
        row = turn.row
        last = row.controls.aggregate(last=Max("position"))["last"] or 0
        control = Control(risk=row, position=last + 1)
        _set(control, values)
        require_open_accounts([control.performer_id])
        control.full_clean(exclude=["risk"], validate_constraints=False)
        with naming_constraints(control, ["risk"]):
            turn.save_also(control, reason=VERB_LABELS["add"]())
        _choose_units(control, row, units, by=turn.author, reason=VERB_LABELS["add"]())
        return control


def change_control(control: Control, *, by: User, reason: str = "", version: int | None = None, **values: Any) -> Control:
    """Save the values that are given and differ.

    In an adopted plan only the performer changes, and how long populations are kept.

    A follow-up or check that nobody has started goes to the new performer with it; for a municipality-wide risk, that
    of the risk's own unit. A planned one of a unit that is no longer to follow up is deleted.
    """
    units: Collection[Unit] | None = values.pop(UNITS, None)
    with CONTROLS.enter(control, Verb.CHANGE_PLAN, by=by, reason=reason, version=version) as turn:
        row, risk = turn.row, turn.row.risk
        before = {name: getattr(row, name) for name in FIELDS}
        _set(row, values)
        changed = {name for name in FIELDS if getattr(row, name) != before[name]}
        if units is not None and {unit.pk for unit in units} != set(row.chosen_units.values_list("unit", flat=True)):
            changed.add(UNITS)
        if not changed:
            return row
        refuse_dropped(row)
        verbs = [
            verb
            for verb, fields in (("change", TEXT | {UNITS}), ("hand_over", PERFORMER), ("retain", RETENTION))
            if changed & fields
        ]
        for verb in verbs:
            turn.ask(verb)
        if "performer" in changed:
            require_open_accounts([row.performer_id])
        row.full_clean(exclude=["risk", "carried_from"])
        if "frequency" in changed and row.checks.exists():
            said = _("Checks have been opened by it: change it on the page Schedule, which shows what that does.")
            raise ValidationError({"frequency": [said]})
        said = reason.strip() or ", ".join(VERB_LABELS[verb]() for verb in verbs)
        turn.save(reason=said)
        if units is not None and UNITS in changed:
            _choose_units(row, risk, units, by=turn.author, reason=said)
        if "performer" in changed:
            for kind in (FollowUp, Check):
                # Companions of the control: what is planned and nobody has begun goes along with it.
                planned = kind.objects.select_for_update().filter(control=row, state="planned", performer=before["performer"])
                for one in planned.filter(unit=risk.unit) if risk.is_municipality_wide else planned:
                    one.performer = row.performer
                    turn.save_also(one, reason=said)
        return row


def _choose_units(control: Control, risk: Risk, units: Collection[Unit], *, by: Author, reason: str) -> None:
    """Save the units that follow up. Raises ValidationError for one that is no committee or company here."""
    possible = set(possible_units(risk.plan.unit.root_path).values_list("pk", flat=True))
    strangers = [unit.name for unit in units if unit.pk not in possible]
    if strangers:
        said = _("Only active committees and companies of the municipality follow up: not %(units)s.")
        raise ValidationError({UNITS: [said % {"units": ", ".join(strangers)}]})
    there = {row.unit_id: row for row in control.chosen_units.all()}
    wanted = {unit.pk for unit in units}
    for unit_id in wanted - there.keys():
        save_with_history(ControlUnit(control=control, unit_id=unit_id), by=by, reason=reason)
    for unit_id in there.keys() - wanted:
        sign(there[unit_id], by=by, reason=reason)
        there[unit_id].delete()
    if wanted:
        others = (rows.exclude(unit__in=wanted) for rows in (control.follow_ups, control.checks))
        withdraw_planned(*others, by=by, reason=reason)


def drop_control(control: Control, *, by: User, reason: str, version: int | None = None) -> Control:
    """Drop the control from the plan, with its planned follow-ups and checks that nobody has started."""
    with CONTROLS.open(control, "drop", by=by, reason=reason, version=version) as turn:
        row = turn.row
        refuse_dropped(row)
        row.is_dropped = True
        withdraw_planned(row.follow_ups.all(), row.checks.all(), by=turn.author, reason=reason.strip())
        return turn.save()


def restore_control(control: Control, *, by: User, reason: str = "") -> Control:
    """Restore a dropped control."""
    with CONTROLS.open(control, "restore", by=by, reason=reason) as turn:
        row = turn.row
        if not row.is_dropped:
            raise Refused(_("%(control)s is not dropped.") % {"control": row})
        row.is_dropped = False
        return turn.save()


@receiver(risk_dropped)
def withdraw_what_was_planned(sender: type, *, risk: Risk, by: Author, reason: str, **kwargs: Any) -> None:
    """Withdraw the planned work on a risk that is no longer in the plan."""
    withdraw_planned(*(kind.objects.filter(control__risk=risk) for kind in (FollowUp, Check)), by=by, reason=reason)


@receiver(risk_narrowed)
def withdraw_from_other_units(sender: type, *, risk: Risk, by: Author, reason: str, **kwargs: Any) -> None:
    """Withdraw other units' planned work on a risk that belongs to one unit again."""
    others = (kind.objects.filter(control__risk=risk).exclude(unit=risk.unit) for kind in (FollowUp, Check))
    withdraw_planned(*others, by=by, reason=reason)


def _set(control: Control, values: dict[str, Any]) -> None:
    unknown = set(values) - FIELDS
    if unknown:
        raise TypeError(f"A control has no field {', '.join(sorted(unknown))} to be set.")
    for name, value in values.items():
        setattr(control, name, value)


def refuse_dropped(row: Control) -> None:
    """Raise Refused: what is no longer in the plan is restored first."""
    if row.is_dropped:
        raise Refused(_("%(control)s has been dropped. Restore it first.") % {"control": row})
