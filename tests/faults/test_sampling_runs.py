"""The long work on a population with a real worker: killed on the way, cancelled, asked for twice."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from django.db import transaction

from controls import tasks
from controls.models import Population, Sample, SampleItem, SamplingRun
from controls.sampling.drawing.verbs import draw, seed_from_system
from controls.sampling.drawing.verification import is_contradicted, verify
from controls.sampling.populations.verbs import discard, lock
from controls.sampling.runs import QUEUE, cancel
from controls.sampling.work import perform
from riskreg import clock
from riskreg.work_queue import MOST_ATTEMPTS
from tests import settings as base
from tests.cast import Cast
from tests.data_files.files import csv_bytes
from tests.sampling.scene import designed, read_in, uploaded, with_columns
from tests.services import WorkerProcess, broker
from tests.waiting import wait_until

pytestmark = [pytest.mark.faults, pytest.mark.django_db(transaction=True)]
ROWS = 250_000


@pytest.fixture
def media(settings: Any) -> Path:
    """The worker's own folder, which the test then shares."""
    settings.MEDIA_ROOT = str(base.MEDIA_ROOT)
    return Path(str(settings.MEDIA_ROOT)) / "populations"


def slow_file(length: int) -> bytes:
    """A line break in a cell: such a file is read row by row, which takes a while."""
    rows = ((f"F{i:06}", "Rad 1\nrad 2" if i == 0 else "Leverantör", "1,50", "4000") for i in range(length))
    return csv_bytes(rows)


def waited_for(run: SamplingRun, is_so: Callable[[SamplingRun], bool], seconds: float = 120) -> SamplingRun:
    def is_so_now() -> bool:
        run.refresh_from_db()
        return is_so(run)

    wait_until(is_so_now, lambda: f"{run.state}, {run.done}, {run.problem}", seconds=seconds)
    return run


def files_in(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()} if folder.exists() else set()


class UnderWay(NamedTuple):
    run: SamplingRun
    rows: int
    before: set[str]
    """The files that were there before it."""


def under_way(cast: Cast, media: Path) -> UnderWay:
    """A run that is seen at work; one that was done before anybody looked is followed by one of twice the rows."""
    for doubled in range(4):
        rows, before = ROWS << doubled, files_in(media)
        run = uploaded(cast, slow_file(rows))
        tasks.perform_sampling_run.delay(run.pk)
        run = waited_for(run, lambda run: not run.is_open or (run.state == "running" and run.done > 0))
        if run.is_open:
            return UnderWay(run, rows, before)
    raise AssertionError(f"{rows} rows are read faster than anybody looks")


def test_a_worker_killed_on_the_way_leaves_nothing_half_done_and_another_finishes(
    cast: Cast, celery_worker_process: WorkerProcess, media: Path
) -> None:
    run, rows, before = under_way(cast, media)
    celery_worker_process.kill()
    population = Population.objects.get(pk=run.population_id)
    assert (population.state, bool(population.file), population.columns, population.row_count) == ("draft", False, [], None)
    celery_worker_process.start()
    # A minute's silence, without the minute.
    SamplingRun.objects.filter(pk=run.pk).update(seen_at=clock.now() - timedelta(seconds=61))
    tasks.resume_sampling_runs.delay()
    run = waited_for(run, lambda run: not run.is_open)
    assert (run.state, run.attempt) == ("done", 2)
    population.refresh_from_db()
    assert population.row_count == rows
    assert population.profile["checked"]["problems"]["found"] == []
    assert files_in(media) - before == {str(Path(str(population.file.name)).relative_to("populations"))}
    assert not list((media / "work").iterdir())
    # The dead worker's copy is handed out again after the broker's half hour; then there is nothing left to do.
    assert not perform(run.pk)
    broker().flushdb()


def killed_before_it_writes(run: SamplingRun, worker: WorkerProcess) -> None:
    """The worker has done all the work of the run and waits for the population's row when it is killed.

    A pipe stands for the population's file until the worker opens it: by then the run is its own, and the row is taken.
    """
    path = Path(run.population.file.path)
    kept = path.rename(path.with_suffix(".kept"))
    os.mkfifo(path)
    tasks.perform_sampling_run.delay(run.pk)

    def opened() -> int | None:
        with suppress(OSError):
            return os.open(path, os.O_WRONLY | os.O_NONBLOCK)
        return None

    pipe = wait_until(opened, "a worker opens the file")
    assert pipe is not None
    with transaction.atomic():
        Population.objects.select_for_update().get(pk=run.population_id)
        kept.replace(path)
        os.set_blocking(pipe, True)
        with os.fdopen(pipe, "wb") as end:
            end.write(path.read_bytes())
        worker.wait_until_at_rest()
        worker.kill()


