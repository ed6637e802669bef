"""The page of the year, for the units the user sees."""

from __future__ import annotations

from typing import cast

from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from controls.models import Closing
from controls.year.overview import STATES, SYMBOLS, TONES, WORDS, year_of
from controls.year.wheel import wheel_of
from riskreg import clock
from riskreg.access.grants import may
from riskreg.access.sight import units_seen_by
from riskreg.access.verbs import Verb
from riskreg.models import ControlPlan, Unit, User
from riskreg.plans.coverage import YEARS_BACK, years_asked_for
from riskreg.web.whole_number import whole_number


@require_safe
def year(request: HttpRequest) -> HttpResponse:
    """Show the year and unit in the address; by default the running year, or the last existing, of all units."""
    user, today = cast(User, request.user), clock.today()
    plan_years = set(ControlPlan.objects.visible_to(user).values_list("year", flat=True))
    # A year that no plan is adopted for is shown as well, where there ought to be one.
    awaited = {one for one in years_asked_for(today) if plan_years & set(range(one - YEARS_BACK, one))}
    years = sorted(plan_years | awaited | set(Closing.objects.visible_to(user).values_list("year", flat=True)), reverse=True)
    asked = whole_number(request.GET.get("year", ""))
    usual = today.year if today.year in years else next((one for one in years if one < today.year), today.year)
    shown = asked if asked is not None and 2000 <= asked <= 2100 else usual
    units = list(Unit.objects.filter(units_seen_by(user)).order_by("path"))
    unit = next((one for one in units if str(one.pk) == request.GET.get("unit")), None)
    found = year_of(user, shown, today, unit)
    context = {
        "title": _("The year %(year)d") % {"year": shown},
        "found": found,
        "wheel": wheel_of(found),
        "years": years,
        "units": [(one, one.path.count("/") - 2) for one in units],
        "unit": unit,
        "key": [(TONES[state], SYMBOLS[state], WORDS[state], found.totals[state]) for state in STATES],
        "percent": round(100 * found.totals["done"] / found.total) if found.total else None,
        "may_set": may(user, Verb.CHANGE_CLOSING),
        "today": today,
    }
    return TemplateResponse(request, "controls/year.html", context)
