"""Populations that samples are drawn from, and their recurring sources."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from controls.models.follow_up import follow_ups_seen_by
from riskreg.access.sight import units_seen_by
from riskreg.models.history import tracked

if TYPE_CHECKING:
    from datetime import date

    from riskreg.models import User


def population_path(population: Population, filename: str) -> str:
    """Return a path nobody can guess or collide with; the original name is a column, never a path."""
    return f"populations/{uuid.uuid4().hex}.parquet"


class PopulationSourceQuerySet(models.QuerySet["PopulationSource"]):
    def visible_to(self, user: User) -> PopulationSourceQuerySet:
        return self.filter(units_seen_by(user, "unit"))


class PopulationSource(models.Model):
    """A kind of population that comes back from check to check: where it is from, and what its columns mean."""

    unit = models.ForeignKey("riskreg.Unit", verbose_name=_("unit"), on_delete=models.PROTECT, related_name="population_sources")
    name = models.CharField(_("name"), max_length=120)
    source_system = models.CharField(_("source system"), max_length=200)
    key_columns: models.JSONField[Any, Any] = models.JSONField(_("key columns"), default=list)
    amount_column = models.CharField(_("amount column"), max_length=200, blank=True)
    stratum_column = models.CharField(_("column of groups"), max_length=200, blank=True)
    personal_columns: models.JSONField[Any, Any] = models.JSONField(_("columns with personal data"), default=list, blank=True)

    objects = PopulationSourceQuerySet.as_manager()
    history = tracked()

    class Meta:
        verbose_name = _("saved source")
        verbose_name_plural = _("saved sources")
        ordering = ["unit", "name"]
        constraints = [
            models.UniqueConstraint(fields=["unit", "name"], name="a_source_has_one_name_in_its_unit"),
            models.CheckConstraint(name="a_source_says_its_system", condition=~Q(source_system="")),
        ]

    def __str__(self) -> str:
        return self.name


class PopulationQuerySet(models.QuerySet["Population"]):
    def visible_to(self, user: User) -> PopulationQuerySet:
        return self.filter(follow_ups_seen_by(user))

    def due_for_weeding(self, on: date) -> PopulationQuerySet:
        """Keep the locked populations whose time is over and that no legal hold keeps."""
        return self.filter(state=Population.State.LOCKED, retained_until__lt=on, is_held=False)


class Population(models.Model):
    """A file of rows that samples are drawn from, stored compressed; once it is locked, it does not change.

    `columns` are the headings in order. The key of an item is the text of its key columns (trimmed, NFC), joined by |.
    `sha256` is the hash of the canonical content (docs/sampling.md), `file_sha256` that of the stored file's bytes: what is
    served and drawn from is held against the latter as the history states it, draft or locked.
    """

    class State(models.TextChoices):
        DRAFT = "draft", _("Draft")
        LOCKED = "locked", _("Locked")
        WEEDED = "weeded", _("Weeded")

    class Format(models.TextChoices):
        CSV = "csv", _("CSV")
        JSON = "json", _("JSON")
        XLSX = "xlsx", _("Excel (xlsx)")
        XLS = "xls", _("Excel (xls)")
        ODS = "ods", _("OpenDocument (ods)")
        PARQUET = "parquet", _("Parquet")

    control = models.ForeignKey(
        "controls.Control", verbose_name=_("control"), on_delete=models.PROTECT, related_name="populations"
    )
    unit = models.ForeignKey("riskreg.Unit", verbose_name=_("unit"), on_delete=models.PROTECT, related_name="populations")
    occasion = models.ForeignKey(
        "controls.Check", verbose_name=_("check"), null=True, blank=True, on_delete=models.PROTECT, related_name="populations"
    )
    source = models.ForeignKey(
        PopulationSource,
        verbose_name=_("saved source"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="populations",
    )
    name = models.CharField(_("name"), max_length=200)
    source_system = models.CharField(
        _("source system"), max_length=200, help_text=_("Where the file was taken from, and how: system, report, selection.")
    )
    file = models.FileField(_("file"), upload_to=population_path, max_length=200, blank=True, editable=False)
    original_name = models.CharField(_("file name"), max_length=255, editable=False)
    original_format = models.CharField(_("file format"), max_length=10, choices=Format.choices, editable=False)
    original_encoding = models.CharField(_("encoding"), max_length=20, blank=True, editable=False)
    original_sha256 = models.CharField(_("SHA-256 of the uploaded file"), max_length=64, editable=False)
    first_row = models.PositiveIntegerField(_("row of the first item"), default=2, editable=False)
    columns: models.JSONField[Any, Any] = models.JSONField(_("columns"), default=list, editable=False)
    key_columns: models.JSONField[Any, Any] = models.JSONField(_("key columns"), default=list, editable=False)
    amount_column = models.CharField(_("amount column"), max_length=200, blank=True, editable=False)
    stratum_column = models.CharField(_("column of groups"), max_length=200, blank=True, editable=False)
    personal_columns: models.JSONField[Any, Any] = models.JSONField(
        _("columns with personal data"), default=list, blank=True, editable=False
    )
    answers: models.JSONField[Any, Any] = models.JSONField(
        _("answers about the file"),
        default=dict,
        blank=True,
        editable=False,
        help_text=_("What a person answered where the file left it open, by question."),
    )
    row_count = models.PositiveBigIntegerField(_("rows"), null=True, blank=True, editable=False)
    control_total = models.DecimalField(
        _("control total"), max_digits=24, decimal_places=4, null=True, blank=True, editable=False
    )
    profile: models.JSONField[Any, Any] = models.JSONField(_("what the file holds"), default=dict, blank=True, editable=False)
    sha256 = models.CharField("SHA-256", max_length=64, blank=True, editable=False)
    file_sha256 = models.CharField(_("SHA-256 of the stored file"), max_length=64, blank=True, editable=False)
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.DRAFT, editable=False)
    uploaded_at = models.DateTimeField(_("uploaded"), editable=False)
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("uploaded by"), editable=False, on_delete=models.PROTECT, related_name="+"
    )
    locked_at = models.DateTimeField(_("locked"), null=True, blank=True, editable=False)
    locked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("locked by"),
        null=True,
        blank=True,
        editable=False,
        on_delete=models.PROTECT,
        related_name="+",
    )
    retained_until = models.DateField(_("kept until"), null=True, blank=True, editable=False)
    is_held = models.BooleanField(_("legal hold"), default=False, editable=False)
    hold_reason = models.CharField(_("reason for the legal hold"), max_length=500, blank=True, editable=False)
    weeded_at = models.DateTimeField(_("weeded"), null=True, blank=True, editable=False)

    objects = PopulationQuerySet.as_manager()
    # The profile may quote cells of single rows, and can be made again from the file.
    history = tracked(excluded_fields=["profile"])

    class Meta:
        verbose_name = _("population")
        verbose_name_plural = _("populations")
        ordering = ["-uploaded_at", "-pk"]
        constraints = [
            models.CheckConstraint(name="a_population_says_its_system", condition=~Q(source_system="")),
            models.CheckConstraint(
                name="a_draft_population_is_not_locked_by_anybody",
                condition=~Q(state="draft") | Q(locked_at__isnull=True, locked_by__isnull=True, sha256=""),
            ),
            models.CheckConstraint(
                name="a_locked_population_says_when_by_whom_how_many_and_what",
                condition=Q(state="draft")
                | (
                    Q(locked_at__isnull=False, locked_by__isnull=False, row_count__gte=1, retained_until__isnull=False)
                    & ~Q(sha256="")
                ),
            ),
            models.CheckConstraint(name="a_weeded_population_says_when", condition=Q(state="weeded") ^ Q(weeded_at__isnull=True)),
            models.CheckConstraint(name="a_weeded_population_has_no_file", condition=~Q(state="weeded") | Q(file="")),
            models.CheckConstraint(name="a_legal_hold_has_its_reason", condition=Q(is_held=True) ^ Q(hold_reason="")),
            models.CheckConstraint(name="a_held_population_is_not_weeded", condition=~Q(state="weeded", is_held=True)),
        ]
        indexes = [
            models.Index(fields=["state", "retained_until"], name="population_by_retention"),
            models.Index(fields=["sha256"], name="population_by_hash"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_locked(self) -> bool:
        return self.state == self.State.LOCKED

    @property
    def key_is_personal(self) -> bool:
        """True if a part of the key is personal data: then weeding leaves its salted hash only."""
        return not set(self.key_columns).isdisjoint(self.personal_columns)

    def get_absolute_url(self) -> str:
        from django.urls import reverse

        return reverse("population", args=[self.pk])
