"""Definitions of indicators: what is measured, in which unit, how often; reused by every unit that keeps a series of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from riskreg.access.grants import paths_with
from riskreg.access.sight import units_seen_by
from riskreg.access.verbs import Verb
from riskreg.models.history import tracked
from riskreg.models.unit import ancestors

if TYPE_CHECKING:
    from riskreg.models import User

MOST_DECIMALS = 4


class IndicatorQuerySet(models.QuerySet["Indicator"]):
    def visible_to(self, user: User) -> IndicatorQuerySet:
        """Keep those of the units that the user reaches, and those of the units above: they are there to be reused."""
        seen = units_seen_by(user, "unit")
        if not seen:  # an operator: no condition
            return self
        above = sorted({path for reached in paths_with(user, Verb.VIEW) for path in ancestors(reached)})
        return self.filter(seen | Q(unit__path__in=above))


class Indicator(models.Model):
    """What is measured, the same for every unit: its series (controls.models.indicator_series) hold the values."""

    class Direction(models.TextChoices):
        LOWER = "lower", _("Lower is better")
        HIGHER = "higher", _("Higher is better")

    class Rhythm(models.TextChoices):
        MONTH = "month", _("Every month")
        QUARTER = "quarter", _("Every quarter")
        HALF_YEAR = "half_year", _("Every half-year")
        YEAR = "year", _("Every year")

    class State(models.TextChoices):
        IN_USE = "in_use", _("In use")
        CLOSED = "closed", _("Closed")

    unit = models.ForeignKey("riskreg.Unit", verbose_name=_("unit"), on_delete=models.PROTECT, related_name="indicators")
    name = models.CharField(_("name"), max_length=120)
    measures = models.TextField(_("what it measures"), max_length=1000)
    unit_of_measure = models.CharField(_("unit of measure"), max_length=30)
    decimals = models.PositiveSmallIntegerField(_("decimals"), default=0, validators=[MaxValueValidator(MOST_DECIMALS)])
    direction = models.CharField(_("direction"), max_length=10, choices=Direction.choices, default=Direction.LOWER)
    rhythm = models.CharField(
        pgettext_lazy("indicator", "how often"), max_length=10, choices=Rhythm.choices, default=Rhythm.MONTH
    )
    source = models.CharField(_("source"), max_length=200)
    is_summable = models.BooleanField(_("may be summed over units"), default=False)
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.IN_USE, editable=False)

    objects = IndicatorQuerySet.as_manager()
    history = tracked()

    class Meta:
        verbose_name = _("indicator")
        verbose_name_plural = _("indicators")
        ordering = ["name", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["unit", "name"], name="an_indicator_has_one_name_in_its_unit"),
            models.CheckConstraint(name="an_indicator_has_few_decimals", condition=Q(decimals__lte=MOST_DECIMALS)),
            models.CheckConstraint(name="an_indicator_says_its_source", condition=~Q(source="")),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_in_use(self) -> bool:
        return self.state == self.State.IN_USE

    def get_absolute_url(self) -> str:
        from django.urls import reverse

        return reverse("indicator", args=[self.pk])
