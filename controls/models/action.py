"""Actions after a follow-up, or the decision that none is needed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from controls.models.follow_up import follow_ups_seen_by
from riskreg.models.history import tracked

if TYPE_CHECKING:
    from datetime import date

    from riskreg.models import User


class ActionQuerySet(models.QuerySet["Action"]):
    def visible_to(self, user: User) -> ActionQuerySet:
        return self.filter(follow_ups_seen_by(user, "follow_up"))

    def open(self) -> ActionQuerySet:
        """Keep the measures that are not done."""
        return self.filter(kind=Action.Kind.MEASURE, done_on__isnull=True)


class Action(models.Model):
    """An action on an outcome: a measure, going on at the next closing, or the decision that nothing is needed."""

    class Kind(models.TextChoices):
        MEASURE = "measure", _("Measure")
        CONTINUES = "continues", _("Goes on, reported at the next closing")
        NONE_NEEDED = "none_needed", _("No further action needed")

    follow_up = models.ForeignKey(
        "controls.FollowUp", verbose_name=_("follow-up"), on_delete=models.PROTECT, related_name="actions"
    )
    kind = models.CharField(_("kind"), max_length=15, choices=Kind.choices, default=Kind.MEASURE)
    description = models.TextField(_("action"), blank=True, help_text=_("What is to be done; for no action, the reason."))
    responsible = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("responsible"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="actions",
    )
    due_on = models.DateField(_("due"), null=True, blank=True)
    done_on = models.DateField(_("done on"), null=True, blank=True)
    effect = models.TextField(_("effect"), blank=True, help_text=_("What the action led to, once it is done."))
    carried_from = models.ForeignKey(
        "self",
        verbose_name=_("carried over from"),
        null=True,
        blank=True,
        editable=False,
        on_delete=models.PROTECT,
        related_name="carried_to",
    )

    objects = ActionQuerySet.as_manager()
    history = tracked()

    class Meta:
        verbose_name = _("action")
        verbose_name_plural = _("actions")
        ordering = ["follow_up", "pk"]
        constraints = [
            models.CheckConstraint(name="a_measure_says_what_is_done", condition=~Q(kind="measure") | ~Q(description="")),
            models.CheckConstraint(
                name="only_measures_have_dates",
                condition=Q(kind="measure") | Q(due_on__isnull=True, done_on__isnull=True),
            ),
            models.CheckConstraint(name="an_effect_needs_a_done_action", condition=Q(effect="") | Q(done_on__isnull=False)),
        ]
        indexes = [models.Index(fields=["responsible", "done_on", "due_on"], name="action_by_responsible")]

    def __str__(self) -> str:
        text = self.description or str(self.get_kind_display())
        return text if len(text) <= 80 else text[:79].rstrip() + "…"

    def is_late(self, on: date) -> bool:
        return self.kind == self.Kind.MEASURE and self.done_on is None and self.due_on is not None and self.due_on < on
