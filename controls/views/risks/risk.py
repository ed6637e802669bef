"""A risk's page: its facts, its assessment, its controls, and their results at each closing."""

from __future__ import annotations

from collections import defaultdict
from typing import Any, cast

from django.db.models import Count, Prefetch, QuerySet
from django.views.generic import DetailView

from controls.follow_ups.backing import starting_links
from controls.follow_ups.several_units import sum_follow_ups
from controls.models import Action, Closing, Control, FollowUp
from controls.models.follow_up import of_seen_units
from riskreg import clock
from riskreg.access.grants import may
from riskreg.access.verbs import Verb
from riskreg.models import ControlPlan, Risk, User
from riskreg.views.placing import placings


class RiskView(DetailView):
    template_name = "controls/risk.html"
    context_object_name = "risk"

    def get_queryset(self) -> QuerySet[Risk]:
        seen = Risk.objects.visible_to(cast(User, self.request.user))
        return seen.select_related(
            "plan__unit", "plan__matrix", "unit", "category", "owner", "carried_from__plan"
        ).prefetch_related("plan__matrix__likelihood_levels", "plan__matrix__impact_levels", "plan__matrix__bands")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        risk: Risk = self.object
        user = cast(User, self.request.user)
        matrix = risk.plan.matrix
        carried_from = risk.carried_from
        levels = {level.value: level for level in matrix.likelihoods}, {level.value: level for level in matrix.impacts}
        offered = placings([risk], by=user)[0] if risk.possible_cells else None
        return super().get_context_data(
            title=risk.title,
            crumbs=_crumbs(risk, user),
            likelihood=levels[0].get(risk.likelihood) if risk.likelihood is not None else None,
            impact=levels[1].get(risk.impact) if risk.impact is not None else None,
            placing=offered,
            controls=_with_sums(controls_of(risk, user), risk, user),
            carried_from=carried_from if carried_from and _sees(user, carried_from) else None,
            may_change=may(user, Verb.CHANGE_PLAN, risk.unit) and risk.plan.state != ControlPlan.State.CLOSED,
            today=clock.today(),
            **kwargs,
        )


def controls_of(risk: Risk, user: User) -> QuerySet[Control]:
    """Return the risk's controls in their order, the dropped ones last, with their follow-ups and actions.

    Only the follow-ups that the user sees, the latest closing first.
    """
    actions = Action.objects.select_related("responsible").order_by("pk")
    follow_ups = (
        FollowUp.objects.filter(of_seen_units(user))
        .select_related("closing", "unit", "performer", "submitted_by", "approved_by")
        .annotate(files=Count("evidence"))
        .prefetch_related(Prefetch("actions", actions))
        .order_by("-closing__cut_off", "unit__name_sort", "pk")
    )
    controls = Control.objects.filter(risk=risk).select_related("performer").order_by("is_dropped", "position")
    return controls.prefetch_related(Prefetch("follow_ups", follow_ups))


def _with_sums(controls: QuerySet[Control], risk: Risk, user: User) -> list[Control]:
    """Add `starting_links` to each control, and `sums`: the result of all its units at each closing, for who sees all of them."""
    found = list(controls)
    overseen = risk.is_municipality_wide and may(user, Verb.VIEW, risk.unit)
    for control in found:
        control.starting_links = starting_links(control)  # type: ignore[attr-defined]
        by_closing: dict[Closing, list[FollowUp]] = defaultdict(list)
        for follow_up in control.follow_ups.all() if overseen else ():
            by_closing[follow_up.closing].append(follow_up)
        control.sums = [(closing, sum_follow_ups(each)) for closing, each in by_closing.items()]  # type: ignore[attr-defined]
    return found


def _sees(user: User, risk: Risk) -> bool:
    return Risk.objects.visible_to(user).filter(pk=risk.pk).exists()


def _crumbs(risk: Risk, user: User) -> list[tuple[str, str | None]]:
    """Return the plan, with its link where the user may see its page."""
    return [(str(risk.plan), risk.plan.get_absolute_url() if may(user, Verb.VIEW, risk.plan.unit) else None)]
