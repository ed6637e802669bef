"""Registers and their watched rules with a real worker: killed while it reads or runs rules, two snapshots at once."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.db import transaction

from controls import tasks
from controls.models import Alert, Register, RegisterRun, RegisterSnapshot, WatchOutcome, WatchRun
from controls.monitoring.registers import verbs
from controls.monitoring.registers import work as reading
from controls.monitoring.registers.runs import QUEUE as READINGS
from controls.monitoring.registers.runs import WORKSHOP as READING
from controls.monitoring.watching import work as running
from controls.monitoring.watching.runs import QUEUE as RUNS
from controls.monitoring.watching.runs import WORKSHOP as RUNNING
from riskreg import clock
from tests import settings as base
from tests.cast import Cast
from tests.data_files.files import csv_bytes
from tests.monitoring.registers.scene import AUGUST, JULY, JUNE
from tests.monitoring.watching.scene import (
    HEADINGS,
    HOME_CARE,
    SCHOOL,
    WATER,
    came,
    let_the_worker_run,
    operations,
    told,
    watched,
)
from tests.services import WorkerProcess, broker
from tests.waiting import wait_until

pytestmark = [pytest.mark.faults, pytest.mark.django_db(transaction=True)]
LIBRARY = ("Bibliotek", "Kultur", "nej", "", "Eva Ek")


@pytest.fixture(autouse=True)
def media(settings: Any) -> Path:
    """The worker's own folder, which the test then shares."""
    settings.MEDIA_ROOT = str(base.MEDIA_ROOT)
    return Path(str(settings.MEDIA_ROOT)) / "registers"


@pytest.fixture
def register(cast: Cast, today: Any) -> Register:
    """A register in which operations without a plan are watched, and home care has been told of."""
    register = operations(cast)
    came(register, cast.karin, HOME_CARE, SCHOOL, as_of=JUNE)
    watched(register, cast.johan)
    let_the_worker_run()
    assert told(register) == {"Hemtjänst": "new"}
    return register


def handed_in(register: Register, cast: Cast, *rows: tuple[str, ...], as_of: Any) -> RegisterRun:
    """A file that waits to be read by the worker."""
    file = ContentFile(csv_bytes(rows, HEADINGS), name="verksamheter.csv")
    return verbs.feed(register, by=cast.karin, file=file, as_of=as_of)[1]


def killed_before_it_writes(path: Path, ask: Callable[[], object], register: Register, worker: WorkerProcess) -> None:
    """The worker has done all the work of a run, and waits for the register's row when it is killed.

    A pipe stands for the file until the worker opens it: by then the run is its own, and the row is taken.
    """
    kept = path.rename(path.with_suffix(".kept"))
    os.mkfifo(path)
    ask()

    def opened() -> int | None:
        with suppress(OSError):
            return os.open(path, os.O_WRONLY | os.O_NONBLOCK)
        return None

    pipe = wait_until(opened, lambda: "a worker opens the file\n" + "\n".join(worker.lines), seconds=60)
    assert pipe is not None
    with transaction.atomic():
        Register.objects.select_for_update().get(pk=register.pk)
        kept.replace(path)
        os.set_blocking(pipe, True)
        with os.fdopen(pipe, "wb") as end:
            end.write(path.read_bytes())
        worker.wait_until_at_rest()
        worker.kill()


def done_again_once(run: Any, queue: Any, perform: Callable[[int], bool]) -> None:
    """The dead worker's run is still open; whoever comes next does it, and only once."""
    run.refresh_from_db()
    assert (run.state, run.attempt) == ("running", 1)
    assert not perform(run.pk)
    type(run).objects.filter(pk=run.pk).update(seen_at=clock.now() - timedelta(seconds=61))
    assert [one.pk for one in queue.silent(clock.now())] == [run.pk]
    assert perform(run.pk)
    assert not perform(run.pk)
    run.refresh_from_db()
    assert (run.state, run.attempt) == ("done", 2)


