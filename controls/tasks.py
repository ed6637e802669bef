"""Celery tasks: thin, one call each, ids in, idempotent."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

from celery import shared_task
from django.conf import settings

from controls import operation, stray_files
from controls.importing import kept_upload as imports
from controls.importing import waiting
from controls.monitoring.registers import kept_upload as registers
from controls.monitoring.registers import weeding as register_weeding
from controls.monitoring.registers import work as register_work
from controls.monitoring.registers.inbox import pick_up
from controls.monitoring.registers.runs import QUEUE as REGISTER_QUEUE
from controls.monitoring.registers.sources import looking
from controls.monitoring.watching import alerts
from controls.monitoring.watching import work as watch_work
from controls.monitoring.watching.runs import waiting_runs
from controls.reminders.due import prepare
from controls.reminders.turn import deliver_in_turn
from controls.reminders.weeding import weed_ledger
from controls.reporting import jobs
from controls.sampling import work
from controls.sampling.drawing import by_itself
from controls.sampling.populations import kept_upload as populations
from controls.sampling.populations import weeding
from controls.sampling.runs import QUEUE
from controls.year import run
from riskreg import clock


@shared_task
def heartbeat() -> str:
    """Record that the worker answered beat; return the moment at which both were last seen alive."""
    return operation.record_worker(clock.now())


@shared_task
def prepare_reminders() -> int:
    """Create the letters that are due, and have them sent; return the number created."""
    made = prepare(clock.now())
    if made:
        cast(Any, deliver_reminders).delay()
    return made


@shared_task
def deliver_reminders() -> int:
    """Send the letters that wait in the ledger; return the number sent."""
    return deliver_in_turn(clock.now).sent


@shared_task
def forget_task_failures() -> int:
    """Delete the failures of earlier quarters; return their number."""
    return operation.forget_failures(clock.now())


@shared_task
def run_the_year() -> dict[str, int]:
    """Open what is due, mark what was missed, prepare closings, draw what is ready; return the counts."""
    today = clock.today()
    counts = run.run(today)
    runs = by_itself.draw_what_is_ready(today)
    for run_id in runs:
        cast(Any, perform_sampling_run).delay(run_id)
    return {**counts, "drawn": len(runs)}


@shared_task
def perform_sampling_run(run_id: int) -> bool:
    """Perform a run on a population; return False when it is done, cancelled, or another worker has it."""
    return work.perform(run_id)


@shared_task
def resume_sampling_runs() -> int:
    """Queue the runs whose worker died; return their number."""
    left = list(QUEUE.silent(clock.now()).values_list("pk", flat=True))
    for run_id in left:
        cast(Any, perform_sampling_run).delay(run_id)
    return len(left)


@shared_task
def weed_populations() -> int:
    """Weed the populations whose time is over; return their number."""
    return weeding.weed_due(clock.now())


@shared_task
def perform_register_run(run_id: int) -> bool:
    """Read a register's file; return False when it is read, cancelled, or another worker reads it."""
    is_done = register_work.perform(run_id)
    start_watch_runs()
    return is_done


@shared_task
def resume_register_runs() -> int:
    """Queue the readings of registers whose worker died; return their number."""
    left = list(REGISTER_QUEUE.silent(clock.now()).values_list("pk", flat=True))
    for run_id in left:
        cast(Any, perform_register_run).delay(run_id)
    return len(left)


@shared_task
def perform_watch_run(run_id: int) -> bool:
    """Run a register's watched rules; return False when they are run, or another worker runs them."""
    return watch_work.perform(run_id)


@shared_task
def start_watch_runs() -> int:
    """Queue the runs of watched rules that wait, or whose worker died; return their number."""
    waiting = waiting_runs()
    for run_id in waiting:
        cast(Any, perform_watch_run).delay(run_id)
    return len(waiting)


@shared_task
def wake_alerts() -> int:
    """Wake the alerts whose day has come; return their number."""
    return alerts.wake_due(clock.today())


@shared_task
def pick_up_registers() -> int:
    """Make snapshots of the files that lie whole in the watched folder; return their number."""
    return pick_up(Path(settings.REGISTER_INBOX), clock.now()) if settings.REGISTER_INBOX else 0


@shared_task
def fetch_registers() -> int:
    """Ask the sources of registers that are due; return how many brought a new snapshot."""
    return looking.look(clock.now())


@shared_task
def weed_registers() -> int:
    """Weed the snapshots of registers whose time is over; return their number."""
    return register_weeding.weed_due(clock.now())


@shared_task
def sweep_stray_files() -> int:
    """Delete uploads that nobody came back to, and files that a crash left behind; return the number of those."""
    for shelf in (populations.SHELF, imports.SHELF, registers.SHELF):
        shelf.delete_old(clock.now())
    return stray_files.sweep(clock.now())


@shared_task
def weed_reminder_ledger() -> int:
    """Weed the letters whose time is over from the ledger of reminders; return their number."""
    return weed_ledger(clock.today())


@shared_task
def write_report(job_id: int) -> bool:
    """Write the files of a report that somebody waits for.

    Returns False when they are written, or another worker writes them.
    """
    return jobs.write(job_id)


@shared_task
def resume_report_jobs() -> int:
    """Queue the report jobs whose worker died, and give up the hopeless ones; return the number queued."""
    jobs.give_up(clock.now())
    left = jobs.waiting(clock.now())
    for job_id in left:
        cast(Any, write_report).delay(job_id)
    return len(left)


@shared_task
def read_import(reading_id: int) -> bool:
    """Read the file of an import; return False when it is read, or another worker reads it."""
    return waiting.perform(reading_id)


@shared_task
def resume_import_readings() -> int:
    """Queue the readings whose worker died, or that were never handed to one; return their number."""
    left = list(waiting.QUEUE.silent(clock.now()).values_list("pk", flat=True))
    for reading_id in left:
        cast(Any, read_import).delay(reading_id)
    return len(left)


@shared_task
def weed_report_jobs() -> int:
    """Delete written drafts of long reports and the jobs that ended, a day after; return their number."""
    return jobs.weed(clock.now())
