"""No just-in-time compilation in PostgreSQL for the product's connections.

The product asks many short statements with wide conditions. By their estimated cost PostgreSQL compiles some of them to machine
code: seconds, for an answer of milliseconds (docs/figures.md).
"""

from __future__ import annotations

from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created


def register() -> None:
    """Turn compilation off in every connection that is made from now on."""
    connection_created.connect(_turn_off, dispatch_uid="riskreg.database.just_in_time")


def _turn_off(connection: BaseDatabaseWrapper, **_arguments: Any) -> None:
    """Turn it off by a statement: a connection's start-up options are refused or dropped by poolers."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET jit = off")
