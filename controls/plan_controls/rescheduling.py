"""Changes of a control's schedule: the effect is shown first, and only the future changes.

What is done, missed, begun or due already stands. Checks that the old schedule opened for days to come, and nobody
has begun, are withdrawn where the new one has no such day; the new one's days are opened when their time comes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from controls.checks.opening import open_checks
from controls.models import Check, Control, ControlSchedule, Frequency, ScheduleException
from controls.plan_controls.gate import CONTROLS
from controls.plan_controls.verbs import refuse_dropped
from controls.plan_controls.withdrawing import withdraw_planned
from controls.scheduling.occasions import first_day_of, occasions_of, schedule_of
from controls.scheduling.rhythm import Occasion
from riskreg import clock
from riskreg.models import ControlPlan, User
from riskreg.models.author import Author
from riskreg.models.history import save_with_history
from riskreg.verbs.errors import Refused


@dataclass(frozen=True, slots=True)
class Wanted:
    """The schedule somebody asks for."""

    frequency: str
    anchor_on: date | None = None
    day_rule: str = "before"
    given_dates: Sequence[date] = ()

    def schedule(self, control: Control, *, in_force_from: date | None) -> ControlSchedule:
        """Return the wanted schedule, not saved."""
        days = [day.isoformat() for day in sorted(set(self.given_dates))]
        return ControlSchedule(
            control_id=control.pk, anchor_on=self.anchor_on, day_rule=self.day_rule, given_dates=days, in_force_from=in_force_from
        )


@dataclass(slots=True)
class Preview:
    """The effect of saving, in days, for the rest of the plan's year."""

    stands: list[Check] = field(default_factory=list)
    """Done, missed, begun, or due by now."""
    withdrawn: list[date] = field(default_factory=list)
    kept: list[Occasion] = field(default_factory=list)
    moved: list[tuple[date, date]] = field(default_factory=list)
    """The same day of the schedule, due another day: (before, after)."""
    new: list[Occasion] = field(default_factory=list)

    @property
    def changes_anything(self) -> bool:
        return bool(self.withdrawn or self.moved or self.new)


def preview(control: Control, wanted: Wanted, today: date) -> Preview:
    """Return the effect of the wanted schedule; writes nothing."""
    plan = control.risk.plan
    before = _ahead(occasions_of(control, plan.year, first_day_of(plan)), today)
    after = _ahead(_occasions(control, plan, wanted), today)
    shown = Preview(stands=list(_standing(control, today).select_related("unit").order_by("due_on", "pk")))
    fixed = {check.nominal_on for check in shown.stands}
    shown.withdrawn = sorted(one.due for nominal, one in before.items() if nominal not in after and nominal not in fixed)
    for nominal, one in after.items():
        if nominal in fixed:
            continue
        if nominal not in before:
            shown.new.append(one)
        elif before[nominal].due != one.due:
            shown.moved.append((before[nominal].due, one.due))
        else:
            shown.kept.append(one)
    return shown


def reschedule(control: Control, wanted: Wanted, *, by: User, reason: str) -> Control:
    """Save the schedule and withdraw the checks it no longer holds.

    How often a control is performed is part of what was adopted, so that changes in an open plan only; its days and
    the rule for days off change in an adopted one too.
    """
    today = clock.today()
    with CONTROLS.open(control, "reschedule", by=by, reason=reason) as turn:
        row, plan = turn.row, turn.row.risk.plan
        refuse_dropped(row)
        if wanted.frequency != row.frequency:
            turn.ask("change")
        _require_whole(wanted)
        # What the old schedule should have opened by today is opened first: it is no part of the future.
        open_checks(plan.pk, today)
        old = {one.nominal: one for one in occasions_of(row, plan.year, first_day_of(plan))}
        begun = plan.versions.exists() or row.checks.exists()
        made = wanted.schedule(row, in_force_from=_day_after(today) if begun else None)
        current = getattr(row, "schedule", None)
        if current is not None:
            made.pk = current.pk
            made._state.adding = False
        turn.save_also(made, reason=reason.strip())
        if wanted.frequency != row.frequency:
            row.frequency = wanted.frequency
            turn.save()
        row = _read_again(row)
        _bring_in_line(row, plan, old, today, by=turn.author, reason=reason.strip())
        return row


