"""The gates of follow-ups (riskreg.verbs.gate)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from django.db import models
from django.utils import formats
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from controls.follow_ups.completeness import is_complete
from controls.follow_ups.people import acts_for, handed_it_in, has_other_eyes, performs_it
from controls.models import Action, FollowUp, HandedInReport
from controls.transitions import FOLLOW_UP
from riskreg.verbs.concurrency import Change
from riskreg.verbs.errors import Refused
from riskreg.verbs.gate import Gated

VERB_LABELS: dict[str, Callable[[], str]] = {
    "start": lambda: _("Start"),
    "save_draft": lambda: _("Save draft"),
    "attach": lambda: _("Add evidence"),
    "detach": lambda: _("Remove evidence"),
    "submit": lambda: _("Submit for approval"),
    "take_back": lambda: _("Take back"),
    "approve": lambda: _("Approve"),
    "return": lambda: _("Return"),
    "reopen": lambda: _("Reopen"),
    "assign": lambda: _("Hand to somebody else"),
}


def require_not_handed_in(follow_up: FollowUp, verb: str) -> None:
    """Raise Refused: what a handed-in report rests on stands, until the report is taken up for a new version."""
    versions = HandedInReport.objects.filter(
        kind="follow_up", plan=follow_up.control.risk.plan_id, closing=follow_up.closing_id
    ).order_by("-number")
    newest = versions.only("title", "number", "state").first()
    if newest is not None and newest.state == HandedInReport.State.HANDED_IN:
        raise Refused(
            _("%(report)s was handed in with this follow-up. Take the report up for a new version first, then reopen it.")
            % {"report": newest}
        )


def changed_actions(row: FollowUp, opened: datetime) -> list[Change]:
    """Return the follow-up's actions as they were and as they are, when they differ."""
    before = _word_actions(Action.history.as_of(opened).filter(follow_up_id=row.pk))
    now = _word_actions(row.actions.all())
    return [] if before == now else [Change("decision", capfirst(_("actions")), before, now)]


def _word_actions(actions: models.QuerySet[Action]) -> str:
    lines = []
    for action in actions.order_by("pk"):
        due = formats.date_format(action.due_on, "DATE_FORMAT") if action.due_on else ""
        parts = [str(action.get_kind_display()), action.description, str(action.responsible or ""), due]
        lines.append(" · ".join(part for part in parts if part))
    return "\n".join(lines) or "–"


FOLLOW_UPS: Gated[FollowUp] = Gated(
    workflow=FOLLOW_UP,
    labels=VERB_LABELS,
    rows=lambda: FollowUp.objects.select_related("unit", "performer", "closing", "control__risk__plan"),
    unit=lambda follow_up: follow_up.unit,
    conditions={"not_handed_in": require_not_handed_in},
    guards={"performs_it": performs_it, "handed_it_in": handed_it_in, "has_other_eyes": has_other_eyes},
    completeness={"is_complete": is_complete},
    acts_for=acts_for,
    changed_beside=changed_actions,
)
