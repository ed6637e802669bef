"""Tables of a PDF page without any rules: a line of known headings, and words that stand below them in columns.

The headings say that it is a table; the gaps that the words below leave free are its columns. Rows are told by the space above
them, or by what begins one: its number, else its score, else its risk. The cells are then pdfplumber's.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median
from typing import Any

from pdfplumber.table import Table, cells_to_tables, edges_to_intersections, intersections_to_cells

from ..fields import Field
from ..headings import known_field
from ..totals import says_total
from .pdf_rules import Word, horizontal_edge, lines_of_words, spans_of, vertical_edge
from .pdf_words import divided_at

_NEAR = 1.5
_FEWEST = 3
"""Columns; two words side by side may be a sentence."""
_OF_A_PLAN = frozenset(
    {Field.SCORE, Field.LIKELIHOOD, Field.IMPACT, Field.CONTROL, Field.METHOD, Field.RESULT, Field.CONCLUSION, Field.ACTION}
)
"""With one of these beside the risk two known headings among three are enough."""
_SUBJECTS = frozenset({Field.TITLE, Field.DESCRIPTION})
_ANCHORS = (Field.NUMBER, Field.SCORE, Field.TITLE)
_APART, _END, _WIDER, _MARGIN = 0.8, 2.2, 1.6, 3.0
"""Of the letters' height: a gap that divides two headings, the space that ends a table, if it is so much wider than those between
its rows; points around the words."""
_BELOW = 3
"""Lines below the table at the end of a page, as its number, after which it may go on."""

_FIGURE = re.compile(r"[<>≥≤]?\d[\d.,]*\W?")
_LEFT = 0.75
"""Points by which what begins at the left of a column may stand apart."""

Line = list[Word]


@dataclass(slots=True)
class _Columns:
    """The columns of a table: where they divide, and which says that a row begins."""

    sides: list[float]
    anchor: int
    joined: float = 0.5
    """Of the letters' height: words nearer to each other than this are one text, which runs over no side."""

    def printed(self, lines: Sequence[Line]) -> list[Line]:
        """Return the lines up to one that is not of a printed table: a text elsewhere than at the left, a figure alone."""
        starts = [self.sides[0] + _MARGIN, *self.starts]
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


class UnruledTables:
    """The tables of a file's pages; one that reaches over a page's end is known by its columns on the next."""

    def __init__(self) -> None:
        self.before: _Columns | None = None

    def find(self, page: Any, words: Sequence[Word]) -> list[Any]:
        """Return the table of a page without rules, if it has one."""
        level = [word for word in words if "turned" not in word]
        if not level:
            return []
        size = median(word["bottom"] - word["top"] for word in level)
        lines = lines_of_words(level)
        found = _headed(lines, size)
        if printed := _printed(level, lines, size):
            lines, found = printed
        if not found and self.before is not None and not self.before.joined:
            lines = lines_of_words([part for word in level for part in _parts(word, self.before.starts, size)])
        top, columns = found or (self._going_on(lines, size), self.before)
        self.before = None
        if top is None or columns is None:
            return []
        body = _body(lines[top:], columns, size)
        if len(body) < 2 and not (body and not found):
            return []
        self.before = columns if top + len(body) >= len(lines) - _BELOW else None
        edges = _edges(_rows(body, columns, size, is_headed=found is not None), columns)
        cells = intersections_to_cells(edges_to_intersections(edges, _NEAR, _NEAR)) if edges else []
        return [Table(page, group) for group in (cells_to_tables(cells) if cells else [])]

    def _going_on(self, lines: Sequence[Line], size: float) -> int | None:
        """Return the first line of a page that goes on with the table of the page before."""
        if self.before is None:
            return None
        for number, line in enumerate(lines):
            filled = self.before.of(line)
            if self.before.fit(line, size) and sum(map(bool, filled)) > 1 and filled[self.before.anchor]:
                return number
        return None


def _headed(lines: Sequence[Line], size: float) -> tuple[int, _Columns] | None:
    """Return the first line of known headings, and the columns below them."""
    headed = _headings(lines, size)
    if headed is None:
        return None
    number, runs, anchor = headed
    return number, _Columns(_sides(runs, lines[number + 1 :], size), anchor)


def _headings(lines: Sequence[Line], size: float) -> tuple[int, list[tuple[float, float]], int] | None:
    """Return the first line of known headings, where each stands, and which of them says that a row begins."""
    for number, line in enumerate(lines):
        runs = spans_of(line, _APART * size)
        if len(runs) < _FEWEST:
            continue
        texts = [" ".join(word["text"] for word in line if start <= word["x0"] < end) for start, end in runs]
        fields = [known_field(text) for text in texts]
        known = {field for field in fields if field}
        if known & _SUBJECTS and (len(known) >= _FEWEST or known & _OF_A_PLAN) and sum(map(bool, fields)) * 2 > len(fields):
            return number, runs, next((fields.index(field) for field in _ANCHORS if field in known), 0)
    return None


