"""Closings: a municipality's reporting occasions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from riskreg.access.grants import paths_with
from riskreg.access.verbs import Verb
from riskreg.models.history import tracked

if TYPE_CHECKING:
    from datetime import date

    from riskreg.models import Unit, User


class ClosingQuerySet(models.QuerySet["Closing"]):
    def visible_to(self, user: User) -> ClosingQuerySet:
        """Keep the closings of the municipalities in which the user has any role."""
        roots = {f"/{path.split('/')[1]}/" for path in paths_with(user, Verb.VIEW) if path != "/"}
        if "/" in paths_with(user, Verb.VIEW):
            return self
        return self.filter(unit__path__in=roots)

    def of_unit(self, unit: Unit) -> ClosingQuerySet:
        """Keep the closings that apply to the unit: those of its municipality."""
        return self.filter(unit__path=unit.root_path)


class Closing(models.Model):
    """A municipality's reporting occasion: the cut-off and the dates by which things are due."""

    class Kind(models.TextChoices):
        FIRST_TERTIAL = "first_tertial", _("First tertial")
        INTERIM = "interim", _("Half-year closing")
        ANNUAL = "annual", _("Year-end closing")

    unit = models.ForeignKey(
        "riskreg.Unit",
        verbose_name=_("municipality"),
        on_delete=models.PROTECT,
        related_name="closings",
        limit_choices_to={"parent__isnull": True},
    )
    year = models.PositiveSmallIntegerField(_("year"))
    kind = models.CharField(_("kind"), max_length=20, choices=Kind.choices)
    cut_off = models.DateField(_("cut-off date"))
    follow_up_due = models.DateField(_("follow-ups due"))
    approval_due = models.DateField(_("approvals due"))
    report_due = models.DateField(_("report due"))

    objects = ClosingQuerySet.as_manager()
    history = tracked()

    class Meta:
        verbose_name = _("closing")
        verbose_name_plural = _("closings")
        ordering = ["-cut_off"]
        constraints = [
            models.UniqueConstraint(fields=["unit", "year", "kind"], name="a_municipality_has_one_closing_of_a_kind_a_year"),
            models.CheckConstraint(
                name="closing_dates_follow_each_other",
                condition=Q(follow_up_due__gte=F("cut_off"))
                & Q(approval_due__gte=F("follow_up_due"))
                & Q(report_due__gte=F("approval_due")),
            ),
            models.CheckConstraint(name="closing_kind_is_known", condition=Q(kind__in=["first_tertial", "interim", "annual"])),
        ]

    def __str__(self) -> str:
        return _("%(kind)s %(year)d") % {"kind": self.get_kind_display(), "year": self.year}

    @property
    def within(self) -> str:
        """The closing's name inside a sentence: “Kommunstyrelsen, delårsbokslut 2025”."""
        name = str(self)
        return name[:1].lower() + name[1:]

    def is_late(self, on: date) -> bool:
        """Return whether follow-ups to this closing were due before the day."""
        return on > self.follow_up_due
