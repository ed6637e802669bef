"""The list of plans: the progress of each, and its risks by band."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any, cast

from django.core.paginator import Paginator
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils.translation import gettext_lazy
from django.views.generic import TemplateView

from riskreg.access.grants import may
from riskreg.access.verbs import Verb
from riskreg.filtering.choices import choices_for
from riskreg.heatmap.cells import count_with_hidden
from riskreg.models import ControlPlan, Risk, RiskBand, RiskMatrix, User

PER_PAGE = 50


@dataclass(frozen=True, slots=True)
class PlanRow:
    plan: ControlPlan
    number: int
    """Risks the user sees in it."""
    bands: list[tuple[RiskBand, int]]
    """The highest first, only those with risks."""
    not_scored: int
    hidden: int
    """Confidential ones the user does not see."""

    @property
    def heatmap_url(self) -> str:
        return f"{reverse('heatmap')}?plan={self.plan.pk}"

    @property
    def risks_url(self) -> str:
        return f"{reverse('risks')}?plan={self.plan.pk}"


def plan_row(plan: ControlPlan, scores: Scores, matrix: RiskMatrix) -> PlanRow:
    """Return the plan with its risks' scores summed by band."""
    numbers = {band.pk: 0 for band in matrix.ordered_bands}
    for score, number in scores.by_score.items():
        band = matrix.band_of(score)
        if band is not None:
            numbers[band.pk] += number
    bands = [(band, numbers[band.pk]) for band in reversed(matrix.ordered_bands) if numbers[band.pk]]
    return PlanRow(plan, sum(scores.by_score.values()), bands, scores.by_score.get(None, 0), scores.hidden)


class PlanListView(TemplateView):
    template_name = "riskreg/plan_list.html"
    extra_context = {"title": gettext_lazy("Plans")}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        user = cast(User, self.request.user)
        plans = ControlPlan.objects.visible_to(user).select_related("unit").order_by("-year", "unit__name_sort", "pk")
        page = Paginator(plans, PER_PAGE).get_page(self.request.GET.get("page"))
        choices = choices_for(user)
        scores = scores_by_plan(user, [plan.pk for plan in page])
        rows = [plan_row(plan, scores[plan.pk], choices.matrices.get(plan.matrix_id) or plan.matrix) for plan in page]
        return super().get_context_data(page_obj=page, rows=rows, may_make_plans=may(user, Verb.CHANGE_PLAN), **kwargs)


@dataclass(slots=True)
class Scores:
    """The number of a plan's visible risks by score, and the number hidden from the user."""

    by_score: dict[int | None, int] = field(default_factory=dict)
    hidden: int = 0


def scores_by_plan(user: User, plans: list[int]) -> dict[int, Scores]:
    """Count the scores of each plan in one query."""
    # Not by the column itself, or an index in its order is taken, and each risk read.
    risks = Risk.objects.current().filter(plan__in=plans).annotate(score=Coalesce("risk_score", 0))
    seen, hidden = count_with_hidden(lambda: (risks.visible_to(user), risks.hidden_from(user)), "plan_id", "score")
    found: dict[int, Scores] = defaultdict(Scores)
    for (plan, score), number in seen:
        found[plan].by_score[score or None] = number
    for (plan, _score), number in hidden:
        found[plan].hidden += number
    return found
