"""Values of a series, one a period. A revised one keeps the earlier in its history: who, when and why."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from riskreg.access.sight import units_seen_by
from riskreg.models.history import tracked

if TYPE_CHECKING:
    from riskreg.models import User


class IndicatorValueQuerySet(models.QuerySet["IndicatorValue"]):
    def visible_to(self, user: User) -> IndicatorValueQuerySet:
        return self.filter(units_seen_by(user, "series__unit"))


class IndicatorValue(models.Model):
    """The value of a period, which is named by its first day."""

    class Way(models.TextChoices):
        ENTERED = "entered", pgettext_lazy("value", "Entered")
        IMPORTED = "imported", pgettext_lazy("value", "Imported")

    series = models.ForeignKey(
        "controls.IndicatorSeries", verbose_name=_("indicator series"), on_delete=models.PROTECT, related_name="values_of_periods"
    )
    period = models.DateField(_("period"))
    value = models.DecimalField(_("value"), max_digits=18, decimal_places=4)
    way = models.CharField(_("way in"), max_length=10, choices=Way.choices, default=Way.ENTERED)

    objects = IndicatorValueQuerySet.as_manager()
    history = tracked()

    class Meta:
        verbose_name = _("value of an indicator")
        verbose_name_plural = _("values of indicators")
        ordering = ["series", "period"]
        constraints = [
            models.UniqueConstraint(fields=["series", "period"], name="a_period_has_one_value_in_a_series"),
            models.CheckConstraint(name="a_value_came_in_a_known_way", condition=Q(way__in=["entered", "imported"])),
        ]

    def __str__(self) -> str:
        return f"{self.series}, {self.period.isoformat()}"
