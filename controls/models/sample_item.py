"""Drawn items and their outcomes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from controls.models.follow_up import follow_ups_seen_by
from riskreg.access.sight import units_where
from riskreg.access.verbs import Verb
from riskreg.models.history import tracked

if TYPE_CHECKING:
    from riskreg.models import User


class SampleItemQuerySet(models.QuerySet["SampleItem"]):
    def visible_to(self, user: User) -> SampleItemQuerySet:
        """Keep the items for readers of the population's rows: keys and cells are often personal data."""
        reads = units_where(user, Verb.READ_POPULATION, "sample__population__unit")
        return self.filter(follow_ups_seen_by(user, "sample__population") & reads)

    def in_sample(self) -> SampleItemQuerySet:
        """Keep the items that are examined and count: no reserves, none that was replaced."""
        return self.exclude(kind=SampleItem.Kind.RESERVE).filter(replaced_by__isnull=True)


class SampleItem(models.Model):
    """One drawn item and its outcome."""

    class Kind(models.TextChoices):
        DRAWN = "drawn", _("Drawn")
        RESERVE = "reserve", _("Reserve")
        REPLACEMENT = "replacement", _("Replacement")
        EXTENSION = "extension", _("Extension")
        WHOLE = "whole", _("Taken whole")

    class Outcome(models.TextChoices):
        PENDING = "pending", _("Not yet examined")
        OK = "ok", pgettext_lazy("outcome of an item", "OK")
        DEVIATION = "deviation", _("Deviation")
        NOT_EXAMINED = "not_examined", _("Could not be examined")

    sample = models.ForeignKey("controls.Sample", verbose_name=_("sample"), on_delete=models.PROTECT, related_name="items")
    position = models.PositiveIntegerField(_("number"), editable=False)
    kind = models.CharField(_("kind"), max_length=12, choices=Kind.choices, editable=False)
    ticket = models.CharField(_("ticket"), max_length=64, blank=True, editable=False)
    key = models.CharField(_("key"), max_length=500, blank=True, editable=False)
    salt = models.CharField(_("salt"), max_length=32, blank=True, editable=False)
    leaf = models.CharField(_("salted hash"), max_length=64, editable=False)
    row_number = models.PositiveBigIntegerField(_("row in the file"), null=True, editable=False)
    values = models.TextField(_("values"), blank=True, editable=False)
    amount = models.DecimalField(_("amount"), max_digits=20, decimal_places=4, null=True, blank=True, editable=False)
    stratum = models.CharField(_("group"), max_length=200, blank=True, editable=False)
    replaces = models.OneToOneField(
        "self",
        verbose_name=_("replaces"),
        null=True,
        blank=True,
        editable=False,
        on_delete=models.PROTECT,
        related_name="replaced_by",
    )

    extension_round = models.PositiveSmallIntegerField(
        _("round of the extension"),
        null=True,
        blank=True,
        editable=False,
        help_text=_("Of an extension: 0 when it was decided before anything was examined, else which one it was."),
    )

    outcome = models.CharField(_("outcome"), max_length=15, choices=Outcome.choices, default=Outcome.PENDING)
    note = models.TextField(_("note"), blank=True)
    correct_amount = models.DecimalField(_("correct amount"), max_digits=20, decimal_places=4, null=True, blank=True)
    examined_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("examined by"),
        null=True,
        blank=True,
        editable=False,
        on_delete=models.PROTECT,
        related_name="+",
    )
    examined_at = models.DateTimeField(_("examined"), null=True, blank=True, editable=False)
    version = models.PositiveIntegerField(_("version"), default=1, editable=False)

    objects = SampleItemQuerySet.as_manager()
    history = tracked()

    class Meta:
        verbose_name = _("sampled item")
        verbose_name_plural = _("sampled items")
        ordering = ["sample", "position"]
        constraints = [
            models.UniqueConstraint(fields=["sample", "position"], name="an_item_has_its_own_number_in_the_sample"),
            models.UniqueConstraint(fields=["sample", "key"], condition=~Q(key=""), name="an_item_is_drawn_once_in_a_sample"),
            models.CheckConstraint(
                name="an_outcome_is_known", condition=Q(outcome__in=["pending", "ok", "deviation", "not_examined"])
            ),
            models.CheckConstraint(
                name="an_examined_item_says_when",
                condition=Q(outcome="pending", examined_at__isnull=True, examined_by__isnull=True)
                | (~Q(outcome="pending") & Q(examined_at__isnull=False, examined_by__isnull=False)),
            ),
            models.CheckConstraint(name="a_reserve_has_no_outcome", condition=~Q(kind="reserve") | Q(outcome="pending")),
            models.CheckConstraint(
                name="a_replacement_says_what_it_replaces", condition=Q(kind="replacement") ^ Q(replaces__isnull=True)
            ),
        ]
        indexes = [models.Index(fields=["sample", "outcome"], name="sample_item_by_outcome")]

    def __str__(self) -> str:
        return f"{self.position}. {self.key or self.leaf[:12]}"

    @property
    def cells(self) -> dict[str, str]:
        """The row's values by column; empty once they are weeded."""
        import json

        found: dict[str, Any] = json.loads(self.values) if self.values else {}
        return found
