"""The risks of rows that name theirs by its number, or by a control's text, alone: the results of a plan that stands.

A number is taken for a risk's where the file says so, or the row's control is one of that risk's; else a person confirms it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from django.utils.translation import gettext as _

from controls.importing.changes import shorten
from controls.importing.existing import PlanAsItIs
from controls.importing.findings import Findings
from controls.importing.words import name_key
from controls.models import Control
from riskreg.importing.columns import ImportRow
from riskreg.importing.fields import Field
from riskreg.importing.place_words import row_seen_from
from riskreg.importing.problems import Problem
from riskreg.importing.questions import Choice
from riskreg.importing.stated_numbers import says_risk, stated_number
from riskreg.models import Risk

MOST_SHOWN = 20
_BY_CONTROL, _BY_NUMBER, _YES, _NO = "control", "number", "yes", "no"


@dataclass(slots=True)
class Found:
    """A risk, and the rows that are about it; `by` is the field that named it."""

    risk: Risk
    rows: list[ImportRow]
    by: Field


class NamelessRows:
    """Search for the risks of rows without a title."""

    def __init__(self, existing: PlanAsItIs, year: int, findings: Findings) -> None:
        self.existing, self.year, self.findings = existing, year, findings
        self.alike: Counter[tuple[str, ...]] = Counter()

    @cached_property
    def holders(self) -> dict[str, list[Control]]:
        """The plan's controls by their text."""
        found: dict[str, list[Control]] = {}
        for risk in self.existing.by_number.values():
            for control in self.existing.controls.get(risk.pk, ()):
                control.risk = risk
                found.setdefault(name_key(control.description), []).append(control)
        return found

    def find(self, rows: Sequence[ImportRow]) -> list[Found]:
        """Return the risks that the rows name, each with all its rows, in the order of the file.

        A row whose risk is not found is reported: with its value, and what is allowed.
        """
        if not rows:
            return []
        if not self.existing.by_number:
            self.findings.report_problem(Problem("no_risk_column", field=Field.TITLE))
            return []
        tells = self._tells(rows)
        if tells == "":
            return []
        found: dict[int, Found] = {}
        before: Risk | None = None
        for row in rows:
            by = Field.CONTROL if tells == _BY_CONTROL or not row.number else Field.NUMBER
            goes_on = row.is_continuation_control and by is Field.CONTROL and not row.control
            risk = before if goes_on else self._by_number(row) if by is Field.NUMBER else self._by_control(row)
            before = risk
            if risk is not None:
                found.setdefault(risk.pk, Found(risk, [], by)).rows.append(row)
        self._check_controls(found.values())
        return [one for one in found.values() if one.rows] if self._may_be_numbers(found.values()) else []

    def settle(self, rows: Iterable[ImportRow], by: Field) -> None:
        """Say what became of the numbers: each told which risk its row is about, or nothing where the controls' texts did."""
        for row in rows:
            if by is Field.NUMBER:
                self.findings.take(row, (Field.NUMBER,), "names_risk")
            else:
                self.findings.leave_out(row, (Field.NUMBER,), "not_a_risks_number")

    def _tells(self, rows: Sequence[ImportRow]) -> str:
        """Return what tells the risk where a row's number and its control's text name two: a person says; '' while nobody has."""
        for row in rows:
            holders = self.holders.get(name_key(row.control), []) if row.control and row.number else []
            named = self._numbered(row)
            if not holders or (named is not None and any(control.risk_id == named.pk for control in holders)):
                continue
            text = _(
                "The numbers name other risks than the controls' texts do: row %(row)d says %(number)s, and its control is one "
                "of “%(risk)s”. What tells which risk the rows are about?"
            )
            return self.findings.asked.ask(
                "tells",
                (),
                text % {"row": row.first_row, "number": row.number, "risk": self._label(holders[0].risk)},
                [
                    Choice(_BY_CONTROL, _("The control's text: the numbers are not the risks'")),
                    Choice(_BY_NUMBER, _("The risk's number")),
                ],
                row=row.first_row,
                place=row.place,
                field=Field.NUMBER,
                value=shorten(row.control),
            )
        return _BY_NUMBER

    def _numbered(self, row: ImportRow) -> Risk | None:
        number = stated_number(row.number, self.year)
        return None if number is None else self.existing.by_number.get(number)

    def _by_number(self, row: ImportRow) -> Risk | None:
        risk = self._numbered(row)
        if risk is None:
            message = _("“%(value)s” is not the number of a risk in the plan. Allowed: %(allowed)s.")
            allowed = _ranges(sorted(self.existing.by_number))
            self.findings.report("error", row, Field.NUMBER, row.number, message % {"value": row.number, "allowed": allowed})
        return risk

    def _by_control(self, row: ImportRow) -> Risk | None:
        if not row.control:
            # Reported where the row was read, unless its number is the control's own.
            if row.number:
                self.findings.report_problem(Problem("risk_unnamed", row=row.first_row, place=row.place, field=Field.CONTROL))
            return None
        risks = {control.risk.pk: control.risk for control in self.holders.get(name_key(row.control), [])}
        if not risks:
            shown = [shorten(controls[0].description) for controls in self.holders.values()]
            message = _("No control in the plan has the text “%(value)s”. Allowed: %(allowed)s.") % {
                "value": shorten(row.control),
                "allowed": "; ".join(shown[:MOST_SHOWN]) + ("; …" if len(shown) > MOST_SHOWN else ""),
            }
            self.findings.report("error", row, Field.CONTROL, shorten(row.control), message)
            return None
        return next(iter(risks.values())) if len(risks) == 1 else self._asked(row, list(risks.values()))

    def _asked(self, row: ImportRow, risks: Sequence[Risk]) -> Risk | None:
        """Return the one of several risks with a control of this text that a person says the row is about."""
        choices = [Choice(f"risk-{risk.number}", self._label(risk)) for risk in risks]
        about = (name_key(row.control), name_key(" ".join((row.result, row.conclusion_text, row.action))))
        self.alike[about] += 1
        answer = self.findings.asked.ask(
            "controls-risk",
            (*about, str(self.alike[about])),
            _("Several risks have the control “%(control)s”. Which one is this row about?") % {"control": shorten(row.control)},
            choices,
            row=row.first_row,
            place=row.place,
            field=Field.CONTROL,
            value=shorten(row.result or row.conclusion_text or row.action),
        )
        return next((risk for risk, choice in zip(risks, choices, strict=True) if choice.code == answer), None)

    def _check_controls(self, found: Iterable[Found]) -> None:
        """Report rows about a control that another row is about, and texts that several controls of a risk have."""
        for one in found:
            first: dict[str, ImportRow] = {}
            for row in [*one.rows]:
                key = name_key(row.control)
                if not key or row.has_same_control:
                    continue
                same = sum(control.risk_id == one.risk.pk for control in self.holders.get(key, ()))
                if same > 1:
                    message = _("%(count)d controls of “%(risk)s” have this text. Report their results at their follow-ups.")
                    said = message % {"count": same, "risk": self._label(one.risk)}
                elif key in first:
                    before = first[key]
                    message = _("Row %(first)s is about the same control. Gather what they say in one row.")
                    said = message % {"first": row_seen_from(row.place, before.place, before.first_row)}
                else:
                    first[key] = row
                    continue
                one.rows.remove(row)
                self.findings.report("error", row, Field.CONTROL, shorten(row.control), said)

    def _may_be_numbers(self, found: Iterable[Found]) -> bool:
        """Ask whether the numbers are the risks', where neither the file nor the controls say so; False if a person says no."""
        by_number = (one for one in found if one.by is Field.NUMBER)
        numbered = [(row, one.risk) for one in by_number for row in one.rows if Field.NUMBER in row.sources]
        doubted = {
            row.number: risk
            for row, risk in numbered
            if not (row.says_risks_number or says_risk(row.number) or self._is_its_control(row, risk))
        }
        if not doubted:
            return True
        answer = self.findings.asked.ask(
            "numbers",
            [f"{number} {name_key(risk.title)}" for number, risk in doubted.items()],
            _("The rows name no risk but by a number. Are these the numbers of the plan's risks? %(pairs)s")
            % {"pairs": self._pairs(doubted)},
            [Choice(_YES, _("Yes")), Choice(_NO, _("No: the numbers are not the risks'"))],
            guess=_YES,
            field=Field.NUMBER,
        )
        if answer == _NO:
            self.findings.report_problem(Problem("no_risk_column", field=Field.TITLE))
        return answer != _NO

    def _is_its_control(self, row: ImportRow, risk: Risk) -> bool:
        return any(control.risk_id == risk.pk for control in self.holders.get(name_key(row.control), ()))

    def _pairs(self, doubted: Mapping[str, Risk]) -> str:
        pairs = [f"{number} = {shorten(risk.title)}" for number, risk in doubted.items()]
        return "; ".join(pairs[:MOST_SHOWN]) + ("; …" if len(pairs) > MOST_SHOWN else "")

    def _label(self, risk: Risk) -> str:
        return f"{risk.number}. {shorten(risk.title)}"


def _ranges(numbers: Sequence[int]) -> str:
    """Return numbers as people write many: 1–7, 9."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][1] + 1:
            runs[-1][1] = number
        else:
            runs.append([number, number])
    return ", ".join(str(first) if first == last else f"{first}–{last}" for first, last in runs)
