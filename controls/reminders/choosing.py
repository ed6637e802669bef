"""A user's choices of their own reminders: when they come, and the addresses from which their calendar is read."""

from __future__ import annotations

import hashlib
import logging
import secrets
from collections.abc import Iterable
from datetime import date

from django.conf import settings
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _
from redis.exceptions import RedisError

from controls.models import CalendarFeed, ReminderPreference
from riskreg import clock
from riskreg.access.grants import require
from riskreg.access.verbs import NotPermitted, Verb
from riskreg.models import Unit, User
from riskreg.models.author import Author
from riskreg.models.history import sign
from riskreg.time_zones import is_time_zone
from riskreg.verbs.gate import lock_row

TOKEN_BYTES = 32
READS_KEPT = 180 * 24 * 3600
log = logging.getLogger(__name__)


def preference_of(user: User) -> ReminderPreference:
    """Return the user's choice; unsaved, with the usual values, when they have made none."""
    return ReminderPreference.objects.filter(user=user).first() or ReminderPreference(user=user)


@transaction.atomic
def choose_reminders(*, by: User, rhythm: str, weekday: int, hour: int, time_zone: str = "") -> ReminderPreference:
    """Save how often, on which day, at which hour and in which time zone the user wants reminders.

    An empty time zone is the municipality's. Raises ValidationError for an hour outside the working day, or an
    unknown time zone.
    """
    lock_row(User.objects.all(), by.pk)
    person = User.objects.get(pk=by.pk)
    if time_zone:
        is_time_zone(time_zone)
    if person.time_zone != time_zone:
        person.time_zone = by.time_zone = time_zone
        sign(person, by=Author(by), reason=_("Time zone chosen"))
        person.save(update_fields=["time_zone"])
    first, last = settings.REMINDER_FROM_HOUR, settings.REMINDER_TO_HOUR - 1
    if not first <= hour <= last:
        said = _("%(hour)d is outside the hours in which reminders are sent: choose from %(first)d to %(last)d.")
        raise ValidationError({"hour": [said % {"hour": hour, "first": first, "last": last}]})
    row = preference_of(by)
    row.rhythm, row.weekday, row.hour = rhythm, weekday, hour
    row.full_clean()
    row.save()
    return row


def hash_of(token: str) -> str:
    """Return the hash under which a calendar's secret is stored."""
    return hashlib.sha256(token.encode(errors="replace")).hexdigest()


@transaction.atomic
def open_feed(*, by: User, unit: Unit | None = None) -> tuple[CalendarFeed, str]:
    """Create a new secret address of the user's dates or of the unit's; the one before stops working.

    The secret is returned here and stored nowhere.
    """
    require(by, Verb.VIEW, unit)
    if unit is not None and not unit.is_active:
        raise NotPermitted(Verb.VIEW)
    lock_row(User.objects.all(), by.pk)
    now = clock.now()
    CalendarFeed.objects.of(by).filter(unit=unit).update(revoked_at=now)
    token = secrets.token_urlsafe(TOKEN_BYTES)
    return CalendarFeed.objects.create(owner=by, unit=unit, token_hash=hash_of(token), made_at=now), token


@transaction.atomic
def close_feed(feed: CalendarFeed, *, by: User) -> bool:
    """Close the address at once; return False when it was closed already."""
    if feed.owner_id != by.pk:
        raise NotPermitted(Verb.VIEW)
    return bool(CalendarFeed.objects.of(by).filter(pk=feed.pk).update(revoked_at=clock.now()))


def feed_of(token: str) -> CalendarFeed | None:
    """Return the open feed of the secret, with its owner and unit.

    None when there is none, or its owner's account is closed.
    """
    rows = CalendarFeed.objects.filter(token_hash=hash_of(token), revoked_at__isnull=True, owner__is_active=True)
    return rows.select_related("owner", "unit").first()


def record_read(feed: CalendarFeed, today: date) -> None:
    """Record that the calendar was read, so that its owner sees whether anybody reads it.

    Recorded in the cache: reading writes nothing to the database.
    """
    try:
        cache.set(f"calendar:read:{feed.pk}", today.isoformat(), timeout=READS_KEPT)
    except RedisError:
        log.warning("The cache does not answer: the reading of a calendar is not noted.")


def last_read(feeds: Iterable[CalendarFeed]) -> dict[int, date]:
    """Return the day each calendar was last read, for those read in the last months."""
    keys = {f"calendar:read:{feed.pk}": feed.pk for feed in feeds}
    try:
        found = cache.get_many(list(keys)) if keys else {}
    except RedisError:
        return {}
    return {keys[key]: date.fromisoformat(day) for key, day in found.items()}
