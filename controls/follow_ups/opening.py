"""The planned follow-ups of a plan at a closing."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext as _
from simple_history.utils import bulk_create_with_history

from controls.models import Closing, Conclusion, Control, FollowUp, Frequency
from controls.models.control_unit import units_by_control
from riskreg import clock
from riskreg.access.verbs import Verb
from riskreg.database.table_statistics import analyze_table
from riskreg.models import ControlPlan, User
from riskreg.models.history import bulk_signature
from riskreg.plans.gate import PLANS
from riskreg.verbs.errors import NotInThisState, Refused
from riskreg.verbs.naming import open_accounts


@dataclass(frozen=True, slots=True)
class Opened:
    """The result of `open_follow_ups`: those it made, and how many existed before."""

    created: list[FollowUp]
    already_there: int
    continued: int
    """The number of those created that continue what an earlier closing of the year left ongoing."""


class OtherMunicipality(Refused):
    """The closing is not one of the plan's municipality and year."""


def open_follow_ups(plan: ControlPlan, closing: Closing, *, by: User | None) -> Opened:
    """Create the planned follow-ups of the plan's current controls for the closing; run twice, it makes none twice.

    Unit and performer come from the risk and the control, the due date from the closing. A municipality-wide risk is
    followed up by several units, each for itself: in those that are not the risk's own it is nobody's yet, and
    whoever logs follow-ups there can take it. Where an earlier closing of the year was left *ongoing*, its successor
    goes to whoever performed that. A yearly control that an earlier closing of the year has concluded is not asked
    for again. `by` None: the product does it by itself (controls.year.run).

    Raises NotPermitted, NotInThisState (the plan is closed), OtherMunicipality.
    """
    with PLANS.enter(plan, Verb.CHANGE_PLAN, by=by) as turn:
        locked = turn.row
        if locked.state == ControlPlan.State.CLOSED:
            raise NotInThisState(_("Open follow-ups"), locked.get_state_display())
        if closing.unit.path != locked.unit.root_path or closing.year != locked.year:
            raise OtherMunicipality(
                _("%(closing)s of %(municipality)s does not belong to %(plan)s.")
                % {"closing": closing, "municipality": closing.unit, "plan": locked}
            )
        there = set(FollowUp.objects.filter(closing=closing, control__risk__plan=locked).values_list("control_id", "unit_id"))
        earlier = _earlier(locked, closing)
        made: list[FollowUp] = []
        continued = 0
        several = units_by_control(locked)
        controls = Control.objects.current().filter(risk__plan=locked).select_related("risk").order_by("risk", "position")
        accounts = open_accounts([*(one.performer_id for one in controls), *(one.performer_id for one in earlier.values())])
        for control in controls:
            for unit_id in several.get(control.pk, [control.risk.unit_id]):
                before = earlier.get((control.pk, unit_id))
                if (control.pk, unit_id) in there or _is_concluded(control, before):
                    continue
                goes_on = before is not None and before.conclusion == Conclusion.ONGOING
                continued += goes_on
                performer = _performer(control, unit_id, before if goes_on else None)
                performer = performer if performer in accounts else None
                made.append(
                    FollowUp(
                        control=control, closing=closing, unit_id=unit_id, performer_id=performer, due_on=closing.follow_up_due
                    )
                )
        created = bulk_create_with_history(
            made,
            FollowUp,
            batch_size=500,
            default_change_reason=_("Opened for %(closing)s") % {"closing": closing},
            default_date=clock.now(),
            **bulk_signature(turn.author),
        )
        analyze_table(FollowUp, len(created))
        return Opened(created=created, already_there=len(there), continued=continued)


def _performer(control: Control, unit_id: int, ongoing: FollowUp | None) -> int | None:
    """Return the key of the performer of the ongoing one; else of the control's own, at the risk's own unit."""
    named = ongoing.performer_id if ongoing is not None else None
    if named is None and unit_id == control.risk.unit_id:
        named = control.performer_id
    return named


def _earlier(plan: ControlPlan, closing: Closing) -> dict[tuple[int, int], FollowUp]:
    """Return the latest follow-up of each control and unit at the year's closings before this one."""
    rows = FollowUp.objects.filter(control__risk__plan=plan, closing__year=closing.year, closing__cut_off__lt=closing.cut_off)
    return {(row.control_id, row.unit_id): row for row in rows.order_by("closing__cut_off")}


def _is_concluded(control: Control, before: FollowUp | None) -> bool:
    if control.frequency != Frequency.YEARLY or before is None or before.is_open:
        return False
    return before.conclusion not in {Conclusion.ONGOING, Conclusion.COULD_NOT_BE_PERFORMED}
