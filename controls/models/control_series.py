"""The series of indicators that follow up a control, and what they showed when a follow-up was handed in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from controls.models.follow_up import follow_ups_seen_by
from riskreg.access.sight import risks_seen_by
from riskreg.models.history import tracked

if TYPE_CHECKING:
    from riskreg.models import User


class ControlSeriesQuerySet(models.QuerySet["ControlSeries"]):
    def visible_to(self, user: User) -> ControlSeriesQuerySet:
        return self.filter(risks_seen_by(user, "control__risk"))


class ControlSeries(models.Model):
    """A series chosen to follow up a control: its values back the control's follow-ups."""

    control = models.ForeignKey(
        "controls.Control", verbose_name=_("control"), on_delete=models.CASCADE, related_name="control_series"
    )
    series = models.ForeignKey(
        "controls.IndicatorSeries", verbose_name=_("indicator series"), on_delete=models.PROTECT, related_name="control_series"
    )

    objects = ControlSeriesQuerySet.as_manager()
    history = tracked()

    class Meta:
        verbose_name = _("indicator of a control")
        verbose_name_plural = _("indicators of controls")
        ordering = ["control", "series"]
        constraints = [
            models.UniqueConstraint(fields=["control", "series"], name="a_series_is_chosen_once_for_a_control"),
        ]

    def __str__(self) -> str:
        return f"{self.control}, {self.series}"


class KeptIndicatorsQuerySet(models.QuerySet["KeptIndicators"]):
    def visible_to(self, user: User) -> KeptIndicatorsQuerySet:
        return self.filter(follow_ups_seen_by(user, "follow_up"))


class KeptIndicators(models.Model):
    """What the series of a follow-up's control held when it was handed in; one each time it is. It stands.

    `figures`: a list of series, each as controls.indicators.figures writes it.
    """

    follow_up = models.ForeignKey(
        "controls.FollowUp", verbose_name=_("follow-up"), on_delete=models.PROTECT, related_name="kept_indicators"
    )
    kept_at = models.DateTimeField(_("kept"))
    figures: models.JSONField[Any, Any] = models.JSONField(_("what the series held"))

    objects = KeptIndicatorsQuerySet.as_manager()
    history = tracked()

    class Meta:
        verbose_name = _("indicators at the hand-in")
        verbose_name_plural = _("indicators at hand-ins")
        ordering = ["follow_up", "pk"]

    def __str__(self) -> str:
        return f"{self.follow_up}, {self.kept_at.date().isoformat()}"
