"""The database's statistics of tables after very many rows were written at once.

PostgreSQL plans by statistics that it gathers by itself a while later. Where it last looked when a table was empty it
continues to plan for an empty table, and joins 2,000 follow-ups with 2,000 controls row by row: minutes for a page.
So code that writes many rows calls `analyze_table`.
"""

from __future__ import annotations

from django.db import connection, models, transaction

MANY = 200
"""Fewer rows than this make no plan wrong enough to be felt."""


def analyze_table(model: type[models.Model], how_many: int) -> None:
    """Queue an ANALYZE of the model's table after the commit; on PostgreSQL, and for many rows only.

    After the commit, since it holds a lock that a second import would wait for. Its failure undoes nothing: the
    database gathers the statistics by itself later.
    """
    if how_many >= MANY and connection.vendor == "postgresql":
        transaction.on_commit(lambda: _gather(model), robust=True)


def _gather(model: type[models.Model]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"ANALYZE {connection.ops.quote_name(model._meta.db_table)}")
