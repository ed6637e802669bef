"""Working days of Swedish municipalities: Monday to Friday, except public holidays and the eves held as such.

Midsummer Eve, Christmas Eve and New Year's Eve are days off by the collective agreements; Twelfth Night, Maundy Thursday
and the other days that are shorter here and there are working days.
"""

from __future__ import annotations

from datetime import date
from functools import lru_cache

import holidays


@lru_cache(maxsize=64)
def days_off(year: int) -> frozenset[date]:
    """Return the year's public holidays and the three eves; Saturdays and Sundays are not among them as such."""
    return frozenset(holidays.country_holidays("SE", years=year, categories=("public", "de_facto"), include_sundays=False))


def is_working_day(day: date) -> bool:
    """Return whether municipalities work on the day."""
    return day.weekday() < 5 and day not in days_off(day.year)
