"""How a row is written: as a JSON list, in a form that both engines give for the same values.

| kind | written as |
| --- | --- |
| int, bool, text | JSON's own |
| moment | "2025-09-08 06:30:00.123456", UTC, always six decimals |
| date | "2025-09-08" |
| decimal | "12.50", with all the places of its column |
| json | a string with the JSON text, as the engine holds it |
| uuid | 32 hexadecimal digits |
| bytes | two hexadecimal digits each |
| anything else | {"odd": [type, text]}: only SQLite holds a value that is not of its column's kind, and gets it back |

The hash of a table is that of its rows in this form, by ascending key, JSON in its canonical form (sorted names): engines
order those differently. So the same hash means the same rows, on whichever engine.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from config.backup.tables import Table
from riskreg.trail.canonical import canonical

Row = Sequence[Any]
_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
_decode: Callable[[str], Any] = json.JSONDecoder().decode


def to_lines(rows: Iterable[Row]) -> bytes:
    """Return the rows as lines of JSON."""
    return "".join([f"{_encode(row)}\n" for row in rows]).encode()


def from_lines(lines: bytes) -> list[list[Any]]:
    """Return the rows of whole lines."""
    return [_decode(line) for line in lines.decode().split("\n") if line]


class Digest:
    """The hash of a table's rows, added chunk by chunk."""

    def __init__(self, table: Table) -> None:
        self.rows = 0
        self._hash = hashlib.sha256()
        self._json = [place for place, column in enumerate(table.columns) if column.kind == "json"]

    def add(self, rows: Sequence[Row], lines: bytes) -> None:
        """Add rows, and the lines that were made of them."""
        self.rows += len(rows)
        self._hash.update(to_lines(map(self._canonical, rows)) if self._json else lines)

    def _canonical(self, row: Row) -> Row:
        values = list(row)
        for place in self._json:
            if isinstance(values[place], str):
                values[place] = canonical_text(values[place])
        return values

    def hexdigest(self) -> str:
        return self._hash.hexdigest()


def canonical_text(text: str) -> str:
    """Return a JSON text in canonical form; one that is no JSON as it is."""
    try:
        return canonical(json.loads(text))
    except ValueError:
        return text
