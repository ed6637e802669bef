"""The Celery application. Tasks are thin and live in each app's tasks.py."""

from __future__ import annotations

import logging
import os
import sys

from celery import Celery, Task
from celery.signals import after_task_publish, beat_init, celeryd_init, task_failure, worker_ready

from config.private_files import narrow_umask

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

READY_LINE = "ready for work"

app = Celery("riskreg", task_cls="config.handing_over:HandedOverTask")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@celeryd_init.connect
def _worker_writes_for_itself_alone(**_: object) -> None:
    narrow_umask()
    _use_the_installation()


@worker_ready.connect
def _worker_says_ready(**_: object) -> None:
    _say_ready()


@beat_init.connect
def _beat_says_ready(**_: object) -> None:
    narrow_umask()
    _use_the_installation()
    _say_ready()


def _use_the_installation() -> None:
    """End the process while a restore is under way or unfinished; else no restore begins until it ends."""
    from config.backup.errors import BackupError
    from config.backup.marker import hold

    try:
        hold()
    except BackupError as refusal:
        # An exception would only be logged by Celery.
        raise SystemExit(str(refusal)) from None


def _say_ready() -> None:
    """Print the line that config/supervisor.py waits for. Celery has turned sys.stdout into a log by now."""
    stream = sys.__stdout__
    if stream is not None:
        stream.write(f"{READY_LINE}\n")
        stream.flush()


@after_task_publish.connect
def _beat_has_asked(sender: str | None = None, **_: object) -> None:
    """Record that Beat is alive when it asks for a heartbeat: only Beat asks for those."""
    from controls import operation
    from riskreg import clock

    if sender == operation.HEARTBEAT_TASK:
        operation.record_beat(clock.now())


@task_failure.connect
def _task_failed(
    sender: Task | None = None,
    task_id: str = "",
    exception: BaseException | None = None,
    traceback: object = None,
    **_: object,
) -> None:
    """Save the failure for the page of the operation.

    That must not make it worse when the database is what failed.
    """
    from django.db import DatabaseError, close_old_connections

    from controls import operation
    from riskreg import clock

    # Of a task past its hard limit this runs in the worker's own process, which may not have asked for months.
    close_old_connections()
    trace = exception.__traceback__ if exception is not None else None
    try:
        operation.note_failure(sender.name if sender is not None else "", task_id, exception or "unknown", trace, clock.now())
    except DatabaseError:
        logging.getLogger(__name__).exception("A task's failure could not be kept.")
    finally:
        close_old_connections()
