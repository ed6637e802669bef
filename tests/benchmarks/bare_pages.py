"""The yardstick of `make bench`: the rows of a page as a bare Django view answers them, as plain JSON.

Bare means: the middleware and the sign-in that `django-admin startproject` sets up, the ORM, one view. No right to see is asked
for, nothing is counted, translated, linked, filtered or laid out. What is written is written as the product's models write it.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import F
from django.db.models.aggregates import Count
from django.http import HttpRequest, JsonResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt

from config.urls import urlpatterns as of_the_product
from controls.models import Check, Control, FollowUp
from riskreg import clock
from riskreg.models import ControlPlan, Risk, RiskCategory, Unit, User

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
BACKENDS = ["django.contrib.auth.backends.ModelBackend"]

Rows = Callable[[HttpRequest], Any]
_LIST = (
    "pk",
    "number",
    "title",
    "risk_score",
    "likelihood",
    "impact",
    "plan__year",
    "unit__name",
    "category__name",
    "owner__name",
)
_FOLLOW_UP = (
    "pk",
    "due_on",
    "state",
    "return_reason",
    "control__risk__title",
    "control__risk__risk_score",
    "control__description",
)


def _risks(request: HttpRequest) -> Any:
    risks = Risk.objects.filter(is_dropped=False)
    if "year" in request.GET:
        risks = risks.filter(plan__year=request.GET["year"])
    if "q" in request.GET:
        risks = risks.filter(description__icontains=request.GET["q"])
    rows = list(risks.order_by(F("risk_score").desc(nulls_last=True), "plan_id", "number").values(*_LIST)[:50])
    controls = Control.objects.filter(risk__in=[row["pk"] for row in rows], is_dropped=False)
    return [rows, list(controls.values("risk_id", "method", "performer__name"))]


def _heatmap(request: HttpRequest) -> Any:
    risks = Risk.objects.filter(is_dropped=False, plan__year=2025).order_by()
    return list(risks.values("likelihood", "impact", "risk_score").annotate(number=Count("pk")))


def _risk(request: HttpRequest) -> Any:
    number = int(request.GET["pk"])
    risk = Risk.objects.filter(pk=number).values(*_LIST, "description", "process", "plan__unit__name").get()
    follow_ups = FollowUp.objects.filter(control__risk=number).values("control_id", "state", "conclusion", "closing__kind")
    return [risk, list(Control.objects.filter(risk=number).values()), list(follow_ups)]


def _follow_up(request: HttpRequest) -> Any:
    found = FollowUp.objects.select_related("control__risk__plan", "closing", "unit", "performer").get(pk=request.GET["pk"])
    people = User.objects.filter(is_active=True, memberships__unit=found.unit_id)
    return [
        [found.result, found.conclusion, found.state, found.due_on, str(found), found.unit.name, str(found.performer)],
        list(found.actions.values()),
        list(found.evidence.values("pk")),
        list(people.values("pk", "name")),
    ]


def _start(request: HttpRequest) -> Any:
    """What waits for a person: their follow-ups, what is submitted, their checks."""
    follow_ups = FollowUp.objects.order_by("due_on").values(*_FOLLOW_UP)
    near = clock.today() + timedelta(days=31)
    return [
        list(follow_ups.filter(performer=request.user.pk, state__in=FollowUp.OPEN_STATES)[:24]),
        list(follow_ups.filter(state="submitted")[:12]),
        list(Check.objects.filter(performer=request.user.pk, due_on__lte=near).values("pk", "due_on", "state")[:8]),
    ]


def _risk_form(request: HttpRequest) -> Any:
    risk = Risk.objects.filter(pk=request.GET["pk"])
    controls = Control.objects.filter(risk=int(request.GET["pk"]))
    choices = [Unit.objects.values("pk", "name"), User.objects.values("pk", "name"), RiskCategory.objects.values("pk", "name")]
    return [list(risk.values()), list(controls.values()), *(list(one) for one in choices)]


def _create(request: HttpRequest) -> Any:
    plan = ControlPlan.objects.get(pk=request.POST["plan"])
    with transaction.atomic():
        risk = Risk.objects.create(
            plan=plan,
            unit_id=request.POST["unit"],
            title=request.POST["title"],
            number=Risk.objects.filter(plan=plan).count() + 1,
            likelihood=3,
            impact=2,
            risk_score=6,
        )
    return risk.pk


def _save(request: HttpRequest) -> Any:
    with transaction.atomic():
        found = FollowUp.objects.get(pk=request.POST["pk"])
        found.result = request.POST["result"]
        found.save()
    return found.pk


ROWS: dict[str, Rows] = {
    "list": _risks,
    "heatmap": _heatmap,
    "risk": _risk,
    "follow_up": _follow_up,
    "start": _start,
    "risk_form": _risk_form,
    "create": _create,
    "save": _save,
}


@csrf_exempt
def bare(request: HttpRequest, name: str) -> JsonResponse:
    """Answer with the rows, as whoever is signed in."""
    if not request.user.is_authenticated:
        return JsonResponse({}, status=403)
    return JsonResponse({"rows": ROWS[name](request)}, encoder=_Plain)


class _Plain(json.JSONEncoder):
    def default(self, value: Any) -> str:
        return str(value)


urlpatterns = [path("bare/<name>/", bare), *of_the_product]
