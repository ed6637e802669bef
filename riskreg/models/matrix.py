"""Risk matrices: versioned scales and bands of an organisation."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from riskreg.database.compiled import rows_once_compiled
from riskreg.models.history import tracked
from riskreg.scoring import Cell, band_of, possible_cells

if TYPE_CHECKING:
    from riskreg.models.user import User


class RiskMatrixQuerySet(models.QuerySet["RiskMatrix"]):
    def with_scales(self) -> RiskMatrixQuerySet:
        return self.prefetch_related("likelihood_levels", "impact_levels", "bands")

    def applying_to(self, user: User) -> RiskMatrixQuerySet:
        """Keep the matrices of the units the user reaches and of every unit above them."""
        from riskreg.access.grants import paths_with
        from riskreg.access.verbs import Verb

        paths = paths_with(user, Verb.VIEW)
        if "/" in paths:
            return self
        condition = Q(pk__in=[])
        for path in paths:
            above = [path[: end + 1] for end, letter in enumerate(path) if letter == "/" and end]
            condition |= Q(unit__path__startswith=path) | Q(unit__path__in=above)
        return self.filter(condition)

    visible_to = applying_to

    def valid_on(self, day: date) -> RiskMatrixQuerySet:
        """Keep the matrices in force on the day, the newest version of each name first."""
        return self.filter(valid_from__lte=day).order_by("-valid_from", "-version")


class RiskMatrix(models.Model):
    """One version of an organisation's scales. A matrix that risks have been scored by is never edited: make a new version."""

    unit = models.ForeignKey(
        "riskreg.Unit",
        verbose_name=_("organisation"),
        on_delete=models.PROTECT,
        related_name="matrices",
        help_text=_("The unit whose matrix this is, with all units below it."),
    )
    name = models.CharField(_("name"), max_length=100)
    version = models.PositiveSmallIntegerField(_("version"), default=1)
    valid_from = models.DateField(_("valid from"))
    note = models.TextField(_("note"), blank=True, help_text=_("Where it was decided, what changed since the version before."))

    objects = RiskMatrixQuerySet.as_manager()
    history = tracked()

    class Meta:
        verbose_name = _("risk matrix")
        verbose_name_plural = _("risk matrices")
        ordering = ["unit", "name", "-version"]
        constraints = [
            models.UniqueConstraint(fields=["unit", "name", "version"], name="matrix_version_is_unique_in_its_organisation"),
            models.CheckConstraint(name="matrix_version_starts_at_one", condition=Q(version__gte=1)),
        ]

    def __str__(self) -> str:
        return _("%(name)s, version %(version)d") % {"name": self.name, "version": self.version}

    # The scales are read many times a page (every risk asks for its band): one query each, then from memory.
    @cached_property
    def likelihoods(self) -> list[LikelihoodLevel]:
        return sorted(self.likelihood_levels.all(), key=lambda level: level.value)

    @cached_property
    def impacts(self) -> list[ImpactLevel]:
        return sorted(self.impact_levels.all(), key=lambda level: level.value)

    @cached_property
    def ordered_bands(self) -> list[RiskBand]:
        return sorted(self.bands.all(), key=lambda band: band.from_score)

    @property
    def highest_score(self) -> int:
        if not self.likelihoods or not self.impacts:
            return 0
        return self.likelihoods[-1].value * self.impacts[-1].value

    def band_of(self, score: int | None) -> RiskBand | None:
        return band_of(score, self.ordered_bands)

    def possible_cells(self, score: int) -> list[Cell]:
        return possible_cells(score, (p.value for p in self.likelihoods), (c.value for c in self.impacts))

    def has_been_used(self) -> bool:
        """Return whether a plan refers to it: then its scales stand."""
        return self.pk is not None and self.plans.exists()


def matrix_with_scales(pk: int) -> RiskMatrix:
    """Return the matrix with its scales in memory, asked by SQL that is kept. Raises RiskMatrix.DoesNotExist."""
    found = rows_once_compiled("a matrix", lambda asked: RiskMatrix.objects.filter(pk=asked), pk)
    if not found:
        raise RiskMatrix.DoesNotExist(pk)
    matrix: RiskMatrix = found[0]
    for name, scale, order in (
        ("likelihoods", LikelihoodLevel, "value"),
        ("impacts", ImpactLevel, "value"),
        ("ordered_bands", RiskBand, "from_score"),
    ):
        steps = rows_once_compiled(("a scale", name), _steps_of(scale, order), pk)
        for step in steps:
            step.matrix = matrix
        matrix.__dict__[name] = steps
    return matrix


