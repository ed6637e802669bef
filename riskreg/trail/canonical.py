"""The hashed text, letter by letter. The algorithm and a worked example: docs/trail.md. Pure.

Changing anything here breaks every seal there is: make a new FORMAT beside the old one instead.
"""

from __future__ import annotations

import hashlib
import json
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from json.encoder import encode_basestring
from typing import Any
from uuid import UUID

FORMAT = 1
NO_SEAL = "0" * 64
_SAME_TEXT_WHEN_EQUAL = {str, int, bool, datetime, date}
"""Of these types, two values of the same type that are equal have the same text."""
_ENCODER = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)


class NoCanonicalForm(TypeError):
    """The value has a type, or is of a kind, that the algorithm does not cover."""


def canonical(value: Any) -> str:
    """Return the value as JSON by RFC 8785: sorted names, no spaces, nothing escaped that need not be."""
    return _ENCODER.encode(value)


def digest(text: str) -> str:
    """Return the SHA-256 of the text's UTF-8, in lower-case hexadecimal."""
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def moment_text(moment: datetime) -> str:
    """Return the moment in UTC with six decimals: 2025-09-08T06:30:00.000000Z.

    Raises NoCanonicalForm for a moment without time zone.
    """
    if moment.tzinfo is None:
        raise NoCanonicalForm("a moment without time zone")
    if moment.tzinfo is not UTC:
        moment = moment.astimezone(UTC)
    return moment.isoformat(timespec="microseconds").removesuffix("+00:00") + "Z"


def typed_value(value: Any) -> list[str] | None:
    """Return a column's value as [type, text]; None for NULL."""
    if value is None:
        return None
    if isinstance(value, str):
        return ["text", value if value.isascii() else _normal(value)]
    if isinstance(value, bool):
        return ["bool", "true" if value else "false"]
    if isinstance(value, int):
        return ["int", str(value)]
    if isinstance(value, datetime):
        return ["moment", moment_text(value)]
    if isinstance(value, date):
        return ["date", value.isoformat()]
    return _rarer(value)


def _normal(text: str) -> str:
    """Return the text in NFC. Raises UnicodeEncodeError for one that UTF-8 cannot hold, as half of a pair of surrogates."""
    normal = unicodedata.normalize("NFC", text)
    normal.encode("utf-8")
    return normal


def _rarer(value: Any) -> list[str]:
    if isinstance(value, Decimal):
        if not value.is_finite():
            raise NoCanonicalForm(f"the decimal {value}")
        plain = format(value.normalize(), "f")
        return ["decimal", "0" if value == 0 else plain]
    if isinstance(value, float):
        return ["float", value.hex()]
    if isinstance(value, time):
        return ["time", value.isoformat(timespec="microseconds")]
    if isinstance(value, timedelta):
        return ["duration", str(value // timedelta(microseconds=1))]
    if isinstance(value, UUID):
        return ["uuid", str(value)]
    if isinstance(value, (bytes, bytearray, memoryview)):
        return ["bytes", bytes(value).hex()]
    if isinstance(value, (dict, list, tuple)):
        return ["json", _normal(canonical(value))]
    raise NoCanonicalForm(type(value).__name__)


def value_text(value: Any) -> str:
    """Return canonical(typed_value(value)); the kinds that nearly all values have are written at once."""
    kind = type(value)
    if kind is str:
        return f'["text",{encode_basestring(value if value.isascii() else _normal(value))}]'
    if value is None:
        return "null"
    if kind is int:
        return f'["int","{value}"]'
    if kind is bool:
        return '["bool","true"]' if value else '["bool","false"]'
    if kind is datetime:
        return f'["moment","{moment_text(value)}"]'
    return canonical(typed_value(value))


def row_text(model: str, history_id: int, values: Mapping[str, list[str] | None]) -> str:
    """Return the text of a history row: its kind, its number, and each column's typed value."""
    return canonical([model, history_id, values])


class RowTexts:
    """The texts of history rows of one kind, as `row_text` gives them, from the values of some columns in this order."""

    def __init__(self, model: str, columns: Iterable[str]) -> None:
        names = list(columns)
        self._order = sorted(range(len(names)), key=names.__getitem__)
        quoted = [encode_basestring(names[place]).replace("%", "%%") for place in self._order]
        parts = ",".join(f"{name}:%s" for name in quoted)
        self._form = f"[{encode_basestring(model).replace('%', '%%')},%s,{{{parts}}}]"

    def texts(self, history_ids: Sequence[int], rows: Iterable[Sequence[Any]]) -> list[str]:
        """Return the texts of the rows that have these numbers and values."""
        columns = list(zip(*rows, strict=True))
        texts = [_column_texts(columns[place]) for place in self._order]
        return [self._form % row for row in zip(history_ids, *texts, strict=True)]


def _column_texts(values: Sequence[Any]) -> list[str]:
    """Return the texts of a column's values; of values that many rows have, each is written once."""
    kinds = set(map(type, values)) - {type(None)}
    if len(kinds) > 1 or not kinds <= _SAME_TEXT_WHEN_EQUAL:
        return list(map(value_text, values))
    made = {value: value_text(value) for value in set(values)}
    return [made[value] for value in values]


def row_hash(salt: str, text: str) -> str:
    """Return the hash of a row's text with its salt.

    The salt keeps the hash of a weeded or withheld row from being guessed.
    """
    return digest(salt + text)


def next_link(link: str, model: str, history_id: int, record: str, row: str) -> str:
    """Return the chain's link at a row: the digest of the link before and of what the seal states of the row."""
    quoted = encode_basestring
    return digest(f"[{quoted(link)},{quoted(model)},{history_id},{quoted(record)},{quoted(row)}]")


def seal_text(
    *,
    seq: int,
    previous: str,
    sealed_at: datetime,
    purpose: str,
    pinned_clock: bool,
    complete: bool,
    contents: Mapping[str, Any],
    root: str,
) -> dict[str, Any]:
    """Return the statement of a seal; its hash is digest(canonical(this))."""
    return {
        "complete": complete,
        "contents": contents,
        "format": FORMAT,
        "pinned_clock": pinned_clock,
        "previous": previous,
        "purpose": purpose,
        "root": root,
        "sealed_at": moment_text(sealed_at),
        "seq": seq,
    }
