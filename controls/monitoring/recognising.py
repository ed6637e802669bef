"""Recognise of what kind a file is, and which of its columns is which, by headings and by content.

What is told by likeness or by content alone is a guess: it is named as one, and a person confirms it.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from rapidfuzz import fuzz

from controls.monitoring.identities import Bearer, read_identity
from controls.monitoring.kinds import KINDS, Field, FieldType, Kind, Shape

_CLOSE_ENOUGH = 88
"""Of 100: a heading with a letter wrong is still told, another word of the same length is not."""
_SHORTEST_LIKENESS = 6
_MOST = 0.8
_FEWEST = 3


@dataclass(frozen=True, slots=True)
class ColumnMap:
    """Which heading each field is read from. `doubtful`: the fields that are guesses; `unknown`: headings of no field."""

    fields: dict[str, str]
    unknown: list[str]
    doubtful: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Recognition:
    """What a file is taken for. `kind` is '' when it is of no known kind."""

    kind: str
    columns: ColumnMap
    shape: str = ""
    others: list[str] = field(default_factory=list)
    """The codes of other kinds that the headings fit as well."""


def bare(heading: str) -> str:
    """Return the heading as headings are compared: letters and digits only, in lower case."""
    composed = unicodedata.normalize("NFC", heading).casefold()
    return "".join(sign for sign in composed if sign.isalnum())


def shape_of(kind: Kind, columns: Iterable[str]) -> Shape | None:
    """Return the published file's shape that the headings are of, or None."""
    there = {bare(name) for name in columns}
    return next((shape for shape in kind.shapes if shape.headings <= there), None)


def recognise(columns: Sequence[str], rows: Sequence[Sequence[str]], *, on: date) -> Recognition:
    """Return the kind that fits the headings best, and its columns. `rows`: some of the first rows, for the contents."""
    fits: list[tuple[int, float, str, ColumnMap]] = []
    for kind in KINDS.values():
        found = map_columns(kind, columns, rows, on=on)
        sure = set(found.fields) - found.doubtful
        if any(mark <= sure for mark in kind.marks) or shape_of(kind, columns):
            fits.append((len(sure), len(sure) / len(kind.fields), kind.code, found))
    if not fits:
        return Recognition("", ColumnMap({}, list(columns)))
    fits.sort(key=lambda each: (-each[0], -each[1]))
    most, _share, code, found = fits[0]
    shape = shape_of(KINDS[code], columns)
    return Recognition(code, found, shape.code if shape else "", [other for count, _, other, _ in fits[1:] if count == most])


def map_columns(
    kind: Kind,
    columns: Sequence[str],
    rows: Sequence[Sequence[str]] = (),
    remembered: Mapping[str, str] | None = None,
    *,
    on: date,
) -> ColumnMap:
    """Return which column each field of the kind is. `remembered` goes before what is recognised.

    A field that is remembered as '' is none of the columns.
    """
    shape = shape_of(kind, columns)
    there = {bare(name): name for name in reversed(columns)}
    chosen: dict[str, str] = {}
    for code, heading in (remembered or {}).items():
        if heading in columns and any(each.code == code for each in kind.fields):
            chosen[code] = heading
    closed = {code for code, heading in (remembered or {}).items() if not heading}
    free = [each for each in kind.fields if each.code not in chosen and each.code not in closed]
    if shape:
        for each in free:
            packed = there.get(_first_heading(shape.cells.get(each.code, "")))
            if packed is not None:
                chosen[each.code] = packed
        return ColumnMap(chosen, [name for name in columns if name not in chosen.values()])
    taken = set(chosen.values())
    for each in free:
        named = next((there[bare(name)] for name in each.headings if there.get(bare(name)) not in (None, *taken)), None)
        if named is not None:
            chosen[each.code] = named
            taken.add(named)
    doubtful = _guess(kind, columns, rows, chosen, closed, on)
    return ColumnMap(chosen, [name for name in columns if name not in chosen.values()], frozenset(doubtful))


def _first_heading(cell: str) -> str:
    return cell.partition("{")[2].partition("}")[0]


def _guess(
    kind: Kind, columns: Sequence[str], rows: Sequence[Sequence[str]], chosen: dict[str, str], closed: set[str], on: date
) -> list[str]:
    """Add to `chosen` what is told by a heading's likeness or by the contents; return the fields."""
    guessed = []
    for each in kind.fields:
        if each.code in chosen or each.code in closed or not each.headings:
            continue
        rest = [name for name in columns if name not in chosen.values()]
        heading = _alike(each, rest) or (_by_content(columns, rest, rows, on) if each.type == FieldType.IDENTITY else "")
        if heading:
            chosen[each.code] = heading
            guessed.append(each.code)
    return guessed


def _alike(each: Field, rest: Sequence[str]) -> str:
    wanted = [word for name in each.headings if len(word := bare(name)) >= _SHORTEST_LIKENESS]
    scored = [(fuzz.ratio(bare(name), word), name) for name in rest for word in wanted]
    best = max(scored, default=(0.0, ""))
    return best[1] if best[0] >= _CLOSE_ENOUGH else ""


def _by_content(columns: Sequence[str], rest: Sequence[str], rows: Sequence[Sequence[str]], on: date) -> str:
    for name in rest:
        at = columns.index(name)
        cells = [row[at] for row in rows if at < len(row) and row[at]]
        told = [read_identity(cell, on=on) for cell in cells]
        right = sum(1 for one in told if one.bearer == Bearer.ORGANISATION and one.is_valid)
        if len(cells) >= _FEWEST and right >= _MOST * len(cells):
            return name
    return ""
