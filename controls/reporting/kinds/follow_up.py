"""Follow-up of internal control: a plan at a closing, seven columns, what is missing and what was ongoing."""

from __future__ import annotations

from collections import Counter
from datetime import date

from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from controls.models import Conclusion
from controls.reporting.kinds import pictures
from controls.reporting.kinds.kind import ReportKind, Subject
from controls.reporting.kinds.own_tables import follow_up_columns
from controls.reporting.kinds.words import title_cell, with_scales, without_empty_columns
from controls.reporting.paper import Block, Cell, Column, Kind, Paper, Part, Table
from controls.reporting.reading import build_report
from controls.reporting.rows import Report, ReportRow
from controls.reporting.wording import (
    COLUMNS,
    MISSING_SYMBOL,
    MISSING_TONE,
    RISK_COLUMNS,
    cells_of,
    facts_of,
    missing_of,
    notes_of,
    seal_line,
)
from riskreg.charts import Bar
from riskreg.heatmap.cells import Tally
from riskreg.models import User

WIDTHS = (1880, 2360, 1060, 2480, 2960, 1520, 2878)
_WIDTH_OF_A_CONCLUSION = 1960


def draw_up(user: User, subject: Subject, today: date, public: bool) -> Paper:
    """Draw up the follow-up report of a plan at a closing."""
    assert subject.plan is not None
    assert subject.closing is not None
    report = build_report(user, subject.plan, subject.closing, today=today, public=public)
    trend = pictures.trend(user, subject.plan, public=public) if report.rows else None
    return as_paper(report, *pictures_of(report), *([trend] if trend else []))


def as_paper(report: Report, *charts: Part) -> Paper:
    """Return the report as the writers take it, with the drawings after its tables."""
    parts: list[Part] = [overview(report)] if report.rows else []
    parts.append(table_of(report))
    if report.ongoing:
        parts.append(ongoing(report))
    return Paper(
        kind="follow_up",
        organisation=report.organisation,
        unit=report.unit,
        heading=report.heading,
        subtitle=report.subtitle,
        language=(get_language() or "sv")[:2],
        drawn_up_on=report.drawn_up_on,
        registry_number=report.registry_number,
        facts=tuple(facts_of(report)),
        notes=tuple(notes_of(report)),
        missing=tuple(missing_of(report)),
        confidential=tuple(report.sections_shown),
        left_out=report.left_out_count,
        matrix=str(report.plan.matrix),
        trail_head=report.trail_head,
        seal=seal_line(report.trail_head),
        parts=(*parts, *charts),
    )


def overview(report: Report) -> Table:
    """Return the sum of the report: each conclusion with its symbol and number of rows, and what is missing."""
    width = _WIDTH_OF_A_CONCLUSION
    columns = [Column(sign.code, sign.word, width, "number", sign.symbol, sign.tone) for sign, _count in report.conclusions]
    cells = [Cell((Block(Kind.STRONG, str(count)),), value=count) for _sign, count in report.conclusions]
    rest = sum(WIDTHS) - width * len(report.conclusions)
    words = ", ".join(missing_of(report)) or _("Nothing is missing.")
    symbol, tone = (MISSING_SYMBOL, MISSING_TONE) if report.missing else ("✓", "low")
    columns.append(Column("missing", _("Missing parts"), rest, "text", symbol, tone))
    cells.append(Cell((Block(Kind.TEXT, words),)))
    return Table(
        "overview",
        "",
        tuple(columns),
        (tuple(cells),),
        names_rows=False,
        description=_("The number of rows with each conclusion, and what is missing in how many rows."),
    )


def table_of(report: Report) -> Table:
    """Return the report's main table of seven columns."""
    types = {"score": "number"}
    return Table(
        "rows",
        _("Risks and their follow-up"),
        tuple(
            Column(key, str(label), width, types.get(key, "text"))
            for (key, label), width in zip(COLUMNS.items(), WIDTHS, strict=True)
        ),
        tuple(_row(row) for row in report.rows),
        keys=tuple(f"{row.risk_pk}/{row.control_pk or ''}/{row.follow_up_pk or ''}" for row in report.rows),
        description=_("One row for each control: the risk, its score, the follow-up, the result, the conclusion and the action."),
        nothing=_("The plan holds nothing to follow up."),
        flat=follow_up_columns(report),
    )


def _row(row: ReportRow) -> tuple[Cell, ...]:
    made = []
    for name, blocks in zip(COLUMNS, cells_of(row), strict=True):
        reach = row.risk_span if name in RISK_COLUMNS else row.control_span if name == "control" else 1
        fill = row.conclusion.tone if name == "conclusion" and row.conclusion else ""
        made.append(Cell(tuple(blocks), row.score if name == "score" else None, reach, fill))
    return tuple(made)


def ongoing(report: Report) -> Table:
    """Return the table of rows that come back at the next closing, and those that came back from the one before."""
    rows = []
    for row in report.ongoing:
        goes_on = [action.text for action in row.actions if action.kind == "continues"]
        rows.append(
            (
                title_cell(row.title, row.reference),
                Cell((Block(Kind.TEXT, row.before),)) if row.before else Cell(),
                Cell((Block(Kind.SIGN, row.conclusion.word, row.conclusion.symbol, row.conclusion.tone),))
                if row.conclusion
                else Cell((Block(Kind.MISSING, _("Not reported yet"), MISSING_SYMBOL, MISSING_TONE),)),
                Cell(tuple(Block(Kind.TEXT, text) for text in goes_on)),
            )
        )
    return without_empty_columns(
        Table(
            "ongoing",
            _("Ongoing between the closings"),
            (
                Column("risk", str(COLUMNS["risk"]), 30),
                Column("before", _("Before"), 25),
                Column("now", _("Now"), 20),
                Column("goes_on", _("What goes on"), 45),
            ),
            tuple(rows),
            description=_("What was ongoing at the closing before or is ongoing now, and what is reported next time."),
        ),
        "before",
    )


def pictures_of(report: Report) -> list[Part]:
    """Return the charts of the report; none for a report without rows."""
    if not report.rows:
        return []
    count = Counter(row.conclusion.code if row.conclusion else "" for row in report.rows)
    bar = Bar(report.unit, [*(count[one.value] for one in Conclusion), count[""]])
    firsts = [group[0] for group in report.groups]
    tallies = Counter((row.likelihood, row.impact, row.score) for row in firsts)
    matrix = report.plan.matrix
    with_scales(matrix)
    return [
        pictures.conclusions([bar], what=_("Committee")),
        pictures.heatmap_of(matrix, [Tally(*key, None, number) for key, number in tallies.items()], report.subtitle),
    ]


KIND = ReportKind(
    "follow_up",
    "uppfoljning",
    gettext_lazy("Follow-up of internal control"),
    gettext_lazy("Every risk with its follow-up, result, conclusion and action; what is missing and what is ongoing."),
    draw_up,
)
