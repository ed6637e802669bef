"""The clock, read in this place only. Everything else receives the date or the moment.

RISKREG_TODAY pins the date (demonstrations, training): the day is then the pinned one,
the time of day the real one. A banner on every page says so.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date, datetime, timedelta
from datetime import time as time_of_day
from time import monotonic

from django.conf import settings
from django.utils import timezone

NINE = time_of_day(9)
_moved: ContextVar[date | None] = ContextVar("moved", default=None)
_began: ContextVar[float | None] = ContextVar("began", default=None)


@contextmanager
def at(day: date) -> Iterator[None]:
    """Let the block inside happen on the day: for data about the past, such as the demonstration's earlier years."""
    token = _moved.set(day)
    try:
        yield
    finally:
        _moved.reset(token)


@contextmanager
def from_nine() -> Iterator[None]:
    """Let the days of `at` inside begin at nine, one after the other: the past happens in office hours."""
    token = _began.set(monotonic())
    try:
        yield
    finally:
        _began.reset(token)


def pinned_day() -> date | None:
    """Return the pinned date, or None when time runs as usual."""
    pinned: date | None = _moved.get() or settings.RISKREG_TODAY
    return pinned


def now() -> datetime:
    """Return the moment, aware, in the municipality's time zone, whichever is active for the reader."""
    moment = datetime.now(timezone.get_default_timezone())
    moved, began = _moved.get(), _began.get()
    if moved is not None and began is not None:
        return datetime.combine(moved, NINE, tzinfo=moment.tzinfo) + timedelta(seconds=monotonic() - began)
    pinned = pinned_day()
    if pinned is None:
        return moment
    return datetime.combine(pinned, moment.time(), tzinfo=moment.tzinfo)


def municipal(moment: datetime) -> datetime:
    """Return the moment in the municipality's time zone: for documents, and for days."""
    return timezone.localtime(moment, timezone.get_default_timezone())


def today() -> date:
    """Return today's date in the municipality's time zone."""
    return now().date()
