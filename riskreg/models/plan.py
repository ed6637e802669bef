"""Control plans: one unit's plan for one year."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from riskreg.models.history import tracked

if TYPE_CHECKING:
    from riskreg.models.user import User

FIRST_YEAR, LAST_YEAR = 2000, 2100


class ControlPlanQuerySet(models.QuerySet["ControlPlan"]):
    def visible_to(self, user: User) -> ControlPlanQuerySet:
        from riskreg.access.sight import units_seen_by

        return self.filter(units_seen_by(user, "unit"))


class ControlPlan(models.Model):
    """One unit's internal-control plan for one year."""

    class State(models.TextChoices):
        DRAFT = "draft", _("Draft")
        PROPOSED = "proposed", _("Proposed")
        ADOPTED = "adopted", _("Adopted")
        CLOSED = "closed", _("Closed")

    unit = models.ForeignKey("riskreg.Unit", verbose_name=_("unit"), on_delete=models.PROTECT, related_name="plans")
    year = models.PositiveSmallIntegerField(_("year"), validators=[MinValueValidator(FIRST_YEAR), MaxValueValidator(LAST_YEAR)])
    matrix = models.ForeignKey(
        "riskreg.RiskMatrix", verbose_name=_("risk matrix"), on_delete=models.PROTECT, related_name="plans"
    )
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.DRAFT, editable=False)
    adopted_on = models.DateField(_("adopted on"), null=True, blank=True, editable=False)
    adopted_paragraph = models.CharField(
        _("paragraph"), max_length=20, blank=True, editable=False, help_text=_("The decision's § in the minutes.")
    )
    registry_number = models.CharField(
        _("registry number"), max_length=60, blank=True, help_text=_("Diarienummer, for instance KS 2024/512.")
    )
    source = models.TextField(_("source"), blank=True, help_text=_("Where the plan came from, and what in it is an assumption."))
    runs_on_from = models.DateField(
        _("controls run on from"),
        null=True,
        blank=True,
        editable=False,
        help_text=_("From this day the checks go on into the next year, until its plan is adopted."),
    )
    runs_on_until = models.DateField(_("controls ran on until"), null=True, blank=True, editable=False)
    carried_from = models.ForeignKey(
        "self",
        verbose_name=_("carried over from"),
        null=True,
        blank=True,
        editable=False,
        on_delete=models.PROTECT,
        related_name="carried_to",
    )
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("created by"),
        null=True,
        blank=True,
        editable=False,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    objects = ControlPlanQuerySet.as_manager()
    history = tracked()

    class Meta:
        verbose_name = _("internal-control plan")
        verbose_name_plural = _("internal-control plans")
        ordering = ["-year", "unit__name_sort"]
        constraints = [
            models.UniqueConstraint(fields=["unit", "year"], name="a_unit_has_one_plan_a_year"),
            models.CheckConstraint(
                name="an_adopted_plan_states_its_date_and_paragraph",
                condition=Q(state__in=["draft", "proposed"]) | (Q(adopted_on__isnull=False) & ~Q(adopted_paragraph="")),
            ),
            models.CheckConstraint(
                name="running_on_ends_after_it_began",
                condition=Q(runs_on_until__isnull=True)
                | Q(runs_on_from__isnull=False, runs_on_until__gte=models.F("runs_on_from")),
            ),
            models.CheckConstraint(name="plan_year_is_reasonable", condition=Q(year__range=(FIRST_YEAR, LAST_YEAR))),
        ]

    def __str__(self) -> str:
        return _("Internal-control plan %(year)d, %(unit)s") % {"year": self.year, "unit": self.unit}

    @property
    def is_open_for_changes(self) -> bool:
        """True until the plan is adopted: risks and controls change freely."""
        return self.state in {self.State.DRAFT, self.State.PROPOSED}

    @property
    def is_under_revision(self) -> bool:
        """True if the plan was adopted and is revised; the adopted version applies until it is adopted anew."""
        return self.is_open_for_changes and self.adopted_on is not None

    @property
    def is_told_to_run_on(self) -> bool:
        """True while the plan's checks may go on into the next year (riskreg.plans.coverage says whether they do)."""
        return self.runs_on_from is not None and self.runs_on_until is None

    def get_absolute_url(self) -> str:
        from django.urls import reverse

        return reverse("plan", args=[self.pk])
