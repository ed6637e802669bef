"""The plan as it is, as far as the user sees it, and which of its risks a file's rows mean."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from difflib import SequenceMatcher
from functools import cached_property

from django.db.models import Prefetch, QuerySet

from controls.importing.target import Target
from controls.importing.words import name_key, number_in
from controls.models import Action, Control, FollowUp
from riskreg.importing.columns import ImportRow
from riskreg.importing.stated_numbers import number_apart
from riskreg.models import ControlPlan, Risk, User

_ACTIONS = Prefetch("actions", Action.objects.select_related("responsible"))
Which = Callable[[ImportRow, Sequence[Risk]], Risk | None]
"""Returns the one of several risks of one title that a row is about; None for a new one."""
_OF_RISK = (
    "number", "description", "category", "process", "unit", "score", "likelihood", "impact", "residual_score",
    "residual_likelihood", "residual_impact", "reason", "owner", "section",
)  # fmt: skip
RESEMBLES = 0.6
"""The least similarity (0 to 1) of two titles of one number that makes them one risk, retitled."""


class PlanAsItIs:
    """The current risks of the plan that the user sees, with their controls and their follow-ups at the closing."""

    def __init__(self, plan: ControlPlan | None, target: Target, by: User | None) -> None:
        self.by_title: dict[str, list[Risk]] = defaultdict(list)
        self.by_number: dict[int, Risk] = {}
        self.controls: dict[int, list[Control]] = defaultdict(list)
        self.follow_ups: dict[int, FollowUp] = {}
        self.taken_numbers: set[int | None] = set()
        self.plan, self.target, self.by = plan, target, by
        if plan is None:
            return
        self.taken_numbers |= set(plan.risks.values_list("number", flat=True))
        seen = plan.risks.all() if by is None else plan.risks.visible_to(by)
        for risk in seen.current().select_related("category", "owner", "unit").order_by("number"):
            self.by_title[name_key(risk.title)].append(risk)
            self.by_number[risk.number] = risk
        controls = Control.objects.current().filter(risk__in=seen).select_related("performer").order_by("position")
        for control in controls:
            self.controls[control.risk_id].append(control)
        if target.closing is not None:
            self._read_follow_ups(plan, FollowUp.objects.filter(control__risk__in=seen, closing=target.closing))

    def _read_follow_ups(self, plan: ControlPlan, found: QuerySet[FollowUp]) -> None:
        """Read each control's own follow-up: the one of the risk's unit.

        A follow-up of another unit (the risk has moved since) is taken only where there is no other; for a
        municipality-wide risk the other units' follow-ups are theirs, and left alone.
        """
        for follow_up in found.select_related("control__risk", "unit").prefetch_related(_ACTIONS):
            risk = follow_up.control.risk
            is_own = follow_up.unit_id == risk.unit_id
            if risk.is_municipality_wide and not is_own and follow_up.unit_id != plan.unit_id:
                continue
            if is_own or follow_up.control_id not in self.follow_ups:
                self.follow_ups[follow_up.control_id] = follow_up

    def follow_up_of(self, control: Control, unit: str) -> FollowUp | None:
        """Return another unit's follow-up of the control, where the user sees it."""
        return self._of_units.get((control.pk, name_key(unit)))

    @cached_property
    def _of_units(self) -> dict[tuple[int, str], FollowUp]:
        found = FollowUp.objects.all() if self.by is None else FollowUp.objects.visible_to(self.by)
        found = found.filter(control__risk__plan=self.plan, closing=self.target.closing)
        return {
            (one.control_id, name_key(one.unit.name)): one
            for one in found.select_related("unit", "control__risk").prefetch_related(_ACTIONS)
        }

    def title_key(self, row: ImportRow) -> str:
        """Return the key of the title that the row has: that of the plan's risk whose number stands before it, if it has one."""
        key = name_key(row.title)
        if key in self.by_title:
            return key
        number, title = number_apart(row.title, self.target.year)
        risk = self.by_number.get(number) if number is not None else None
        return name_key(title) if risk is not None and name_key(risk.title) == name_key(title) else key

    def joined(self, groups: Iterable[list[ImportRow]]) -> list[list[ImportRow]]:
        """Join the rows of one risk that stand apart: they repeat its title, say nothing else of it, and the plan has it once.

        So are results reported control by control, in any order.
        """
        made: list[list[ImportRow]] = []
        first: dict[str, list[ImportRow]] = {}
        for group in groups:
            key = self.title_key(group[0])
            before = first.setdefault(key, group)
            is_known_once = before is not group and len(self.by_title.get(key, ())) == 1
            if is_known_once and not group[0].is_own and _adds_nothing(group[0], before):
                before.extend(group)
            else:
                made.append(group)
        return made

    def matches(self, rows: Sequence[ImportRow], groups: Sequence[Sequence[ImportRow]], which: Which) -> list[Risk | None]:
        """Return for each row the risk of the plan that it means, or None; `groups` are all rows about each.

        That is the risk of the same title, of several the one of its number, category, control, description, score or result;
        where none of them tells, `which` is asked. Failing that, the one of the same number, if no row has its title and the
        titles resemble each other (a corrected title, not another risk), or the file is the product's own of this plan.
        """
        found: list[Risk | None] = [None] * len(rows)
        # Of several risks of one title the surest pair first.
        for is_pair in (_by_number, _by_category, self._by_control, _by_description, _by_score, self._by_result):
            for index, row in enumerate(rows):
                same_title = self.by_title.get(self.title_key(row), [])
                pairs = [risk for risk in same_title if found[index] is None and any(is_pair(one, risk) for one in groups[index])]
                if len(pairs) == 1:
                    same_title.remove(pairs[0])
                    found[index] = pairs[0]
        for index, row in enumerate(rows):
            same_title = self.by_title.get(self.title_key(row), [])
            if found[index] is None and same_title:
                is_open = len(same_title) > 1 and self._matters(groups[index], same_title)
                risk = which(row, same_title) if is_open else same_title[0]
                if risk is not None:
                    same_title.remove(risk)
                    found[index] = risk
        is_this_plans = _is_file_of_this_plan(rows, found)
        for index, row in enumerate(rows):
            number = number_in(row.number)
            candidate = self.by_number.get(number) if number is not None and found[index] is None else None
            if candidate is None or candidate not in self.by_title.get(name_key(candidate.title), []):
                continue
            if is_this_plans or SequenceMatcher(None, name_key(candidate.title), name_key(row.title)).ratio() >= RESEMBLES:
                self.by_title[name_key(candidate.title)].remove(candidate)
                found[index] = candidate
        return found

    def _matters(self, rows: Sequence[ImportRow], risks: Sequence[Risk]) -> bool:
        """Return whether it matters which risk is meant: the rows report a result, or do not say the same of all of them."""
        stated = [
            (row, is_pair)
            for row in rows
            for is_said, is_pair in (
                (bool(row.control), self._by_control),
                (bool(row.description), _by_description),
                (row.score is not None, _by_score),
            )
            if is_said
        ]
        reports = any(row.result or row.conclusion or row.conclusion_text or row.action for row in rows)
        return reports or any(not is_pair(row, risk) for row, is_pair in stated for risk in risks)

    def _by_control(self, row: ImportRow, risk: Risk) -> bool:
        described = (name_key(control.description) for control in self.controls.get(risk.pk, ()))
        return bool(row.control) and name_key(row.control) in described

    def _by_result(self, row: ImportRow, risk: Risk) -> bool:
        reported = (self.follow_ups.get(control.pk) for control in self.controls.get(risk.pk, ()))
        return bool(row.result) and any(one is not None and name_key(one.result) == name_key(row.result) for one in reported)

    def words_about(self, risk: Risk) -> str:
        """Return what tells a risk from others of its title: its description, else its controls, else its category."""
        controls = ", ".join(control.description for control in self.controls.get(risk.pk, ()))
        return risk.description or controls or (risk.category.name if risk.category else "") or risk.title

    def known_row(self, rows: Sequence[ImportRow]) -> ImportRow:
        """Return the row of a risk by which the plan knows it: of an own file any one, as its title may be new in one of them."""
        known = (row for row in rows if row.is_own and name_key(row.title) in self.by_title)
        return next(known, rows[0])

    def not_among(self, matched: set[int]) -> list[Risk]:
        """Return the risks that no row means, in the order of their numbers."""
        return sorted((risk for risk in self.by_number.values() if risk.pk not in matched), key=lambda risk: risk.number)

    def take_number(self, row: ImportRow) -> int | None:
        """Return the row's number and take it, or None if it has none or the number is taken."""
        number = number_in(row.number)
        if number is None or number in self.taken_numbers:
            return None
        self.taken_numbers.add(number)
        return number


