"""The files of a report with a real worker that is killed while it writes them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from controls import tasks
from controls.models import HandedInFile, HandedInReport, ReportJob
from controls.models.handed_in_report import report_path
from controls.reporting import jobs
from controls.reporting.handing_in.verbs import hand_in, is_as_handed_in, is_intact
from controls.reporting.kinds import KINDS
from riskreg import clock
from riskreg.trail.verification import verify
from tests import settings as base
from tests.cast import Cast, make_many_risks
from tests.reporting.subjects import subject
from tests.services import WorkerProcess, broker
from tests.waiting import wait_until

pytestmark = [pytest.mark.faults, pytest.mark.django_db(transaction=True)]
ENDINGS = {"docx", "pdf", "xlsx", "json"}


def waited_for(is_so: Callable[[], bool], seconds: float = 60) -> None:
    wait_until(is_so, lambda: list(ReportJob.objects.values()), seconds=seconds, every=0.02)


def test_a_worker_killed_while_it_writes_leaves_one_set_of_whole_files(
    cast: Cast, celery_worker_process: WorkerProcess, settings: Any
) -> None:
    settings.MEDIA_ROOT = str(base.MEDIA_ROOT)
    folder = Path(settings.MEDIA_ROOT) / "reports"
    before = set(folder.glob("*"))
    make_many_risks(cast.plan, 600, closing=cast.interim, performer=cast.karin, history=True)
    report: HandedInReport = hand_in(KINDS["follow_up"], subject(cast, "follow_up"), by=cast.johan, reason="Prov")
    tasks.write_report.delay(report.job.pk)
    # The Word file is there, and the PDF is being set by a process of its own.
    waited_for(report.files.exists)
    celery_worker_process.kill()
    job, there = ReportJob.objects.get(pk=report.job.pk), set(report.files.values_list("pk", "sha256"))
    assert job.state == "running"
    assert 1 <= len(there) < len(ENDINGS)
    # As if it had been killed a moment later, with half of the next file written.
    unwritten = ENDINGS - set(report.files.values_list("ending", flat=True))
    next_one = HandedInFile(report=report, ending=min(unwritten), is_public=True)
    (Path(settings.MEDIA_ROOT) / report_path(next_one, "")).write_bytes(b"half of it")
    assert not jobs.write(job.pk)  # its worker may yet be alive
    assert jobs.waiting(clock.now()) == []
    # Five minutes' silence, without the minutes.
    ReportJob.objects.filter(pk=job.pk).update(seen_at=clock.now() - timedelta(minutes=6))
    celery_worker_process.start()
    tasks.resume_report_jobs.delay()
    waited_for(lambda: ReportJob.objects.get(pk=job.pk).state == "done")
    files = list(report.files.all())
    assert {file.ending for file in files} == ENDINGS
    assert len(files) == len(ENDINGS)
    assert there <= {(file.pk, file.sha256) for file in files}
    assert all(is_as_handed_in(file) for file in files)
    assert set(folder.glob("*")) - before == {Path(file.file.path) for file in files}
    assert is_intact(HandedInReport.objects.get(pk=report.pk))
    assert verify([report.trail_head]).found == 0
    # The dead worker's copy is handed out again after the broker's half hour; then there is nothing left to do.
    assert not jobs.write(job.pk)
    broker().flushdb()
