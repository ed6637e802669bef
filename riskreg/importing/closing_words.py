"""The words by which headings name a closing. Pure."""

from __future__ import annotations

import re

_BEFORE = r"\s+(?:(?:vid|per|för|i|till|efter|at|of|for)\s+)?(?:den\s+)?"
_OF_KIND = {
    "annual": r"årsbokslut(?:et)?|års bokslut(?:et)?|helår(?:et|s)?|årets slut|31 dec(?:ember)?|tertial 3|t3"
    r"|year end(?: closing)?",
    "interim": r"delårs ?bokslut(?:et)?|delårsrapport(?:en)?|delår(?:et|s)?|halvår(?:et|s)?|31 aug(?:usti)?|30 juni?|tertial 2|t2"
    r"|half year(?: closing)?|mid year",
    "first_tertial": r"tertial 1|t1|30 apr(?:il)?|first tertial",
}
ENDINGS = {kind: re.compile(rf"(?P<rest>.+?){_BEFORE}(?:{words})") for kind, words in _OF_KIND.items()}
"""By kind of closing: a heading's key that ends with it, without a year."""
_ALONE = re.compile("|".join(_OF_KIND.values()))


def names_closing(key: str) -> bool:
    """Return whether the heading's key, without a year, is the name of a closing and nothing more."""
    return bool(_ALONE.fullmatch(key))
