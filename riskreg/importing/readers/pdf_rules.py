"""Tables of a PDF page whose rules do not close every cell.

pdfplumber finds a cell where four rules meet. Where the outer border is missing on some side, it is added here. Where
there are horizontal rules only, the columns are those of the heading's filled cells, else the gaps that the words of
all rows leave free. The cells are then pdfplumber's again.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise
from statistics import median
from typing import Any

from pdfplumber.table import Table, TableFinder, cells_to_tables, edges_to_intersections, intersections_to_cells

from .pdf_lines import Word, lines_of_words, spans_of
from .pdf_print import printed_table

Edge = dict[str, Any]
_NEAR = 3.0
"""Points within which two rules meet; pdfplumber's own tolerance."""
_TOUCHING = 1.2
"""Points between a rule and the end of one that meets it; the border of a sign in a cell keeps further away."""
_LEAST_WIDTH = 80.0
"""Points; a shorter rule is an underline or the border of a sign."""
_MOST_EDGES = 4000
"""A page with more is a drawing."""


def find_tables(page: Any, words: Sequence[Word]) -> list[Any]:
    """Return the page's tables, from the top."""
    finder = TableFinder(page)
    found = list(finder.tables)
    if len(finder.edges) <= _MOST_EDGES:
        horizontal = [edge for edge in finder.edges if edge["orientation"] == "h" and edge["x1"] - edge["x0"] >= _LEAST_WIDTH]
        vertical = [edge for edge in finder.edges if edge["orientation"] == "v"]
        own: list[Any] = []
        # The widest first: a shorter rule inside a table divides a row of it.
        for rules in sorted(_groups(horizontal), key=lambda group: group[0]["x0"] - group[0]["x1"]):
            if any(_holds(table.bbox, rules) for table in own):
                continue
            edges = _Grid(rules, horizontal, vertical, words).edges()
            cells = intersections_to_cells(edges_to_intersections(edges, _NEAR, _NEAR)) if edges else []
            own += [Table(page, group) for group in (cells_to_tables(cells) if cells else [])]
        found = [table for table in found if not _lies_within(table, own)] + own
    return sorted(found, key=lambda table: table.bbox[1])


def _lies_within(table: Any, others: Iterable[Any]) -> bool:
    x, y = (table.bbox[0] + table.bbox[2]) / 2, (table.bbox[1] + table.bbox[3]) / 2
    return any(
        other.bbox[0] - _NEAR <= x <= other.bbox[2] + _NEAR and other.bbox[1] - _NEAR <= y <= other.bbox[3] + _NEAR
        for other in others
    )


def _holds(box: tuple[float, float, float, float], rules: Sequence[Edge]) -> bool:
    return all(
        box[0] - _NEAR <= rule["x0"] and rule["x1"] <= box[2] + _NEAR and box[1] - _NEAR <= rule["top"] <= box[3] + _NEAR
        for rule in rules
    )


def _groups(rules: Sequence[Edge]) -> list[list[Edge]]:
    """Return the rules that begin and end alike, from the top; such rules make one table, or several."""
    groups: list[list[Edge]] = []
    for rule in sorted(rules, key=lambda edge: (edge["top"], edge["x0"])):
        for group in groups:
            if abs(group[0]["x0"] - rule["x0"]) <= _NEAR and abs(group[0]["x1"] - rule["x1"]) <= _NEAR:
                group.append(rule)
                break
        else:
            groups.append([rule])
    return groups


