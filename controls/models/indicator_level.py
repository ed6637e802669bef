"""Levels of a series: target, acceptable and critical, each set from a day on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from riskreg.access.sight import units_seen_by
from riskreg.models.history import tracked

if TYPE_CHECKING:
    from riskreg.models import User

_NO_TARGET, _NO_CRITICAL = Q(target__isnull=True), Q(critical__isnull=True)
_RISING = (_NO_TARGET | Q(target__lte=F("acceptable"))) & (_NO_CRITICAL | Q(acceptable__lte=F("critical")))
_FALLING = (_NO_TARGET | Q(target__gte=F("acceptable"))) & (_NO_CRITICAL | Q(acceptable__gte=F("critical")))


class IndicatorLevelQuerySet(models.QuerySet["IndicatorLevel"]):
    def visible_to(self, user: User) -> IndicatorLevelQuerySet:
        return self.filter(units_seen_by(user, "series__unit"))


class IndicatorLevel(models.Model):
    """What a series' values are held against, from the first day of a period until the next levels take over."""

    series = models.ForeignKey(
        "controls.IndicatorSeries", verbose_name=_("indicator series"), on_delete=models.PROTECT, related_name="levels"
    )
    valid_from = models.DateField(_("valid from"))
    target = models.DecimalField(_("target"), max_digits=18, decimal_places=4, null=True, blank=True)
    acceptable = models.DecimalField(_("acceptable level"), max_digits=18, decimal_places=4)
    critical = models.DecimalField(_("critical level"), max_digits=18, decimal_places=4, null=True, blank=True)

    objects = IndicatorLevelQuerySet.as_manager()
    history = tracked()

    class Meta:
        verbose_name = _("levels of an indicator")
        verbose_name_plural = _("levels of indicators")
        ordering = ["series", "valid_from"]
        constraints = [
            models.UniqueConstraint(fields=["series", "valid_from"], name="levels_begin_once_on_a_day"),
            models.CheckConstraint(name="levels_stand_in_their_order", condition=_RISING | _FALLING),
        ]

    def __str__(self) -> str:
        return f"{self.series}, {self.valid_from.isoformat()}"
