"""The queue of the jobs that write reports, and where their files are put."""

from __future__ import annotations

from datetime import timedelta

from django.core.files.base import ContentFile
from django.db.models.fields.files import FieldFile

from controls.models import ReportJob
from riskreg.work_queue import Queue

QUEUE = Queue(ReportJob, silence=timedelta(minutes=5), again=(ReportJob.State.FAILED,), goes_on=True)
"""What failed may be claimed again by whoever asks for it; the files that are there already stay."""


def put(field: FieldFile, content: ContentFile[bytes]) -> None:
    """Store the file in its one place, over what an interrupted worker may have left there."""
    field.storage.delete(field.field.generate_filename(field.instance, ""))
    field.save("", content, save=False)
