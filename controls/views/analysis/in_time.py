"""The follow-ups behind the trend's numbers of lateness: those in time, after their day, and late."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.utils.translation import gettext_lazy, ngettext
from django.views.generic import TemplateView

from controls.analysis.filters import InTimeFilter
from controls.analysis.lateness import LATENESS
from riskreg import clock
from riskreg.filtering.risks import RiskFilter
from riskreg.views.scope import ScopedToRisks
from riskreg.web.pages_by_key import PagesByKey

PER_PAGE = 50


class InTimeView(ScopedToRisks, TemplateView):
    template_name = "controls/in_time.html"
    filterset_class: type[RiskFilter] = InTimeFilter
    extra_context = {"title": gettext_lazy("Follow-ups in time or late")}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        chosen, today = self.scope.filter, clock.today()
        assert isinstance(chosen, InTimeFilter)
        found = chosen.with_lateness(today).select_related("closing", "unit", "performer", "control__risk__plan")
        ordered = found.order_by("due_on", "control__risk__plan__year", "control__risk__number", "pk")
        page = PagesByKey(ordered, PER_PAGE).get_page(self.request.GET.get("page"))
        rows = [(one, LATENESS[one.came], _days_late(one, today)) for one in page]
        return super().get_context_data(filter=chosen, page_obj=page, rows=rows, **kwargs)


def _days_late(follow_up: Any, today: date) -> str:
    """Return in words how long after its day it was submitted, or has been awaited; '' where it is not late."""
    kinds: dict[str, date | None] = {"after": follow_up.submitted_day, "late": today}
    until = kinds.get(follow_up.came)
    if until is None:
        return ""
    days = (until - follow_up.due_on).days
    return ngettext("%(days)d day late", "%(days)d days late", days) % {"days": days}
