"""The work of each kind of run: read a file in, check its rows, lock it, draw from it, verify a sample.

The queue of runs (controls.sampling.runs) knows none of them.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any, NoReturn

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from controls.data_files import reading, table
from controls.data_files.answered import Answers, changes_rows, write_answered
from controls.data_files.engine import Engine, literal
from controls.data_files.long_work import Failed
from controls.data_files.problems import MORE_PAGES
from controls.data_files.questions import Question, answer_words, current, find_questions, rows_that_say_total
from controls.data_files.table import CheckResult, Choice, Profile
from controls.models import Population, SamplingRun
from controls.sampling.drawing.verbs import draw_now
from controls.sampling.drawing.verification import verify_now
from controls.sampling.populations.kept_upload import keep_workbook
from controls.sampling.populations.stored_file import choice_of, path_of
from controls.sampling.runs import WORKSHOP, Kind, finishing
from riskreg import clock
from riskreg.models.history import save_with_history
from riskreg.months import months_after
from riskreg.numbers import number_text
from riskreg.trail.files import stated


def read(run: SamplingRun, engine: Engine) -> None:
    """Read the upload into the population's stored file and profile it."""
    population = run.population
    source = WORKSHOP.uploaded_file(run, stated(population, "original_sha256"))
    made = WORKSHOP.folder_of(run) / "read.parquet"
    engine.step(0.6)
    found = reading.read(engine, source, population.original_name, made, sheet=run.arguments.get("sheet", ""))
    engine.step(0.3)
    profile = table.profile(engine, made, found.columns)
    choice = _first_choice(population, found.columns, profile.likely_key())
    worded = rows_that_say_total(engine, made, found.columns)
    engine.step(0.1)
    notes = [list(note) for note in found.notes]
    read_in = {**profile.as_json(), "notes": notes, "worded": worded, "sheets": found.sheets}
    checked = None
    if choice.key:
        result = table.check(engine, made, found.columns, choice)
        checked = _with_questions(result, _questions(engine, made, found.columns, choice, {}, read_in))
    name = str(run.arguments["file"])
    kept = Path(settings.MEDIA_ROOT) / name
    if found.sheets:
        keep_workbook(population, source)
    with finishing(run) as row:
        earlier, storage = str(row.file.name or ""), row.file.storage
        if earlier:
            # Another sheet was read before.
            transaction.on_commit(lambda: storage.delete(earlier))
            row.answers = {}
        row.file.name = name
        row.original_format, row.original_encoding, row.file_sha256 = found.format, found.encoding, profile.file_sha256
        row.columns, row.first_row, row.row_count = found.columns, found.first_row, profile.rows
        row.key_columns, row.amount_column, row.stratum_column = list(choice.key), choice.amount, choice.stratum
        row.personal_columns = _personal(row, profile)
        row.profile = read_in if checked is None else {**read_in, "checked": checked}
        kept.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        os.replace(made, kept)
        save_with_history(row, by=run.author, reason=_rows_read(profile.rows))


def _questions(
    engine: Engine, path: Path, columns: Sequence[str], choice: Choice, answers: Answers, profile: Mapping[str, Any]
) -> list[Question]:
    """Return what the file leaves open."""
    worded = profile.get("worded")
    if worded is None:
        # Read in before questions were asked.
        worded = rows_that_say_total(engine, path, columns)
    more = next((str(value) for code, value in profile.get("notes", []) if code in MORE_PAGES), "")
    return find_questions(engine, path, columns, choice, answers, worded=worded, more=more)


def _with_questions(checked: CheckResult, questions: Sequence[Question]) -> dict[str, Any]:
    return {**checked.as_json(), "questions": [question.as_json() for question in questions]}


def _rows_read(rows: int) -> str:
    return ngettext("Read: %(count)s row", "Read: %(count)s rows", rows) % {"count": number_text(rows)}


def _first_choice(population: Population, columns: list[str], likely: str) -> Choice:
    """Return the columns of the saved source; else the column that tells the rows apart as the key."""
    source = population.source
    if source is not None:
        return Choice(tuple(source.key_columns), source.amount_column, source.stratum_column)
    return Choice((likely,) if likely else ())


def _personal(row: Population, profile: Profile) -> list[str]:
    """Return the columns marked as personal data at first: the source's, else those that seem to hold some."""
    named = row.source.personal_columns if row.source is not None else profile.personal
    return [name for name in row.columns if name in named]


def check(run: SamplingRun, engine: Engine) -> None:
    """Check the rows by the chosen columns and the answers, and store the counts."""
    population = run.population
    path, choice = path_of(population), choice_of(population)
    checked = table.check(engine, path, population.columns, choice, population.answers)
    questions = _questions(engine, path, population.columns, choice, population.answers, population.profile)
    with finishing(run) as row:
        _require_same(row, population)
        row.profile["checked"], row.answers = _with_questions(checked, questions), current(questions)
        save_with_history(row, by=run.author, reason=_checked_words(checked))


