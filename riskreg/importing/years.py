"""Columns of other years beside the plan's own: what they say of a risk is kept, to be compared with the plan's year."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from .blocks import Block
from .columns import ImportRow
from .fields import Field
from .headings import ColumnMatch

Spot = tuple[int, int, int]


@dataclass(slots=True)
class Comparison:
    """What a row's columns of several years say of one field: the texts by year, the plan's own year among them."""

    row: ImportRow
    field: Field
    texts: dict[int, str] = dataclasses.field(default_factory=dict)

    def __str__(self) -> str:
        return " → ".join(f"{year}: {text}" for year, text in sorted(self.texts.items()))


def compare_years(block: Block, columns: Sequence[ColumnMatch], rows: Sequence[ImportRow], year: int) -> dict[Spot, Comparison]:
    """Return, for each cell of another year's column, the comparison it belongs to; none for rows that are not read."""
    others = {match.index: match for match in columns if match.how == "compared"}
    if not others:
        return {}
    own = {match.field: match.index for match in columns if match.field is not None}
    row_of = {spot: row for row in rows for spots in row.sources.values() for spot in spots}
    made: dict[tuple[int, Field], Comparison] = {}
    found: dict[Spot, Comparison] = {}
    for line in block.rows:
        spots = [line.spot_of(column) for column in range(len(line.cells))]
        row = next((row_of[spot] for spot in spots if spot in row_of), None)
        for index, match in others.items():
            spot, text = (spots[index], line.cells[index].text) if index < len(line.cells) else (None, "")
            if row is None or spot is None or not text or match.like is None or match.year is None:
                continue
            comparison = made.setdefault((id(row), match.like), Comparison(row, match.like))
            comparison.texts[match.year] = " ".join([*comparison.texts.get(match.year, "").split(), *text.split()])
            at = own[match.like]
            if at < len(line.cells) and line.cells[at].text:
                comparison.texts[year] = " ".join(line.cells[at].text.split())
            found[spot] = comparison
    return found


def by_row(comparisons: Mapping[Spot, Comparison]) -> dict[int, list[Comparison]]:
    """Return the comparisons by the identity (`id`) of their row, each once."""
    once = {id(comparison): comparison for comparison in comparisons.values()}
    found: dict[int, list[Comparison]] = {}
    for comparison in once.values():
        found.setdefault(id(comparison.row), []).append(comparison)
    return found
