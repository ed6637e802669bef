"""The page where an indicator is defined, and the page of one: what it measures and which units keep a series of it."""

from __future__ import annotations

from typing import cast

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from controls.indicators.definitions import define
from controls.indicators.figures.reading import read
from controls.indicators.figures.status import Status
from controls.indicators.known import read_figures
from controls.indicators.words import LOOKS, missing_words, period_words, with_measure
from controls.models import IndicatorSeries
from controls.views.indicators.ask import indicator_buttons, why_no_series
from controls.views.indicators.forms import DefinitionForm
from controls.views.indicators.seen import crumbs_of, seen_indicator
from riskreg import clock
from riskreg.access.grants import may, require
from riskreg.access.verbs import Verb
from riskreg.models import User
from riskreg.web.asking import REFUSALS, add_refusal


@require_http_methods(["GET", "HEAD", "POST"])
def indicator_define(request: HttpRequest) -> HttpResponse:
    """Define an indicator."""
    user = cast(User, request.user)
    require(user, Verb.KEEP_INDICATOR)
    form, status = DefinitionForm(request.POST or None, user=user), 200
    if request.method == "POST" and form.is_valid():
        try:
            made = define(form.cleaned_data["unit"], by=user, described=form.described())
        except REFUSALS as refusal:
            status = add_refusal(form, refusal)
        else:
            messages.success(request, _("“%(name)s” is defined. Begin a series of it.") % {"name": made.name})
            return redirect("indicator_series_open", made.pk)
    context = {"title": _("Define an indicator"), "crumbs": crumbs_of(), "form": form}
    return render(request, "controls/indicators/define.html", context, status=status)


@require_safe
def indicator(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the indicator's definition, and where the series that the user sees stand."""
    user, today = cast(User, request.user), clock.today()
    found = seen_indicator(user, pk)
    seen = IndicatorSeries.objects.visible_to(user).filter(indicator=found).select_related("indicator", "unit", "responsible")
    series = list(seen.order_by("unit__path"))
    figures = read_figures(series)
    rows = []
    for one in series:
        own = figures[one.pk]
        reading = read(own.points_shown(today))
        rows.append(
            {
                "series": one,
                "look": LOOKS[Status.MISSING if reading is None else reading.latest.status],
                "value": "" if reading is None else with_measure(reading.latest.value, own),
                "period": "" if reading is None else period_words(reading.latest.period, own.rhythm),
                "missing": missing_words(own.missing(today), own.rhythm) if one.is_in_use and found.is_in_use else "",
            }
        )
    context = {
        "title": found.name,
        "crumbs": crumbs_of(),
        "indicator": found,
        "rows": rows,
        "buttons": indicator_buttons(found, user),
        "may_open": why_no_series(found, "open", user) is None,
        "may_import": found.is_in_use and any(one.is_in_use and may(user, Verb.RECORD_INDICATOR, one.unit) for one in series),
    }
    return render(request, "controls/indicators/definition.html", context)
