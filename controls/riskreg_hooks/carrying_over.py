"""The part of controls in carrying a plan over to the next year.

Controls are copied, each with a link to last year's. Follow-ups and actions are not: a measure that is still open
has one place, one responsible and one due date, and marking a copy as done would leave the original open. The new plan
shows them where they are (`came_along`), so a result that is reported after the plan was carried over is there too.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.dispatch import receiver
from simple_history.utils import bulk_create_with_history

from controls.models import Action, Conclusion, Control, ControlSchedule, ControlSeries, ControlUnit, ControlWatch, FollowUp
from riskreg import clock
from riskreg.database.table_statistics import analyze_table
from riskreg.models import ControlPlan, Risk, User
from riskreg.models.author import Author
from riskreg.models.history import bulk_signature
from riskreg.months import months_after
from riskreg.plans.carrying_over import plan_carried_over
from riskreg.verbs.naming import open_accounts

COPIED = (
    "position", "description", "method", "method_wording", "frequency", "frequency_wording", "performer_id", "performer_text",
    "target", "retention_months",
)  # fmt: skip


@receiver(plan_carried_over)
def copy_controls(
    sender: type, *, source: ControlPlan, plan: ControlPlan, risks: Mapping[int, Risk], by: Author, reason: str, **kwargs: Any
) -> None:
    """Copy every control that is not dropped, with the units, watched rules and indicators chosen to follow it up.

    A performer who has left the organisation stays as a name only.
    """
    performed = Control.objects.current().filter(risk__plan=source).select_related("performer")
    originals = list(performed.order_by("risk", "position"))
    there = open_accounts(original.performer for original in originals)
    copies = []
    for original in originals:
        copy = Control(risk=risks[original.risk_id], carried_from=original, **{name: getattr(original, name) for name in COPIED})
        if original.performer is not None and original.performer.pk not in there:
            copy.performer_id, copy.performer_text = None, original.performer.name
        copies.append(copy)
    bulk_create_with_history(
        copies, Control, batch_size=500, default_change_reason=reason, default_date=clock.now(), **bulk_signature(by)
    )
    analyze_table(Control, len(copies))
    made = {copy.carried_from_id: copy for copy in Control.objects.filter(risk__plan=plan, carried_from__isnull=False)}
    _copy_schedules(source, plan, made, by=by, reason=reason)
    chosen = ControlUnit.objects.filter(control__in=Control.objects.current().filter(risk__plan=source), unit__is_active=True)
    bulk_create_with_history(
        [ControlUnit(control=made[row.control_id], unit_id=row.unit_id) for row in chosen],
        ControlUnit,
        batch_size=500,
        default_change_reason=reason,
        default_date=clock.now(),
        **bulk_signature(by),
    )

    watched = ControlWatch.objects.filter(control__in=Control.objects.current().filter(risk__plan=source))
    bulk_create_with_history(
        [ControlWatch(control=made[row.control_id], watch_id=row.watch_id) for row in watched],
        ControlWatch,
        batch_size=500,
        default_change_reason=reason,
        default_date=clock.now(),
        **bulk_signature(by),
    )
    measured = ControlSeries.objects.filter(control__in=Control.objects.current().filter(risk__plan=source))
    bulk_create_with_history(
        [ControlSeries(control=made[row.control_id], series_id=row.series_id) for row in measured],
        ControlSeries,
        batch_size=500,
        default_change_reason=reason,
        default_date=clock.now(),
        **bulk_signature(by),
    )


def _copy_schedules(
    source: ControlPlan, plan: ControlPlan, made: Mapping[int | None, Control], *, by: Author, reason: str
) -> None:
    """Copy the schedules: given dates become the same days of the new year; exceptions were of their year."""
    schedules = ControlSchedule.objects.filter(control__in=Control.objects.current().filter(risk__plan=source))
    years = plan.year - source.year
    copies = [
        ControlSchedule(
            control=made[one.control_id],
            anchor_on=one.anchor_on,
            day_rule=one.day_rule,
            given_dates=sorted(months_after(date.fromisoformat(day), 12 * years).isoformat() for day in one.given_dates),
        )
        for one in schedules
        if one.control_id in made
    ]
    bulk_create_with_history(
        copies, ControlSchedule, batch_size=500, default_change_reason=reason, default_date=clock.now(), **bulk_signature(by)
    )


@dataclass(slots=True)
class CameAlong:
    """The results and open measures that earlier years left to a risk of this year's plan."""

    follow_ups: list[FollowUp] = field(default_factory=list)
    """The latest concluded follow-up of each of last year's controls, in their order."""
    actions: list[Action] = field(default_factory=list)
    """The measures that are still open, of last year and of the years before it, the oldest first."""

    @property
    def deviations(self) -> list[FollowUp]:
        """The follow-ups that did not simply end well: deviations, ongoing, not performed."""
        return [one for one in self.follow_ups if one.conclusion != Conclusion.NO_DEVIATIONS]


def came_along(plan: ControlPlan, by: User) -> dict[int, CameAlong]:
    """Return what came along by the id of the plan's own risks; only what the user sees.

    Four queries a year back, whatever the number of risks.
    """
    found: dict[int, CameAlong] = defaultdict(CameAlong)
    here: dict[int, int] | None = None
    newer = plan
    while newer.carried_from_id is not None and here != {}:
        links = newer.risks.filter(carried_from__isnull=False).values_list("pk", "carried_from_id")
        is_last_year = here is None
        here = {earlier: pk if here is None else here[pk] for pk, earlier in links if earlier and (here is None or pk in here)}
        follow_ups = FollowUp.objects.visible_to(by).filter(control__risk__plan=newer.carried_from_id)
        _collect(found, here, follow_ups, is_last_year)
        newer = ControlPlan.objects.only("carried_from").get(pk=newer.carried_from_id)
    return dict(found)


def _collect(found: dict[int, CameAlong], here: Mapping[int, int], follow_ups: Any, is_last_year: bool) -> None:
    if is_last_year:
        concluded: set[tuple[int, int]] = set()
        latest_first = (
            follow_ups.exclude(conclusion="")
            .select_related("closing", "control", "performer", "unit")
            .order_by("control__risk", "control__position", "-closing__cut_off")
        )
        for follow_up in latest_first:
            key = (follow_up.control_id, follow_up.unit_id)
            if key not in concluded and follow_up.control.risk_id in here:
                concluded.add(key)
                found[here[follow_up.control.risk_id]].follow_ups.append(follow_up)
    still_open = (
        Action.objects.open()
        .filter(follow_up__in=follow_ups.values("pk"), carried_to__isnull=True)
        .select_related("responsible", "follow_up__closing", "follow_up__control__risk__plan")
        .order_by("-follow_up__closing__cut_off", "pk")
    )
    for action in still_open:
        risk_id = here.get(action.follow_up.control.risk_id)
        if risk_id is not None:
            found[risk_id].actions.insert(0, action)
