"""Risks' numbers in a column of their own, for files that are sorted, filtered and matched by them.

On paper a risk's number stands small below its title. A file that is calculated with holds a value a column.
"""

from __future__ import annotations

import re
from dataclasses import replace

from django.utils.translation import gettext as _

from controls.reporting.paper import Block, Cell, Column, Kind, Table, text_cell

NUMBER = re.compile(r"\d{4}-\d{2,}")
"""A risk's number as `Risk.reference` writes it: the plan's year and the number in it."""
WIDTH = 7


def with_numbers_apart(table: Table) -> Table:
    """Return the table with the numbers of a column's risks in one before it, `…_number`; the same table where there are none."""
    columns: list[Column] = []
    cells: list[list[Cell]] = []
    for index, column in enumerate(table.columns):
        of_column = [row[index] for row in table.rows]
        numbers = [_number_in(cell) for cell in of_column]
        if any(numbers):
            columns.append(Column(f"{column.key}_number", _("No."), WIDTH))
            pairs = list(zip(numbers, of_column, strict=True))
            cells.append([replace(text_cell(number.text if number else ""), rows=cell.rows) for number, cell in pairs])
            of_column = [_without(cell, number) for number, cell in pairs]
        columns.append(column)
        cells.append(of_column)
    if len(columns) == len(table.columns):
        return table
    return replace(table, columns=tuple(columns), rows=tuple(zip(*cells, strict=True)))


def _number_in(cell: Cell) -> Block | None:
    return next((block for block in cell.blocks if block.kind == Kind.SMALL and NUMBER.fullmatch(block.text)), None)


def _without(cell: Cell, number: Block | None) -> Cell:
    return replace(cell, blocks=tuple(block for block in cell.blocks if block is not number))
