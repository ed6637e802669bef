"""Runs: long work on a population, done by the worker."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from controls.models.follow_up import follow_ups_seen_by
from controls.models.long_run import LongRun
from riskreg.work_queue import OPEN

if TYPE_CHECKING:
    from riskreg.models import User


class SamplingRunQuerySet(models.QuerySet["SamplingRun"]):
    def visible_to(self, user: User) -> SamplingRunQuerySet:
        return self.filter(follow_ups_seen_by(user, "population"))

    def open(self) -> SamplingRunQuerySet:
        return self.filter(state__in=OPEN)

    def changing(self) -> SamplingRunQuerySet:
        """Keep the runs that change the population or draw from it; the others only read."""
        return self.exclude(kind=SamplingRun.Kind.VERIFY)

    def verifications(self) -> SamplingRunQuerySet:
        return self.filter(kind=SamplingRun.Kind.VERIFY)


class SamplingRun(LongRun):
    """One long piece of work on a population: read the file in, lock it, draw from it, verify a sample.

    Machinery: what it changes has the history. One at a time on a population; its results are written in one
    transaction at its end. Without `asked_by` the product itself asked for it: a draw that the schedule began.

    A verification changes nothing, so it waits for no other and none waits for it; there is one at a time of a
    sample. Its `outcome` (controls.sampling.drawing.verification.as_outcome) is for users who may verify and nobody
    else.
    """

    class Kind(models.TextChoices):
        READ = "read", _("Read the file")
        CHECK = "check", _("Check the rows")
        LOCK = "lock", _("Lock")
        DRAW = "draw", _("Draw")
        VERIFY = "verify", _("Verify")

    population = models.ForeignKey("controls.Population", on_delete=models.CASCADE, related_name="runs")
    sample = models.ForeignKey("controls.Sample", null=True, blank=True, on_delete=models.CASCADE, related_name="runs")
    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices)
    outcome: models.JSONField[Any, Any] = models.JSONField(_("outcome"), default=dict, blank=True)

    objects = SamplingRunQuerySet.as_manager()

    class Meta:
        verbose_name = _("sampling run")
        verbose_name_plural = _("sampling runs")
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["population"],
                condition=Q(state__in=["waiting", "running"]) & ~Q(kind="verify"),
                name="one_thing_at_a_time_is_done_with_a_population",
            ),
            models.UniqueConstraint(
                fields=["sample"],
                condition=Q(state__in=["waiting", "running"], kind="verify"),
                name="a_sample_is_verified_once_at_a_time",
            ),
            models.CheckConstraint(name="what_is_verified_is_a_sample", condition=~Q(kind="verify") | Q(sample__isnull=False)),
            models.CheckConstraint(
                name="a_finished_run_has_its_time",
                condition=Q(state__in=["waiting", "running"]) ^ Q(finished_at__isnull=False),
            ),
            models.CheckConstraint(
                name="only_a_draw_is_asked_for_by_riskreg_itself", condition=Q(asked_by__isnull=False) | Q(kind="draw")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}, {self.get_state_display()}"
