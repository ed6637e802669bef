"""Failures of background tasks."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class TaskFailure(models.Model):
    """A failure of a background task: which, when, with what kind of error, where in the code.

    Without personal data: neither the error's text nor the task's arguments are stored, as both can hold names.
    """

    task = models.CharField(_("task"), max_length=200)
    task_id = models.CharField(_("task's id"), max_length=64, unique=True)
    error = models.CharField(_("kind of error"), max_length=200)
    place = models.CharField(_("place in the code"), max_length=300, blank=True)
    failed_at = models.DateTimeField(_("failed"))

    class Meta:
        verbose_name = _("failed task")
        verbose_name_plural = _("failed tasks")
        ordering = ["-failed_at", "-pk"]
        indexes = [models.Index(fields=["-failed_at"], name="task_failures_by_time")]

    def __str__(self) -> str:
        return f"{self.task}: {self.error}"
