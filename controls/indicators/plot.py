"""The plot of a series: its values against target band, levels and notes, or with the limits of a control chart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from controls.indicators.figures.control_chart import ControlChart, control_chart
from controls.indicators.figures.reading import read
from controls.indicators.figures.series import Point, SeriesFigures
from controls.indicators.words import LOOKS, number_words, period_words, reading_words, short_period_words
from riskreg.charts import Band, Chart, Mark, Steps, level_plot

MOST_SHOWN = 60
"""Periods that a plot shows, the latest: five years of months."""
SMALL_SHOWN = 24
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


@dataclass(frozen=True, slots=True)
class NoteShown:
    """A note with the letter that stands for it in the plot; without one where its period is not shown."""

    letter: str
    period: date
    text: str


def notes_shown(figures: SeriesFigures, points: Sequence[Point]) -> list[NoteShown]:
    """Return the notes in order, with a letter for each period that is shown."""
    shown = {one.period for one in points}
    letters: dict[date, str] = {}
    for period, _text in figures.notes:
        if period in shown and period not in letters and len(letters) < len(_LETTERS):
            letters[period] = _LETTERS[len(letters)]
    return [NoteShown(letters.get(period, ""), period, text) for period, text in figures.notes]


def plot_of(
    figures: SeriesFigures, points: Sequence[Point], *, with_limits: bool = False, name: str = "series", is_small: bool = False
) -> Chart:
    """Return the plot of the points, at most the latest MOST_SHOWN; `with_limits`: of a control chart instead of the levels."""
    shown = list(points)[-(SMALL_SHOWN if is_small else MOST_SHOWN) :]
    chart = control_chart([one.value for one in points]) if with_limits else None
    signals = {points[place].period for place, _rule in chart.signals} if chart is not None else set()
    letters = {one.period: one.letter for one in notes_shown(figures, shown)}
    marks = [
        Mark(
            short_period_words(one.period, figures.rhythm),
            None if one.value is None else float(one.value),
            LOOKS[one.status].tone,
            LOOKS[one.status].symbol,
            letters.get(one.period, ""),
            one.period in signals,
        )
        for one in shown
    ]
    title = f"{figures.name}, {figures.unit}"
    rows = [
        [
            period_words(one.period, figures.rhythm),
            number_words(one.value, figures.decimals),
            LOOKS[one.status].label,
        ]
        for one in shown
    ]
    return level_plot(
        marks,
        _limits(chart, figures, len(shown)) if with_limits else _levels(figures, shown),
        title=title,
        words=reading_words(read(points), figures),
        head=[pgettext("indicator", "Period"), figures.measure, _("Status")],
        rows=rows,
        number=lambda value: _axis_words(value, figures.decimals),
        band=None if with_limits else _target_band(figures, shown),
        name=name,
        is_small=is_small,
    )


def _axis_words(value: float, decimals: int) -> str:
    rounded = round(Decimal(str(value)), max(decimals, 2))
    exact = rounded.normalize()
    places = max(-int(exact.as_tuple().exponent), 0)
    return number_words(rounded, min(places, max(decimals, 2)))


def _levels(figures: SeriesFigures, shown: Sequence[Point]) -> list[Steps]:
    def through(name: str) -> list[float | None]:
        values = [getattr(one.level, name) if one.level is not None else None for one in shown]
        return [None if value is None else float(value) for value in values]

    given = [
        Steps(_("Target"), through("target"), "low", ""),
        Steps(pgettext("indicator", "Acceptable level"), through("acceptable"), "guard", "8 4"),
        Steps(_("Critical level"), through("critical"), "critical", "2 4"),
    ]
    return [one for one in given if any(value is not None for value in one.values)]


def _target_band(figures: SeriesFigures, shown: Sequence[Point]) -> Band:
    """Return the ground of what is within target, or within the acceptable level where no target is set."""
    edges = [
        None if one.level is None else one.level.target if one.level.target is not None else one.level.acceptable for one in shown
    ]
    numbers = [None if edge is None else float(edge) for edge in edges]
    open_edge: list[float | None] = [None] * len(shown)
    where = [edge is not None for edge in edges]
    if figures.direction == "lower":
        return Band(numbers, open_edge, "low", where)
    return Band(open_edge, numbers, "low", where)


def _limits(chart: ControlChart | None, figures: SeriesFigures, moments: int) -> list[Steps]:
    if chart is None:
        return []
    given = [
        (_("Upper limit"), chart.upper, "ongoing", "8 4"),
        (_("Mean"), chart.mean, "none", ""),
        (_("Lower limit"), chart.lower, "ongoing", "8 4"),
    ]
    return [Steps(label, [float(value)] * moments, tone, dashes) for label, value, tone, dashes in given]
