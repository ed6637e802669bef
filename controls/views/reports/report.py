"""The list of reports with their progress, and the follow-up report of one plan on screen."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import Any, cast

from django.db.models import OuterRef, Subquery
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from controls.models import Closing, HandedInReport
from controls.reporting.kinds import KINDS, Subject
from controls.reporting.progress import YearOfReports, reports_of_year
from controls.reporting.reading import build_report, reportable_plans
from controls.reporting.subjects import kinds_for
from controls.reporting.wording import COLUMNS, facts_of, missing_of, notes_of, seal_line
from controls.reporting.writers.html import table_body
from controls.views.reports.files import files_of
from riskreg import clock
from riskreg.access.grants import may
from riskreg.access.verbs import Verb
from riskreg.models import ControlPlan, User
from riskreg.web.whole_number import whole_number

FOLLOW_UP = KINDS["follow_up"]


@dataclass(frozen=True)
class Asked:
    """The plan and the closing of an address, with those that the reader can go to from there."""

    plan: ControlPlan
    closing: Any
    plans: list[ControlPlan]
    closings: list[Any]
    """With the newest version handed in, if any: handed_in_pk, handed_in_number."""


@require_safe
def reports(request: HttpRequest) -> HttpResponse:
    """Show every plan and closing of a year, or redirect to the report of the chosen `plan` and `closing`."""
    user = cast(User, request.user)
    if "plan" in request.GET and "closing" in request.GET:
        asked = _find_asked(user, _number(request.GET["plan"]), request.GET["closing"])
        return redirect("report", asked.plan.pk, asked.closing.kind)
    found = reports_of_year(user, clock.today(), _number(request.GET["year"]) if "year" in request.GET else None)
    of_all = _of_all_committees(user, found)
    context = {
        "title": _("Reports"),
        "found": found,
        "closings": [
            (closing, list(listed), of_all.get(closing.pk, []))
            for closing, listed in groupby(found.reports, key=lambda one: one.closing)
        ],
        "today": clock.today(),
        "may_set": may(user, Verb.CHANGE_CLOSING),
    }
    return TemplateResponse(request, "controls/reports.html", context)


@require_safe
def report(request: HttpRequest, plan: int, kind: str) -> HttpResponse:
    """Show the follow-up report of a plan at a closing."""
    user = cast(User, request.user)
    asked = _find_asked(user, plan, kind)
    subject = Subject(asked.plan.unit, asked.plan.year, asked.plan, asked.closing)
    shown = build_report(user, asked.plan, asked.closing, today=clock.today())
    context = {
        "title": shown.heading,
        "crumbs": [(_("Reports"), reverse("reports"))],
        "asked": asked,
        "report": shown,
        "facts": facts_of(shown),
        "notes": notes_of(shown),
        "missing": missing_of(shown),
        "seal": seal_line(shown.trail_head),
        "columns": COLUMNS,
        "kind": FOLLOW_UP,
        "subject": subject,
        "kinds": kinds_for(user, asked.plan.unit),
        **files_of(user, FOLLOW_UP, subject),
        "table_body": table_body(shown, risk_address=_risk_address, follow_up_address=_follow_up_address),
    }
    return TemplateResponse(request, "controls/report.html", context)


def _find_asked(user: User, plan_pk: int, kind: str) -> Asked:
    """Return the plan and the closing of an address. Two queries.

    Raises Http404 for a plan that the reader does not see, and for a closing that its municipality lacks.
    """
    year = ControlPlan.objects.filter(pk=plan_pk).values("year")
    plans = list(reportable_plans(user).filter(year__in=year).select_related("unit", "matrix").order_by("unit__name_sort"))
    plan = next((plan for plan in plans if plan.pk == plan_pk), None)
    if plan is None:
        raise Http404
    versions = HandedInReport.objects.filter(kind=FOLLOW_UP.code, plan=plan, closing=OuterRef("pk")).order_by("-number")
    closings = list(
        Closing.objects.of_unit(plan.unit)
        .filter(year=plan.year)
        .select_related("unit")
        .annotate(handed_in_pk=Subquery(versions.values("pk")[:1]), handed_in_number=Subquery(versions.values("number")[:1]))
        .order_by("cut_off")
    )
    closing = next((closing for closing in closings if closing.kind == kind), None)
    if closing is None:
        raise Http404
    return Asked(plan, closing, plans, closings)


def _of_all_committees(user: User, found: YearOfReports) -> dict[int, list[tuple[str, str]]]:
    """Return by closing (name, address) of each report of the whole municipality that the user may read."""
    closings = {report.closing.pk: report.closing for report in found.reports}
    return {
        pk: [
            (str(kind.label), reverse("report_page", args=[kind.code, closing.unit_id, occasion]))
            for kind in kinds_for(user, closing.unit, of_municipality=True)
        ]
        for pk, closing in closings.items()
        if (occasion := Subject(closing.unit, closing.year, None, closing).occasion)
    }


def _number(text: str) -> int:
    number = whole_number(text)
    if number is None:
        raise Http404
    return number


def _risk_address(pk: int) -> str:
    return reverse("risk", args=[pk])


def _follow_up_address(pk: int) -> str:
    return reverse("admin:controls_followup_change", args=[pk])
