"""Writer of JSON: the report's tables for further processing, and the whole content with the hash it is frozen by."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from controls.reporting.paper import Cell, Paper, Table, as_json
from controls.reporting.writers.numbers_apart import with_numbers_apart
from riskreg.plans.content import sha256_of

CONTENT_TYPE = "application/json"


def write_json(paper: Paper) -> bytes:
    """Write the paper as JSON; `rows` are those that come back (riskreg/importing/readers/json.py).

    `sha256` is of `content` as JSON with sorted keys, no spaces, UTF-8.
    """
    content = as_json(paper)
    flat = next((table.flat for table in paper.tables if table.flat is not None), None)
    own = {"schema": paper.mark, "rows": [_given(flat, row) for row in flat.rows]} if flat is not None else {}
    tables = {table.name: with_numbers_apart(table) for table in paper.tables}
    document: Mapping[str, Any] = {
        **own,
        "report": paper.kind,
        "title": paper.title,
        "organisation": paper.organisation,
        "drawn_up_on": paper.drawn_up_on.isoformat(),
        "notes": list(paper.notes),
        "tables": {name: [_record(table, row) for row in table.rows] for name, table in tables.items()},
        "content": content,
        "sha256": sha256_of(content),
    }
    return json.dumps(document, ensure_ascii=False, indent=1).encode()


def _given(table: Table, row: tuple[Cell, ...]) -> dict[str, Any]:
    """Return what the row says, without its empty cells."""
    return {key: value for key, value in _record(table, row).items() if value != ""}


def _record(table: Table, row: tuple[Cell, ...]) -> dict[str, Any]:
    return {column.key: _value(cell) for column, cell in zip(table.columns, row, strict=True)}


def _value(cell: Cell) -> Any:
    if cell.value is None:
        return cell.text
    return cell.value if isinstance(cell.value, int | str) else cell.value.isoformat()
