"""JSON as the product writes it: a report's rows, one object each. Other JSON is refused, with what is expected.

Each object is a table of one row, placed by its path, `rows[3]`; the first table holds the keys of all of them.
"""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Iterator
from typing import Any

from ..cells import BLANK, Beside, BesideKind, Cell, Content, Place, Table
from ..own_mark import FOLLOW_UP, PLAN, OwnMark, mark_in
from ..text import UNKEPT, typed
from ..text_limits import MAX_CELL
from ..unreadable import UnreadableFile

MAX_COLUMNS = 256
ROWS, SCHEMA = "rows", "schema"
FRAME = ("schema", "report", "title", "organisation", "drawn_up_on", "notes", "tables", "content", "sha256")
"""What the product writes around the rows: the report's heading, and the same rows as they stand on its pages."""


def read(data: bytes, *, max_rows: int) -> Content:
    """Read the rows of a report. Raises `UnreadableFile`: json_broken, json_other, too_many_rows."""
    document = _parsed(data)
    if where := _unwritable(document):
        raise UnreadableFile("json_broken", detail=where)
    mark = mark_in(str(document.get(SCHEMA, ""))) if isinstance(document, dict) else None
    rows = document.get(ROWS) if isinstance(document, dict) else None
    if mark is None or not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise UnreadableFile("json_other", detail=" / ".join(str(OwnMark(kind, "sv")) for kind in (FOLLOW_UP, PLAN)))
    if len(rows) > max_rows:
        raise UnreadableFile("too_many_rows", limit=max_rows)
    keys = list(dict.fromkeys(key for row in rows for key in row))
    if len(keys) > MAX_COLUMNS:
        raise UnreadableFile("too_many_columns", limit=MAX_COLUMNS)
    tables = [Table(Place("path", 0, ROWS), [[Cell(key) for key in keys]], first_row=0)] if keys else []
    for number, row in enumerate(rows):
        cells = [Cell(text) if (text := _text(row.get(key))) else BLANK for key in keys]
        tables.append(Table(Place("path", number, f"{ROWS}[{number}]"), [cells], first_row=number))
    beside = [one for key, value in document.items() if key != ROWS for one in _beside(key, value)]
    return Content(tables, beside, str(mark))


def _parsed(data: bytes) -> Any:
    try:
        return json.loads(data.removeprefix(codecs.BOM_UTF8), object_pairs_hook=_once, parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        raise UnreadableFile("json_broken", detail=UNKEPT.sub(_code, str(error)[:100])) from error


def _unwritable(document: Any) -> str:
    """Return the path of the first value or key that holds what is no text, and that character; '' where all is text.

    An escape can name half a character, or one that only steers a printer: neither can be kept or shown.
    """
    waiting: list[tuple[str, Any]] = [("", document)]
    while waiting:
        path, value = waiting.pop()
        if isinstance(value, str) and (found := UNKEPT.search(value)):
            return f"{path[-200:]}: {_code(found)}"
        if isinstance(value, dict):
            if bad := next((key for key in value if UNKEPT.search(key)), None):
                return f"{path}.{UNKEPT.sub(_code, bad)[:100]}".lstrip(".")
            waiting += [(f"{path}.{key[:100]}".lstrip("."), one) for key, one in reversed(value.items())]
        elif isinstance(value, list):
            waiting += [(f"{path}[{at}]", one) for at, one in reversed(list(enumerate(value)))]
    return ""


def _code(found: re.Match[str]) -> str:
    return f"U+{ord(found[0]):04X}"


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return the object; of a key that stands twice one value would be lost."""
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _value in pairs]
        raise ValueError(next(f"“{name}” ×{names.count(name)}" for name in names if names.count(name) > 1))
    return found


def _refuse(name: str) -> Any:
    raise ValueError(name)


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return typed(value)
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return json.dumps(value, ensure_ascii=False)


def _beside(key: str, value: Any) -> Iterator[Beside]:
    """Yield the texts below a key, as few pieces as their length allows."""
    place = Place("path", 0, key)
    kind: BesideKind = "own_frame" if key in FRAME else "unknown_key"
    lines: list[str] = []
    length = 0
    for text in _leaves(value):
        if lines and length + len(text) >= MAX_CELL:
            yield Beside(kind, "\n".join(lines), place)
            lines, length = [], 0
        lines.append(text)
        length += len(text) + 1
    if lines:
        yield Beside(kind, "\n".join(lines), place)


def _leaves(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for one in value.values():
            yield from _leaves(one)
    elif isinstance(value, list):
        for one in value:
            yield from _leaves(one)
    else:
        # A drawing may be longer than a piece of a file.
        text = _text(value)
        yield from (text[at : at + MAX_CELL] for at in range(0, len(text), MAX_CELL))
