"""Comparison of a file's rows with the plan as it is.

Nothing is written here. The same comparison serves the preview and, inside the transaction, the import itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _

from controls.importing.changes import (
    ControlChange,
    Effect,
    PlanChanges,
    RiskChange,
    differences,
    shorten,
)
from controls.importing.comparing_confidentiality import confidentiality_of
from controls.importing.comparing_controls import ControlComparison
from controls.importing.confidential import by_risk, rows_hidden_from, waits_for_somebody
from controls.importing.existing import PlanAsItIs
from controls.importing.findings import Findings, fitting
from controls.importing.handing_in import say_what_is_submitted
from controls.importing.nameless import NamelessRows
from controls.importing.people import People, is_named
from controls.importing.several_rows import as_one
from controls.importing.target import Target
from controls.importing.unit_names import UnitNames
from controls.importing.words import name_key, number_in
from riskreg.importing.account_details import RowInWords
from riskreg.importing.columns import ImportRow
from riskreg.importing.confidentiality import FIELDS as CONFIDENTIALITY
from riskreg.importing.fields import Field
from riskreg.importing.place_words import row_seen_from
from riskreg.importing.questions import Asked, Choice
from riskreg.importing.rows import RISK_FIELDS
from riskreg.models import ControlPlan, Risk, RiskCategory, Unit, User
from riskreg.sorting import swedish_key

MOST_NAMES = 20
_RISK_LABELS = (
    "title", "description", "category", "process", "unit", "owner", "owner_text",
    "likelihood", "impact", "risk_score",
    "residual_likelihood", "residual_impact", "residual_score", "placement_note",
    "is_confidential", "confidentiality_section",
)  # fmt: skip
_RISK_FIELDS = {
    "title": Field.TITLE,
    "category": Field.CATEGORY,
    "process": Field.PROCESS,
    "owner_text": Field.OWNER,
    "placement_note": Field.REASON,
    "confidentiality_section": Field.SECTION,
}
_OF_RISK = RISK_FIELDS - CONFIDENTIALITY
_TOGETHER = (
    ("title",), ("description",), ("process",), ("reason",), ("owner",), ("score", "likelihood", "impact"),
    ("residual_score", "residual_likelihood", "residual_impact"),
)  # fmt: skip
# Fields of which a further row of a risk states the same again, as the file's cell of the row before does.
_VALUES_OF_RISK = {
    Field.SCORE: "score", Field.LIKELIHOOD: "likelihood", Field.IMPACT: "impact", Field.RESIDUAL: "residual_score",
    Field.RESIDUAL_LIKELIHOOD: "residual_likelihood", Field.RESIDUAL_IMPACT: "residual_impact",
}  # fmt: skip


_NEW = "new"


def compare(
    rows: Sequence[ImportRow], target: Target, *, by: User | None, answers: Mapping[str, str] | None = None
) -> PlanChanges:
    """Return the changes that importing the rows into the target would make.

    Problems carry the row, the value and what is allowed. `answers` are those given so far to the questions it asks; one
    that is open is an error.

    Confidential risks that the user does not see take no part: they are neither shown, matched nor changed. A row that is
    about one is not compared and never made a second time in the open: the whole import then waits for somebody who may see
    it. `by` None sees everything: the command line, run by the person who runs the installation.
    """
    hidden = rows_hidden_from(by, rows, target)
    plan = ControlPlan.objects.filter(unit=target.unit, year=target.year).select_related("matrix", "unit").first()
    changes = _Comparison(target, plan, by, answers or {}).of([row for row in rows if id(row) not in hidden])
    if hidden:
        changes.hidden_rows = hidden
        changes.findings.report_problem(waits_for_somebody())
    return changes


class _Comparison:
    def __init__(self, target: Target, plan: ControlPlan | None, by: User | None, answers: Mapping[str, str]) -> None:
        self.target, self.plan, self.by = target, plan, by
        self.people = People(by)
        self.categories = {category.name.casefold(): category for category in RiskCategory.objects.all()}
        self.units = UnitNames(Unit.objects.within(target.unit).filter(is_active=True))
        self.findings = Findings(Asked(answers))
        self.unknown: dict[str, None] = {}
        """The names that are no colleague's, in the order of the file."""
        self.existing = PlanAsItIs(plan, target, by)
        self.nameless = NamelessRows(self.existing, target.year, self.findings)
        stands = plan is not None and not plan.is_open_for_changes
        self.controls = ControlComparison(target, self.existing, self.findings, self._person, self.people.named, stands=stands)

    def of(self, rows: Sequence[ImportRow]) -> PlanChanges:
        changes: list[RiskChange] = []
        groups = self.existing.joined(by_risk([row for row in rows if not row.is_nameless]))
        known = [self.existing.known_row(group) for group in groups]
        for group, existing in zip(groups, self.existing.matches(known, groups, self._which), strict=True):
            changes.append(self._risk(group, existing))
        for found in self.nameless.find([row for row in rows if row.is_nameless]):
            changes.append(self._risk(found.rows, found.risk, found.by))
            self.nameless.settle(found.rows, found.by)
        missing = self.existing.not_among({change.existing.pk for change in changes if change.existing})
        say_what_is_submitted(changes, self.target, self.by, self.findings)
        self._check_repeated(changes)
        self._check_state(changes)
        if self.target.closing is None and any(row.result or row.conclusion or row.action for row in rows):
            message = _("The file holds results, but no closing was chosen: they are left out.")
            self.findings.report("warning", None, Field.RESULT, "", message)
        if self.unknown:
            message = _("Kept as text, as no user has these names; reminders go to the manager instead: %(names)s.")
            shown = [*list(self.unknown)[:MOST_NAMES], *(["…"] if len(self.unknown) > MOST_NAMES else [])]
            self.findings.report("warning", None, None, "", message % {"names": ", ".join(shown)})
        left_over = self.controls.left_over if any(row.control for row in rows) else []
        return PlanChanges(self.plan, changes, missing, self.findings, left_over)

    def _which(self, row: ImportRow, risks: Sequence[Risk]) -> Risk | None:
        """Return the risk of several of one title that a person says the row is about; the first as long as nobody has."""
        said = " ".join((row.control, row.description, row.result, row.action))
        choices = [
            Choice(
                f"risk-{risk.number}",
                _("Number %(number)s: %(about)s") % {"number": risk.number, "about": shorten(self.existing.words_about(risk))},
            )
            for risk in risks
        ]
        answer = self.findings.asked.ask(
            "risk",
            (name_key(row.title), name_key(said)),
            _("The plan has several risks “%(risk)s”. Which one is this row about?") % {"risk": shorten(row.title)},
            [*choices, Choice(_NEW, _("None of them: it is a new risk"))],
            row=row.first_row,
            place=row.place,
            field=Field.TITLE,
            value=shorten(said),
        )
        return next((risk for risk in risks if f"risk-{risk.number}" == answer), None if answer == _NEW else risks[0])

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
            at = row_seen_from(row.place, first.row.place, first.row.first_row)
            said = {"first": at, "score": _score(first.row), "other": _score(row)}
            if None in said.values() or said["score"] == said["other"]:
                message = _("The same risk stands on row %(first)s. They are read as two: correct the file if they are one.")
            else:
                message = _(
                    "The same risk stands on row %(first)s with the risk score %(score)d, here with %(other)d. They are read as "
                    "two: correct the file if they are one."
                )
            self.findings.report("warning", row, Field.TITLE, row.title, message % said)

    def _check_state(self, changes: Iterable[RiskChange]) -> None:
        if self.plan is None or self.plan.is_open_for_changes:
            return
        for change in changes:
            parts: list[RiskChange | ControlChange] = [change, *change.controls]
            altered = [part for part in parts if part.effect is not Effect.SAME]
            for one in altered[:1]:
                self.findings.report(
                    "error",
                    change.row,
                    Field.TITLE,
                    change.title,
                    _(
                        "The plan is %(state)s, so its risks and controls stand. In the file: %(what)s. Correct the file, or "
                        "leave the column out; results can be imported to a closing."
                    )
                    % {"state": str(self.plan.get_state_display()).lower(), "what": _altered(one)},
                )

    def _risk(self, rows: Sequence[ImportRow], existing: Risk | None, found_by: Field = Field.TITLE) -> RiskChange:
        stated = as_one(rows, _stands(existing), _TOGETHER, self.findings)
        values = self._risk_values(stated, existing)
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
        values |= confidentiality_of(rows, existing, self.findings)
        values = fitting(Risk, values, stated, _RISK_FIELDS, self.findings)
        fields = [] if existing is None else differences(existing, values, _RISK_LABELS)
        effect = Effect.NEW if existing is None else Effect.CHANGED if fields else Effect.SAME
        number = None if existing else self.existing.take_number(rows[0])
        change = RiskChange(rows[0], effect, values, existing, number, fields, further_rows=rows[1:], found_by=found_by)
        self._settle_risk(rows, stated, change)
        change.controls = self.controls.of(rows, existing)
        return change

    def _settle_risk(self, rows: Sequence[ImportRow], counts: ImportRow, change: RiskChange) -> None:
        """Say what becomes of all that the rows say of the risk itself; `counts` is what they say together."""
        first = rows[0]
        self.findings.take(first, _OF_RISK, "risk")
        number = change.number or (change.existing.number if change.existing else None)
        stated = number_in(first.number)
        if stated is None or stated != number:
            self.findings.leave_out(first, (Field.NUMBER,), "number_taken")
        stands = _stands(change.existing)
        for row in rows if counts is not first else rows[1:]:
            for name in _OF_RISK & row.sources.keys():
                if _says_the_same(row, counts, name):
                    self.findings.take(row, (name,), "risk" if row is first else "same_risk")
                elif row.is_own and _is_as_before(row, name, stands):
                    self.findings.take(row, (name,), "as_before")
                else:
                    self.findings.leave_out(
                        row, (name,), "other_value", first=RowInWords.seen_from(row.place, first.place, first.first_row)
                    )

    def _risk_values(self, row: ImportRow, existing: Risk | None) -> dict[str, Any]:
        values: dict[str, Any] = {
            "title": self._title(row, existing),
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
        if not is_named(row.owner, existing.owner if existing else None):
            values |= self._person("owner", row.owner)
        if row.unit:
            values |= self._unit(row)
        return values

    def _title(self, row: ImportRow, existing: Risk | None) -> str:
        """Return the row's title; the risk's own where the row has its number before it."""
        has_number = existing is not None and self.existing.title_key(row) == name_key(existing.title) != name_key(row.title)
        return existing.title if existing is not None and has_number else row.title

    def _unit(self, row: ImportRow) -> dict[str, Any]:
        """Return the unit below the plan's that the row names; the plan's own unit, or the whole municipality, gives nothing."""
        named = self.units.named(row.unit)
        if named is not None:
            return {"unit": named}
        message = _("“%(value)s” is not a unit of %(unit)s. Allowed: %(allowed)s.") % {
            "value": row.unit,
            "unit": self.target.unit,
            "allowed": ", ".join(sorted((unit.name for unit in self.units.all), key=swedish_key)),
        }
        self.findings.report("error", row, Field.UNIT, row.unit, message)
        return {}

    def _person(self, name: str, text: str) -> dict[str, Any]:
        if not text:
            return {}
        user = self.people.named(text)
        if user is None:
            self.unknown.setdefault(" ".join(text.split()), None)
            return {f"{name}_text": text}
        return {name: user, f"{name}_text": ""}


def _stands(existing: Risk | None) -> dict[str, Any]:
    if existing is None:
        return {}
    names = (
        "title",
        "description",
        "process",
        "likelihood",
        "impact",
        "residual_score",
        "residual_likelihood",
        "residual_impact",
    )
    stands: dict[str, Any] = {name: getattr(existing, name) for name in names}
    return stands | {"score": existing.risk_score, "reason": existing.placement_note, "owner": existing.owner_name}


def _is_as_before(row: ImportRow, name: Field, stands: Mapping[str, Any]) -> bool:
    attribute = _VALUES_OF_RISK.get(name, name.value)
    one, other = getattr(row, attribute), stands.get(attribute)
    return bool(one == other if name in _VALUES_OF_RISK else name_key(one) == name_key(other or ""))


def _says_the_same(row: ImportRow, first: ImportRow, name: Field) -> bool:
    attribute = _VALUES_OF_RISK.get(name, name.value)
    one, other = getattr(row, attribute), getattr(first, attribute)
    return bool(one == other if name in _VALUES_OF_RISK else name_key(one) == name_key(other))


def _score(row: ImportRow) -> int | None:
    return row.score if row.likelihood is None else row.likelihood * (row.impact or 0)


def _altered(part: RiskChange | ControlChange) -> str:
    """Describe in words how the file differs for a risk or a control."""
    if part.fields:
        said = _("%(label)s “%(old)s” → “%(new)s”")
        return ", ".join(said % {"label": one.label, "old": shorten(one.old), "new": shorten(one.new)} for one in part.fields)
    if isinstance(part, RiskChange):
        return _("a risk that is not in the plan")
    return _("a control that is not in the plan, “%(control)s”") % {"control": shorten(part.description)}
