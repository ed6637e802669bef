"""Series of indicators: the values of one definition at one unit, with the person who answers for them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from riskreg.access.sight import units_seen_by
from riskreg.models.history import tracked

if TYPE_CHECKING:
    from riskreg.models import User

USUAL_DAYS, MOST_DAYS = 20, 180


class IndicatorSeriesQuerySet(models.QuerySet["IndicatorSeries"]):
    def visible_to(self, user: User) -> IndicatorSeriesQuerySet:
        return self.filter(units_seen_by(user, "unit"))

    def expecting(self) -> IndicatorSeriesQuerySet:
        """Keep those whose values are awaited."""
        return self.filter(state=IndicatorSeries.State.IN_USE)


class IndicatorSeries(models.Model):
    """The values of an indicator at a unit.

    `begins_on` is the first day of the first period. A value is awaited `days_after` days after its period's last day;
    `due_on` is that day for the earliest period without a value, and follows from the values alone.
    """

    class State(models.TextChoices):
        IN_USE = "in_use", _("In use")
        CLOSED = "closed", _("Closed")

    indicator = models.ForeignKey(
        "controls.Indicator", verbose_name=_("indicator"), on_delete=models.PROTECT, related_name="series"
    )
    unit = models.ForeignKey("riskreg.Unit", verbose_name=_("unit"), on_delete=models.PROTECT, related_name="indicator_series")
    responsible = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("answers for the values"), on_delete=models.PROTECT, related_name="+"
    )
    begins_on = models.DateField(_("first period"))
    days_after = models.PositiveSmallIntegerField(
        _("days after the period"), default=USUAL_DAYS, validators=[MaxValueValidator(MOST_DAYS)]
    )
    due_on = models.DateField(_("next value awaited"), editable=False)
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.IN_USE, editable=False)

    objects = IndicatorSeriesQuerySet.as_manager()
    history = tracked()

    class Meta:
        verbose_name = _("indicator series")
        verbose_name_plural = _("indicator series")
        ordering = ["indicator", "unit"]
        constraints = [
            models.UniqueConstraint(fields=["indicator", "unit"], name="an_indicator_has_one_series_in_a_unit"),
            models.CheckConstraint(name="a_value_is_awaited_within_half_a_year", condition=Q(days_after__lte=MOST_DAYS)),
        ]
        indexes = [models.Index(fields=["state", "due_on"], name="series_that_wait")]

    def __str__(self) -> str:
        return f"{self.indicator}, {self.unit}"

    @property
    def is_in_use(self) -> bool:
        return self.state == self.State.IN_USE

    def get_absolute_url(self) -> str:
        from django.urls import reverse

        return reverse("indicator_series", args=[self.pk])
