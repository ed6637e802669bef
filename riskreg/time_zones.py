"""The time zones a person can choose for the times they are shown. Days, and what is due on them, are the municipality's."""

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
    """Area/City, in alphabetical order: without the old names and the files that are no places."""
    return tuple(sorted(name for name in zoneinfo.available_timezones() if name.partition("/")[0] in AREAS))


def is_time_zone(name: str) -> None:
    """Raises ValidationError for a name that is none of those."""
    if name not in time_zone_names():
        raise ValidationError(
            _("%(name)s is no time zone that can be chosen. Write it as Europe/Stockholm."), params={"name": name}
        )


def zone_named(name: str) -> tzinfo:
    """The municipality's for no name, and for one that is not known here (any more)."""
    if name:
        try:
            return zoneinfo.ZoneInfo(name)
        except (zoneinfo.ZoneInfoNotFoundError, ValueError):
            pass
    return timezone.get_default_timezone()
