"""A page's words as lines, and the stretches that they cover."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

Word = dict[str, Any]


def lines_of_words(words: Sequence[Word]) -> list[list[Word]]:
    """Return the words line by line, from the top, each line from the left."""
    lines: list[list[Word]] = []
    for word in sorted(words, key=lambda w: (w["bottom"], w["x0"])):
        if lines and abs(lines[-1][0]["bottom"] - word["bottom"]) < (word["bottom"] - word["top"]) / 2:
            lines[-1].append(word)
        else:
            lines.append([word])
    return [sorted(line, key=lambda w: w["x0"]) for line in lines]


def spans_of(words: Sequence[Word], gap: float) -> list[tuple[float, float]]:
    """Return the stretches that the words cover, where a smaller gap than this does not divide."""
    spans: list[tuple[float, float]] = []
    for word in sorted(words, key=lambda w: w["x0"]):
        if spans and word["x0"] - spans[-1][1] < gap:
            spans[-1] = (spans[-1][0], max(spans[-1][1], word["x1"]))
        else:
            spans.append((word["x0"], word["x1"]))
    return spans
