"""What is typed into a form and not sent yet, kept for the person who types it."""

from __future__ import annotations

from django.conf import settings
from django.db import models


class Unsent(models.Model):
    """The fields of one form of one person, as they stood when the browser last kept them.

    Nobody else reads it, no history holds it, and it is emptied when the form is sent. Rules: riskreg.web.unsent.
    """

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    form = models.CharField(max_length=300)
    """The address that the form is sent to; "#" and a name after it where a page has several of one address."""
    fields = models.JSONField(default=dict)
    """The values by field, with the words of choices that are searched for; empty once the form is sent."""
    page = models.CharField(max_length=36)
    """The opened page that kept it last, or sent it."""
    revision = models.PositiveIntegerField(default=1)
    kept_at = models.DateTimeField()

    class Meta:
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["owner", "form"], name="unsent_once_per_form")]
        indexes = [models.Index(fields=["kept_at"], name="unsent_by_age")]

    def __str__(self) -> str:
        return self.form
