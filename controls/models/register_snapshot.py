"""Snapshots of registers: what a file said on a day."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from riskreg.access.sight import units_seen_by
from riskreg.models.history import tracked

if TYPE_CHECKING:
    from riskreg.models import User


def snapshot_path(snapshot: RegisterSnapshot, filename: str) -> str:
    """Return a path nobody can guess or collide with; the original name is a column, never a path."""
    return f"registers/{uuid.uuid4().hex}.parquet"


class RegisterSnapshotQuerySet(models.QuerySet["RegisterSnapshot"]):
    def visible_to(self, user: User) -> RegisterSnapshotQuerySet:
        return self.filter(units_seen_by(user, "register__unit"))

    def taken(self) -> RegisterSnapshotQuerySet:
        """Keep those that were taken and have their file, the latest in time first.

        Each with the hash that its history states (`stated_sha256`), which its file is held against.
        """
        newest = RegisterSnapshot.history.filter(id=models.OuterRef("pk")).order_by("-history_id").values("sha256")[:1]
        taken = self.filter(state=RegisterSnapshot.State.TAKEN).order_by("-as_of", "-pk")
        return taken.annotate(stated_sha256=models.Subquery(newest))

    def before(self, snapshot: RegisterSnapshot) -> RegisterSnapshotQuerySet:
        """Keep the taken snapshots of the same register that lie before this one in time, the nearest first."""
        taken = self.taken().filter(register=snapshot.register_id)
        if snapshot.register.is_in_parts:
            # A part may tell of any days: the one before it is the one that was taken before it.
            taken, moment = taken.order_by("-taken_at", "-pk"), snapshot.taken_at
            return taken.filter(Q(taken_at__lt=moment) | Q(taken_at=moment, pk__lt=snapshot.pk)) if moment else taken
        return taken.filter(Q(as_of__lt=snapshot.as_of) | Q(as_of=snapshot.as_of, pk__lt=snapshot.pk))


class RegisterSnapshot(models.Model):
    """What a register's file said on a day, stored as one table; once it is taken, it does not change.

    `as_of` is the day it tells of, which may be earlier than others that came before it. `first_day` and `last_day` are the days
    that a ledger's file holds, by its rows or as they were stated (controls.monitoring.snapshots.parts). `sha256` is the hash of
    the stored file's bytes. `facts` is what was found when it was read: what could not be read, keys that are there twice, what a
    person was asked (controls.monitoring.registers.asks).
    """

    class State(models.TextChoices):
        DRAFT = "draft", _("Draft")
        TAKEN = "taken", _("Taken")
        WEEDED = "weeded", _("Weeded")

    class Way(models.TextChoices):
        UPLOAD = "upload", _("Uploaded")
        FOLDER = "folder", _("From the watched folder")
        COMMAND = "command", _("By a command on the server")
        FETCHED = "fetched", _("Fetched from its address")

    register = models.ForeignKey(
        "controls.Register", verbose_name=_("register"), on_delete=models.PROTECT, related_name="snapshots"
    )
    as_of = models.DateField(_("day it tells of"))
    first_day = models.DateField(_("first day of its period"), null=True, blank=True, editable=False)
    last_day = models.DateField(_("last day of its period"), null=True, blank=True, editable=False)
    note = models.CharField(_("note"), max_length=500, blank=True)
    file = models.FileField(_("file"), upload_to=snapshot_path, max_length=200, blank=True, editable=False)
    original_name = models.CharField(_("file name"), max_length=255, editable=False)
    original_format = models.CharField(_("file format"), max_length=10, editable=False)
    original_encoding = models.CharField(_("encoding"), max_length=20, blank=True, editable=False)
    original_sha256 = models.CharField(_("SHA-256 of the file that came"), max_length=64, editable=False)
    sha256 = models.CharField("SHA-256", max_length=64, blank=True, editable=False)
    row_count = models.PositiveBigIntegerField(_("rows"), null=True, blank=True, editable=False)
    columns: models.JSONField[Any, Any] = models.JSONField(_("columns"), default=list, blank=True, editable=False)
    mapping: models.JSONField[Any, Any] = models.JSONField(_("known columns"), default=dict, blank=True, editable=False)
    facts: models.JSONField[Any, Any] = models.JSONField(_("what was found"), default=dict, blank=True, editable=False)
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.DRAFT, editable=False)
    way = models.CharField(_("how it came"), max_length=10, choices=Way.choices, default=Way.UPLOAD, editable=False)
    uploaded_at = models.DateTimeField(_("came in"), editable=False)
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("uploaded by"),
        null=True,
        blank=True,
        editable=False,
        on_delete=models.PROTECT,
        related_name="+",
    )
    taken_at = models.DateTimeField(_("taken"), null=True, blank=True, editable=False)
    weeded_at = models.DateTimeField(_("weeded"), null=True, blank=True, editable=False)

    objects = RegisterSnapshotQuerySet.as_manager()
    # The facts may quote cells of single rows, and can be made again from the file.
    history = tracked(excluded_fields=["facts"])

    class Meta:
        verbose_name = _("snapshot")
        verbose_name_plural = _("snapshots")
        ordering = ["-as_of", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["register", "original_sha256", "as_of"],
                condition=~Q(state="weeded"),
                name="the_same_file_of_a_day_is_one_snapshot",
            ),
            models.CheckConstraint(
                name="a_snapshots_period_has_both_its_days",
                condition=Q(first_day__isnull=True, last_day__isnull=True)
                | Q(first_day__isnull=False, last_day__isnull=False, first_day__lte=F("last_day")),
            ),
            models.UniqueConstraint(
                fields=["register", "original_sha256"], condition=Q(state="draft"), name="the_same_file_waits_once"
            ),
            models.CheckConstraint(
                name="a_taken_snapshot_says_when_how_many_and_what",
                condition=Q(state="draft") | (Q(taken_at__isnull=False, row_count__isnull=False) & ~Q(sha256="")),
            ),
            models.CheckConstraint(name="a_draft_snapshot_is_not_taken", condition=~Q(state="draft") | Q(taken_at__isnull=True)),
            models.CheckConstraint(name="a_weeded_snapshot_says_when", condition=Q(state="weeded") ^ Q(weeded_at__isnull=True)),
            models.CheckConstraint(name="a_weeded_snapshot_has_no_file", condition=~Q(state="weeded") | Q(file="")),
            models.CheckConstraint(name="what_is_uploaded_names_who", condition=~Q(way="upload") | Q(uploaded_by__isnull=False)),
        ]
        indexes = [models.Index(fields=["register", "state", "as_of"], name="snapshot_in_time")]

    def __str__(self) -> str:
        return f"{self.register}, {self.as_of}"

    @property
    def is_taken(self) -> bool:
        return self.state == self.State.TAKEN

    @property
    def is_weeded(self) -> bool:
        return self.state == self.State.WEEDED

    @property
    def is_read(self) -> bool:
        """True if its file has been read and is there."""
        return bool(self.file)

    @property
    def asks(self) -> list[dict[str, Any]]:
        """What a person has to answer before it can be taken."""
        return list(self.facts.get("asks", [])) if self.state == self.State.DRAFT else []

    def get_absolute_url(self) -> str:
        from django.urls import reverse

        return reverse("register_snapshot", args=[self.register_id, self.pk])
