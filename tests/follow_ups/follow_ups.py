"""Follow-ups in every state, as tests need them."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from controls.models import Action, Conclusion, FollowUp
from riskreg.models import User
from tests.cast import Cast, make_control, make_follow_up, make_risk

MOMENT = datetime(2025, 9, 5, 10, 0, tzinfo=ZoneInfo("Europe/Stockholm"))
RESULT = "60 poster granskade, inga fel."


def planned(cast: Cast, title: str = "Felaktiga löneutbetalningar", *, school: bool = False, **fields: Any) -> FollowUp:
    """A planned follow-up of Karin's at the board, or of Bo's at the school board."""
    plan, performer = (cast.school_plan, cast.bo) if school else (cast.plan, cast.karin)
    fields.setdefault("performer", performer)
    control = make_control(make_risk(plan, title), performer=fields["performer"])
    return make_follow_up(control, fields.pop("closing", cast.interim), **fields)


def in_state(cast: Cast, state: str, *, submitter: User | None = None, **fields: Any) -> FollowUp:
    """A complete follow-up without deviations in the state, handed in by Karin (or Bo)."""
    school = fields.get("school", False)
    if state == "planned":
        return planned(cast, **fields)
    author = submitter or (cast.bo if school else cast.karin)
    fields |= {"state": state, "result": RESULT, "conclusion": Conclusion.NO_DEVIATIONS, "last_edited_by": author}
    if state in {"submitted", "approved"}:
        fields |= {"submitted_by": author, "submitted_at": MOMENT}
    if state == "approved":
        fields |= {"approved_by": cast.ulla if school else cast.johan, "approved_at": MOMENT}
    return planned(cast, **fields)


def with_measure(follow_up: FollowUp, **fields: Any) -> Action:
    fields = {"description": "Ny rutin", "responsible": follow_up.performer, "due_on": date(2025, 11, 1), **fields}
    return Action.objects.create(follow_up=follow_up, kind=Action.Kind.MEASURE, **fields)


def fresh(follow_up: FollowUp) -> FollowUp:
    return FollowUp.objects.get(pk=follow_up.pk)
