"""Find what a page of indicators is about, for a user who sees it, and the way there."""

from __future__ import annotations

from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _

from controls.models import Indicator, IndicatorSeries
from riskreg.models import User
from riskreg.web.asking import Place

Crumbs = list[tuple[str, str | None]]


def seen_indicator(user: User, pk: int) -> Indicator:
    """Return the indicator, for a user who sees it. Raises Http404."""
    return get_object_or_404(Indicator.objects.visible_to(user).select_related("unit"), pk=pk)


def seen_series(user: User, pk: int) -> IndicatorSeries:
    """Return the series, for a user who sees it. Raises Http404."""
    related = ("indicator__unit", "unit", "responsible")
    return get_object_or_404(IndicatorSeries.objects.visible_to(user).select_related(*related), pk=pk)


def crumbs_of(indicator: Indicator | None = None, series: IndicatorSeries | None = None) -> Crumbs:
    """Return the breadcrumbs of a page below the list, below an indicator, or below a series."""
    trail: Crumbs = [(_("Indicators"), reverse("indicators"))]
    if series is not None:
        indicator = series.indicator
    if indicator is not None:
        trail.append((indicator.name, indicator.get_absolute_url()))
    if series is not None:
        trail.append((series.unit.name, series.get_absolute_url()))
    return trail


def place_of(indicator: Indicator) -> Place:
    """Return where a verb of the indicator is asked for."""
    return Place(indicator.get_absolute_url(), indicator.name, crumbs_of(indicator))


def place_of_series(series: IndicatorSeries) -> Place:
    """Return where a verb of the series is asked for."""
    return Place(series.get_absolute_url(), str(series), crumbs_of(series=series))
