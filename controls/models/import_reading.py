"""The reading of an uploaded plan: asked for with the upload, done by the worker, kept until the import is over."""

from __future__ import annotations

import uuid
from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from riskreg.work_queue import OPEN


def content_path(reading: ImportReading, filename: str) -> str:
    """Return a path nobody can guess or collide with."""
    return f"imports/{uuid.uuid4().hex}.json.gz"


def pictures_path(reading: ImportReading, filename: str) -> str:
    """Return a path nobody can guess or collide with."""
    return f"imports/{uuid.uuid4().hex}.zip"


class ImportReading(models.Model):
    """A file that is read for an import, by one worker, once. Machinery: no history.

    `problem` is the reason why it cannot be read (code and values), so that each reader has it in their language.
    `content` is all that was read. `pictures` are the first pages of a PDF file, drawn by us, and `pages` says which
    (controls.importing.pictures). `marks` are those of the upload ("file"), of `content` and of `pictures` (riskreg.trail.marks).
    """

    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        RUNNING = "running", _("Being read")
        DONE = "done", _("Done")
        FAILED = "failed", _("Could not be read")

    plan_import = models.OneToOneField(
        "controls.PlanImport", verbose_name=_("plan import"), on_delete=models.CASCADE, related_name="reading"
    )
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.WAITING)
    asked_at = models.DateTimeField(_("asked for"))
    seen_at = models.DateTimeField(_("last progress"))
    finished_at = models.DateTimeField(_("finished"), null=True)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    done = models.PositiveSmallIntegerField(_("steps done"), default=0)
    total = models.PositiveSmallIntegerField(_("steps"), default=100)
    problem: models.JSONField[Any, Any] = models.JSONField(_("problem"), default=dict, blank=True)
    content = models.FileField(_("file"), upload_to=content_path, max_length=200, blank=True)
    pictures = models.FileField(_("pictures of the pages"), upload_to=pictures_path, max_length=200, blank=True)
    marks: models.JSONField[Any, Any] = models.JSONField(_("marks of the files"), default=dict, blank=True)
    pages: models.JSONField[Any, Any] = models.JSONField(_("pages"), default=dict, blank=True)

    class Meta:
        verbose_name = _("reading of an import")
        verbose_name_plural = _("readings of imports")
        constraints = [
            models.CheckConstraint(
                name="no_more_of_a_file_is_read_than_there_is", condition=models.Q(done__lte=models.F("total"))
            ),
        ]

    def __str__(self) -> str:
        return f"{self.plan_import_id} {self.state}"

    @property
    def is_open(self) -> bool:
        return self.state in OPEN
