"""The rows of a file against what the series hold: new, revised, the same, and what is wrong with the rest."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from controls.indicators.figures.periods import read_period
from controls.indicators.figures.series import SeriesFigures
from controls.indicators.importing.file import Line
from controls.indicators.importing.words import field_label
from controls.indicators.values import Recorded, fault_of_value, record_values
from controls.indicators.words import number_words, period_words, short_period_words
from controls.models import IndicatorSeries, IndicatorValue
from riskreg.models import User
from riskreg.numbers import read_number

NEW, REVISED, SAME = "new", "revised", "same"


@dataclass(frozen=True, slots=True)
class Checked:
    """A row that can be recorded, and what it would do."""

    row: int
    series: SeriesFigures
    period: date
    value: Decimal
    before: Decimal | None

    @property
    def kind(self) -> str:
        return NEW if self.before is None else SAME if self.before == self.value else REVISED

    @property
    def cells(self) -> tuple[str, str, str]:
        """The period, the value that stands there, and the new one, in words."""
        decimals = self.series.decimals
        period = period_words(self.period, self.series.rhythm)
        return period, number_words(self.before, decimals), number_words(self.value, decimals)


@dataclass(frozen=True, slots=True)
class Wrong:
    """What is wrong with a row: its number, the field, what stands there, and what is allowed."""

    row: int
    field: str
    value: str
    message: str


@dataclass(frozen=True, slots=True)
class Preview:
    """Every row of a file, as what it would do or why it cannot."""

    checked: Sequence[Checked]
    wrongs: Sequence[Wrong]

    @property
    def counts(self) -> Mapping[str, int]:
        return Counter(one.kind for one in self.checked)

    @property
    def rows(self) -> int:
        return len(self.checked) + len({one.row for one in self.wrongs})

    @property
    def changes(self) -> int:
        return self.counts.get(NEW, 0) + self.counts.get(REVISED, 0)

    @property
    def signature(self) -> str:
        """What the preview said, to be compared with what would be written when it is confirmed."""
        return "|".join(f"{one.row}:{one.before}>{one.value}" for one in self.checked)


def check(lines: Sequence[Line], series: Sequence[SeriesFigures], today: date) -> Preview:
    """Check each row against the series, of which a unit's name tells them apart where there are several."""
    checked: list[Checked] = []
    wrongs: list[Wrong] = []
    by_unit = {one.unit.casefold(): one for one in series}
    seen: dict[tuple[int, date], int] = {}
    for line in lines:
        found = _checked(line, by_unit, today, wrongs)
        if found is None:
            continue
        key = found.series.key, found.period
        if key in seen:
            words = _("The period stands on row %(row)d already. Keep one of them.") % {"row": seen[key]}
            wrongs.append(Wrong(line.row, field_label("period"), line.period, words))
            continue
        seen[key] = line.row
        checked.append(found)
    return Preview(checked, sorted(wrongs, key=lambda one: one.row))


def _checked(line: Line, by_unit: Mapping[str, SeriesFigures], today: date, wrongs: list[Wrong]) -> Checked | None:
    def wrong(field: str, value: str, message: str) -> None:
        wrongs.append(Wrong(line.row, field_label(field), value, message))

    before = len(wrongs)
    if line.uncomputed:
        wrong(
            line.uncomputed, "", _("The file holds no value of the formula. Save it in a spreadsheet, or write the value itself.")
        )
        return None
    figures = _series_of(line, by_unit)
    if figures is None:
        named = ", ".join(sorted(one.unit for one in by_unit.values()))
        wrong("unit", line.unit, _("There is no such unit here. Write one of: %(allowed)s.") % {"allowed": named})
        return None
    period = value = None
    try:
        period = read_period(line.period, figures.rhythm)
    except ValueError:
        example = short_period_words(today.replace(month=1, day=1), figures.rhythm)
        iso = {"month": f"{today.year}-01", "year": str(today.year)}.get(figures.rhythm, f"{today.year}-01-01")
        wrong(
            "period",
            line.period,
            _("That is no period. Write for instance %(first)s or %(second)s.") % {"first": iso, "second": example},
        )
    try:
        value = read_number(line.value.removesuffix(figures.measure))
    except ValueError:
        wrong("value", line.value, _("That is no number. Write digits, for instance 1 250,5."))
    else:
        if value is None:
            wrong("value", "", _("The value is missing. Write it, or remove the row."))
    if period is None or value is None:
        return None
    fault = fault_of_value(period, value, figures.rhythm, figures.decimals, today)
    if fault:
        is_about_period = not fault_of_value(
            figures.begins_on, value, figures.rhythm, figures.decimals, max(today, figures.begins_on)
        )
        wrong("period" if is_about_period else "value", line.period if is_about_period else line.value, fault)
    return None if len(wrongs) > before else Checked(line.row, figures, period, value, figures.values.get(period))


def _series_of(line: Line, by_unit: Mapping[str, SeriesFigures]) -> SeriesFigures | None:
    name = " ".join(line.unit.split()).casefold()
    if not name and len(by_unit) == 1:
        return next(iter(by_unit.values()))
    return by_unit.get(name)


@transaction.atomic
def record(preview: Preview, series: Sequence[IndicatorSeries], *, by: User, reason: str = "") -> Recorded:
    """Record what the rows say, all of them or none. Raises what record_values raises; ValueError for a preview with faults."""
    if preview.wrongs:
        raise ValueError("A file with faults is not recorded.")
    values: dict[int, dict[date, Decimal]] = defaultdict(dict)
    for one in preview.checked:
        values[one.series.key][one.period] = one.value
    done = [
        record_values(each, values[each.pk], by=by, reason=reason, way=IndicatorValue.Way.IMPORTED)
        for each in sorted(series, key=lambda one: one.pk)
        if each.pk in values
    ]
    return Recorded(sum(one.new for one in done), sum(one.revised for one in done), sum(one.same for one in done))
