"""Words that a PDF's narrow columns broke without a hyphen, joined where the document itself shows one word.

A reader marks a line end (`MARK`) where one word alone filled the line so that no further letter had room. That may
also be a word that happens to fit exactly; so the marked halves are joined only if the whole word stands elsewhere in
the document, or neither half does and the second is too short to be a word of its own.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

MARK = "\ue000"
_LONGEST_REMAINDER = 4
# Short words that a line may well begin with, in a document too short to show them elsewhere.
_SHORT_WORDS = frozenset({
    "alla", "att", "av", "bara", "bl", "blev", "bli", "blir", "båda", "både", "bör", "ca", "de", "dels", "dem", "den", "det",
    "dock", "du", "dvs", "där", "då", "egen", "eget", "egna", "ej", "en", "enl", "ett", "ev", "exk", "exkl", "fel", "fler",
    "fram", "från", "fyra", "får", "för", "före", "ger", "ges", "god", "goda", "gå", "går", "gör", "görs", "hade", "halv",
    "han", "har", "hel", "hela", "hen", "hon", "hos", "hur", "här", "hög", "höga", "i", "ihop", "in", "inkl", "inom", "inte",
    "jag", "jfr", "kan", "kl", "kr", "kvar", "låg", "låga", "lång", "man", "med", "men", "mer", "mest", "mkr", "mm", "mot",
    "må", "ni", "nr", "nu", "ny", "nya", "nytt", "när", "når", "obs", "och", "ofta", "om", "oss", "osv", "per", "pga", "på",
    "resp", "rätt", "samt", "sen", "sena", "sent", "sig", "sin", "sina", "sitt", "ska", "sker", "små", "som", "st", "stor",
    "så", "tex", "till", "tkr", "tre", "två", "upp", "ut", "utan", "vad", "vara", "vem", "vi", "via", "vid", "vill", "viss",
    "vår", "våra", "än", "är", "år", "åt", "över",
})  # fmt: skip
_WORD = re.compile(r"\w+")
_MARKED = re.compile(rf"(\w+){MARK}[ \n](\w+)")


def vocabulary(texts: Iterable[str]) -> frozenset[str]:
    """Return the words of the texts, case folded, without the halves at the marks."""
    words: set[str] = set()
    for text in texts:
        words.update(word.casefold() for word in _WORD.findall(_MARKED.sub(" ", text)))
    return frozenset(words)


def mend_words(text: str, words: frozenset[str]) -> str:
    """Join the words broken at a mark, as far as `words` allows, and drop the marks."""
    if MARK not in text:
        return text
    previous = None
    # A word may be broken twice.
    while previous != text:
        previous, text = text, _MARKED.sub(lambda match: _joined(match, words), text, count=1)
    return text.replace(MARK, "")


def _joined(match: re.Match[str], words: frozenset[str]) -> str:
    first, second = match[1].casefold(), match[2].casefold()
    remainder = len(second) <= _LONGEST_REMAINDER and second not in _SHORT_WORDS
    whole = first + second in words or (remainder and first not in words and second not in words)
    return match[1] + ("" if whole else " ") + match[2]
