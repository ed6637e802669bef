"""Registers that are watched: lists of suppliers, payments, agreements and others that come again and again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from riskreg.access.sight import units_seen_by, units_where
from riskreg.access.verbs import Verb
from riskreg.models.history import tracked

if TYPE_CHECKING:
    from riskreg.models import User

LONGEST_MONTHS = 240


def default_retention() -> int:
    """Return how many months snapshots of a new register are kept, as the installation says."""
    return int(settings.REGISTER_RETENTION_MONTHS)


class RegisterQuerySet(models.QuerySet["Register"]):
    def visible_to(self, user: User) -> RegisterQuerySet:
        return self.filter(units_seen_by(user, "unit"))

    def read_by(self, user: User) -> RegisterQuerySet:
        """Keep the registers whose rows the user may read."""
        return self.filter(units_where(user, Verb.READ_REGISTER, "unit"))


class Register(models.Model):
    """A list that a unit watches, of a kind with known columns (controls.monitoring.kinds).

    `mapping` is the heading of each known column, by the column's code: chosen once, remembered for every file to come.
    `key_columns` are the headings that tell the rows apart, for the kind whose columns the product does not know.
    """

    class Kind(models.TextChoices):
        SUPPLIERS = "suppliers", _("Suppliers")
        LEDGER = "ledger", _("Supplier ledger")
        COMPANIES = "companies", _("Companies")
        WATCHED = "watched", _("Watched companies")
        AGREEMENTS = "agreements", _("Agreements")
        SYSTEMS = "systems", _("Systems")
        OPERATIONS = "operations", _("Operations and their plans")
        BANK_ACCOUNTS = "bank_accounts", _("Bank accounts")
        OWN = "own", _("Own register")

    class State(models.TextChoices):
        IN_USE = "in_use", _("In use")
        CLOSED = "closed", _("Closed")

    unit = models.ForeignKey("riskreg.Unit", verbose_name=_("unit"), on_delete=models.PROTECT, related_name="registers")
    kind = models.CharField(_("kind"), max_length=20, choices=Kind.choices)
    name = models.CharField(_("name"), max_length=120)
    source_system = models.CharField(
        _("source system"), max_length=200, help_text=_("Where the files are taken from, and how: system, report, selection.")
    )
    key_columns: models.JSONField[Any, Any] = models.JSONField(_("key columns"), default=list, blank=True)
    mapping: models.JSONField[Any, Any] = models.JSONField(_("columns"), default=dict, blank=True)
    retention_months = models.PositiveSmallIntegerField(
        _("months that snapshots are kept"),
        default=default_retention,
        validators=[MinValueValidator(1), MaxValueValidator(LONGEST_MONTHS)],
    )
    months_together = models.PositiveSmallIntegerField(
        _("months that are read together"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(LONGEST_MONTHS)],
        help_text=_("Of a supplier ledger whose files hold a part of the time each. Empty: each file holds the whole time."),
    )
    takes_two = models.BooleanField(
        _("a second person switches rules on"),
        default=False,
        help_text=_("Whoever proposes a watched rule, or other limits of it, does not switch it on."),
    )
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.IN_USE, editable=False)

    objects = RegisterQuerySet.as_manager()
    history = tracked()

    class Meta:
        verbose_name = _("register")
        verbose_name_plural = _("registers")
        ordering = ["unit", "name"]
        constraints = [
            models.UniqueConstraint(fields=["unit", "name"], name="a_register_has_one_name_in_its_unit"),
            models.CheckConstraint(name="a_register_says_its_system", condition=~Q(source_system="")),
            models.CheckConstraint(
                name="a_supplier_ledger_may_come_in_parts",
                condition=Q(months_together__isnull=True) | Q(kind="ledger", months_together__range=(1, LONGEST_MONTHS)),
            ),
            models.CheckConstraint(
                name="a_registers_snapshots_are_kept_for_a_time", condition=Q(retention_months__range=(1, LONGEST_MONTHS))
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        """Raise ValidationError unless what is read together can be, and is kept for as long."""
        if self.months_together is None:
            return
        if self.kind != self.Kind.LEDGER:
            raise ValidationError({"months_together": [_("Only a supplier ledger comes in parts: leave it empty.")]})
        if self.retention_months is not None and self.months_together > self.retention_months:
            raise ValidationError(
                {"months_together": [_("More months than snapshots are kept. Keep them longer, or read fewer together.")]}
            )

    @property
    def is_in_parts(self) -> bool:
        """True if each file holds a part of the time, and the parts are read together."""
        return self.months_together is not None

    @property
    def is_in_use(self) -> bool:
        return self.state == self.State.IN_USE

    def get_absolute_url(self) -> str:
        from django.urls import reverse

        return reverse("register", args=[self.pk])
