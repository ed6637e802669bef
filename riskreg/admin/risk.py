"""Admin of risks: one form with the assessment in the matrix's words; kept, dropped and restored by verbs."""

from __future__ import annotations

from typing import Any, cast

from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db import models
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from riskreg.access.grants import may, standing_of
from riskreg.access.sight import units_where
from riskreg.access.verbs import Verb
from riskreg.admin.base import ScopedRelatedFilter, column, signed_in
from riskreg.admin.risk_form import RiskForm
from riskreg.admin.verbs import VerbAdmin
from riskreg.database.compiled import rows_once_compiled
from riskreg.models import ControlPlan, Risk, RiskCategory, Unit, User
from riskreg.models.matrix import matrix_with_scales
from riskreg.plans.earlier_wording import has_withheld_wording, may_decide, show_earlier, withhold_earlier
from riskreg.plans.gate import VERB_LABELS
from riskreg.plans.risks import add_risk, change_risk, drop_risk, keep_risk, restore_risk
from riskreg.plans.transitions import RISK
from riskreg.templatetags.presentation import band_tag
from riskreg.verbs.errors import ReasonNeeded
from riskreg.web.asking import ReasonForm, RecordVerb
from riskreg.web.whole_number import whole_number

_TEXT = ["unit", "title", "description", "category", "process", "is_municipality_wide"]
_ORIGINS = {
    "new": gettext_lazy("New"),
    "undecided": gettext_lazy("Not gone through"),
    "kept": gettext_lazy("Kept"),
    "changed": gettext_lazy("Changed"),
    "dropped": gettext_lazy("Dropped"),
}


def _may(verb: str, risk: Risk, user: User) -> bool:
    return verb in RISK.verbs_from(risk.plan.state) and may(user, Verb.CHANGE_PLAN, risk.unit)


_SAID = {
    "keep": gettext_lazy("The risk stays in the plan: %(risk)s."),
    "drop": gettext_lazy("The risk is dropped from the plan: %(risk)s."),
    "restore": gettext_lazy("The risk is in the plan again: %(risk)s."),
    "show_earlier": gettext_lazy("The earlier wordings are shown: %(risk)s."),
    "withhold_earlier": gettext_lazy("The earlier wordings are withheld: %(risk)s."),
}


def _verb(name: str, act: Any, is_open: Any, **how: Any) -> RecordVerb:
    return RecordVerb(name, VERB_LABELS[name], act, is_open, said=lambda risk, _done: _SAID[name] % {"risk": risk.title}, **how)


def _when(name: str, is_for: Any) -> Any:
    return lambda risk, user: is_for(risk) and _may(name, risk, user)


def _may_show_earlier(risk: Risk, user: User) -> bool:
    return not risk.is_confidential and _may("show_earlier", risk, user) and has_withheld_wording(risk) and may_decide(risk, user)


def _may_withhold_earlier(risk: Risk, user: User) -> bool:
    is_shown = not risk.is_confidential and risk.opened_before is not None
    return is_shown and _may("withhold_earlier", risk, user) and may_decide(risk, user)


class OriginFilter(admin.SimpleListFilter):
    title = gettext_lazy("beside last year")
    parameter_name = "origin"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(code, str(label)) for code, label in _ORIGINS.items()]

    def queryset(self, request: HttpRequest, queryset: models.QuerySet[Any]) -> models.QuerySet[Any]:
        chosen = self.value()
        if chosen == "new":
            return queryset.filter(carried_from__isnull=True, decision="")
        if chosen == "undecided":
            return queryset.filter(carried_from__isnull=False, decision="")
        return queryset.filter(decision=chosen) if chosen in _ORIGINS else queryset


