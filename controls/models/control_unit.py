"""The units that follow up a municipality-wide control."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from django.db import models
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from riskreg.access.sight import risks_seen_by
from riskreg.models import ControlPlan, Risk, Unit
from riskreg.models.history import tracked

if TYPE_CHECKING:
    from riskreg.models import User


class ControlUnitQuerySet(models.QuerySet["ControlUnit"]):
    def visible_to(self, user: User) -> ControlUnitQuerySet:
        return self.filter(risks_seen_by(user, "control__risk"))


class ControlUnit(models.Model):
    """A unit chosen to follow up a municipality-wide risk by this control.

    Without any chosen unit, all committees and companies follow up (controls.follow_ups.several_units).
    """

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


KINDS = (Unit.Kind.COMMITTEE, Unit.Kind.COMPANY)


def possible_units(root_path: str) -> QuerySet[Unit]:
    """Return the municipality's active committees and companies."""
    return Unit.objects.filter(path__startswith=root_path, kind__in=KINDS, is_active=True).order_by("path")


def units_by_control(plan: ControlPlan) -> dict[int, list[int]]:
    """Return the units that follow up, by municipality-wide control of the plan.

    It is the risk's own unit where there is no other.
    """
    controls = list(
        Risk.objects.current()
        .filter(plan=plan, is_municipality_wide=True, controls__is_dropped=False)
        .values_list("controls", "unit")
    )
    if not controls:
        return {}
    everyone = list(possible_units(plan.unit.root_path).values_list("pk", flat=True))
    chosen: dict[int, list[int]] = defaultdict(list)
    rows = ControlUnit.objects.filter(control__risk__plan=plan, unit__is_active=True).order_by("unit__path")
    for control_id, unit_id in rows.values_list("control", "unit"):
        chosen[control_id].append(unit_id)
    return {control: chosen.get(control) or everyone or [own] for control, own in controls}
