"""Writing of the rows into a plan, all or nothing, in one transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from simple_history.utils import bulk_create_with_history, bulk_update_with_history

from controls.follow_ups.backing import keep_backings
from controls.importing.changes import ActionChange, ControlChange, Effect, FollowUpChange, PlanChanges, RiskChange
from controls.importing.comparing import compare
from controls.importing.problems import AnyProblem
from controls.importing.target import Target
from controls.models import Action, Control, FollowUp
from riskreg import clock
from riskreg.access.verbs import Verb
from riskreg.database.table_statistics import analyze_table
from riskreg.database.troubles import once_more
from riskreg.importing.columns import ImportRow
from riskreg.models import ControlPlan, Risk, RiskCategory, User
from riskreg.models.author import Author
from riskreg.models.history import bulk_signature, sign
from riskreg.verbs.gate import making
from riskreg.verbs.naming import open_accounts

CHUNK = 500


class ImportRefused(ValueError):
    """The rows cannot go in; `problems` say which row and why. Nothing was written."""

    def __init__(self, problems: Sequence[AnyProblem]) -> None:
        self.problems = list(problems)
        super().__init__("\n".join(str(problem.message) for problem in problems))


@dataclass(frozen=True, slots=True)
class ImportOutcome:
    plan: ControlPlan
    counts: dict[str, int]
    changed_nothing: bool
    changes: PlanChanges


def import_rows(
    rows: Sequence[ImportRow], target: Target, *, by: User, source: str, answers: Mapping[str, str] | None = None
) -> ImportOutcome:
    """Write the rows into the target's plan (created when missing); return what was new, changed or the same.

    `source` names the file; it becomes the reason in the history. `answers` are those to the questions of `compare`.
    The same rows again change nothing.
    Raises NotPermitted, or ImportRefused with the problems; nothing is then written.
    """
    return once_more(lambda: _import_rows(rows, target, by, source, answers))


def _import_rows(
    rows: Sequence[ImportRow], target: Target, by: User, source: str, answers: Mapping[str, str] | None
) -> ImportOutcome:
    # One at a time: two imports into a plan that does not exist yet must not both make it.
    with making(Verb.CHANGE_PLAN, target.unit, by=by, one_at_a_time=True) as author:
        _lock_what_is_compared(target)
        changes = compare(rows, target, by=by, answers=answers)
        if changes.errors:
            raise ImportRefused(changes.errors)
        nothing = changes.changes_nothing
        reason = _("Imported from %(file)s") % {"file": source}
        plan = changes.plan or _make_plan(target, author, source)
        if not nothing:
            _Writer(plan, target, author, reason).write(changes)
        return ImportOutcome(plan, changes.counts(), nothing, changes)


def _lock_what_is_compared(target: Target) -> None:
    """Lock what the rows are compared with: nobody changes or submits it until the rows are written.

    The history row of a risk or control that is changed holds all of it, as it was read here.
    """
    risks = Risk.objects.filter(plan__unit=target.unit, plan__year=target.year)
    controls = Control.objects.filter(risk__in=risks)
    compared: list[QuerySet[Any]] = [risks, controls]
    if target.closing is not None:
        compared.append(FollowUp.objects.filter(control__in=controls, closing=target.closing))
    for rows in compared:
        # No verb's: evaluated for the lock alone; ordered, so that two who lock several do so in one order.
        list(rows.order_by("pk").select_for_update(no_key=True, of=("self",)).values_list("pk", flat=True))


def _make_plan(target: Target, by: Author, source: str) -> ControlPlan:
    plan = ControlPlan(
        unit=target.unit,
        year=target.year,
        matrix=target.matrix,
        created_by=by.user,
        source=_("Imported from %(file)s") % {"file": source},
    )
    sign(plan, by=by)
    plan.full_clean(exclude=["matrix", "unit"])
    plan.save()
    return plan


class _Writer:
    def __init__(self, plan: ControlPlan, target: Target, by: Author, reason: str) -> None:
        self.plan, self.target, self.by, self.reason = plan, target, by, reason
        self.now = clock.now()

    def write(self, changes: PlanChanges) -> None:
        self._make_categories(changes.risks)
        self._leave_out_closed_accounts(changes)
        self._write_risks(changes)
        controls = [(risk, control) for risk in changes.risks for control in risk.controls]
        self._write_controls(controls)
        self._write_follow_ups([control for _risk, control in controls if control.follow_up is not None])

    def _leave_out_closed_accounts(self, changes: PlanChanges) -> None:
        """Let who is named in the file and has left meanwhile stay as a name only."""
        controls = [control for risk in changes.risks for control in risk.controls]
        follow_ups = [control.follow_up for control in controls if control.follow_up is not None]
        named = [(risk.values, "owner") for risk in changes.risks]
        named += [(control.values, "performer") for control in controls]
        named += [(action.values, "responsible") for one in follow_ups for action in one.actions]
        named = [(values, field) for values, field in named if isinstance(values.get(field), User)]
        there = open_accounts(values[field] for values, field in named)
        for values, field in named:
            if values[field].pk not in there:
                if field != "responsible":
                    values[f"{field}_text"] = values[field].name
                values[field] = None

    def _make_categories(self, risks: Sequence[RiskChange]) -> None:
        made: dict[str, RiskCategory] = {}
        for change in risks:
            name = change.values.get("category")
            if isinstance(name, str):
                if name.casefold() not in made:
                    category = RiskCategory(name=name)
                    sign(category, by=self.by, reason=self.reason)
                    category.save()
                    made[name.casefold()] = category
                change.values["category"] = made[name.casefold()]

    def _write_risks(self, changes: PlanChanges) -> None:
        new = [change for change in changes.risks if change.effect is Effect.NEW]
        taken = set(self.plan.risks.values_list("number", flat=True)) | {c.number for c in new if c.number}
        following = max((number for number in taken if number), default=0)
        for change in new:
            if change.number is None:
                following += 1
                change.number = following
            change.existing = Risk(plan=self.plan, number=change.number, **{"unit": self.plan.unit, **_filled(change.values)})
        self._create(Risk, [change.existing for change in new])
        self._update(Risk, [change for change in changes.risks if change.effect is Effect.CHANGED])

    def _write_controls(self, pairs: Sequence[tuple[RiskChange, ControlChange]]) -> None:
        positions: dict[int, int] = {}
        existing = Control.objects.filter(risk__plan=self.plan).values_list("risk_id", "position")
        for risk_id, position in existing:
            positions[risk_id] = max(position, positions.get(risk_id, 0))
        new = []
        for risk_change, change in pairs:
            if change.effect is Effect.NEW:
                risk = risk_change.existing
                assert risk is not None
                positions[risk.pk] = positions.get(risk.pk, 0) + 1
                change.existing = Control(risk=risk, position=positions[risk.pk], **_filled(change.values))
                new.append(change.existing)
        self._create(Control, new)
        self._update(Control, [change for _risk, change in pairs if change.effect is Effect.CHANGED])

    def _write_follow_ups(self, controls: Sequence[ControlChange]) -> None:
        closing = self.target.closing
        assert closing is not None or not controls
        # As a follow-up that is opened: the risk's unit, which may lie below the plan's.
        units = dict(Risk.objects.filter(plan=self.plan).values_list("pk", "unit")) if controls else {}
        there = open_accounts(change.existing.performer_id for change in controls if change.existing is not None)
        new: list[FollowUp] = []
        changed: list[FollowUpChange] = []
        actions: list[Action] = []
        changed_actions: list[ActionChange] = []
        for control_change in controls:
            change, control = control_change.follow_up, control_change.existing
            assert change is not None
            assert control is not None
            assert closing is not None
            if change.effect is Effect.SAME:
                continue
            if change.existing is None:
                change.existing = FollowUp(
                    control=control,
                    closing=closing,
                    unit_id=units[control.risk_id],
                    performer_id=control.performer_id if control.performer_id in there else None,
                    due_on=closing.follow_up_due,
                    **change.values,
                )
                new.append(change.existing)
            else:
                changed.append(change)
            self._advance(change)
        self._create(FollowUp, new)
        self._update(FollowUp, changed, also=("state", "submitted_by", "submitted_at", "last_edited_by"))
        written = [*new, *(change.existing for change in changed if change.existing is not None)]
        keep_backings([one for one in written if one.state == FollowUp.State.SUBMITTED], by=self.by)
        for control_change in controls:
            change = control_change.follow_up
            assert change is not None
            assert change.existing is not None
            for action in change.actions:
                if action.effect is Effect.NEW:
                    actions.append(Action(follow_up=change.existing, **action.values))
                elif action.effect is Effect.CHANGED:
                    changed_actions.append(action)
        self._create(Action, actions)
        self._update(Action, changed_actions)

    def _advance(self, change: FollowUpChange) -> None:
        """Submit, in the importer's name, a result that is complete by everybody's rule.

        An incomplete one is in progress.
        """
        follow_up = change.existing
        assert follow_up is not None
        for name, value in change.values.items():
            setattr(follow_up, name, value)
        follow_up.last_edited_by = self.by.user
        if change.is_submitted:
            follow_up.state = FollowUp.State.SUBMITTED
            follow_up.submitted_by, follow_up.submitted_at = self.by.user, self.now
        else:
            follow_up.state = FollowUp.State.IN_PROGRESS

    def _create(self, model: type[Any], objects: Sequence[Any]) -> None:
        for obj in objects:
            _check(obj)
        bulk_create_with_history(list(objects), model, batch_size=CHUNK, **self._authorship())
        analyze_table(model, len(objects))

    def _authorship(self) -> dict[str, Any]:
        return {
            "default_change_reason": self.reason,
            "default_date": self.now,
            **bulk_signature(self.by),
        }

    def _update(self, model: type[Any], changes: Sequence[Any], also: Sequence[str] = ()) -> None:
        names: set[str] = set(also)
        objects = []
        for change in changes:
            for name, value in change.values.items():
                setattr(change.existing, name, value)
            names |= set(change.values)
            if "title" in names:
                names.add("title_sort")
            _check(change.existing)
            objects.append(change.existing)
        if objects and names:
            bulk_update_with_history(objects, model, sorted(names), batch_size=CHUNK, **self._authorship())


def _filled(values: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}


def _check(obj: Any) -> None:
    """Check field lengths and choices before the database would answer in its own words. Raises ValidationError."""
    obj.clean_fields(exclude=[f.name for f in obj._meta.fields if f.is_relation])
