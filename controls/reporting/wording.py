"""The words of a report, cell by cell: every writer shows these words, in this order.

The words are in the active language.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from django.utils import formats
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext_lazy

from controls.follow_ups.several_units import Summed
from controls.reporting.paper import Block, Kind
from controls.reporting.rows import LeftOut, Missing, Report, ReportAction, ReportRow

COLUMNS = {
    "risk": gettext_lazy("Identified risk"),
    "description": gettext_lazy("Risk description"),
    "score": gettext_lazy("Risk score"),
    "control": gettext_lazy("Follow-up"),
    "result": gettext_lazy("Result"),
    "conclusion": gettext_lazy("Conclusion"),
    "action": pgettext_lazy("column of the report", "Action"),
}
"""The seven columns, left to right."""

RISK_COLUMNS = frozenset({"risk", "description", "score"})
"""The columns whose cells reach over all rows of a risk; the control's reaches over the rows of its units."""

MISSING_SYMBOL = "□"
MISSING_TONE = "high"


Cells = tuple[list[Block], ...]


def cells_of(row: ReportRow) -> Cells:
    """Return the blocks of the row's seven cells. Cells that reach over several rows are filled in each of them."""
    return tuple(list(blocks(row)) for blocks in (_risk, _description, _score, _control, _result, _conclusion, _action))


def _risk(row: ReportRow) -> Iterator[Block]:
    yield Block(Kind.STRONG, row.title)
    yield Block(Kind.SMALL, row.reference)
    if row.confidentiality:
        yield Block(Kind.SMALL, _("Confidential, %(section)s") % {"section": row.confidentiality})


def _description(row: ReportRow) -> Iterator[Block]:
    if row.description:
        yield Block(Kind.TEXT, row.description)


def _score(row: ReportRow) -> Iterator[Block]:
    if row.score is not None:
        yield Block(Kind.STRONG, str(row.score))
    if row.band:
        yield Block(Kind.SIGN, row.band.word, row.band.symbol, row.band.tone)
    yield from _missing(row, Missing.SCORE)


def _control(row: ReportRow) -> Iterator[Block]:
    if row.control:
        yield Block(Kind.TEXT, row.control)
    if row.method:
        method = f"{row.method} ({row.method_wording})" if row.method_wording else row.method
        yield Block(Kind.SMALL, _("Method: %(method)s") % {"method": method})
    if row.target:
        yield Block(Kind.SMALL, _("Acceptable level: %(target)s") % {"target": row.target})
    if row.units_together:
        yield from _together(row.units_together)
    yield from _missing(row, Missing.CONTROL)


def _together(units: Summed) -> Iterator[Block]:
    """Yield the sum of several units' follow-ups: the worst conclusion, counts by conclusion, who has not reported."""
    yield Block(Kind.STRONG, units.how_far)
    if units.worst:
        yield Block(Kind.SIGN, str(units.worst.label), units.worst.symbol, units.worst.tone)
        yield Block(Kind.SMALL, units.counted)
    if units.waiting_for:
        yield Block(Kind.SMALL, units.waiting_for)


def _result(row: ReportRow) -> Iterator[Block]:
    if row.unit:
        yield Block(Kind.STRONG, _("Unit: %(unit)s") % {"unit": row.unit})
    if row.result:
        yield Block(Kind.TEXT, row.result)
    if row.performed_otherwise:
        yield Block(Kind.SMALL, _("Performed in another way than planned: %(how)s") % {"how": row.performed_otherwise})
    yield from _missing(row, Missing.FOLLOW_UP, Missing.RESULT)


def _conclusion(row: ReportRow) -> Iterator[Block]:
    if row.conclusion:
        yield Block(Kind.SIGN, row.conclusion.word, row.conclusion.symbol, row.conclusion.tone)
    if row.conclusion_wording:
        yield Block(Kind.SMALL, row.conclusion_wording)
    if row.conclusion_reason:
        yield Block(Kind.SMALL, _("Reason: %(reason)s") % {"reason": row.conclusion_reason})
    if row.before:
        yield Block(Kind.SMALL, row.before)
    yield from _missing(row, Missing.CONCLUSION, Missing.SUBMISSION, Missing.APPROVAL)


def _action(row: ReportRow) -> Iterator[Block]:
    for number, action in enumerate(row.actions, start=1):
        if len(row.actions) > 1:
            yield Block(Kind.STRONG, _("Action %(number)d") % {"number": number})
        yield Block(Kind.TEXT, action.text)
        for note in _notes_of_action(action):
            yield Block(Kind.SMALL, note)
    yield from _missing(row, Missing.ACTION)


def _notes_of_action(action: ReportAction) -> Iterator[str]:
    if action.decision:
        yield action.decision
    if action.responsible:
        yield _("Responsible: %(name)s") % {"name": action.responsible}
    if action.due_on:
        yield _("Due on %(date)s") % {"date": formats.date_format(action.due_on)}
    if action.done_on:
        yield _("Done on %(date)s") % {"date": formats.date_format(action.done_on)}
    if action.effect:
        yield _("Effect: %(effect)s") % {"effect": action.effect}


def _missing(row: ReportRow, *parts: Missing) -> Iterator[Block]:
    for part in parts:
        if part in row.missing:
            yield Block(Kind.MISSING, str(part.label), MISSING_SYMBOL, MISSING_TONE)


def registry_line(number: str) -> list[str]:
    """Return the line with the registry number; none without one."""
    return [_("Registry number: %(number)s") % {"number": number}] if number else []


def seal_line(trail_head: str) -> str:
    """Return the last line: the seal up to which the audit trail can be verified; empty before the first seal."""
    return _("The audit trail is sealed up to %(head)s.") % {"head": trail_head} if trail_head else ""


def confidential_note(sections: Sequence[str]) -> list[str]:
    """Return the note that confidential risks are shown, with the sections of the law; none where none is."""
    return [_("Contains confidential information: %(sections)s.") % {"sections": ", ".join(sections)}] if sections else []


def left_out_note(left_out: Sequence[LeftOut]) -> list[str]:
    """Return the note that confidential risks are left out, with their number and sections; none for none."""
    count = sum(one.risks for one in left_out)
    if not count:
        return []
    words = ngettext(
        "%(count)d risk is confidential and left out (%(sections)s).",
        "%(count)d risks are confidential and left out (%(sections)s).",
        count,
    )
    return [words % {"count": count, "sections": ", ".join(one.section for one in left_out)}]


def facts_of(report: Report) -> list[str]:
    """Return the lines under the heading."""
    return [report.date_line, report.adopted, *registry_line(report.registry_number)]


def missing_of(report: Report) -> list[str]:
    """Return what is missing in the whole report, each part with its number of rows."""
    return [_("%(part)s (%(count)d)") % {"part": part.label, "count": count} for part, count in report.missing]


def notes_of(report: Report) -> list[str]:
    """Return the notes before the table: that the report is incomplete, partial, or confidential."""
    notes = []
    if report.approved < report.total:
        notes.append(
            _("Working copy: %(approved)d of %(total)d rows are approved.") % {"approved": report.approved, "total": report.total}
        )
    if report.uncovered:
        notes.append(_("Not covered by any plan: %(months)s.") % {"months": report.uncovered})
    notes += confidential_note(report.sections_shown) + left_out_note(report.left_out)
    if report.not_listed:
        words = ngettext(
            "%(count)d risk of the plan demands no control by its score and is not listed.",
            "%(count)d risks of the plan demand no control by their score and are not listed.",
            report.not_listed,
        )
        notes.append(words % {"count": report.not_listed})
    return notes