def _adds_nothing(row: ImportRow, before: Sequence[ImportRow]) -> bool:
    """Return whether a row says of the risk what the first one says, or nothing, and is about another control or about none."""
    stated = ((getattr(row, name), getattr(before[0], name)) for name in _OF_RISK)
    says_the_same = all(value in ("", None) or value == first for value, first in stated)
    return says_the_same and (not row.control or name_key(row.control) not in {name_key(one.control) for one in before})


def _is_file_of_this_plan(rows: Sequence[ImportRow], found: Sequence[Risk | None]) -> bool:
    """Return whether the product wrote the rows of this plan: most of them have number and title of one of its risks."""
    same = sum(row.is_own and risk is not None and _by_number(row, risk) for row, risk in zip(rows, found, strict=True))
    return same * 2 > len(rows)


def _by_number(row: ImportRow, risk: Risk) -> bool:
    return number_in(row.number) == risk.number


def _by_category(row: ImportRow, risk: Risk) -> bool:
    return bool(row.category) and risk.category is not None and name_key(row.category) == name_key(risk.category.name)


def _by_description(row: ImportRow, risk: Risk) -> bool:
    return bool(row.description) and name_key(row.description) == name_key(risk.description)


def _by_score(row: ImportRow, risk: Risk) -> bool:
    return row.score is not None and row.score == risk.risk_score