def _bring_in_line(row: Control, plan: ControlPlan, old: dict[date, Occasion], today: date, *, by: Author, reason: str) -> None:
    days = {one.nominal: one for one in occasions_of(row, plan.year, first_day_of(plan))}
    ahead = row.checks.filter(nominal_on__gt=today)
    withdraw_planned(ahead.exclude(nominal_on__in=days), by=by, reason=reason)
    # Companions of the control: nobody has begun them, and they follow its schedule.
    for check in ahead.filter(state=Check.State.PLANNED).select_for_update(of=("self",)):
        one, before = days.get(check.nominal_on), old.get(check.nominal_on)
        moved_by_hand = before is not None and check.due_on != before.due
        if one is not None and not moved_by_hand and (check.due_on, check.last_day) != (one.due, one.last_day):
            check.due_on, check.last_day = one.due, one.last_day
            save_with_history(check, by=by, reason=reason)


def add_exception(control: Control, *, by: User, nominal_on: date, reason: str, due_on: date | None = None) -> ScheduleException:
    """Save an exception for one day to come: due on the given day, or left out without one."""
    today = clock.today()
    with CONTROLS.open(control, "add_exception", by=by, reason=reason) as turn:
        row, plan = turn.row, turn.row.risk.plan
        refuse_dropped(row)
        old = {one.nominal: one for one in occasions_of(row, plan.year, first_day_of(plan))}
        if nominal_on not in old or nominal_on <= today:
            raise ValidationError({"nominal_on": [_("Choose a day to come of the schedule.")]})
        if due_on is not None and due_on <= today:
            raise ValidationError({"due_on": [_("Choose a day to come.")]})
        begun = row.checks.filter(nominal_on=nominal_on).exclude(state=Check.State.PLANNED)
        if begun.exists():
            raise Refused(_("The check of that day has been begun. Move it on its own page."))
        kind = ScheduleException.Kind.SKIP if due_on is None else ScheduleException.Kind.MOVE
        made = ScheduleException(control=row, nominal_on=nominal_on, kind=kind, due_on=due_on, reason=reason.strip())
        made.full_clean(exclude=["control"])
        turn.save_also(made, reason=reason.strip())
        _bring_in_line(_read_again(row), plan, old, today, by=turn.author, reason=reason.strip())
        return made


def remove_exception(exception: ScheduleException, *, by: User, reason: str = "") -> None:
    """Remove the exception: the day follows the schedule again."""
    with CONTROLS.open(exception.control, "remove_exception", by=by, reason=reason) as turn:
        row, plan = turn.row, turn.row.risk.plan
        refuse_dropped(row)
        old = {one.nominal: one for one in occasions_of(row, plan.year, first_day_of(plan))}
        said = reason.strip() or _("The exception was taken away")
        turn.delete_also(exception, reason=said)
        _bring_in_line(_read_again(row), plan, old, clock.today(), by=turn.author, reason=said)


def _occasions(control: Control, plan: ControlPlan, wanted: Wanted) -> list[Occasion]:
    stored_one = schedule_of(control)
    tried = wanted.schedule(control, in_force_from=stored_one.in_force_from)
    return occasions_of(control, plan.year, first_day_of(plan), frequency=wanted.frequency, schedule=tried)


def _ahead(occasions: list[Occasion], today: date) -> dict[date, Occasion]:
    return {one.nominal: one for one in occasions if one.nominal > today}


def _standing(control: Control, today: date) -> QuerySet[Check]:
    return control.checks.exclude(state=Check.State.PLANNED, nominal_on__gt=today)


def _require_whole(wanted: Wanted) -> None:
    if wanted.frequency not in Frequency.values:
        raise ValidationError({"frequency": [_("Choose one of the frequencies.")]})
    if wanted.frequency == Frequency.GIVEN_DATES and not wanted.given_dates:
        raise ValidationError({"given_dates": [_("Write at least one date.")]})


def _read_again(control: Control) -> Control:
    """Return the locked control with its schedule and exceptions as they are now."""
    rows = Control.objects.select_related("risk__plan", "schedule").prefetch_related("schedule_exceptions")
    return rows.get(pk=control.pk)


def _day_after(day: date) -> date:
    return date.fromordinal(day.toordinal() + 1)
