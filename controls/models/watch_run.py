"""Runs of a register's watched rules, and what each rule gave in them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from controls.models.long_run import LongRun
from riskreg.access.sight import units_seen_by
from riskreg.models.history import tracked
from riskreg.work_queue import OPEN

if TYPE_CHECKING:
    from riskreg.models import User


class WatchRunQuerySet(models.QuerySet["WatchRun"]):
    def visible_to(self, user: User) -> WatchRunQuerySet:
        return self.filter(units_seen_by(user, "register__unit"))

    def open(self) -> WatchRunQuerySet:
        return self.filter(state__in=OPEN)


class WatchRun(LongRun):
    """One run of all rules that are watched in a register, on the latest snapshots. One at a time waits.

    `repeats` are the outcomes of earlier runs that it found again, by their keys: the same rules on the same snapshots, with
    nothing new, returned, changed or gone. They are not written once more, or a register that is asked every day would add a
    row for each rule and day.
    """

    class Cause(models.TextChoices):
        SNAPSHOT = "snapshot", _("A new snapshot")
        UNCHANGED = "unchanged", _("The latest snapshot still holds")
        SWITCHED = "switched", _("A rule was switched on")
        CHANGED = "changed", _("The register is read in another way")
        LATE = "late", _("An older snapshot came late: nothing was run on it")

    register = models.ForeignKey("controls.Register", on_delete=models.CASCADE, related_name="watch_runs")
    cause = models.CharField(_("cause"), max_length=10, choices=Cause.choices)
    snapshot = models.ForeignKey("controls.RegisterSnapshot", null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    repeats: models.JSONField[Any, Any] = models.JSONField(_("what was found again"), default=list, blank=True)

    objects = WatchRunQuerySet.as_manager()

    class Meta:
        verbose_name = _("run of watched rules")
        verbose_name_plural = _("runs of watched rules")
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(fields=["register"], condition=Q(state="waiting"), name="one_run_of_a_registers_rules_waits"),
            models.CheckConstraint(
                name="a_finished_run_of_rules_has_its_time",
                condition=Q(state__in=["waiting", "running"]) ^ Q(finished_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_cause_display()}, {self.get_state_display()}"


class WatchOutcome(models.Model):
    """What one rule gave in a run: on which snapshots, how many subjects, and what became of their alerts. It stands."""

    class Result(models.TextChoices):
        TOLD = "told", _("Told")
        ASKED = "asked", _("Asked first")
        STOPPED = "stopped", _("Stopped")

    run = models.ForeignKey(WatchRun, on_delete=models.CASCADE, related_name="outcomes")
    watch = models.ForeignKey("controls.Watch", on_delete=models.PROTECT, related_name="outcomes")
    result = models.CharField(_("result"), max_length=10, choices=Result.choices)
    snapshots: models.JSONField[Any, Any] = models.JSONField(_("snapshots"), default=dict)
    hits = models.PositiveIntegerField(_("hits"), default=0)
    new = models.PositiveIntegerField(_("new"), default=0)
    returned = models.PositiveIntegerField(_("returned"), default=0)
    changed = models.PositiveIntegerField(_("changed"), default=0)
    unchanged = models.PositiveIntegerField(_("unchanged"), default=0)
    gone = models.PositiveIntegerField(_("no longer holding"), default=0)

    history = tracked()

    class Meta:
        verbose_name = _("what a watched rule gave")
        verbose_name_plural = _("what watched rules gave")
        ordering = ["run", "watch"]
        constraints = [models.UniqueConstraint(fields=["run", "watch"], name="a_rule_gives_one_outcome_in_a_run")]

    def __str__(self) -> str:
        return f"{self.watch}, {self.get_result_display()}"
