"""The gates of indicators and of their series (riskreg.verbs.gate)."""

from __future__ import annotations

from collections.abc import Callable

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from controls.models import Indicator, IndicatorSeries
from controls.transitions import INDICATOR, SERIES
from riskreg.verbs.gate import Gated

INDICATOR_LABELS: dict[str, Callable[[], str]] = {
    "change": lambda: _("Change the indicator"),
    "close": lambda: _("Close the indicator"),
    "reopen": lambda: _("Take into use again"),
}
SERIES_LABELS: dict[str, Callable[[], str]] = {
    "change": lambda: _("Change the series"),
    "set_levels": lambda: _("Set levels"),
    "remove_levels": lambda: _("Remove the levels"),
    "record": lambda: _("Enter values"),
    "revise": lambda: _("Revise a value"),
    "note": lambda: pgettext("indicator", "Note what happened"),
    "remove_note": lambda: _("Remove the note"),
    "close": lambda: _("Close the series"),
    "reopen": lambda: _("Take into use again"),
}

INDICATORS: Gated[Indicator] = Gated(
    workflow=INDICATOR,
    labels=INDICATOR_LABELS,
    rows=lambda: Indicator.objects.select_related("unit"),
    unit=lambda indicator: indicator.unit,
)
SERIES_GATE: Gated[IndicatorSeries] = Gated(
    workflow=SERIES,
    labels=SERIES_LABELS,
    rows=lambda: IndicatorSeries.objects.select_related("indicator__unit", "unit", "responsible"),
    unit=lambda series: series.unit,
)
