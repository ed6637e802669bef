"""Recognition of the field that each heading of a table stands for."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from functools import lru_cache
from typing import Literal

from .fields import FIELD_OF, OTHERWISE, OWN_HEADINGS, Field, bare_heading, normalise_heading

How = Literal["exact", "synonym", "remembered", "close", "other_year"]
# What is remembered of a heading that stands for nothing the product keeps.
IGNORED = ""
_RANK: dict[How | None, int] = {"remembered": 0, "exact": 1, "synonym": 2, "close": 3, "other_year": 4, None: 5}
_CLOSE_ENOUGH = 0.86
_LONGEST_HEADING = 80
_YEAR = re.compile(r"\b(?:19|20)\d\d\b")
_BEGINNINGS = frozenset(heading[:2] for heading in FIELD_OF)


@dataclass(frozen=True, slots=True)
class ColumnMatch:
    """One column: `field` is None when the heading is unknown (`how` None) or remembered as ignored."""

    index: int
    heading: str
    field: Field | None
    how: How | None


def recognise(headings: Sequence[str], remembered: Mapping[str, str] | None = None, year: int | None = None) -> list[ColumnMatch]:
    """Return one match per heading, in order; a field is given to one column only.

    `remembered` maps `normalise_heading(heading)` to a field's code, or to `IGNORED`; it goes before everything else.
    Of columns that differ by their year alone, the one of `year` is meant; the others have no field, and "other_year" as their
    `how`.
    Of two columns that mean the same field the better match keeps it; the other gets its second meaning, if that is
    free, or none.
    """
    matches = [_alone(index, heading, remembered or {}) for index, heading in enumerate(headings)]
    others = _of_another_year(matches, year) if year is not None else frozenset()
    matches = [replace(match, field=None, how="other_year") if match.index in others else match for match in matches]
    taken: dict[Field, int] = {}
    for match in sorted(matches, key=lambda m: (_RANK[m.how], m.index)):
        field = match.field
        if field is None:
            continue
        if field in taken and match.how != "remembered":
            field = OTHERWISE.get(bare_heading(match.heading))
            field = None if field in taken or _claimed(field, matches, match.index) else field
        elif field in taken:
            field = None
        if field is None:
            matches[match.index] = replace(match, field=None, how=None)
        else:
            taken[field] = match.index
            matches[match.index] = replace(match, field=field)
    return matches


def _of_another_year(matches: Sequence[ColumnMatch], year: int) -> frozenset[int]:
    """Return the columns of another year that stand beside their like for this year, or for yet another: none is a guess.

    One alone is read as it is; a choice made by hand goes first.
    """
    stated = [(match, int(found[0])) for match in matches if match.how != "remembered" and (found := _YEAR.search(match.heading))]
    years: dict[Field, set[int]] = {}
    for match, its_year in stated:
        if match.field:
            years.setdefault(match.field, set()).add(its_year)
    several = {field for field, found in years.items() if len(found) > 1}
    return frozenset(match.index for match, its_year in stated if its_year != year and match.field in several)


def mapping_of(matches: Sequence[ColumnMatch]) -> dict[int, Field]:
    """Return {column index: field} for the columns that have a field."""
    return {match.index: match.field for match in matches if match.field is not None}


def known_field(heading: str, remembered: Mapping[str, str] | None = None) -> Field | None:
    """Return the field of a heading that certainly names one: remembered, the product's own name or a synonym."""
    # Asked of every cell in the search for headings: most cells are ruled out by their length or first letters.
    if not 0 < len(heading) <= _LONGEST_HEADING:
        return None
    if not remembered and heading[:2].casefold() not in _BEGINNINGS:
        return None
    match = _certain(heading, remembered or {})
    return match[0] if match else None


def _claimed(field: Field | None, matches: Sequence[ColumnMatch], index: int) -> bool:
    return any(match.field is field and match.index != index for match in matches)


def _alone(index: int, heading: str, remembered: Mapping[str, str]) -> ColumnMatch:
    if certain := _certain(heading, remembered):
        return ColumnMatch(index, heading, *certain)
    close = _close(bare_heading(heading)) if 0 < len(heading) <= _LONGEST_HEADING else None
    return ColumnMatch(index, heading, close, "close" if close else None)


def _certain(heading: str, remembered: Mapping[str, str]) -> tuple[Field | None, How] | None:
    key = normalise_heading(heading)
    if key in remembered:
        code = remembered[key]
        return (Field(code) if code in set(Field) else None), "remembered"
    if key in FIELD_OF:
        return FIELD_OF[key], "exact" if key in OWN_HEADINGS else "synonym"
    if (bare := bare_heading(heading)) in FIELD_OF:
        return FIELD_OF[bare], "synonym"
    return None


@lru_cache(maxsize=1024)
def _close(bare: str) -> Field | None:
    """Return the field whose heading is misspelt here.

    Short headings are never matched: they have too many near neighbours.
    """
    if len(bare) < 5:
        return None
    nearest = get_close_matches(bare, [heading for heading in FIELD_OF if len(heading) >= 5], n=1, cutoff=_CLOSE_ENOUGH)
    return FIELD_OF[nearest[0]] if nearest else None
