"""What is done with a check: start, complete, mark_missed, perform_late, move, assign.

Its files while it is open are controls.checks.evidence's.

Each is one transaction on the locked row, follows controls.transitions.CHECK, leaves a history row with who and why, and
returns the check as saved. What they raise: NotPermitted (NotYours is one), Stale, NotInThisState, ReasonNeeded,
ValidationError by field.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import date

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from controls.evidence.files import CheckedFile, keep, no_file_left_behind
from controls.follow_ups.people import acts_for, performs_it
from controls.models import Check, Conclusion, Evidence, LatePerformance
from controls.models.check import CONCLUSIONS
from controls.scheduling.occasions import first_day_of, occasions_of
from controls.scheduling.rhythm import last_day
from controls.transitions import CHECK
from riskreg import clock
from riskreg.access.grants import may, may_by_own_right
from riskreg.access.verbs import NotPermitted, Verb
from riskreg.models import User
from riskreg.models.history import save_with_history
from riskreg.verbs.concurrency import refuse_if_changed
from riskreg.verbs.errors import NotInThisState, ReasonNeeded, Refused
from riskreg.verbs.workflow import NotPossible, Transition

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


def start(check: Check, *, by: User, reason: str = "", version: int | None = None) -> Check:
    """Takes it on: in progress, and the person's own when nobody's."""
    with moving(check, "start", by=by, reason=reason, version=version) as row:
        take_on(row, by)
        return said(row, "start", by, reason)


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
    """What it came to. A deviation says what was found; without one a conclusion is enough. Then the check stands."""
    with moving(check, "complete", by=by, reason=reason, version=version) as row:
        row.conclusion, row.note = conclusion, note.replace("\r\n", "\n").strip()
        row.performed_on = performed_on or clock.today()
        _require_whole(row)
        take_on(row, by)
        row.performed_by = by
        return said(row, "complete", by, reason)


def mark_missed(check: Check, *, by: User, reason: str, version: int | None = None) -> Check:
    """It will not be performed, and why. The next one comes all the same."""
    with moving(check, "mark_missed", by=by, reason=reason, version=version) as row:
        row.note, row.missed_at = reason.strip(), clock.now()
        return said(row, "mark_missed", by, reason)


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
    """What a missed check came to when it was performed all the same, once, and the files that prove it; it stays missed."""
    kept = [(Evidence(occasion=check), file) for file in files]
    with ExitStack() as stack:
        for evidence, _file in kept:
            stack.enter_context(no_file_left_behind(evidence))
        row = stack.enter_context(moving(check, "perform_late", by=by, reason="", version=version))
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
                keep(evidence, file, among=row.evidence.all(), by=by, reason=VERB_LABELS["perform_late"]())
            except ValidationError as refusal:
                raise ValidationError({"evidence": refusal.messages}) from refusal
        save_with_history(late, by=by, reason=VERB_LABELS["perform_late"]())
        return row


def move(check: Check, *, by: User, due_on: date, reason: str, version: int | None = None) -> Check:
    """Another day for this one check; its place in the schedule is the same, and no second one is opened for it."""
    with moving(check, "move", by=by, reason=reason, version=version) as row:
        if due_on == row.due_on:
            raise ValidationError({"due_on": [_("It is due that day already.")]})
        if due_on < clock.today():
            raise ValidationError({"due_on": [_("Choose today or a day to come.")]})
        plan = row.control.risk.plan
        planned = occasions_of(row.control, plan.year, first_day_of(plan))
        row.due_on = due_on
        row.last_day = last_day(due_on, (one.due for one in planned if one.nominal != row.nominal_on), settings.CHECKS_GRACE_DAYS)
        return said(row, "move", by, reason)


def assign(check: Check, performer: User, *, by: User, reason: str = "", version: int | None = None) -> Check:
    """Hands an open check to another performer. Raises ValidationError for somebody who could not record it."""
    with moving(check, "assign", by=by, reason=reason, version=version) as row:
        if row.performer_id == performer.pk:
            raise ValidationError({"performer": [_("%(name)s performs it already.") % {"name": performer}]})
        if not performer.is_active or not may_by_own_right(performer, Verb.LOG_FOLLOW_UP, row.unit):
            names = {"name": performer, "unit": row.unit}
            raise ValidationError({"performer": [_("%(name)s has no role at %(unit)s to log follow-ups with.") % names]})
        row.performer = performer
        return said(row, "assign", by, reason.strip() or _("Handed to %(name)s") % {"name": performer})


def why_not(check: Check, verb: str, by: User) -> Exception | None:
    """Why the person cannot do it now, or None when they can."""
    try:
        _ask(check, verb, by)
    except (NotPermitted, Refused) as refusal:
        return refusal
    return None


def verbs_open_to(check: Check, by: User) -> list[str]:
    return [verb for verb in CHECK.verbs_from(check.state) if why_not(check, verb, by) is None]


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


def take_on(row: Check, by: User) -> None:
    """What nobody performs becomes the person's own; or that of the one whose deputy they are in this."""
    if row.performer_id is None:
        row.performer_id = next(iter(acts_for(row, Verb.LOG_FOLLOW_UP, by)), by.pk)


def said(row: Check, verb: str, by: User, reason: str) -> Check:
    """Saves the row in its new state, last of all that the verb saves."""
    answer = CHECK.answer(row.state, verb)
    assert isinstance(answer, Transition)
    row.state = answer.to_state
    return save_with_history(row, by=by, reason=reason.strip() or VERB_LABELS[verb]())


def _ask(check: Check, verb: str, by: User) -> Transition:
    """Raises NotPermitted, NotInThisState, NotYours, in this order."""
    right = Verb(next(one.right for one in CHECK.transitions if one.verb == verb))
    if not may(by, right, check.unit):
        raise NotPermitted(right)
    answer = CHECK.answer(check.state, verb)
    if isinstance(answer, NotPossible):
        possible = [VERB_LABELS[one]() for one in answer.possible]
        raise NotInThisState(VERB_LABELS[verb](), check.get_state_display(), possible)
    if "performs_it" in answer.guards:
        performs_it(check, by)
    return answer


@contextmanager
def moving(check: Check, verb: str, *, by: User, reason: str, version: int | None) -> Iterator[Check]:
    with transaction.atomic():
        seen = Check.objects.visible_to(by).select_for_update(of=("self",))
        row = seen.select_related("unit", "performer", "control__risk__plan").filter(pk=check.pk).first()
        if row is None:
            raise NotPermitted(Verb.VIEW)
        refuse_if_changed(row, version)
        transition = _ask(row, verb, by)
        if transition.demands_reason and not reason.strip():
            raise ReasonNeeded(VERB_LABELS[verb]())
        by.acting_for = ", ".join(acts_for(row, Verb(transition.right), by).values())
        try:
            yield row
        finally:
            by.acting_for = ""
