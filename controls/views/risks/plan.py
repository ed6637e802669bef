"""A plan's page: its facts, and its risks in order with the follow-up of each."""

from __future__ import annotations

from typing import Any, cast

from django.core.paginator import Paginator
from django.db.models import Prefetch, QuerySet
from django.urls import reverse
from django.views.generic import DetailView

from controls.analysis.concluded import latest_conclusions
from controls.models import Control
from controls.plan_controls.left_to_do import what_is_left
from controls.riskreg_hooks.carrying_over import came_along
from controls.views.risks.plan_verbs import buttons
from riskreg.access.grants import may
from riskreg.access.verbs import Verb
from riskreg.models import ControlPlan, Risk, User
from riskreg.views.plans import plan_row, scores_by_plan

PER_PAGE = 100


class PlanView(DetailView):
    template_name = "controls/plan.html"
    context_object_name = "plan"

    def get_queryset(self) -> QuerySet[ControlPlan]:
        seen = ControlPlan.objects.visible_to(cast(User, self.request.user))
        return seen.select_related("unit", "matrix", "carried_from__unit").prefetch_related("matrix__bands")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        plan: ControlPlan = self.object
        user = cast(User, self.request.user)
        current = Control.objects.filter(is_dropped=False)
        risks = (
            Risk.objects.current()
            .visible_to(user)
            .filter(plan=plan)
            .select_related("unit", "owner", "category")
            .prefetch_related(Prefetch("controls", current.order_by("position").select_related("performer"), "current_controls"))
            .order_by("number")
        )
        page = Paginator(risks, PER_PAGE).get_page(self.request.GET.get("page"))
        for risk in page:
            risk.plan = plan
        concluded = latest_conclusions(user, [risk.pk for risk in page])
        came = came_along(plan, user).values()
        verbs = buttons(plan, user)
        may_change = may(user, Verb.CHANGE_PLAN, plan.unit) and plan.state != ControlPlan.State.CLOSED
        return super().get_context_data(
            title=str(plan),
            crumbs=[(str(ControlPlan._meta.verbose_name_plural).capitalize(), reverse("plans"))],
            page_obj=page,
            rows=[(risk, concluded.get(risk.pk, [])) for risk in page],
            summary=plan_row(plan, scores_by_plan(user, [plan.pk])[plan.pk], plan.matrix),
            versions=list(plan.versions.defer("content").order_by("-number")) if plan.adopted_on else [],
            still_open=[action for one in came for action in one.actions],
            left=what_is_left(plan, user) if may_change else [],
            next_steps=[button for button in verbs if button.tone == "primary"],
            other_verbs=[button for button in verbs if button.tone != "primary"],
            may_change=may_change,
            **kwargs,
        )
