"""What a series says, in words: periods, numbers, status, the plain reading, the control chart."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from django.utils import formats
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from controls.indicators.figures.control_chart import LEAST, ControlChart, Rule
from controls.indicators.figures.periods import number_in_year
from controls.indicators.figures.reading import Reading
from controls.indicators.figures.series import Point, SeriesFigures
from controls.indicators.figures.status import Level, Status


@dataclass(frozen=True, slots=True)
class StatusLook:
    """The tone, the symbol and the word of a status."""

    tone: str
    symbol: str
    word: Callable[[], str]

    @property
    def label(self) -> str:
        return self.word()


LOOKS: Mapping[Status, StatusLook] = {
    Status.TARGET: StatusLook("low", "✓", lambda: _("Within target")),
    Status.ACCEPTABLE: StatusLook("guard", "○", lambda: pgettext("indicator", "Acceptable")),
    Status.NOT_ACCEPTABLE: StatusLook("high", "▲", lambda: pgettext("indicator", "Not acceptable")),
    Status.CRITICAL: StatusLook("critical", "✕", lambda: pgettext("indicator", "Critical")),
    Status.UNJUDGED: StatusLook("none", "◆", lambda: _("No levels set")),
    Status.MISSING: StatusLook("ongoing", "□", lambda: pgettext("indicator", "Missing")),
}

_ORDINALS: Mapping[int, Callable[[], str]] = {
    2: lambda: _("Second"),
    3: lambda: _("Third"),
    4: lambda: _("Fourth"),
    5: lambda: _("Fifth"),
    6: lambda: _("Sixth"),
    7: lambda: _("Seventh"),
    8: lambda: _("Eighth"),
    9: lambda: _("Ninth"),
    10: lambda: _("Tenth"),
    11: lambda: _("Eleventh"),
    12: lambda: _("Twelfth"),
}
_ONE_PERIOD: Mapping[str, Callable[[], str]] = {
    "month": lambda: pgettext("in a row", "month"),
    "quarter": lambda: pgettext("in a row", "quarter"),
    "half_year": lambda: pgettext("in a row", "half-year"),
    "year": lambda: pgettext("in a row", "year"),
}


def period_words(period: date, rhythm: str) -> str:
    """Return the period's name: March 2025, quarter 1 2025, first half of 2025, 2025."""
    if rhythm == "month":
        return formats.date_format(period, "F Y")
    if rhythm == "quarter":
        return _("quarter %(number)d %(year)d") % {"number": number_in_year(period, rhythm), "year": period.year}
    if rhythm == "half_year":
        words = _("first half of %(year)d") if period.month == 1 else _("second half of %(year)d")
        return words % {"year": period.year}
    return str(period.year)


def short_period_words(period: date, rhythm: str) -> str:
    """Return the period's name for an axis: Mar 2025, Q1 2025, H1 2025, 2025."""
    if rhythm == "month":
        return formats.date_format(period, "M Y")
    if rhythm == "quarter":
        return pgettext("short", "Q%(number)d %(year)d") % {"number": number_in_year(period, rhythm), "year": period.year}
    if rhythm == "half_year":
        return pgettext("short", "H%(number)d %(year)d") % {"number": number_in_year(period, rhythm), "year": period.year}
    return str(period.year)


def number_words(value: Decimal | None, decimals: int) -> str:
    """Return the number with its decimals, in the reader's language; a dash for none."""
    if value is None:
        return "–"
    # Django's own cuts off what it does not show.
    rounded = value.quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_UP)
    text = formats.number_format(rounded, decimal_pos=decimals, force_grouping=True)
    return str(text).replace("-", "\N{MINUS SIGN}")


def with_measure(value: Decimal | None, figures: SeriesFigures) -> str:
    """Return the number with its unit of measure."""
    return "–" if value is None else f"{number_words(value, figures.decimals)} {figures.measure}"


def level_words(level: Level, figures: SeriesFigures) -> list[tuple[str, str]]:
    """Return the levels as (label, value), those that are set."""
    is_lower = figures.direction == "lower"
    at = _("at most %(value)s") if is_lower else _("at least %(value)s")
    reached = _("%(value)s or more") if is_lower else _("%(value)s or less")
    rows = [
        (_("Target"), at, level.target),
        (pgettext("indicator", "Acceptable level"), at, level.acceptable),
        (_("Critical level"), reached, level.critical),
    ]
    return [(label, words % {"value": with_measure(value, figures)}) for label, words, value in rows if value is not None]


