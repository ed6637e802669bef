"""Risks and their categories."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from riskreg.models.addresses import address_of
from riskreg.models.history import tracked
from riskreg.scoring import Cell
from riskreg.sorting import SwedishSortField

if TYPE_CHECKING:
    from riskreg.models.matrix import RiskBand
    from riskreg.models.user import User


class RiskCategory(models.Model):
    """A way of grouping risks, common to the installation: for instance Finance, Legal, Staff."""

    name = models.CharField(_("name"), max_length=100)
    name_sort = SwedishSortField(source="name")
    history = tracked()

    class Meta:
        verbose_name = _("risk category")
        verbose_name_plural = _("risk categories")
        ordering = ["name_sort"]
        constraints = [models.UniqueConstraint(fields=["name"], name="category_name_is_unique")]

    def __str__(self) -> str:
        return self.name


class RiskQuerySet(models.QuerySet["Risk"]):
    def visible_to(self, user: User) -> RiskQuerySet:
        """Keep the risks of the units the user reaches; confidential ones only with that right, or as the owner."""
        from riskreg.access.sight import risks_seen_by

        return self.filter(risks_seen_by(user))

    def hidden_from(self, user: User) -> RiskQuerySet | None:
        """Keep the risks that the user would see if they were not confidential; None when there are none.

        To be counted, never named, and narrowed by unit, plan and year alone, as a search that counts them would tell
        what their titles say.
        """
        from riskreg.access.sight import risks_hidden_from

        hidden = risks_hidden_from(user)
        return None if hidden is None else self.filter(hidden)

    def current(self) -> RiskQuerySet:
        """Keep the risks that are not dropped from their plan."""
        return self.filter(is_dropped=False)

    def undecided(self) -> RiskQuerySet:
        """Keep the risks carried over from the year before that nobody has decided on."""
        return self.filter(carried_from__isnull=False, decision="")

    def placed(self) -> RiskQuerySet:
        return self.filter(likelihood__isnull=False)

    def not_placed(self) -> RiskQuerySet:
        """Keep the risks scored by their source without the two factors."""
        return self.filter(likelihood__isnull=True, risk_score__isnull=False)


class Risk(models.Model):
    """A risk: what may go wrong, how likely and how bad. The factors may be unknown: then only the score is known."""

    class Decision(models.TextChoices):
        """A decision on a risk carried over from the year before, taken when a year's plan was made."""

        KEPT = "kept", _("Kept")
        CHANGED = "changed", _("Changed")
        DROPPED = "dropped", _("Dropped")

    plan = models.ForeignKey("riskreg.ControlPlan", verbose_name=_("plan"), on_delete=models.PROTECT, related_name="risks")
    unit = models.ForeignKey("riskreg.Unit", verbose_name=_("unit"), on_delete=models.PROTECT, related_name="risks")
    number = models.PositiveIntegerField(_("number"), editable=False)
    title = models.CharField(_("identified risk"), max_length=300)
    title_sort = SwedishSortField(source="title")
    description = models.TextField(_("risk description"), blank=True)
    category = models.ForeignKey(
        RiskCategory, verbose_name=_("category"), null=True, blank=True, on_delete=models.PROTECT, related_name="risks"
    )
    process = models.CharField(_("process"), max_length=200, blank=True)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("risk owner"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="owned_risks",
    )
    owner_text = models.CharField(
        _("risk owner as stated"),
        max_length=200,
        blank=True,
        help_text=_("As the source words it, when it is no user of this system."),
    )
    likelihood = models.PositiveSmallIntegerField(_("likelihood"), null=True, blank=True)
    impact = models.PositiveSmallIntegerField(_("impact"), null=True, blank=True)
    risk_score = models.PositiveSmallIntegerField(_("risk score"), null=True, blank=True)
    placement_note = models.CharField(
        _("note on the assessment"),
        max_length=300,
        blank=True,
        help_text=_("Why these values, or what in them is an assumption."),
    )
    residual_likelihood = models.PositiveSmallIntegerField(_("likelihood after controls"), null=True, blank=True)
    residual_impact = models.PositiveSmallIntegerField(_("impact after controls"), null=True, blank=True)
    residual_score = models.PositiveSmallIntegerField(_("risk score after controls"), null=True, blank=True)
    is_municipality_wide = models.BooleanField(_("municipality-wide"), default=False)
    is_confidential = models.BooleanField(_("confidential"), default=False)
    confidentiality_section = models.CharField(
        _("section of the law"), max_length=100, blank=True, help_text=_("For instance: OSL 18:8.")
    )
    opened_before = models.DateTimeField(
        _("earlier wording shown of before"),
        null=True,
        blank=True,
        editable=False,
        help_text=_("What was written before then may be shown, though the risk was confidential; nothing where it is empty."),
    )
    is_dropped = models.BooleanField(_("dropped"), default=False, editable=False)
    carried_from = models.ForeignKey(
        "self",
        verbose_name=_("carried over from"),
        null=True,
        blank=True,
        editable=False,
        on_delete=models.PROTECT,
        related_name="carried_to",
    )
    decision = models.CharField(_("decision"), max_length=10, choices=Decision.choices, blank=True, editable=False)
    decision_reason = models.CharField(_("reason for the decision"), max_length=500, blank=True, editable=False)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("decided by"),
        null=True,
        blank=True,
        editable=False,
        on_delete=models.PROTECT,
        related_name="+",
    )
    decided_at = models.DateTimeField(_("decided"), null=True, blank=True, editable=False)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    objects = RiskQuerySet.as_manager()
    history = tracked(
        indexes=(
            # A risk as it stood on a day is one look-up here, and nothing of the row itself is read.
            models.Index(
                fields=[
                    "id",
                    "history_date",
                    "history_id",
                    "likelihood",
                    "impact",
                    "risk_score",
                    "residual_likelihood",
                    "residual_impact",
                    "residual_score",
                    "is_dropped",
                    "unit",
                    "is_confidential",
                    "is_municipality_wide",
                ],
                name="risk_as_of_a_day",
            ),
        )
    )

    class Meta:
        verbose_name = _("risk")
        verbose_name_plural = _("risks")
        ordering = ["plan", "number"]
        constraints = [
            models.UniqueConstraint(fields=["plan", "number"], name="risk_number_is_unique_in_its_plan"),
            models.CheckConstraint(
                name="risk_has_both_factors_or_none",
                condition=Q(likelihood__isnull=True, impact__isnull=True) | Q(likelihood__isnull=False, impact__isnull=False),
            ),
            models.CheckConstraint(
                name="risk_score_is_the_product_of_its_factors",
                condition=Q(likelihood__isnull=True) | Q(risk_score=F("likelihood") * F("impact")),
            ),
            models.CheckConstraint(
                name="a_placed_risk_has_a_score",
                condition=Q(likelihood__isnull=True) | Q(risk_score__isnull=False),
            ),
            models.CheckConstraint(name="risk_score_is_positive", condition=Q(risk_score__isnull=True) | Q(risk_score__gte=1)),
            models.CheckConstraint(
                name="risk_has_both_factors_after_controls_or_none",
                condition=Q(residual_likelihood__isnull=True, residual_impact__isnull=True)
                | Q(residual_likelihood__isnull=False, residual_impact__isnull=False, residual_score__isnull=False),
            ),
            models.CheckConstraint(
                name="score_after_controls_is_the_product_of_its_factors",
                condition=Q(residual_likelihood__isnull=True) | Q(residual_score=F("residual_likelihood") * F("residual_impact")),
            ),
            models.CheckConstraint(
                name="score_after_controls_is_positive", condition=Q(residual_score__isnull=True) | Q(residual_score__gte=1)
            ),
            models.CheckConstraint(
                name="a_confidential_risk_names_the_section_of_the_law",
                condition=Q(is_confidential=False) | ~Q(confidentiality_section=""),
            ),
            models.CheckConstraint(
                name="a_decision_on_a_risk_says_by_whom_and_when",
                condition=Q(decision="", decided_by__isnull=True, decided_at__isnull=True)
                | (~Q(decision="") & Q(decided_by__isnull=False, decided_at__isnull=False)),
            ),
            models.CheckConstraint(
                name="dropping_a_risk_is_a_decision_with_a_reason", condition=~Q(decision="dropped") | ~Q(decision_reason="")
            ),
        ]
        indexes = [
            # The heatmap's counts are read from these indexes alone: a plan's or a year's, and the whole register's.
            models.Index(
                fields=[
                    "plan",
                    "is_dropped",
                    "unit",
                    "is_confidential",
                    "is_municipality_wide",
                    "likelihood",
                    "impact",
                    "risk_score",
                    "owner",
                ],
                name="risk_heatmap",
            ),
            models.Index(
                fields=[
                    "likelihood",
                    "impact",
                    "risk_score",
                    "is_dropped",
                    "plan",
                    "unit",
                    "is_confidential",
                    "is_municipality_wide",
                    "owner",
                ],
                name="risk_by_cell",
            ),
            # Whose risks a person sees, asked for every person a filter offers.
            models.Index(fields=["owner", "is_dropped", "unit", "is_confidential"], name="risk_by_owner"),
            models.Index(fields=["-risk_score", "plan", "number"], name="risk_highest_first"),
            models.Index(fields=["title_sort", "id"], name="risk_by_title"),
            models.Index(fields=["plan"], condition=Q(is_municipality_wide=True), name="risk_municipality_wide"),
            # The few that are hidden from a person, to be left out of what is counted of all others.
            models.Index(fields=["plan", "unit", "owner"], condition=Q(is_confidential=True), name="risk_confidential"),
        ]

    def __str__(self) -> str:
        return f"{self.reference} {self.title}"

    @property
    def reference(self) -> str:
        """The number people say: 2025-07."""
        return f"{self.plan.year}-{self.number:02d}"

    @property
    def origin(self) -> str:
        """Return the risk's relation to last year's plan: new, undecided, kept, changed or dropped."""
        if self.decision:
            return str(self.decision)
        return "new" if self.carried_from_id is None else "undecided"

    @property
    def is_placed(self) -> bool:
        return self.likelihood is not None

    @property
    def band(self) -> RiskBand | None:
        return self.plan.matrix.band_of(self.risk_score)

    @property
    def residual_band(self) -> RiskBand | None:
        """The band of the risk that remains after its controls; None where that is not stated."""
        return self.plan.matrix.band_of(self.residual_score)

    @property
    def possible_cells(self) -> list[Cell]:
        """Return the cells where a score without factors could belong."""
        if self.is_placed or self.risk_score is None:
            return []
        return self.plan.matrix.possible_cells(self.risk_score)

    @property
    def owner_name(self) -> str:
        return self.owner.name if self.owner else self.owner_text

    def get_absolute_url(self) -> str:
        return address_of("risk", self.pk)

    def clean(self) -> None:
        """Check that factors, score and scales agree; errors name the values and what is allowed."""
        errors: dict[str, ValidationError] = {}
        self._settle("likelihood", "impact", "risk_score", errors)
        self._settle("residual_likelihood", "residual_impact", "residual_score", errors)
        if self.plan_id and self.unit_id and not self.unit.is_within(self.plan.unit):
            errors["unit"] = ValidationError(
                _("%(unit)s does not belong to %(plan_unit)s, whose plan this is."),
                params={"unit": self.unit, "plan_unit": self.plan.unit},
            )
        if self.is_confidential and not self.confidentiality_section.strip():
            errors["confidentiality_section"] = ValidationError(
                _("State the section of the law that makes the risk confidential, for instance OSL 18:8.")
            )
        if errors:
            raise ValidationError(errors)

    def _settle(self, likelihood: str, impact: str, score: str, errors: dict[str, ValidationError]) -> None:
        """Check two factors and their score against the scales, and set the score to the factors' product."""
        p, c, stated = getattr(self, likelihood), getattr(self, impact), getattr(self, score)
        found: dict[str, ValidationError] = {}
        if (p is None) != (c is None):
            missing = likelihood if p is None else impact
            found[missing] = ValidationError(_("Give both likelihood and impact, or neither and only the score."))
        if self.plan_id and not found:
            matrix = self.plan.matrix
            for name, value, levels in ((likelihood, p, matrix.likelihoods), (impact, c, matrix.impacts)):
                allowed = [level.value for level in levels]
                if value is not None and value not in allowed:
                    found[name] = ValidationError(
                        _("%(value)d is not on the scale of %(matrix)s. Allowed: %(allowed)s."),
                        params={"value": value, "matrix": matrix, "allowed": ", ".join(map(str, allowed))},
                    )
            if not found and p is not None and c is not None:
                setattr(self, score, p * c)
            elif not found and stated is not None and not matrix.possible_cells(stated):
                found[score] = ValidationError(
                    _("No cell of %(matrix)s has the score %(score)d."), params={"matrix": matrix, "score": stated}
                )
        errors.update(found)