class _Grid:
    """The rules of one width, and what stands between them."""

    def __init__(
        self, rules: Sequence[Edge], horizontal: Sequence[Edge], vertical: Sequence[Edge], words: Sequence[Word]
    ) -> None:
        self.rules = list(rules)
        self.left, self.right = rules[0]["x0"], rules[0]["x1"]
        self.top, self.bottom = rules[0]["top"], rules[-1]["top"]
        self.horizontal, self.vertical, self.words = horizontal, vertical, words

    def edges(self) -> list[Edge]:
        """Return the rules of the table with those that are missing; none where pdfplumber needs no help."""
        columns = self.ruled_columns()
        if columns:
            return self.closed(columns)
        return self.with_columns()

    def ruled_columns(self) -> dict[float, list[Edge]]:
        """Return the vertical rules through the table by their place, when one inside it runs along half of its height."""
        crossing: dict[float, list[Edge]] = {}
        for edge in self.vertical:
            inside = self.left - _NEAR <= edge["x0"] <= self.right + _NEAR
            if inside and self.meets_rules(edge):
                place = next((x for x in crossing if abs(x - edge["x0"]) <= _NEAR), edge["x0"])
                crossing.setdefault(place, []).append(edge)
        top = min([self.top, *(edge["top"] for edges in crossing.values() for edge in edges)])
        bottom = max([self.bottom, *(edge["bottom"] for edges in crossing.values() for edge in edges)])
        inner = [
            sum(edge["bottom"] - edge["top"] for edge in edges) / max(bottom - top, 1.0)
            for x, edges in crossing.items()
            if self.left + _NEAR < x < self.right - _NEAR
        ]
        # With one rule alone, as under the headings, the vertical ones reach beyond it.
        return crossing if any(share >= 0.5 for share in inner) or (len(self.rules) == 1 and len(inner) > 1) else {}

    def meets_rules(self, edge: Edge) -> bool:
        """Return whether a vertical rule runs from rule to rule, or beyond the outer ones."""
        across = [rule for rule in self.horizontal if rule["x0"] - _NEAR <= edge["x0"] <= rule["x1"] + _NEAR]
        begins = edge["top"] < self.top or any(abs(rule["top"] - edge["top"]) <= _TOUCHING for rule in across)
        ends = edge["bottom"] > self.bottom or any(abs(rule["top"] - edge["bottom"]) <= _TOUCHING for rule in across)
        return begins and ends and edge["top"] < self.bottom + _NEAR and edge["bottom"] > self.top - _NEAR

    def closed(self, columns: dict[float, list[Edge]]) -> list[Edge]:
        sides = [edge for edges in columns.values() for edge in edges]
        top, bottom = min(edge["top"] for edge in sides), max(edge["bottom"] for edge in sides)
        missing = [horizontal_edge(y, self.left, self.right) for y in (top, bottom) if not self.is_ruled(y)]
        top, bottom = min(top, self.top), max(bottom, self.bottom)
        missing += [
            vertical_edge(x, top, bottom) for x in (self.left, self.right) if all(abs(x - known) > _NEAR for known in columns)
        ]
        if not missing:
            return []
        inside = [
            edge
            for edge in self.horizontal
            if top - _NEAR <= edge["top"] <= bottom + _NEAR
            and self.left - _NEAR <= edge["x0"]
            and edge["x1"] <= self.right + _NEAR
        ]
        return [*inside, *sides, *missing]

    def is_ruled(self, y: float) -> bool:
        """Return whether horizontal rules run along the table's whole width at this height."""
        there = [rule for rule in self.horizontal if abs(rule["top"] - y) <= _NEAR]
        return any(rule["x0"] <= self.left + _NEAR and rule["x1"] >= self.right - _NEAR for rule in there)

    def with_columns(self) -> list[Edge]:
        """Return the rules of the tables that have horizontal ones only, with columns."""
        edges: list[Edge] = []
        for tops in self.parts():
            edges += _Ruled(tops, self).edges()
        return edges

    def parts(self) -> list[list[float]]:
        """Return the rules of each table: a new one begins with a filled row below a line of text alone."""
        tops = [rule["top"] for rule in self.rules]
        parts: list[list[float]] = [tops[:1]]
        for number, (upper, lower) in enumerate(pairwise(tops)):
            is_filled = self.fills(upper, lower)
            if is_filled and number and len(_runs_of(self.between(tops[number - 1], upper), 1.0)) <= 1:
                parts[-1].pop()
                parts.append([upper])
            parts[-1].append(lower)
        return [part for part in parts if len(part) > 1]

    def fills(self, upper: float, lower: float) -> list[float]:
        """Return the inner sides of cells that fill the row from rule to rule."""
        return sorted(
            edge["x0"]
            for edge in self.vertical
            if abs(edge["top"] - upper) <= _TOUCHING
            and edge["bottom"] >= lower - _TOUCHING
            and self.left + _NEAR < edge["x0"] < self.right - _NEAR
        )

    def between(self, upper: float, lower: float) -> list[Word]:
        return [
            word for word in self.words if upper <= _height(word) < lower and self.left - 1 <= _centre(word) <= self.right + 1
        ]


