"""Comparison of a risk's rows with its controls, and of their results with the follow-ups at the closing."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from typing import Any

from django.utils.translation import gettext as _

from controls.importing.changes import ControlChange, Effect, FieldChange, FollowUpChange, differences, shorten
from controls.importing.existing import PlanAsItIs
from controls.importing.findings import Findings, fitting
from controls.importing.target import Target
from controls.importing.words import action_kind, name_key
from controls.models import Action, Control, FollowUp
from riskreg.importing.columns import ImportRow
from riskreg.importing.fields import Field
from riskreg.importing.problems import CODE_NAMES
from riskreg.importing.questions import LEAVE_OUT, Choice, leave_out
from riskreg.importing.wording import says_more
from riskreg.models import Risk

OF_CONTROL = (Field.CONTROL, Field.METHOD, Field.FREQUENCY, Field.PERFORMER)
OF_FOLLOW_UP = (Field.RESULT, Field.CONCLUSION, Field.ACTION)
_COLUMNS = {"performer_text": Field.PERFORMER}
_LABELS = ("description", "method", "method_wording", "frequency", "frequency_wording", "performer", "performer_text")
_FOLLOW_UP_LABELS = ("result", "conclusion", "conclusion_wording")
_MAKE = "make"

Person = Callable[[str, str], dict[str, Any]]


class ControlComparison:
    """`person` gives the values of a field for a name in the file; `stands` is true in a plan that is adopted."""

    def __init__(self, target: Target, existing: PlanAsItIs, findings: Findings, person: Person, *, stands: bool) -> None:
        self.target, self.existing, self.findings, self.person, self.stands = target, existing, findings, person, stands
        self.left_over: list[Control] = []
        """Controls of the file's risks that no row is about."""

    def of(self, rows: Sequence[ImportRow], risk: Risk | None) -> list[ControlChange]:
        """Return the changes of the risk's controls, in the order of the rows."""
        present = list(self.existing.controls.get(risk.pk, [])) if risk else []
        described = [row for row in rows if row.control]
        meant: dict[int, tuple[Control | None, str]] = {}
        for row in described:
            existing = next((control for control in present if name_key(control.description) == name_key(row.control)), None)
            if existing is None and len(described) == 1 and len(present) == 1:
                existing = present[0]
            if existing is not None:
                present.remove(existing)
            meant[id(row)] = (existing, row.control)
        unnamed = [row for row in rows if not row.control and _says_something(row)]
        for row in unnamed:
            found = self._meant(row, present, is_alone=len(unnamed) == 1, has_others=bool(described))
            if found is not None:
                meant[id(row)] = found
                if found[0] is not None:
                    present.remove(found[0])
        for control in present:
            assert risk is not None
            control.risk = risk
            self.left_over.append(control)
        return [self._control(row, *meant[id(row)]) for row in rows if id(row) in meant]

    def _meant(
        self, row: ImportRow, present: Sequence[Control], *, is_alone: bool, has_others: bool
    ) -> tuple[Control | None, str] | None:
        """Return the control that a row without a control's text is about, and the text of the one to make if it is new.

        That is the control the method's words name, the risk's only one, or a new one of the method's words; else a
        person is asked. None: it is left out.
        """
        method = row.method_text if Field.METHOD not in row.unread else ""
        named = next((control for control in present if method and name_key(control.description) == name_key(method)), None)
        if named is not None:
            return named, ""
        if len(present) == 1 and is_alone and not has_others:
            return present[0], ""
        if not present and method:
            return None, method
        if not present and not has_others:
            return self._without_any(row)
        choices = [Choice(_code(control), shorten(control.description)) for control in present]
        if method:
            choices.append(Choice(_MAKE, _("A new control: %(control)s") % {"control": shorten(method)}))
        answer = self.findings.asked.ask(
            "control",
            (name_key(row.title), name_key(" ".join((method, row.result, row.action, row.performer)))),
            _("Which control is this row of “%(risk)s” about?") % {"risk": shorten(row.title)},
            [*choices, leave_out()],
            row=row.first_row,
            place=row.place,
            field=Field.CONTROL,
            value=shorten(row.result or method or row.action or row.performer),
        )
        if answer == _MAKE:
            return None, method
        for control in present:
            if _code(control) == answer:
                return control, ""
        self._leave_out(row, "no_control" if answer == LEAVE_OUT else "asked")
        return None

    def _without_any(self, row: ImportRow) -> tuple[Control | None, str] | None:
        description = _("Follow-up of the risk")
        answer = self.findings.asked.ask(
            "no-control",
            (),
            _("Some rows say how a risk is followed up, or with what result, but it has no control. Make one for each?"),
            [Choice(_MAKE, _("Make a control: “%(control)s”") % {"control": description}), leave_out()],
            guess=_MAKE,
            row=row.first_row,
            place=row.place,
            field=Field.CONTROL,
        )
        if answer == _MAKE:
            return None, description
        self._leave_out(row, "no_control" if answer == LEAVE_OUT else "asked")
        return None

    def _leave_out(self, row: ImportRow, reason: str) -> None:
        self.findings.leave_out(row, (*OF_CONTROL, *OF_FOLLOW_UP), reason)

    def _control(self, row: ImportRow, existing: Control | None, description: str) -> ControlChange:
        self._settle(row, existing)
        values: dict[str, Any] = {"description": description} if description else {}
        values |= self.person("performer", row.performer or ("" if existing else row.owner))
        if row.method and (existing is None or not row.method_suggested):
            values["method"] = row.method
        if row.frequency:
            values["frequency"] = row.frequency
        values |= self._wordings(row, existing, description)
        values = fitting(Control, values, row, _COLUMNS, self.findings)
        fields = [] if existing is None else differences(existing, values, _LABELS)
        effect = Effect.NEW if existing is None else Effect.CHANGED if fields else Effect.SAME
        change = ControlChange(row, effect, values, existing, fields, row.method_suggested)
        if self.target.closing is not None and any((row.result, row.conclusion, row.conclusion_text, row.action)):
            change.follow_up = self._follow_up(row, existing)
        return change

    def _settle(self, row: ImportRow, existing: Control | None) -> None:
        self.findings.take(row, OF_CONTROL, "control")
        if not row.performer and existing is None and Field.OWNER in row.sources:
            self.findings.take(row, (Field.OWNER,), "control")
        if self.target.closing is None:
            self.findings.leave_out(row, OF_FOLLOW_UP, "no_closing")
        else:
            self.findings.take(row, OF_FOLLOW_UP, "follow_up")

    def _wordings(self, row: ImportRow, existing: Control | None, description: str) -> dict[str, str]:
        """Return the wordings that are kept beside method and frequency; those of an adopted plan stand."""
        kept = {}
        is_description = {name_key(description), name_key(existing.description) if existing else ""}
        for name, field, text, code in (
            ("method_wording", Field.METHOD, row.method_text, row.method),
            ("frequency_wording", Field.FREQUENCY, row.frequency_text, row.frequency),
        ):
            if not text or field in row.unread or (field is Field.METHOD and name_key(text) in is_description):
                continue
            wording = text if code is None or says_more(text, code) else ""
            if self.stands and existing is not None and wording != getattr(existing, name):
                if wording:
                    self.findings.leave_out(row, (field,), "plan_stands")
                continue
            kept[name] = wording
            if wording:
                self._keep(row, field, code)
        return kept

    def _keep(self, row: ImportRow, field: Field, code: str | None) -> None:
        self.findings.keep(row, (field,), "kept_beside" if code else "kept", code=str(CODE_NAMES[code]) if code else "")

    def _follow_up(self, row: ImportRow, control: Control | None) -> FollowUpChange:
        existing = self.existing.follow_ups.get(control.pk) if control else None
        values: dict[str, Any] = {name: v for name, v in (("result", row.result), ("conclusion", row.conclusion)) if v}
        values |= self._conclusion_wording(row, existing)
        fields = [] if existing is None else differences(existing, values, _FOLLOW_UP_LABELS)
        known_actions = {name_key(action.description) for action in existing.actions.all()} if existing else set()
        has_new_action = bool(row.action) and name_key(row.action) not in known_actions
        if has_new_action and existing is not None:
            fields.append(FieldChange("action", str(Action._meta.verbose_name), "", row.action))
        if existing is not None and fields and not existing.is_open:
            message = _("The follow-up is already %(state)s; return or reopen it before importing a changed result.")
            state = str(existing.get_state_display()).lower()
            self.findings.report("error", row, Field.RESULT, row.title, message % {"state": state})
        effect = Effect.NEW if existing is None else Effect.CHANGED if fields else Effect.SAME
        kind = action_kind(row.action, values.get("conclusion") or (existing.conclusion if existing else ""))
        return FollowUpChange(row, effect, values, existing, row.action, kind, has_new_action, fields)

    def _conclusion_wording(self, row: ImportRow, existing: FollowUp | None) -> dict[str, str]:
        """Return the wording that is kept beside the conclusion; that of a follow-up that is handed in stands."""
        text = row.conclusion_text
        if not text and existing is not None and row.conclusion not in (None, existing.conclusion):
            return {"conclusion_wording": ""}
        if not text or Field.CONCLUSION in row.unread:
            return {}
        wording = text if row.conclusion is None or says_more(text, row.conclusion) else ""
        if existing is not None and not existing.is_open and wording != existing.conclusion_wording:
            if wording:
                self.findings.leave_out(row, (Field.CONCLUSION,), "follow_up_stands")
            return {}
        if wording:
            self._keep(row, Field.CONCLUSION, row.conclusion)
        return {"conclusion_wording": wording}


def _says_something(row: ImportRow) -> bool:
    """Return whether the row says anything of a control or its result; its own text, not what it has of the row above."""
    return any(name in row.sources and name not in row.unread for name in (*OF_CONTROL, *OF_FOLLOW_UP)) or bool(row.conclusion)


def _code(control: Control) -> str:
    """Return the choice's code for a control: by its words, so that it means the same in another installation."""
    return f"control-{hashlib.sha256(name_key(control.description).encode()).hexdigest()[:8]}"
