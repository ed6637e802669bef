"""The tables of the product's own PDF pages: filled headings, a rule below each row, no vertical rules.

Signs in the cells have grounds of their own, which are no cells. A cell that reaches over several rows has no rule between
them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pdfplumber.table import Table, cells_to_tables, edges_to_intersections, intersections_to_cells

from ..cells import Box
from ..own_mark import LINE_END
from ..text import WRAPPED, typed
from .pdf_rules import Edge, horizontal_edge, vertical_edge

Letter = dict[str, Any]
_SOFT_HYPHEN = "\u00ad"
_NEAR = 1.5
"""Points within which two sides are one."""
_LEAST_WIDTH = 30.0


def line_ends(page: Any) -> list[Letter]:
    """Return the page's marks of line ends that somebody typed."""
    return [char for char in page.chars if char["text"] == LINE_END]


def text_with_line_ends(lines: Sequence[tuple[str, Box]], ends: Sequence[Letter]) -> str:
    """Return a cell's lines as text: after the page's own line ends stands `WRAPPED`, blank lines are those that were typed.

    The last line ends where it was ended: a text that goes on on the next page goes on in the line.
    A hyphen within a line is one, whatever the font calls it; at the end of a line it may be the page's.
    """
    text = ""
    for line, (_left, top, right, bottom) in lines:
        ended = sum(top < (end["top"] + end["bottom"]) / 2 < bottom and abs(end["x0"] - right) < _NEAR for end in ends)
        if line:
            text += line.replace(_SOFT_HYPHEN, "-") + ("\n" * min(ended, 2) or f"\n{WRAPPED}")
    is_ended = text.endswith("\n")
    return typed(text) + "\n" * is_ended


def own_tables(page: Any) -> list[Any]:
    """Return the page's tables, from the top."""
    rules = [line for line in page.lines if line["x1"] - line["x0"] >= _LEAST_WIDTH and line["bottom"] - line["top"] < _NEAR]
    heads = [(rule, sides) for rule in rules if len(sides := _heading_below(page, rule)) > 2]
    heads.sort(key=lambda head: head[0]["top"])
    found: list[Any] = []
    for number, (head, sides) in enumerate(heads):
        end = heads[number + 1][0]["top"] if number + 1 < len(heads) else page.height
        edges = _edges([rule for rule in rules if head["top"] - _NEAR < rule["top"] < end - _NEAR], sides)
        cells = intersections_to_cells(edges_to_intersections(edges, _NEAR, _NEAR)) if edges else []
        found += [Table(page, group) for group in (cells_to_tables(cells) if cells else [])]
    return found


def _heading_below(page: Any, rule: Edge) -> list[float]:
    """Return the sides of the filled cells that stand side by side below the rule, as wide as it is together."""
    fills = [box for box in page.rects if box.get("fill") and abs(box["top"] - rule["top"]) <= _NEAR]
    sides = [rule["x0"]]
    for box in sorted(fills, key=lambda one: one["x0"]):
        if abs(box["x0"] - sides[-1]) > 2 * _NEAR:
            return []
        sides.append(box["x1"])
    return [*sides[:-1], rule["x1"]] if abs(sides[-1] - rule["x1"]) <= 2 * _NEAR else []


def _edges(rules: Sequence[Edge], sides: Sequence[float]) -> list[Edge]:
    """Return the rules, moved to the columns' sides, and the columns."""

    def side(x: float) -> float:
        return min(sides, key=lambda one: abs(one - x))

    tops = [rule["top"] for rule in rules]
    if len(set(tops)) < 2:
        return []
    return [
        *(horizontal_edge(rule["top"], side(rule["x0"]), side(rule["x1"])) for rule in rules),
        *(vertical_edge(x, min(tops), max(tops)) for x in sides),
    ]
