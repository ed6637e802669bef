"""The days and hours in which letters leave: Swedish working days, between two hours of the municipality's clock."""

from __future__ import annotations

from datetime import date, datetime
from functools import cache

from django.conf import settings

from controls.scheduling import working_days


@cache
def is_working_day(day: date) -> bool:
    """Return whether it is a working day of the schedule; cached, as every deadline's stages ask."""
    return working_days.is_working_day(day)


def is_working_time(now: datetime) -> bool:
    """Return whether letters leave now. now: in the municipality's time zone."""
    return is_working_day(now.date()) and settings.REMINDER_FROM_HOUR <= now.hour < settings.REMINDER_TO_HOUR
