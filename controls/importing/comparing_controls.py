"""Comparison of a risk's rows with its controls."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

from django.utils.translation import gettext as _

from controls.importing.changes import ControlChange, Effect, differences, shorten
from controls.importing.comparing_actions import Named
from controls.importing.comparing_follow_ups import OF_FOLLOW_UP, FollowUpComparison, keep
from controls.importing.existing import PlanAsItIs
from controls.importing.findings import Findings, fitting
from controls.importing.people import is_named
from controls.importing.several_rows import as_one, settle_repeated
from controls.importing.target import Target
from controls.importing.words import name_key
from controls.models import Control
from riskreg.importing.columns import ImportRow
from riskreg.importing.fields import Field
from riskreg.importing.questions import LEAVE_OUT, Choice, leave_out
from riskreg.importing.wording import says_more
from riskreg.models import Risk

_REPEATED = {
    Field.METHOD: "method",
    Field.METHOD_WORDING: "method_text",
    Field.FREQUENCY: "frequency",
    Field.FREQUENCY_WORDING: "frequency_text",
    Field.PERFORMER: "performer",
    Field.TARGET: "target",
}
OF_CONTROL = (Field.CONTROL, *_REPEATED)
_COLUMNS = {"performer_text": Field.PERFORMER, "target": Field.TARGET}
_LABELS = (
    "description", "method", "method_wording", "frequency", "frequency_wording", "performer", "performer_text", "target",
)  # fmt: skip
_MAKE = "make"
_OWN_WORDS = (*_REPEATED.values(), "result", "conclusion", "conclusion_text", "conclusion_reason", "performed_otherwise")

Person = Callable[[str, str], dict[str, Any]]


class ControlComparison:
    """Comparison of controls; `stands` is true in a plan that is adopted.

    `person` gives the values of a field for a name in the file, `named` the user of that name.
    """

    def __init__(
        self, target: Target, existing: PlanAsItIs, findings: Findings, person: Person, named: Named, *, stands: bool
    ) -> None:
        self.target, self.existing, self.findings, self.person, self.stands = target, existing, findings, person, stands
        self.follow_ups = FollowUpComparison(target, existing, findings, named)
        self.alike: Counter[tuple[str, ...]] = Counter()
        """The rows that were asked about so far, by their words."""
        self.left_over: list[Control] = []
        """Controls of the file's risks that no row is about."""

    def of(self, rows: Sequence[ImportRow], risk: Risk | None) -> list[ControlChange]:
        """Return the changes of the risk's controls, in the order of the rows."""
        present = list(self.existing.controls.get(risk.pk, [])) if risk else []
        rows, further = _apart(rows, present)
        described = [row for row in rows if row.control]
        meant: dict[int, tuple[Control | None, str]] = {}
        for row in described:
            existing = next((control for control in present if name_key(control.description) == name_key(row.control)), None)
            # A text that names the control, and stands for nothing else, does not change it.
            is_name = row.is_nameless and existing is not None
            if existing is None and len(described) == 1 and len(present) == 1:
                existing = present[0]
            if existing is not None:
                present.remove(existing)
            meant[id(row)] = (existing, "" if is_name else row.control)
        self._reworded(described, present, meant)
        unnamed = [row for row in rows if not row.control and _says_something(row)]
        for row in unnamed:
            title = row.title or (risk.title if risk else "")
            # A control that another row is about is none the less there.
            has_others = bool(described) or bool(risk and self.existing.controls.get(risk.pk) and not present)
            found = self._meant(row, title, present, is_alone=len(unnamed) == 1, has_others=has_others)
            if found is not None:
                meant[id(row)] = found
                if found[0] is not None:
                    present.remove(found[0])
        for control in present:
            assert risk is not None
            control.risk = risk
            self.left_over.append(control)
        return [self._control([row, *further.get(id(row), [])], risk, *meant[id(row)]) for row in rows if id(row) in meant]

    def _reworded(
        self, described: Sequence[ImportRow], present: list[Control], meant: dict[int, tuple[Control | None, str]]
    ) -> None:
        """Take the one control of an own file that the plan does not have for the one of the plan that the file does not have."""
        unmatched = [row for row in described if meant[id(row)][0] is None and row.is_own]
        if len(unmatched) == len(present) == 1:
            meant[id(unmatched[0])] = present.pop(), unmatched[0].control

    def _meant(
        self, row: ImportRow, title: str, present: Sequence[Control], *, is_alone: bool, has_others: bool
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
        made = method or ("" if present else _("Follow-up of the risk"))
        if made:
            choices.append(Choice(_MAKE, _("A new control: %(control)s") % {"control": shorten(made)}))
        about = (name_key(title), name_key(" ".join((method, row.result, row.action, row.performer))))
        self.alike[about] += 1
        answer = self.findings.asked.ask(
            "control",
            # Two rows of the same words are two questions.
            about if self.alike[about] == 1 else (*about, str(self.alike[about])),
            _("Which control is this row of “%(risk)s” about?") % {"risk": shorten(title)},
            [*choices, leave_out()],
            row=row.first_row,
            place=row.place,
            field=Field.CONTROL,
            value=shorten(row.result or method or row.action or row.performer),
        )
        if answer == _MAKE:
            return None, made
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

    def _control(self, rows: Sequence[ImportRow], risk: Risk | None, existing: Control | None, description: str) -> ControlChange:
        for one in rows:
            self._settle(one, existing)
        stands = _stands(existing)
        row = as_one(rows, stands, ((name,) for name in _REPEATED.values()), self.findings)
        for other in rows[1:]:
            self.findings.take(other, (Field.CONTROL,), "same_control")
            settle_repeated(other, row, _REPEATED, self.findings, "same_control", stands)
        values: dict[str, Any] = {"description": description} if description else {}
        if not is_named(row.performer, existing.performer if existing else None):
            values |= self.person("performer", row.performer or ("" if existing else row.owner))
        if row.target:
            values["target"] = row.target
        if row.method and (existing is None or not row.method_suggested):
            values["method"] = row.method
        if row.frequency:
            values["frequency"] = row.frequency
        values |= self._wordings(row, existing, description)
        values = fitting(Control, values, row, _COLUMNS, self.findings)
        fields = [] if existing is None else differences(existing, values, _LABELS)
        effect = Effect.NEW if existing is None else Effect.CHANGED if fields else Effect.SAME
        change = ControlChange(row, effect, values, existing, fields, row.method_suggested)
        if self.target.closing is not None:
            if existing is not None and risk is not None:
                existing.risk = risk
            change.follow_up = self.follow_ups.of(rows, existing)
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
        for name, field, in_words, text, code in (
            ("method_wording", Field.METHOD, Field.METHOD_WORDING, row.method_text, row.method),
            ("frequency_wording", Field.FREQUENCY, Field.FREQUENCY_WORDING, row.frequency_text, row.frequency),
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
                keep(self.findings, row, in_words if in_words in row.sources else field, code)
        return kept


def _apart(rows: Sequence[ImportRow], present: Sequence[Control]) -> tuple[list[ImportRow], dict[int, list[ImportRow]]]:
    """Return the rows that name a control, and for each the further rows about it (other actions, other units' follow-ups).

    Where the plan holds several controls of one text, a row that says something else of it, or no action, is the next one's.
    """
    heads: list[ImportRow] = []
    further: dict[int, list[ImportRow]] = {}
    lacking = Counter(name_key(control.description) for control in present)
    left = Counter(name_key(row.control) for row in rows)
    for row in rows:
        key = name_key(row.control)
        same = (one for one in reversed(heads) if name_key(one.control) == key)
        head = next(same, heads[-1] if heads and not row.control else None) if row.has_same_control else None
        if head is not None and row.control and lacking[key] > 0 and row.follow_up_unit == head.follow_up_unit:
            is_next = not row.action or left[key] <= lacking[key] or any(getattr(row, n) != getattr(head, n) for n in _OWN_WORDS)
            head = None if is_next else head
        left[key] -= 1
        if head is None:
            heads.append(row)
            lacking[key] -= 1
        else:
            further.setdefault(id(head), []).append(row)
    return heads, further


def _stands(existing: Control | None) -> dict[str, Any]:
    if existing is None:
        return {}
    return {
        "method": existing.method,
        "method_text": existing.method_wording or str(existing.get_method_display()),
        "frequency": existing.frequency,
        "frequency_text": existing.frequency_wording or str(existing.get_frequency_display()),
        "performer": existing.performer_name,
        "target": existing.target,
    }


def _says_something(row: ImportRow) -> bool:
    """Return whether the row says anything of a control or its result; its own text, not what it has of the row above."""
    return any(name in row.sources and name not in row.unread for name in (*OF_CONTROL, *OF_FOLLOW_UP)) or bool(row.conclusion)


def _code(control: Control) -> str:
    """Return the choice's code for a control: by its words, so that it means the same in another installation."""
    return f"control-{hashlib.sha256(name_key(control.description).encode()).hexdigest()[:8]}"
