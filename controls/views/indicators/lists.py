"""The series side by side as small multiples, filtered by unit, status, name and whose they are."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any, cast

from django import forms
from django.core.paginator import Paginator
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext
from django.views.decorators.http import require_safe

from controls.indicators.figures.reading import Reading, read
from controls.indicators.figures.series import SeriesFigures
from controls.indicators.figures.status import Status
from controls.indicators.known import read_figures
from controls.indicators.plot import plot_of
from controls.indicators.words import LOOKS, StatusLook, missing_words, period_words, with_measure
from controls.models import Indicator, IndicatorSeries
from riskreg import clock
from riskreg.access.grants import may
from riskreg.access.sight import units_seen_by
from riskreg.access.verbs import Verb
from riskreg.charts import Chart
from riskreg.models import Unit, User

PER_PAGE = 24
MISSING = "missing"


class SeriesFilter(forms.Form):
    q = forms.CharField(label=gettext_lazy("Name"), required=False, max_length=120)
    status = forms.ChoiceField(label=gettext_lazy("Status"), required=False)
    unit = forms.ModelChoiceField(
        label=gettext_lazy("Unit"), queryset=Unit.objects.none(), required=False, empty_label=gettext_lazy("All units")
    )
    mine = forms.ChoiceField(label=gettext_lazy("Whose"), required=False)

    def __init__(self, user: User, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user
        fields: dict[str, Any] = dict(self.fields)
        judged = [Status.TARGET, Status.ACCEPTABLE, Status.NOT_ACCEPTABLE, Status.CRITICAL]
        fields["status"].choices = [
            ("", pgettext("indicators", "Any status")),
            *((one.value, LOOKS[one].label) for one in judged),
            (MISSING, _("Values are missing")),
        ]
        fields["mine"].choices = [("", pgettext("indicators", "Everybody's")), ("1", pgettext("indicators", "Mine"))]
        fields["unit"].queryset = Unit.objects.filter(units_seen_by(user)).order_by("path")

    def narrow(self, series: QuerySet[IndicatorSeries], today: date) -> QuerySet[IndicatorSeries]:
        """Keep the series that are asked for, by all but the status of a value, which is read from the values."""
        chosen = self.cleaned_data
        if chosen["q"]:
            series = series.filter(indicator__name__icontains=chosen["q"].strip())
        if chosen["unit"]:
            series = series.filter(unit__path__startswith=chosen["unit"].path)
        if chosen["mine"]:
            series = series.filter(responsible=self.user)
        if chosen["status"] == MISSING:
            series = series.filter(Q(due_on__lt=today, indicator__state=Indicator.State.IN_USE))
        return series


@dataclass(frozen=True, slots=True)
class Card:
    """A series among the others."""

    series: IndicatorSeries
    figures: SeriesFigures
    reading: Reading | None
    missing: str

    @property
    def look(self) -> StatusLook:
        return LOOKS[Status.MISSING if self.reading is None else self.reading.latest.status]

    @property
    def value(self) -> str:
        return "" if self.reading is None else with_measure(self.reading.latest.value, self.figures)

    @property
    def period(self) -> str:
        return "" if self.reading is None else period_words(self.reading.latest.period, self.figures.rhythm)

    @property
    def chart(self) -> Chart | None:
        if self.reading is None:
            return None
        points = self.figures.points_shown(self.reading.latest.period)
        return plot_of(self.figures, points, name=f"small-{self.series.pk}", is_small=True)


def _cards(series: list[IndicatorSeries], today: date) -> list[Card]:
    figures = read_figures(series)
    found = []
    for one in series:
        own = figures[one.pk]
        awaits = one.is_in_use and one.indicator.is_in_use
        missing = missing_words(own.missing(today), own.rhythm) if awaits else ""
        found.append(Card(one, own, read(own.points_shown(today)), missing))
    return found


@require_safe
def indicators(request: HttpRequest) -> HttpResponse:
    """Show the series that the user sees, each with its latest value, status and line."""
    user, today = cast(User, request.user), clock.today()
    form = SeriesFilter(user, request.GET)
    seen = IndicatorSeries.objects.visible_to(user).expecting().select_related("indicator", "unit")
    found = form.narrow(seen, today) if form.is_valid() else seen.none()
    found = found.order_by("indicator__name", "indicator", "unit__path")
    status = form.cleaned_data.get("status") if form.is_valid() else ""
    if status and status != MISSING:
        cards = [one for one in _cards(list(found), today) if one.reading is not None and one.reading.latest.status == status]
        page: Any = Paginator(cards, PER_PAGE).get_page(request.GET.get("page"))
        shown = list(page)
    else:
        page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
        shown = _cards(list(page), today)
    definitions = Indicator.objects.visible_to(user).select_related("unit")
    context = {
        "title": _("Indicators"),
        "filter": {"form": form},
        "page_obj": page,
        "cards": shown,
        "is_narrowed": any(request.GET.get(name) for name in form.fields),
        "may_keep": may(user, Verb.KEEP_INDICATOR),
        "definitions": list(definitions.order_by("state", "name", "pk")),
    }
    return TemplateResponse(request, "controls/indicators/list.html", context)
