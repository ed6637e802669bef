"""Start, save, submit, approve, return, reopen and assign follow-ups.

Each goes through the gate (riskreg.verbs.gate), follows controls.transitions, leaves a history row with who and why, and
returns the follow-up as saved. `version` is the one the form was opened with (riskreg.verbs.concurrency); None when no form
was. What they raise: NotPermitted (NotYours is one), Stale, NotInThisState, ReasonNeeded, Incomplete.
"""

from __future__ import annotations

from collections.abc import Iterable

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from controls.follow_ups.backing import keep_backings
from controls.follow_ups.draft import Decision, Draft, Measure
from controls.follow_ups.gate import FOLLOW_UPS
from controls.follow_ups.performing import assign_performer, comes_back_to, take_on
from controls.models import Action, Conclusion, FollowUp
from riskreg import clock
from riskreg.models import User
from riskreg.verbs.gate import Turn
from riskreg.verbs.naming import require_open_accounts


def start(follow_up: FollowUp, *, by: User, reason: str = "", version: int | None = None) -> FollowUp:
    """Take it on: in progress, and the user's own when nobody's."""
    with FOLLOW_UPS.open(follow_up, "start", by=by, reason=reason, version=version) as turn:
        take_on(turn.row, by)
        return turn.save()


def save_draft(follow_up: FollowUp, *, by: User, draft: Draft, reason: str = "", version: int | None = None) -> FollowUp:
    """Keep what has been written so far; a planned follow-up is started by it. Writes nothing when nothing changed."""
    with FOLLOW_UPS.open(follow_up, "save_draft", by=by, reason=reason, version=version) as turn:
        row = turn.row
        changed = _take_over(turn, draft)
        if not changed and row.state == FollowUp.State.IN_PROGRESS:
            return row
        take_on(row, by)
        if changed:
            row.last_edited_by = by
        return turn.save()


def submit(
    follow_up: FollowUp, *, by: User, draft: Draft | None = None, reason: str = "", version: int | None = None
) -> FollowUp:
    """Submit it for approval, with the form's content when `draft` is given.

    Raises Incomplete, naming what is missing; then the draft is not saved either: the caller decides whether to save
    it alone.
    """
    with transaction.atomic():
        if draft is not None:
            follow_up, version = save_draft(follow_up, by=by, draft=draft, version=version), None
        with FOLLOW_UPS.open(follow_up, "submit", by=by, reason=reason, version=version) as turn:
            turn.row.submitted_by, turn.row.submitted_at = by, clock.now()
            submitted = turn.save()
            keep_backings([submitted], by=turn.author)
            return submitted


def take_back(follow_up: FollowUp, *, by: User, reason: str = "", version: int | None = None) -> FollowUp:
    """Go on with what was submitted, until somebody has approved it; for who performs or submitted it (handed_it_in)."""
    with FOLLOW_UPS.open(follow_up, "take_back", by=by, reason=reason, version=version) as turn:
        return turn.save()


def approve(follow_up: FollowUp, *, by: User, reason: str = "", version: int | None = None) -> FollowUp:
    """Take responsibility for it, as a manager of the unit; never for one's own work (NotYours says who can)."""
    with FOLLOW_UPS.open(follow_up, "approve", by=by, reason=reason, version=version) as turn:
        turn.row.approved_by, turn.row.approved_at = by, clock.now()
        return turn.save()


def return_(follow_up: FollowUp, *, by: User, reason: str, version: int | None = None) -> FollowUp:
    """Send it back with what to do: to who performs it, else who submitted it, else a controller (comes_back_to).

    A manager may take back what they submitted themselves.
    """
    with FOLLOW_UPS.open(follow_up, "return", by=by, reason=reason, version=version) as turn:
        _send_back(turn.row, by, reason)
        return turn.save()


