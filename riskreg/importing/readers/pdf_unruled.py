"""Tables of a PDF page without any rules: a line of known headings, and words that stand below them in columns.

The headings say that it is a table; the gaps that the words below leave free are its columns. Rows are told by the space above
them, or by what begins one: its number, else its score, else its risk. The cells are then pdfplumber's.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from statistics import median
from typing import Any

from pdfplumber.table import Table, cells_to_tables, edges_to_intersections, intersections_to_cells

from ..totals import says_total
from .pdf_lines import Word, lines_of_words, spans_of
from .pdf_print import MARGIN, Columns, Line, headings_of, parts_of, printed_table
from .pdf_rules import horizontal_edge, vertical_edge

_NEAR = 1.5
_END, _WIDER = 2.2, 1.6
"""Of the letters' height: the space that ends a table, if it is so much wider than those between its rows."""
_BELOW = 3
"""Lines below the table at the end of a page, as its number, after which it may go on."""


class UnruledTables:
    """The tables of a file's pages; one that reaches over a page's end is known by its columns on the next."""

    def __init__(self) -> None:
        self.before: Columns | None = None
        self.is_numbered = False
        """Whether the table that was found last has several rows with a number each."""

    def find(self, page: Any, words: Sequence[Word]) -> list[Any]:
        """Return the table of a page without rules, if it has one."""
        level = [word for word in words if "turned" not in word]
        if not level:
            return []
        size = median(word["bottom"] - word["top"] for word in level)
        lines = lines_of_words(level)
        found = _headed(lines, size)
        if printed := printed_table(level, lines, size):
            lines, found = printed
        if not found and self.before is not None and not self.before.joined:
            lines = lines_of_words([part for word in level for part in parts_of(word, self.before.starts, size)])
        top, columns = found or (self._going_on(lines, size), self.before)
        self.before = None
        if top is None or columns is None:
            return []
        body = _body(lines[top:], columns, size)
        if len(body) < 2 and not (body and not found):
            return []
        self.before = columns if top + len(body) >= len(lines) - _BELOW else None
        rows = _rows(body, columns, size, is_headed=found is not None)
        self.is_numbered = _have_numbers(rows[1:] if found else rows, columns)
        edges = _edges(rows, columns)
        cells = intersections_to_cells(edges_to_intersections(edges, _NEAR, _NEAR)) if edges else []
        return [Table(page, group) for group in (cells_to_tables(cells) if cells else [])]

    def find_numbered(self, page: Any, words: Sequence[Word]) -> list[Any]:
        """Return the table of the page, if it has several rows with a number each; otherwise change nothing."""
        before = self.before
        found = self.find(page, words)
        if found and self.is_numbered:
            return found
        self.before = before
        return []

    def _going_on(self, lines: Sequence[Line], size: float) -> int | None:
        """Return the first line of a page that goes on with the table of the page before."""
        if self.before is None:
            return None
        for number, line in enumerate(lines):
            filled = self.before.of(line)
            if self.before.fit(line, size) and sum(map(bool, filled)) > 1 and filled[self.before.anchor]:
                return self._cut_row(lines[: number + 1], size)
        return None

    def _cut_row(self, lines: Sequence[Line], size: float) -> int:
        """Return the first of the lines that go on, in the middle of sentences, with a row of the page before; else the last."""
        last = first = len(lines) - 1
        gaps = _gaps(lines)
        for number in range(last - 1, -1, -1):
            if self.before is None or gaps[number] > _END * size or not self.before.fit(lines[number], size):
                break
            filled = [words for words in self.before.of(lines[number]) if words]
            if all(words[0]["text"][0].islower() for words in filled):
                first = number
        return first


def _headed(lines: Sequence[Line], size: float) -> tuple[int, Columns] | None:
    """Return the first line of known headings, and the columns below them."""
    headed = headings_of(lines, size)
    if headed is None:
        return None
    number, runs, anchor = headed
    return number, Columns(_sides(runs, lines[number + 1 :], size), anchor)


