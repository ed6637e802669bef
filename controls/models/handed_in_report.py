"""Handed-in reports and their files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NoReturn

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from riskreg.access.sight import confidential_where, units_where
from riskreg.access.verbs import Verb
from riskreg.models.history import tracked
from riskreg.models.plan_version import ImmutableRecord

if TYPE_CHECKING:
    from riskreg.models import User


AUDITORS_FILE = "auditors_file"


def report_path(file: HandedInFile, filename: str) -> str:
    """Return a path nobody can guess, the same for each file of a report every time.

    A file left by an interrupted worker is found again. The name that people see is a column, never a path.
    """
    mark = salted_hmac("controls.handedinfile", f"{file.report_id}/{file.ending}/{file.is_public}", algorithm="sha256")
    return f"reports/{mark.hexdigest()[:32]}.{file.ending}"


class HandedInReportQuerySet(models.QuerySet["HandedInReport"]):
    def visible_to(self, user: User) -> HandedInReportQuerySet:
        """Keep the reports of the units where the user reads reports; auditors' files where they verify.

        The confidential part of a report is a file of its own.
        """
        verifies = ~Q(kind=AUDITORS_FILE) | units_where(user, Verb.VERIFY, "unit")
        return self.filter(units_where(user, Verb.READ_REPORT, "unit"), verifies)

    def of(self, kind: str, unit_id: int, year: int, closing_id: int | None) -> HandedInReportQuerySet:
        """Keep the versions of one report, the newest first."""
        return self.filter(kind=kind, unit=unit_id, year=year, closing=closing_id).order_by("-number")

    def update(self, **values: Any) -> NoReturn:
        raise ImmutableRecord("A report that is handed in is never changed.")

    def delete(self) -> NoReturn:
        raise ImmutableRecord("A report that is handed in is never deleted.")


class HandedInReport(models.Model):
    """A report as it was handed in: its content, its hash, its files. Only that it was taken up again is added later.

    `content` is what its readers with the right to confidential risks see, `public_content` what everybody may see.
    """

    class State(models.TextChoices):
        HANDED_IN = "handed_in", pgettext_lazy("state of a report", "Handed in")
        TAKEN_UP = "taken_up", _("Taken up for a new version")

    FROZEN = (
        "kind", "unit_id", "year", "plan_id", "closing_id", "number", "title", "registry_number", "language", "content_sha256",
        "public_sha256", "matrix_id", "trail_head", "rows", "left_out", "sections", "reason", "handed_in_at", "handed_in_by_id",
    )  # fmt: skip

    kind = models.CharField(_("report"), max_length=20)
    unit = models.ForeignKey("riskreg.Unit", verbose_name=_("unit"), on_delete=models.PROTECT, related_name="+")
    year = models.PositiveSmallIntegerField(_("year"))
    plan = models.ForeignKey(
        "riskreg.ControlPlan", verbose_name=_("plan"), null=True, on_delete=models.PROTECT, related_name="handed_in_reports"
    )
    closing = models.ForeignKey(
        "controls.Closing", verbose_name=_("closing"), null=True, on_delete=models.PROTECT, related_name="handed_in_reports"
    )
    number = models.PositiveSmallIntegerField(_("version"))
    title = models.CharField(_("title"), max_length=400)
    registry_number = models.CharField(_("registry number"), max_length=60, blank=True)
    language = models.CharField(_("language"), max_length=2)
    content: models.JSONField[Any, Any] = models.JSONField(_("content"))
    content_sha256 = models.CharField(_("SHA-256 of the content"), max_length=64)
    public_content: models.JSONField[Any, Any] = models.JSONField(_("public content"))
    public_sha256 = models.CharField(_("SHA-256 of the public content"), max_length=64)
    matrix = models.ForeignKey(
        "riskreg.RiskMatrix", verbose_name=_("risk matrix"), null=True, on_delete=models.PROTECT, related_name="+"
    )
    trail_head = models.CharField(_("head of the audit trail"), max_length=90)
    rows = models.PositiveIntegerField(_("rows"))
    left_out = models.PositiveIntegerField(_("confidential risks left out of the public version"))
    sections = models.CharField(_("sections of the law"), max_length=500, blank=True)
    reason = models.CharField(_("why it was handed in incomplete"), max_length=500, blank=True)
    handed_in_at = models.DateTimeField(_("handed in"))
    handed_in_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("handed in by"), on_delete=models.PROTECT, related_name="+"
    )
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.HANDED_IN)
    taken_up_at = models.DateTimeField(_("taken up"), null=True)
    taken_up_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("taken up by"), null=True, on_delete=models.PROTECT, related_name="+"
    )
    taken_up_reason = models.CharField(_("why it was taken up"), max_length=500, blank=True)

    objects = HandedInReportQuerySet.as_manager()
    # The contents' hashes are in the history, and so under the seals; the contents need not be there twice.
    history = tracked(excluded_fields=["content", "public_content"])

    class Meta:
        verbose_name = _("report handed in")
        verbose_name_plural = _("reports handed in")
        ordering = ["-handed_in_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "unit", "year", "closing", "number"],
                condition=Q(closing__isnull=False),
                name="version_number_is_unique_among_its_closings_reports",
            ),
            models.UniqueConstraint(
                fields=["kind", "unit", "year", "number"],
                condition=Q(closing__isnull=True),
                name="version_number_is_unique_among_its_plans_reports",
            ),
            models.CheckConstraint(
                name="a_report_taken_up_says_by_whom_when_and_why",
                condition=Q(state="handed_in", taken_up_at__isnull=True, taken_up_by__isnull=True, taken_up_reason="")
                | (Q(state="taken_up", taken_up_at__isnull=False, taken_up_by__isnull=False) & ~Q(taken_up_reason="")),
            ),
        ]

    def __str__(self) -> str:
        return _("%(title)s, version %(number)d") % {"title": self.title, "number": self.number}

    @property
    def has_confidential(self) -> bool:
        return self.left_out > 0 or self.content_sha256 != self.public_sha256

    def save(self, *args: Any, **kwargs: Any) -> None:
        if self.pk is not None:
            stored = type(self)._base_manager.filter(pk=self.pk).values(*self.FROZEN).get()
            changed = [name for name, value in stored.items() if getattr(self, name) != value]
            if changed or self.state != self.State.TAKEN_UP:
                raise ImmutableRecord(f"A report that is handed in is never changed: {changed}")
            kwargs["update_fields"] = {"state", "taken_up_at", "taken_up_by", "taken_up_reason"}
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise ImmutableRecord("A report that is handed in is never deleted.")

    def get_absolute_url(self) -> str:
        from django.urls import reverse

        return reverse("handed_in_report", args=[self.pk])


class HandedInFileQuerySet(models.QuerySet["HandedInFile"]):
    def visible_to(self, user: User) -> HandedInFileQuerySet:
        """Keep the public files of the reports the user reads.

        The whole ones are kept where confidential risks are open to them.
        """
        open_to_them = Q(is_public=True) | confidential_where(user, "report__unit")
        return self.filter(units_where(user, Verb.READ_REPORT, "report__unit"), open_to_them)

    def update(self, **values: Any) -> NoReturn:
        raise ImmutableRecord("A file that is handed in is never changed.")

    def delete(self) -> NoReturn:
        raise ImmutableRecord("A file that is handed in is never deleted.")


class HandedInFile(models.Model):
    """One file of a report that was handed in, with its hash. Written once."""

    report = models.ForeignKey(HandedInReport, verbose_name=_("report"), on_delete=models.PROTECT, related_name="files")
    ending = models.CharField(_("format"), max_length=4)
    is_public = models.BooleanField(_("public"))
    file = models.FileField(_("file"), upload_to=report_path, max_length=200)
    name = models.CharField(_("file name"), max_length=255)
    size = models.PositiveBigIntegerField(_("size"))
    sha256 = models.CharField("SHA-256", max_length=64)

    objects = HandedInFileQuerySet.as_manager()
    history = tracked()

    class Meta:
        verbose_name = _("file of a report")
        verbose_name_plural = _("files of a report")
        ordering = ["report", "is_public", "ending"]
        constraints = [
            models.UniqueConstraint(fields=["report", "ending", "is_public"], name="a_report_has_one_file_of_a_format"),
        ]

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        if self.pk is not None:
            raise ImmutableRecord("A file that is handed in is never changed.")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise ImmutableRecord("A file that is handed in is never deleted.")
