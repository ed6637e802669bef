"""The reading of an uploaded file, outside every transaction: queued with the upload, done once, kept until it is imported.

A small file of a kind that unfolds to little is read while the user waits; every other one by the worker. Whatever
unfolds is read in a process of its own, within the installation's limits of time and memory.
"""

from __future__ import annotations

import gzip
import json
from concurrent.futures import ThreadPoolExecutor, wait
from datetime import timedelta

from django.conf import settings
from django.core.files.base import ContentFile
from django.db import transaction
from django.utils.translation import gettext as _

from controls.models import ImportReading, PlanImport
from riskreg import clock
from riskreg.importing.cells import Content
from riskreg.importing.confined import Limits, packed, unpacked
from riskreg.importing.tables import UnreadableFile, read_content
from riskreg.verbs.errors import Refused
from riskreg.work_queue import MOST_ATTEMPTS, Queue, TakenOver

QUEUE = Queue(ImportReading, silence=timedelta(seconds=60), attempts="attempts", finished_at="finished_at")
_STEPS = 100
_LOOK_SECONDS = 0.5


class StillReading(Refused):
    """The file has not been read yet."""

    def __init__(self) -> None:
        super().__init__(_("The file is still being read. Wait until the page shows what it holds."))


def ask(plan_import: PlanImport) -> ImportReading:
    """Queue the reading of a stored file."""
    now = clock.now()
    return ImportReading.objects.create(plan_import=plan_import, asked_at=now, seen_at=now, total=_STEPS)


def perform(reading_id: int) -> bool:
    """Read the file, once; return False when it is read, put aside, or another worker has it."""
    reading = QUEUE.claim(reading_id, "plan_import")
    if reading is None:
        return False
    if reading.attempts > MOST_ATTEMPTS:
        _fail(reading, UnreadableFile("too_demanding", filename=reading.plan_import.name))
        return True
    try:
        content = _read(reading)
    except TakenOver:
        return False
    except UnreadableFile as error:
        _fail(reading, error)
        return True
    except BaseException:
        # Unknown: left as running, so that it is taken up again; the worker's log has the trace.
        QUEUE.leave(reading)
        raise
    data = gzip.compress(json.dumps(packed(content)).encode(), 6)
    reading.content.save("content", ContentFile(data), save=False)
    try:
        QUEUE.finish(reading, done=_STEPS, content=reading.content.name)
    except TakenOver:
        reading.content.delete(save=False)
        return False
    return True


def _read(reading: ImportReading) -> Content:
    """Read the file and tell meanwhile how far it has come. Raises TakenOver, UnreadableFile."""
    share = 0.0

    def tell_share(now: float) -> None:
        nonlocal share
        share = now

    tell = QUEUE.telling(reading)
    plan_import = reading.plan_import
    limits = Limits(settings.IMPORT_READING_SECONDS, settings.IMPORT_READING_MEMORY_BYTES)
    if not plan_import.file:
        raise TakenOver
    with plan_import.file.open("rb") as file, ThreadPoolExecutor(1) as reader:
        work = reader.submit(
            read_content,
            file,
            plan_import.name,
            max_bytes=settings.IMPORT_MAX_BYTES,
            confine=True,
            limits=limits,
            tell=tell_share,
        )
        while not wait([work], timeout=_LOOK_SECONDS).done:
            tell(int(share * _STEPS))
        return work.result()


def _fail(reading: ImportReading, error: UnreadableFile) -> None:
    values = {key: value if isinstance(value, int) else str(value) for key, value in error.values.items()}
    QUEUE.end(reading, ImportReading.State.FAILED, problem={"code": error.code, "values": values})


def content_of(plan_import: PlanImport) -> Content:
    """Return what was read of the import's file.

    Raises StillReading, or UnreadableFile when it could not be read.
    """
    reading = ImportReading.objects.filter(plan_import=plan_import).first()
    if reading is None or reading.is_open:
        raise StillReading
    if reading.state == ImportReading.State.FAILED:
        raise UnreadableFile(reading.problem["code"], **reading.problem["values"])
    with reading.content.open("rb") as file:
        return unpacked(json.loads(gzip.decompress(file.read())))


def forget(plan_import: PlanImport) -> None:
    """Delete what was read, its file once that is committed: it is of no use when the import is over."""
    reading = ImportReading.objects.filter(plan_import=plan_import).first()
    if reading is not None:
        storage, name = reading.content.storage, reading.content.name
        reading.delete()
        if name:
            transaction.on_commit(lambda: storage.delete(name))
