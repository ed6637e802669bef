"""The watched rules that follow up a control, and what they gave as it was when a follow-up was handed in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from controls.models.follow_up import follow_ups_seen_by
from riskreg.access.sight import risks_seen_by
from riskreg.models.history import tracked

if TYPE_CHECKING:
    from riskreg.models import User


class ControlWatchQuerySet(models.QuerySet["ControlWatch"]):
    def visible_to(self, user: User) -> ControlWatchQuerySet:
        return self.filter(risks_seen_by(user, "control__risk"))


class ControlWatch(models.Model):
    """A watched rule chosen to follow up a control: its alerts back the control's follow-ups."""

    control = models.ForeignKey(
        "controls.Control", verbose_name=_("control"), on_delete=models.CASCADE, related_name="control_watches"
    )
    watch = models.ForeignKey("controls.Watch", verbose_name=_("watched rule"), on_delete=models.PROTECT, related_name="+")

    objects = ControlWatchQuerySet.as_manager()
    history = tracked()

    class Meta:
        verbose_name = _("watched rule of a control")
        verbose_name_plural = _("watched rules of controls")
        ordering = ["control", "watch"]
        constraints = [
            models.UniqueConstraint(fields=["control", "watch"], name="a_watched_rule_is_chosen_once_for_a_control"),
        ]

    def __str__(self) -> str:
        return f"{self.control}, {self.watch}"


class KeptWatchingQuerySet(models.QuerySet["KeptWatching"]):
    def visible_to(self, user: User) -> KeptWatchingQuerySet:
        return self.filter(follow_ups_seen_by(user, "follow_up"))


class KeptWatching(models.Model):
    """What the watched rules had given in a follow-up's period when it was handed in; one each time it is. It stands.

    `figures` are numbers, rules and registers (controls.monitoring.behind_follow_ups.period), and of each alert its key and
    its state: nothing of what the alerts say.
    """

    follow_up = models.ForeignKey(
        "controls.FollowUp", verbose_name=_("follow-up"), on_delete=models.PROTECT, related_name="kept_watchings"
    )
    kept_at = models.DateTimeField(_("kept"))
    figures: models.JSONField[Any, Any] = models.JSONField(_("what the watched rules gave"))

    objects = KeptWatchingQuerySet.as_manager()
    history = tracked()

    class Meta:
        verbose_name = _("watching at the hand-in")
        verbose_name_plural = _("watching at hand-ins")
        ordering = ["follow_up", "pk"]

    def __str__(self) -> str:
        return f"{self.follow_up}, {self.kept_at.date().isoformat()}"
