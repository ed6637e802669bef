"""The reading of an uploaded file, outside every transaction: queued with the upload, done once, kept until it is imported.

A small file of a kind that unfolds to little is read while the user waits; every other one by the worker. Whatever
unfolds is read in a process of its own, within the installation's limits of time and memory.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from datetime import timedelta
from typing import TypeVar

from django.conf import settings
from django.core.files.base import ContentFile
from django.db import transaction
from django.utils.translation import gettext as _

from controls.importing.pictures import has_pages, store_pictures
from controls.models import ImportReading, PlanImport
from riskreg import clock
from riskreg.importing.cells import Content
from riskreg.importing.confined import Limits
from riskreg.importing.packed_content import packed, unpacked
from riskreg.importing.page_pictures import draw_pages
from riskreg.importing.tables import UnreadableFile, read_content
from riskreg.trail.marks import mark_of, marked_hash
from riskreg.verbs.errors import Refused
from riskreg.work_queue import MOST_ATTEMPTS, Queue, TakenOver

R = TypeVar("R")
QUEUE = Queue(ImportReading, silence=timedelta(seconds=60), attempts="attempts", finished_at="finished_at")
_STEPS = 100
_STEPS_OF_READING = 70
"""Of a file whose pages are drawn after it is read."""
_LOOK_SECONDS = 0.5


class StillReading(Refused):
    """The file has not been read yet."""

    def __init__(self) -> None:
        super().__init__(_("The file is still being read. Wait until the page shows what it holds."))


def ask(plan_import: PlanImport) -> ImportReading:
    """Queue the reading of a stored file."""
    now = clock.now()
    marks = {"file": mark_of(plan_import, "file", plan_import.sha256)}
    return ImportReading.objects.create(plan_import=plan_import, asked_at=now, seen_at=now, total=_STEPS, marks=marks)


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
    reading.marks["content"] = mark_of(reading, "content", hashlib.sha256(data).hexdigest())
    try:
        _draw(reading)
        stored = {"content": reading.content.name, "pictures": reading.pictures.name, "pages": reading.pages}
        stored |= {"marks": reading.marks}
        QUEUE.finish(reading, done=_STEPS, **stored)
    except TakenOver:
        _delete_files(reading)
        return False
    return True


def _read(reading: ImportReading) -> Content:
    """Read the file and tell meanwhile how far it has come. Raises TakenOver, UnreadableFile."""
    plan_import = reading.plan_import
    if not plan_import.file:
        raise TakenOver
    share = _STEPS_OF_READING if has_pages(plan_import.name) else _STEPS
    data = _uploaded(reading)
    return _watched(
        reading,
        lambda tell: read_content(
            io.BytesIO(data),
            plan_import.name,
            max_bytes=settings.IMPORT_MAX_BYTES,
            confine=True,
            limits=_limits(),
            tell=lambda now: tell(now * share),
        ),
    )


def _uploaded(reading: ImportReading) -> bytes:
    """Return the bytes of the upload. Raises UnreadableFile when they are not those that were sent."""
    plan_import = reading.plan_import
    with plan_import.file.open("rb") as file:
        data: bytes = file.read()
    _require_kept(plan_import, data, marked_hash(plan_import, "file", reading.marks.get("file", "")))
    return data


def _require_kept(plan_import: PlanImport, data: bytes, sha256: str) -> None:
    if hashlib.sha256(data).hexdigest() != sha256:
        raise UnreadableFile("altered", filename=plan_import.name)


def _draw(reading: ImportReading) -> None:
    """Draw the pages of a file that has pages; without pictures the import goes on. Raises TakenOver."""
    plan_import = reading.plan_import
    if not has_pages(plan_import.name):
        return
    steps = _STEPS - _STEPS_OF_READING
    try:
        data = _uploaded(reading)
        pictures, count = _watched(
            reading,
            lambda tell: draw_pages(data, limits=_limits(), tell=lambda now: tell(_STEPS_OF_READING + now * steps)),
        )
    except UnreadableFile as error:
        reading.pages = {"problem": error.code}
    else:
        store_pictures(reading, pictures, count)


def _watched(reading: ImportReading, work: Callable[[Callable[[float], None]], R]) -> R:
    """Do the work in a thread of its own, which calls with the steps done, and write meanwhile how far it has come."""
    steps = 0.0

    def tell_steps(now: float) -> None:
        nonlocal steps
        steps = now

    tell = QUEUE.telling(reading)
    with ThreadPoolExecutor(1) as worker:
        doing = worker.submit(work, tell_steps)
        while not wait([doing], timeout=_LOOK_SECONDS).done:
            tell(int(steps))
        return doing.result()


def _limits() -> Limits:
    return Limits(settings.IMPORT_READING_SECONDS, settings.IMPORT_READING_MEMORY_BYTES)


def _fail(reading: ImportReading, error: UnreadableFile) -> None:
    values = {key: value if isinstance(value, int) else str(value) for key, value in error.values.items()}
    QUEUE.end(reading, ImportReading.State.FAILED, problem={"code": error.code, "values": values})


def content_of(plan_import: PlanImport) -> Content:
    """Return what was read of the import's file.

    Raises StillReading, or UnreadableFile when it could not be read, or when what was read has been altered since.
    """
    reading = ImportReading.objects.filter(plan_import=plan_import).first()
    if reading is None or reading.is_open:
        raise StillReading
    if reading.state == ImportReading.State.FAILED:
        raise UnreadableFile(reading.problem["code"], **reading.problem["values"])
    try:
        with reading.content.open("rb") as file:
            data: bytes = file.read()
    except FileNotFoundError:
        raise UnreadableFile("gone", filename=plan_import.name) from None
    _require_kept(plan_import, data, marked_hash(reading, "content", reading.marks.get("content", "")))
    return unpacked(json.loads(gzip.decompress(data)))


def forget(plan_import: PlanImport) -> None:
    """Delete what was read, its files once that is committed: it is of no use when the import is over."""
    reading = ImportReading.objects.filter(plan_import=plan_import).first()
    if reading is not None:
        reading.delete()
        transaction.on_commit(lambda: _delete_files(reading))


def _delete_files(reading: ImportReading) -> None:
    for file in (reading.content, reading.pictures):
        if file:
            file.storage.delete(str(file.name))
