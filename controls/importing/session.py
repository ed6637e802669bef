"""An import from upload to confirmation: the file is stored, previewed as often as needed, and imported once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import IO, cast

from django.conf import settings
from django.core.files.base import File
from django.db import transaction
from django.utils.translation import gettext as _

from controls.importing.changes import PlanChanges
from controls.importing.comparing import compare
from controls.importing.confidential import is_shown_all_files, refuse_to_show
from controls.importing.pictures import picture_of
from controls.importing.plan import ImportOutcome, ImportRefused, import_rows
from controls.importing.problems import AnyProblem, errors_among, in_order
from controls.importing.reading import Reading, read, remember
from controls.importing.stored_account import DraftAccount
from controls.importing.target import Target, find_target
from controls.importing.waiting import StillReading, ask, content_of, forget
from controls.models import ImportReading, PlanImport
from riskreg import clock
from riskreg.access.grants import require
from riskreg.access.verbs import Verb
from riskreg.importing.account import Account
from riskreg.importing.fields import normalise_heading
from riskreg.importing.questions import Question
from riskreg.importing.tables import UnreadableFile, check_upload
from riskreg.models import User
from riskreg.verbs.errors import NotInThisState, Refused
from riskreg.web.accepted_files import measure_file
from riskreg.web.file_names import plain_name


@dataclass(slots=True)
class Preview:
    """The changes that confirming would make, and everything that stands in its way."""

    reading: Reading
    changes: PlanChanges

    @property
    def problems(self) -> list[AnyProblem]:
        return in_order([*self.reading.problems, *self.changes.problems])

    @property
    def errors(self) -> list[AnyProblem]:
        return errors_among(self.problems)

    @property
    def questions(self) -> list[Question]:
        return [*self.reading.asked.questions, *self.changes.findings.asked.questions]

    @property
    def account(self) -> Account:
        return self.reading.account(self.changes.findings.settled)

    @property
    def can_be_confirmed(self) -> bool:
        return not self.errors and bool(self.reading.rows)


def open_import(file: File[bytes], name: str, target: Target, *, by: User) -> PlanImport:
    """Store an uploaded file and queue its reading, which happens outside this transaction.

    Raises NotPermitted, or UnreadableFile when its name, size or kind shows that it cannot be read.
    """
    require(by, Verb.CHANGE_PLAN, target.unit)
    check_upload(cast(IO[bytes], file), name, max_bytes=settings.IMPORT_MAX_BYTES)
    found = measure_file(file, largest=settings.IMPORT_MAX_BYTES)
    plan_import = PlanImport(
        unit=target.unit,
        year=target.year,
        matrix=target.matrix,
        closing=target.closing,
        name=plain_name(name),
        sha256=found.sha256,
        uploaded_by=by,
    )
    plan_import.file.save(name, file, save=False)
    with transaction.atomic():
        plan_import.save()
        ask(plan_import)
    return plan_import


def target_of(plan_import: PlanImport) -> Target:
    """Return the target of a stored import."""
    return find_target(plan_import.unit, plan_import.year, plan_import.matrix, plan_import.closing)


def preview(plan_import: PlanImport, *, by: User) -> Preview:
    """Take what was read of the file with the mapping chosen so far, and compare it with what the user sees of the plan now.

    Raises StillReading, UnreadableFile when the file could not be read, or WaitsForSomebody.
    """
    return _look(plan_import, by)


def _look(plan_import: PlanImport, by: User) -> Preview:
    target, reading = _read(plan_import, by)
    return Preview(reading, compare(reading.rows, target, by=by, answers=plan_import.answers))


def _read(plan_import: PlanImport, by: User) -> tuple[Target, Reading]:
    """Return the target and the rows that were read. Raises WaitsForSomebody where they are not for the user's eyes."""
    target, content = target_of(plan_import), content_of(plan_import)
    reading = read(content, plan_import.name, target, plan_import.mapping, plan_import.answers)
    refuse_to_show(plan_import, content, reading.rows, target, by=by)
    return target, reading


