"""Wording and cells that the kinds of report share."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any, TypeVar

from django.db.models import CharField, Value
from django.utils.formats import date_format
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from controls.reporting.paper import Block, Cell, Kind, Paper, Part, Table
from controls.reporting.rows import LeftOut, Sign
from controls.reporting.wording import confidential_note, left_out_note, registry_line, seal_line
from riskreg import clock
from riskreg.models import ControlPlan, ImpactLevel, LikelihoodLevel, Risk, RiskBand, RiskMatrix
from riskreg.trail.seals import head

Step = TypeVar("Step", LikelihoodLevel, ImpactLevel)


def make_paper(
    kind: str,
    today: date,
    parts: Iterable[Part],
    *,
    organisation: str,
    unit: str,
    heading: str,
    subtitle: str,
    facts: Iterable[str],
    notes: Iterable[str] = (),
    missing: Iterable[str] = (),
    sections: Iterable[str] = (),
    says_sections: bool = True,
    left_out: Sequence[LeftOut] = (),
    plan: ControlPlan | None = None,
    matrix: str = "",
) -> Paper:
    """Return the paper of a report, in the active language, with the head of the audit trail as it is now.

    `sections` are those of the law behind the confidential risks that it shows; a note says so if `says_sections`. The
    `plan` gives registry number and matrix.
    """
    trail_head, confidential = str(head() or ""), tuple(sections)
    number = plan.registry_number if plan else ""
    return Paper(
        kind=kind,
        organisation=organisation,
        unit=unit,
        heading=heading,
        subtitle=subtitle,
        language=(get_language() or "sv")[:2],
        drawn_up_on=today,
        registry_number=number,
        facts=(*facts, *registry_line(number)),
        notes=(*(confidential_note(confidential) if says_sections else ()), *left_out_note(left_out), *notes),
        missing=tuple(missing),
        confidential=confidential,
        left_out=sum(one.risks for one in left_out),
        matrix=str(plan.matrix) if plan else matrix,
        trail_head=trail_head,
        seal=seal_line(trail_head),
        parts=tuple(parts),
    )


def sections_of(risks: Iterable[Risk]) -> tuple[str, ...]:
    """Return the sections of the law behind the confidential ones among the risks."""
    return tuple(dict.fromkeys(risk.confidentiality_section for risk in risks if risk.is_confidential))


def confidential_line(risk: Risk) -> str:
    """Return the small line below a confidential risk's title; empty for others."""
    return _("Confidential, %(section)s") % {"section": risk.confidentiality_section} if risk.is_confidential else ""


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
