"""Verbs on a population: upload, choose_columns, answer, lock, discard, hold, release, retain, save_source.

The long ones (reading, checking, locking) are queued here and performed by controls.sampling.runs, at once when the
file is small, else by the worker. They raise NotPermitted, NotInThisState, ReasonNeeded, Refused, ValidationError.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils.translation import gettext as _

from controls.data_files import packed, reading
from controls.data_files.questions import answer_words
from controls.models import Check, Control, Population, PopulationSource, SamplingRun
from controls.sampling.gate import POPULATIONS, VERB_LABELS
from controls.sampling.populations.kept_upload import SHELF, forget_workbook, incoming, keep_upload, kept_workbook
from controls.sampling.populations.stored_file import questions_of
from controls.sampling.runs import ask
from riskreg import clock
from riskreg.access.grants import require
from riskreg.access.verbs import NotPermitted, Verb
from riskreg.models import Unit, User
from riskreg.models.history import save_with_history
from riskreg.verbs.errors import Refused
from riskreg.verbs.gate import making
from riskreg.web.kept_uploads import KeptUpload


@dataclass(frozen=True, slots=True)
class Columns:
    """The chosen meaning of the columns."""

    key: tuple[str, ...]
    amount: str = ""
    stratum: str = ""
    personal: tuple[str, ...] = ()


def upload(
    control: Control,
    *,
    by: User,
    unit: Unit,
    file: UploadedFile | KeptUpload,
    name: str,
    source_system: str,
    occasion: Check | None = None,
    source: PopulationSource | None = None,
    sheet: str = "",
) -> tuple[Population, SamplingRun]:
    """Store the file and queue its reading. Raises ValidationError by field for what cannot be a population.

    `sheet` names the one of a workbook that is read; '' is the first that is shown and holds something.

    A file that the form kept (riskreg.web.kept_uploads) stays kept when it is refused.
    """
    seen = Control.objects.visible_to(by).select_related("risk").filter(pk=control.pk).first()
    if seen is None:
        raise NotPermitted(Verb.VIEW)
    require(by, Verb.PREPARE_SAMPLE, unit)
    if unit != seen.risk.unit and not seen.risk.is_municipality_wide:
        raise ValidationError({"unit": [_("%(unit)s does not follow up this risk.") % {"unit": unit}]})
    if occasion is not None and occasion.control_id != seen.pk:
        raise ValidationError({"occasion": [_("The check belongs to another control.")]})
    if source is not None:
        source_system = source_system.strip() or source.source_system
    if not source_system.strip():
        raise ValidationError({"source_system": [_("Say which system the file was taken from, and how.")]})
    kept = file if isinstance(file, KeptUpload) else keep_upload(seen, by=by, file=file)
    path = SHELF.claim(kept)
    try:
        with making(Verb.PREPARE_SAMPLE, unit, by=by) as author:
            population = Population(
                control=seen,
                unit=unit,
                occasion=occasion,
                source=source,
                name=(name.strip() or kept.name)[:200],
                source_system=source_system.strip()[:200],
                original_name=kept.name,
                original_format=reading.format_of(path, kept.name),
                original_sha256=kept.sha256,
                uploaded_by=by,
                uploaded_at=clock.now(),
            )
            save_with_history(population, by=author, reason=_("Uploaded: %(name)s") % {"name": kept.name})
            size = _work_of(kept.size, kept.name)
            run = ask(population, SamplingRun.Kind.READ, by=author, upload=path.name, size=size, sheet=sheet.strip())
    except BaseException:
        if kept is file:
            # The form is shown again, and names the file.
            SHELF.give_back(path, kept)
        path.unlink(missing_ok=True)
        raise
    return population, run


def _work_of(size: int, name: str) -> int:
    """Return about how many bytes there are to read: a compressed file has many more than its own size."""
    return size * packed.ABOUT if name.lower().endswith(packed.ENDINGS) else size


def choose_columns(population: Population, *, by: User, columns: Columns) -> tuple[Population, SamplingRun]:
    """Set the meaning of the columns, and queue a check of the rows by it.

    Raises ValidationError by field.
    """
    with POPULATIONS.open(population, "choose_columns", by=by) as turn:
        row = turn.row
        _require_read(row)
        _require_idle(row)
        _require_columns(row, columns)
        if row.amount_column != columns.amount:
            # They were about the amounts of another column.
            row.answers = {code: answer for code, answer in row.answers.items() if code not in {"thousands", "total_row"}}
        row.key_columns, row.amount_column, row.stratum_column = list(columns.key), columns.amount, columns.stratum
        row.personal_columns = [name for name in row.columns if name in columns.personal]
        row.profile = {name: value for name, value in row.profile.items() if name != "checked"}
        turn.save(reason=_("Key: %(key)s") % {"key": ", ".join(columns.key)})
        return row, ask(row, SamplingRun.Kind.CHECK, by=turn.author, size=row.profile["rows"])


def read_sheet(population: Population, *, by: User, sheet: str) -> tuple[Population, SamplingRun]:
    """Queue the reading of another sheet of the workbook, which is kept for a day.

    Its columns and answers are chosen anew. Raises ValidationError by field, also when the file is gone.
    """
    with POPULATIONS.open(population, "read_sheet", by=by) as turn:
        row = turn.row
        _require_read(row)
        _require_idle(row)
        kept = kept_workbook(row)
        if sheet not in row.profile.get("sheets", []) or kept is None:
            raise ValidationError({"sheet": [_("This sheet cannot be read any more. Upload the file again and write its name.")]})
        turn.save(reason=_("Sheet: %(sheet)s") % {"sheet": sheet})
        lent = SHELF.lend(kept)
        try:
            return row, ask(row, SamplingRun.Kind.READ, by=turn.author, upload=lent.name, size=lent.stat().st_size, sheet=sheet)
        except BaseException:
            lent.unlink(missing_ok=True)
            raise


def answer(population: Population, *, by: User, choices: Mapping[str, str]) -> tuple[Population, SamplingRun]:
    """Store the answers to what the file leaves open, by the question's code, and queue a check of the rows by them.

    A question without a choice keeps the answer it has. Raises ValidationError by code.
    """
    with POPULATIONS.open(population, "answer", by=by) as turn:
        row = turn.row
        _require_read(row)
        _require_idle(row)
        asked = {question.code: question for question in questions_of(row)}
        wrong = {
            code: [_("This is not asked, or it cannot be answered so.")]
            for code, choice in choices.items()
            if code not in asked or choice not in asked[code].choices
        }
        if wrong:
            raise ValidationError(wrong)
        given = {code: asked[code].answer(choice) for code, choice in choices.items()}
        row.answers = {code: kept for code, kept in row.answers.items() if code in asked} | given
        row.profile = {name: value for name, value in row.profile.items() if name != "checked"}
        turn.save(reason=" ".join(answer_words(code, each) for code, each in given.items()) or VERB_LABELS["answer"]())
        return row, ask(row, SamplingRun.Kind.CHECK, by=turn.author, size=row.profile["rows"])


def _require_columns(row: Population, columns: Columns) -> None:
    wrong: dict[str, list[str]] = {}
    if not columns.key:
        wrong["key"] = [_("Choose the column, or columns, that tell the items apart.")]
    chosen: dict[str, Iterable[str]] = {
        "key": columns.key,
        "amount": [columns.amount],
        "stratum": [columns.stratum],
        "personal": columns.personal,
    }
    for field, names in chosen.items():
        missing = [name for name in names if name and name not in row.columns]
        if missing:
            said = _("The file has no column “%(column)s”. Its columns: %(allowed)s.")
            wrong[field] = [said % {"column": name, "allowed": ", ".join(row.columns)} for name in missing]
    refusal = why_no_groups(columns.stratum, columns.personal)
    if refusal:
        wrong.setdefault("stratum", []).append(refusal)
    if wrong:
        raise ValidationError(wrong)


def why_no_groups(stratum: str, personal: Iterable[str]) -> str:
    """Return why the column cannot be the one of groups; '' when it can.

    Weeding empties personal data, and with the groups the sample's result by group.
    """
    if not stratum or stratum not in personal:
        return ""
    said = _(
        "“%(column)s” is marked as personal data, so its groups would be weeded, and the evaluation by group with them. "
        "Choose another column for the groups, or none; or take away the mark if it names no person."
    )
    return said % {"column": stratum}


def lock(population: Population, *, by: User) -> tuple[Population, SamplingRun]:
    """Queue the lock: the population is checked once more, hashed, and then unchangeable. Only then is there a seed."""
    with POPULATIONS.open(population, "lock", by=by) as turn:
        row = turn.row
        _require_read(row)
        _require_idle(row)
        if not row.key_columns:
            raise Refused(_("Choose the key first: the column, or columns, that tell the items apart."))
        refusal = why_no_groups(row.stratum_column, row.personal_columns)
        if refusal:
            # A saved source may still have it so.
            raise Refused(refusal)
        if any(not question.choice for question in questions_of(row)):
            raise Refused(_("The file leaves something open. Answer the questions on the population's page first."))
        return row, ask(row, SamplingRun.Kind.LOCK, by=turn.author, size=row.profile["rows"])


def discard(population: Population, *, by: User, reason: str = "") -> None:
    """Delete a draft, with its file and its runs. The history keeps what it was."""
    with POPULATIONS.open(population, "discard", by=by, reason=reason) as turn:
        row = turn.row
        path, storage = str(row.file.name or ""), row.file.storage
        uploads = [run.upload for run in row.runs.all() if run.upload]
        number = row.pk
        turn.delete_also(row, reason=reason.strip() or VERB_LABELS["discard"]())

        def remove() -> None:
            if path:
                storage.delete(path)
            for name in uploads:
                (incoming() / name).unlink(missing_ok=True)
            forget_workbook(number)

        transaction.on_commit(remove)


def hold(population: Population, *, by: User, reason: str) -> Population:
    """Put the population on legal hold: kept past its time, until it is released."""
    with POPULATIONS.open(population, "hold", by=by, reason=reason) as turn:
        row = turn.row
        if row.is_held:
            raise Refused(_("The population is on legal hold already: %(reason)s") % {"reason": row.hold_reason})
        row.is_held, row.hold_reason = True, reason.strip()[:500]
        return turn.save(reason=_("Legal hold: %(reason)s") % {"reason": reason.strip()})


def release(population: Population, *, by: User, reason: str) -> Population:
    """Release the legal hold."""
    with POPULATIONS.open(population, "release", by=by, reason=reason) as turn:
        row = turn.row
        if not row.is_held:
            raise Refused(_("The population is not on legal hold."))
        row.is_held, row.hold_reason = False, ""
        return turn.save(reason=_("Legal hold released: %(reason)s") % {"reason": reason.strip()})


def retain(population: Population, *, by: User, until: date, reason: str) -> Population:
    """Move the day after which it is weeded; never to a day in the past."""
    with POPULATIONS.open(population, "retain", by=by, reason=reason) as turn:
        row = turn.row
        if until < clock.today():
            raise ValidationError({"until": [_("%(day)s has been. Choose a day to come.") % {"day": until}]})
        row.retained_until = until
        return turn.save()


def save_source(population: Population, *, by: User, name: str) -> PopulationSource:
    """Save the origin of the population and the meaning of its columns, for the next one of its kind.

    The same name again replaces it.
    """
    with POPULATIONS.open(population, "save_source", by=by) as turn:
        row = turn.row
        if not name.strip():
            raise ValidationError({"name": [_("Name the source.")]})
        if not row.key_columns:
            raise Refused(_("Choose the key first: the column, or columns, that tell the items apart."))
        # A companion of the population: two at once must not both make the source of that name.
        there = PopulationSource.objects.select_for_update().filter(unit=row.unit, name=name.strip()).first()
        source = there or PopulationSource(unit=row.unit, name=name.strip()[:120])
        source.source_system, source.key_columns = row.source_system, row.key_columns
        source.amount_column, source.stratum_column = row.amount_column, row.stratum_column
        source.personal_columns = row.personal_columns
        return turn.save_also(source, reason=_("Saved from the population %(name)s") % {"name": row.name})


def fits(source: PopulationSource, columns: Sequence[str]) -> bool:
    """Return whether a file with these columns is of the source's kind."""
    wanted = {*source.key_columns, source.amount_column, source.stratum_column} - {""}
    return wanted <= set(columns)


def _require_read(row: Population) -> None:
    if not row.file:
        raise Refused(_("The file has not been read yet. Wait until it is, or discard it and upload another."))


def _require_idle(row: Population) -> None:
    open_run = row.runs.changing().open().first()
    if open_run is not None:
        raise Refused(_("Something is being done with the population: %(run)s. Wait, or cancel it.") % {"run": open_run})
