"""The heatmap: the number of risks in each cell of a matrix, and the risks with a score but no place in it.

Counting and drawing are apart: `count_cells` counts any queryset with the risks' columns (today's risks, or a day's
rows of their history), `heatmap` lays the counts out in a matrix.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from django.db.models import BigIntegerField, Count, F, IntegerField, QuerySet, Value
from django.db.models.functions import Cast, Coalesce

from riskreg.database.compiled import rows_once_compiled
from riskreg.models import ImpactLevel, LikelihoodLevel, Risk, RiskBand, RiskMatrix
from riskreg.scoring import Cell, band_limits


class Tally(NamedTuple):
    """The number of risks with these factors and this score; matrix_id is None where only one matrix is in question."""

    likelihood: int | None
    impact: int | None
    score: int | None
    matrix_id: int | None
    number: int


@dataclass
class HeatCell:
    """A cell, its band, the risks placed in it; `risks` and `maybe` are filled only where they are few."""

    likelihood: LikelihoodLevel
    impact: ImpactLevel
    band: RiskBand | None
    number: int = 0
    risks: list[Risk] = field(default_factory=list)
    maybe: list[Risk] = field(default_factory=list)
    """Risks with this score that are not placed: they could belong here."""

    @property
    def cell(self) -> Cell:
        return Cell(self.likelihood.value, self.impact.value)

    @property
    def score(self) -> int:
        return self.cell.score

    @property
    def words(self) -> str:
        return self.cell.words


@dataclass
class HeatRow:
    level: LikelihoodLevel
    cells: list[HeatCell]


@dataclass(frozen=True, slots=True)
class NotPlaced:
    """The number of risks whose source states this score and no factors, and the cells where they could belong."""

    score: int
    band: RiskBand | None
    cells: list[Cell]
    number: int


@dataclass(frozen=True, slots=True)
class BandTotal:
    """A band with its scores' limits and how many risks are in it, placed or not."""

    band: RiskBand
    lowest: int
    highest: int
    number: int


@dataclass
class Heatmap:
    """A matrix with its counts. Every risk counted is in exactly one of: a cell, not_placed, not_scored, off_scale, others."""

    matrix: RiskMatrix
    rows: list[HeatRow]
    """The highest likelihood first."""
    bands: list[BandTotal]
    """The lowest first."""
    not_placed: list[NotPlaced]
    """The highest score first."""
    not_scored: int = 0
    off_scale: int = 0
    """Risks whose factors or score no cell of the matrix has."""
    others: dict[int, int] = field(default_factory=dict)
    """Risks scored by other matrices, by matrix."""

    @property
    def impacts(self) -> list[ImpactLevel]:
        return self.matrix.impacts

    @property
    def cells(self) -> list[HeatCell]:
        return [cell for row in self.rows for cell in row.cells]

    @property
    def placed(self) -> int:
        return sum(cell.number for cell in self.cells)

    @property
    def unplaced(self) -> int:
        return sum(row.number for row in self.not_placed)

    @property
    def scored_otherwise(self) -> int:
        return sum(self.others.values())

    @property
    def total(self) -> int:
        return self.placed + self.unplaced + self.not_scored + self.off_scale + self.scored_otherwise

    def show(self, risks: Iterable[Risk]) -> None:
        """Put these risks (few) in their cells, those without factors in the cells they could belong to."""
        cells = {each.cell: each for each in self.cells}
        for risk in risks:
            if risk.likelihood is not None and risk.impact is not None:
                found = cells.get(Cell(risk.likelihood, risk.impact))
                if found is not None:
                    found.risks.append(risk)
            elif risk.risk_score is not None:
                for each in self.matrix.possible_cells(risk.risk_score):
                    cells[each].maybe.append(risk)


SeenAndHidden = tuple[QuerySet[Any], "QuerySet[Any] | None"]
"""The risks that the reader sees, and those that are hidden from them; None where none can be."""


def count_cells(risks: QuerySet[Any], *, by_matrix: bool = False) -> list[Tally]:
    """Count the risks by factors and score, in the database and in one query."""
    return count_cells_and_hidden(lambda: (risks, None), by_matrix=by_matrix)[0]


