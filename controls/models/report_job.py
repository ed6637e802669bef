"""Jobs that write report files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _

from riskreg.models.author import Author
from riskreg.work_queue import OPEN

if TYPE_CHECKING:
    from riskreg.models import User


def job_path(job: ReportJob, filename: str) -> str:
    """Return a path nobody can guess, always the same for a job.

    A file left by an interrupted worker is found again.
    """
    mark = salted_hmac("controls.reportjob", f"{job.pk}", algorithm="sha256").hexdigest()
    return f"report-jobs/{mark[:32]}.{job.ending}"


class ReportJobQuerySet(models.QuerySet["ReportJob"]):
    def visible_to(self, user: User) -> ReportJobQuerySet:
        """Keep the user's own jobs: a draft shows what its author may see."""
        return self.filter(asked_by=user.pk)


class ReportJob(models.Model):
    """Files that take long to write, asked for by somebody and written by the worker. Machinery: no history.

    With `report`: the files of a report that is handed in. Without: one file of a report as its author sees it now, with its
    mark (riskreg.trail.marks).
    """

    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        RUNNING = "running", _("Being written")
        DONE = "done", _("Done")
        FAILED = "failed", _("Could not be written")
        GIVEN_UP = "given_up", _("Given up")

    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("asked for by"), on_delete=models.CASCADE, related_name="+"
    )
    asked_for = models.CharField(_("as deputy for"), max_length=400, blank=True, default="")
    asked_at = models.DateTimeField(_("asked for"))
    seen_at = models.DateTimeField(_("last progress"))
    language = models.CharField(_("language"), max_length=2)
    report = models.OneToOneField(
        "controls.HandedInReport", verbose_name=_("report"), null=True, on_delete=models.PROTECT, related_name="job"
    )
    kind = models.CharField(_("report"), max_length=20)
    subject = models.PositiveBigIntegerField(_("subject"))
    occasion = models.CharField(_("closing"), max_length=20)
    ending = models.CharField(_("format"), max_length=4, blank=True)
    is_public = models.BooleanField(_("public"), default=False)
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.WAITING)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    done = models.PositiveSmallIntegerField(_("steps done"), default=0)
    total = models.PositiveSmallIntegerField(_("steps"))
    file = models.FileField(_("file"), upload_to=job_path, max_length=200, blank=True)
    mark = models.CharField(_("mark of the file"), max_length=129, blank=True, default="")
    name = models.CharField(_("file name"), max_length=255, blank=True)
    risks: models.JSONField[Any, Any] = models.JSONField(_("risks that the file may speak of"), default=list, blank=True)

    objects = ReportJobQuerySet.as_manager()

    class Meta:
        verbose_name = _("report being written")
        verbose_name_plural = _("reports being written")
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(name="no_more_steps_are_done_than_there_are", condition=Q(done__lte=models.F("total"))),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.subject} {self.occasion}"

    @property
    def author(self) -> Author:
        """The author who asked, and as whose deputy: the worker writes in their name."""
        return Author(self.asked_by, self.asked_for)

    @property
    def is_open(self) -> bool:
        return self.state in OPEN
