"""A transaction that reads everything as it was at one moment, whatever others save meanwhile."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, transaction


@contextmanager
def one_snapshot() -> Iterator[None]:
    """Open a transaction whose queries all see the same moment.

    SQLite's do by themselves. On PostgreSQL a row that somebody else changed since that moment cannot be locked or
    changed: the error is one of a lost race, and the work is done again (riskreg.database.troubles.once_more). Within
    another transaction nothing is changed: its moment is chosen already.
    """
    outermost = not connection.in_atomic_block
    with transaction.atomic():
        if outermost and connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        yield
