"""Headings that name a closing: "Resultat delår", "Uppföljning årsbokslut 2025". Pure."""

from __future__ import annotations

from typing import NamedTuple

from .closing_words import ENDINGS
from .fields import FIELD_OF, OF_A_CLOSING, YEAR, Field, bare_heading, normalise_heading

_AS_RESULT = frozenset({Field.CONTROL, Field.METHOD})
"""A follow-up or a review that a closing is named with is what came of it, not what is to be done."""


class OfClosing(NamedTuple):
    """The closing that a heading names, and the field that its other words are."""

    closing: str
    field: Field


def of_closing(heading: str) -> OfClosing | None:
    """Return the closing that the heading ends with and what it says of it; None where it names none."""
    key = " ".join(YEAR.sub(" ", normalise_heading(heading)).split())
    for closing, pattern in ENDINGS.items():
        if found := pattern.fullmatch(key):
            named = FIELD_OF.get(bare_heading(found["rest"]))
            field = Field.RESULT if named in _AS_RESULT else named
            return OfClosing(closing, field) if field in OF_A_CLOSING and field is not None else None
    return None
