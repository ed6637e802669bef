"""Comparison of what a control's rows say of its result with the follow-up at the closing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from django.utils.translation import gettext as _

from controls.importing.changes import Effect, FieldChange, FollowUpChange, differences
from controls.importing.comparing_actions import Named, compare_actions
from controls.importing.existing import PlanAsItIs
from controls.importing.findings import Findings, fitting
from controls.importing.several_rows import as_one, settle_repeated
from controls.importing.target import Target
from controls.importing.words import name_key
from controls.models import Control, FollowUp
from riskreg.importing.account_details import CodeInWords
from riskreg.importing.columns import ImportRow
from riskreg.importing.fields import Field
from riskreg.importing.questions import Asked
from riskreg.importing.wording import says_more

_OF_RESULT = {
    Field.RESULT: "result",
    Field.CONCLUSION: "conclusion",
    Field.CONCLUSION_WORDING: "conclusion_text",
    Field.CONCLUSION_REASON: "conclusion_reason",
    Field.PERFORMED_OTHERWISE: "performed_otherwise",
}
_BESIDE_ACTION = (Field.RESPONSIBLE, Field.DUE, Field.DONE, Field.EFFECT)
_OF_ACTION = (Field.ACTION, Field.ACTION_KIND, *_BESIDE_ACTION)
OF_FOLLOW_UP = (*_OF_RESULT, Field.FOLLOW_UP_UNIT, *_OF_ACTION)
_LABELS = ("result", "conclusion", "conclusion_wording", "conclusion_reason", "performed_otherwise")
_COLUMNS = {"conclusion_reason": Field.CONCLUSION_REASON, "performed_otherwise": Field.PERFORMED_OTHERWISE}


class FollowUpComparison:
    """`named` gives the user that a name in the file means."""

    def __init__(self, target: Target, existing: PlanAsItIs, findings: Findings, named: Named) -> None:
        self.target, self.existing, self.findings, self.named = target, existing, findings, named

    def of(self, rows: Sequence[ImportRow], control: Control | None) -> FollowUpChange | None:
        """Return the change of the control's own follow-up; other units' are theirs, and said to be."""
        existing = self.existing.follow_ups.get(control.pk) if control else None
        rows = [self._with_whole_name(row, control) for row in rows]
        own = [row for row in rows if _is_own_units(row, existing, control)]
        for unit in dict.fromkeys(row.follow_up_unit for row in rows if row not in own):
            self._of_other_unit([row for row in rows if row.follow_up_unit == unit], control)
        for row in own:
            if not _names_an_action(row):
                self.findings.leave_out(row, _BESIDE_ACTION, "no_action")
        if not any(_says_something(row) for row in own):
            return None
        return self._change(own, existing)

    def _with_whole_name(self, row: ImportRow, control: Control | None) -> ImportRow:
        """Return the row of a PDF with its unit's whole name, where a narrow page took several lines for it."""
        if row.place.kind != "page" or not row.follow_up_unit or control is None:
            return row
        lines = row.result.split("\n")
        for taken in range(len(lines)):
            name = " ".join([row.follow_up_unit, *lines[:taken]])
            if self.existing.follow_up_of(control, name) is not None:
                whole = replace(row, follow_up_unit=name, result="\n".join(lines[taken:]))
                self.findings.stand_in(whole, row)
                return whole
        return row

    def _change(self, rows: Sequence[ImportRow], existing: FollowUp | None) -> FollowUpChange:
        for row in rows:
            self.findings.take(row, (*_OF_RESULT, Field.FOLLOW_UP_UNIT), "follow_up")
            self.findings.take(row, _OF_ACTION if _names_an_action(row) else (), "action" if row.is_own else "follow_up")
        stands = _stands(existing)
        row = as_one(rows, stands, ((name,) for name in _OF_RESULT.values()), self.findings)
        for other in rows[1:]:
            settle_repeated(other, row, _OF_RESULT, self.findings, "same_follow_up", stands)
        values = {name: value for name in ("result", "conclusion") if (value := getattr(row, name))}
        values |= self._conclusion_wording(row, existing)
        values |= {name: value for name in _COLUMNS if (value := getattr(row, name))}
        values = fitting(FollowUp, values, row, _COLUMNS, self.findings)
        fields = [] if existing is None else differences(existing, values, _LABELS)
        concluded = values.get("conclusion") or (existing.conclusion if existing else "")
        actions = compare_actions(rows, existing, concluded, self.named, self.findings)
        if existing is not None:
            fields += [one for action in actions for one in action.fields]
        if existing is not None and fields and not existing.is_open:
            message = _("The follow-up is already %(state)s; return or reopen it before importing a changed result.")
            state = str(existing.get_state_display()).lower()
            title = row.title or existing.control.risk.title
            self.findings.report("error", row, Field.RESULT, title, message % {"state": state})
        effect = Effect.NEW if existing is None else Effect.CHANGED if fields else Effect.SAME
        return FollowUpChange(row, effect, values, existing, actions, fields)

    def _conclusion_wording(self, row: ImportRow, existing: FollowUp | None) -> dict[str, str]:
        """Return the wording that is kept beside the conclusion; that of a follow-up that is handed in stands."""
        text = row.conclusion_text
        if not text and existing is not None and row.conclusion not in (None, existing.conclusion):
            return {"conclusion_wording": ""}
        if not text or Field.CONCLUSION in row.unread:
            return {}
        field = Field.CONCLUSION_WORDING if Field.CONCLUSION_WORDING in row.sources else Field.CONCLUSION
        wording = text if row.conclusion is None or says_more(text, row.conclusion) else ""
        if existing is not None and not existing.is_open and wording != existing.conclusion_wording:
            if wording:
                self.findings.leave_out(row, (field,), "follow_up_stands")
            return {}
        if wording:
            keep(self.findings, row, field, row.conclusion)
        return {"conclusion_wording": wording}

    def _of_other_unit(self, rows: Sequence[ImportRow], control: Control | None) -> None:
        """Say whether the rows say the same as the unit's own follow-up; nothing of it is changed."""
        follow_up = self.existing.follow_up_of(control, rows[0].follow_up_unit) if control else None
        if follow_up is not None and not self._differences(rows, follow_up):
            for row in rows:
                self.findings.take(row, OF_FOLLOW_UP, "other_unit")
            return
        for row in rows:
            self.findings.leave_out(row, OF_FOLLOW_UP, "other_unit_differs")
        message = _("%(unit)s reports its own follow-up. What the row says otherwise is left out.")
        first = rows[0]
        said = message % {"unit": first.follow_up_unit}
        self.findings.report("warning", first, Field.FOLLOW_UP_UNIT, first.follow_up_unit, said)

    def _differences(self, rows: Sequence[ImportRow], follow_up: FollowUp) -> list[FieldChange]:
        silent = FollowUpComparison(self.target, self.existing, Findings(Asked({})), self.named)
        return silent._change(rows, follow_up).fields


def keep(findings: Findings, row: ImportRow, field: Field, code: str | None) -> None:
    """Say that the field's wording is kept beside the code it is read as."""
    findings.keep(row, (field,), "kept_beside" if code else "kept", code=CodeInWords(code) if code else "")


def _is_own_units(row: ImportRow, existing: FollowUp | None, control: Control | None) -> bool:
    """Return whether the row is about the follow-up that this plan reports, not about another unit's."""
    if not row.follow_up_unit or control is None:
        return True
    unit = existing.unit if existing is not None else control.risk.unit
    return name_key(row.follow_up_unit) == name_key(unit.name)


def _says_something(row: ImportRow) -> bool:
    said = (row.result, row.conclusion, row.conclusion_text, row.conclusion_reason, row.performed_otherwise)
    return any(said) or _names_an_action(row)


def _names_an_action(row: ImportRow) -> bool:
    return bool(row.action or row.action_kind)


def _stands(existing: FollowUp | None) -> dict[str, Any]:
    if existing is None:
        return {}
    stands: dict[str, Any] = {name: getattr(existing, name) for name in _LABELS}
    return stands | {"conclusion_text": existing.conclusion_wording or str(existing.get_conclusion_display())}
