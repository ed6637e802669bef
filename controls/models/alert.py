"""Alerts: what a watched rule tells of one subject, weighed by a person."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from riskreg.access.sight import units_where
from riskreg.access.verbs import Verb
from riskreg.models.history import tracked

if TYPE_CHECKING:
    from riskreg.models import User


class AlertQuerySet(models.QuerySet["Alert"]):
    def visible_to(self, user: User) -> AlertQuerySet:
        """Keep those of rules all of whose registers the user may read: an alert quotes them."""
        return self.filter(units_where(user, Verb.READ_REGISTER, "watch__seen_at"))

    def open(self) -> AlertQuerySet:
        return self.filter(state__in=Alert.OPEN_STATES)


class Alert(models.Model):
    """What a watched rule tells of a subject: a question to a person, no verdict. One for each subject and watched rule.

    `subject_key` is a hash of the subject, so that no personal number stands here; `subject` is it as lists show it, and
    `identity` an organisation number. `facts` are the signals (controls.monitoring.watching.signals), `previous` those
    before they last changed, `told` the marks of all that was ever told of the subject. `holds` is whether the rule still
    tells it of the latest snapshots. `quiet_until` is the last day of an exclusion, or the day a sleeping one wakes.
    """

    class State(models.TextChoices):
        NEW = "new", pgettext_lazy("alert", "New")
        EXAMINED = "examined", _("Under examination")
        CONFIRMED = "confirmed", _("Confirmed deviation")
        EXPLAINED = "explained", _("Explained")
        FALSE_ALARM = "false_alarm", _("False alarm")
        ASLEEP = "asleep", _("Asleep")
        EXCLUDED = "excluded", _("Excluded")

    OPEN_STATES = (State.NEW, State.EXAMINED)
    CONCLUDED_STATES = (State.CONFIRMED, State.EXPLAINED, State.FALSE_ALARM)

    watch = models.ForeignKey("controls.Watch", verbose_name=_("watched rule"), on_delete=models.PROTECT, related_name="alerts")
    snapshot = models.ForeignKey(
        "controls.RegisterSnapshot", verbose_name=_("snapshot"), on_delete=models.PROTECT, related_name="+"
    )
    subject_key = models.CharField(_("key of the subject"), max_length=64, editable=False)
    subject = models.CharField(_("about"), max_length=200)
    subject_name = models.CharField(_("name"), max_length=300, blank=True)
    identity = models.CharField(_("organisation number"), max_length=10, blank=True)
    facts: models.JSONField[Any, Any] = models.JSONField(_("facts"), default=list)
    facts_sha256 = models.CharField(_("SHA-256 of the facts"), max_length=64)
    previous: models.JSONField[Any, Any] = models.JSONField(_("facts before"), default=list, blank=True)
    told: models.JSONField[Any, Any] = models.JSONField(_("told"), default=list, blank=True)
    amount = models.DecimalField(_("kronor"), max_digits=18, decimal_places=2, null=True, blank=True)
    holds = models.BooleanField(_("still holds"), default=True)
    state = models.CharField(_("state"), max_length=12, choices=State.choices, default=State.NEW, editable=False)
    reason = models.TextField(_("reason"), blank=True)
    quiet_until = models.DateField(_("until"), null=True, blank=True)
    times_returned = models.PositiveIntegerField(_("times it returned"), default=0)
    came_at = models.DateTimeField(_("came"))
    told_at = models.DateTimeField(_("last told"))
    assignee = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("assigned to"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    due_on = models.DateField(_("due"), null=True, blank=True)

    objects = AlertQuerySet.as_manager()
    history = tracked()

    class Meta:
        verbose_name = _("alert")
        verbose_name_plural = _("alerts")
        ordering = ["-told_at", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["watch", "subject_key"], name="one_alert_a_subject_and_watched_rule"),
            models.CheckConstraint(
                name="a_concluded_alert_says_why",
                condition=Q(state__in=["new", "examined"]) | ~Q(reason=""),
            ),
            models.CheckConstraint(
                name="an_excluded_alert_has_its_last_day", condition=~Q(state="excluded") | Q(quiet_until__isnull=False)
            ),
            models.CheckConstraint(
                name="only_a_quiet_alert_has_a_day",
                condition=Q(state__in=["asleep", "excluded"]) | Q(quiet_until__isnull=True),
            ),
        ]
        indexes = [
            models.Index(fields=["state", "told_at"], name="alerts_by_state"),
            models.Index(fields=["identity"], name="alerts_of_a_company"),
        ]

    def __str__(self) -> str:
        return self.subject_name or self.subject

    @property
    def is_open(self) -> bool:
        return self.state in self.OPEN_STATES

    def get_absolute_url(self) -> str:
        from django.urls import reverse

        return reverse("alert", args=[self.pk])
