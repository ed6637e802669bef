"""The demonstration's indicators: salary debts and system costs, behind two rows of the report; three more side by side.

The figures are invented; that the salary debts are to lie at an acceptable level, and that the systems' costs are followed, is
the report's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal

from controls.demo.people import CARE_OFFICE, SCHOOL_OFFICE
from controls.indicators import definitions, series
from controls.indicators.behind_follow_ups.choosing import choose_series
from controls.indicators.definitions import Described
from controls.indicators.figures.periods import period_after
from controls.indicators.values import record_values, revise_value
from controls.models import Control, Indicator, IndicatorSeries, IndicatorValue
from riskreg import clock
from riskreg.models import ControlPlan, Unit, User

BEGUN_ON = date(2025, 2, 3)
"""The day when the indicators were defined; what had been measured before was entered then."""
REVISED_ON = date(2025, 4, 22)
DEBTS, COSTS, IN_TIME, ABSENCE = (
    "Löneskulder",
    "Systemkostnader",
    "Leverantörsfakturor betalda i tid",
    "Sjukfrånvaro",
)
PAYROLL, IT, FINANCE = "HR-avdelningen", "IT- och kommunikationsavdelningen", "Ekonomiavdelningen"
WHY = "Kontrollmomentet följs upp med nyckeltalet från i år."


@dataclass(frozen=True, slots=True)
class Kept:
    """A series of the demonstration: its values from the first period on, an empty one is missing."""

    indicator: str
    unit: str
    responsible: str
    first: date
    values: str
    levels: Sequence[tuple[date, str, str, str]]
    """Valid from; target, acceptable, critical."""
    notes: Mapping[date, str] = field(default_factory=dict)
    days_after: int = 20
    entered_after: int = 15
    """Days from the period's last day to the one when its value is entered."""


DEFINED = (
    Described(
        DEBTS,
        "Antal anställda som vid månadens slut har en skuld till kommunen för att för mycket lön har betalats ut.",
        "st", 0, "lower", "month", "Lönesystemet, rapporten Löneskulder per månad", True,
    ),
    Described(
        COSTS,
        "Årets kostnad för drift, licenser och underhåll av kommunens verksamhetssystem.",
        "tkr", 0, "lower", "year", "Ekonomisystemet, konton för licenser och systemdrift", True,
    ),
    Described(
        IN_TIME,
        "Andel leverantörsfakturor som betalats senast på förfallodagen.",
        "%", 1, "higher", "month", "Leverantörsreskontran, förfallodag mot betaldag",
    ),
    Described(
        ABSENCE,
        "Sjukfrånvaro i procent av ordinarie arbetstid.",
        "%", 1, "lower", "quarter", "Lönesystemet, KPI för personal",
    ),
)  # fmt: skip
JANUARY = date(2024, 1, 1)
SERIES = (
    Kept(
        DEBTS, PAYROLL, "Karin Lindqvist", JANUARY,
        "31 29 33 30 28 27 25 30 29 27 26 28 26 28 41 36 30 27 25 23 24 22 21",
        ((JANUARY, "20", "30", "40"),),
        {date(2025, 3, 1): "Nytt lönesystem togs i drift.", date(2025, 5, 1): "Cheferna påmindes om kostnadskontrollen."},
        entered_after=19,
    ),
    Kept(
        COSTS, IT, "Mikael Fors", date(2018, 1, 1),
        "17900 18450 19820 21640 23900 26350 28120",
        ((date(2018, 1, 1), "20000", "22000", "25000"), (date(2023, 1, 1), "25000", "27000", "30000")),
        {date(2023, 1, 1): "Nytt avtal för vårdsystemet.", date(2024, 1, 1): "Två snarlika ärendesystem i drift samtidigt."},
        days_after=45,
        entered_after=30,
    ),
    Kept(
        IN_TIME, FINANCE, "Lena Sandberg", JANUARY,
        "96,1 95,8 96,4 97,0 96,2 95,9 94,8 95,7 96,6 96,9 97,2 95,1 96,8 97,1 97,4 97,0 97,3 96,9 96,1 97,2 97,5 97,6 97,4",
        ((JANUARY, "97", "95", "92"),),
    ),
    Kept(
        IN_TIME, SCHOOL_OFFICE, "Maria Ek", JANUARY,
        "94,2 93,8 94,9 95,3 94,7 93,1 90,8 94,0 95,1 95,4 95,0 93,2 94,8 95,2 94,1 93,6 93,9 92,8 91,4 92,6 93,3 93,8 94,2",
        ((JANUARY, "97", "95", "92"),),
        {date(2024, 7, 1): "Semesterbemanning på ekonomienheten."},
    ),
    Kept(
        IN_TIME, CARE_OFFICE, "Jonas Wik", JANUARY,
        "95,6 95,1 94,8 95,5 95,9 94,6 93,0 94,7 95,2 95,8 95,4 94,1 95,7 95,3 94,9 95,6 95,1 94,4 92,7 94,9 95,3",
        ((JANUARY, "97", "95", "92"),),
    ),
    Kept(
        ABSENCE, SCHOOL_OFFICE, "Maria Ek", date(2023, 1, 1),
        "7,4 6,1 4,9 6,8 7,6 6,0 4,7 6,6 7,2 5,8 4,6",
        ((date(2023, 1, 1), "5,5", "7,0", "9,0"),),
    ),
    Kept(
        ABSENCE, CARE_OFFICE, "Jonas Wik", date(2023, 1, 1),
        "9,6 8,2 7,4 8,9 9,8 8,0 7,1 8,6 9,3 7,9 7,0",
        ((date(2023, 1, 1), "7,0", "8,0", "9,5"),),
    ),
)  # fmt: skip
BEHIND = {"Felaktiga löneutbetalningar": DEBTS, "Avsaknad av helhetstänk vid införskaffande av system": COSTS}
"""The series that follows up each control, by the title of its risk."""


