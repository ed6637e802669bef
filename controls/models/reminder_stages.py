"""Stages of reminders, by municipality and by closing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from riskreg.access.grants import paths_with
from riskreg.access.verbs import Verb
from riskreg.models.history import tracked

if TYPE_CHECKING:
    from riskreg.models import User

FURTHEST_DAYS = 90
MOST_STAGES = 8


def read_days(text: str) -> tuple[int, ...]:
    """Return (30, 14, 7, 1, 0) for "30, 14, 7, 1, 0": the furthest first, each once. Raises ValidationError."""
    days = set()
    for part in filter(None, (part.strip() for part in text.replace(";", ",").split(","))):
        if not (part.isascii() and part.isdigit()) or int(part[:4]) > FURTHEST_DAYS:
            words = gettext(
                "“%(part)s” is no number of days: write whole numbers from 0 (on the day) to %(most)d, with commas between."
            )
            raise ValidationError(words % {"part": part, "most": FURTHEST_DAYS})
        days.add(int(part))
    if len(days) > MOST_STAGES:
        raise ValidationError(gettext("At most %(most)d days: more are not read.") % {"most": MOST_STAGES})
    return tuple(sorted(days, reverse=True))


def validate_days(text: str) -> None:
    """Check a list of days as a field's validator does. Raises ValidationError."""
    read_days(text)


def usual_days() -> str:
    """Return the usual days before a deadline, as text."""
    return str(settings.REMINDER_DAYS_BEFORE)


def usual_manager_after() -> int:
    """Return the usual number of days after which the manager is told."""
    return int(settings.REMINDER_MANAGER_AFTER)


def usual_controller_after() -> int:
    """Return the usual number of days after which the controller is told."""
    return int(settings.REMINDER_CONTROLLER_AFTER)


class ReminderStagesQuerySet(models.QuerySet["ReminderStages"]):
    def visible_to(self, user: User) -> ReminderStagesQuerySet:
        """Keep the stages of the municipalities in which the user has any role."""
        paths = paths_with(user, Verb.VIEW)
        if "/" in paths:
            return self
        roots = {f"/{path.split('/')[1]}/" for path in paths}
        return self.filter(unit__path__in=roots)


class ReminderStages(models.Model):
    """The days on which people are reminded, in a municipality or for one closing."""

    unit = models.ForeignKey(
        "riskreg.Unit",
        verbose_name=_("municipality"),
        on_delete=models.PROTECT,
        related_name="+",
        limit_choices_to={"parent__isnull": True},
    )
    closing = models.ForeignKey(
        "controls.Closing",
        verbose_name=_("closing"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text=_("Empty: for everything that has no stages of its own."),
    )
    days_before = models.CharField(
        _("days before"),
        max_length=60,
        blank=True,
        default=usual_days,
        validators=[validate_days],
        help_text=_("Days before the deadline, with commas between; 0 is the day itself. Empty: nothing before it."),
    )
    manager_after = models.PositiveSmallIntegerField(
        _("to the manager after"),
        null=True,
        blank=True,
        default=usual_manager_after,
        validators=[MinValueValidator(1), MaxValueValidator(FURTHEST_DAYS)],
        help_text=_("Days after the deadline. Empty: never."),
    )
    controller_after = models.PositiveSmallIntegerField(
        _("to the controller after"),
        null=True,
        blank=True,
        default=usual_controller_after,
        validators=[MinValueValidator(1), MaxValueValidator(FURTHEST_DAYS)],
        help_text=_("Days after the deadline. Empty: never."),
    )

    objects = ReminderStagesQuerySet.as_manager()
    history = tracked()

    class Meta:
        verbose_name = _("stages of reminders")
        verbose_name_plural = _("stages of reminders")
        ordering = ["unit", F("closing").asc(nulls_first=True)]
        constraints = [
            models.UniqueConstraint(
                fields=["unit"], condition=Q(closing__isnull=True), name="a_municipality_has_its_stages_once"
            ),
            models.UniqueConstraint(fields=["closing"], name="a_closing_has_its_stages_once"),
            models.CheckConstraint(
                name="nobody_is_told_of_lateness_before_the_deadline",
                condition=(Q(manager_after__isnull=True) | Q(manager_after__gte=1))
                & (Q(controller_after__isnull=True) | Q(controller_after__gte=1)),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.closing or self.unit}"