def page_picture(plan_import: PlanImport, page: int, *, by: User) -> bytes | None:
    """Return a page of a waiting file as PNG, to those who are shown its preview; None where there is no picture.

    Raises NotPermitted, NotInThisState, StillReading, UnknownTarget, UnreadableFile, or WaitsForSomebody.
    """
    require(by, Verb.CHANGE_PLAN, plan_import.unit)
    _still_waiting(plan_import)
    if not is_shown_all_files(target_of(plan_import), by=by):
        _read(plan_import, by)
    reading = ImportReading.objects.filter(plan_import=plan_import).first()
    return picture_of(reading, page) if reading is not None else None


def choose_columns(plan_import: PlanImport, mapping: Mapping[str, str], *, by: User) -> None:
    """Set the meaning of headings (normalised heading → field, or IGNORED), for this file and the unit's next ones."""
    require(by, Verb.CHANGE_PLAN, plan_import.unit)
    _still_waiting(plan_import)
    _target, reading = _read(plan_import, by)
    headings = {normalise_heading(match.heading) for match in reading.open_columns}
    plan_import.mapping = {heading: field for heading, field in mapping.items() if heading in headings}
    plan_import.save(update_fields=["mapping"])
    remember(plan_import.unit, plan_import.mapping)


def answer(plan_import_id: int, answers: Mapping[str, str], *, by: User) -> None:
    """Keep answers to the import's questions, by their keys; an empty one takes an earlier answer back.

    What answers no question, or is none of its choices, is not kept.
    """
    asked = {question.key: question for question in _look(_waiting(plan_import_id, by), by).questions}
    given = {key: value for key, value in answers.items() if key in asked and (not value or asked[key].label_of(value))}
    with transaction.atomic():
        plan_import = _waiting(plan_import_id, by, locked=True)
        plan_import.answers = {key: value for key, value in {**plan_import.answers, **given}.items() if value}
        plan_import.save(update_fields=["answers"])


def confirm(plan_import_id: int, *, by: User) -> ImportOutcome:
    """Import the stored file, once. Before anything is locked, what was read of it is unfolded and its account drawn up.

    Raises NotPermitted, NotInThisState when it is imported already, WaitsForSomebody, or ImportRefused.
    """
    before = _waiting(plan_import_id, by)
    try:
        target, reading = _read(before, by)
        draft = DraftAccount(reading, compare(reading.rows, target, by=by, answers=before.answers).findings)
    except (StillReading, UnreadableFile):
        # Somebody else may have ended it meanwhile.
        _waiting(plan_import_id, by)
        raise
    with transaction.atomic():
        plan_import = _waiting(plan_import_id, by, locked=True)
        if (plan_import.mapping, plan_import.answers) != (before.mapping, before.answers):
            raise Refused(_("Somebody answered questions about the file, or chose its columns, just now. Look at it again."))
        if reading.errors:
            raise ImportRefused(reading.errors)
        refuse_to_show(plan_import, reading.content, reading.rows, target, by=by)
        outcome = import_rows(reading.rows, target, by=by, source=plan_import.name, answers=plan_import.answers)
        plan_import.state, plan_import.confirmed_at = PlanImport.State.CONFIRMED, clock.now()
        plan_import.plan, plan_import.outcome = outcome.plan, outcome.counts
        plan_import.account = draft.finished(reading, outcome.changes)
        plan_import.save()
        forget(plan_import)
    return outcome


@transaction.atomic
def abandon(plan_import_id: int, *, by: User) -> None:
    """Abandon an upload: nothing is imported, and the file is deleted once that is committed."""
    plan_import = _waiting(plan_import_id, by, locked=True)
    storage, name = plan_import.file.storage, plan_import.file.name
    plan_import.state, plan_import.file = PlanImport.State.ABANDONED, ""
    plan_import.save()
    forget(plan_import)
    transaction.on_commit(lambda: storage.delete(name or ""))


def _waiting(plan_import_id: int, by: User, *, locked: bool = False) -> PlanImport:
    """Return the import, which the user may change and which waits for confirmation."""
    imports = PlanImport.objects.all()
    # The import is machinery, without history: what it changes has it.
    plan_import = (imports.select_for_update() if locked else imports).get(pk=plan_import_id)
    require(by, Verb.CHANGE_PLAN, plan_import.unit)
    _still_waiting(plan_import)
    return plan_import


def _still_waiting(plan_import: PlanImport) -> None:
    if plan_import.state != PlanImport.State.UPLOADED:
        raise NotInThisState(_("Import"), plan_import.get_state_display())