def reading_words(reading: Reading | None, figures: SeriesFigures) -> list[str]:
    """Return the plain reading, a sentence each: where it stands, since when, the change against the year before."""
    if reading is None:
        return [_("There is no value yet.")]
    latest = reading.latest
    said = [
        _("%(period)s: %(value)s, %(status)s.")
        % {
            "period": capitalised(period_words(latest.period, figures.rhythm)),
            "value": with_measure(latest.value, figures),
            "status": LOOKS[latest.status].label.lower(),
        }
    ]
    if reading.run > 1:
        said.append(_run_words(reading, figures.rhythm))
    if reading.before is not None and reading.change is not None:
        said.append(_change_words(reading, figures))
    return said


def _run_words(reading: Reading, rhythm: str) -> str:
    values = {"period": _ONE_PERIOD[rhythm]()}
    if reading.run in _ORDINALS:
        values["ordinal"] = _ORDINALS[reading.run]()
        words = (
            _("%(ordinal)s %(period)s in a row within the acceptable level.")
            if reading.is_within
            else _("%(ordinal)s %(period)s in a row outside the acceptable level.")
        )
        return words % values
    words = (
        _("Within the acceptable level %(count)d times in a row.")
        if reading.is_within
        else _("Outside the acceptable level %(count)d times in a row.")
    )
    return words % {"count": reading.run}


_PER_CENT = frozenset({"%", "procent", "per cent", "percent"})
"""The units of measure that are a share of a hundred."""


def _change_words(reading: Reading, figures: SeriesFigures) -> str:
    change, before = reading.change, reading.before
    assert change is not None
    assert before is not None
    # A share changes by percentage points; per cent of per cent would be read as the same.
    is_share = figures.measure.strip().casefold() in _PER_CENT
    points = _("%(number)s percentage points") % {"number": number_words(abs(change), figures.decimals)}
    values = {
        "then": with_measure(before.value, figures),
        "change": points if is_share else with_measure(abs(change), figures),
    }
    if not change:
        return _("The same as the year before.")
    percent = None if is_share else reading.change_in_percent
    if percent is None:
        words = (
            _("%(change)s more than the year before (%(then)s).")
            if change > 0
            else _("%(change)s less than the year before (%(then)s).")
        )
        return words % values
    values["percent"] = number_words(abs(percent), 0 if abs(percent) >= 10 else 1)
    words = (
        _("%(change)s (%(percent)s %%) more than the year before (%(then)s).")
        if change > 0
        else _("%(change)s (%(percent)s %%) less than the year before (%(then)s).")
    )
    return words % values


def missing_words(missing: Sequence[date], rhythm: str) -> str:
    """Return that values are missing, and which; an empty text where none is."""
    if not missing:
        return ""
    named = ", ".join(period_words(one, rhythm) for one in missing[:3])
    if len(missing) > 3:
        more = len(missing) - 3
        named = ngettext("%(named)s and %(more)d more", "%(named)s and %(more)d more", more) % {"named": named, "more": more}
    words = ngettext("%(count)d value is missing: %(named)s.", "%(count)d values are missing: %(named)s.", len(missing))
    return words % {"count": len(missing), "named": named}


def control_chart_words(chart: ControlChart | None, points: Sequence[Point], figures: SeriesFigures) -> list[str]:
    """Return what the control chart says and where its limits lie, a sentence each."""
    if chart is None:
        return [_("A control chart takes at least %(least)d values.") % {"least": LEAST}]
    decimals = min(figures.decimals + 1, 4)
    said = [
        _(
            "The mean is %(mean)s; usual variation lies between %(lower)s and %(upper)s "
            "(mean ± 2.66 × mean moving range %(range)s)."
        )
        % {
            "mean": number_words(chart.mean, decimals),
            "lower": number_words(chart.lower, decimals),
            "upper": number_words(chart.upper, decimals),
            "range": number_words(chart.mean_range, decimals),
        }
    ]
    if not chart.signals:
        said.append(_("No value is a signal: the changes are no larger than what the series varies by itself."))
    for place, rule in chart.signals[-6:]:
        period = capitalised(period_words(points[place].period, figures.rhythm))
        words = (
            _("%(period)s lies outside the limits: more than the usual variation.")
            if rule == Rule.OUTSIDE
            else _("%(period)s: at least eight in a row on the same side of the mean.")
        )
        said.append(words % {"period": period})
    return said


def capitalised(words: str) -> str:
    """Return the words with their first letter large."""
    return words[:1].upper() + words[1:]
