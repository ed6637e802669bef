"""The rows of a file of values: its table is read in a process of its own, and its columns are found by their headings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import IO

from controls.indicators.importing.words import NEEDED, headings
from riskreg.importing.cells import Cell, Table
from riskreg.importing.tables import read_tables

MOST_BYTES = 5 * 2**20
MOST_ROWS = 2_000
EXTENSIONS = ("xlsx", "ods", "csv")


@dataclass(frozen=True, slots=True)
class Line:
    """A row of the file as it is written: its number there, and the texts of its cells."""

    row: int
    period: str
    value: str
    unit: str = ""
    uncomputed: str = ""
    """The heading of a cell whose formula the file holds no value for."""


class NoHeadings(Exception):
    """No table of the file has the headings that are needed."""


def read_lines(file: IO[bytes], filename: str) -> list[Line]:
    """Return the rows of the first table with the headings. Raises UnreadableFile, NoHeadings."""
    tables = read_tables(file, filename, max_bytes=MOST_BYTES, max_rows=MOST_ROWS, confine=True)
    for table in tables:
        for at in range(min(len(table.rows), 5)):
            places = _places(table.rows[at])
            if places is not None:
                return _lines(table, at, places)
    raise NoHeadings


def _places(cells: list[Cell]) -> Mapping[str, int] | None:
    texts = [" ".join(cell.text.casefold().split()) for cell in cells]
    places: dict[str, int] = {}
    for field, known in headings().items():
        found = next((index for index, text in enumerate(texts) if text in known), None)
        if found is not None:
            places[field] = found
    return places if places.keys() >= NEEDED else None


def _lines(table: Table, at: int, places: Mapping[str, int]) -> list[Line]:
    found = []
    for index, cells in enumerate(table.rows[at + 1 :], start=at + 1):
        if not any(cell.text or cell.uncomputed for cell in cells):
            continue
        texts = {name: cells[place].text.strip() for name, place in places.items()}
        # What the cell holds, where its number format shows less of it.
        value = cells[places["value"]]
        texts["value"] = value.stored or texts["value"]
        broken = next((name for name, place in places.items() if cells[place].uncomputed), "")
        found.append(Line(table.number_of(index), texts["period"], texts["value"], texts.get("unit", ""), broken))
    return found
