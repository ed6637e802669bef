"""Evidence: the files that back results."""

from __future__ import annotations

import uuid
from functools import reduce
from operator import or_
from pathlib import PurePath
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from controls.models.follow_up import follow_ups_seen_by
from controls.models.inquiry import inquiries_read_by
from riskreg.access.sight import units_where
from riskreg.access.verbs import Verb
from riskreg.models.history import tracked

if TYPE_CHECKING:
    from riskreg.models import User


def evidence_path(evidence: Evidence, filename: str) -> str:
    """Return a path nobody can guess or collide with; the original name is a column, never a path."""
    return f"evidence/{uuid.uuid4().hex}{PurePath(filename).suffix.lower()[:10]}"


_BACKED = ("follow_up", "occasion", "alert", "inquiry")
_ONE_OF_THEM = reduce(or_, (Q(**{f"{other}__isnull": other != one for other in _BACKED}) for one in _BACKED))
"""Exactly one of them is there."""


class EvidenceQuerySet(models.QuerySet["Evidence"]):
    def visible_to(self, user: User) -> EvidenceQuerySet:
        """Keep the evidence the user may see.

        A file that backs a sampled item is for readers of the population's rows, as the item is; one of an alert or an
        inquiry for those who may read that.
        """
        reads = Q(item__isnull=True) | units_where(user, Verb.READ_POPULATION, "item__sample__population__unit")
        of_follow_ups = Q(follow_up__isnull=False) & follow_ups_seen_by(user, "follow_up")
        of_checks = Q(occasion__isnull=False) & follow_ups_seen_by(user, "occasion")
        of_alerts = Q(alert__isnull=False) & units_where(user, Verb.READ_REGISTER, "alert__watch__seen_at")
        of_inquiries = Q(inquiry__isnull=False) & inquiries_read_by(user, "inquiry__")
        return self.filter(reads, of_follow_ups | of_checks | of_alerts | of_inquiries)


class Evidence(models.Model):
    """A file that backs a result, with its hash: of a follow-up, a single check, what was concluded of an alert, an answer."""

    follow_up = models.ForeignKey(
        "controls.FollowUp",
        verbose_name=_("follow-up"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="evidence",
    )
    occasion = models.ForeignKey(
        "controls.Check", verbose_name=_("check"), null=True, blank=True, on_delete=models.PROTECT, related_name="evidence"
    )
    alert = models.ForeignKey(
        "controls.Alert", verbose_name=_("alert"), null=True, blank=True, on_delete=models.PROTECT, related_name="evidence"
    )
    inquiry = models.ForeignKey(
        "controls.Inquiry",
        verbose_name=_("inquiry"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="evidence",
    )
    item = models.ForeignKey(
        "controls.SampleItem",
        verbose_name=_("sampled item"),
        null=True,
        blank=True,
        editable=False,
        on_delete=models.PROTECT,
        related_name="evidence",
    )
    file = models.FileField(_("file"), upload_to=evidence_path, max_length=200)
    name = models.CharField(_("file name"), max_length=255, editable=False)
    size = models.PositiveBigIntegerField(_("size in bytes"), editable=False)
    sha256 = models.CharField("SHA-256", max_length=64, editable=False)
    note = models.CharField(_("note"), max_length=300, blank=True)
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("uploaded by"),
        null=True,
        editable=False,
        on_delete=models.PROTECT,
        related_name="+",
    )
    uploaded_at = models.DateTimeField(_("uploaded"), editable=False)

    objects = EvidenceQuerySet.as_manager()
    history = tracked()

    class Meta:
        verbose_name = _("evidence")
        verbose_name_plural = _("evidence")
        ordering = ["uploaded_at", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["follow_up", "sha256"], name="a_file_backs_a_follow_up_once"),
            models.UniqueConstraint(fields=["occasion", "sha256"], name="a_file_backs_a_check_once"),
            models.UniqueConstraint(fields=["alert", "sha256"], name="a_file_backs_an_alert_once"),
            models.UniqueConstraint(fields=["inquiry", "sha256"], name="a_file_backs_an_inquiry_once"),
            models.CheckConstraint(name="evidence_backs_one_record", condition=_ONE_OF_THEM),
            models.CheckConstraint(name="evidence_is_not_empty", condition=Q(size__gt=0)),
        ]

    def __str__(self) -> str:
        return self.name
