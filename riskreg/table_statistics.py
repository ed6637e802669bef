"""What the database knows of its tables after a great many rows were written at once.

PostgreSQL plans by statistics that it gathers by itself a while later. Where it last looked when a table was empty it goes
on taking it for empty, and joins 2,000 follow-ups with 2,000 controls row by row: minutes for a page. So whoever writes
many rows says so.
"""

from __future__ import annotations

from django.db import connection, models, transaction

MANY = 200
"""Fewer rows than this make no plan wrong enough to be felt."""


def analyze_table(model: type[models.Model], how_many: int) -> None:
    """Has the statistics of the model's table gathered once the rows are committed; on PostgreSQL, and of many rows only.

    After the commit, since it holds a lock that a second import would wait for. Its failure undoes nothing: the database
    gathers them by itself later.
    """
    if how_many >= MANY and connection.vendor == "postgresql":
        transaction.on_commit(lambda: _gather(model), robust=True)


def _gather(model: type[models.Model]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"ANALYZE {connection.ops.quote_name(model._meta.db_table)}")
