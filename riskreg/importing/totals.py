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
_NUMERIC = re.compile(r"[\d\s.,%-]+")
_COUNTED = r"(?:st|styck(?:en)?|kr|%|poäng|risker|kontroller|kontrollmoment|risks|controls|points)?\.?"
_LABEL_AND_NUMBER = re.compile(rf"(?:[^\W\d][^:=.!?\n]{{1,60}}[:=]|{LABEL.pattern})\s*\d[\d\s.,]*\s*{_COUNTED}", re.IGNORECASE)


def is_total(texts: Sequence[str], *, is_below: bool = False) -> bool:
    """Return whether the filled cells of a row are a total: its label, and nothing beside it but figures.

    `is_below`: the row stands below the last full one. There a cell alone is one, too, that holds a label with its figure
    ("Antal risker: 4", "Totalt 4 risker").
    """
    first, rest = texts[0], texts[1:]
    if LABEL.fullmatch(first) and all(_NUMERIC.fullmatch(text) for text in rest):
        return True
    return is_below and not rest and bool(_LABEL_AND_NUMBER.fullmatch(first))
