"""Long reports: ordered here, written by the worker, fetched by the user who ordered."""

from __future__ import annotations

import hashlib
import logging
from datetime import datetime, timedelta

from django.core.files.base import ContentFile
from django.db.models import Q
from django.utils import translation

from controls.models import ReportJob
from controls.models.report_job import job_path
from controls.reporting.handing_in.verbs import write_files
from controls.reporting.job_queue import QUEUE, put
from controls.reporting.kinds import KINDS, Subject
from controls.reporting.reading import seen_risks
from controls.reporting.subjects import subject_of
from controls.reporting.writers.download import download_name
from controls.reporting.writers.registry import WRITERS, Writing
from controls.reporting.writers.word.own_template import template_for
from riskreg import clock
from riskreg.models import Risk, User
from riskreg.models.risk import RiskQuerySet
from riskreg.trail.marks import mark_of
from riskreg.work_queue import OPEN, TakenOver

KEPT = timedelta(days=1)
"""The time for which a written file is kept, and for which a job is tried."""
STEPS_OF_ONE_FILE = 3
YEARS_BACK = 6

log = logging.getLogger(__name__)


def order(user: User, kind: str, subject: Subject, ending: str, *, public: bool) -> tuple[ReportJob, bool]:
    """Queue a job for one file and return it with True; or the one under way for the same file, with False."""
    now = clock.now()
    same = (
        QUEUE.alive(now)
        .visible_to(user)
        .filter(
            kind=kind,
            subject=subject.key,
            occasion=subject.occasion,
            ending=ending,
            is_public=public,
            report__isnull=True,
        )
        .first()
    )
    if same is not None:
        return same, False
    job = ReportJob.objects.create(
        asked_by=user,
        asked_at=now,
        seen_at=now,
        language=(translation.get_language() or "sv")[:2],
        kind=kind,
        subject=subject.key,
        occasion=subject.occasion,
        ending=ending,
        is_public=public,
        total=STEPS_OF_ONE_FILE,
    )
    return job, True


def is_stalled(job: ReportJob) -> bool:
    """Return whether its worker has been silent for so long that it must be taken for dead."""
    return QUEUE.is_silent(job, clock.now())


def waits_for_a_person(job: ReportJob) -> bool:
    """Return whether its reader may start it again."""
    return is_stalled(job) or job.state in {ReportJob.State.FAILED, ReportJob.State.GIVEN_UP}


def give_up(now: datetime) -> int:
    """Mark the jobs that no worker finishes; return their number.

    Several workers died over them, or none has come for a day. A person starts them again.
    """
    hopeless = QUEUE.silent(now).filter(QUEUE.worn_out() | Q(asked_at__lt=now - KEPT))
    return int(hopeless.update(state=ReportJob.State.GIVEN_UP, seen_at=now))


def waiting(now: datetime) -> list[int]:
    """Return the keys of the jobs that no worker has and that another is to take over."""
    left = QUEUE.silent(now).filter(~QUEUE.worn_out(), asked_at__gte=now - KEPT)
    return list(left.values_list("pk", flat=True))


def start_again(job: ReportJob) -> None:
    """Queue a given-up job again, as if it were ordered now."""
    QUEUE.start_again(job, ended_in=ReportJob.State.GIVEN_UP)


def weed(now: datetime) -> int:
    """Delete the jobs that ended before the time they are kept, with the files of drafts; return their number.

    Handed-in reports keep their files, and their jobs until all files are written.
    """
    drafts = Q(report__isnull=True) & ~Q(state__in=OPEN)
    ended = ReportJob.objects.filter(drafts | Q(state=ReportJob.State.DONE), seen_at__lt=now - KEPT)
    gone = 0
    for job in ended.iterator():
        try:
            # A worker that died may have left the file without saying so in the row.
            job.file.storage.delete(job_path(job, ""))
        except OSError:
            log.warning("The file of report job %s could not be removed.", job.pk, exc_info=True)
            continue
        gone += bool(ended.filter(pk=job.pk).delete()[0])
    return gone


def is_over(job: ReportJob) -> bool:
    """Return whether its file has been kept for its time, also before the run that deletes it."""
    return job.seen_at < clock.now() - KEPT


def is_open_still(job: ReportJob, user: User, subject: Subject) -> bool:
    """Return whether every risk that the written file may speak of is open to its reader today.

    Rights end, deputyships too, and a risk may have become confidential since.
    """
    closed = set(_risks_of(subject).values_list("pk", flat=True)) - risks_open_to(user, subject, public=job.is_public)
    return closed.isdisjoint(job.risks)


def risks_open_to(user: User, subject: Subject, *, public: bool) -> set[int]:
    """Return the keys of the subject's risks that are open to the user."""
    return set(_risks_of(subject).filter(pk__in=seen_risks(user, public=public).values("pk")).values_list("pk", flat=True))


def _risks_of(subject: Subject) -> RiskQuerySet:
    """Return the risks that a report of the subject may speak of.

    The unit's and those below it, of the years it looks back on.
    """
    years = range(subject.year - YEARS_BACK, subject.year + 2)
    return Risk.objects.filter(plan__unit__path__startswith=subject.unit.path, plan__year__in=years)


def write(job_id: int) -> bool:
    """Run a job, once; return False when it is done, given up, or another worker has it. What fails can be tried again."""
    job = QUEUE.claim(job_id, "asked_by", "report__unit", "report__closing", "report__handed_in_by")
    if job is None:
        return False
    try:
        _write(job)
        QUEUE.finish(job, done=job.total)
    except TakenOver:
        return False
    except BaseException:
        QUEUE.end(job, ReportJob.State.FAILED)
        raise
    return True


def _write(job: ReportJob) -> None:
    if job.report_id is not None:
        write_files(job)
        return
    kind = KINDS[job.kind]
    with translation.override(job.language):
        subject = subject_of(job.asked_by, kind, job.subject, job.occasion)
        risks = sorted(risks_open_to(job.asked_by, subject, public=job.is_public))
        paper = kind.draw_up(job.asked_by, subject, clock.today(), job.is_public)
        QUEUE.tell(job, 1)
        template = template_for(subject.unit) if job.ending == "docx" else None
        content = WRITERS[job.ending].write(paper, Writing(job.asked_by.get_full_name(), clock.now(), template))
        QUEUE.tell(job, 2)
        job.name = download_name(paper, subject, job.ending, public=job.is_public)
        put(job.file, ContentFile(content))
        mark = mark_of(job, "file", hashlib.sha256(content).hexdigest())
        QUEUE.tell(job, 2, file=job.file.name, name=job.name, risks=risks, mark=mark)
