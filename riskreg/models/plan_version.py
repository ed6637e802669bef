"""Adopted versions of plans."""

from __future__ import annotations

import uuid
from pathlib import PurePath
from typing import TYPE_CHECKING, Any, NoReturn

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from riskreg.models.history import tracked

if TYPE_CHECKING:
    from riskreg.models.user import User


def document_path(version: PlanVersion, filename: str) -> str:
    """Return a path nobody can guess or collide with; the original name is a column, never a path."""
    return f"decisions/{uuid.uuid4().hex}{PurePath(filename).suffix.lower()[:10]}"


class ImmutableRecord(TypeError):
    """An attempt to change or delete a record that is written once: a programming error, never a user's."""


class PlanVersionQuerySet(models.QuerySet["PlanVersion"]):
    def visible_to(self, user: User) -> PlanVersionQuerySet:
        """Keep the versions of the plans the user sees; readers leave confidential risks out."""
        from riskreg.access.sight import units_seen_by

        return self.filter(units_seen_by(user, "plan__unit"))

    def update(self, **values: Any) -> NoReturn:
        raise ImmutableRecord("A plan's adopted version is never changed.")

    def delete(self) -> NoReturn:
        raise ImmutableRecord("A plan's adopted version is never deleted.")


class PlanVersion(models.Model):
    """A plan as it was adopted: the decision, and every risk and control as they stood. Written once."""

    plan = models.ForeignKey("riskreg.ControlPlan", verbose_name=_("plan"), on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveSmallIntegerField(_("version"))
    adopted_on = models.DateField(_("adopted on"))
    paragraph = models.CharField(_("paragraph"), max_length=20)
    document = models.FileField(_("document"), upload_to=document_path, max_length=200, blank=True)
    document_name = models.CharField(_("file name"), max_length=255, blank=True)
    document_sha256 = models.CharField(_("SHA-256 of the document"), max_length=64, blank=True)
    content: models.JSONField[Any, Any] = models.JSONField(_("content"))
    content_sha256 = models.CharField(_("SHA-256 of the content"), max_length=64)
    made_at = models.DateTimeField(_("entered"))
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("entered by"), on_delete=models.PROTECT, related_name="+"
    )

    objects = PlanVersionQuerySet.as_manager()
    # The content's hash is in the history, and so under the seals; the content itself need not be there twice.
    history = tracked(excluded_fields=["content"])

    class Meta:
        verbose_name = _("adopted version")
        verbose_name_plural = _("adopted versions")
        ordering = ["plan", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["plan", "number"], name="version_number_is_unique_in_its_plan"),
            models.CheckConstraint(name="an_adopted_version_names_its_paragraph", condition=~Q(paragraph="")),
            models.CheckConstraint(
                name="a_decision_document_has_name_and_hash",
                condition=Q(document="", document_name="", document_sha256="")
                | (~Q(document="") & ~Q(document_name="") & ~Q(document_sha256="")),
            ),
        ]

    def __str__(self) -> str:
        return _("%(plan)s, version %(number)d") % {"plan": self.plan, "number": self.number}

    def save(self, *args: Any, **kwargs: Any) -> None:
        if self.pk is not None:
            raise ImmutableRecord("A plan's adopted version is never changed.")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise ImmutableRecord("A plan's adopted version is never deleted.")

    def get_absolute_url(self) -> str:
        from django.urls import reverse

        return reverse("plan_version", args=[self.plan_id, self.number])
