"""Confirmations: that a register was asked on a day, and was as its latest snapshot says."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from controls.models.register_snapshot import RegisterSnapshot
from riskreg.access.sight import units_seen_by
from riskreg.models.history import tracked

if TYPE_CHECKING:
    from riskreg.models import User


class SnapshotConfirmationQuerySet(models.QuerySet["SnapshotConfirmation"]):
    def visible_to(self, user: User) -> SnapshotConfirmationQuerySet:
        return self.filter(units_seen_by(user, "snapshot__register__unit"))


class SnapshotConfirmation(models.Model):
    """A register that was unchanged: what was fetched or handed in on a later day was the latest snapshot's very file.

    One a day, and it stands: the follow-ups of a period count the register as watched by it.
    """

    snapshot = models.ForeignKey(
        "controls.RegisterSnapshot", verbose_name=_("snapshot"), on_delete=models.PROTECT, related_name="confirmations"
    )
    unchanged_on = models.DateField(_("unchanged on"))
    way = models.CharField(_("how it came"), max_length=10, choices=RegisterSnapshot.Way.choices)
    confirmed_at = models.DateTimeField(_("noted"))
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("handed in by"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )

    objects = SnapshotConfirmationQuerySet.as_manager()
    history = tracked()

    class Meta:
        verbose_name = _("unchanged register")
        verbose_name_plural = _("unchanged registers")
        ordering = ["snapshot", "unchanged_on"]
        constraints = [
            models.UniqueConstraint(fields=["snapshot", "unchanged_on"], name="a_snapshot_is_confirmed_once_a_day"),
        ]

    def __str__(self) -> str:
        return f"{self.snapshot}, {self.unchanged_on}"
