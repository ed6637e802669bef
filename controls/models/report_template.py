"""Word templates of units."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from riskreg.access.sight import units_seen_by
from riskreg.models.history import tracked
from riskreg.models.unit import ancestors

if TYPE_CHECKING:
    from riskreg.models import Unit, User


def template_path(template: ReportTemplate, filename: str) -> str:
    """Return a path nobody can guess or collide with."""
    return f"report-templates/{uuid.uuid4().hex}.docx"


class ReportTemplateQuerySet(models.QuerySet["ReportTemplate"]):
    def visible_to(self, user: User) -> ReportTemplateQuerySet:
        return self.filter(units_seen_by(user, "unit"))

    def applying_to(self, unit: Unit) -> ReportTemplateQuerySet:
        """Keep the active templates of the unit and those above it, the nearest and newest first."""
        return self.filter(unit__path__in=ancestors(unit.path), is_active=True).order_by("-unit__path", "-version")


class ReportTemplate(models.Model):
    """A Word template of a unit's own, for its reports and those of the units below. A new one is a new version."""

    unit = models.ForeignKey(
        "riskreg.Unit",
        verbose_name=_("unit"),
        on_delete=models.PROTECT,
        related_name="+",
        help_text=_("Its reports, and those of the units below it, are written in this template."),
    )
    version = models.PositiveSmallIntegerField(_("version"), editable=False)
    file = models.FileField(_("Word template"), upload_to=template_path, max_length=200)
    name = models.CharField(_("file name"), max_length=255, editable=False)
    sha256 = models.CharField("SHA-256", max_length=64, editable=False)
    note = models.CharField(_("note"), max_length=300, blank=True, help_text=_("What is new in it."))
    is_active = models.BooleanField(
        _("in use"), default=True, help_text=_("Untick to go back to the version before, or to the product's own template.")
    )
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("uploaded by"), editable=False, on_delete=models.PROTECT, related_name="+"
    )
    uploaded_at = models.DateTimeField(_("uploaded"), editable=False)

    objects = ReportTemplateQuerySet.as_manager()
    history = tracked()

    class Meta:
        verbose_name = _("report template")
        verbose_name_plural = _("report templates")
        ordering = ["unit", "-version"]
        constraints = [
            models.UniqueConstraint(fields=["unit", "version"], name="template_version_is_unique_in_its_unit"),
        ]

    def __str__(self) -> str:
        return _("%(name)s, version %(version)d") % {"name": self.name, "version": self.version}
