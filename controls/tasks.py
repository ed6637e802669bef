"""Celery tasks: thin, one call each, ids in, idempotent."""

from __future__ import annotations

from typing import Any, cast

from celery import shared_task

from controls import operation
from controls.reminders.deliver import deliver
from controls.reminders.due import prepare
from controls.reminders.weeding import weed_ledger
from controls.reporting import jobs
from controls.sampling import runs as sampling_runs
from controls.sampling import work as sampling_work
from controls.sampling.drawing import by_itself as drawing_by_itself
from controls.sampling.populations import weeding
from controls.year import run as year_run
from riskreg import clock

HEARTBEAT_KEY = operation.WORKER_KEY


@shared_task
def heartbeat() -> str:
    """Beat asks, the worker answers: the time at which both were last seen alive."""
    return operation.worker_answers(clock.now())


@shared_task
def prepare_reminders() -> int:
    """Makes the letters that are due, and has them sent. How many were made."""
    made = prepare(clock.now())
    if made:
        cast(Any, deliver_reminders).delay()
    return made


@shared_task
def deliver_reminders() -> int:
    """Sends what waits in the ledger. How many letters were sent."""
    return deliver(clock.now).sent


@shared_task
def forget_task_failures() -> int:
    """Weeds the failures of earlier quarters. How many."""
    return operation.forget_failures(clock.now())


@shared_task
def run_the_year() -> dict[str, int]:
    """Opens what is due, marks what was missed, prepares closings, draws what is ready; how many of each."""
    today = clock.today()
    counts = year_run.run(today)
    runs = drawing_by_itself.draw_what_is_ready(today)
    for run_id in runs:
        cast(Any, perform_sampling_run).delay(run_id)
    return {**counts, "drawn": len(runs)}


@shared_task
def perform_sampling_run(run_id: int) -> bool:
    """Does what was asked of a population; False when it is done, cancelled, or another worker is at it."""
    return sampling_work.perform(run_id)


@shared_task
def resume_sampling_runs() -> int:
    """Hands runs whose worker died to another. How many there were."""
    waiting = sampling_runs.waiting(clock.now())
    for run_id in waiting:
        cast(Any, perform_sampling_run).delay(run_id)
    return len(waiting)


@shared_task
def weed_populations() -> int:
    """Weeds the populations whose time is over. How many there were."""
    return weeding.weed_due(clock.now())


@shared_task
def weed_reminder_ledger() -> int:
    """Weeds the letters whose time is over from the ledger of reminders. How many there were."""
    return weed_ledger(clock.today())


@shared_task
def write_report(job_id: int) -> bool:
    """Writes the files of a report that somebody waits for; False when they are written, or another worker is at it."""
    return jobs.write(job_id)


@shared_task
def resume_report_jobs() -> int:
    """Hands the files of reports whose worker died to another, and gives up those that none gets done. How many were handed
    on."""
    jobs.give_up(clock.now())
    left = jobs.waiting(clock.now())
    for job_id in left:
        cast(Any, write_report).delay(job_id)
    return len(left)


@shared_task
def weed_report_jobs() -> int:
    """Removes written drafts of long reports and the jobs that ended, a day after. How many there were."""
    return jobs.weed(clock.now())
