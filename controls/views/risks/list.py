"""The list of risks with what controls know: the methods, and the latest conclusions."""

from __future__ import annotations

from typing import Any, cast

from controls.analysis.concluded import latest_conclusions, methods_by_risk
from controls.analysis.filters import RiskFilter
from controls.templatetags.conclusions import cells_of_controls
from riskreg.models import User
from riskreg.views.risks import RiskListView as BaseRiskListView


class RiskListView(BaseRiskListView):
    template_name = "controls/risk_list.html"
    filterset_class = RiskFilter

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        risks = [risk.pk for risk in context["page_obj"]]
        methods, conclusions = methods_by_risk(risks), latest_conclusions(cast(User, self.request.user), risks)
        context["more_cells"] = [cells_of_controls(methods.get(pk, []), conclusions.get(pk, [])) for pk in risks]
        return context
