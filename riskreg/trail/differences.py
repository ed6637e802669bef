"""A long text's change, word by word. Pure."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from difflib import SequenceMatcher

_WORDS = re.compile(r"\s+|\w+|[^\w\s]")
CONTEXT = 12
"""Words (and the blanks between them) that stay on each side of a change; the rest is left out."""
MOST_WORDS = 4_000
MOST_PAIRS = 100_000
"""Pairs of equal words; a text that says the same over and over takes the comparison minutes."""


@dataclass(frozen=True, slots=True)
class Piece:
    """kind: "same", "gone", "new" or "gap" (left out)."""

    kind: str
    text: str


def pieces(before: str, after: str) -> list[Piece]:
    """Return the removed and inserted words, in reading order.

    Beyond MOST_WORDS or MOST_PAIRS the texts are returned whole.
    """
    old, new = _WORDS.findall(before), _WORDS.findall(after)
    old_keys, new_keys = _keys(old), _keys(new)
    counted = Counter(new_keys)
    pairs = sum(number * counted[key] for key, number in Counter(old_keys).items())
    if len(old) + len(new) > MOST_WORDS or pairs > MOST_PAIRS:
        return [Piece("gone", before), Piece("new", after)]
    found: list[Piece] = []
    steps = SequenceMatcher(None, old_keys, new_keys, autojunk=False).get_opcodes()
    for place, (kind, i, j, k, m) in enumerate(steps):
        if kind == "equal":
            found += _shortened(old[i:j], is_first=place == 0, is_last=place == len(steps) - 1)
            continue
        end = 0
        while end < min(j - i, m - k) and old[j - 1 - end] == new[m - 1 - end]:
            end += 1
        if i < j - end:
            found.append(Piece("gone", "".join(old[i : j - end])))
        if k < m - end:
            found.append(Piece("new", "".join(new[k : m - end])))
        if end:
            found.append(Piece("same", "".join(old[j - end : j])))
    return found


def _keys(words: list[str]) -> list[str]:
    """Return the compared keys: a word as itself, a blank with the word before it.

    Alone, the blanks of a long text are so many equal keys that comparing them takes longer than all the words.
    """
    return [word if not word.isspace() else f"{words[place - 1] if place else ''}{word}" for place, word in enumerate(words)]


def _shortened(words: list[str], *, is_first: bool, is_last: bool) -> list[Piece]:
    head = [] if is_first else words[:CONTEXT]
    tail = [] if is_last else words[-CONTEXT:]
    if len(head) + len(tail) + 4 >= len(words):
        return [Piece("same", "".join(words))]
    both = (Piece("same", "".join(head)), Piece("gap", "…"), Piece("same", "".join(tail)))
    return [piece for piece in both if piece.text]
