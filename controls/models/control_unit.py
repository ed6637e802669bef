from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models
from django.utils.translation import gettext_lazy as _

from riskreg.models.history import tracked

if TYPE_CHECKING:
    from riskreg.models import User


class ControlUnitQuerySet(models.QuerySet["ControlUnit"]):
    def visible_to(self, user: User) -> ControlUnitQuerySet:
        from riskreg.access.sight import risks_seen_by

        return self.filter(risks_seen_by(user, "control__risk"))


class ControlUnit(models.Model):
    """A unit chosen to follow up a municipality-wide risk by this control. Of a control without any, all committees and
    companies do (controls.follow_ups.several_units)."""

    control = models.ForeignKey(
        "controls.Control", verbose_name=_("control"), on_delete=models.CASCADE, related_name="chosen_units"
    )
    unit = models.ForeignKey("riskreg.Unit", verbose_name=_("unit"), on_delete=models.PROTECT, related_name="+")

    objects = ControlUnitQuerySet.as_manager()
    history = tracked()

    class Meta:
        verbose_name = _("unit that follows up")
        verbose_name_plural = _("units that follow up")
        ordering = ["control", "unit"]
        constraints = [models.UniqueConstraint(fields=["control", "unit"], name="a_unit_is_chosen_once_for_a_control")]

    def __str__(self) -> str:
        return f"{self.control}, {self.unit}"
