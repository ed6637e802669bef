"""Reading tables made up by a test: from headings and cells to rows and problems."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from riskreg.importing.columns import (
    Field,
    ImportRow,
    Parsed,
    Problem,
    find_blocks,
    mapping_of,
    parse,
    recognise,
)
from riskreg.importing.tables import Cell, Place, Table

from .documents import (
    IMPACT,
    LIKELIHOOD,
)

SHORT = ["Nr", "Risk", "Beskrivning", "Riskvärde", "Kontrollmoment", "Åtgärd"]


def cells(rows: Sequence[Sequence[str | Cell]]) -> list[list[Cell]]:
    return [[text if isinstance(text, Cell) else Cell(text) for text in row] for row in rows]


def sheet(*rows: Sequence[Any], first_row: int = 1) -> Table:
    width = max(len(row) for row in rows)
    return Table(Place("sheet", 1, "Plan"), cells([[*row, *[""] * (width - len(row))] for row in rows]), first_row)


def pages(*tables: Sequence[Sequence[Any]]) -> list[Table]:
    return [Table(Place("table", number), cells(rows)) for number, rows in enumerate(tables, start=1)]


def parsed(
    tables: Sequence[Table],
    *,
    likelihood_levels: Mapping[int, str] = LIKELIHOOD,
    impact_levels: Mapping[int, str] = IMPACT,
    by_hand: Mapping[int, Field] | None = None,
) -> Parsed:
    (block,) = find_blocks(tables)
    mapping = by_hand or mapping_of(recognise(block.headings))
    return parse(block, mapping, likelihood_levels=likelihood_levels, impact_levels=impact_levels)


def one(headings: Sequence[str], values: Sequence[str | Cell], **levels: Any) -> tuple[ImportRow, list[Problem]]:
    result = parsed([sheet(headings, values)], **levels)
    (row,) = result.rows
    return row, result.problems


def codes(problems: Sequence[Problem]) -> list[str]:
    return [problem.code for problem in problems]