def _sides(runs: Sequence[tuple[float, float]], below: Sequence[Line], size: float) -> list[float]:
    """Return where the columns divide: between two headings the widest stretch that the fewest lines below run over."""
    near = _near(below, size)
    spans = [spans_of(line, 0.5 * size) for line in near]
    sides = [_divide(left, right, spans) for left, right in pairwise(runs)]
    words = [word for line in near for word in line]
    return [
        min([runs[0][0], *(word["x0"] for word in words)]) - MARGIN,
        *sides,
        max([runs[-1][1], *(word["x1"] for word in words)]) + MARGIN,
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


def _body(lines: Sequence[Line], columns: Columns, size: float) -> list[Line]:
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


def _have_numbers(rows: Sequence[Sequence[Line]], columns: Columns) -> bool:
    """Return whether two rows or more have a number, and none has several."""
    counts = [sum(1 for line in row if any(map(str.isdigit, _text(columns.of(line)[columns.anchor])))) for row in rows]
    return sum(counts) > 1 and max(counts) == 1


def _text(words: Line) -> str:
    return " ".join(word["text"] for word in words)


def _rows(body: Sequence[Line], columns: Columns, size: float, *, is_headed: bool) -> list[list[Line]]:
    """Return the lines of each row."""
    gaps = _gaps(body)
    close, wide = (min(gaps), max(gaps)) if gaps else (0.0, 0.0)
    tells = wide - close > 0.3 * size
    numbered = _Numbered(body, columns, gaps, size, is_headed=is_headed)
    rows: list[list[Line]] = [[body[0]]]
    for number, line in enumerate(body[1:]):
        filled = columns.of(line)
        begins = gaps[number] > (close + wide) / 2 if tells else bool(filled[columns.anchor])
        if numbered.at_top or numbered.at_bottom:
            begins = numbered.begins(number + 1) or (tells and begins)
        # A total below the rows has neither number nor space above it.
        begins = begins or says_total([_text(words) for words in filled if words])
        # A print leaves as little room below its headings as within a row.
        is_first = is_headed and len(rows) == 1 and (not tells or (not columns.joined and bool(filled[columns.anchor])))
        if begins or is_first:
            rows.append([line])
        else:
            rows[-1].append(line)
    return rows


class _Numbered:
    """Rows of which each has one number: in its first line, or in its last, as spreadsheets print cells set at the bottom.

    Their heights do not tell rows, where a row has as much room as its highest cell, or none more than its lines.
    """

    def __init__(self, body: Sequence[Line], columns: Columns, gaps: Sequence[float], size: float, *, is_headed: bool) -> None:
        of_lines = [columns.of(line) for line in body]
        cells = [of[columns.anchor] for of in of_lines]
        self.numbered = [bool(words) for words in cells]
        self.at_top = self.at_bottom = False
        first = 1 if is_headed else 0
        numbers = [words for words in cells[first:] if words]
        if len(numbers) < 2 or not all(len(words) == 1 and any(map(str.isdigit, words[0]["text"])) for words in numbers):
            return
        near, bare = 0.3 * size, [at for at in range(first, len(body)) if not self.numbered[at]]
        is_top = self.numbered[first] and all(gaps[at - 1] <= gaps[at] + near for at in bare if first < at < len(gaps))
        is_bottom = self.numbered[-1] and all(gaps[at] <= gaps[at - 1] + near for at in bare if first < at < len(gaps))
        if is_top and is_bottom and bare:
            is_bottom = _small_letters(
                of_lines, [at for at in range(first + 1, len(body)) if self.numbered[at]]
            ) > _small_letters(of_lines, bare)
        self.at_bottom = is_bottom and bool(bare)
        self.at_top = is_top and not self.at_bottom

    def begins(self, at: int) -> bool:
        """Return whether a row begins with this line."""
        return self.numbered[at] if self.at_top else self.numbered[at - 1]


def _small_letters(lines: Sequence[Sequence[Line]], at: Sequence[int]) -> int:
    """Return how many texts of these lines begin with a small letter below one of the line before."""
    return sum(
        1
        for number in at
        for above, words in zip(lines[number - 1], lines[number], strict=True)
        if above and words and words[0]["text"][0].islower()
    )


def _edges(rows: Sequence[Sequence[Line]], columns: Columns) -> list[dict[str, Any]]:
    tops = [min(word["top"] for line in row for word in line) for row in rows]
    bottoms = [max(word["bottom"] for line in row for word in line) for row in rows]
    heights = [tops[0] - 1, *((bottom + top) / 2 for bottom, top in zip(bottoms, tops[1:], strict=False)), bottoms[-1] + 1]
    left, right = columns.sides[0], columns.sides[-1]
    return [
        *(horizontal_edge(y, left, right) for y in heights),
        *(vertical_edge(x, heights[0], heights[-1]) for x in columns.sides),
    ]
