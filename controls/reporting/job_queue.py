"""The queue of jobs that write reports: claimed, run and finished."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from django.core.files.base import ContentFile
from django.db.models import F, Q
from django.db.models.fields.files import FieldFile

from controls.models import ReportJob
from riskreg import clock

STALLED = timedelta(minutes=5)


def claim(job_id: int) -> ReportJob | None:
    """Claim the job for this worker; None when it is done, given up, or claimed by another."""
    now = clock.now()
    may_be_taken = Q(state__in=[ReportJob.State.WAITING, ReportJob.State.FAILED]) | Q(
        state=ReportJob.State.RUNNING, seen_at__lt=now - STALLED
    )
    mine = ReportJob.objects.filter(may_be_taken, pk=job_id)
    if not mine.update(state=ReportJob.State.RUNNING, seen_at=now, attempts=F("attempts") + 1):
        return None
    return ReportJob.objects.select_related("asked_by", "report__unit", "report__closing", "report__handed_in_by").get(pk=job_id)


def put(field: FieldFile, content: ContentFile[bytes]) -> None:
    """Store the file in its one place, over what an interrupted worker may have left there."""
    field.storage.delete(field.field.generate_filename(field.instance, ""))
    field.save("", content, save=False)


Step = Callable[[ReportJob], None]


def run(job_id: int, write: Step) -> bool:
    """Run the job once with `write`; return False when it is done, or another worker has it.

    A failed job can be tried again.
    """
    job = claim(job_id)
    if job is None:
        return False
    row = ReportJob.objects.filter(pk=job_id)
    try:
        write(job)
    except BaseException:
        row.update(state=ReportJob.State.FAILED, seen_at=clock.now())
        raise
    row.update(state=ReportJob.State.DONE, done=job.total, seen_at=clock.now())
    return True
