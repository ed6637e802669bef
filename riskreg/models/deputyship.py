"""Deputyships: one person stands in for another."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import formats
from django.utils.translation import gettext_lazy as _

from riskreg.models.history import tracked
from riskreg.models.unit import Unit

if TYPE_CHECKING:
    from riskreg.models.user import User


class DeputyshipQuerySet(models.QuerySet["Deputyship"]):
    def visible_to(self, user: User) -> DeputyshipQuerySet:
        """Keep the user's own, on either side, and those they may set or verify.

        The latter are those of the people at the units where the user may set deputies, or verifies.
        """
        from riskreg.access.grants import paths_with
        from riskreg.access.verbs import Verb

        condition = Q(absent=user.pk) | Q(deputy=user.pk)
        paths = {*paths_with(user, Verb.SET_DEPUTY), *paths_with(user, Verb.VERIFY)}
        if "/" in paths:
            return self
        if paths:
            within = Q()
            for path in paths:
                within |= Q(path__startswith=path)
            condition |= Q(absent__in=Unit.objects.filter(within).values("memberships__user"))
        return self.filter(condition)

    def in_force(self, day: date) -> DeputyshipQuerySet:
        return self.filter(called_off_at__isnull=True, first_day__lte=day, last_day__gte=day)

    def not_over(self, day: date) -> DeputyshipQuerySet:
        return self.filter(called_off_at__isnull=True, last_day__gte=day)


class Deputyship(models.Model):
    """A period in which one person stands in for another, who is absent.

    riskreg.access defines what it opens; it ends by itself on the day after.
    """

    absent = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("absent"), on_delete=models.CASCADE, related_name="deputyships_given"
    )
    deputy = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("deputy"), on_delete=models.CASCADE, related_name="deputyships_held"
    )
    first_day = models.DateField(_("first day"))
    last_day = models.DateField(_("last day"), help_text=_("The last day, included."))
    note = models.CharField(
        _("note"),
        max_length=300,
        blank=True,
        help_text=_("What the deputy should know. The reason for the absence is not needed."),
    )
    called_off_at = models.DateTimeField(_("called off"), null=True, blank=True, editable=False)

    objects = DeputyshipQuerySet.as_manager()
    history = tracked()

    class Meta:
        verbose_name = _("deputyship")
        verbose_name_plural = _("deputyships")
        ordering = ["-first_day", "absent"]
        constraints = [
            models.CheckConstraint(name="nobody_is_their_own_deputy", condition=~Q(absent=F("deputy"))),
            models.CheckConstraint(name="a_deputyship_ends_after_it_begins", condition=Q(last_day__gte=F("first_day"))),
            models.UniqueConstraint(
                fields=["absent", "deputy", "first_day"],
                condition=Q(called_off_at__isnull=True),
                name="a_deputyship_is_set_once",
            ),
        ]
        indexes = [models.Index(fields=["deputy", "last_day"], name="deputyship_in_force")]

    def __str__(self) -> str:
        return _("%(deputy)s for %(absent)s, %(period)s") % {
            "deputy": self.deputy,
            "absent": self.absent,
            "period": self.period,
        }

    @property
    def period(self) -> str:
        first, last = (formats.date_format(day, "j b Y") for day in (self.first_day, self.last_day))
        return _("%(first)s to %(last)s") % {"first": first, "last": last}

    def is_in_force(self, day: date) -> bool:
        return self.called_off_at is None and self.first_day <= day <= self.last_day

    def is_over(self, day: date) -> bool:
        return self.called_off_at is not None or self.last_day < day

    def save(self, *args: Any, **kwargs: Any) -> None:
        super().save(*args, **kwargs)
        self.deputy.forget_grants()
