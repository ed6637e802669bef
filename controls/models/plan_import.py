"""Imports on their way, and the meaning of headings that units have chosen."""

from __future__ import annotations

import uuid
from pathlib import PurePath
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from riskreg.access.sight import units_where
from riskreg.access.verbs import Verb

if TYPE_CHECKING:
    from riskreg.models import User


def import_path(plan_import: PlanImport, filename: str) -> str:
    """Return a path nobody can guess or collide with."""
    return f"imports/{uuid.uuid4().hex}{PurePath(filename).suffix.lower()[:10]}"


class PlanImportQuerySet(models.QuerySet["PlanImport"]):
    def visible_to(self, user: User) -> PlanImportQuerySet:
        """Keep the imports of the units where the user builds plans."""
        return self.filter(units_where(user, Verb.CHANGE_PLAN, "unit"))


class PlanImport(models.Model):
    """A file on its way into a plan: uploaded, previewed, confirmed. Machinery: what it changes has the history."""

    class State(models.TextChoices):
        UPLOADED = "uploaded", _("Waiting for confirmation")
        CONFIRMED = "confirmed", _("Imported")
        ABANDONED = "abandoned", _("Abandoned")

    unit = models.ForeignKey("riskreg.Unit", verbose_name=_("unit"), on_delete=models.PROTECT, related_name="+")
    year = models.PositiveSmallIntegerField(_("year"))
    matrix = models.ForeignKey("riskreg.RiskMatrix", verbose_name=_("risk matrix"), on_delete=models.PROTECT, related_name="+")
    closing = models.ForeignKey(
        "controls.Closing", verbose_name=_("closing"), null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    file = models.FileField(_("file"), upload_to=import_path, max_length=200)
    name = models.CharField(_("file name"), max_length=255)
    sha256 = models.CharField("SHA-256", max_length=64)
    mapping = models.JSONField(_("columns"), default=dict, blank=True)
    answers = models.JSONField(_("answers"), default=dict, blank=True, editable=False)
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.UPLOADED)
    outcome = models.JSONField(_("outcome"), default=dict, blank=True)
    account = models.JSONField(_("account of the file"), default=dict, blank=True, editable=False)
    plan = models.ForeignKey(
        "riskreg.ControlPlan", verbose_name=_("plan"), null=True, blank=True, on_delete=models.SET_NULL, related_name="imports"
    )
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("uploaded by"), null=True, on_delete=models.SET_NULL, related_name="+"
    )
    uploaded_at = models.DateTimeField(_("uploaded"), auto_now_add=True)
    confirmed_at = models.DateTimeField(_("imported"), null=True, blank=True)

    objects = PlanImportQuerySet.as_manager()

    class Meta:
        verbose_name = _("plan import")
        verbose_name_plural = _("plan imports")
        ordering = ["-uploaded_at"]
        constraints = [
            models.CheckConstraint(
                name="a_confirmed_import_has_its_time", condition=Q(state="confirmed") ^ Q(confirmed_at__isnull=True)
            ),
        ]

    def __str__(self) -> str:
        return self.name


class ColumnMapping(models.Model):
    """The field that a unit has chosen for a heading of its files, for the next import."""

    unit = models.ForeignKey("riskreg.Unit", on_delete=models.CASCADE, related_name="column_mappings")
    heading = models.CharField(_("heading, normalised"), max_length=200)
    field = models.CharField(_("field"), max_length=30, blank=True, help_text=_("Empty: the column is left out."))

    class Meta:
        verbose_name = _("column mapping")
        verbose_name_plural = _("column mappings")
        constraints = [models.UniqueConstraint(fields=["unit", "heading"], name="a_heading_means_one_thing_in_a_unit")]

    def __str__(self) -> str:
        return f"{self.heading} → {self.field}"
