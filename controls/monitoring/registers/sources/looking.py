"""The sources that are due asked, one after the other; each tells on its register's page what became of it."""

from __future__ import annotations

import hashlib
import logging
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.core.exceptions import ValidationError

from controls.data_files.disk import require_room
from controls.data_files.problems import Unreadable
from controls.models import Register, RegisterSnapshot, RegisterSource
from controls.monitoring.registers.inbox import NoSuchRegister, day_in, feed_file, find_register
from controls.monitoring.registers.kept_upload import SHELF
from controls.monitoring.registers.sources.fetching import Fetched, Known, NotFetched, Why, day_of, fetch
from controls.monitoring.registers.unchanged import confirm_fetched
from controls.monitoring.registers.verbs import StillTheSame, TheSameFile
from riskreg import clock
from riskreg.verbs.errors import Refused

_log = logging.getLogger(__name__)
_AGAIN = timedelta(hours=1)
"""How soon a source that failed is asked again; then twice that, and so on up to its own interval."""
_MOST_DETAIL = 2_000


@dataclass(frozen=True, slots=True)
class Source:
    """A line of REGISTER_SOURCES: a register by number or name, its address, and how often that is asked."""

    register: str
    url: str
    every: timedelta


def sources() -> list[Source]:
    """Return the sources that the settings name."""
    return [Source(register, url, timedelta(hours=hours)) for register, url, hours in settings.REGISTER_SOURCES]


def look(now: datetime) -> int:
    """Ask the sources that are due; return how many brought a new snapshot."""
    return sum(_look_at(source, now) for source in sources())


def _look_at(source: Source, now: datetime) -> bool:
    try:
        register = find_register(source.register)
    except NoSuchRegister as refusal:
        _log.error("REGISTER_SOURCES: %s", refusal)
        return False
    row = _claimed(source, register, now)
    if row is None:
        return False
    came = False
    try:
        came = _fetch(row, register)
        row.outcome = RegisterSource.Outcome.NEW if came else RegisterSource.Outcome.UNCHANGED
        row.problem, row.detail, row.failures = "", "", 0
        if came:
            row.came_at = now
    except NotFetched as refusal:
        _log.warning("Register %s: nothing was fetched from %s: %s", register.pk, source.url, refusal)
        row.outcome, row.problem, row.detail = RegisterSource.Outcome.FAILED, refusal.why, refusal.detail[:_MOST_DETAIL]
        row.failures = min(row.failures + 1, 1_000)
    row.save()
    return came


def _claimed(source: Source, register: Register, now: datetime) -> RegisterSource | None:
    """Return what is known of the source if it is due, and no other worker asks it meanwhile."""
    row, _made = RegisterSource.objects.get_or_create(register=register, defaults={"url": source.url})
    if row.asked_at is not None and now < row.asked_at + _wait(source, row):
        return None
    if row.url != source.url:
        row.url, row.etag, row.last_modified, row.sha256, row.failures = source.url, "", "", "", 0
    if not RegisterSource.objects.filter(pk=row.pk, asked_at=row.asked_at).update(asked_at=now):
        return None
    row.asked_at = now
    return row


def _wait(source: Source, row: RegisterSource) -> timedelta:
    if row.url != source.url:
        return timedelta(0)
    if not row.failures:
        return source.every
    return min(source.every, _AGAIN * 2 ** min(row.failures - 1, 10))


def _fetch(row: RegisterSource, register: Register) -> bool:
    """Fetch what has changed and feed it; return whether it became a snapshot. Raises NotFetched.

    What has not changed confirms the latest snapshot, where that is the file that the address gave.
    """
    # Whose hash is not known, or of which nothing is left since its draft was discarded: that file is asked for whole.
    is_there = bool(row.sha256) and register.snapshots.filter(original_sha256=row.sha256).exists()
    known = Known(row.etag, row.last_modified) if is_there else Known()
    with _place() as target:
        fetched = fetch(row.url, target, known=known, most_bytes=settings.REGISTER_MAX_BYTES)
        if fetched is None:
            confirm_fetched(register, row.sha256, on=clock.today())
            return False
        with target.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        came = _feed(register, target, fetched, is_another=bool(row.sha256) and row.sha256 != digest)
    if not came:
        confirm_fetched(register, digest, on=clock.today())
    row.etag, row.last_modified, row.sha256 = fetched.known.etag, fetched.known.last_modified, digest
    return came


def _feed(register: Register, path: Path, fetched: Fetched, *, is_another: bool) -> bool:
    """Feed the file of the day that its name tells, or its server; return whether it came in.

    A server that gives an older file again, under the day it had then, has gone back to it or is out of order: where
    `is_another` than the one it gave last, it is fed as today's, and a person is asked.
    """
    today, told = clock.today(), day_in(fetched.name)
    day = min(told or day_of(fetched.known) or today, today)
    try:
        try:
            feed_file(register, path, name=fetched.name, as_of=day, way=RegisterSnapshot.Way.FETCHED)
        except StillTheSame:
            return False
        except TheSameFile:
            if told is not None or day == today or not is_another:
                return False
            feed_file(register, path, name=fetched.name, as_of=today, way=RegisterSnapshot.Way.FETCHED, is_doubtful=True)
    except TheSameFile:
        return False
    except Refused as refusal:
        raise NotFetched(Why.REFUSED, refusal) from refusal
    except ValidationError as refusal:
        raise NotFetched(Why.REFUSED, " ".join(refusal.messages)) from refusal
    return True


@contextmanager
def _place() -> Iterator[Path]:
    """Give a file to fetch to, among those that wait to be read: what a crash leaves there is swept."""
    SHELF.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        require_room(SHELF.folder, 0)
    except Unreadable as refusal:
        raise NotFetched(Why.REFUSED, refusal) from refusal
    path = SHELF.folder / f"fetched-{uuid.uuid4().hex}"
    try:
        yield path
    except OSError as problem:
        raise NotFetched(Why.REFUSED, problem.strerror or problem) from problem
    finally:
        path.unlink(missing_ok=True)