def _printed(words: Sequence[Word], lines: Sequence[Line], size: float) -> tuple[list[Line], tuple[int, _Columns]] | None:
    """Return the lines of a spreadsheet's print and where its table begins; None for another layout.

    There every heading, and every text below it, begins at the left of its column, and a figure ends at the right of it, so
    close to the next one's text that both look like one word.
    """
    headed = _headings(lines, size)
    if headed is None:
        return None
    number, runs, anchor = headed
    starts = [start for start, _end in runs]
    divided = lines_of_words([part for word in words for part in _parts(word, starts, size)])
    columns = _Columns([starts[0] - _MARGIN, *(start - _LEFT for start in starts[1:]), 0.0], anchor, joined=0.0)
    near = columns.printed(divided[number + 1 :])
    filled = [columns.of(line) for line in near]
    texts = sum(1 for of in filled for start, words in zip(starts, of, strict=True) if words and _begins(words[0], start))
    figures = sum(1 for of in filled for words in of if words) - texts
    columns.sides[-1] = max([runs[-1][1], *(word["x1"] for line in near for word in line)]) + _MARGIN
    return (divided, (number, columns)) if figures and texts > len(near) else None


def _begins(word: Word, start: float) -> bool:
    return bool(abs(word["x0"] - start) <= _LEFT)


def _parts(word: Word, starts: Sequence[float], size: float) -> list[Word]:
    """Divide a word before the letter that begins at one of the starts, if the two letters do not touch."""
    return divided_at(word, lambda letter: any(_begins(letter, start) for start in starts))


def _sides(runs: Sequence[tuple[float, float]], below: Sequence[Line], size: float) -> list[float]:
    """Return where the columns divide: between two headings the widest stretch that the fewest lines below run over."""
    near = _near(below, size)
    spans = [spans_of(line, 0.5 * size) for line in near]
    sides = [_divide(left, right, spans) for left, right in pairwise(runs)]
    words = [word for line in near for word in line]
    return [
        min([runs[0][0], *(word["x0"] for word in words)]) - _MARGIN,
        *sides,
        max([runs[-1][1], *(word["x1"] for word in words)]) + _MARGIN,
    ]


def _divide(left: tuple[float, float], right: tuple[float, float], lines: Sequence[Sequence[tuple[float, float]]]) -> float:
    """Return the middle of the widest stretch, between the middles of two headings, that the fewest lines run over."""
    begin, end = (left[0] + left[1]) / 2, (right[0] + right[1]) / 2
    places = [begin + step for step in range(1, int(end - begin))]
    counts = [sum(any(start < x < stop for start, stop in spans) for spans in [*lines, [left, right]]) for x in places]
    if not counts:
        return (begin + end) / 2
    least = min(counts)
    stretches: list[list[float]] = [[]]
    for x, crossed in zip(places, counts, strict=True):
        if crossed == least:
            stretches[-1].append(x)
        elif stretches[-1]:
            stretches.append([])
    widest = max(stretches, key=len)
    return (widest[0] + widest[-1]) / 2


def _body(lines: Sequence[Line], columns: _Columns, size: float) -> list[Line]:
    """Return the table's lines: up to a wide space, or a text that runs over a column's side."""
    if not columns.joined:
        return [*lines[:1], *columns.printed(lines[1:])]
    near = _near(lines, size)
    end = next((number for number, line in enumerate(near) if not columns.fit(line, size)), len(near))
    return near[:end]


def _near(lines: Sequence[Line], size: float) -> list[Line]:
    """Return the lines up to a space that is wide, and wider than those before it."""
    near = list(lines[:1])
    widest = 0.0
    for gap, line in zip(_gaps(lines), lines[1:], strict=True):
        if gap > _END * size and gap > _WIDER * widest:
            break
        near.append(line)
        widest = max(widest, gap)
    return near


def _gaps(lines: Sequence[Line]) -> list[float]:
    return [min(word["top"] for word in line) - max(word["bottom"] for word in before) for before, line in pairwise(lines)]


def _rows(body: Sequence[Line], columns: _Columns, size: float, *, is_headed: bool) -> list[list[Line]]:
    """Return the lines of each row."""
    gaps = _gaps(body)
    close, wide = (min(gaps), max(gaps)) if gaps else (0.0, 0.0)
    tells = wide - close > 0.3 * size
    rows: list[list[Line]] = [[body[0]]]
    for number, line in enumerate(body[1:]):
        filled = columns.of(line)
        begins = gaps[number] > (close + wide) / 2 if tells else bool(filled[columns.anchor])
        # A total below the rows has neither number nor space above it.
        begins = begins or says_total([" ".join(word["text"] for word in words) for words in filled if words])
        # A print leaves as little room below its headings as within a row.
        is_first = is_headed and len(rows) == 1 and (not tells or (not columns.joined and bool(filled[columns.anchor])))
        if begins or is_first:
            rows.append([line])
        else:
            rows[-1].append(line)
    return rows


def _edges(rows: Sequence[Sequence[Line]], columns: _Columns) -> list[dict[str, Any]]:
    tops = [min(word["top"] for line in row for word in line) for row in rows]
    bottoms = [max(word["bottom"] for line in row for word in line) for row in rows]
    heights = [tops[0] - 1, *((bottom + top) / 2 for bottom, top in zip(bottoms, tops[1:], strict=False)), bottoms[-1] + 1]
    left, right = columns.sides[0], columns.sides[-1]
    return [
        *(horizontal_edge(y, left, right) for y in heights),
        *(vertical_edge(x, heights[0], heights[-1]) for x in columns.sides),
    ]
