"""Alterations made past the product, straight in the database, in SQL that both engines understand."""

from __future__ import annotations

import json
from typing import Any

from django.db import connection

from controls.riskreg_hooks.triggers import GUARDS
from riskreg.database.triggers import are_there, drop_all
from riskreg.models import Seal, SealedRow
from riskreg.trail import canonical
from riskreg.trail.findings import Finding
from riskreg.trail.seals import seal_hash
from riskreg.trail.tables import sealed_tables
from riskreg.trail.verification import verify

RISKS = "riskreg_historicalrisk"


def on_sqlite() -> bool:
    return connection.vendor == "sqlite"


def sql(statement: str, *values: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        assert cursor.rowcount != 0, f"Nothing was altered by: {statement}"


def drop_triggers(*tables: str) -> None:
    """What the owner of the tables may do first."""
    for guard in GUARDS:
        if guard.table in tables:
            assert are_there(connection, [guard.name])
            drop_all(connection, [guard.name], guard.table)


def change(history_id: int, column: str, value: Any, table: str = RISKS) -> None:
    sql(f"UPDATE {table} SET {column} = %s WHERE history_id = %s", value, history_id)


def copy_row(from_id: int, to_id: int, *, moment: Any = None, table: str = RISKS) -> None:
    """Inserts a history row like another one, under a number of the forger's choice."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM {table} WHERE history_id = %s", [from_id])
        columns = [column.name if hasattr(column, "name") else column[0] for column in cursor.description]
        row = dict(zip(columns, cursor.fetchone(), strict=True))
        row["history_id"] = to_id
        if moment is not None:
            row["history_date"] = connection.ops.adapt_datetimefield_value(moment)
        marks = ", ".join(["%s"] * len(columns))
        cursor.execute(f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks})", list(row.values()))


def delete_row(history_id: int, table: str = RISKS) -> None:
    sql(f"DELETE FROM {table} WHERE history_id = %s", history_id)


def swap_rows(one: int, other: int, table: str = RISKS) -> None:
    for start, end in ((one, -1), (other, one), (-1, other)):
        sql(f"UPDATE {table} SET history_id = %s WHERE history_id = %s", end, start)


def delete_seal(seq: int) -> None:
    sql("DELETE FROM riskreg_sealedrow WHERE seal_id = %s", seq)
    sql("DELETE FROM riskreg_seal WHERE seq = %s", seq)


def entry_of(history_id: int, model: str = "riskreg.risk") -> SealedRow:
    return SealedRow.objects.get(model=model, history_id=history_id, weeded=False)


def make_seals_again() -> None:
    """What a forger with the product's source does: every hash, link and seal made anew from the rows as they are."""
    previous = canonical.NO_SEAL
    tables = sealed_tables()
    for seal in Seal.objects.order_by("seq"):
        link = previous
        for label in sorted(seal.contents):
            part = seal.contents[label]
            for entry in SealedRow.objects.filter(seal=seal, model=label).order_by("history_id"):
                values = tables[label].read(part["columns"], [entry.history_id])[entry.history_id]
                assert values is not None
                row = canonical.row_hash(entry.salt, canonical.row_text(label, entry.history_id, values))
                link = canonical.next_link(link, label, entry.history_id, entry.record, row)
                sql("UPDATE riskreg_sealedrow SET hash = %s, link = %s WHERE id = %s", row, link, entry.pk)
        seal.previous, seal.root = previous, link
        seal.hash = seal_hash(seal)
        sql("UPDATE riskreg_seal SET previous = %s WHERE seq = %s", f"making {seal.seq}", seal.seq)
        sql(
            "UPDATE riskreg_seal SET previous = %s, root = %s, hash = %s WHERE seq = %s",
            previous,
            link,
            seal.hash,
            seal.seq,
        )
        previous = seal.hash


def change_contents(seq: int, contents: Any) -> None:
    sql("UPDATE riskreg_seal SET contents = %s WHERE seq = %s", json.dumps(contents), seq)


def first(*known_heads: str) -> Finding:
    """The first thing found; the drill fails when nothing is."""
    outcome = verify(known_heads)
    assert outcome.findings, "The alteration was not found."
    return outcome.findings[0]
