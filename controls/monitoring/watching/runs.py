"""Runs of watched rules as rows: asked for when a snapshot is taken or a rule switched on, claimed by one worker.

At most one run of a register waits: whoever asks while one waits is served by it, as it reads the latest snapshots when it
begins. How a run is done, and what is left of it when it fails: controls.data_files.long_work.
"""

from __future__ import annotations

from datetime import timedelta

from django.db import IntegrityError, transaction

from controls.data_files.long_work import Workshop, asked_by
from controls.models import RegisterSnapshot, Watch, WatchRun
from riskreg import clock
from riskreg.models.author import RISKREG, Author
from riskreg.work_queue import DONE, WAITING, Queue

QUEUE = Queue(WatchRun, silence=timedelta(seconds=60), attempts="attempt", finished_at="finished_at")
WORKSHOP = Workshop(QUEUE, "registers", runs="watch-run")

Cause = WatchRun.Cause


def ask_run(register: int, cause: WatchRun.Cause, *, by: Author = RISKREG, snapshot: RegisterSnapshot | None = None) -> WatchRun:
    """Queue a run of the register's rules, or return the one that waits."""
    for _attempt in range(2):
        # Locked, so that no worker begins it before what it is asked for is committed.
        waiting = WatchRun.objects.select_for_update().filter(register=register, state=WAITING)
        with transaction.atomic():
            if (there := waiting.first()) is not None:
                return there
        try:
            with transaction.atomic():
                return WatchRun.objects.create(register_id=register, cause=cause, snapshot=snapshot, **asked_by(by))
        except IntegrityError:
            continue
    return WatchRun.objects.get(register=register, state=WAITING)


def run_on(snapshot: RegisterSnapshot, *, by: Author = RISKREG, cause: WatchRun.Cause = Cause.SNAPSHOT) -> None:
    """Queue the runs that a taken or confirmed snapshot calls for: of every register whose watched rules read its register.

    One that is older than the register's latest calls for none: no alert's facts change by what came late. That it came
    is written among the runs.
    """
    reading = Watch.objects.switched_on().reading(snapshot.register_id, snapshot.register.kind)
    registers = list(reading.order_by("register").values_list("register", flat=True).distinct())
    if registers and is_late(snapshot):
        now = clock.now()
        for register in registers:
            WatchRun.objects.create(
                register_id=register,
                cause=Cause.LATE,
                snapshot=snapshot,
                state=DONE,
                asked_at=now,
                seen_at=now,
                finished_at=now,
            )
        return
    for register in registers:
        ask_run(register, cause, by=by, snapshot=snapshot)


def is_late(snapshot: RegisterSnapshot) -> bool:
    """Return whether the register has a taken snapshot that tells of a later day. A part of earlier days is not late."""
    if snapshot.register.is_in_parts:
        return False
    newest = RegisterSnapshot.objects.taken().filter(register=snapshot.register_id).exclude(pk=snapshot.pk).first()
    return newest is not None and (newest.as_of, newest.pk) > (snapshot.as_of, snapshot.pk)


def waiting_runs() -> list[int]:
    """Return the runs that a worker can begin: those that wait, and those whose worker died."""
    waiting = WatchRun.objects.filter(state=WAITING).values_list("pk", flat=True)
    return [*waiting, *QUEUE.silent(clock.now()).exclude(state=WAITING).values_list("pk", flat=True)]
