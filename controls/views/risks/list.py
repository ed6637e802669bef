"""The list of risks with what controls know: the methods, and the latest conclusions."""

from __future__ import annotations

from typing import Any, cast

from django.db.models import Prefetch, QuerySet

from controls.analysis.filters import RiskFilter
from controls.models import Conclusion, Control, FollowUp, Method
from controls.models.follow_up import of_seen_units
from riskreg.models import Risk, User
from riskreg.views.risks import RiskListView as BaseRiskListView


class RiskListView(BaseRiskListView):
    template_name = "controls/risk_list.html"
    filterset_class = RiskFilter

    def rows(self, risks: QuerySet[Risk]) -> QuerySet[Risk]:
        return super().rows(risks).prefetch_related(concluded_controls(cast(User, self.request.user)))

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        context["rows"] = [(risk, methods_of(risk), latest_conclusions(risk)) for risk in context["page_obj"]]
        return context


def concluded_controls(user: User) -> Prefetch[Any]:
    """Prefetch a risk's current controls as `current_controls`, each with its concluded follow-ups.

    Only the follow-ups that the user sees, the latest first.
    """
    seen = FollowUp.objects.filter(of_seen_units(user))
    stated = seen.exclude(conclusion="").select_related("closing").order_by("-closing__cut_off", "pk")
    stated = stated.only("control", "unit", "conclusion", "closing__year", "closing__kind", "closing__cut_off")
    controls = Control.objects.filter(is_dropped=False).order_by("position").select_related("performer")
    return Prefetch(
        "controls", controls.prefetch_related(Prefetch("follow_ups", stated, to_attr="concluded")), to_attr="current_controls"
    )


def methods_of(risk: Any) -> list[Method]:
    """Return the methods of the risk's controls, each once, in the controls' order."""
    return [Method(name) for name in dict.fromkeys(control.method for control in risk.current_controls)]


def latest_conclusions(risk: Any) -> list[FollowUp]:
    """Return each control's latest conclusion in each unit, each conclusion once, the gravest first."""
    latest: dict[tuple[int, int], FollowUp] = {}
    for control in risk.current_controls:
        for follow_up in control.concluded:
            latest.setdefault((control.pk, follow_up.unit_id), follow_up)
    by_conclusion: dict[str, FollowUp] = {}
    for follow_up in sorted(latest.values(), key=lambda each: each.closing.cut_off, reverse=True):
        by_conclusion.setdefault(follow_up.conclusion, follow_up)
    return sorted(by_conclusion.values(), key=lambda each: Conclusion(each.conclusion).gravity)
