"""Watched rules: a rule, ready or composed, that a register's unit has switched on, with its limits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from riskreg.access.sight import units_seen_by
from riskreg.models.history import tracked

if TYPE_CHECKING:
    from riskreg.models import Unit, User

FEWEST_ALERTS, MOST_ALERTS, USUAL_ALERTS = 1, 5_000, 50


class WatchQuerySet(models.QuerySet["Watch"]):
    def visible_to(self, user: User) -> WatchQuerySet:
        return self.filter(units_seen_by(user, "register__unit"))

    def switched_on(self) -> WatchQuerySet:
        return self.filter(state=Watch.State.ON)

    def reading(self, register: int, kind: str) -> WatchQuerySet:
        """Keep those that read the register, which is of the kind: their own, or one beside it."""
        return self.filter(**{f"sources__{kind}": register})


class Watch(models.Model):
    """A rule (controls.monitoring.rules) that is run on each new snapshot of the registers it reads.

    `rule` is the code of a ready one; of a composed one it is its name, after a sign of its own, and `definition` says what
    it tells (controls.monitoring.rules.composed). `parameters` are the rule's values as text, `sources` the register it reads
    of each kind, `columns` the known columns that it reads and that were there when it was switched on, by kind. `seen_at` is
    the unit from which all these registers are read: who reads one of them alone is told nothing of the others. What would
    give more than `most_alerts` new alerts asks first. `problem` says why it stopped, or what it asks; the words are
    controls.monitoring.watching.words'.
    """

    class State(models.TextChoices):
        PROPOSED = "proposed", _("Waits for a second person")
        ON = "on", _("Watched")
        ASKING = "asking", _("Asks first")
        STOPPED = "stopped", _("Stopped")
        OFF = "off", _("Off")

    register = models.ForeignKey(
        "controls.Register", verbose_name=_("register"), on_delete=models.PROTECT, related_name="watches"
    )
    rule = models.CharField(_("rule"), max_length=60)
    definition: models.JSONField[Any, Any] = models.JSONField(_("composition"), default=dict, blank=True)
    parameters: models.JSONField[Any, Any] = models.JSONField(_("limits"), default=dict, blank=True)
    sources: models.JSONField[Any, Any] = models.JSONField(_("registers that are read"), default=dict, blank=True)
    seen_at = models.ForeignKey(
        "riskreg.Unit",
        verbose_name=_("unit whose readers see its alerts"),
        null=True,
        blank=True,
        editable=False,
        on_delete=models.PROTECT,
        related_name="+",
    )
    columns: models.JSONField[Any, Any] = models.JSONField(_("columns that are read"), default=dict, blank=True)
    most_alerts = models.PositiveIntegerField(
        _("most new alerts at a time"),
        default=USUAL_ALERTS,
        validators=[MinValueValidator(FEWEST_ALERTS), MaxValueValidator(MOST_ALERTS)],
    )
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.PROPOSED, editable=False)
    problem = models.CharField(_("problem"), max_length=20, blank=True, editable=False)
    problem_values: models.JSONField[Any, Any] = models.JSONField(
        _("about the problem"), default=dict, blank=True, editable=False
    )
    proposed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("proposed by"), editable=False, on_delete=models.PROTECT, related_name="+"
    )

    objects = WatchQuerySet.as_manager()
    history = tracked()

    class Meta:
        verbose_name = _("watched rule")
        verbose_name_plural = _("watched rules")
        ordering = ["register", "rule"]
        constraints = [
            models.UniqueConstraint(fields=["register", "rule"], name="a_rule_is_watched_once_in_a_register"),
            models.CheckConstraint(
                name="a_watch_that_stopped_or_asks_says_why",
                condition=Q(state__in=["asking", "stopped"]) ^ Q(problem=""),
            ),
            models.CheckConstraint(
                name="a_watch_has_a_limit_of_alerts", condition=Q(most_alerts__range=(FEWEST_ALERTS, MOST_ALERTS))
            ),
        ]

    def __str__(self) -> str:
        return f"{self.register}: {self.rule}"

    @property
    def readers_unit(self) -> Unit:
        """The unit at which its alerts are read and weighed."""
        return self.seen_at or self.register.unit

    @property
    def is_on(self) -> bool:
        return self.state == self.State.ON

    @property
    def needs_somebody(self) -> bool:
        """True if it does not run until a person does something."""
        return self.state in {self.State.PROPOSED, self.State.ASKING, self.State.STOPPED}

    def get_absolute_url(self) -> str:
        from django.urls import reverse

        return reverse("watch", args=[self.register_id, self.pk])
