"""Progress of each report: the reports' own figures, counted in the database for all plans and closings at once."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Any, NamedTuple

from django.db.models import Count, Exists, OuterRef, Q

from controls.models import Action, Closing, Conclusion, Control, FollowUp
from controls.reporting.reading import reportable_plans, seen_risks, with_something_to_follow_up
from controls.reporting.rows import Missing
from riskreg.models import ControlPlan, User

_COLUMNS = (
    "control__risk__plan", "closing", "rows", "controls", "approved", "submitted", "no_result", "no_conclusion", "no_action",
)  # fmt: skip


@dataclass(frozen=True)
class Progress:
    """A report among others: its rows, how many are handed in and approved, what is missing."""

    plan: ControlPlan
    closing: Closing
    total: int
    done: int = 0
    approved: int = 0
    counts: dict[Missing, int] = field(default_factory=dict)

    @cached_property
    def missing(self) -> list[tuple[Missing, int]]:
        return [(part, self.counts[part]) for part in Missing if self.counts.get(part)]

    @property
    def is_complete(self) -> bool:
        return self.total > 0 and not self.missing


@dataclass(frozen=True)
class YearOfReports:
    """The reports of one year, in the order of the closings, then of the units' names; and the years there are."""

    year: int | None
    years: list[int]
    reports: list[Progress]
    organisation: str = ""


class Planned(NamedTuple):
    """What a plan has to follow up: its controls, its risks without a control, its risks without a score."""

    controls: int
    risks_without_control: int
    risks_without_score: int


def reports_of_year(user: User, today: date, year: int | None = None) -> YearOfReports:
    """Return the reports of the year, or of the year that is to be reported now.

    In January that is the year that has ended, however much of the new one is planned. Five queries, whatever the
    number of risks and of years.
    """
    plans = list(reportable_plans(user).select_related("unit"))
    years = sorted({plan.year for plan in plans}, reverse=True)
    if not years:
        return YearOfReports(None, [], [])
    every = [one for one in Closing.objects.visible_to(user).select_related("unit").order_by("cut_off") if one.year in years]
    chosen = year if year in years else _year_to_report(every, years, today)
    closings = defaultdict(list)
    for closing in every:
        if closing.year == chosen:
            closings[closing.unit.path].append(closing)
    of_year = [plan.pk for plan in plans if plan.year == chosen]
    told = {(line.control__risk__plan, line.closing): line for line in _follow_ups(user, chosen, of_year)}
    risks, controls = _risks_that_lack(user, of_year), _controls(user, of_year)
    reports = [
        _progress(plan, closing, Planned(controls.get(plan.pk, 0), *risks.get(plan.pk, (0, 0))), told.get((plan.pk, closing.pk)))
        for plan in plans
        if plan.year == chosen
        for closing in closings[plan.unit.root_path]
    ]
    reports.sort(key=lambda report: (report.closing.cut_off, report.plan.unit.name_sort))
    municipality = next(iter(closings.values()), [])
    return YearOfReports(chosen, years, reports, municipality[0].unit.name if municipality else "")


def reports_left(user: User, today: date) -> list[Progress]:
    """Return the reports of the year that is to be reported now which still lack something, what is due first on top.

    As many queries as reports_of_year.
    """
    left = [report for report in reports_of_year(user, today).reports if report.total and not report.is_complete]
    return sorted(left, key=lambda report: (report.closing.report_due, report.plan.unit.name_sort))


def _year_to_report(closings: list[Closing], years: list[int], today: date) -> int:
    """Return the year of the report that is due next; after the last, that of the last.

    Without closings it is the newest plan's.
    """
    ahead = [closing for closing in closings if closing.report_due >= today]
    if ahead:
        return min(ahead, key=lambda closing: closing.report_due).year
    return closings[-1].year if closings else years[0]


def _risks_that_lack(user: User, plans: list[int]) -> dict[int, tuple[int, int]]:
    """Return, for each of the plans, how many of its risks lack a control, and how many a score."""
    control = Control.objects.filter(risk=OuterRef("pk"), is_dropped=False)
    risks = seen_risks(user).current().filter(plan__in=plans).alias(has_control=Exists(control))
    # Most risks lack nothing: what their bands demand need not be asked.
    lacking = risks.filter(Q(has_control=False) | Q(risk_score__isnull=True))
    counted = (
        with_something_to_follow_up(lacking)
        .order_by()
        .values("plan")
        .annotate(
            without_control=Count("pk", filter=Q(has_control=False)), without_score=Count("pk", filter=Q(risk_score__isnull=True))
        )
    )
    return {plan: (control, score) for plan, control, score in counted.values_list("plan", "without_control", "without_score")}


def _controls(user: User, plans: list[int]) -> dict[int, int]:
    """Return how many controls each of the plans has."""
    current = Control.objects.visible_to(user).current().filter(risk__plan__in=plans)
    return dict(current.order_by().values("risk__plan").annotate(rows=Count("pk")).values_list("risk__plan", "rows"))


def _follow_ups(user: User, year: int, plans: list[int]) -> Any:
    deviation = Q(conclusion__in=[conclusion for conclusion in Conclusion if conclusion.is_deviation])
    submitted = Q(state=FollowUp.State.SUBMITTED)
    approved = Q(state=FollowUp.State.APPROVED)
    return (
        FollowUp.objects.visible_to(user)
        .filter(closing__year=year, control__risk__plan__in=plans, control__is_dropped=False, control__risk__is_dropped=False)
        .alias(has_action=Exists(Action.objects.filter(follow_up=OuterRef("pk"))))
        .order_by()
        .values("control__risk__plan", "closing")
        .annotate(
            rows=Count("pk"),
            controls=Count("control", distinct=True),
            approved=Count("pk", filter=approved),
            submitted=Count("pk", filter=submitted),
            no_result=Count("pk", filter=Q(result="")),
            no_conclusion=Count("pk", filter=Q(conclusion="")),
            no_action=Count("pk", filter=deviation & Q(has_action=False)),
        )
        .values_list(*_COLUMNS, named=True)
    )


def _progress(plan: ControlPlan, closing: Closing, planned: Planned, told: Any) -> Progress:
    counts = {Missing.SCORE: planned.risks_without_score, Missing.CONTROL: planned.risks_without_control}
    if told is None:
        counts[Missing.FOLLOW_UP] = planned.controls
        return Progress(plan, closing, planned.controls + planned.risks_without_control, counts=counts)
    counts |= {
        Missing.FOLLOW_UP: planned.controls - told.controls,
        Missing.RESULT: told.no_result,
        Missing.CONCLUSION: told.no_conclusion,
        Missing.ACTION: told.no_action,
        Missing.SUBMISSION: told.rows - told.submitted - told.approved,
        Missing.APPROVAL: told.submitted,
    }
    total = planned.controls - told.controls + told.rows + planned.risks_without_control
    return Progress(plan, closing, total, told.submitted + told.approved, told.approved, counts)