def count_cells_and_hidden(
    build: Callable[[], SeenAndHidden], *, by_matrix: bool = False, of_plans: bool = False, key: Hashable | None = None
) -> tuple[list[Tally], int]:
    """Count the risks, and those hidden from the reader; still in one query. `key` as of riskreg.database.compiled.

    `of_plans`: they are the risks of some of the plans, as of a year. They are then counted by factors and score as one number,
    which no index has: an index in that order would be read from end to end, and here the plans' part of another is.
    """
    columns = ["cell"] if of_plans else ["likelihood", "impact", "risk_score"]
    if by_matrix:
        columns.append("matrix_id")

    def marked(risks: QuerySet[Any]) -> QuerySet[Any]:
        if of_plans:
            risks = risks.annotate(cell=_CELL)
        return risks.annotate(matrix_id=F("plan__matrix")) if by_matrix else risks

    def both() -> SeenAndHidden:
        risks, hidden = build()
        return marked(risks), None if hidden is None else marked(hidden)

    counted, number_hidden = count_with_hidden(both, *columns, key=None if key is None else (key, by_matrix, of_plans))
    tallies = []
    for row, number in counted:
        values, matrix = (row[:-1], row[-1]) if by_matrix else (row, None)
        likelihood, impact, score = _values_of(values[0]) if of_plans else values
        tallies.append(Tally(likelihood, impact, score, matrix, number))
    return tallies, sum(number for _row, number in number_hidden)


_STEP = 2**16
"""Greater than any factor or score."""
_CELL = Cast(Coalesce("likelihood", 0), BigIntegerField()) * Value(_STEP * _STEP, output_field=BigIntegerField()) + Cast(
    Coalesce("impact", 0) * Value(_STEP) + Coalesce("risk_score", 0), BigIntegerField()
)
"""Factors and score as one number; 0 stands for what is not known."""


def _values_of(cell: int) -> tuple[int | None, int | None, int | None]:
    return cell // _STEP // _STEP or None, cell // _STEP % _STEP or None, cell % _STEP or None


Counts = list[tuple[tuple[Any, ...], int]]


def count_with_hidden(build: Callable[[], SeenAndHidden], *columns: str, key: Hashable | None = None) -> tuple[Counts, Counts]:
    """Count the visible and the hidden risks by the columns' values, in one query. `key` as of riskreg.database.compiled."""

    def both() -> QuerySet[Any, Any]:
        risks, hidden = build()
        seen = _count(risks, columns, is_hidden=0)
        return seen if hidden is None else seen.union(_count(hidden, columns, is_hidden=1), all=True)

    found: tuple[Counts, Counts] = ([], [])
    for *values, is_hidden, number in rows_once_compiled(None if key is None else ("counted", key, columns), both):
        found[is_hidden].append((tuple(values), number))
    return found


def _count(risks: QuerySet[Any], columns: tuple[str, ...], *, is_hidden: int) -> QuerySet[Any, Any]:
    marked = risks.order_by().annotate(is_hidden=Value(is_hidden, output_field=IntegerField()))
    return marked.values(*columns, "is_hidden").annotate(number=Count("*")).values_list(*columns, "is_hidden", "number")


def heatmap(matrix: RiskMatrix, tallies: Iterable[Tally]) -> Heatmap:
    """Lay the counts out in the matrix. Risks scored by another matrix are counted apart, never placed in this one."""
    cells = {
        Cell(p.value, c.value): HeatCell(p, c, matrix.band_of(p.value * c.value))
        for p in matrix.likelihoods
        for c in matrix.impacts
    }
    unplaced: Counter[int] = Counter()
    others: Counter[int] = Counter()
    by_score: Counter[int] = Counter()
    not_scored = off_scale = 0
    for tally in tallies:
        if tally.matrix_id is not None and tally.matrix_id != matrix.pk:
            others[tally.matrix_id] += tally.number
        elif tally.score is None:
            not_scored += tally.number
        elif tally.likelihood is not None and tally.impact is not None:
            place = Cell(tally.likelihood, tally.impact)
            if place in cells:
                cells[place].number += tally.number
                by_score[tally.score] += tally.number
            else:
                off_scale += tally.number
        elif matrix.possible_cells(tally.score):
            unplaced[tally.score] += tally.number
            by_score[tally.score] += tally.number
        else:
            off_scale += tally.number
    return Heatmap(
        matrix=matrix,
        rows=[
            HeatRow(level, [cells[Cell(level.value, impact.value)] for impact in matrix.impacts])
            for level in reversed(matrix.likelihoods)
        ],
        bands=[
            BandTotal(band, lowest, highest, sum(number for score, number in by_score.items() if lowest <= score <= highest))
            for band, lowest, highest in band_limits(matrix.ordered_bands, matrix.highest_score)
        ],
        not_placed=[
            NotPlaced(score, matrix.band_of(score), matrix.possible_cells(score), unplaced[score])
            for score in sorted(unplaced, reverse=True)
        ],
        not_scored=not_scored,
        off_scale=off_scale,
        others=dict(others),
    )
