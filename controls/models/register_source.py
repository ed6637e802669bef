"""Sources of registers: addresses that a register's file is fetched from, as the settings name them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models
from django.utils.translation import gettext_lazy as _

from riskreg.access.sight import units_seen_by

if TYPE_CHECKING:
    from riskreg.models import User


class RegisterSourceQuerySet(models.QuerySet["RegisterSource"]):
    def visible_to(self, user: User) -> RegisterSourceQuerySet:
        return self.filter(units_seen_by(user, "register__unit"))


class RegisterSource(models.Model):
    """What was last heard from an address that a register is fetched from. The settings say which there are.

    Bookkeeping, without history: what a fetch brought is a snapshot, and that has one.
    """

    class Outcome(models.TextChoices):
        NEW = "new", _("A new snapshot")
        UNCHANGED = "unchanged", _("Nothing new")
        FAILED = "failed", _("Could not be fetched")

    register = models.OneToOneField(
        "controls.Register", verbose_name=_("register"), on_delete=models.CASCADE, related_name="source"
    )
    url = models.CharField(_("address"), max_length=1000)
    asked_at = models.DateTimeField(_("last asked"), null=True)
    came_at = models.DateTimeField(_("last new file"), null=True)
    outcome = models.CharField(_("outcome"), max_length=10, choices=Outcome.choices, blank=True)
    problem = models.CharField(_("problem"), max_length=20, blank=True)
    detail = models.TextField(_("detail"), blank=True)
    failures = models.PositiveSmallIntegerField(_("failures in a row"), default=0)
    etag = models.CharField(max_length=500, blank=True)
    last_modified = models.CharField(max_length=100, blank=True)
    sha256 = models.CharField(_("SHA-256 of the latest file"), max_length=64, blank=True)

    objects = RegisterSourceQuerySet.as_manager()

    class Meta:
        verbose_name = _("source of a register")
        verbose_name_plural = _("sources of registers")
        ordering = ["register"]

    def __str__(self) -> str:
        return self.url
