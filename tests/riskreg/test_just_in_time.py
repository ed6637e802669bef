"""PostgreSQL compiles no query of the product's, in whatever connection."""

from __future__ import annotations

import pytest
from django.db import connection

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite compiles nothing just in time"),
]


def test_a_new_connection_compiles_nothing_just_in_time() -> None:
    fresh = connection.copy()
    try:
        with fresh.cursor() as cursor:
            cursor.execute("SHOW jit")
            assert cursor.fetchone() == ("off",)
    finally:
        fresh.close()
