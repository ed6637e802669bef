"""Verbs on inquiries: ask_about_alert, ask_about_company, conclude, wait_longer, assign, attach, detach, reopen.

They raise what the gate raises, and ValidationError by field. Nothing is sent: the question was put outside the product.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date

from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _

from controls.evidence.files import addition_reason, check_upload, keep, no_file_left_behind, remove
from controls.models import Alert, Evidence, Inquiry
from controls.monitoring.identities import Bearer, read_identity
from controls.monitoring.inquiries.gate import INQUIRIES, takes_files
from controls.monitoring.registers.cells import mask_persons
from controls.monitoring.watching.gate import ALERTS
from riskreg import clock
from riskreg.access.grants import may
from riskreg.access.verbs import Verb
from riskreg.models import Unit, User
from riskreg.models.author import Author
from riskreg.models.history import save_with_history
from riskreg.verbs.gate import Turn, making
from riskreg.verbs.naming import require_open_accounts
from riskreg.web.accepted_files import CheckedFile

USUAL_DAYS = 14
"""Days after which an answer is expected, unless another day is said."""
_OF_CRIMINAL = {
    Inquiry.Outcome.IN_ORDER,
    Inquiry.Outcome.DEVIATION,
    Inquiry.Outcome.NO_ANSWER,
    Inquiry.Outcome.WITHDRAWN,
}


@dataclass(frozen=True, slots=True)
class Asked:
    """What a person says of a question that they have put."""

    kind: str
    asked_of: str
    asked_on: date
    due_on: date
    asked_name: str = ""
    question: str = ""


def ask_about_alert(alert: Alert, *, by: User, asked: Asked, version: int | None = None) -> Inquiry:
    """Record a question about the subject of an alert; whoever does begins to examine it, unless somebody has."""
    with ALERTS.open(alert, "ask", by=by, version=version) as turn:
        row = turn.row
        inquiry = _inquiry(asked, by, unit=row.watch.readers_unit, identity=row.identity, about=str(row), alert=row)
        _save_new(inquiry, turn.author)
        if row.assignee is None:
            row.assignee = by
        turn.save(reason=_("Inquiry recorded: %(what)s. Asked: %(whom)s") % _in_words(inquiry))
    return inquiry


def ask_about_company(unit: Unit, *, by: User, identity: str, about: str, asked: Asked) -> Inquiry:
    """Record a question about an organisation number, for the readers of the unit's registers."""
    if read_identity(identity, on=clock.today()).bearer != Bearer.ORGANISATION:
        raise ValidationError(_("This is no organisation number."))
    with making(Verb.WEIGH_ALERT, unit, by=by) as author:
        inquiry = _inquiry(asked, by, unit=unit, identity=identity, about=about)
        return _save_new(inquiry, author)


def _inquiry(asked: Asked, by: User, *, unit: Unit, identity: str, about: str, alert: Alert | None = None) -> Inquiry:
    return Inquiry(
        unit=unit,
        alert=alert,
        identity=identity,
        about=about[:300],
        kind=asked.kind,
        asked_of=asked.asked_of,
        asked_name=asked.asked_name.strip(),
        question=asked.question.strip(),
        asked_on=asked.asked_on,
        due_on=asked.due_on,
        responsible=by,
    )


def _save_new(inquiry: Inquiry, author: Author) -> Inquiry:
    _require_words_allowed(inquiry, asked_name=inquiry.asked_name, question=inquiry.question)
    if not inquiry.takes_words and not inquiry.identity:
        said = _("An extract of criminal records is recorded about an organisation only, never about a person.")
        raise ValidationError({"kind": [said]})
    if inquiry.asked_on > clock.today():
        raise ValidationError({"asked_on": [_("%(day)s has not come yet.") % {"day": inquiry.asked_on}]})
    _require_after(inquiry, "due_on", inquiry.due_on)
    inquiry.clean_fields()
    return save_with_history(inquiry, by=author, reason=_("Asked: %(whom)s") % _in_words(inquiry))


def _in_words(inquiry: Inquiry) -> dict[str, str]:
    return {"what": inquiry.get_kind_display(), "whom": inquiry.get_asked_of_display()}


