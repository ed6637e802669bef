"""Wording and cells that the kinds of report share."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from typing import Any, TypeVar

from django.db.models import CharField, Value
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from controls.reporting.paper import Block, Cell, Kind, Table
from controls.reporting.rows import LeftOut, Sign
from riskreg import clock
from riskreg.models import ImpactLevel, LikelihoodLevel, RiskBand, RiskMatrix
from riskreg.trail.seals import head

Step = TypeVar("Step", LikelihoodLevel, ImpactLevel)


def left_out_note(left_out: tuple[LeftOut, ...]) -> list[str]:
    """Return the note that confidential risks are left out, with their number and sections; empty for none."""
    count = sum(one.risks for one in left_out)
    if not count:
        return []
    words = ngettext(
        "%(count)d risk is confidential and left out (%(sections)s).",
        "%(count)d risks are confidential and left out (%(sections)s).",
        count,
    )
    return [words % {"count": count, "sections": ", ".join(one.section for one in left_out)}]


def read_trail_head() -> tuple[str, str]:
    """Return the trail's head, and the line that prints it."""
    last = str(head() or "")
    return last, _("The audit trail is sealed up to %(head)s.") % {"head": last} if last else ""


def with_scales(*matrices: RiskMatrix) -> None:
    """Read the levels and bands of these matrices into memory, in one query for all of them."""
    keys = [matrix.pk for matrix in matrices]
    likelihoods, impacts = (_steps(kind, keys, kind._meta.model_name or "") for kind in (LikelihoodLevel, ImpactLevel))
    bands = (
        RiskBand.objects.filter(matrix__in=keys)
        .order_by()
        .annotate(scale=Value("band", CharField()))
        .values_list("scale", "matrix", "pk", "from_score", "name", "tone", "demand")
    )
    rows = sorted(likelihoods.union(impacts, bands, all=True), key=lambda row: row[3])
    for matrix in matrices:
        mine = [row for row in rows if row[1] == matrix.pk]
        matrix.likelihoods = [_level(LikelihoodLevel, row) for row in mine if row[0] == "likelihoodlevel"]
        matrix.impacts = [_level(ImpactLevel, row) for row in mine if row[0] == "impactlevel"]
        matrix.ordered_bands = [
            RiskBand(pk=pk, matrix_id=matrix.pk, from_score=score, name=name, tone=tone, demand=demand)
            for scale, _matrix, pk, score, name, tone, demand in mine
            if scale == "band"
        ]


def _steps(kind: Any, keys: list[int], scale: str) -> Any:
    steps = kind.objects.filter(matrix__in=keys).order_by()
    named = steps.annotate(scale=Value(scale, CharField()), demand=Value("", CharField()))
    return named.values_list("scale", "matrix", "pk", "value", "label", "description", "demand")


def _level(kind: type[Step], row: Any) -> Step:
    _scale, matrix, pk, value, label, description, _demand = row
    return kind(pk=pk, matrix_id=matrix, value=value, label=label, description=description)


def drawn_up_line(today: date) -> str:
    """Return the line with the day on which the report was drawn up."""
    return _("Drawn up on %(today)s.") % {"today": date_format(today)}


def day_in_words(day: date) -> str:
    """Return the day in words, with a no-break space before the month; a line may end before the year."""
    return date_format(day).replace(" ", "\u00a0", 1)


def day_cell(day: date | None) -> Cell:
    """Return a cell with a date; empty for None."""
    return Cell((Block(Kind.TEXT, day_in_words(day)),), value=day) if day else Cell()


def number_cell(number: int | None, tone: str = "") -> Cell:
    """Return a cell with a number, on the ground of the tone; empty for None."""
    return Cell((Block(Kind.STRONG, str(number)),), value=number, fill=tone) if number is not None else Cell()


def sign_cell(sign: Sign | None, *, fill: bool = True) -> Cell:
    """Return a cell with a sign, filled with its tone if `fill`; empty for None."""
    if sign is None:
        return Cell()
    return Cell((Block(Kind.SIGN, sign.word, sign.symbol, sign.tone),), value=sign.word, fill=sign.tone if fill else "")


def who_when(who: object, when: datetime | None) -> Cell:
    """Return the name above the moment; an empty cell before it has happened."""
    if when is None:
        return Cell()
    at = date_format(clock.municipal(when), "SHORT_DATETIME_FORMAT")
    return Cell((Block(Kind.TEXT, str(who or "–")), Block(Kind.SMALL, at)))


def title_cell(title: str, *small: str) -> Cell:
    """Return a cell with a title in bold and lines of small text below it."""
    return Cell((Block(Kind.STRONG, title), *(Block(Kind.SMALL, one) for one in small if one)), value=title)


def without_empty_columns(table: Table, *keys: str) -> Table:
    """Return the table without those of the columns that are empty in every row."""
    kept = [
        index
        for index, column in enumerate(table.columns)
        if column.key not in keys or any(row[index].blocks for row in table.rows)
    ]
    rows = tuple(tuple(row[index] for index in kept) for row in table.rows)
    return replace(table, columns=tuple(table.columns[index] for index in kept), rows=rows)