def test_a_worker_killed_while_it_takes_a_snapshot_leaves_none_and_it_is_taken_once(
    cast: Cast, register: Register, celery_worker_process: WorkerProcess
) -> None:
    run = handed_in(register, cast, HOME_CARE, WATER, SCHOOL, as_of=JULY)
    path = READING.source_of(run)
    killed_before_it_writes(path, lambda: tasks.perform_register_run.delay(run.pk), register, celery_worker_process)
    snapshot = RegisterSnapshot.objects.get(pk=run.snapshot_id)
    assert (snapshot.state, bool(snapshot.file), snapshot.taken_at) == ("draft", False, None)
    assert not WatchRun.objects.filter(snapshot=snapshot).exists()
    done_again_once(run, READINGS, reading.perform)
    snapshot.refresh_from_db()
    assert (snapshot.state, snapshot.row_count) == ("taken", 3)
    assert [one.cause for one in let_the_worker_run()] == ["snapshot"]
    assert told(register) == {"Hemtjänst": "new", "Vatten": "new"}
    assert not list(READING.folder_of(run).parent.iterdir())
    broker().flushdb()


def test_a_worker_killed_before_alerts_are_written_tells_nothing_and_they_are_told_once(
    cast: Cast, register: Register, celery_worker_process: WorkerProcess
) -> None:
    snapshot = came(register, cast.karin, HOME_CARE, WATER, SCHOOL, as_of=JULY)
    run = WatchRun.objects.get(state="waiting")
    before = Alert.history.count(), WatchOutcome.objects.count()
    path = Path(snapshot.file.path)
    killed_before_it_writes(path, lambda: tasks.perform_watch_run.delay(run.pk), register, celery_worker_process)
    assert told(register) == {"Hemtjänst": "new"}
    assert (Alert.history.count(), WatchOutcome.objects.count()) == before
    done_again_once(run, RUNS, running.perform)
    assert told(register) == {"Hemtjänst": "new", "Vatten": "new"}
    assert WatchOutcome.objects.filter(run=run).count() == 1
    assert Counter(Alert.history.values_list("history_type", flat=True)) == {"+": 2}
    assert not list(RUNNING.folder_of(run).parent.iterdir())
    broker().flushdb()


def test_two_snapshots_at_once_are_both_taken_and_nothing_is_told_twice(
    cast: Cast, register: Register, celery_worker_process: WorkerProcess
) -> None:
    july = handed_in(register, cast, HOME_CARE, WATER, SCHOOL, as_of=JULY)
    august = handed_in(register, cast, HOME_CARE, WATER, LIBRARY, SCHOOL, as_of=AUGUST)
    for run in (july, august, july, august):
        tasks.perform_register_run.delay(run.pk)

    def is_done() -> bool:
        states = set(RegisterRun.objects.filter(pk__in=[july.pk, august.pk]).values_list("state", flat=True))
        return states == {"done"} and not WatchRun.objects.open().exists()

    wait_until(is_done, lambda: "both are read and their rules run\n" + "\n".join(celery_worker_process.lines), seconds=120)
    celery_worker_process.wait_until_idle(60)
    assert register.snapshots.filter(state="taken").count() == 3
    assert told(register) == {"Hemtjänst": "new", "Vatten": "new", "Bibliotek": "new"}
    assert Counter(Alert.history.filter(history_type="+").values_list("subject_name", flat=True)) == dict.fromkeys(
        told(register), 1
    )
    assert not Alert.history.filter(history_type="~").exists()
    latest = WatchOutcome.objects.order_by("-run__pk")[0]
    assert latest.snapshots == {"operations": august.snapshot_id}
    assert all(run.attempt == 1 for run in (RegisterRun.objects.get(pk=one.pk) for one in (july, august)))


def test_rules_asked_to_run_twice_run_once(cast: Cast, register: Register, celery_worker_process: WorkerProcess) -> None:
    came(register, cast.karin, HOME_CARE, WATER, SCHOOL, as_of=JULY)
    run = WatchRun.objects.get(state="waiting")
    for _time in range(3):
        tasks.perform_watch_run.delay(run.pk)
    wait_until(lambda: WatchRun.objects.filter(pk=run.pk, state="done").exists(), "the rules are run", seconds=60)
    celery_worker_process.wait_until_idle(60)
    run.refresh_from_db()
    assert (run.attempt, run.outcomes.count()) == (1, 1)
    assert Alert.objects.filter(subject_name="Vatten").get().history.count() == 1
