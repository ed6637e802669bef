"""Controls: how a risk is followed up."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from riskreg.access.sight import risks_seen_by
from riskreg.models.history import tracked

if TYPE_CHECKING:
    from riskreg.models import User


class Method(models.TextChoices):
    SAMPLING = "sampling", _("Sampling")
    REGISTER_MONITORING = "register_monitoring", _("Register monitoring")
    RECONCILIATION = "reconciliation", _("Reconciliation")
    SURVEY = "survey", _("Survey")
    INDICATOR = "indicator", _("Indicator")
    REVIEW = "review", _("Review")
    INTERVIEW = "interview", _("Interview")
    OTHER = "other", _("Other method")


class Frequency(models.TextChoices):
    WEEKLY = "weekly", _("Weekly")
    MONTHLY = "monthly", _("Monthly")
    QUARTERLY = "quarterly", _("Quarterly")
    TERTIAL = "tertial", _("Each tertial")
    HALF_YEARLY = "half_yearly", _("Half-yearly")
    YEARLY = "yearly", _("Yearly")
    AT_CLOSING = "at_closing", _("At each closing")
    GIVEN_DATES = "given_dates", _("On given dates")


class ControlQuerySet(models.QuerySet["Control"]):
    def visible_to(self, user: User) -> ControlQuerySet:
        return self.filter(risks_seen_by(user, "risk"))

    def current(self) -> ControlQuerySet:
        return self.filter(is_dropped=False, risk__is_dropped=False)


def with_method(method: str, description: str) -> str:
    """Put the method before the description, unless that begins with it (no "Sampling: Sampling of invoices")."""
    return description if description.casefold().startswith(method.casefold()) else f"{method}: {description}"


def _in_full(label: str, wording: str) -> str:
    return f"{label} ({wording})" if wording else label


class Control(models.Model):
    """The way a risk is followed up: what is done, by which method, by whom, how often."""

    risk = models.ForeignKey("riskreg.Risk", verbose_name=_("risk"), on_delete=models.PROTECT, related_name="controls")
    position = models.PositiveSmallIntegerField(_("order under the risk"), default=1, editable=False)
    description = models.TextField(_("follow-up"), help_text=_("What is examined, in which material, against what."))
    method = models.CharField(_("method"), max_length=20, choices=Method.choices, default=Method.REVIEW)
    method_wording = models.TextField(
        _("method, as worded"), blank=True, help_text=_("As the source words it, when that says more than the method above.")
    )
    frequency = models.CharField(_("frequency"), max_length=15, choices=Frequency.choices, default=Frequency.AT_CLOSING)
    frequency_wording = models.TextField(
        _("frequency, as worded"),
        blank=True,
        help_text=_("As the source words it, when that says more than the frequency above."),
    )
    performer = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("performed by"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="controls",
    )
    performer_text = models.CharField(
        _("performed by, as stated"),
        max_length=200,
        blank=True,
        help_text=_("As the source words it, when it is no user of this system."),
    )
    target = models.CharField(
        _("acceptable level"), max_length=300, blank=True, help_text=_("What the outcome is held against, where one is stated.")
    )
    units = models.ManyToManyField(
        "riskreg.Unit", verbose_name=_("units that follow up"), through="controls.ControlUnit", related_name="+", blank=True
    )
    retention_months = models.PositiveSmallIntegerField(
        _("months that populations are kept"),
        null=True,
        blank=True,
        help_text=_(
            "After that the population's file and the personal data of sampled items are weeded. Empty: as set for "
            "the installation."
        ),
    )
    is_dropped = models.BooleanField(_("dropped"), default=False, editable=False)
    carried_from = models.ForeignKey(
        "self",
        verbose_name=_("carried over from"),
        null=True,
        blank=True,
        editable=False,
        on_delete=models.PROTECT,
        related_name="carried_to",
    )

    objects = ControlQuerySet.as_manager()
    history = tracked()

    class Meta:
        verbose_name = _("control")
        verbose_name_plural = _("controls")
        ordering = ["risk", "position"]
        constraints = [
            models.UniqueConstraint(fields=["risk", "position"], name="control_position_is_unique_under_its_risk"),
            models.CheckConstraint(name="control_says_what_is_done", condition=~Q(description="")),
            models.CheckConstraint(name="control_method_is_known", condition=Q(method__in=Method.values)),
            models.CheckConstraint(name="control_frequency_is_known", condition=Q(frequency__in=Frequency.values)),
        ]
        indexes = [
            models.Index(fields=["method", "risk"], name="control_by_method"),
            models.Index(fields=["performer", "is_dropped", "risk"], name="control_by_performer"),
            # Whether risks have a control, and how many, without reading the controls.
            models.Index(fields=["risk", "is_dropped"], name="control_of_risk"),
        ]

    def __str__(self) -> str:
        return self.description if len(self.description) <= 80 else self.description[:79].rstrip() + "…"

    @property
    def in_words(self) -> str:
        """Method and description: "Survey: all managers are asked", "Sampling of invoices"."""
        return with_method(str(self.get_method_display()), self.description)

    @property
    def method_in_full(self) -> str:
        """The method and, where the source says more, its wording: "Sampling (20 salaries in March)"."""
        return _in_full(str(self.get_method_display()), self.method_wording)

    @property
    def frequency_in_full(self) -> str:
        """The frequency and, where the source says more, its wording: "Half-yearly (March and October)"."""
        return _in_full(str(self.get_frequency_display()), self.frequency_wording)

    @property
    def performer_name(self) -> str:
        return self.performer.name if self.performer else self.performer_text
