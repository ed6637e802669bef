"""Which imported results are complete and so handed in, and whether anybody could approve them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from copy import copy

from django.utils.translation import gettext as _

from controls.follow_ups.backing import backings_of_each
from controls.follow_ups.completeness import what_lacks
from controls.follow_ups.people import approvers_of
from controls.importing.changes import ControlChange, FollowUpChange, RiskChange
from controls.importing.findings import Findings
from controls.importing.target import Target
from controls.models import Action, Control, FollowUp
from riskreg.importing.fields import Field
from riskreg.models import Unit, User

_FIELD_OF_WHAT_LACKS = {
    "result": Field.RESULT,
    "conclusion": Field.CONCLUSION,
    "conclusion_reason": Field.CONCLUSION,
    "decision": Field.ACTION,
}


def say_what_is_submitted(changes: Iterable[RiskChange], target: Target, by: User | None, findings: Findings) -> None:
    """Ask of each follow-up that would be written what it lacks then, and say so: it is not handed in."""
    written = [
        (change, control, control.follow_up)
        for change in changes
        for control in change.controls
        if control.follow_up is not None and control.follow_up.is_written and _is_open(control.follow_up)
    ]
    would_be = [_would_be(target, *parts) for parts in written]
    backings = backings_of_each([follow_up for follow_up, _actions in would_be])
    submitted = []
    for (_risk, _control, change), (follow_up, actions), behind in zip(written, would_be, backings, strict=True):
        change.lacks = what_lacks(follow_up, actions, behind)
        if not change.lacks:
            submitted.append(follow_up)
        else:
            missing = " ".join(message for messages in change.lacks.values() for message in messages)
            message = _("The follow-up stays in progress. %(missing)s") % {"missing": missing}
            findings.report("warning", change.row, _FIELD_OF_WHAT_LACKS[next(iter(change.lacks))], "", message)
    if submitted:
        _look_for_approvers(submitted, target, by, findings)


def _look_for_approvers(submitted: Sequence[FollowUp], target: Target, by: User | None, findings: Findings) -> None:
    """Name the units where nobody could approve but the importer and the person who performed it. As at a submission."""
    of_plan = _approvers(target.unit, by)
    found: dict[int, set[int]] = {}
    alone: dict[int, Unit] = {}
    for follow_up in submitted:
        performer = {follow_up.performer_id}
        if of_plan - performer:
            continue
        unit = follow_up.unit
        if unit.pk not in found:
            found[unit.pk] = _approvers(unit, by)
        if not found[unit.pk] - performer:
            alone[unit.pk] = unit
    for unit in alone.values():
        message = _(
            "Nobody else can approve what is submitted at %(unit)s yet: ask the administrator to give a second person the "
            "role of manager."
        )
        findings.report("warning", None, None, "", message % {"unit": unit})


def _approvers(unit: Unit, by: User | None) -> set[int]:
    return {user.pk for user in approvers_of(FollowUp(unit=unit, submitted_by=by, last_edited_by=by))}


def _would_be(target: Target, risk: RiskChange, control: ControlChange, change: FollowUpChange) -> tuple[FollowUp, list[Action]]:
    """Return the follow-up and its actions as they would be; what the plan holds is left as it is."""
    actions: list[Action] = []
    if change.existing is not None:
        follow_up = copy(change.existing)
        actions += change.existing.actions.all()
    else:
        of = control.existing or Control(**control.values)
        unit = risk.values.get("unit") or (risk.existing.unit if risk.existing else target.unit)
        follow_up = FollowUp(control=of, closing=target.closing, unit=unit, performer=of.performer)
    for name, value in change.values.items():
        setattr(follow_up, name, value)
    return follow_up, _with_changes(actions, change)


def _with_changes(actions: list[Action], change: FollowUpChange) -> list[Action]:
    changed = {one.existing.pk: one for one in change.actions if one.existing is not None}
    would_be = []
    for action in actions:
        made = copy(action)
        for name, value in (changed[action.pk].values if action.pk in changed else {}).items():
            setattr(made, name, value)
        would_be.append(made)
    return would_be + [Action(**one.values) for one in change.actions if one.existing is None]


def _is_open(change: FollowUpChange) -> bool:
    return change.existing is None or change.existing.is_open
