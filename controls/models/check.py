"""Checks: the planned performances of a control."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import formats
from django.utils.translation import gettext_lazy as _

from controls.models.follow_up import Conclusion, all_seen_by, follow_ups_seen_by, people_served_by
from riskreg.models.history import tracked

if TYPE_CHECKING:
    from datetime import date

    from riskreg.models import User

CONCLUSIONS = [one for one in Conclusion if one != Conclusion.ONGOING]
"""The conclusions of a check; never ongoing: the next check takes up what goes on."""


class CheckQuerySet(models.QuerySet["Check"]):
    def visible_to(self, user: User) -> CheckQuerySet:
        return self.filter(follow_ups_seen_by(user))

    def all_visible_to(self, user: User) -> CheckQuerySet:
        """Keep what visible_to keeps, for lists and counts of all of it."""
        return self.filter(all_seen_by(user))

    def open(self) -> CheckQuerySet:
        return self.filter(state__in=Check.OPEN_STATES)

    def waiting_on(self, user: User) -> CheckQuerySet:
        """Keep the open checks that the user, or somebody they are deputy for, has to perform."""
        return self.open().filter(performer__in=people_served_by(user))

    def late(self, on: date) -> CheckQuerySet:
        """Keep the checks past their due day that can still be performed; past their last day they are missed."""
        return self.open().filter(due_on__lt=on)


class Check(models.Model):
    """One planned performance of a control by a unit, opened by the schedule some time before the day it is due.

    `nominal_on` is its day by the schedule, before it was moved to a working day or by a person: with control and unit
    it is what the check *is*, so that no run of the scheduler makes it twice. What is done or missed stands: the verbs
    refuse to change it, and so does the database (controls.riskreg_hooks.triggers).
    """

    class State(models.TextChoices):
        PLANNED = "planned", _("Planned")
        IN_PROGRESS = "in_progress", _("In progress")
        DONE = "done", _("Done")
        MISSED = "missed", _("Missed")

    OPEN_STATES = (State.PLANNED, State.IN_PROGRESS)

    control = models.ForeignKey("controls.Control", verbose_name=_("control"), on_delete=models.PROTECT, related_name="checks")
    unit = models.ForeignKey("riskreg.Unit", verbose_name=_("unit"), on_delete=models.PROTECT, related_name="checks")
    performer = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("performed by"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="checks",
    )
    nominal_on = models.DateField(_("day by the schedule"), editable=False)
    due_on = models.DateField(_("due"))
    last_day = models.DateField(_("last day"), editable=False, help_text=_("After that day it is missed."))
    state = models.CharField(_("state"), max_length=15, choices=State.choices, default=State.PLANNED, editable=False)
    conclusion = models.CharField(_("conclusion"), max_length=25, choices=Conclusion.choices, blank=True)
    note = models.TextField(
        _("note"), blank=True, help_text=_("What was examined and what it showed; of a missed check, why it was not performed.")
    )
    performed_on = models.DateField(_("performed on"), null=True, blank=True)
    performed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("recorded by"),
        null=True,
        blank=True,
        editable=False,
        on_delete=models.PROTECT,
        related_name="+",
    )
    missed_at = models.DateTimeField(_("marked as missed"), null=True, blank=True, editable=False)

    objects = CheckQuerySet.as_manager()
    history = tracked()

    class Meta:
        verbose_name = _("check")
        verbose_name_plural = _("checks")
        ordering = ["due_on", "control"]
        constraints = [
            models.UniqueConstraint(fields=["control", "unit", "nominal_on"], name="a_day_of_the_schedule_has_one_check"),
            models.CheckConstraint(name="a_check_is_due_before_its_last_day", condition=Q(last_day__gte=F("due_on"))),
            models.CheckConstraint(
                name="a_done_check_says_when_by_whom_and_what",
                condition=Q(state="done", performed_on__isnull=False, performed_by__isnull=False) & ~Q(conclusion="")
                | ~Q(state="done") & Q(performed_on__isnull=True, performed_by__isnull=True),
            ),
            models.CheckConstraint(
                name="a_missed_check_says_since_when", condition=Q(state="missed") ^ Q(missed_at__isnull=True)
            ),
            models.CheckConstraint(
                name="check_state_is_known", condition=Q(state__in=["planned", "in_progress", "done", "missed"])
            ),
            models.CheckConstraint(
                name="check_conclusion_is_known", condition=Q(conclusion__in=["", *(one.value for one in CONCLUSIONS)])
            ),
        ]
        indexes = [
            models.Index(fields=["performer", "state", "due_on"], name="check_inbox"),
            models.Index(fields=["state", "last_day"], name="check_by_last_day"),
            models.Index(fields=["unit", "due_on"], name="check_by_unit"),
        ]

    def __str__(self) -> str:
        return f"{str(self.control).rstrip('.')}, {formats.date_format(self.due_on, 'DATE_FORMAT')}"

    @property
    def is_open(self) -> bool:
        return self.state in self.OPEN_STATES

    def is_late(self, on: date) -> bool:
        return self.is_open and self.due_on < on

    @property
    def concluded(self) -> Conclusion | None:
        return Conclusion(self.conclusion) if self.conclusion else None

    def get_absolute_url(self) -> str:
        from django.urls import reverse

        return reverse("check", args=[self.pk])