def begin(plan: ControlPlan, municipality: Unit, people: Mapping[str, User], *, by: User) -> None:
    """Define the indicators, begin their series with levels and the values until then, and let two follow up controls."""
    with clock.at(BEGUN_ON):
        defined = {one.name: definitions.define(municipality, by=by, described=one) for one in DEFINED}
        for kept in SERIES:
            made = series.open_series(
                defined[kept.indicator],
                Unit.objects.get(name=kept.unit),
                by=by,
                responsible=people[kept.responsible],
                begins_on=kept.first,
                days_after=kept.days_after,
            )
            for day, target, acceptable, critical in kept.levels:
                series.set_levels(
                    made,
                    by=by,
                    valid_from=day,
                    target=_number(target),
                    acceptable=_number(acceptable),
                    critical=_number(critical),
                )
        for title, name in BEHIND.items():
            control = Control.objects.get(risk__plan=plan, risk__title=title)
            choose_series(control, list(IndicatorSeries.objects.filter(indicator__name=name)), by=by, reason=WHY)
    enter(people, after=date(2017, 12, 31), until=BEGUN_ON)


def enter(people: Mapping[str, User], *, after: date, until: date) -> None:
    """Enter the values and notes whose day is after the one and until the other, by whoever answers for them."""
    for kept in SERIES:
        found = _series(kept)
        author = people[kept.responsible]
        by_day: dict[date, dict[date, Decimal]] = {}
        for number, text in enumerate(kept.values.split()):
            period = period_after(kept.first, found.indicator.rhythm, number)
            day = max(_entered_on(kept, period, found.indicator), BEGUN_ON)
            if after < day <= until:
                by_day.setdefault(day, {})[period] = _number(text)
        for day, values in sorted(by_day.items()):
            with clock.at(day):
                record_values(found, values, by=author)
        for period, text in kept.notes.items():
            day = max(period + timedelta(days=20), BEGUN_ON)
            if after < day <= until:
                with clock.at(day):
                    series.note(found, by=author, period=period, text=text)


def revise(people: Mapping[str, User]) -> None:
    """Revise a value of the salary debts that was entered wrong."""
    with clock.at(REVISED_ON):
        value = IndicatorValue.objects.get(series__indicator__name=DEBTS, period=date(2025, 2, 1))
        reason = "Två skulder var registrerade dubbelt i det gamla lönesystemet."
        revise_value(value, by=people["Karin Lindqvist"], new=Decimal(26), reason=reason)


def _series(kept: Kept) -> IndicatorSeries:
    related = IndicatorSeries.objects.select_related("indicator", "unit")
    return related.get(indicator__name=kept.indicator, unit__name=kept.unit)


def _entered_on(kept: Kept, period: date, indicator: Indicator) -> date:
    return period_after(period, indicator.rhythm) + timedelta(days=kept.entered_after - 1)


def _number(text: str) -> Decimal:
    return Decimal(text.replace(",", "."))