@admin.register(Risk)
class RiskAdmin(VerbAdmin[Risk]):
    """Other apps add what hangs under a risk to `inlines`; an inline saves by its own verbs."""

    nothing_yet = gettext_lazy("Risks belong to a plan: add one to a plan in draft, or import the plan from a file.")
    add_verb = Verb.CHANGE_PLAN
    change_verb = Verb.CHANGE_PLAN
    form = RiskForm
    change_form_template = "admin/riskreg/risk/change_form.html"
    list_display = ["reference_shown", "title", "unit", "owner_shown", "level", "origin_shown"]
    list_display_links = ["reference_shown", "title"]
    list_filter = [
        ("plan", ScopedRelatedFilter),
        ("unit", ScopedRelatedFilter),
        "category",
        OriginFilter,
        "is_confidential",
        "is_municipality_wide",
    ]
    list_select_related = ["plan__unit", "unit", "owner", "category"]
    search_fields = ["title", "description", "process", "owner__name", "owner_text"]
    ordering = ["-plan__year", "plan", "number"]
    plan_field = "plan"
    inlines: list[Any] = []
    verbs = [
        _verb("keep", keep_risk, _when("keep", lambda risk: risk.origin == "undecided"), tone="primary", in_batch=True),
        _verb("drop", drop_risk, _when("drop", lambda risk: not risk.is_dropped), form=ReasonForm, tone="danger", in_batch=True),
        _verb("restore", restore_risk, _when("restore", lambda risk: risk.is_dropped), in_batch=True),
        _verb("show_earlier", show_earlier, _may_show_earlier, form=ReasonForm),
        _verb("withhold_earlier", withhold_earlier, _may_withhold_earlier, form=ReasonForm),
    ]

    # The list

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Risk]:
        risks = super().get_queryset(request).select_related("plan__unit", "unit", "owner", "category", "carried_from__plan")
        return risks.prefetch_related("plan__matrix__bands")

    reference_shown = column(gettext_lazy("no."), lambda row: row.reference, ordering="number")
    owner_shown = column(gettext_lazy("owner"), lambda row: row.owner_name or "–", ordering="owner__name_sort")
    level = column(gettext_lazy("level"), lambda row: band_tag(row.band, row.risk_score), ordering="risk_score")
    origin_shown = column(gettext_lazy("beside last year"), lambda row: str(_ORIGINS[row.origin]))

    # The form

    def get_fieldsets(self, request: HttpRequest, obj: Risk | None = None) -> Any:
        change = obj is not None and self.has_change_permission(request, obj)
        assessment: list[Any] = [("likelihood", "impact"), "risk_score", "placement_note"]
        if change:
            assessment += ["reason", "version"]
        secrecy = ["is_confidential", "confidentiality_section"]
        if change and obj is not None and obj.is_confidential:
            secrecy.append("earlier_wording")
        return [
            (None, {"fields": ["unit", "title", "description", "category", "process", "is_municipality_wide"]}),
            (gettext_lazy("Assessment"), {"fields": assessment}),
            (gettext_lazy("After controls"), {"fields": [("residual_likelihood", "residual_impact"), "residual_score"]}),
            (gettext_lazy("Owner"), {"fields": ["owner", "owner_text"]}),
            (gettext_lazy("Confidentiality"), {"fields": secrecy}),
        ]

    def get_readonly_fields(self, request: HttpRequest, obj: Risk | None = None) -> list[str]:
        """Fix the text in an adopted plan until it is revised; the assessment and the owner may change."""
        return _TEXT if obj is not None and not obj.plan.is_open_for_changes else []

    def may_change_now(self, request: HttpRequest, obj: Risk) -> bool:
        return obj.plan.state != ControlPlan.State.CLOSED and not obj.is_dropped

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Risk | None:
        pk, user = whole_number(object_id), signed_in(request)
        key = "a risk in the administration", standing_of(user)

        def one(asked: int) -> models.QuerySet[Risk]:
            return self.get_queryset(request).prefetch_related(None).filter(pk=asked)

        found = [] if pk is None else rows_once_compiled(key, one, pk)
        risk: Risk | None = found[0] if found else None
        if risk is not None:
            risk.plan.matrix = matrix_with_scales(risk.plan.matrix_id)
        return risk

    def get_form(self, request: HttpRequest, obj: Risk | None = None, change: bool = False, **kwargs: Any) -> Any:
        form = super().get_form(request, obj, change=change, **kwargs)
        # Of the class, which is made for this request: another one below it would make every field anew.
        form.plan_of_new = None if obj is not None else self._plan_of(request)
        return form

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        user = signed_in(request)
        if db_field.name == "unit":
            kwargs["queryset"] = Unit.objects.filter(units_where(user, Verb.CHANGE_PLAN)).order_by("path")
        elif db_field.name == "owner":
            kwargs["queryset"] = User.objects.visible_to(user).order_by("name_sort")
        elif db_field.name == "category":
            kwargs["queryset"] = RiskCategory.objects.order_by("name_sort")
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def _plan_of(self, request: HttpRequest) -> ControlPlan | None:
        """Return the plan a new risk goes to, from the address; read once in a request."""
        if not hasattr(request, "_plan_of_risk"):
            chosen = whole_number(request.GET.get("plan", ""))
            key = "an open plan in the administration", standing_of(signed_in(request))
            one: list[ControlPlan] = []
            if chosen is not None:
                one = rows_once_compiled(key, lambda pk: self._open_plans(request).filter(pk=pk), chosen)
            found = one[0] if one else None
            if found is not None:
                found.matrix = matrix_with_scales(found.matrix_id)
            request._plan_of_risk = found  # type: ignore[attr-defined]
        return cast("ControlPlan | None", request._plan_of_risk)  # type: ignore[attr-defined]

    def _open_plans(self, request: HttpRequest) -> models.QuerySet[ControlPlan]:
        may_add = ControlPlan.objects.filter(units_where(signed_in(request), Verb.CHANGE_PLAN, "unit"))
        open_now = may_add.filter(state__in=[ControlPlan.State.DRAFT, ControlPlan.State.PROPOSED])
        return open_now.select_related("unit")

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        """Ask for the plan first: its matrix decides what can be chosen in the form."""
        if not self.has_add_permission(request):
            return cast(HttpResponse, super().add_view(request, form_url, extra_context))
        if self._plan_of(request) is not None:
            return cast(HttpResponse, super().add_view(request, form_url, extra_context))
        if request.method == "POST":
            raise Http404
        context = {
            **self.admin_site.each_context(request),
            "title": _("Add a risk"),
            "plans": self._open_plans(request).order_by("-year", "unit__name_sort"),
            "opts": self.opts,
        }
        return TemplateResponse(request, "admin/riskreg/risk/choose_plan.html", context)

    def save_model(self, request: HttpRequest, obj: Risk, form: Any, change: bool) -> None:
        values, by = form.as_values(), signed_in(request)
        if not change:
            plan = self._plan_of(request)
            if plan is None:
                raise Http404
            obj.__dict__.update(add_risk(plan, by=by, **values).__dict__)
            return
        try:
            given = {"reason": form.cleaned_data["reason"], "version": form.cleaned_data["version"]}
            saved = change_risk(obj, by=by, shows_earlier=form.shows_earlier, **given, **values)
        except ReasonNeeded:
            raise ValidationError({"reason": _("Likelihood, impact or score have changed: write a few words on why.")}) from None
        obj.__dict__.update(saved.__dict__)

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, form_url: str = "", extra_context: Any = None
    ) -> HttpResponseBase:
        # The plan stays in the address when the form is sent.
        plan = self._plan_of(request) if object_id is None else None
        address = f"{request.path}?plan={plan.pk}" if plan else form_url
        return super().changeform_view(request, object_id, address, extra_context)

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any) -> HttpResponse:
        risk = context.get("original")
        if risk is not None:
            context["origin"] = _ORIGINS[risk.origin]
            # Last year's risk may be confidential where this year's no longer is.
            before = self.get_queryset(request).filter(pk=risk.carried_from_id) if risk.carried_from_id else None
            context["carried_from"] = before.first() if before is not None else None
            context["plan_url"] = reverse("admin:riskreg_controlplan_change", args=[risk.plan_id])
        return super().render_change_form(request, context, *args, **kwargs)