def _steps_of(scale: type[models.Model], order: str) -> Callable[[int], models.QuerySet[Any]]:
    return lambda pk: scale._default_manager.filter(matrix=pk).order_by(order)


class Level(models.Model):
    """A step of a scale: its number, its word, and what the word means here."""

    value = models.PositiveSmallIntegerField(_("value"))
    label = models.CharField(_("label"), max_length=60)
    description = models.CharField(_("description"), max_length=300, blank=True)

    class Meta:
        abstract = True
        ordering = ["value"]

    def __str__(self) -> str:
        return f"{self.value} {self.label}"


class LikelihoodLevel(Level):
    matrix = models.ForeignKey(RiskMatrix, on_delete=models.CASCADE, related_name="likelihood_levels", verbose_name=_("matrix"))
    history = tracked()

    class Meta(Level.Meta):
        verbose_name = _("likelihood level")
        verbose_name_plural = _("likelihood levels")
        constraints = [
            models.UniqueConstraint(fields=["matrix", "value"], name="likelihood_value_is_unique_in_its_matrix"),
            models.CheckConstraint(name="likelihood_value_is_1_to_10", condition=Q(value__range=(1, 10))),
        ]


class ImpactLevel(Level):
    matrix = models.ForeignKey(RiskMatrix, on_delete=models.CASCADE, related_name="impact_levels", verbose_name=_("matrix"))
    history = tracked()

    class Meta(Level.Meta):
        verbose_name = _("impact level")
        verbose_name_plural = _("impact levels")
        constraints = [
            models.UniqueConstraint(fields=["matrix", "value"], name="impact_value_is_unique_in_its_matrix"),
            models.CheckConstraint(name="impact_value_is_1_to_10", condition=Q(value__range=(1, 10))),
        ]


class RiskBand(models.Model):
    """A band of scores: where it starts, its name and tone, and what it demands."""

    class Tone(models.TextChoices):
        LOW = "low", _("Green, ▽")
        GUARD = "guard", _("Yellow, ○")
        HIGH = "high", _("Orange, ◆")
        CRITICAL = "critical", _("Red, ■")

    class Demand(models.TextChoices):
        ACCEPT = "accept", _("Accept, with a reason")
        WATCH = "watch", _("Watch in daily operations")
        CONTROL = "control", _("Control in the plan")
        ACT = "act", _("Direct action and control")

    SYMBOLS = {"low": "▽", "guard": "○", "high": "◆", "critical": "■"}

    matrix = models.ForeignKey(RiskMatrix, on_delete=models.CASCADE, related_name="bands", verbose_name=_("matrix"))
    from_score = models.PositiveSmallIntegerField(_("from score"))
    name = models.CharField(_("name"), max_length=40)
    tone = models.CharField(_("colour and symbol"), max_length=10, choices=Tone.choices)
    demand = models.CharField(_("what it demands"), max_length=10, choices=Demand.choices)

    history = tracked()

    class Meta:
        verbose_name = _("risk band")
        verbose_name_plural = _("risk bands")
        ordering = ["from_score"]
        constraints = [
            models.UniqueConstraint(fields=["matrix", "from_score"], name="band_threshold_is_unique_in_its_matrix"),
            models.UniqueConstraint(fields=["matrix", "name"], name="band_name_is_unique_in_its_matrix"),
            models.CheckConstraint(name="band_starts_at_one_or_above", condition=Q(from_score__gte=1)),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def symbol(self) -> str:
        return self.SYMBOLS[self.tone]


def check_scales(likelihoods: list[int], impacts: list[int], thresholds: list[int]) -> None:
    """Check that the scales make a matrix; raise ValidationError otherwise.

    2 to 10 levels 1, 2, 3 …, and bands that start at score 1.
    """
    for label, values in ((_("likelihood"), likelihoods), (_("impact"), impacts)):
        if sorted(values) != list(range(1, len(values) + 1)) or not 2 <= len(values) <= 10:
            raise ValidationError(
                _("The %(scale)s scale must hold the values 1, 2, 3 … without gaps, 2 to 10 of them. It holds: %(values)s."),
                params={"scale": label, "values": ", ".join(map(str, sorted(values))) or "–"},
            )
    if min(thresholds, default=0) != 1:
        raise ValidationError(_("One band must start at score 1, so that every score falls in a band."))
    if max(thresholds) > max(likelihoods) * max(impacts):
        raise ValidationError(
            _("A band starts at %(from)d, but the highest score of these scales is %(highest)d."),
            params={"from": max(thresholds), "highest": max(likelihoods) * max(impacts)},
        )
