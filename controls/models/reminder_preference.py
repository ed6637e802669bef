"""Users' own choices of when reminders come."""

from __future__ import annotations

from django.conf import settings
from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


def usual_hour() -> int:
    """Return the hour of reminders for people who have made no choice."""
    return int(settings.REMINDER_HOUR)


class ReminderPreference(models.Model):
    """The times at which a person wants their digests. Their own setting, with no history; optional.

    Close or overdue deadlines cannot be put off: the rhythm is about what lies a week or more ahead
    (controls.reminders.due).
    """

    class Rhythm(models.TextChoices):
        DAILY = "daily", _("On the working day when something is due to be said")
        WEEKLY = "weekly", _("Once a week; what is due within a week, or late, comes at once")
        LATE = "late", _("Only what is late")

    class Weekday(models.IntegerChoices):
        MONDAY = 0, _("Monday")
        TUESDAY = 1, _("Tuesday")
        WEDNESDAY = 2, _("Wednesday")
        THURSDAY = 3, _("Thursday")
        FRIDAY = 4, _("Friday")

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, verbose_name=_("user"), on_delete=models.CASCADE, related_name="reminder_preference"
    )
    rhythm = models.CharField(_("how often"), max_length=10, choices=Rhythm.choices, default=Rhythm.DAILY)
    weekday = models.PositiveSmallIntegerField(
        _("weekday"),
        choices=Weekday.choices,
        default=Weekday.MONDAY,
        help_text=_("Of the weekly digest, and of a manager's summary. On a public holiday: the next working day."),
    )
    hour = models.PositiveSmallIntegerField(
        _("hour"),
        default=usual_hour,
        validators=[MaxValueValidator(23)],
    )

    class Meta:
        verbose_name = _("choice of reminders")
        verbose_name_plural = _("choices of reminders")
        constraints = [
            models.CheckConstraint(name="reminder_hour_is_an_hour", condition=Q(hour__gte=0, hour__lte=23)),
            models.CheckConstraint(name="reminder_weekday_is_a_working_day", condition=Q(weekday__gte=0, weekday__lte=4)),
            models.CheckConstraint(name="reminder_rhythm_is_known", condition=Q(rhythm__in=["daily", "weekly", "late"])),
        ]

    def __str__(self) -> str:
        return f"{self.user}: {self.get_rhythm_display()}"
