"""What is done with a follow-up: start, save_draft, submit, approve, return_, reopen, assign.

Each is one transaction on the locked row (controls.follow_ups.gate), follows controls.transitions, leaves a history row with
who and why, and returns the follow-up as saved. `version` is the one the form was opened with
(riskreg.verbs.concurrency); None when no form was. What they raise: NotPermitted (NotYours is one), Stale, NotInThisState,
ReasonNeeded, Incomplete.
"""

from __future__ import annotations

from collections.abc import Iterable

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from controls.follow_ups.draft import Decision, Draft, Measure
from controls.follow_ups.gate import finish, moving, take_on
from controls.models import Action, Conclusion, FollowUp
from riskreg import clock
from riskreg.access.grants import may_by_own_right
from riskreg.access.verbs import Verb
from riskreg.models import User
from riskreg.models.history import save_with_history, sign


def start(follow_up: FollowUp, *, by: User, reason: str = "", version: int | None = None) -> FollowUp:
    """Takes it on: in progress, and the person's own when nobody's."""
    with moving(follow_up, "start", by=by, reason=reason, version=version) as (row, transition):
        take_on(row, by)
        return finish(row, transition, by=by, reason=reason)


def save_draft(follow_up: FollowUp, *, by: User, draft: Draft, reason: str = "", version: int | None = None) -> FollowUp:
    """Keeps what has been written so far; a planned follow-up is started by it. Writes nothing when nothing changed."""
    with moving(follow_up, "save_draft", by=by, reason=reason, version=version) as (row, transition):
        changed = _write(row, draft, by=by)
        if not changed and row.state == transition.to_state:
            return row
        take_on(row, by)
        return finish(row, transition, by=by, reason=reason, edited=changed)


def submit(
    follow_up: FollowUp, *, by: User, draft: Draft | None = None, reason: str = "", version: int | None = None
) -> FollowUp:
    """Hands it in for approval, with what the form held when `draft` is given. Raises Incomplete, naming what is
    missing; then the draft is not kept either: the caller decides whether to save it alone."""
    with transaction.atomic():
        if draft is not None:
            follow_up, version = save_draft(follow_up, by=by, draft=draft, version=version), None
        with moving(follow_up, "submit", by=by, reason=reason, version=version) as (row, transition):
            row.submitted_by, row.submitted_at = by, clock.now()
            return finish(row, transition, by=by, reason=reason)


def approve(follow_up: FollowUp, *, by: User, reason: str = "", version: int | None = None) -> FollowUp:
    """A manager of the unit takes responsibility for it; never for their own work (NotYours says who can)."""
    with moving(follow_up, "approve", by=by, reason=reason, version=version) as (row, transition):
        row.approved_by, row.approved_at = by, clock.now()
        return finish(row, transition, by=by, reason=reason)


def return_(follow_up: FollowUp, *, by: User, reason: str, version: int | None = None) -> FollowUp:
    """Sends it back to who performs it, with what to do. A manager may take back what they submitted themselves."""
    with moving(follow_up, "return", by=by, reason=reason, version=version) as (row, transition):
        _send_back(row, by, reason)
        return finish(row, transition, by=by, reason=reason)


def reopen(follow_up: FollowUp, *, by: User, reason: str, version: int | None = None) -> FollowUp:
    """Takes up an approved follow-up again; the reason is shown to who performs it, like that of a return."""
    with moving(follow_up, "reopen", by=by, reason=reason, version=version) as (row, transition):
        row.approved_by = row.approved_at = None
        _send_back(row, by, reason)
        return finish(row, transition, by=by, reason=reason)


def assign(follow_up: FollowUp, performer: User, *, by: User, reason: str = "", version: int | None = None) -> FollowUp:
    """Hands an open follow-up to another performer. What has been written stays. Raises ValidationError for somebody who
    could not log it."""
    with moving(follow_up, "assign", by=by, reason=reason, version=version) as (row, transition):
        if row.performer_id == performer.pk:
            raise ValidationError({"performer": [_("%(name)s performs it already.") % {"name": performer}]})
        if not performer.is_active or not may_by_own_right(performer, Verb.LOG_FOLLOW_UP, row.unit):
            names = {"name": performer, "unit": row.unit}
            raise ValidationError({"performer": [_("%(name)s has no role at %(unit)s to log follow-ups with.") % names]})
        row.performer = performer
        return finish(row, transition, by=by, reason=reason.strip() or _("Handed to %(name)s") % {"name": performer})


def _send_back(row: FollowUp, by: User, reason: str) -> None:
    if row.performer is not None and not row.performer.is_active:
        # Nothing is sent to a closed account: it is nobody's, and whoever may can take it.
        row.performer = None
    row.returned_by, row.returned_at, row.return_reason = by, clock.now(), reason.strip()


def _write(row: FollowUp, draft: Draft, *, by: User) -> bool:
    """Takes over what is written; whether that changed anything. Actions are saved here, the row by the caller."""
    if draft.conclusion and draft.conclusion not in Conclusion.values:
        raise ValidationError({"conclusion": [_("Choose one of the conclusions.")]})
    changed = False
    for name in Draft.FIELDS:
        written = getattr(draft, name).replace("\r\n", "\n").strip()
        if getattr(row, name) != written:
            setattr(row, name, written)
            changed = True
    if draft.decision is not None:
        changed = _decide(row, draft.decision, by=by) or changed
    return changed


def _decide(row: FollowUp, decision: Decision, *, by: User) -> bool:
    """Makes the stored actions say what the decision says. What is done, or carried over to another year, stays."""
    stored_actions = {action.pk: action for action in row.actions.all()}
    wanted = () if decision.kind == Action.Kind.NONE_NEEDED else decision.measures
    changed = False
    kept: set[int] = set()
    for measure in wanted:
        action = stored_actions.get(measure.action_id or 0)
        if action is None or action.kind != Action.Kind.MEASURE:
            action = Action(follow_up=row, kind=Action.Kind.MEASURE)
        else:
            kept.add(action.pk)
        changed = _word(action, measure, by=by) or changed
    changed = _say(row, decision, stored_actions.values(), kept, by=by) or changed
    for action in stored_actions.values():
        if action.pk not in kept and action.done_on is None and not action.carried_to.exists():
            sign(action, by=by, reason=_("No longer part of the decision"))
            action.delete()
            changed = True
    return changed


def _word(action: Action, measure: Measure, *, by: User) -> bool:
    values = (measure.description.replace("\r\n", "\n").strip(), measure.responsible_id, measure.due_on)
    if action.pk and (action.description, action.responsible_id, action.due_on) == values:
        return False
    action.description, action.responsible_id, action.due_on = values
    save_with_history(action, by=by, reason=_("Decided in the follow-up"))
    return True


def _say(row: FollowUp, decision: Decision, actions: Iterable[Action], kept: set[int], *, by: User) -> bool:
    """The decision that is not a measure: one row with its text, reused so that its history stays in one place."""
    if decision.kind == Action.Kind.MEASURE or not decision.kind:
        return False
    text = decision.text.replace("\r\n", "\n").strip()
    action = next((one for one in actions if one.kind == decision.kind), None)
    if action is not None:
        kept.add(action.pk)
        if action.description == text:
            return False
    else:
        action = Action(follow_up=row, kind=decision.kind)
    action.description = text
    save_with_history(action, by=by, reason=_("Decided in the follow-up"))
    return True
