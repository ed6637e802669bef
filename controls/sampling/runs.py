"""The long work on populations as rows: queued, claimed by one worker, watched, cancelled, resumed.

A run writes in one transaction, at its end; until then there is only a file in a folder of its own, which the next
attempt begins by emptying. So a worker that is killed leaves nothing half done, and the next one starts from the
beginning.
"""

from __future__ import annotations

import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from controls.data_files.engine import Engine
from controls.models import Population, Sample, SamplingRun
from riskreg import clock
from riskreg.access.grants import may
from riskreg.access.verbs import NotPermitted, Verb
from riskreg.models import Unit, User
from riskreg.models.author import Author
from riskreg.verbs.errors import Refused
from riskreg.work_queue import Queue

QUEUE = Queue(SamplingRun, silence=timedelta(seconds=60), attempts="attempt", finished_at="finished_at")
SMALL_BYTES = 4 * 2**20
SMALL_ROWS = 300_000
_PARTS = 1000

State, Kind = SamplingRun.State, SamplingRun.Kind


class Failed(Exception):
    """The run cannot succeed however often it is tried; the message says why to a person."""


def ask(
    population: Population,
    kind: SamplingRun.Kind,
    *,
    by: Author,
    size: int,
    sample: Sample | None = None,
    upload: str = "",
    **arguments: Any,
) -> SamplingRun:
    """Queue a run.

    Raises Refused when something else is being done with the population, or the sample is being verified already.
    """
    now = clock.now()
    limit = SMALL_BYTES if kind == Kind.READ else SMALL_ROWS
    arguments |= {"file": f"populations/{uuid.uuid4().hex}.parquet", "is_small": size <= limit}
    try:
        with transaction.atomic():
            return SamplingRun.objects.create(
                population=population,
                sample=sample,
                kind=kind,
                upload=upload,
                arguments=arguments,
                asked_by=by.user,
                asked_for=by.acting_for,
                asked_at=now,
                seen_at=now,
                total=_PARTS,
            )
    except IntegrityError as error:
        if kind == Kind.VERIFY:
            raise Refused(_("The sample is being verified already. Wait, or cancel it.")) from error
        raise Refused(_("Something is being done with the population already. Wait, or cancel it.")) from error


def is_small(run: SamplingRun) -> bool:
    """Return whether the user can wait for it."""
    return bool(run.arguments.get("is_small"))


def may_cancel(run: SamplingRun, user: User, unit: Unit) -> bool:
    """Return whether the user may cancel the run. `unit`: that of the run's population.

    A verification may be ended by the user who asked for it, too: auditors prepare no samples.
    """
    asked_for_it = run.kind == Kind.VERIFY and run.asked_by_id == user.pk
    return asked_for_it or may(user, Verb.PREPARE_SAMPLE, unit)


def cancel(run: SamplingRun, *, by: User) -> bool:
    """Cancel an open run; return False when it had ended already.

    Its worker notices within a second and leaves nothing behind.
    """
    if not may_cancel(run, by, run.population.unit):
        raise NotPermitted(Verb.PREPARE_SAMPLE)
    if not QUEUE.cancel(run):
        return False
    _clear(run)
    return True


@contextmanager
def holding(run: SamplingRun) -> Iterator[None]:
    """Delete the attempt's folder at the end of the block, whatever happens."""
    try:
        yield
    finally:
        shutil.rmtree(folder_of(run), ignore_errors=True)


@contextmanager
def finishing(run: SamplingRun) -> Iterator[Population]:
    """Open the one transaction of a run, with the population's locked row.

    Raises TakenOver when the run is no longer ours.
    """
    with transaction.atomic():
        # The run's own transaction: the verb that asked for it went through the gate.
        population = (
            Population.objects.select_for_update(of=("self",)).select_related("unit", "control").get(pk=run.population_id)
        )
        QUEUE.finish(run, done=_PARTS)
        yield population
    _clear(run)


def folder_of(run: SamplingRun) -> Path:
    """Return the folder of the run's own files."""
    return Path(settings.MEDIA_ROOT) / "populations" / "work" / f"run-{run.pk}"


def source_of(run: SamplingRun) -> Path:
    """Return the path of the upload that the run reads."""
    return Path(settings.MEDIA_ROOT) / "populations" / "incoming" / Path(run.upload).name


@contextmanager
def open_engine(run: SamplingRun) -> Iterator[Engine]:
    """Open the run's engine in an empty folder."""
    folder = folder_of(run)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True, mode=0o700)
    tell = QUEUE.telling(run)
    populations = Path(settings.MEDIA_ROOT) / "populations"
    with Engine(folder, [populations], tell=lambda share: tell(int(share * _PARTS))) as engine:
        yield engine


def end(run: SamplingRun, state: SamplingRun.State, problem: str) -> None:
    """End the run with a state and a problem, if it is still this attempt's."""
    if QUEUE.end(run, state, problem=problem):
        _clear(run)


def _clear(run: SamplingRun) -> None:
    """Delete the upload, which is of no use once its run has ended."""
    if run.upload:
        source_of(run).unlink(missing_ok=True)
