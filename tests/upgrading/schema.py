"""What a database's schema consists of, said so that two databases can be compared."""

from __future__ import annotations

import re

from django.db.backends.base.base import BaseDatabaseWrapper

# The order of a table's columns is left out: nothing reads by it, and SQLite's copies of altered tables have another one.
_POSTGRESQL = {
    "column": """
        SELECT c.relname || '.' || a.attname,
               concat_ws(' ', format_type(a.atttypid, a.atttypmod), CASE WHEN a.attnotnull THEN 'NOT NULL' END, a.attidentity,
                         a.attgenerated, pg_get_expr(d.adbin, d.adrelid), l.collname)
        FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
        LEFT JOIN pg_attrdef d ON (d.adrelid, d.adnum) = (c.oid, a.attnum)
        LEFT JOIN pg_collation l ON l.oid = a.attcollation
        WHERE c.relkind = 'r' AND a.attnum > 0 AND NOT a.attisdropped AND c.relnamespace = current_schema()::regnamespace""",
    "constraint": """
        SELECT conrelid::regclass || '.' || conname, pg_get_constraintdef(oid)
        FROM pg_constraint WHERE connamespace = current_schema()::regnamespace""",
    "index": "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = current_schema()",
    "trigger": "SELECT tgrelid::regclass || '.' || tgname, pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal",
    "function": """
        SELECT proname, pg_get_functiondef(oid) FROM pg_proc WHERE pronamespace = current_schema()::regnamespace""",
    "sequence": """
        SELECT sequencename, concat_ws(' ', data_type, increment_by, min_value, max_value, cycle)
        FROM pg_sequences WHERE schemaname = current_schema()""",
}


def schema_of(connection: BaseDatabaseWrapper) -> dict[tuple[str, str], str]:
    """Return (kind, name) → definition for columns, constraints, indexes, triggers, functions and sequences."""
    found: dict[tuple[str, str], str] = {}
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            for kind, query in _POSTGRESQL.items():
                cursor.execute(query)
                found |= {(kind, str(name)): _comparable(kind, str(definition)) for name, definition in cursor.fetchall()}
        return found
    with connection.cursor() as cursor:
        cursor.execute("SELECT type, name, tbl_name, sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%'")
        rows = cursor.fetchall()
    for kind, name, table, sql in rows:
        if kind == "table":
            found |= {("part", f"{table}: {part}"): part for part in parts(sql)}
        else:
            found[kind, name] = _comparable(kind, _on_one_line(sql))
    return found


def _comparable(kind: str, definition: str) -> str:
    """Leave out what two ways to the same thing differ by.

    Casts and brackets, as PostgreSQL sets others when it reads a dump of its own; brackets and blanks in triggers, which
    stay as the version wrote them when nothing is to be migrated.
    """
    if kind in {"constraint", "index"}:
        return re.sub(r"::[a-z ]+(\[\])?|[()]", "", definition)
    return re.sub(r"[()\s]", "", definition) if kind in {"trigger", "function"} else definition


def parts(create_table: str) -> list[str]:
    """Return the columns and constraints of a CREATE TABLE statement: what commas outside brackets and quotes separate."""
    body = create_table[create_table.index("(") + 1 : create_table.rindex(")")]
    found, depth, quote = [""], 0, ""
    for letter in body:
        if quote:
            quote = "" if letter == quote else quote
        elif letter in "'\"":
            quote = letter
        elif letter == "," and depth == 0:
            found.append("")
            continue
        else:
            depth += {"(": 1, ")": -1}.get(letter, 0)
        found[-1] += letter
    return [_on_one_line(part) for part in found]


def _on_one_line(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip()
