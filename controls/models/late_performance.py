"""Late performances of missed checks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from controls.models.check import CONCLUSIONS
from controls.models.follow_up import Conclusion, follow_ups_seen_by
from riskreg.models.history import tracked

if TYPE_CHECKING:
    from riskreg.models import User


class LatePerformanceQuerySet(models.QuerySet["LatePerformance"]):
    def visible_to(self, user: User) -> LatePerformanceQuerySet:
        return self.filter(follow_ups_seen_by(user, "missed_check"))


class LatePerformance(models.Model):
    """A missed check performed after its time. The check stays missed; this stands beside it."""

    missed_check = models.OneToOneField(
        "controls.Check", verbose_name=_("check"), on_delete=models.PROTECT, related_name="performed_late"
    )
    conclusion = models.CharField(_("conclusion"), max_length=25, choices=Conclusion.choices)
    note = models.TextField(_("note"), help_text=_("Why it was performed so late, what was examined and what it showed."))
    performed_on = models.DateField(_("performed on"))
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("recorded by"), editable=False, on_delete=models.PROTECT, related_name="+"
    )

    objects = LatePerformanceQuerySet.as_manager()
    history = tracked()

    class Meta:
        verbose_name = _("late performance")
        verbose_name_plural = _("late performances")
        constraints = [
            models.CheckConstraint(
                name="late_conclusion_is_known", condition=Q(conclusion__in=[one.value for one in CONCLUSIONS])
            ),
            models.CheckConstraint(name="a_late_performance_says_why", condition=~Q(note="")),
        ]

    def __str__(self) -> str:
        return str(self.missed_check)
