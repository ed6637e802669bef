"""Notes at the periods of a series: what happened then."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from riskreg.access.sight import units_seen_by
from riskreg.models.history import tracked

if TYPE_CHECKING:
    from riskreg.models import User


class IndicatorNoteQuerySet(models.QuerySet["IndicatorNote"]):
    def visible_to(self, user: User) -> IndicatorNoteQuerySet:
        return self.filter(units_seen_by(user, "series__unit"))


class IndicatorNote(models.Model):
    """An event at a period, which is named by its first day."""

    series = models.ForeignKey(
        "controls.IndicatorSeries", verbose_name=_("indicator series"), on_delete=models.PROTECT, related_name="notes"
    )
    period = models.DateField(_("period"))
    text = models.CharField(_("note"), max_length=300)

    objects = IndicatorNoteQuerySet.as_manager()
    history = tracked()

    class Meta:
        verbose_name = _("note of an indicator")
        verbose_name_plural = _("notes of indicators")
        ordering = ["series", "period", "pk"]
        constraints = [models.CheckConstraint(name="a_note_says_something", condition=~Q(text=""))]

    def __str__(self) -> str:
        return f"{self.series}, {self.period.isoformat()}: {self.text}"
