"""The ledger of reminders, second half: the lines of each letter, their records, and why they were sent."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

if TYPE_CHECKING:
    from datetime import date


class Reminder(models.Model):
    """A deadline told to a person, at a stage before or after it.

    Keyed by object, deadline and stage: when the deadline moves, its stages begin anew. A stage that passed while
    nothing ran is made up for by the latest one that has come (controls.reminders.due).
    """

    class Kind(models.TextChoices):
        FOLLOW_UP = "follow_up", _("Follow-up")
        APPROVAL = "approval", _("Approval")
        CHECK = "check", _("Check")
        ACTION = "action", _("Measure")
        REPORT = "report", _("Report")
        PLAN = "plan", _("Plan that is missing")
        ALERT = "alert", _("Alert")
        INQUIRY = "inquiry", _("Inquiry")
        INDICATOR = "indicator", _("Value of an indicator")

    class Reason(models.TextChoices):
        NAMED = "named", _("Yours to do")
        UNNAMED = "unnamed", _("Nobody performs it yet")
        MANAGER = "manager", _("Late in your unit")
        CONTROLLER = "controller", _("Late, for the controller")

    digest = models.ForeignKey("controls.Digest", verbose_name=_("letter"), on_delete=models.CASCADE, related_name="lines")
    recipient = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("to"), on_delete=models.PROTECT, related_name="reminders"
    )
    deputy_for = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("as deputy for"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    kind = models.CharField(_("about"), max_length=10, choices=Kind.choices)
    object_id = models.BigIntegerField(_("record"))
    deadline = models.DateField(_("deadline"))
    stage = models.SmallIntegerField(_("stage"), help_text=_("Days after the deadline; before it, less than nought."))
    reason = models.CharField(_("why"), max_length=10, choices=Reason.choices)
    is_asked_for = models.BooleanField(_("asked for"), default=False)
    is_moot = models.BooleanField(
        _("no longer needed"), default=False, help_text=_("Done, moved or handed over before the letter left.")
    )

    class Meta:
        verbose_name = _("reminder")
        verbose_name_plural = _("reminders")
        ordering = ["deadline", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "object_id", "deadline", "stage", "recipient"],
                condition=Q(is_asked_for=False, is_moot=False),
                name="a_stage_of_a_deadline_is_told_a_person_once",
            ),
            models.UniqueConstraint(
                fields=["digest", "kind", "object_id"],
                name="a_letter_speaks_of_a_record_once",
            ),
            models.CheckConstraint(
                name="reminder_kind_is_known",
                condition=Q(
                    kind__in=["follow_up", "approval", "check", "action", "report", "plan", "alert", "inquiry", "indicator"]
                ),
            ),
            models.CheckConstraint(
                name="reminder_reason_is_known", condition=Q(reason__in=["named", "unnamed", "manager", "controller"])
            ),
        ]

        indexes = [models.Index(fields=["deadline", "recipient"], name="reminders_by_deadline")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.object_id}, {self.deadline.isoformat()} {self.stage:+d}"

    @property
    def falls_on(self) -> date:
        return self.deadline + timedelta(days=self.stage)

    @property
    def stage_in_words(self) -> str:
        if self.stage == 0:
            return str(_("on the day"))
        if self.stage < 0:
            return ngettext("%(days)d day before", "%(days)d days before", -self.stage) % {"days": -self.stage}
        return ngettext("%(days)d day after", "%(days)d days after", self.stage) % {"days": self.stage}
