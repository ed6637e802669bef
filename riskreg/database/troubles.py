"""What a database, or the disk below it, says when it cannot save: who lost a race, who found it busy, who found it full.

Both engines say it in their own words, and some say it of a file instead of a row; here it becomes one of `Trouble`.
"""

from __future__ import annotations

import errno
import sqlite3
from collections.abc import Callable, Iterator
from enum import Enum
from typing import TypeVar

from django.db import DatabaseError, transaction

T = TypeVar("T")
TRIES = 4


class Trouble(Enum):
    """The reason why something was not saved that is nobody's mistake."""

    LOST_RACE = "lost_race"
    """Somebody else saved the same at the same moment. Asked again, the answer takes it into account."""
    BUSY = "busy"
    """Others hold the database, or it does not answer: later it will."""
    FULL = "full"
    """The disk holds no more, or cannot be written to."""


_SQLITE = {
    sqlite3.SQLITE_BUSY: Trouble.BUSY,
    sqlite3.SQLITE_LOCKED: Trouble.BUSY,
    sqlite3.SQLITE_FULL: Trouble.FULL,
    sqlite3.SQLITE_IOERR: Trouble.FULL,
    sqlite3.SQLITE_CANTOPEN: Trouble.FULL,
    sqlite3.SQLITE_READONLY: Trouble.FULL,
}
_SQLITE_UNIQUE = {sqlite3.SQLITE_CONSTRAINT_UNIQUE, sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY}
# https://www.postgresql.org/docs/current/errcodes-appendix.html
_POSTGRESQL = {
    "23505": Trouble.LOST_RACE,  # unique_violation
    "40001": Trouble.LOST_RACE,  # serialization_failure
    "40P01": Trouble.LOST_RACE,  # deadlock_detected: the one of two that gave way
    "53100": Trouble.FULL,  # disk_full
    "58030": Trouble.FULL,  # io_error
    "55P03": Trouble.BUSY,  # lock_not_available
    "57014": Trouble.BUSY,  # query_canceled, as by a time limit
    "53300": Trouble.BUSY,  # too_many_connections
    "57P01": Trouble.BUSY,  # admin_shutdown
    "57P02": Trouble.BUSY,  # crash_shutdown
    "57P03": Trouble.BUSY,  # cannot_connect_now
}
_FILES = {errno.ENOSPC, errno.EDQUOT, errno.EROFS}


def trouble_of(error: BaseException | None) -> Trouble | None:
    """Return what the error says, by itself or by what caused it; None when it is a fault of another kind."""
    for one in _causes(error):
        found = _trouble_of_one(one)
        if found is not None:
            return found
    return None


def _trouble_of_one(error: BaseException) -> Trouble | None:
    code = getattr(error, "sqlite_errorcode", None)
    if code is not None:
        if code in _SQLITE_UNIQUE:
            return Trouble.LOST_RACE
        return _SQLITE.get(code & 0xFF)  # the rest of an extended code says more than is asked here
    if isinstance(error, OSError) and error.errno in _FILES:
        return Trouble.FULL
    state = getattr(error, "sqlstate", None)
    return _POSTGRESQL.get(state) if state else None


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    seen = 0
    while error is not None and seen < 10:
        yield error
        error, seen = error.__cause__, seen + 1


def once_more(work: Callable[[], T]) -> T:
    """Do the work, a transaction of its own; again when somebody else was faster, now knowing what they saved.

    Inside somebody else's transaction it is done once: only the whole of that can be done again.
    """
    tries = 1 if transaction.get_connection().in_atomic_block else TRIES
    for left in reversed(range(tries)):
        try:
            return work()
        except DatabaseError as error:
            if not left or trouble_of(error) is not Trouble.LOST_RACE:
                raise
    raise AssertionError("unreachable")
