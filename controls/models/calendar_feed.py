"""Secret addresses of calendars."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from riskreg.models import User


class CalendarFeedQuerySet(models.QuerySet["CalendarFeed"]):
    def of(self, user: User) -> CalendarFeedQuerySet:
        """Keep the user's own feeds that are open."""
        return self.filter(owner=user.pk, revoked_at__isnull=True)


class CalendarFeed(models.Model):
    """A secret address at which a calendar program reads a person's dates, or a unit's as the person sees them.

    Kept is only the hash of the secret: what is in the database opens nothing. It shows what the owner may see on the day
    it is read, and nothing once the account is closed.
    """

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("owner"), on_delete=models.CASCADE, related_name="calendar_feeds"
    )
    unit = models.ForeignKey(
        "riskreg.Unit", verbose_name=_("unit"), null=True, blank=True, on_delete=models.CASCADE, related_name="+"
    )
    token_hash = models.CharField(_("hash of the secret"), max_length=64, unique=True, editable=False)
    made_at = models.DateTimeField(_("made"))
    revoked_at = models.DateTimeField(_("revoked"), null=True, blank=True)

    objects = CalendarFeedQuerySet.as_manager()

    class Meta:
        verbose_name = _("calendar address")
        verbose_name_plural = _("calendar addresses")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["owner"],
                condition=Q(unit__isnull=True, revoked_at__isnull=True),
                name="a_person_has_one_open_calendar_address",
            ),
            models.UniqueConstraint(
                fields=["owner", "unit"],
                condition=Q(unit__isnull=False, revoked_at__isnull=True),
                name="a_person_has_one_open_calendar_address_a_unit",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.owner}, {self.unit}" if self.unit else f"{self.owner}"
