"""The work of each kind of run: read a file in, check its rows, lock it, draw from it, verify a sample.

The queue of runs (controls.sampling.runs) knows none of them.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import date
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from controls.data_files import reading, table
from controls.data_files.engine import Engine
from controls.data_files.problems import Unreadable
from controls.data_files.table import CheckResult, Choice
from controls.models import Population, SamplingRun
from controls.sampling.drawing.verbs import draw_now
from controls.sampling.drawing.verification import verify_now
from controls.sampling.populations.stored_file import choice_of, path_of
from controls.sampling.runs import (
    QUEUE,
    Failed,
    Kind,
    State,
    end,
    finishing,
    folder_of,
    holding,
    open_engine,
    source_of,
)
from riskreg import clock
from riskreg.access.verbs import NotPermitted
from riskreg.models.history import save_with_history
from riskreg.months import months_after
from riskreg.numbers import number_text
from riskreg.verbs.errors import Refused
from riskreg.work_queue import MOST_ATTEMPTS, TakenOver


def read(run: SamplingRun, engine: Engine) -> None:
    """Read the upload into the population's stored file and profile it."""
    population, source = run.population, source_of(run)
    if not source.exists():
        raise Failed(_("The uploaded file is missing. Upload it again."))
    made = folder_of(run) / "read.parquet"
    engine.step(0.6)
    found = reading.read(engine, source, population.original_name, made)
    engine.step(0.3)
    profile = table.profile(engine, made, found.columns)
    choice = _first_choice(population, found.columns, profile.likely_key())
    engine.step(0.1)
    checked = table.check(engine, made, found.columns, choice) if choice.key else None
    name = str(run.arguments["file"])
    kept = Path(settings.MEDIA_ROOT) / name
    with finishing(run) as row:
        row.file.name = name
        row.original_format, row.original_encoding = found.format, found.encoding
        row.columns, row.first_row, row.row_count = found.columns, found.first_row, profile.rows
        row.key_columns, row.amount_column, row.stratum_column = list(choice.key), choice.amount, choice.stratum
        row.personal_columns = _personal(row)
        row.profile = {**profile.as_json(), "notes": [list(note) for note in found.notes]}
        if checked is not None:
            row.profile["checked"] = checked.as_json()
        kept.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        os.replace(made, kept)
        save_with_history(row, by=run.author, reason=_rows_read(profile.rows))


def _rows_read(rows: int) -> str:
    return ngettext("Read: %(count)s row", "Read: %(count)s rows", rows) % {"count": number_text(rows)}


def _first_choice(population: Population, columns: list[str], likely: str) -> Choice:
    """Return the columns of the saved source; else the column that tells the rows apart as the key."""
    source = population.source
    if source is not None:
        return Choice(tuple(source.key_columns), source.amount_column, source.stratum_column)
    return Choice((likely,) if likely else ())


def _personal(row: Population) -> list[str]:
    """Return the columns marked as personal data by default: all but the key, the amount and the groups."""
    if row.source is not None:
        return [name for name in row.columns if name in row.source.personal_columns]
    meant = {*row.key_columns, row.amount_column, row.stratum_column}
    return [name for name in row.columns if name not in meant]


def check(run: SamplingRun, engine: Engine) -> None:
    """Check the rows by the chosen columns and store the counts."""
    population = run.population
    checked = table.check(engine, path_of(population), population.columns, choice_of(population))
    with finishing(run) as row:
        _require_same(row, population)
        row.profile["checked"] = checked.as_json()
        save_with_history(row, by=run.author, reason=_checked_words(checked))


def _checked_words(checked: CheckResult) -> str:
    count = sum(checked.problems.counts.values())
    return ngettext("Checked: %(count)d problem", "Checked: %(count)d problems", count) % {"count": count}


def lock(run: SamplingRun, engine: Engine) -> None:
    """Check once more, hash the content, and lock the population."""
    population = run.population
    path, choice = path_of(population), choice_of(population)
    engine.step(0.4)
    checked = table.check(engine, path, population.columns, choice)
    if checked.problems:
        with transaction.atomic():
            # The run's own transaction: the verb that asked for it went through the gate.
            row = Population.objects.select_for_update(of=("self",)).get(pk=population.pk)
            _require_same(row, population)
            row.profile["checked"] = checked.as_json()
            save_with_history(row, by=run.author, reason=_checked_words(checked))
        raise Failed(_("The population cannot be locked: its rows have problems, listed below. Correct the file or the columns."))
    engine.step(0.6)
    uneven = [column["name"] for column in population.profile["columns"] if column["uneven"]]
    digest = table.content_sha256(engine, path, population.columns, choice.key, uneven)
    now = clock.now()
    with finishing(run) as row:
        _require_same(row, population)
        row.profile["checked"] = checked.as_json()
        row.row_count, row.control_total, row.sha256 = checked.rows, checked.total, digest
        row.state, row.locked_at, row.locked_by = Population.State.LOCKED, now, run.author.person
        row.retained_until = retained_until(row, now.date())
        rows = number_text(checked.rows)
        reason = _("Locked: %(rows)s rows, SHA-256 %(hash)s") % {"rows": rows, "hash": digest}
        save_with_history(row, by=run.author, reason=reason)


def _require_same(row: Population, before: Population) -> None:
    same = ("state", "columns", "key_columns", "amount_column", "stratum_column", "file")
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
    run = QUEUE.claim(run_id, "population__unit", "population__control", "sample", "asked_by")
    if run is None:
        return False
    with translation.override(run.asked_by.language if run.asked_by else settings.LANGUAGE_CODE):
        if run.attempt > MOST_ATTEMPTS:
            end(run, State.FAILED, _("It was tried %(count)d times and the worker died each time.") % {"count": MOST_ATTEMPTS})
            return True
        try:
            with open_engine(run) as engine, holding(run):
                WORK[Kind(run.kind)](run, engine)
        except TakenOver:
            return False
        except Unreadable as error:
            end(run, State.FAILED, error.message)
        except (Failed, Refused, NotPermitted) as error:
            end(run, State.FAILED, str(error))
        except BaseException:
            # Unknown: left as running, so that it is taken up again; the worker's log has the trace.
            QUEUE.leave(run)
            raise
    return True
