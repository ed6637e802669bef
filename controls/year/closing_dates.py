"""The dates of a closing: the law's limits, and the usual dates.

Pure. The interim report covers at least half and at most two thirds of the year (lag 2018:597 om kommunal bokföring och
redovisning, 13 kap. 1 §), and reaches the council and the auditors within two months of its cut-off (kommunallagen
2017:725, 11 kap. 16 §). The annual report is handed over by 15 April (kommunallagen 11 kap. 20 §). A tertial is the
municipality's own.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from controls.scheduling.rhythm import WorkingDay, working_days_before
from riskreg.months import month_end, months_after


@dataclass(frozen=True, slots=True)
class ClosingDates:
    cut_off: date
    follow_up_due: date
    approval_due: date
    report_due: date


class Breach(StrEnum):
    """A breach of the law in a closing's dates, or a date outside its year."""

    COVERS_TOO_LITTLE = "covers_too_little"
    COVERS_TOO_MUCH = "covers_too_much"
    INTERIM_REPORT_LATE = "interim_report_late"
    ANNUAL_CUT_OFF = "annual_cut_off"
    ANNUAL_REPORT_LATE = "annual_report_late"
    CUT_OFF_OUTSIDE_YEAR = "cut_off_outside_year"


def usual_dates(kind: str, year: int) -> ClosingDates:
    """Return the usual dates of the kind (first_tertial, interim, annual), within the law's limits."""
    if kind == "annual":
        return ClosingDates(date(year, 12, 31), date(year + 1, 1, 20), date(year + 1, 2, 5), date(year + 1, 4, 15))
    if kind == "first_tertial":
        return ClosingDates(date(year, 4, 30), date(year, 5, 12), date(year, 5, 22), date(year, 5, 31))
    return ClosingDates(date(year, 8, 31), date(year, 9, 12), date(year, 9, 22), date(year, 10, 31))


def count_back(
    usual: ClosingDates, report_due: date, approval_days: int, follow_up_days: int, is_working_day: WorkingDay
) -> ClosingDates:
    """Count the dates back from the day the report is due.

    Approvals are due that many working days before it, follow-ups that many before the approvals. Raises ValueError
    where follow-ups would be due before the cut-off.
    """
    approval_due = working_days_before(report_due, approval_days, is_working_day)
    follow_up_due = working_days_before(approval_due, follow_up_days, is_working_day)
    if follow_up_due < usual.cut_off:
        raise ValueError(follow_up_due.isoformat())
    return ClosingDates(usual.cut_off, follow_up_due, approval_due, report_due)


def two_months_after(cut_off: date) -> date:
    """Return the last day of the two months after the cut-off: 31 August → 31 October, 31 July → 30 September."""
    later = months_after(cut_off, 2)
    return month_end(later) if cut_off == month_end(cut_off) else later


def breaches(kind: str, year: int, cut_off: date, report_due: date) -> list[Breach]:
    """Return the breaches to warn a person of, in order; nothing is refused for them."""
    found = []
    if cut_off.year != year:
        found.append(Breach.CUT_OFF_OUTSIDE_YEAR)
    elif kind == "interim":
        if cut_off < date(year, 6, 30):
            found.append(Breach.COVERS_TOO_LITTLE)
        if cut_off > date(year, 8, 31):
            found.append(Breach.COVERS_TOO_MUCH)
    elif kind == "annual" and cut_off != date(year, 12, 31):
        found.append(Breach.ANNUAL_CUT_OFF)
    if kind == "interim" and report_due > two_months_after(cut_off):
        found.append(Breach.INTERIM_REPORT_LATE)
    if kind == "annual" and report_due > date(year + 1, 4, 15):
        found.append(Breach.ANNUAL_REPORT_LATE)
    return found
