"""The time zones a user can choose for the times they are shown. Days and deadlines are the municipality's."""

from __future__ import annotations

import zoneinfo
from datetime import tzinfo
from functools import cache

from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _

AREAS = ("Africa", "America", "Antarctica", "Arctic", "Asia", "Atlantic", "Australia", "Europe", "Indian", "Pacific")


@cache
def time_zone_names() -> tuple[str, ...]:
    """Return the names Area/City in alphabetical order, without old names and files that are no places."""
    return tuple(sorted(name for name in zoneinfo.available_timezones() if name.partition("/")[0] in AREAS))


def is_time_zone(name: str) -> None:
    """Check the name of a time zone; raise ValidationError for one that cannot be chosen."""
    if name not in time_zone_names():
        raise ValidationError(
            _("%(name)s is no time zone that can be chosen. Write it as Europe/Stockholm."), params={"name": name}
        )


def zone_named(name: str) -> tzinfo:
    """Return the time zone; the municipality's for '' and for a name that is not known here (any more)."""
    if name:
        try:
            return zoneinfo.ZoneInfo(name)
        except (zoneinfo.ZoneInfoNotFoundError, ValueError):
            pass
    return timezone.get_default_timezone()
