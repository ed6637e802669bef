"""Admin of plans: their own fields, their life as buttons, their risks as a list with links."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django.contrib import admin
from django.db import models
from django.db.models import Count, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from riskreg.access.grants import may
from riskreg.access.verbs import Verb
from riskreg.admin.base import ScopedRelatedFilter, column, signed_in
from riskreg.admin.verbs import VerbAdmin
from riskreg.models import ControlPlan, Risk, RiskMatrix, User
from riskreg.plans import life
from riskreg.templatetags.presentation import state_tag
from riskreg.verbs.concurrency import VersionedModelForm
from riskreg.views.plan_verbs import PLAN_VERBS
from riskreg.web.asking import RecordVerb

RISKS_SHOWN = 50


def _page(plan: ControlPlan) -> str:
    return reverse("admin:riskreg_controlplan_change", args=[plan.pk])


class PlanForm(VersionedModelForm):
    class Meta:
        model = ControlPlan
        fields = ["unit", "year", "matrix", "registry_number", "source"]


@admin.register(ControlPlan)
class PlanAdmin(VerbAdmin[ControlPlan]):
    nothing_yet = gettext_lazy("Add a plan, import one from a file, or carry last year's over.")
    add_verb = Verb.CHANGE_PLAN
    change_verb = Verb.CHANGE_PLAN
    form = PlanForm
    change_form_template = "admin/riskreg/controlplan/change_form.html"
    list_display = ["unit", "year_shown", "state_shown", "risk_count", "adopted_shown"]
    list_display_links = ["unit", "year_shown"]
    list_filter = ["year", "state", ("unit", ScopedRelatedFilter)]
    list_select_related = ["unit"]
    search_fields = ["unit__name", "registry_number"]
    ordering = ["-year", "unit__name_sort"]
    verbs = [
        *(replace(verb, goes_to=_page) if verb.name == "carry_over" else verb for verb in PLAN_VERBS),
        RecordVerb(
            "carry_over_to_next_year",
            lambda: _("Carry over to the year after"),
            life.carry_over,
            lambda plan, user: False,
            in_batch=True,
            said=lambda plan, _new: _("The plan is carried over to the year after: %(plan)s.") % {"plan": plan},
        ),
    ]
    """Others add what is theirs to do with a plan (`PlanAdmin.verbs.append`)."""

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[ControlPlan]:
        plans = super().get_queryset(request).select_related("unit", "matrix", "carried_from__unit")
        # Counted for each plan by itself, in an index: joined and grouped, the risks of all plans would be sorted.
        risks = Risk.objects.current().filter(plan=OuterRef("pk")).order_by().values("plan").annotate(number=Count("*"))
        return plans.annotate(risks_now=Coalesce(Subquery(risks.values("number")), 0))

    def get_fields(self, request: HttpRequest, obj: ControlPlan | None = None) -> list[str]:
        is_open = obj is None or self.has_change_permission(request, obj)
        year = "year" if is_open and not self.get_readonly_fields(request, obj) else "year_shown"
        fields = ["unit", year, "matrix", "registry_number", "source"]
        return [*fields, "version"] if obj is not None and is_open else fields

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        """Fix unit, year and matrix once the plan holds risks."""
        return ["unit", "year_shown", "matrix"] if obj is not None and (not obj.is_open_for_changes or obj.risks_now) else []

    def may_change_now(self, request: HttpRequest, obj: ControlPlan) -> bool:
        return obj.is_open_for_changes

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "matrix":
            kwargs["queryset"] = RiskMatrix.objects.applying_to(signed_in(request)).select_related("unit")
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def save_model(self, request: HttpRequest, obj: ControlPlan, form: Any, change: bool) -> None:
        values = {name: form.cleaned_data[name] for name in form.cleaned_data if name != "version"}
        by = signed_in(request)
        if change:
            life.change_plan(obj, by=by, version=form.cleaned_data.get("version"), **values)
        else:
            obj.__dict__.update(life.make_plan(by=by, **values).__dict__)

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any) -> HttpResponse:
        plan = context.get("original")
        if plan is not None:
            context |= self._page_context(plan, signed_in(request))
        return super().render_change_form(request, context, *args, **kwargs)

    def _page_context(self, plan: ControlPlan, user: User) -> dict[str, Any]:
        seen = Risk.objects.visible_to(user).filter(plan=plan)
        counted = seen.aggregate(
            current=Count("pk", filter=Q(is_dropped=False)),
            undecided=Count("pk", filter=Q(is_dropped=False, carried_from__isnull=False, decision="")),
        )
        risks = list(seen.current().select_related("unit", "owner").order_by("number")[:RISKS_SHOWN])
        for risk in risks:
            risk.plan = plan
        return {
            "risks": risks,
            "risk_total": counted["current"],
            "undecided": counted["undecided"],
            "versions": list(plan.versions.defer("content").select_related("made_by")),
            "may_add_risk": plan.is_open_for_changes and may(user, Verb.CHANGE_PLAN, plan.unit),
        }

    year_shown = column(gettext_lazy("year"), lambda row: str(row.year), ordering="year")

    @admin.display(description=gettext_lazy("state"), ordering="state")
    def state_shown(self, plan: ControlPlan) -> SafeString:
        if plan.is_under_revision:
            return state_tag("returned", _("Under revision"))
        return state_tag(plan.state, plan.get_state_display())

    @admin.display(description=gettext_lazy("adopted"), ordering="adopted_on")
    def adopted_shown(self, plan: ControlPlan) -> str:
        if plan.adopted_on is None:
            return "–"
        return _("%(date)s, %(paragraph)s") % {"date": plan.adopted_on.isoformat(), "paragraph": plan.adopted_paragraph}

    risk_count = column(gettext_lazy("risks"), lambda row: int(row.risks_now))
