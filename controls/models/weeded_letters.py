"""Counts of weeded letters."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from controls.models.digest import Digest


class WeededLetters(models.Model):
    """The number of a year's letters weeded from the ledger, by their outcome. Nothing about their recipients."""

    year = models.PositiveSmallIntegerField(_("year"))
    state = models.CharField(_("state"), max_length=10, choices=Digest.State.choices)
    letters = models.PositiveIntegerField(_("letters"), default=0)
    reminders = models.PositiveIntegerField(_("reminders"), default=0)

    class Meta:
        verbose_name = _("weeded letters")
        verbose_name_plural = _("weeded letters")
        ordering = ["year", "state"]
        constraints = [models.UniqueConstraint(fields=["year", "state"], name="weeded_letters_are_counted_by_year_and_state")]

    def __str__(self) -> str:
        return f"{self.year}: {self.letters} {self.get_state_display()}"
