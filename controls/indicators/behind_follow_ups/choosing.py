"""The verb choose_series: which series of indicators follow up a control."""

from __future__ import annotations

from collections.abc import Collection

from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from controls.models import Control, ControlSeries, IndicatorSeries
from controls.plan_controls.gate import CONTROLS
from controls.plan_controls.verbs import refuse_dropped
from riskreg.models import User

SERIES = "series"
"""The field that a ValidationError names."""


def series_to_choose(control: Control, user: User) -> QuerySet[IndicatorSeries]:
    """Return the municipality's series that the user sees: those in use, and those chosen already."""
    of_municipality = IndicatorSeries.objects.filter(unit__path__startswith=control.risk.plan.unit.root_path)
    seen = of_municipality.visible_to(user)
    chosen = ControlSeries.objects.filter(control=control.pk).order_by().values("series")
    current = seen.expecting() | seen.filter(pk__in=chosen)
    return current.select_related("indicator", "unit").order_by("indicator__name", "indicator", "unit__path")


def choose_series(
    control: Control, series: Collection[IndicatorSeries], *, by: User, reason: str, version: int | None = None
) -> Control:
    """Let exactly these series follow up the control, beside those already chosen that the user does not see.

    Follow-ups that are handed in keep what backs them. Raises ValidationError for a series that the user may not choose.
    """
    with CONTROLS.open(control, "choose_series", by=by, reason=reason, version=version) as turn:
        row = turn.row
        refuse_dropped(row)
        possible = set(series_to_choose(row, by).values_list("pk", flat=True))
        wanted = {one.pk for one in series}
        if not wanted <= possible:
            raise ValidationError({SERIES: [_("Choose among the series that you see.")]})
        there = {one.series_id: one for one in row.control_series.all() if one.series_id in possible}
        if wanted == there.keys():
            return row
        for pk in sorted(wanted - there.keys()):
            turn.save_also(ControlSeries(control=row, series_id=pk), reason=turn.reason.strip())
        for pk in sorted(there.keys() - wanted):
            turn.delete_also(there[pk], reason=turn.reason.strip())
        return turn.save()
