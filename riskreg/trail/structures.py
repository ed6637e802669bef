"""What a column holds that is no single value (JSON), in lines that a person reads: "Population, rows: 412".

The words of a column's keys and values are registered by who writes it (`register`); a key without words is shown as it is
written, and so is a value.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.utils import formats, timezone
from django.utils.translation import gettext as _

_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d.*")
Words = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The words of one column: its keys', by key or by "key.key" below it, and how values are worded, by the same."""

    keys: Words = field(default_factory=dict)
    values: Mapping[str, Callable[[Any], str]] = field(default_factory=dict)
    left_out: frozenset[str] = frozenset()
    """Keys that say nothing to a person."""


_VOCABULARIES: dict[tuple[str, str], Vocabulary] = {}


def register(model: str, column: str, vocabulary: Vocabulary) -> None:
    """Set the words of a column of a model (by its label, lower case)."""
    _VOCABULARIES[model, column] = vocabulary


def lines_of(model: str, column: str, value: Any) -> str:
    """Return the value as lines, one for each single value that is filled in; lists of single values on one line."""
    vocabulary = _VOCABULARIES.get((model, column), Vocabulary())
    return "\n".join(_lines(value, (), vocabulary))


def unworded(model: str, column: str, value: Any) -> set[str]:
    """Return the keys in the value that have no words, as "key.key": a new key is to be given some."""
    vocabulary = _VOCABULARIES.get((model, column), Vocabulary())
    return {
        ".".join(path) for path in _paths(value, ()) if _word(path, vocabulary.keys) is None and not _left_out(path, vocabulary)
    }


def _paths(value: Any, path: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    if isinstance(value, dict):
        for key, below in value.items():
            yield (*path, key)
            yield from _paths(below, (*path, key))
    elif isinstance(value, list):
        for one in value:
            yield from _paths(one, path)


def _lines(value: Any, path: tuple[str, ...], vocabulary: Vocabulary) -> Iterator[str]:
    if _left_out(path, vocabulary) or value in (None, "", [], {}):
        return
    if isinstance(value, dict):
        for key, below in value.items():
            yield from _lines(below, (*path, str(key)), vocabulary)
    elif isinstance(value, list) and any(isinstance(one, (dict, list)) for one in value):
        for number, one in enumerate(value, 1):
            yield from _lines(one, (*path, str(number)), vocabulary)
    else:
        shown = ", ".join(_single(one, path, vocabulary) for one in (value if isinstance(value, list) else [value]))
        yield _("%(name)s: %(value)s") % {"name": _name(path, vocabulary), "value": shown} if path else shown


def _left_out(path: tuple[str, ...], vocabulary: Vocabulary) -> bool:
    return bool(path) and (path[-1] in vocabulary.left_out or ".".join(path) in vocabulary.left_out)


def _name(path: tuple[str, ...], vocabulary: Vocabulary) -> str:
    words = [str(_word(path[: place + 1], vocabulary.keys) or path[place].replace("_", " ")) for place in range(len(path))]
    return ", ".join([words[0][:1].upper() + words[0][1:], *words[1:]])


def _word(path: tuple[str, ...], words: Mapping[str, Any]) -> Any:
    """Return what is said of the path: of the whole of it, of its last key, or of everything below its parent ("parent.*")."""
    for name in (".".join(path), path[-1]):
        if name in words:
            return words[name]
    return path[-1] if len(path) > 1 and f"{path[-2]}.*" in words else None


def _single(value: Any, path: tuple[str, ...], vocabulary: Vocabulary) -> str:
    worded = _word(path, vocabulary.values) if path else None
    if callable(worded):
        return str(worded(value))
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, int):
        return formats.localize(value)
    if isinstance(value, str) and _MOMENT.fullmatch(value):
        return _moment(value)
    return str(value)


def _moment(value: str) -> str:
    try:
        return formats.date_format(timezone.localtime(datetime.fromisoformat(value)), "DATETIME_FORMAT")
    except ValueError:
        return value
