"""Months added to a day. Pure."""

from __future__ import annotations

from datetime import date

from dateutil.relativedelta import relativedelta


def months_after(day: date, months: int) -> date:
    """Return the same day that many months later, or that month's last day where it has no such day.

    Counted from `day`, so that 31 January is followed by 28 February and that by 31 March.
    """
    return day + relativedelta(months=months)


def month_end(day: date) -> date:
    """Return the last day of the day's month."""
    return day + relativedelta(day=31)
