"""Columns below a line of known headings, and those of a spreadsheet's print, where every text begins at its column's left."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from ..fields import Field
from ..headings import known_field
from .pdf_lines import Word, lines_of_words, spans_of
from .pdf_words import divided_at

_FEWEST = 3
"""Columns; two words side by side may be a sentence."""
_OF_A_PLAN = frozenset(
    {Field.SCORE, Field.LIKELIHOOD, Field.IMPACT, Field.CONTROL, Field.METHOD, Field.RESULT, Field.CONCLUSION, Field.ACTION}
)
"""With one of these beside the risk two known headings among three are enough."""
_SUBJECTS = frozenset({Field.TITLE, Field.DESCRIPTION})
_ANCHORS = (Field.NUMBER, Field.SCORE, Field.TITLE)
APART, MARGIN = 0.8, 3.0
"""Of the letters' height: a gap that divides two headings; points around the words."""
_FIGURE = re.compile(r"[<>≥≤]?\d[\d.,]*\W?")
_LEFT = 0.75
"""Points by which what begins at the left of a column may stand apart."""

Line = list[Word]


@dataclass(slots=True)
class Columns:
    """The columns of a table: where they divide, and which says that a row begins."""

    sides: list[float]
    anchor: int
    joined: float = 0.5
    """Of the letters' height: words nearer to each other than this are one text, which runs over no side."""

    def printed(self, lines: Sequence[Line]) -> list[Line]:
        """Return the lines up to one that is not of a printed table: a text elsewhere than at the left, a figure alone."""
        starts = [self.sides[0] + MARGIN, *self.starts]
        found: list[Line] = []
        for line in lines:
            texts = [(words, _begins(words[0], start)) for start, words in zip(starts, self.of(line), strict=True) if words]
            if not all(begins or (len(words) == 1 and _FIGURE.fullmatch(words[0]["text"])) for words, begins in texts):
                break
            if not any(begins for _words, begins in texts):
                break
            found.append(line)
        return found

    @property
    def starts(self) -> list[float]:
        """Return where the texts of a printed table's columns begin."""
        return [side + _LEFT for side in self.sides[1:-1]]

    def of(self, line: Line) -> list[Line]:
        """Return the line's words by column."""
        columns: list[Line] = [[] for _ in range(len(self.sides) - 1)]
        for word in line:
            at = sum(1 for side in self.sides[1:-1] if side <= (word["x0"] + word["x1"]) / 2)
            columns[at].append(word)
        return columns

    def fit(self, line: Line, size: float) -> bool:
        """Return whether no text of the line runs over the side of a column."""
        return not any(start < side < end for side in self.sides[1:-1] for start, end in spans_of(line, self.joined * size))


def headings_of(lines: Sequence[Line], size: float) -> tuple[int, list[tuple[float, float]], int] | None:
    """Return the first line of known headings, where each stands, and which of them says that a row begins."""
    for number, line in enumerate(lines):
        runs = spans_of(line, APART * size)
        if len(runs) < _FEWEST:
            continue
        texts = [" ".join(word["text"] for word in line if start <= word["x0"] < end) for start, end in runs]
        fields = [known_field(text) for text in texts]
        known = {field for field in fields if field}
        if known & _SUBJECTS and (len(known) >= _FEWEST or known & _OF_A_PLAN) and sum(map(bool, fields)) * 2 > len(fields):
            return number, runs, next((fields.index(field) for field in _ANCHORS if field in known), 0)
    return None


def printed_table(words: Sequence[Word], lines: Sequence[Line], size: float) -> tuple[list[Line], tuple[int, Columns]] | None:
    """Return the lines of a spreadsheet's print and where its table begins; None for another layout.

    There every heading, and every text below it, begins at the left of its column, and a figure ends at the right of it, so
    close to the next one's text that both look like one word.
    """
    headed = headings_of(lines, size)
    if headed is None:
        return None
    number, runs, anchor = headed
    starts = [start for start, _end in runs]
    divided = lines_of_words([part for word in words for part in parts_of(word, starts, size)])
    columns = Columns([starts[0] - MARGIN, *(start - _LEFT for start in starts[1:]), 0.0], anchor, joined=0.0)
    near = columns.printed(divided[number + 1 :])
    filled = [columns.of(line) for line in near]
    texts = sum(1 for of in filled for start, words in zip(starts, of, strict=True) if words and _begins(words[0], start))
    figures = sum(1 for of in filled for words in of if words) - texts
    columns.sides[-1] = max([runs[-1][1], *(word["x1"] for line in near for word in line)]) + MARGIN
    return (divided, (number, columns)) if figures and texts > len(near) else None


def _begins(word: Word, start: float) -> bool:
    return bool(abs(word["x0"] - start) <= _LEFT)


def parts_of(word: Word, starts: Sequence[float], size: float) -> list[Word]:
    """Divide a word before the letter that begins at one of the starts, if the two letters do not touch."""
    return divided_at(word, lambda letter: any(_begins(letter, start) for start in starts))
