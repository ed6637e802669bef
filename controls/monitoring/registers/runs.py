"""The reading of registers' files as rows: queued, claimed by one worker, watched, cancelled, resumed.

How a run is done, and what is left of it when it fails: controls.data_files.long_work.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from controls.data_files.long_work import PARTS, Workshop
from controls.models import Register, RegisterRun, RegisterSnapshot
from riskreg.access.grants import require
from riskreg.access.verbs import Verb
from riskreg.models import User
from riskreg.models.author import Author
from riskreg.verbs.errors import Refused
from riskreg.verbs.gate import lock_row
from riskreg.work_queue import Queue

QUEUE = Queue(RegisterRun, silence=timedelta(seconds=60), attempts="attempt", finished_at="finished_at")
READING_THREADS = 1
"""A file is read and written row group by row group, in order and in little memory: a second thread mostly waits, and burns as
much of the processor again while it does."""
WORKSHOP = Workshop(QUEUE, "registers", threads=READING_THREADS)
SMALL_BYTES = 4 * 2**20
SMALL_ROWS = 300_000

Kind = RegisterRun.Kind


def ask(
    snapshot: RegisterSnapshot, kind: RegisterRun.Kind, *, by: Author, size: int, upload: str = "", **arguments: Any
) -> RegisterRun:
    """Queue a run. Raises Refused when something else is being done with the snapshot."""
    limit = SMALL_BYTES if kind == Kind.READ else SMALL_ROWS
    try:
        return WORKSHOP.ask(by=by, limit=limit, size=size, arguments=arguments, snapshot=snapshot, kind=kind, upload=upload)
    except IntegrityError as error:
        raise Refused(_("The snapshot is being read already. Wait, or cancel it.")) from error


def cancel(run: RegisterRun, *, by: User) -> bool:
    """Cancel an open run; return False when it had ended already."""
    require(by, Verb.FEED_REGISTER, run.snapshot.register.unit)
    return WORKSHOP.cancel(run)


@contextmanager
def finishing(run: RegisterRun) -> Iterator[RegisterSnapshot]:
    """Open the one transaction of a run, with the snapshot's locked row, its register locked before it.

    Raises TakenOver when the run is no longer ours.
    """
    with transaction.atomic():
        # The run's own transaction: the verb that asked for it went through the gate.
        lock_row(Register.objects.all(), run.snapshot.register_id)
        snapshot = (
            RegisterSnapshot.objects.select_for_update(of=("self",)).select_related("register__unit").get(pk=run.snapshot_id)
        )
        QUEUE.finish(run, done=PARTS)
        yield snapshot
    WORKSHOP.clear(run)
