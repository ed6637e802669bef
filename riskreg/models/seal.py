"""The seals of the audit trail. Machinery: no history of their own, since they guard the history (docs/trail.md)."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from riskreg.work_queue import OPEN


class Seal(models.Model):
    """One link of the chain: what was sealed, when, and after which seal."""

    class Purpose(models.TextChoices):
        ROUTINE = "routine", _("New history")
        WEEDING = "weeding", _("Weeding")

    seq = models.PositiveBigIntegerField(_("number"), primary_key=True)
    previous = models.CharField(_("the seal before"), max_length=64)
    sealed_at = models.DateTimeField(_("sealed"))
    purpose = models.CharField(_("purpose"), max_length=10, choices=Purpose.choices)
    pinned_clock = models.BooleanField(
        _("calendar stood still"), default=False, help_text=_("Sealed in a demonstration, where dates follow no order.")
    )
    complete = models.BooleanField(
        _("complete"), default=False, help_text=_("Nothing was left waiting when it was made; else the next one goes on.")
    )
    contents = models.JSONField(_("contents"), help_text=_("For each kind of record: how many rows, first, last, which columns."))
    root = models.CharField(_("root"), max_length=64, help_text=_("The last link of the chain through the sealed rows."))
    hash = models.CharField(_("hash"), max_length=64)

    class Meta:
        verbose_name = _("seal")
        verbose_name_plural = _("seals")
        ordering = ["-seq"]
        constraints = [
            models.CheckConstraint(name="seals_are_numbered_from_one", condition=Q(seq__gte=1)),
            models.UniqueConstraint(fields=["previous"], name="a_seal_has_one_successor"),
        ]

    def __str__(self) -> str:
        return f"{self.seq}:{self.hash}"

    @property
    def row_count(self) -> int:
        return sum(part["rows"] for part in self.contents.values())


class SealedRow(models.Model):
    """A seal's statement of one history row: its hash, and the chain's link at this row."""

    # Its index would be the beginning of the constraint's.
    seal = models.ForeignKey(Seal, on_delete=models.PROTECT, related_name="rows", verbose_name=_("seal"), db_index=False)
    model = models.CharField(_("kind of record"), max_length=100)
    history_id = models.BigIntegerField(_("history row"))
    record = models.CharField(_("record"), max_length=40, blank=True, help_text=_("The key of the record whose history it is."))
    salt = models.CharField(_("salt"), max_length=32, blank=True, help_text=_("Forgotten when the row is weeded."))
    hash = models.CharField(_("hash"), max_length=64)
    link = models.CharField(_("link"), max_length=64)
    weeded = models.BooleanField(_("weeded"), default=False)

    class Meta:
        verbose_name = _("sealed row")
        verbose_name_plural = _("sealed rows")
        ordering = ["seal", "model", "history_id"]
        constraints = [
            models.UniqueConstraint(fields=["seal", "model", "history_id"], name="a_seal_holds_a_history_row_once"),
            models.UniqueConstraint(
                fields=["model", "history_id"], condition=Q(weeded=False), name="a_history_row_is_sealed_once_until_weeded"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.model} {self.history_id}: {self.hash}"


class Tombstone(models.Model):
    """A weeding of personal data in a history row: the columns, why, by whom, and the hash sealed before."""

    model = models.CharField(_("kind of record"), max_length=100)
    history_id = models.BigIntegerField(_("history row"))
    sealed_hash = models.CharField(_("hash before"), max_length=64)
    columns = models.JSONField(_("weeded columns"))
    reason = models.CharField(_("reason"), max_length=500, help_text=_("The weeding decision (gallringsbeslut) it follows."))
    weeded_at = models.DateTimeField(_("weeded"))
    weeded_by = models.CharField(_("weeded by"), max_length=200)

    class Meta:
        verbose_name = _("tombstone")
        verbose_name_plural = _("tombstones")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["model", "history_id", "sealed_hash"], name="a_sealed_row_has_one_tombstone"),
            models.CheckConstraint(name="a_weeding_states_its_reason", condition=~Q(reason="")),
        ]

    def __str__(self) -> str:
        return f"{self.model} {self.history_id}"


class Verification(models.Model):
    """One recomputation of the trail: who asked for it, its progress, its findings.

    Of the whole trail, or of what came `since` the last whole one that found nothing.

    `checked` is how much of the `total` is done: the sealed `rows`, the records `compared` with their history, and the
    `files`, each as so many rows as take as long.
    """

    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        RUNNING = "running", _("Verifying")
        DONE = "done", _("Done")
        FAILED = "failed", _("Could not be completed")

    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.WAITING)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("asked for by"), null=True, on_delete=models.SET_NULL, related_name="+"
    )
    asked_by_name = models.CharField(_("asked for by, name"), max_length=200, blank=True)
    known_head = models.CharField(_("printed head"), max_length=90, blank=True)
    asked_at = models.DateTimeField(_("asked for"))
    seen_at = models.DateTimeField(_("last progress"))
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    checked = models.PositiveBigIntegerField(_("work done"), default=0)
    compared = models.PositiveBigIntegerField(_("records compared with their history"), default=0)
    rows = models.PositiveBigIntegerField(_("checked rows"), null=True)
    files = models.PositiveBigIntegerField(_("files compared with their hash"), default=0)
    total = models.PositiveBigIntegerField(_("work"), default=0)
    unsealed = models.PositiveBigIntegerField(_("not yet sealed"), default=0)
    head_seq = models.PositiveBigIntegerField(_("last seal"), null=True, blank=True)
    head_hash = models.CharField(_("hash of the last seal"), max_length=64, blank=True)
    since = models.ForeignKey(
        "self", verbose_name=_("since the verification"), null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    rows_left = models.PositiveBigIntegerField(_("sealed rows verified then, and not now"), default=0)
    files_left = models.PositiveBigIntegerField(_("files verified then, and not now"), default=0)
    found = models.PositiveBigIntegerField(_("alterations"), default=0)
    findings: models.JSONField[Any, Any] = models.JSONField(_("what was found"), default=list, blank=True)

    class Meta:
        verbose_name = _("verification")
        verbose_name_plural = _("verifications")
        ordering = ["-pk"]
        get_latest_by = "pk"
        constraints = [
            models.CheckConstraint(
                name="a_finished_verification_has_its_time",
                condition=Q(state__in=["done", "failed"]) ^ Q(finished_at__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        if self.state != self.State.DONE:
            return str(self.get_state_display())
        if not self.found:
            return str(_("Intact") if self.head_hash else _("Nothing is sealed yet"))
        return ngettext("%(count)d alteration", "%(count)d alterations", self.found) % {"count": self.found}

    @property
    def is_open(self) -> bool:
        return self.state in OPEN

    @property
    def checked_rows(self) -> int:
        """The number of sealed rows that were checked; in earlier versions that was all there was to do."""
        return self.checked if self.rows is None else self.rows

    @property
    def is_intact(self) -> bool:
        return self.state == self.State.DONE and self.found == 0