class _Ruled:
    """One table with horizontal rules only."""

    def __init__(self, tops: Sequence[float], grid: _Grid) -> None:
        self.grid = grid
        self.tops = list(tops)
        self.words = grid.between(tops[0], tops[-1])
        self.size = median([word["bottom"] - word["top"] for word in self.words] or [10.0])
        self.gap = 0.35 * self.size
        self.columns = grid.fills(tops[0], tops[1])
        if not self.columns:
            self.open_top()
            self.open_bottom()
            self.columns = self.printed_columns() or self.free_columns()

    def open_top(self) -> None:
        """Take the headings above the first rule as a row: a line of several texts close to the rule."""
        lines = lines_of_words(self.grid.between(self.tops[0] - 5 * self.size, self.tops[0]))
        top, below, reach = self.tops[0], self.tops[0], 0.8
        for line in reversed(lines):
            if below - max(word["bottom"] for word in line) > reach * self.size:
                break
            if top == self.tops[0] and len(_runs_of(line, 1.0)) < 2:
                return
            top = below = min(word["top"] for word in line)
            reach = 0.5
        if top < self.tops[0]:
            self.tops.insert(0, top - 1)

    def open_bottom(self) -> None:
        """Take the row below the last rule, when none closes the table."""
        lines = lines_of_words(self.grid.between(self.tops[-1], self.tops[-1] + 30 * self.size))
        bottom, reach = self.tops[-1], 0.9
        for line in lines:
            if min(word["top"] for word in line) - bottom > reach * self.size:
                break
            if bottom == self.tops[-1] and len(_runs_of(line, 1.0)) < 2:
                return
            bottom = max(word["bottom"] for word in line)
            reach = 0.6
        if bottom > self.tops[-1]:
            self.tops.append(bottom + 1)

    def printed_columns(self) -> list[float]:
        """Return the sides of a spreadsheet's columns, and divide its words: a figure may touch the next cell's text."""
        words = [word for word in self.grid.between(self.tops[0], self.tops[-1]) if "turned" not in word]
        printed = printed_table(words, lines_of_words(words), self.size) if words else None
        if printed is None:
            return []
        lines, (_first, columns) = printed
        self.grid = _Grid(self.grid.rules, self.grid.horizontal, self.grid.vertical, [word for line in lines for word in line])
        self.gap = 0.0
        return columns.sides[1:-1]

    def free_columns(self) -> list[float]:
        """Return the middles of the gaps that the rows' words leave free, wider than those between words."""
        rows = [self.grid.between(upper, lower) for upper, lower in pairwise(self.tops)]
        words = [word for row in rows for word in row]
        if not words:
            return []
        lines = [line for row in rows for line in lines_of_words(row)]
        spaces = [right["x0"] - left["x1"] for line in lines for left, right in pairwise(line)]
        space = median([gap for gap in spaces if 0 < gap < self.size] or [0.28 * self.size])
        # In few lines blanks between words may lie below each other by chance.
        self.gap = needed = max(1.3 * space, (0.35 if len(lines) >= 8 else 0.7) * self.size)
        counted = [spans for row in rows if len(spans := spans_of(row, needed)) > 1]
        allowed = len(counted) // 8
        events = sorted((x, step) for spans in counted for start, end in spans for x, step in ((start, 1), (end, -1)))
        columns: list[float] = []
        covering, free_from = 0, None
        for x, step in events:
            if step > 0 and covering <= allowed < covering + step and free_from is not None and x - free_from >= needed:
                # A rule that divides a row for some columns only ends at a column's side.
                ends = [rule[end] for rule in self.grid.horizontal for end in ("x0", "x1")]
                columns.append(next((at for at in ends if free_from <= at <= x), (free_from + x) / 2))
            covering += step
            if step < 0 and covering == allowed:
                free_from = x
        return columns

    def edges(self) -> list[Edge]:
        grid = self.grid
        rows = [(upper, lower) for upper, lower in pairwise(self.tops) if grid.between(upper, lower)]
        if not self.columns or len(rows) < 2:
            return []
        edges = [horizontal_edge(top, grid.left, grid.right) for top in self.tops]
        sides = [grid.left, *self.columns, grid.right]
        for rule in grid.horizontal:
            # A rule through some columns only divides a row in them; the other cells span it.
            begins, ends = (any(abs(rule[end] - side) <= _NEAR for side in sides) for end in ("x0", "x1"))
            if begins and ends and self.tops[0] < rule["top"] < self.tops[-1] and rule not in grid.rules and self.divides(rule):
                edges.append(horizontal_edge(rule["top"], rule["x0"], rule["x1"]))
                rows = [part for row in rows for part in _divided(row, rule["top"])]
        for x in (grid.left, grid.right):
            edges.append(vertical_edge(x, self.tops[0], self.tops[-1]))
        for x in self.columns:
            edges += self.column(x, sorted({*self.tops, *(y for row in rows for y in row)}))
        return edges

    def column(self, x: float, tops: Sequence[float]) -> list[Edge]:
        """Return the rules of one column's side: it is missing in rows where text runs across it."""
        edges: list[Edge] = []
        for upper, lower in pairwise(tops):
            spans = spans_of(self.grid.between(upper, lower), self.gap)
            if any(start < x < end for start, end in spans):
                continue
            goes_on = edges and edges[-1]["bottom"] == upper
            edges.append(vertical_edge(x, edges.pop()["top"] if goes_on else upper, lower))
        return edges

    def divides(self, rule: Edge) -> bool:
        """Return whether a rule reaches one side of the table; the border of a sign in a cell does not."""
        return bool(abs(rule["x0"] - self.grid.left) <= _NEAR or abs(rule["x1"] - self.grid.right) <= _NEAR)


def _divided(row: tuple[float, float], y: float) -> list[tuple[float, float]]:
    return [(row[0], y), (y, row[1])] if row[0] < y < row[1] else [row]


def _runs_of(words: Sequence[Word], gap: float) -> list[tuple[float, float]]:
    """Return the stretches of text, divided by gaps of so many letters' heights."""
    return spans_of(words, gap * median([word["bottom"] - word["top"] for word in words])) if words else []


def _height(word: Word) -> float:
    return float(word["top"] + word["bottom"]) / 2


def _centre(word: Word) -> float:
    return float(word["x0"] + word["x1"]) / 2


def horizontal_edge(y: float, x0: float, x1: float) -> Edge:
    """Return a horizontal rule as pdfplumber has it."""
    return {"orientation": "h", "object_type": "line", "x0": x0, "x1": x1, "top": y, "bottom": y, "width": x1 - x0, "height": 0}


def vertical_edge(x: float, top: float, bottom: float) -> Edge:
    """Return a vertical rule as pdfplumber has it."""
    return {
        "orientation": "v",
        "object_type": "line",
        "x0": x,
        "x1": x,
        "top": top,
        "bottom": bottom,
        "width": 0,
        "height": bottom - top,
    }
