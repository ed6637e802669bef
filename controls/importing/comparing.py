"""Comparison of a file's rows with the plan as it is.

Nothing is written here. The same comparison serves the preview and, inside the transaction, the import itself.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from copy import copy
from difflib import SequenceMatcher
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from controls.follow_ups.backing import backings_of_each
from controls.follow_ups.completeness import what_lacks
from controls.follow_ups.people import approvers_of
from controls.importing.changes import (
    ControlChange,
    Effect,
    FieldChange,
    FollowUpChange,
    PlanChanges,
    RiskChange,
    differences,
    shorten,
)
from controls.importing.people import People
from controls.importing.problems import AnyProblem, PlanProblem, Severity
from controls.importing.target import Target
from controls.importing.words import action_kind, name_key, number_in
from controls.models import Action, Control, FollowUp
from riskreg.importing.columns import ImportRow
from riskreg.importing.fields import Field
from riskreg.models import ControlPlan, Risk, RiskCategory, Unit, User
from riskreg.sorting import swedish_key

RESEMBLES = 0.6
"""The least similarity (0 to 1) of two titles of one number that makes them one risk, retitled."""
MOST_NAMES = 20
_RISK_LABELS = (
    "title", "description", "category", "process", "unit", "owner", "owner_text",
    "likelihood", "impact", "risk_score",
    "residual_likelihood", "residual_impact", "residual_score", "placement_note",
)  # fmt: skip
_RISK_FIELDS = {
    "title": Field.TITLE,
    "category": Field.CATEGORY,
    "process": Field.PROCESS,
    "owner_text": Field.OWNER,
    "placement_note": Field.REASON,
}
_CONTROL_FIELDS = {"performer_text": Field.PERFORMER}
_CONTROL_LABELS = ("description", "method", "frequency", "performer", "performer_text")
_FOLLOW_UP_LABELS = ("result", "conclusion")
_FIELD_OF_WHAT_LACKS = {
    "result": Field.RESULT,
    "conclusion": Field.CONCLUSION,
    "conclusion_reason": Field.CONCLUSION,
    "decision": Field.ACTION,
}


def compare(rows: Sequence[ImportRow], target: Target, *, by: User | None) -> PlanChanges:
    """Return the changes that importing the rows into the target would make.

    Problems carry the row, the value and what is allowed.

    Confidential risks that the user does not see take no part: they are neither shown, matched nor changed. A row of
    the same title is a risk of its own, so that no title can be found out by importing it. `by` None sees everything:
    the command line, run by the person who runs the installation.
    """
    plan = ControlPlan.objects.filter(unit=target.unit, year=target.year).select_related("matrix", "unit").first()
    return _Comparison(target, plan, by).of(rows)


class _Comparison:
    def __init__(self, target: Target, plan: ControlPlan | None, by: User | None) -> None:
        self.target, self.plan, self.by = target, plan, by
        self.people = People(by)
        self.categories = {category.name.casefold(): category for category in RiskCategory.objects.all()}
        self.units = {name_key(unit.name): unit for unit in Unit.objects.within(target.unit).filter(is_active=True)}
        self.problems: list[AnyProblem] = []
        self.unknown: dict[str, None] = {}
        """The names that are no colleague's, in the order of the file."""
        self.by_title: dict[str, list[Risk]] = defaultdict(list)
        self.by_number: dict[int, Risk] = {}
        self.controls: dict[int, list[Control]] = defaultdict(list)
        self.follow_ups: dict[int, FollowUp] = {}
        self.left_over: list[Control] = []
        """Controls of the file's risks that no row is about."""
        if plan is not None:
            self._read_existing(plan)
        self.taken_numbers = set(plan.risks.values_list("number", flat=True)) if plan is not None else set()

    def _read_existing(self, plan: ControlPlan) -> None:
        seen = plan.risks.all() if self.by is None else plan.risks.visible_to(self.by)
        for risk in seen.current().select_related("category", "owner", "unit").order_by("number"):
            self.by_title[name_key(risk.title)].append(risk)
            self.by_number[risk.number] = risk
        controls = Control.objects.current().filter(risk__in=seen).select_related("performer").order_by("position")
        for control in controls:
            self.controls[control.risk_id].append(control)
        if self.target.closing is not None:
            self._read_follow_ups(plan, FollowUp.objects.filter(control__risk__in=seen, closing=self.target.closing))

    def _read_follow_ups(self, plan: ControlPlan, found: QuerySet[FollowUp]) -> None:
        """Read each control's own follow-up: the one of the risk's unit.

        A follow-up of another unit (the risk has moved since) is taken only where there is no other; for a
        municipality-wide risk the other units' follow-ups are theirs, and left alone.
        """
        for follow_up in found.select_related("control__risk", "unit").prefetch_related("actions"):
            risk = follow_up.control.risk
            is_own = follow_up.unit_id == risk.unit_id
            if risk.is_municipality_wide and not is_own and follow_up.unit_id != plan.unit_id:
                continue
            if is_own or follow_up.control_id not in self.follow_ups:
                self.follow_ups[follow_up.control_id] = follow_up

    def of(self, rows: Sequence[ImportRow]) -> PlanChanges:
        changes: list[RiskChange] = []
        groups = _by_risk(rows)
        for group, existing in zip(groups, self._matches([group[0] for group in groups]), strict=True):
            changes.append(self._risk(group, existing))
        matched = {change.existing.pk for change in changes if change.existing}
        missing = [risk for risks in self.by_title.values() for risk in risks if risk.pk not in matched]
        missing.extend(risk for risk in self.by_number.values() if risk.pk not in matched and risk not in missing)
        self._complete(changes)
        self._check_repeated(changes)
        self._check_state(changes)
        if self.target.closing is None and any(row.result or row.conclusion or row.action for row in rows):
            message = _("The file holds results, but no closing was chosen: they are left out.")
            self._report("warning", None, Field.RESULT, "", message)
        if self.unknown:
            message = _("Kept as text, as no user has these names; reminders go to the manager instead: %(names)s.")
            shown = [*list(self.unknown)[:MOST_NAMES], *(["…"] if len(self.unknown) > MOST_NAMES else [])]
            self._report("warning", None, None, "", message % {"names": ", ".join(shown)})
        left_over = self.left_over if any(row.control for row in rows) else []
        return PlanChanges(self.plan, changes, sorted(missing, key=lambda risk: risk.number), self.problems, left_over)

    def _check_repeated(self, changes: Iterable[RiskChange]) -> None:
        """Report two risks of one title in the file.

        They are usually one risk that was written twice, worst with two scores. Each unit may have its own, and what
        the plan holds twice already is known.
        """
        seen: dict[tuple[str, str], RiskChange] = {}
        for change in changes:
            row = change.row
            first = seen.setdefault((name_key(row.title), name_key(row.unit)), change)
            if first is change or not row.title or (first.existing and change.existing):
                continue
            said = {"first": first.row.first_row, "score": _score(first.row), "other": _score(row)}
            if None in said.values() or said["score"] == said["other"]:
                message = _("The same risk stands on row %(first)d. They are read as two: correct the file if they are one.")
            else:
                message = _(
                    "The same risk stands on row %(first)d with the risk score %(score)d, here with %(other)d. They are read as "
                    "two: correct the file if they are one."
                )
            self._report("warning", row, Field.TITLE, row.title, message % said)

    def _check_state(self, changes: Iterable[RiskChange]) -> None:
        if self.plan is None or self.plan.is_open_for_changes:
            return
        for change in changes:
            parts: list[RiskChange | ControlChange] = [change, *change.controls]
            altered = [part for part in parts if part.effect is not Effect.SAME]
            for one in altered[:1]:
                self._report(
                    "error",
                    change.row,
                    Field.TITLE,
                    change.row.title,
                    _(
                        "The plan is %(state)s, so its risks and controls stand. In the file: %(what)s. Correct the file, or "
                        "leave the column out; results can be imported to a closing."
                    )
                    % {"state": str(self.plan.get_state_display()).lower(), "what": _altered(one)},
                )

    def _risk(self, rows: Sequence[ImportRow], existing: Risk | None) -> RiskChange:
        first = rows[0]
        values = self._risk_values(first)
        if existing is not None:
            # A file that is silent on a field takes nothing away; it may only add or change.
            values = {name: value for name, value in values.items() if value not in (None, "")}
            if values.get("likelihood") is None and "risk_score" in values and existing.risk_score == values["risk_score"]:
                values.pop("risk_score")
            elif "risk_score" in values and values.get("likelihood") is None:
                values |= {"likelihood": None, "impact": None}
            if values.get("residual_likelihood") is None and values.get("residual_score") == existing.residual_score:
                values.pop("residual_score", None)
            elif "residual_score" in values and values.get("residual_likelihood") is None:
                values |= {"residual_likelihood": None, "residual_impact": None}
        values = self._fitting(Risk, values, first, _RISK_FIELDS)
        fields = [] if existing is None else differences(existing, values, _RISK_LABELS)
        effect = Effect.NEW if existing is None else Effect.CHANGED if fields else Effect.SAME
        number = None if existing else self._number(first)
        change = RiskChange(first, effect, values, existing, number, fields)
        change.controls = self._controls(rows, existing)
        return change

    def _matches(self, rows: Sequence[ImportRow]) -> list[Risk | None]:
        """Return for each row the risk of the plan that it means, or None.

        That is the risk of the same title; failing that, the one of the same number, if no row has its title and the
        titles resemble each other (a corrected title, not another risk).
        """
        found: list[Risk | None] = []
        for row in rows:
            same_title = self.by_title.get(name_key(row.title))
            found.append(same_title.pop(0) if same_title else None)
        for index, row in enumerate(rows):
            number = number_in(row.number)
            candidate = self.by_number.get(number) if number is not None and found[index] is None else None
            if candidate is None or candidate not in self.by_title.get(name_key(candidate.title), []):
                continue
            if SequenceMatcher(None, name_key(candidate.title), name_key(row.title)).ratio() >= RESEMBLES:
                self.by_title[name_key(candidate.title)].remove(candidate)
                found[index] = candidate
        return found

    def _number(self, row: ImportRow) -> int | None:
        number = number_in(row.number)
        if number is None or number in self.taken_numbers:
            return None
        self.taken_numbers.add(number)
        return number

    def _risk_values(self, row: ImportRow) -> dict[str, Any]:
        values: dict[str, Any] = {
            "title": row.title,
            "description": row.description,
            "process": row.process,
            "placement_note": row.reason,
            "likelihood": row.likelihood,
            "impact": row.impact,
            "risk_score": _score(row),
        }
        values |= {name: getattr(row, name) for name in ("residual_likelihood", "residual_impact", "residual_score")}
        if row.category:
            values["category"] = self.categories.get(row.category.casefold(), row.category)
        values |= self._person("owner", row.owner)
        if row.unit:
            values |= self._unit(row)
        return values

    def _unit(self, row: ImportRow) -> dict[str, Any]:
        """Return the unit below the plan's that the row names; the plan's own unit, or the whole municipality, gives nothing."""
        named = self.units.get(name_key(row.unit))
        if named is not None:
            return {"unit": named}
        message = _("“%(value)s” is not a unit of %(unit)s. Allowed: %(allowed)s.") % {
            "value": row.unit,
            "unit": self.target.unit,
            "allowed": ", ".join(sorted((unit.name for unit in self.units.values()), key=swedish_key)),
        }
        self._report("error", row, Field.UNIT, row.unit, message)
        return {}

    def _person(self, name: str, text: str) -> dict[str, Any]:
        if not text:
            return {}
        user = self.people.named(text)
        if user is None:
            self.unknown.setdefault(" ".join(text.split()), None)
            return {f"{name}_text": text}
        return {name: user, f"{name}_text": ""}

    def _controls(self, rows: Sequence[ImportRow], risk: Risk | None) -> list[ControlChange]:
        present = list(self.controls.get(risk.pk, [])) if risk else []
        described = [row for row in rows if row.control]
        changes = []
        for row in described:
            existing = next((control for control in present if name_key(control.description) == name_key(row.control)), None)
            if existing is None and len(described) == 1 and len(present) == 1:
                existing = present[0]
            if existing is not None:
                present.remove(existing)
            changes.append(self._control(row, existing))
        for control in present:
            assert risk is not None
            control.risk = risk
            self.left_over.append(control)
        return changes

    def _control(self, row: ImportRow, existing: Control | None) -> ControlChange:
        values: dict[str, Any] = {"description": row.control}
        values |= self._person("performer", row.performer or ("" if existing else row.owner))
        if row.method and (existing is None or not row.method_suggested):
            values["method"] = row.method
        if row.frequency:
            values["frequency"] = row.frequency
        values = self._fitting(Control, values, row, _CONTROL_FIELDS)
        fields = [] if existing is None else differences(existing, values, _CONTROL_LABELS)
        effect = Effect.NEW if existing is None else Effect.CHANGED if fields else Effect.SAME
        change = ControlChange(row, effect, values, existing, fields, row.method_suggested)
        if self.target.closing is not None and (row.result or row.conclusion or row.action):
            change.follow_up = self._follow_up(row, existing)
        return change

    def _follow_up(self, row: ImportRow, control: Control | None) -> FollowUpChange:
        existing = self.follow_ups.get(control.pk) if control else None
        values: dict[str, Any] = {name: v for name, v in (("result", row.result), ("conclusion", row.conclusion)) if v}
        fields = [] if existing is None else differences(existing, values, _FOLLOW_UP_LABELS)
        known_actions = {name_key(action.description) for action in existing.actions.all()} if existing else set()
        has_new_action = bool(row.action) and name_key(row.action) not in known_actions
        if has_new_action and existing is not None:
            fields.append(FieldChange("action", str(Action._meta.verbose_name), "", row.action))
        if existing is not None and fields and not existing.is_open:
            self._report(
                "error",
                row,
                Field.RESULT,
                row.title,
                _("The follow-up is already %(state)s; return or reopen it before importing a changed result.")
                % {"state": str(existing.get_state_display()).lower()},
            )
        effect = Effect.NEW if existing is None else Effect.CHANGED if fields else Effect.SAME
        kind = action_kind(row.action, values.get("conclusion") or (existing.conclusion if existing else ""))
        return FollowUpChange(row, effect, values, existing, row.action, kind, has_new_action, fields)

    def _complete(self, changes: Iterable[RiskChange]) -> None:
        """Ask of each follow-up that would be written what it lacks then, and say so: it is not handed in."""
        written = [
            (change, control, control.follow_up)
            for change in changes
            for control in change.controls
            if control.follow_up is not None and control.follow_up.is_written and _is_open(control.follow_up)
        ]
        would_be = [self._would_be(*parts) for parts in written]
        backings = backings_of_each([follow_up for follow_up, _actions in would_be])
        submitted = []
        for (_risk, _control, change), (follow_up, actions), behind in zip(written, would_be, backings, strict=True):
            change.lacks = what_lacks(follow_up, actions, behind)
            if not change.lacks:
                submitted.append(follow_up)
            else:
                missing = " ".join(message for messages in change.lacks.values() for message in messages)
                message = _("The follow-up stays in progress. %(missing)s") % {"missing": missing}
                self._report("warning", change.row, _FIELD_OF_WHAT_LACKS[next(iter(change.lacks))], "", message)

        if submitted:
            self._look_for_approvers(submitted)

    def _look_for_approvers(self, submitted: Sequence[FollowUp]) -> None:
        """Name the units where nobody could approve but the importer and the person who performed it. As at a submission."""
        of_plan = self._approvers(self.target.unit)
        found: dict[int, set[int]] = {}
        alone: dict[int, Unit] = {}
        for follow_up in submitted:
            performer = {follow_up.performer_id}
            if of_plan - performer:
                continue
            unit = follow_up.unit
            if unit.pk not in found:
                found[unit.pk] = self._approvers(unit)
            if not found[unit.pk] - performer:
                alone[unit.pk] = unit
        for unit in alone.values():
            message = _(
                "Nobody else can approve what is submitted at %(unit)s yet: ask the administrator to give a second person the "
                "role of manager."
            )
            self._report("warning", None, None, "", message % {"unit": unit})

    def _approvers(self, unit: Unit) -> set[int]:
        return {user.pk for user in approvers_of(FollowUp(unit=unit, submitted_by=self.by, last_edited_by=self.by))}

    def _would_be(self, risk: RiskChange, control: ControlChange, change: FollowUpChange) -> tuple[FollowUp, list[Action]]:
        """Return the follow-up and its actions as they would be; what the plan holds is left as it is."""
        actions: list[Action] = []
        if change.existing is not None:
            follow_up = copy(change.existing)
            actions += change.existing.actions.all()
        else:
            of = control.existing or Control(**control.values)
            unit = risk.values.get("unit") or (risk.existing.unit if risk.existing else self.target.unit)
            follow_up = FollowUp(control=of, closing=self.target.closing, unit=unit, performer=of.performer)
        for name, value in change.values.items():
            setattr(follow_up, name, value)
        if change.has_new_action:
            actions.append(Action(kind=change.action_kind, description=change.action))
        return follow_up, actions

    def _fitting(self, model: type[Any], values: dict[str, Any], row: ImportRow, columns: dict[str, Field]) -> dict[str, Any]:
        """Return the values that their fields can hold; a longer one is reported with its row."""
        for name, value in values.items():
            field = model._meta.get_field(name)
            holds = RiskCategory._meta.get_field("name").max_length if name == "category" else field.max_length
            if isinstance(value, str) and holds is not None and len(value) > holds:
                message = _("The text has %(length)d characters; %(field)s holds %(holds)d at most.") % {
                    "length": len(value),
                    "field": field.verbose_name,
                    "holds": holds,
                }
                self._report("error", row, columns.get(name), f"{value[:60]}…", message)
        return values

    def _report(self, severity: Severity, row: ImportRow | None, field: Field | None, value: str, message: str) -> None:
        number, place = (row.first_row, row.place) if row else (None, None)
        self.problems.append(PlanProblem(message, severity, number, place, field, value))


def _is_open(change: FollowUpChange) -> bool:
    return change.existing is None or change.existing.is_open


def _score(row: ImportRow) -> int | None:
    return row.score if row.likelihood is None else row.likelihood * (row.impact or 0)


def _altered(part: RiskChange | ControlChange) -> str:
    """Describe in words how the file differs for a risk or a control."""
    if part.fields:
        said = _("%(label)s “%(old)s” → “%(new)s”")
        return ", ".join(said % {"label": one.label, "old": shorten(one.old), "new": shorten(one.new)} for one in part.fields)
    if isinstance(part, RiskChange):
        return _("a risk that is not in the plan")
    return _("a control that is not in the plan, “%(control)s”") % {"control": shorten(part.row.control)}


def _by_risk(rows: Sequence[ImportRow]) -> list[list[ImportRow]]:
    groups: list[list[ImportRow]] = []
    for row in rows:
        if row.is_continuation_control and groups:
            groups[-1].append(row)
        else:
            groups.append([row])
    return groups