def _checked_words(checked: CheckResult) -> str:
    count = sum(checked.problems.counts.values())
    return ngettext("Checked: %(count)d problem", "Checked: %(count)d problems", count) % {"count": count}


def lock(run: SamplingRun, engine: Engine) -> None:
    """Check once more, write the rows as they were answered, hash the content, and lock the population."""
    population = run.population
    path, choice = path_of(population), choice_of(population)
    engine.step(0.4)
    checked = table.check(engine, path, population.columns, choice, population.answers)
    questions = _questions(engine, path, population.columns, choice, population.answers, population.profile)
    if checked.problems or any(not question.choice for question in questions):
        _keep_refusal(run, checked, questions)
    engine.step(0.6)
    profile, made, file_sha256 = population.profile, None, population.file_sha256
    if changes_rows(population.columns, population.answers):
        made = WORKSHOP.folder_of(run) / "locked.parquet"
        write_answered(engine, path, population.columns, population.answers, made)
        answered_profile = table.profile(engine, made, population.columns)
        profile, file_sha256 = {**profile, **answered_profile.as_json()}, answered_profile.file_sha256
    uneven = [column["name"] for column in profile["columns"] if column["uneven"]]
    digest = table.content_sha256(engine, made or path, population.columns, choice.key, uneven)
    first = int(engine.one(f"select min(row) from read_parquet({literal(str(made or path))})")[0])
    now = clock.now()
    with finishing(run) as row:
        _require_same(row, population)
        if made is not None:
            _replace_file(row, made, str(run.arguments["file"]))
        row.profile, row.answers = {**profile, "checked": _with_questions(checked, questions)}, current(questions)
        row.row_count, row.control_total, row.sha256, row.first_row = checked.rows, checked.total, digest, first
        row.file_sha256 = file_sha256
        row.state, row.locked_at, row.locked_by = Population.State.LOCKED, now, run.author.person
        row.retained_until = retained_until(row, now.date())
        rows = number_text(checked.rows)
        reason = _("Locked: %(rows)s rows, SHA-256 %(hash)s") % {"rows": rows, "hash": digest}
        answered = [answer_words(code, answer) for code, answer in row.answers.items()]
        save_with_history(row, by=run.author, reason=". ".join([reason, *answered]))


def _keep_refusal(run: SamplingRun, checked: CheckResult, questions: Sequence[Question]) -> NoReturn:
    """Store what was found and raise Failed, with why the population cannot be locked."""
    with transaction.atomic():
        # The run's own transaction: the verb that asked for it went through the gate.
        row = Population.objects.select_for_update(of=("self",)).get(pk=run.population_id)
        _require_same(row, run.population)
        row.profile["checked"] = _with_questions(checked, questions)
        save_with_history(row, by=run.author, reason=_checked_words(checked))
    if checked.problems:
        raise Failed(_("The population cannot be locked: its rows have problems, listed below. Correct the file or the columns."))
    raise Failed(_("The file leaves something open. Answer the questions on the population's page first."))


def _replace_file(row: Population, made: Path, name: str) -> None:
    """Put the file with the answered rows in the place of the one that was read in."""
    storage, before, kept = row.file.storage, str(row.file.name), Path(settings.MEDIA_ROOT) / name
    row.file.name = name
    os.replace(made, kept)
    transaction.on_commit(lambda: storage.delete(before))


def _require_same(row: Population, before: Population) -> None:
    same = ("state", "columns", "key_columns", "amount_column", "stratum_column", "answers", "file", "file_sha256")
    if any(getattr(row, name) != getattr(before, name) for name in same):
        raise Failed(_("The population was changed while this was being done. Try again."))


def retained_until(population: Population, day: date) -> date:
    """Return the last day the population is kept: so many months after the lock.

    The control or the installation says how many.
    """
    months = population.control.retention_months or settings.POPULATION_RETENTION_MONTHS
    return months_after(day, months)


def draw(run: SamplingRun, engine: Engine) -> None:
    """Draw the sample of the run."""
    draw_now(run, engine)


def verify(run: SamplingRun, engine: Engine) -> None:
    """Verify the sample of the run."""
    verify_now(run, engine)


WORK: dict[SamplingRun.Kind, Callable[[SamplingRun, Engine], None]] = {
    Kind.READ: read,
    Kind.CHECK: check,
    Kind.LOCK: lock,
    Kind.DRAW: draw,
    Kind.VERIFY: verify,
}


def perform(run_id: int) -> bool:
    """Perform the run, once; return False when it is done, cancelled, or another worker has it."""
    related = ("population__unit", "population__control", "sample", "asked_by")
    return WORKSHOP.perform(run_id, lambda run: WORK[Kind(run.kind)], *related)
