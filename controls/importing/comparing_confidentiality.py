"""Comparison of what a risk's rows say of confidentiality with the register: nothing is opened, or without a law, by a guess."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from controls.importing.changes import shorten
from controls.importing.findings import Findings
from controls.importing.words import name_key
from riskreg.importing.columns import ImportRow
from riskreg.importing.confidentiality import FIELDS
from riskreg.importing.fields import Field
from riskreg.importing.place_words import row_seen_from
from riskreg.importing.questions import Choice
from riskreg.models import Risk

_LATER, _OPEN, _STAYS = "later", "open", "stays"
# The sections of the Public Access to Information and Secrecy Act (2009:400) that internal control meets.
_SECTIONS = {
    "osl-18-8": ("OSL 18:8", gettext_lazy("security measures")),
    "osl-18-13": ("OSL 18:13", gettext_lazy("risk and vulnerability analyses")),
    "osl-15-2": ("OSL 15:2", gettext_lazy("defence")),
    "osl-19-3": ("OSL 19:3", gettext_lazy("procurement")),
    "osl-21-7": ("OSL 21:7", gettext_lazy("personal data")),
    "osl-26-1": ("OSL 26:1", gettext_lazy("social services")),
    "osl-39-2": ("OSL 39:2", gettext_lazy("staff matters")),
}


def confidentiality_of(rows: Sequence[ImportRow], existing: Risk | None, findings: Findings) -> dict[str, Any]:
    """Return the values of confidentiality that a risk's rows state, one for all of them; empty when they are silent."""
    for row in rows:
        findings.take(row, FIELDS, "risk")
    stated = [row for row in rows if row.confidential is not None]
    if not stated:
        return {}
    if any(row.confidential for row in stated):
        _report_contradiction(stated, findings)
        section = "; ".join(dict.fromkeys(row.section for row in stated if row.section))
        section = section or (existing.confidentiality_section if existing else "") or _section(stated[0], findings)
        return {"is_confidential": True, "confidentiality_section": section}
    if existing is None or not existing.is_confidential:
        return {"is_confidential": False}
    if _may_be_opened(stated[0], existing, findings):
        return {"is_confidential": False}
    for row in stated:
        findings.leave_out(row, FIELDS, "chosen_out")
    return {}


def _report_contradiction(stated: Sequence[ImportRow], findings: Findings) -> None:
    other = next((row for row in stated if not row.confidential), None)
    if other is None:
        return
    marked = next(row for row in stated if row.confidential)
    message = _("Row %(marked)s says that the same risk is confidential, row %(open)s that it is not. Correct one of them.")
    said = {"marked": row_seen_from(other.place, marked.place, marked.first_row), "open": other.first_row}
    findings.report("error", other, Field.CONFIDENTIAL, "", message % said)


def _section(row: ImportRow, findings: Findings) -> str:
    """Return the section of the law that a person gives for the file's confidential risks without one; '' while none is given."""
    answer = findings.asked.ask(
        "law",
        (),
        _("Some rows mark a risk as confidential but name no section of the law. By which section are they confidential?"),
        [
            *(Choice(code, f"{section}, {about}") for code, (section, about) in _SECTIONS.items()),
            Choice(_LATER, _("Another: it is to be stated in the register afterwards")),
        ],
        row=row.first_row,
        place=row.place,
        field=Field.SECTION,
    )
    if answer == _LATER:
        return _("The section is to be stated")
    return _SECTIONS[answer][0] if answer else ""


def _may_be_opened(row: ImportRow, existing: Risk, findings: Findings) -> bool:
    answer = findings.asked.ask(
        "opening",
        (name_key(existing.title),),
        _("The file says that “%(risk)s” is not confidential; in the register it is. Is it to be opened?")
        % {"risk": shorten(existing.title)},
        [
            Choice(_STAYS, _("No, it stays confidential")),
            Choice(_OPEN, _("Yes, everybody in the unit may see it; its earlier wording stays withheld")),
        ],
        guess=_STAYS,
        row=row.first_row,
        place=row.place,
        field=Field.CONFIDENTIAL,
    )
    return answer == _OPEN
