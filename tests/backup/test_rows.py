"""How rows are written: every kind of column of every table, and what only SQLite can hold."""

from __future__ import annotations

import pytest
from django.apps import apps
from django.db import models

from config.backup import sqlite
from config.backup.errors import BackupError
from config.backup.rows import Digest, from_lines, to_lines
from config.backup.tables import LEFT_OUT, Column, Table, kind_of, tables_of


def test_every_table_and_every_column_of_the_product_is_in_a_backup_or_named_with_the_reason() -> None:
    there = {table.name: {column.name for column in table.columns} for table in tables_of(apps)}
    for model in apps.get_models(include_auto_created=True):
        if not model._meta.proxy and model._meta.db_table not in LEFT_OUT:
            assert there.pop(model._meta.db_table) == {field.column for field in model._meta.concrete_fields}
    assert there == {}


def test_a_kind_of_field_that_nobody_thought_of_stops_the_backup() -> None:
    with pytest.raises(BackupError, match="DurationField"):
        kind_of(models.DurationField())


@pytest.mark.parametrize(
    ("column", "stored", "written"),
    [
        (Column("a", "int"), [1, None, -(2**62)], [1, None, -(2**62)]),
        (Column("a", "text"), ["å\t\n\\N\u2028", "", None], ["å\t\n\\N\u2028", "", None]),
        (Column("a", "bool"), [1, 0, None], [True, False, None]),
        (
            Column("a", "moment"),
            ["2025-09-08 06:30:00.123456", "2025-09-08 06:30:00", None],
            ["2025-09-08 06:30:00.123456", "2025-09-08 06:30:00.000000", None],
        ),
        (Column("a", "date"), ["2025-09-08", None], ["2025-09-08", None]),
        (Column("a", "decimal", 2), [12.5, 7, 0.1 + 0.2, -0.0, None], ["12.50", "7.00", "0.30", "0.00", None]),
        (Column("a", "json"), ['{"b": 1.0, "a": "å"}', "null", None], ['{"b": 1.0, "a": "å"}', "null", None]),
        (Column("a", "bytes"), [b"\x00\xffa", b"", None], ["00ff61", "", None]),
        (Column("a", "uuid"), ["0123456789abcdef0123456789abcdef"], ["0123456789abcdef0123456789abcdef"]),
    ],
)
def test_each_kind_is_written_in_one_form_and_stored_again_as_it_was(
    column: Column, stored: list[object], written: list[object]
) -> None:
    assert list(sqlite.reading(column)(stored)) == written
    through = [row[0] for row in from_lines(to_lines([[value] for value in written]))]
    again = list(sqlite.writing(column)(through))
    if column.kind == "decimal":  # the column's affinity makes numbers of the texts
        again = [None if value is None else float(str(value)) for value in again]
        assert again == pytest.approx(list(stored), abs=1e-9)
        return
    assert again == stored


@pytest.mark.parametrize("kind", ["int", "text", "bool", "moment", "date", "decimal", "json", "uuid", "bytes"])
@pytest.mark.parametrize("value", ["12 oktober", b"\x00\xff", 17.25, 2**40, "2025-09-08 06:30:00+00:00"])
def test_what_is_not_of_its_column_comes_back_on_sqlite_as_it_was(kind: str, value: object) -> None:
    column = Column("a", kind, 2)
    written = list(sqlite.reading(column)([value, None]))
    through = [row[0] for row in from_lines(to_lines([[one] for one in written]))]
    again = list(sqlite.writing(column)(through))
    if kind == "decimal" and isinstance(value, (int, float)):
        assert [float(again[0]), again[1]] == [value, None]
    else:
        # Bytes are in their place in a column of bytes.
        assert again == [value, None]
        assert type(again[0]) is type(value)


def digest_of(table: Table, rows: list[list[object]]) -> str:
    digest = Digest(table)
    digest.add(rows, to_lines(rows))
    return digest.hexdigest()


def test_the_hash_of_rows_knows_no_order_of_json_names_and_every_other_difference() -> None:
    table = Table("t", "id", (Column("id", "int"), Column("j", "json")))
    one = digest_of(table, [[1, '{"b": [1, {"d": 2, "c": 3}], "a": 1}']])
    assert one == digest_of(table, [[1, '{"a":1,"b":[1,{"c":3,"d":2}]}']])
    for other in ([[1, '{"a": 1, "b": [1, {"c": 3, "d": 4}]}']], [[2, '{"b": [1, {"d": 2, "c": 3}], "a": 1}']], []):
        assert one != digest_of(table, other)
