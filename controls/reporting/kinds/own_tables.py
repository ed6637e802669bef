"""A report's main table with every value in a column of its own: for workbooks and JSON, which come back filled in.

The columns and their headings are those by which the import knows them (riskreg/importing/own_columns.py). A row is a
follow-up, and one more for each further action; all that is said of risk and control is repeated in each.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from django.utils.functional import Promise

from controls.models import Action, Control
from controls.reporting.kinds.words import day_in_words, without_empty_columns
from controls.reporting.paper import Block, Cell, Column, Kind, Table, text_cell
from controls.reporting.rows import Missing, Report, ReportAction, ReportRow, Sign
from controls.reporting.wording import MISSING_SYMBOL, MISSING_TONE
from riskreg.importing.fields import Field
from riskreg.importing.own_cells import CONFIDENTIAL
from riskreg.importing.own_columns import BEFORE, COLUMN_LABELS, MISSING, PLAN_LABELS, SINCE, TOGETHER
from riskreg.models import Risk

_WIDTHS: dict[str, int] = {
    Field.NUMBER: 10, Field.TITLE: 26, CONFIDENTIAL: 14, Field.DESCRIPTION: 44, Field.OWNER: 18, Field.LIKELIHOOD: 15,
    Field.IMPACT: 15, Field.SCORE: 15, SINCE: 16, Field.CONTROL: 38, Field.METHOD: 17, Field.METHOD_WORDING: 24,
    Field.FREQUENCY: 17, Field.FREQUENCY_WORDING: 24, Field.PERFORMER: 18, Field.TARGET: 22, TOGETHER: 28,
    Field.FOLLOW_UP_UNIT: 24, Field.RESULT: 54, Field.PERFORMED_OTHERWISE: 28, Field.CONCLUSION: 22,
    Field.CONCLUSION_WORDING: 26, Field.CONCLUSION_REASON: 28, BEFORE: 24, Field.ACTION: 44, Field.ACTION_KIND: 22,
    Field.RESPONSIBLE: 18, Field.DUE: 14, Field.DONE: 14, Field.EFFECT: 28, MISSING: 26,
}  # fmt: skip
"""In letters, and as many more as the longest word takes."""
_NUMBERS = (Field.LIKELIHOOD, Field.IMPACT, Field.SCORE)
_DAYS = (Field.DUE, Field.DONE)
_OF_FOLLOW_UP = (
    Field.NUMBER, Field.TITLE, CONFIDENTIAL, Field.DESCRIPTION, Field.SCORE, Field.CONTROL, Field.METHOD, Field.METHOD_WORDING,
    Field.PERFORMER, Field.TARGET, TOGETHER, Field.FOLLOW_UP_UNIT, Field.RESULT, Field.PERFORMED_OTHERWISE, Field.CONCLUSION,
    Field.CONCLUSION_WORDING, Field.CONCLUSION_REASON, BEFORE, Field.ACTION, Field.ACTION_KIND, Field.RESPONSIBLE, Field.DUE,
    Field.DONE, Field.EFFECT, MISSING,
)  # fmt: skip
_OF_PLAN = (
    Field.NUMBER, Field.TITLE, CONFIDENTIAL, Field.DESCRIPTION, Field.OWNER, Field.LIKELIHOOD, Field.IMPACT, Field.SCORE, SINCE,
    Field.CONTROL, Field.METHOD, Field.METHOD_WORDING, Field.FREQUENCY, Field.FREQUENCY_WORDING, Field.PERFORMER, Field.TARGET,
    MISSING,
)  # fmt: skip
_ONLY_WHERE_FILLED = (
    CONFIDENTIAL, Field.METHOD_WORDING, Field.FREQUENCY_WORDING, Field.TARGET, TOGETHER, Field.FOLLOW_UP_UNIT,
    Field.PERFORMED_OTHERWISE, Field.CONCLUSION_WORDING, Field.CONCLUSION_REASON, BEFORE, Field.ACTION_KIND, Field.DONE,
    Field.EFFECT, MISSING,
)  # fmt: skip

Values = dict[str, Cell]
Labels = Mapping[str, str | Promise]


def follow_up_columns(report: Report) -> Table:
    """Return the follow-up's rows, every value in a column of its own."""
    return _table("rows", COLUMN_LABELS, _OF_FOLLOW_UP, (values for row in report.rows for values in _of_row(row)))


def plan_columns(rows: Iterable[tuple[Risk, Control | None, Sequence[Cell]]]) -> Table:
    """Return the plan's rows, every value in a column of its own.

    A row is a risk and a control, with the cells of its score, of what changed since last year and of what is missing.
    """
    return _table("risks", PLAN_LABELS, _OF_PLAN, (_of_control(risk, control, *cells) for risk, control, cells in rows))