def left_and_done_again(run: SamplingRun) -> None:
    """The dead worker's run is still open; whoever comes next does it, and only once."""
    run.refresh_from_db()
    assert (run.state, run.attempt) == ("running", 1)
    assert not perform(run.pk)
    SamplingRun.objects.filter(pk=run.pk).update(seen_at=clock.now() - timedelta(seconds=61))
    assert [one.pk for one in QUEUE.silent(clock.now())] == [run.pk]
    assert perform(run.pk)
    assert not perform(run.pk)
    run.refresh_from_db()
    assert (run.state, run.attempt) == ("done", 2)


def test_a_worker_killed_while_it_locks_or_draws_leaves_nothing_half_done_and_it_is_done_once(
    cast: Cast, celery_worker_process: WorkerProcess, media: Path
) -> None:
    population = with_columns(read_in(cast), cast.karin, amount="Belopp")
    written = population.history.count()
    run = lock(population, by=cast.karin)[1]
    killed_before_it_writes(run, celery_worker_process)
    population.refresh_from_db()
    assert (population.state, population.sha256, population.locked_at, population.locked_by) == ("draft", "", None, None)
    assert population.history.count() == written
    left_and_done_again(run)
    population.refresh_from_db()
    assert (population.state, population.locked_by, population.history.count()) == ("locked", cast.karin, written + 1)

    celery_worker_process.start()
    sample = seed_from_system(designed(population, 20), by=cast.karin)
    seed, written = sample.seed, sample.history.count()
    run = draw(sample, by=cast.karin)[1]
    killed_before_it_writes(run, celery_worker_process)
    sample.refresh_from_db()
    assert (sample.state, sample.record, sample.items.count(), sample.history.count()) == ("seeded", {}, 0, written)
    assert not SampleItem.history.filter(sample=sample.pk).exists()
    left_and_done_again(run)
    sample = Sample.objects.get(pk=sample.pk)
    assert (sample.state, sample.seed, sample.items.count(), sample.history.count()) == ("drawn", seed, 25, written + 1)
    assert SampleItem.history.filter(sample=sample.pk).count() == 25
    assert not is_contradicted(verify(sample))
    assert not list((media / "work").iterdir())
    broker().flushdb()


def test_cancelling_ends_the_worker_s_work_and_leaves_nothing(
    cast: Cast, celery_worker_process: WorkerProcess, media: Path
) -> None:
    run, _rows, before = under_way(cast, media)
    assert cancel(run, by=cast.karin)
    celery_worker_process.wait_until_idle(60)
    run.refresh_from_db()
    assert run.state == "cancelled"
    assert not Population.objects.get(pk=run.population_id).file
    assert files_in(media) == before
    assert not cancel(run, by=cast.karin)


def test_asked_for_twice_it_is_done_once(cast: Cast, celery_worker_process: WorkerProcess, media: Path) -> None:
    run = uploaded(cast)
    for _ in range(2):
        tasks.perform_sampling_run.delay(run.pk)
    run = waited_for(run, lambda run: not run.is_open)
    celery_worker_process.wait_until_idle(60)
    run.refresh_from_db()
    assert (run.state, run.attempt) == ("done", 1)
    assert Population.history.filter(id=run.population_id).count() == 2


def test_a_run_that_kills_its_worker_again_and_again_is_given_up(cast: Cast, media: Path) -> None:
    run = uploaded(cast)
    SamplingRun.objects.filter(pk=run.pk).update(
        state="running", attempt=MOST_ATTEMPTS, seen_at=clock.now() - timedelta(minutes=5)
    )
    assert [one.pk for one in QUEUE.silent(clock.now())] == [run.pk]
    assert perform(run.pk)
    run.refresh_from_db()
    assert run.state == "failed"
    assert run.problem


def test_a_draft_is_discarded_while_it_is_being_read(cast: Cast, celery_worker_process: WorkerProcess, media: Path) -> None:
    run, _rows, before = under_way(cast, media)
    discard(run.population, by=cast.karin)
    celery_worker_process.wait_until_idle(60)
    assert not Population.objects.filter(pk=run.population_id).exists()
    assert files_in(media) == before
