"""Runs: the reading of a register's file, done by the worker."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from controls.models.long_run import LongRun
from riskreg.access.sight import units_seen_by
from riskreg.work_queue import OPEN

if TYPE_CHECKING:
    from riskreg.models import User


class RegisterRunQuerySet(models.QuerySet["RegisterRun"]):
    def visible_to(self, user: User) -> RegisterRunQuerySet:
        return self.filter(units_seen_by(user, "snapshot__register__unit"))

    def open(self) -> RegisterRunQuerySet:
        return self.filter(state__in=OPEN)


class RegisterRun(LongRun):
    """One reading of a snapshot's file: as it came, or again with other columns. One at a time of a snapshot."""

    class Kind(models.TextChoices):
        READ = "read", _("Read the file")
        MAP = "map", _("Read the columns anew")

    snapshot = models.ForeignKey("controls.RegisterSnapshot", on_delete=models.CASCADE, related_name="runs")
    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices)

    objects = RegisterRunQuerySet.as_manager()

    class Meta:
        verbose_name = _("reading of a register")
        verbose_name_plural = _("readings of registers")
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["snapshot"],
                condition=Q(state__in=["waiting", "running"]),
                name="one_thing_at_a_time_is_done_with_a_snapshot",
            ),
            models.CheckConstraint(
                name="a_finished_reading_has_its_time",
                condition=Q(state__in=["waiting", "running"]) ^ Q(finished_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}, {self.get_state_display()}"
