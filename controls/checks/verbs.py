"""Start, complete, move and assign checks; record that they were missed, or performed late.

Their files while they are open are controls.checks.evidence's.

Each goes through the gate (riskreg.verbs.gate), follows controls.transitions.CHECK, leaves a history row with who and why, and
returns the check as saved. What they raise: NotPermitted (NotYours is one), Stale, NotInThisState, ReasonNeeded,
ValidationError by field.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from datetime import date

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from controls.evidence.files import keep, no_file_left_behind
from controls.follow_ups.people import acts_for, performs_it
from controls.follow_ups.performing import assign_performer, take_on
from controls.models import Check, Conclusion, Evidence, LatePerformance
from controls.models.check import CONCLUSIONS
from controls.scheduling.occasions import first_day_of, occasions_of
from controls.scheduling.rhythm import last_day
from controls.transitions import CHECK
from riskreg import clock
from riskreg.models import User
from riskreg.verbs.gate import Gated
from riskreg.web.accepted_files import CheckedFile

VERB_LABELS: dict[str, Callable[[], str]] = {
    "start": lambda: _("Start"),
    "attach": lambda: _("Add evidence"),
    "detach": lambda: _("Remove evidence"),
    "complete": lambda: _("Record as done"),
    "mark_missed": lambda: _("Could not be performed"),
    "perform_late": lambda: _("Performed afterwards"),
    "move": lambda: _("Move the day"),
    "assign": lambda: _("Hand to somebody else"),
}


CHECKS: Gated[Check] = Gated(
    workflow=CHECK,
    labels=VERB_LABELS,
    rows=lambda: Check.objects.select_related("unit", "performer", "control__risk__plan"),
    unit=lambda check: check.unit,
    guards={"performs_it": performs_it},
    acts_for=acts_for,
)


def start(check: Check, *, by: User, reason: str = "", version: int | None = None) -> Check:
    """Take the check on: in progress, and the user's own when it is nobody's."""
    with CHECKS.open(check, "start", by=by, reason=reason, version=version) as turn:
        row = turn.row
        take_on(row, by)
        return turn.save()


def complete(
    check: Check,
    *,
    by: User,
    conclusion: str,
    note: str = "",
    performed_on: date | None = None,
    reason: str = "",
    version: int | None = None,
) -> Check:
    """Record the result; then the check stands.

    A deviation needs a note on what was found; without one a conclusion is enough.
    """
    with CHECKS.open(check, "complete", by=by, reason=reason, version=version) as turn:
        row = turn.row
        row.conclusion, row.note = conclusion, note.replace("\r\n", "\n").strip()
        row.performed_on = performed_on or clock.today()
        _require_whole(row)
        take_on(row, by)
        row.performed_by = by
        return turn.save()


def mark_missed(check: Check, *, by: User, reason: str, version: int | None = None) -> Check:
    """Record that it will not be performed, and why. The next one comes all the same."""
    with CHECKS.open(check, "mark_missed", by=by, reason=reason, version=version) as turn:
        row = turn.row
        row.note, row.missed_at = reason.strip(), clock.now()
        return turn.save()


def perform_late(
    check: Check,
    *,
    by: User,
    conclusion: str,
    note: str,
    performed_on: date | None = None,
    files: Sequence[CheckedFile] = (),
    version: int | None = None,
) -> Check:
    """Record the result and the files of a missed check that was performed late, once; it stays missed."""
    kept = [(Evidence(occasion=check), file) for file in files]
    with ExitStack() as stack:
        for evidence, _file in kept:
            stack.enter_context(no_file_left_behind(evidence))
        turn = stack.enter_context(CHECKS.open(check, "perform_late", by=by, version=version))
        row = turn.row
        if LatePerformance.objects.filter(missed_check=row).exists():
            raise ValidationError(_("It is recorded already that it was performed afterwards."))
        late = LatePerformance(
            missed_check=row,
            conclusion=conclusion,
            note=note.replace("\r\n", "\n").strip(),
            performed_on=performed_on or clock.today(),
            recorded_by=by,
        )
        _require_whole(late, needs_note=True)
        for evidence, file in kept:
            try:
                keep(evidence, file, among=row.evidence.all(), by=turn.author, reason=VERB_LABELS["perform_late"]())
            except ValidationError as refusal:
                raise ValidationError({"evidence": refusal.messages}) from refusal
        turn.save_also(late, reason=VERB_LABELS["perform_late"]())
        return row


def move(check: Check, *, by: User, due_on: date, reason: str, version: int | None = None) -> Check:
    """Move this one check to another day; its place in the schedule stays, and no second one is opened for it."""
    with CHECKS.open(check, "move", by=by, reason=reason, version=version) as turn:
        row = turn.row
        if due_on == row.due_on:
            raise ValidationError({"due_on": [_("It is due that day already.")]})
        if due_on < clock.today():
            raise ValidationError({"due_on": [_("Choose today or a day to come.")]})
        plan = row.control.risk.plan
        planned = occasions_of(row.control, plan.year, first_day_of(plan))
        row.due_on = due_on
        row.last_day = last_day(due_on, (one.due for one in planned if one.nominal != row.nominal_on), settings.CHECKS_GRACE_DAYS)
        return turn.save()


def assign(check: Check, performer: User, *, by: User, reason: str = "", version: int | None = None) -> Check:
    """Hand an open check to another performer. Raises ValidationError for somebody who could not record it."""
    return assign_performer(CHECKS, check, performer, by=by, reason=reason, version=version)


def _require_whole(row: Check | LatePerformance, *, needs_note: bool = False) -> None:
    wrong: dict[str, list[str]] = {}
    if row.conclusion not in {one.value for one in CONCLUSIONS}:
        wrong["conclusion"] = [_("Choose one of the conclusions.")]
    elif needs_note and not row.note:
        wrong["note"] = [_("Write why it was performed so late, and what it showed.")]
    elif row.conclusion != Conclusion.NO_DEVIATIONS and not row.note:
        wrong["note"] = [_("Write what was found, or why it could not be performed.")]
    if row.performed_on is not None and row.performed_on > clock.today():
        wrong["performed_on"] = [_("The day lies ahead. Write the day on which it was performed.")]
    if wrong:
        raise ValidationError(wrong)
