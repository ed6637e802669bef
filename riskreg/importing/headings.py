"""Recognition of the field that each heading of a table stands for."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from functools import lru_cache
from typing import Literal

from .closings import of_closing
from .fields import FIELD_OF, OTHERWISE, OWN_HEADINGS, YEAR, Field, bare_heading, normalise_heading

How = Literal["exact", "synonym", "remembered", "close", "other_year", "compared", "own_words", "other_closing"]
# What is remembered of a heading that stands for nothing the product keeps.
IGNORED = ""
_RANK: dict[How | None, int] = {
    "remembered": 0, "exact": 1, "synonym": 2, "close": 3, "other_year": 4, "compared": 4, "own_words": 4, "other_closing": 4,
    None: 5,
}  # fmt: skip
_CLOSE_ENOUGH = 0.86
_WHO = frozenset({"ansvarig", "ansvar", "ansvarig person", "ansvarig chef", "responsible"})
_OF_ACTION = frozenset({Field.RESPONSIBLE, Field.DUE})
_LONGEST_HEADING = 80
_YEAR_BEFORE = re.compile(
    r"\b(?:föregående år(?:s)?|förra året(?:s)?|fjolåret(?:s)?|fg\.? år|(?:last|previous|prior) year(?:['’]s)?)\b", re.IGNORECASE
)
_BEGINNINGS = frozenset(heading[:2] for heading in FIELD_OF)


@dataclass(frozen=True, slots=True)
class ColumnMatch:
    """One column: `field` is None when the heading is unknown (`how` None) or remembered as ignored.

    A column of another year than the plan's has that `year` and what it is `like`; it is "compared" with the plan's own column,
    or left out ("other_year") where the file has none.
    """

    index: int
    heading: str
    field: Field | None
    how: How | None
    year: int | None = None
    like: Field | None = None


def recognise(
    headings: Sequence[str], remembered: Mapping[str, str] | None = None, year: int | None = None, closing: str = ""
) -> list[ColumnMatch]:
    """Return one match per heading, in order; a field is given to one column only.

    `remembered` maps `normalise_heading(heading)` to a field's code, or to `IGNORED`; it goes before everything else.
    Of columns that differ by their year alone, the one of `year`, or the one without a year, is meant; the others have no field.
    A column of another kind of closing than `closing` is left out ("other_closing"), unless none was chosen.
    Of two columns that mean the same field the better match keeps it; the other gets its second meaning, if that is
    free, or none.
    """
    matches = _of_the_action([_alone(index, heading, remembered or {}) for index, heading in enumerate(headings)])
    matches = _apart_by_year(matches, year) if year is not None else matches
    matches = [_of_other_closing(match, closing) for match in matches] if closing else matches
    taken: dict[Field, int] = {}
    for match in sorted(matches, key=lambda m: (_RANK[m.how], m.index)):
        field = match.field
        if field is None:
            continue
        if field in taken and match.how != "remembered":
            # The same heading once more begins another plan beside the first, not a second column of its risks.
            is_again = field is Field.TITLE and bare_heading(matches[taken[field]].heading) == bare_heading(match.heading)
            field = None if is_again else OTHERWISE.get(bare_heading(match.heading))
            field = None if field in taken or _claimed(field, matches, match.index) else field
        elif field in taken:
            field = None
        if field is None:
            matches[match.index] = replace(match, field=None, how=None)
        else:
            taken[field] = match.index
            matches[match.index] = replace(match, field=field)
    return [replace(match, how="compared") if match.how == "other_year" and match.like in taken else match for match in matches]


def _of_the_action(matches: list[ColumnMatch]) -> list[ColumnMatch]:
    """Take "Ansvarig" beside an action and its day for who is responsible for the action.

    Without a column of actions a day is said of something else, of what nobody knows.
    """
    fields = [match.field for match in matches]
    if Field.ACTION not in fields:
        return [
            replace(match, field=None, how=None) if match.field in _OF_ACTION and match.how != "remembered" else match
            for match in matches
        ]
    for at, match in enumerate(matches):
        around = (fields[at - 1 : at] + fields[at + 1 : at + 2], fields[max(at - 2, 0) : at])
        is_of_action = any(set(two) == {Field.ACTION, Field.DUE} for two in around)
        if is_of_action and match.how != "remembered" and bare_heading(match.heading) in _WHO:
            matches[at] = replace(match, field=Field.RESPONSIBLE, how="synonym")
    return matches


def _apart_by_year(matches: Sequence[ColumnMatch], year: int) -> list[ColumnMatch]:
    """Take the field from the columns of another year that stand beside their like for this year, for none, or for yet another.

    None is a guess. One alone is read as it is, unless a column of another field states this year; a choice made by hand goes
    first.
    """
    years: dict[int, tuple[int, Field]] = {}
    of_field: dict[Field, set[int | None]] = {}
    for match in matches:
        stated, field = _year_of(match, year)
        if field is None:
            continue
        of_field.setdefault(field, set()).add(stated)
        if stated is not None and match.how != "remembered":
            years[match.index] = stated, field
    made = list(matches)
    states_this_year = any(stated == year for stated, _field in years.values())
    for index, (stated, field) in years.items():
        if stated != year and (len(of_field[field]) > 1 or states_this_year):
            made[index] = replace(made[index], field=None, how="other_year", year=stated, like=field)
    return made


def _of_other_closing(match: ColumnMatch, closing: str) -> ColumnMatch:
    """Take the field from a column of another closing than the one that is imported; a choice made by hand goes first."""
    named = of_closing(match.heading) if match.how == "synonym" else None
    if named is None or named.closing == closing:
        return match
    return replace(match, field=None, how="other_closing", like=named.field)


def _year_of(match: ColumnMatch, year: int) -> tuple[int | None, Field | None]:
    """Return the year that a heading states, if any, and the field it names without it."""
    if found := YEAR.search(match.heading):
        return int(found[0]), match.field
    if match.how != "remembered" and _YEAR_BEFORE.search(match.heading):
        return year - 1, match.field or known_field(" ".join(_YEAR_BEFORE.sub(" ", match.heading).split()))
    return None, match.field


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
    if named := of_closing(heading):
        return named.field, "synonym"
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
