"""The one way a follow-up changes: locked, read again, right and state and guards asked, saved with who and why."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import TypeVar

from django.db import models, transaction
from django.utils import formats
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from controls.follow_ups.completeness import is_complete
from controls.follow_ups.guards import VERB_LABELS, ask_people_guards, require_right, transition_for
from controls.follow_ups.people import acts_for
from controls.models import Action, FollowUp
from riskreg.access.verbs import NotPermitted, Verb
from riskreg.models import User
from riskreg.models.history import save_with_history
from riskreg.verbs.concurrency import Change, refuse_if_changed
from riskreg.verbs.errors import ReasonNeeded
from riskreg.verbs.workflow import Transition

R = TypeVar("R", bound=models.Model)


@contextmanager
def moving(
    follow_up: FollowUp, verb: str, *, by: User, reason: str = "", version: int | None = None
) -> Iterator[tuple[FollowUp, Transition]]:
    """A transaction around one verb: gives the locked row as it is now, and the transition.

    Raises, in this order: NotPermitted (missing role, or not visible to them), Stale, NotInThisState, NotYours,
    ReasonNeeded. Whatever is raised inside rolls everything back.
    """
    with transaction.atomic():
        row = (
            FollowUp.objects.visible_to(by)
            .select_for_update(of=("self",))
            .select_related("unit", "performer", "closing", "control__risk__plan")
            .filter(pk=follow_up.pk)
            .first()
        )
        if row is None:
            raise NotPermitted(Verb.VIEW)
        require_right(row, verb, by)
        refuse_if_changed(row, version, related=lambda opened: _changed_actions(row, opened))
        transition = transition_for(row, verb)
        ask_people_guards(row, transition, by)
        if transition.demands_reason and not reason.strip():
            raise ReasonNeeded(VERB_LABELS[verb]())
        by.acting_for = ", ".join(acts_for(row, Verb(transition.right), by).values())
        try:
            yield row, transition
        finally:
            by.acting_for = ""


def take_on(row: FollowUp, by: User) -> None:
    """What nobody performs becomes the person's own; or that of the one whose deputy they are in this."""
    if row.performer_id is None:
        row.performer_id = next(iter(acts_for(row, Verb.LOG_FOLLOW_UP, by)), by.pk)


def finish(row: FollowUp, transition: Transition, *, by: User, reason: str = "", edited: bool = False) -> FollowUp:
    """Saves the row in its new state, last of all that the verb saves. `edited`: what it says changed, so that
    this person cannot approve it. Raises Incomplete where the transition asks for a complete follow-up."""
    if "is_complete" in transition.guards:
        is_complete(row, by)
    row.state = transition.to_state
    if edited:
        row.last_edited_by = by
    return save_with_history(row, by=by, reason=reason.strip() or VERB_LABELS[transition.verb]())


def _changed_actions(row: FollowUp, opened: datetime) -> list[Change]:
    before = _worded(Action.history.as_of(opened).filter(follow_up_id=row.pk))
    now = _worded(row.actions.all())
    return [] if before == now else [Change("decision", capfirst(_("actions")), before, now)]


def _worded(actions: models.QuerySet[Action]) -> str:
    lines = []
    for action in actions.order_by("pk"):
        due = formats.date_format(action.due_on, "DATE_FORMAT") if action.due_on else ""
        parts = [str(action.get_kind_display()), action.description, str(action.responsible or ""), due]
        lines.append(" · ".join(part for part in parts if part))
    return "\n".join(lines) or "–"
