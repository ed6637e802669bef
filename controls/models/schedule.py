"""Schedules of controls, and their exceptions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from riskreg.access.sight import risks_seen_by
from riskreg.models.history import tracked

if TYPE_CHECKING:
    from riskreg.models import User


class DayRule(models.TextChoices):
    """The rule for a check due on a day off. The values are those of controls.scheduling.rhythm.Move."""

    BEFORE = "before", _("The working day before")
    AFTER = "after", _("The working day after")
    NEAREST = "nearest", _("The nearest working day")
    NOT_MOVED = "not_moved", _("Not moved")


class ControlScheduleQuerySet(models.QuerySet["ControlSchedule"]):
    def visible_to(self, user: User) -> ControlScheduleQuerySet:
        return self.filter(risks_seen_by(user, "control__risk"))


class ControlSchedule(models.Model):
    """The days of a control's frequency; a control without one has the usual days (controls.scheduling.rhythm)."""

    control = models.OneToOneField(
        "controls.Control", verbose_name=_("control"), on_delete=models.PROTECT, related_name="schedule"
    )
    anchor_on = models.DateField(
        _("first day"),
        null=True,
        blank=True,
        help_text=_("The others are counted from it: 31 January is followed by 28 February and 31 March. Empty: the usual days."),
    )
    day_rule = models.CharField(
        _("on a day off"),
        max_length=10,
        choices=DayRule.choices,
        default=DayRule.BEFORE,
        help_text=_("Saturdays, Sundays, public holidays, Midsummer Eve, Christmas Eve and New Year's Eve."),
    )
    given_dates: models.JSONField[Any, Any] = models.JSONField(_("given dates"), default=list, blank=True)
    in_force_from = models.DateField(
        _("in force from"),
        null=True,
        blank=True,
        editable=False,
        help_text=_("The schedule's days before it are not asked for: what was opened by an earlier schedule stands."),
    )

    objects = ControlScheduleQuerySet.as_manager()
    history = tracked()

    class Meta:
        verbose_name = _("schedule")
        verbose_name_plural = _("schedules")
        constraints = [
            models.CheckConstraint(name="a_schedule_says_what_a_day_off_does", condition=Q(day_rule__in=DayRule.values))
        ]

    def __str__(self) -> str:
        return str(_("Schedule of %(control)s")) % {"control": self.control}


class ScheduleExceptionQuerySet(models.QuerySet["ScheduleException"]):
    def visible_to(self, user: User) -> ScheduleExceptionQuerySet:
        return self.filter(risks_seen_by(user, "control__risk"))


class ScheduleException(models.Model):
    """An exception to one day of a control's schedule, and why: left out, or moved to another day."""

    class Kind(models.TextChoices):
        SKIP = "skip", _("Left out")
        MOVE = "move", _("On another day")

    control = models.ForeignKey(
        "controls.Control", verbose_name=_("control"), on_delete=models.PROTECT, related_name="schedule_exceptions"
    )
    nominal_on = models.DateField(_("day by the schedule"))
    kind = models.CharField(_("what happens"), max_length=5, choices=Kind.choices)
    due_on = models.DateField(_("due instead"), null=True, blank=True)
    reason = models.CharField(_("reason"), max_length=500)

    objects = ScheduleExceptionQuerySet.as_manager()
    history = tracked()

    class Meta:
        verbose_name = _("exception from the schedule")
        verbose_name_plural = _("exceptions from the schedule")
        ordering = ["control", "nominal_on"]
        constraints = [
            models.UniqueConstraint(fields=["control", "nominal_on"], name="a_day_of_the_schedule_has_one_exception"),
            models.CheckConstraint(name="an_exception_has_its_reason", condition=~Q(reason="")),
            models.CheckConstraint(
                name="a_moved_day_says_where_to",
                condition=Q(kind="move", due_on__isnull=False) | Q(kind="skip", due_on__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.nominal_on.isoformat()}: {self.get_kind_display()}"
