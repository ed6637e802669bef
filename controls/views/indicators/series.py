"""The page of a series: plot, reading, figures, levels, notes; and the page where its values are entered."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, cast

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from controls.indicators.figures.control_chart import control_chart
from controls.indicators.figures.periods import last_day_of
from controls.indicators.figures.reading import read
from controls.indicators.figures.series import Point, SeriesFigures
from controls.indicators.figures.status import Level
from controls.indicators.gate import SERIES_GATE
from controls.indicators.known import read_figures
from controls.indicators.plot import notes_shown, plot_of
from controls.indicators.values import field_of, record_values
from controls.indicators.words import (
    LOOKS,
    StatusLook,
    capitalised,
    control_chart_words,
    level_words,
    missing_words,
    number_words,
    period_words,
    reading_words,
)
from controls.models import Control, IndicatorSeries, IndicatorValue
from controls.views.indicators.ask import series_buttons
from controls.views.indicators.forms import ValuesForm
from controls.views.indicators.seen import crumbs_of, seen_series
from riskreg import clock
from riskreg.models import User
from riskreg.verbs.concurrency import version_of
from riskreg.web.asking import REFUSALS, add_refusal

MOST_FIELDS = 24
"""Periods whose values are entered at once; more are imported."""
CONTROL_CHART = "styrdiagram"


@dataclass(frozen=True, slots=True)
class Earlier:
    """A value that was revised: what stood there, who revised it, when and why."""

    value: str
    who: str
    when: datetime
    why: str


@dataclass(frozen=True, slots=True)
class Row:
    """A period in the table of figures."""

    period: str
    value: str
    look: StatusLook
    letters: str
    earlier: list[Earlier]
    value_pk: int | None


@require_safe
def indicator_series(request: HttpRequest, pk: int) -> HttpResponse:
    """Show a series; ?visa=styrdiagram shows it as a control chart."""
    user, today = cast(User, request.user), clock.today()
    found = seen_series(user, pk)
    figures = read_figures([found])[found.pk]
    points = figures.points_shown(today)
    reading = read(points)
    with_limits = request.GET.get("visa") == CONTROL_CHART
    limits = control_chart([one.value for one in points])
    awaits = found.is_in_use and found.indicator.is_in_use
    may_revise = SERIES_GATE.why_not(found, "revise", user) is None
    controls = Control.objects.visible_to(user).current().filter(control_series__series=found).select_related("risk__plan__unit")
    context = {
        "title": f"{found.indicator.name}, {found.unit.name}",
        "crumbs": crumbs_of(found.indicator),
        "series": found,
        "indicator": found.indicator,
        "figures": figures,
        "look": LOOKS[reading.latest.status] if reading is not None else None,
        "words": control_chart_words(limits, points, figures) if with_limits else reading_words(reading, figures),
        "missing": missing_words(figures.missing(today), figures.rhythm) if awaits else "",
        "chart": plot_of(figures, points, with_limits=with_limits) if reading is not None else None,
        "with_limits": with_limits,
        "control_chart": CONTROL_CHART,
        "rows": _rows(found, figures, points, may_revise=may_revise),
        "notes": _notes(found, figures, points),
        "levels": _levels(found, figures),
        "may_remove_levels": SERIES_GATE.why_not(found, "remove_levels", user) is None,
        "may_remove_notes": SERIES_GATE.why_not(found, "remove_note", user) is None,
        "may_record": awaits and SERIES_GATE.why_not(found, "record", user) is None,
        "buttons": series_buttons(found, user),
        "controls": list(controls.order_by("-risk__plan__year", "risk__number", "position")),
    }
    return TemplateResponse(request, "controls/indicators/series.html", context)


def _rows(series: IndicatorSeries, figures: SeriesFigures, points: list[Point], *, may_revise: bool) -> list[Row]:
    """Return the periods, the latest first, with the values that were there before a revision."""
    keys = dict(IndicatorValue.objects.filter(series=series).values_list("period", "pk"))
    earlier = _earlier(series, figures)
    letters: dict[date, str] = {}
    for note in notes_shown(figures, points):
        if note.letter:
            letters[note.period] = note.letter
    return [
        Row(
            capitalised(period_words(one.period, figures.rhythm)),
            number_words(one.value, figures.decimals),
            LOOKS[one.status],
            letters.get(one.period, ""),
            earlier[one.period],
            keys.get(one.period) if may_revise else None,
        )
        for one in reversed(points)
    ]


def _earlier(series: IndicatorSeries, figures: SeriesFigures) -> dict[date, list[Earlier]]:
    found: dict[date, list[Earlier]] = defaultdict(list)
    stood: dict[date, Any] = {}
    rows = IndicatorValue.history.filter(series=series.pk).order_by("history_id")
    columns = ("period", "value", "history_user_name", "history_date", "history_change_reason")
    for period, value, who, when, why in rows.values_list(*columns):
        before = stood.get(period)
        if before is not None and before != value:
            found[period].append(Earlier(number_words(before, figures.decimals), who, when, why or ""))
        stood[period] = value
    return found


def _notes(series: IndicatorSeries, figures: SeriesFigures, points: list[Point]) -> list[dict[str, Any]]:
    """Return the notes with their letters, the latest first."""
    keys = list(series.notes.order_by("period", "pk").values_list("pk", flat=True))
    shown = zip(notes_shown(figures, points), keys, strict=True)
    rows = [
        {"letter": one.letter, "period": capitalised(period_words(one.period, figures.rhythm)), "text": one.text, "pk": pk}
        for one, pk in shown
    ]
    return rows[::-1]


def _levels(series: IndicatorSeries, figures: SeriesFigures) -> list[dict[str, Any]]:
    """Return the levels, those that hold now first."""
    found = list(series.levels.order_by("-valid_from"))
    return [
        {
            "pk": one.pk,
            "since": period_words(one.valid_from, figures.rhythm),
            "values": level_words(Level(one.valid_from, one.target, one.acceptable, one.critical), figures),
        }
        for one in found
    ]


def _fields(figures: SeriesFigures, today: date) -> list[date]:
    """Return the periods whose values can be entered: those that have ended, and the one under way when none is left of them."""
    begun = figures.open_periods(today)
    ended = [one for one in begun if last_day_of(one, figures.rhythm) < today]
    return (ended or begun)[:MOST_FIELDS]


@require_http_methods(["GET", "HEAD", "POST"])
def series_values(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Enter the values of the periods that have none."""
    user, today = cast(User, request.user), clock.today()
    found = seen_series(user, pk)
    SERIES_GATE.require_right(found, "record", user)
    refusal = SERIES_GATE.why_not(found, "record", user)
    if refusal is not None:
        messages.error(request, str(refusal))
        return redirect(found)
    figures = read_figures([found])[found.pk]
    given = request.POST if request.method == "POST" else None
    periods = _fields(figures, today)
    if given is not None:
        # What was typed for a period that somebody else entered meanwhile stays in the form.
        periods = sorted({*periods, *(one for one in figures.values if given.get(field_of(one)))})
    form, status = ValuesForm(figures, periods, given, initial={"version": version_of(found)}), 200
    if form.is_bound and form.is_valid():
        values = form.values()
        try:
            record_values(found, values, by=user, version=form.cleaned_data["version"])
        except REFUSALS as wrong:
            status = add_refusal(form, wrong)
        else:
            words = ngettext("%(count)d value is recorded.", "%(count)d values are recorded.", len(values))
            messages.success(request, words % {"count": len(values)})
            return redirect(found)
    context = {
        "title": _("Enter values"),
        "crumbs": crumbs_of(series=found),
        "series": found,
        "indicator": found.indicator,
        "form": form,
        "has_fields": bool(periods),
        "is_first": len(figures.open_periods(today)) > MOST_FIELDS,
    }
    return TemplateResponse(request, "controls/indicators/values.html", context, status=status)
