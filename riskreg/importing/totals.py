"""Totals below or between a plan's rows: told by shape and position, never by a word alone. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence

# The whole label, never a word in it: "Total avsaknad av rutiner" and "Antal vikarier är för högt" are risks.
LABEL = re.compile(
    r"(?:summa|delsumma|slutsumma|totalsumma|totalt?|antal|medel|medelvärde|snitt|genomsnitt|sum|average|number)"
    r"(?:\s+(?:summa|antal|av|of|risk(?:värden?|tal|er|poäng)|kontroller|kontrollmoment|poäng|värde|score|risks|controls))*\s*[:.]?",
    re.IGNORECASE,
)
_ANY_LABEL = re.compile(r"[^\W\d][^:=.!?\n]{1,60}:")
_NUMERIC = re.compile(r"[\d\s.,%-]+")
_COUNTED = r"(?:st|styck(?:en)?|kr|%|poäng|risker|kontroller|kontrollmoment|risks|controls|points)?\.?"
_FIGURE = rf"\s*\d[\d\s.,]*\s*{_COUNTED}"
_LABEL_AND_NUMBER = re.compile(rf"(?:[^\W\d][^:=.!?\n]{{1,60}}[:=]|{LABEL.pattern}){_FIGURE}", re.IGNORECASE)
_FIGURE_ALONE = re.compile(rf"{_NUMERIC.pattern}|{_FIGURE}", re.IGNORECASE)
_TOTAL_AND_NUMBER = re.compile(LABEL.pattern + _FIGURE, re.IGNORECASE)


def is_total(texts: Sequence[str], *, is_below: bool = False) -> bool:
    """Return whether the filled cells of a row are a total: its label, and nothing beside it but figures.

    `is_below`: the row stands below the last full one. There any label that a colon ends, with nothing but figures beside it, is
    one, too, and a cell alone that holds a label with its figure ("Antal risker: 4", "Totalt 4 risker").
    """
    first, rest = texts[0], texts[1:]
    if LABEL.fullmatch(first) or (is_below and rest and _ANY_LABEL.fullmatch(first)):
        return all(_FIGURE_ALONE.fullmatch(text) for text in rest)
    return is_below and not rest and bool(_LABEL_AND_NUMBER.fullmatch(first))


def says_total(texts: Sequence[str]) -> bool:
    """Return whether the texts of a line are a total by its own words and figure, wherever it stands."""
    first, rest = texts[0], texts[1:]
    return is_total(texts) if rest else bool(_TOTAL_AND_NUMBER.fullmatch(first))
