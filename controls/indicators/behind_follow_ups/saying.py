"""What a series says on the day of a closing: status, sentences, facts, draft, and what is missing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext as _

from controls.indicators.figures.reading import Reading, read
from controls.indicators.figures.series import Point, SeriesFigures
from controls.indicators.figures.status import Status
from controls.indicators.plot import plot_of
from controls.indicators.words import LOOKS, level_words, missing_words, period_words, reading_words, with_measure
from controls.models import Conclusion
from riskreg.charts import Chart

_SUGGESTED = {
    Status.TARGET: Conclusion.NO_DEVIATIONS,
    Status.ACCEPTABLE: Conclusion.NO_DEVIATIONS,
    Status.NOT_ACCEPTABLE: Conclusion.MINOR_DEVIATIONS,
    Status.CRITICAL: Conclusion.SIGNIFICANT_DEVIATIONS,
}


@dataclass(frozen=True, slots=True)
class Seen:
    """A series up to a cut-off date, as a follow-up of the year reads it."""

    figures: SeriesFigures
    points: Sequence[Point]
    """Every period that had ended on the day."""
    awaited: Sequence[date]
    """Those of them that belong to the follow-up."""
    missing: Sequence[date]
    reading: Reading | None

    @classmethod
    def of(cls, figures: SeriesFigures, cut_off: date, year: int) -> Seen:
        points = figures.points(cut_off)
        awaited = figures.awaited(cut_off, date(year - 1, 12, 31))
        missing = [one for one in awaited if one not in figures.values]
        return cls(figures, points, awaited, missing, read(points))

    @property
    def status(self) -> Status:
        return Status.MISSING if self.reading is None else self.reading.latest.status

    @property
    def suggested(self) -> Conclusion:
        """The conclusion by the latest value; ongoing while values are missing or there is nothing to hold them against."""
        if self.left:
            return Conclusion.ONGOING
        return _SUGGESTED[self.status]

    @property
    def verdict(self) -> str:
        return f"{LOOKS[self.status].label}."

    @property
    def tone(self) -> str:
        return LOOKS[self.status].tone

    @property
    def symbol(self) -> str:
        return LOOKS[self.status].symbol

    @property
    def sentence(self) -> str:
        return " ".join(reading_words(self.reading, self.figures))

    @property
    def left(self) -> list[str]:
        """What remains to be done, a sentence each."""
        if not self.awaited:
            words = _("The series begins with %(period)s, after the cut-off date.")
            return [words % {"period": period_words(self.figures.first, self.figures.rhythm)}]
        said = [missing_words(self.missing, self.figures.rhythm)] if self.missing else []
        if self.status == Status.UNJUDGED:
            said.append(_("No levels are set that the value could be held against."))
        return said

    @property
    def facts(self) -> list[tuple[str, str]]:
        figures = self.figures
        rows = []
        if self.reading is not None:
            latest = self.reading.latest
            rows.append(
                (_("Latest value"), f"{with_measure(latest.value, figures)}, {period_words(latest.period, figures.rhythm)}")
            )
            if latest.level is not None:
                rows += level_words(latest.level, figures)
        counted = Counter(figures.point(one).status for one in self.awaited)
        said = [f"{LOOKS[one].label.lower()} {counted[one]}" for one in Status if counted[one]]
        if said:
            rows.append((_("Periods of the follow-up"), ", ".join(said)))
        return rows

    @property
    def draft(self) -> str:
        """The result in words; an empty text while there is no value."""
        if self.reading is None:
            return ""
        return f"{self.figures.name}, {self.figures.unit}. {' '.join([self.sentence, *self.left])}"

    def plot(self) -> Chart:
        return plot_of(self.figures, self.points, name=f"series-{self.figures.key}")


def line(figures: SeriesFigures, day: date) -> str:
    """Return the series' name and where it stood on the day, in a line."""
    reading = read(figures.points(day))
    if reading is None:
        return f"{figures.name}, {figures.unit}: {LOOKS[Status.MISSING].label.lower()}"
    latest = reading.latest
    status = LOOKS[latest.status].label.lower()
    period = period_words(latest.period, figures.rhythm)
    return f"{figures.name}, {figures.unit}: {with_measure(latest.value, figures)}, {status} ({period})"


def changed_since(then: SeriesFigures, now: SeriesFigures | None, cut_off: date) -> list[str]:
    """Return which periods up to the cut-off have got another value since the hand-in, a sentence or none."""
    if now is None:
        return []
    ended = {one.period for one in [*then.points(cut_off), *now.points(cut_off)]}
    changed = [one for one in sorted(ended) if then.values.get(one) != now.values.get(one)]
    if not changed:
        return []
    named = ", ".join(f"{period_words(one, now.rhythm)}: {with_measure(now.values.get(one), now)}" for one in changed[:3])
    return [_("It has changed since: %(values)s.") % {"values": named}]