def _table(name: str, labels: Labels, keys: Sequence[str], rows: Iterable[Values]) -> Table:
    columns = tuple(
        Column(key, str(labels[key]), _WIDTHS[key], "number" if key in _NUMBERS else "date" if key in _DAYS else "text")
        for key in map(str, keys)
    )
    cells = tuple(tuple(values.get(key, Cell()) for key in map(str, keys)) for values in rows)
    return without_empty_columns(Table(name, "", columns, cells), *map(str, _ONLY_WHERE_FILLED))


def _of_row(row: ReportRow) -> Iterator[Values]:
    """Yield the row's values, for each of its actions."""
    score = [Block(Kind.STRONG, str(row.score))] if row.score is not None else []
    score += [_sign(row.band)] if row.band else []
    values = _texts(
        {
            Field.NUMBER: row.reference,
            Field.TITLE: row.title,
            CONFIDENTIAL: row.confidentiality,
            Field.DESCRIPTION: row.description,
            Field.CONTROL: row.control,
            Field.METHOD: row.method,
            Field.METHOD_WORDING: row.method_wording,
            Field.PERFORMER: row.control_performer,
            Field.TARGET: row.target,
            Field.FOLLOW_UP_UNIT: row.unit,
            Field.RESULT: row.result,
            Field.PERFORMED_OTHERWISE: row.performed_otherwise,
            Field.CONCLUSION_WORDING: row.conclusion_wording,
            Field.CONCLUSION_REASON: row.conclusion_reason,
            BEFORE: row.before,
        }
    )
    values[Field.SCORE] = Cell(tuple(score), row.score)
    if row.conclusion:
        values[Field.CONCLUSION] = Cell((_sign(row.conclusion),), row.conclusion.word, fill=row.conclusion.tone)
    if row.units_together:
        together = (row.units_together.how_far, row.units_together.counted, row.units_together.waiting_for)
        values[TOGETHER] = Cell(tuple(Block(Kind.TEXT, text) for text in together if text))
    values[MISSING] = missing_cell(row.missing)
    actions: Sequence[ReportAction | None] = row.actions or (None,)
    for index, action in enumerate(actions):
        yield values | (_of_action(action) if action else {}) | ({} if index == 0 else {MISSING: Cell()})


def _of_action(action: ReportAction) -> Values:
    kind = "" if action.kind == Action.Kind.MEASURE else action.kind_label
    values = _texts(
        {
            Field.ACTION: action.description,
            Field.ACTION_KIND: kind,
            Field.RESPONSIBLE: action.responsible,
            Field.EFFECT: action.effect,
        }
    )
    return values | {key: _day(day) for key, day in ((Field.DUE, action.due_on), (Field.DONE, action.done_on)) if day}


def _of_control(risk: Risk, control: Control | None, score: Cell, since: Cell, missing: Cell) -> Values:
    values = _texts(
        {
            Field.NUMBER: risk.reference,
            Field.TITLE: risk.title,
            CONFIDENTIAL: risk.confidentiality_section if risk.is_confidential else "",
            Field.DESCRIPTION: risk.description,
            Field.OWNER: risk.owner_name,
        }
    )
    values |= {Field.SCORE: score, SINCE: since, MISSING: missing}
    values |= {key: _number(level) for key, level in ((Field.LIKELIHOOD, risk.likelihood), (Field.IMPACT, risk.impact))}
    if control is not None:
        values |= _texts(
            {
                Field.CONTROL: control.description,
                Field.METHOD: str(control.get_method_display()),
                Field.METHOD_WORDING: control.method_wording,
                Field.FREQUENCY: str(control.get_frequency_display()),
                Field.FREQUENCY_WORDING: control.frequency_wording,
                Field.PERFORMER: control.performer_name,
                Field.TARGET: control.target,
            }
        )
    return values


def missing_cell(parts: Iterable[Missing]) -> Cell:
    """Return the cell that names what is missing, a line each."""
    return Cell(tuple(Block(Kind.MISSING, str(part.label), MISSING_SYMBOL, MISSING_TONE) for part in parts))


def _texts(values: dict[Any, str]) -> Values:
    return {str(key): text_cell(text) for key, text in values.items()}


def _sign(sign: Sign) -> Block:
    return Block(Kind.SIGN, sign.word, sign.symbol, sign.tone)


def _number(number: int | None) -> Cell:
    return Cell((Block(Kind.TEXT, str(number)),), number) if number is not None else Cell()


def _day(day: date) -> Cell:
    return Cell((Block(Kind.TEXT, day_in_words(day)),), day)
