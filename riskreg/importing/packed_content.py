"""The content of a file as plain data, for JSON, and back: how it passes between processes, and how it is kept."""

from __future__ import annotations

from dataclasses import astuple
from typing import Any

from .cells import BLANK, Beside, BesideKind, Cell, Content, HiddenSheet, Place, Table


def packed(content: Content) -> dict[str, Any]:
    """Return the content as plain data, for JSON."""
    return {
        "tables": [_table(table) for table in content.tables],
        "beside": [_piece(piece) for piece in content.beside],
        "own": content.own,
        "hidden": [[_table(sheet.table), [_piece(piece) for piece in sheet.beside]] for sheet in content.hidden],
    }


def _table(table: Table) -> dict[str, Any]:
    return {
        "place": astuple(table.place),
        "rows": [[_cell(cell) for cell in row] for row in table.rows],
        "first_row": table.first_row,
        "heading": table.heading,
        "row_numbers": table.row_numbers,
        "column_numbers": table.column_numbers,
        "boxes": table.boxes,
        "heading_boxes": table.heading_boxes,
    }


def _piece(piece: Beside) -> list[Any]:
    return [piece.kind, piece.text, astuple(piece.place), piece.row, piece.column, piece.box]


def _cell(cell: Cell) -> list[Any] | int:
    if cell == BLANK and not cell.is_formula:
        return 0
    return [cell.text, cell.fill, cell.merged, cell.uncomputed, cell.is_formula, cell.struck, cell.whole, cell.stored]


def unpacked(packed: dict[str, Any]) -> Content:
    """Return the content that `packed` made plain data of."""
    tables = [_unpacked_table(table) for table in packed["tables"]]
    beside = [_unpacked_piece(*piece) for piece in packed["beside"]]
    hidden = [
        HiddenSheet(_unpacked_table(table), [_unpacked_piece(*piece) for piece in pieces])
        for table, pieces in packed.get("hidden", ())
    ]
    return Content(tables, beside, packed.get("own", ""), hidden)


def _unpacked_table(table: dict[str, Any]) -> Table:
    return Table(
        Place(*table["place"]),
        [[Cell(*cell) if cell else BLANK for cell in row] for row in table["rows"]],
        table["first_row"],
        table["heading"],
        tuple(table["row_numbers"]),
        tuple(table["column_numbers"]),
        table.get("boxes", ()),
        table.get("heading_boxes", ()),
    )


def _unpacked_piece(kind: BesideKind, text: str, place: list[Any], *where: Any) -> Beside:
    return Beside(kind, text, Place(*place), *where)