def reopen(follow_up: FollowUp, *, by: User, reason: str, version: int | None = None) -> FollowUp:
    """Take up an approved follow-up again; the reason is shown to who it falls to, like that of a return."""
    with FOLLOW_UPS.open(follow_up, "reopen", by=by, reason=reason, version=version) as turn:
        # What was written until now has been approved: who wrote it has no part in what comes.
        turn.row.approved_by = turn.row.approved_at = turn.row.last_edited_by = None
        _send_back(turn.row, by, reason)
        return turn.save()


def assign(follow_up: FollowUp, performer: User, *, by: User, reason: str = "", version: int | None = None) -> FollowUp:
    """Hand an open follow-up to another performer; the written text stays.

    Raises ValidationError for somebody who could not log it.
    """
    return assign_performer(FOLLOW_UPS, follow_up, performer, by=by, reason=reason, version=version)


def _send_back(row: FollowUp, by: User, reason: str) -> None:
    row.performer = comes_back_to(row)
    row.returned_by, row.returned_at, row.return_reason = by, clock.now(), reason.strip()


def _take_over(turn: Turn[FollowUp], draft: Draft) -> bool:
    """Take over what is written; True when that changed anything. Actions are saved here, the row by the caller."""
    if draft.conclusion and draft.conclusion not in Conclusion.values:
        raise ValidationError({"conclusion": [_("Choose one of the conclusions.")]})
    changed = False
    if draft.conclusion != turn.row.conclusion:
        turn.row.conclusion_wording = ""  # the file's words for another conclusion
    for name in Draft.FIELDS:
        written = getattr(draft, name).replace("\r\n", "\n").strip()
        if getattr(turn.row, name) != written:
            setattr(turn.row, name, written)
            changed = True
    if draft.decision is not None:
        changed = _decide(turn, draft.decision) or changed
    return changed


def _decide(turn: Turn[FollowUp], decision: Decision) -> bool:
    """Make the stored actions say what the decision says. What is done, or carried over to another year, stays."""
    stored_actions = {action.pk: action for action in turn.row.actions.all()}
    wanted = () if decision.kind == Action.Kind.NONE_NEEDED else decision.measures
    changed = False
    kept: set[int] = set()
    for measure in wanted:
        action = stored_actions.get(measure.action_id or 0)
        if action is None or action.kind != Action.Kind.MEASURE:
            action = Action(follow_up=turn.row, kind=Action.Kind.MEASURE)
        else:
            kept.add(action.pk)
        changed = _save_measure(turn, action, measure) or changed
    changed = _save_decision(turn, decision, stored_actions.values(), kept) or changed
    for action in stored_actions.values():
        if action.pk not in kept and action.done_on is None and not action.carried_to.exists():
            turn.delete_also(action, reason=_("No longer part of the decision"))
            changed = True
    return changed


def _save_measure(turn: Turn[FollowUp], action: Action, measure: Measure) -> bool:
    values = (measure.description.replace("\r\n", "\n").strip(), measure.responsible_id, measure.due_on)
    if action.pk and (action.description, action.responsible_id, action.due_on) == values:
        return False
    if action.responsible_id != measure.responsible_id:
        require_open_accounts([measure.responsible_id])
    action.description, action.responsible_id, action.due_on = values
    turn.save_also(action, reason=_("Decided in the follow-up"))
    return True


def _save_decision(turn: Turn[FollowUp], decision: Decision, actions: Iterable[Action], kept: set[int]) -> bool:
    """Save the decision that is not a measure: one row with its text, reused so that its history stays in one place."""
    if decision.kind == Action.Kind.MEASURE or not decision.kind:
        return False
    text = decision.text.replace("\r\n", "\n").strip()
    action = next((one for one in actions if one.kind == decision.kind), None)
    if action is not None:
        kept.add(action.pk)
        if action.description == text:
            return False
    else:
        action = Action(follow_up=turn.row, kind=decision.kind)
    action.description = text
    turn.save_also(action, reason=_("Decided in the follow-up"))
    return True
