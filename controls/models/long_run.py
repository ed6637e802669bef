"""The columns of long work that the worker does: a row of a queue (riskreg.work_queue) that reads or writes a file."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from riskreg.models.author import Author
from riskreg.work_queue import OPEN


class LongRun(models.Model):
    """One long piece of work. Machinery: what it changes has the history.

    Its results are written in one transaction at its end. Without `asked_by` the product itself asked for it.
    """

    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        RUNNING = "running", _("Running")
        DONE = "done", _("Done")
        FAILED = "failed", _("Could not be completed")
        CANCELLED = "cancelled", _("Cancelled")

    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.WAITING)
    upload = models.CharField(_("uploaded file"), max_length=200, blank=True)
    arguments: models.JSONField[Any, Any] = models.JSONField(_("arguments"), default=dict, blank=True)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("asked for by"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    asked_for = models.CharField(_("as deputy for"), max_length=400, blank=True, default="")
    asked_at = models.DateTimeField(_("asked for"))
    seen_at = models.DateTimeField(_("last progress"))
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)
    attempt = models.PositiveIntegerField(_("attempt"), default=0)
    done = models.PositiveBigIntegerField(_("done"), default=0)
    total = models.PositiveBigIntegerField(_("of"), default=0)
    problem = models.TextField(_("problem"), blank=True)

    class Meta:
        abstract = True

    @property
    def is_open(self) -> bool:
        return self.state in OPEN

    @property
    def is_small(self) -> bool:
        """Whether the user can wait for it."""
        return bool(self.arguments.get("is_small"))

    @property
    def author(self) -> Author:
        """The author who asked, and as whose deputy: the worker writes in their name. Without one it is the product itself."""
        return Author(self.asked_by, self.asked_for)