def conclude(
    inquiry: Inquiry,
    *,
    by: User,
    outcome: str,
    answered_on: date,
    note: str = "",
    evidence: Sequence[UploadedFile | CheckedFile] = (),
    version: int | None = None,
) -> Inquiry:
    """Record what came of the question, on which day, and with which files."""
    files = [file if isinstance(file, CheckedFile) else check_upload(file) for file in evidence]
    kept = [Evidence(inquiry=inquiry) for _file in files]
    with ExitStack() as stack:
        for one in kept:
            stack.enter_context(no_file_left_behind(one))
        turn = stack.enter_context(INQUIRIES.open(inquiry, "conclude", by=by, version=version))
        row = turn.row
        _require_words_allowed(row, note=note)
        if not row.takes_words and outcome not in _OF_CRIMINAL:
            raise ValidationError({"outcome": [_("Choose whether it is in order, and nothing more.")]})
        if files:
            takes_files(row, INQUIRIES.labels["attach"]())
        if answered_on > clock.today():
            raise ValidationError({"answered_on": [_("%(day)s has not come yet.") % {"day": answered_on}]})
        _require_after(row, "answered_on", answered_on)
        row.outcome, row.answered_on, row.note = outcome, answered_on, note.strip()
        row.clean_fields()
        for one, file in zip(kept, files, strict=True):
            keep(one, file, among=row.evidence.all(), by=turn.author, reason="")
        return turn.save(reason=_("Outcome: %(outcome)s") % {"outcome": row.get_outcome_display()})


def wait_longer(inquiry: Inquiry, *, by: User, due_on: date, version: int | None = None) -> Inquiry:
    """Expect the answer on a later day, after a reminder to whoever was asked."""
    with INQUIRIES.open(inquiry, "wait_longer", by=by, version=version) as turn:
        if due_on < clock.today():
            raise ValidationError({"due_on": [_("%(day)s is past. Write a day to come.") % {"day": due_on}]})
        turn.row.due_on = due_on
        return turn.save()


def assign(inquiry: Inquiry, *, by: User, responsible: User, version: int | None = None) -> Inquiry:
    """Let another person of the unit wait for the answer."""
    with INQUIRIES.open(inquiry, "assign", by=by, version=version) as turn:
        _require_able(turn, responsible)
        turn.row.responsible = responsible
        return turn.save()


def _require_able(turn: Turn[Inquiry], person: User) -> None:
    if not may(person, Verb.WEIGH_ALERT, turn.row.unit):
        raise ValidationError({"responsible": [_("%(name)s has no role here that weighs alerts.") % {"name": person}]})
    require_open_accounts([person])


def attach(inquiry: Inquiry, *, by: User, file: UploadedFile | CheckedFile, reason: str = "") -> Evidence:
    """Store a file with the question while it waits for its answer."""
    found = file if isinstance(file, CheckedFile) else check_upload(file)
    evidence = Evidence(inquiry=inquiry)
    with no_file_left_behind(evidence), INQUIRIES.open(inquiry, "attach", by=by, reason=reason) as turn:
        keep(evidence, found, among=turn.row.evidence.all(), by=turn.author, reason=reason)
        turn.save(reason=reason.strip() or addition_reason(found))
    return evidence


def detach(evidence: Evidence, *, by: User, reason: str) -> None:
    """Remove a file while the question waits. The history keeps its name, hash, who and why."""
    assert evidence.inquiry is not None
    with INQUIRIES.open(evidence.inquiry, "detach", by=by, reason=reason) as turn:
        turn.save(reason=remove(evidence, among=turn.row.evidence.all(), by=turn.author, reason=reason.strip()))


def reopen(inquiry: Inquiry, *, by: User, reason: str = "", version: int | None = None) -> Inquiry:
    """Wait for an answer again: what was recorded stands in the history. Of criminal records no reason is written."""
    said = reason if inquiry.takes_words else INQUIRIES.labels["reopen"]()
    if not inquiry.takes_words and reason.strip():
        raise ValidationError({"reason": [_no_words()]})
    with INQUIRIES.open(inquiry, "reopen", by=by, reason=said, version=version) as turn:
        row = turn.row
        row.outcome, row.answered_on, row.note = "", None, ""
        if not may(row.responsible, Verb.WEIGH_ALERT, row.unit) or not row.responsible.is_active:
            row.responsible = by
        return turn.save()


def _require_after(inquiry: Inquiry, name: str, day: date) -> None:
    if day < inquiry.asked_on:
        raise ValidationError({name: [_("The question was asked %(day)s, after that.") % {"day": inquiry.asked_on}]})


def _require_words_allowed(inquiry: Inquiry, **words: str) -> None:
    """Raise ValidationError for words about an extract of criminal records, and for a personal number in any words."""
    for name, text in words.items():
        if text.strip() and not inquiry.takes_words:
            raise ValidationError({name: [_no_words()]})
        if mask_persons(text, on=clock.today()) != text:
            raise ValidationError({name: [_("Leave the personal number out: write the name alone.")]})


def _no_words() -> str:
    return _("Nothing is written about an extract of criminal records, only that it was asked for and what came of it.")
