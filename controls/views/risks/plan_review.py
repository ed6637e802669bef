"""Review of last year's risks for this year's plan, one by one, with their results beside them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, cast

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from controls.riskreg_hooks.carrying_over import CameAlong, came_along
from riskreg import clock
from riskreg.access.grants import may
from riskreg.access.verbs import Verb
from riskreg.models import ControlPlan, Risk, RiskBand, User
from riskreg.models.risk import RiskQuerySet
from riskreg.plans.gate import VERB_LABELS
from riskreg.plans.risks import drop_risk, keep_risk, restore_risk
from riskreg.plans.transitions import RISK
from riskreg.web.asking import REFUSALS, Place, ReasonForm, RecordVerb, ask, words_of
from riskreg.web.whole_number import whole_number


@dataclass(frozen=True, slots=True)
class ReviewRow:
    """A carried risk beside what it was last year and what that led to."""

    risk: Risk
    band: RiskBand | None
    before: Risk | None
    """None when it is confidential, and not for the reader's eyes."""
    band_before: RiskBand | None
    left: CameAlong
    may_decide: bool
    owner_has_left: bool


@require_http_methods(["GET", "HEAD", "POST"])
def plan_review(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Show what is decided and what is left (GET); keep, drop or restore one risk, or keep the rest (POST)."""
    user = cast(User, request.user)
    plan = ControlPlan.objects.visible_to(user).select_related("unit", "matrix", "carried_from__unit").filter(pk=pk).first()
    if plan is None or plan.carried_from is None:
        raise Http404
    if request.method == "POST":
        return _decide(request, plan, user)
    rows = _rows(plan, user)
    new = list(_risks(plan, user).filter(carried_from__isnull=True, is_dropped=False).order_by("number"))
    undecided = [row for row in rows if row.risk.origin == "undecided"]
    context = {
        "title": _("Going through last year's risks"),
        "crumbs": [(str(plan), plan.get_absolute_url())],
        "plan": plan,
        "rows": rows,
        "new": [(risk, plan.matrix.band_of(risk.risk_score)) for risk in new],
        "undecided": undecided,
        "decided": len(rows) - len(undecided),
        "may_keep_all": any(row.may_decide for row in undecided),
        "today": clock.today(),
    }
    return render(request, "controls/plan_review.html", context)


def _risks(plan: ControlPlan, user: User) -> RiskQuerySet:
    return Risk.objects.visible_to(user).filter(plan=plan)


def _rows(plan: ControlPlan, user: User) -> list[ReviewRow]:
    assert plan.carried_from is not None
    left = came_along(plan, user)
    carried = _risks(plan, user).filter(carried_from__isnull=False).order_by("number")
    possible = "keep" in RISK.verbs_from(plan.state)
    scales = plan.carried_from.matrix if plan.carried_from.matrix_id != plan.matrix_id else plan.matrix
    rows = []
    seen_before = set(Risk.objects.visible_to(user).filter(carried_to__plan=plan).values_list("pk", flat=True))
    for risk in carried.select_related("unit", "owner", "carried_from__plan", "decided_by"):
        risk.plan = plan
        before = cast(Risk, risk.carried_from)
        is_seen = before.pk in seen_before
        rows.append(
            ReviewRow(
                risk,
                plan.matrix.band_of(risk.risk_score),
                before if is_seen else None,
                scales.band_of(before.risk_score) if is_seen else None,
                left.get(risk.pk, CameAlong()),
                possible and may(user, Verb.CHANGE_PLAN, risk.unit),
                risk.owner_id is None and before.owner_id is not None,
            )
        )
    return rows


class DropForm(ReasonForm):
    """Ask why a risk is dropped. The page posts it to itself, with what is decided of which risk."""

    act = forms.CharField(widget=forms.HiddenInput)
    risk = forms.CharField(widget=forms.HiddenInput)

    def clean(self) -> dict[str, Any]:
        return {"reason": self.cleaned_data.get("reason", "")}


def _decide(request: HttpRequest, plan: ControlPlan, user: User) -> HttpResponseBase:
    act = request.POST.get("act", "")
    page = reverse("plan_review", args=[plan.pk])
    if act == "keep_all":
        _keep_all(request, plan, user)
        return redirect(page)
    number = whole_number(request.POST.get("risk", ""))
    risk = None if number is None else _risks(plan, user).filter(pk=number).first()
    if risk is None or act not in DECISIONS:
        raise Http404
    verb = replace(DECISIONS[act], goes_to=lambda _saved: _next_undecided(plan, user, risk.number))
    crumbs = [(str(plan), plan.get_absolute_url()), (_("Going through last year's risks"), page)]
    return ask(request, verb, risk, Place(f"{page}#risk-{risk.pk}", f"{risk.reference} {risk.title}", crumbs))


def _decision(name: str, act: Callable[..., Risk], **how: Any) -> RecordVerb:
    """Return a verb without a message when it is done: the page shows the result, and goes on to the next risk."""
    return RecordVerb(name, VERB_LABELS[name], act, said=lambda _risk, _saved: "", **how)


DECISIONS = {
    "keep": _decision("keep", keep_risk),
    "drop": _decision("drop", drop_risk, form=DropForm, tone="danger"),
    "restore": _decision("restore", restore_risk),
}


def _next_undecided(plan: ControlPlan, user: User, number: int) -> str:
    """Return the address of the next risk to decide on, after the one with the number; else of the first."""
    page, undecided = reverse("plan_review", args=[plan.pk]), _risks(plan, user).current().undecided().order_by("number")
    goal = undecided.filter(number__gt=number).first() or undecided.first()
    return f"{page}#risk-{goal.pk}" if goal else page


def _keep_all(request: HttpRequest, plan: ControlPlan, user: User) -> None:
    kept, refused = 0, ""
    for risk in _risks(plan, user).current().undecided():
        try:
            keep_risk(risk, by=user)
            kept += 1
        except REFUSALS as refusal:
            refused = words_of(refusal)
    if kept:
        messages.success(request, ngettext("%(count)d risk kept.", "%(count)d risks kept.", kept) % {"count": kept})
    if refused:
        messages.error(request, refused)
