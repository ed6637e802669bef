"""Admin of risk matrices: made whole, never edited once a plan uses them; a new version starts as a copy."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.http import HttpRequest
from django.utils.translation import gettext, pgettext
from django.utils.translation import gettext_lazy as _

from riskreg import clock
from riskreg.access.grants import may
from riskreg.access.verbs import Verb
from riskreg.admin.base import MOST_ROWS, FewRows, ScopedAdmin, ScopedRelatedFilter, column, signed_in
from riskreg.models import ImpactLevel, LikelihoodLevel, RiskBand, RiskCategory, RiskMatrix, Unit
from riskreg.models.matrix import check_scales
from riskreg.web.whole_number import whole_number


class _PartInline(FewRows, admin.TabularInline):
    """A part of the matrix; it may change exactly while the matrix may.

    A new matrix's form begins with the usual rows, and any of them can be removed: there are matrices of three to six
    levels.
    """

    def usual(self) -> list[dict[str, Any]]:
        raise NotImplementedError

    def get_extra(self, request: HttpRequest, obj: RiskMatrix | None = None, **kwargs: Any) -> int:
        return 0 if obj else len(self.usual())

    def _parent_may(self, request: HttpRequest, obj: RiskMatrix | None) -> bool:
        return may(signed_in(request), Verb.ADMINISTER, obj.unit if obj else None) and not (obj and obj.has_been_used())

    def has_view_permission(self, request: HttpRequest, obj: RiskMatrix | None = None) -> bool:
        return True

    def has_add_permission(self, request: HttpRequest, obj: RiskMatrix | None = None) -> bool:
        return self._parent_may(request, obj)

    def has_change_permission(self, request: HttpRequest, obj: RiskMatrix | None = None) -> bool:
        return self._parent_may(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: RiskMatrix | None = None) -> bool:
        return self._parent_may(request, obj)


class LikelihoodInline(_PartInline):
    model = LikelihoodLevel

    def usual(self) -> list[dict[str, Any]]:
        words = [gettext("Unlikely"), gettext("Less likely"), gettext("Possible"), gettext("Likely")]
        return [{"value": value, "label": label} for value, label in enumerate(words, 1)]


class ImpactInline(_PartInline):
    model = ImpactLevel

    def usual(self) -> list[dict[str, Any]]:
        words = [gettext("Negligible"), gettext("Mild"), gettext("Noticeable"), gettext("Serious")]
        return [{"value": value, "label": label} for value, label in enumerate(words, 1)]


class BandInline(_PartInline):
    model = RiskBand

    def usual(self) -> list[dict[str, Any]]:
        tones, demands = RiskBand.Tone, RiskBand.Demand
        return [
            {"from_score": 1, "name": pgettext("band", "Low"), "tone": tones.LOW, "demand": demands.ACCEPT},
            {"from_score": 4, "name": pgettext("band", "Watch"), "tone": tones.GUARD, "demand": demands.WATCH},
            {"from_score": 6, "name": pgettext("band", "Medium"), "tone": tones.HIGH, "demand": demands.CONTROL},
            {"from_score": 12, "name": pgettext("band", "High"), "tone": tones.CRITICAL, "demand": demands.ACT},
        ]


class MatrixForm(forms.ModelForm):
    class Meta:
        model = RiskMatrix
        fields = ["unit", "name", "version", "valid_from", "note"]

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        # The scales arrive as formsets beside this form; they are checked as a whole from the posted values.
        if any(name.endswith("-TOTAL_FORMS") for name in self.data):
            check_scales(
                self._values_sent("likelihood_levels", "value"),
                self._values_sent("impact_levels", "value"),
                self._values_sent("bands", "from_score"),
            )
        return cleaned

    def _values_sent(self, prefix: str, name: str) -> list[int]:
        total = whole_number(str(self.data.get(f"{prefix}-TOTAL_FORMS", "0"))) or 0
        values = []
        for index in range(min(total, MOST_ROWS)):
            raw = str(self.data.get(f"{prefix}-{index}-{name}", "")).strip()
            if raw and not self.data.get(f"{prefix}-{index}-DELETE"):
                value = whole_number(raw)
                if value is None:
                    raise ValidationError(_("“%(value)s” is not a whole number."), params={"value": raw})
                values.append(value)
        return values


@admin.register(RiskMatrix)
class RiskMatrixAdmin(ScopedAdmin[RiskMatrix]):
    add_verb = Verb.ADMINISTER
    change_verb = Verb.ADMINISTER
    form = MatrixForm
    list_display = ["name", "version", "unit", "valid_from", "size"]
    list_filter = [("unit", ScopedRelatedFilter)]
    inlines = [LikelihoodInline, ImpactInline, BandInline]
    actions = ["new_version"]
    nothing_yet = _("Add the scales that risks are scored by. The form begins with the usual four levels; make them yours.")

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """Return the municipality, where there is only one, and the running year's first day."""
        municipalities = [unit.pk for unit in Unit.objects.visible_to(signed_in(request)).filter(parent__isnull=True)[:2]]
        usual = {"valid_from": clock.today().replace(month=1, day=1), "name": gettext("Risk matrix")}
        usual |= {"unit": municipalities[0]} if len(municipalities) == 1 else {}
        return {**usual, **super().get_changeform_initial_data(request)}

    def get_formset_kwargs(self, request: HttpRequest, obj: RiskMatrix, inline: Any, prefix: str) -> dict[str, Any]:
        """Propose the usual rows: what is posted counts as typed, and a row left alone is saved."""
        begins = request.method == "GET" and obj.pk is None
        return super().get_formset_kwargs(request, obj, inline, prefix) | ({"initial": inline.usual()} if begins else {})

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[RiskMatrix]:
        """Return the matrices that apply to the user's units: their own and those of units above."""
        matrices = RiskMatrix.objects.applying_to(signed_in(request))
        return matrices.select_related("unit").prefetch_related("likelihood_levels", "impact_levels", "bands")

    size = column(_("size"), lambda row: f"{len(row.likelihoods)} × {len(row.impacts)}")

    def may_change_now(self, request: HttpRequest, obj: RiskMatrix) -> bool:
        return not obj.has_been_used()

    @admin.action(description=_("Make a new version of the chosen matrices"), permissions=["change"])
    def new_version(self, request: HttpRequest, queryset: models.QuerySet[RiskMatrix]) -> None:
        made = []
        for matrix in queryset:
            if may(signed_in(request), Verb.ADMINISTER, matrix.unit):
                made.append(copy_as_new_version(matrix))
        if made:
            names = ", ".join(str(matrix) for matrix in made)
            self.message_user(request, _("Made %(names)s. Change its scales before a plan uses it.") % {"names": names})
        else:
            self.message_user(request, _("Nothing was made: you do not administer these units."), messages.WARNING)


@transaction.atomic
def copy_as_new_version(matrix: RiskMatrix) -> RiskMatrix:
    """Save the matrix's next version, with the same scales and bands, valid from today; return it."""
    # The versions of that name are the lock: two at once must not both make the next.
    same = RiskMatrix.objects.select_for_update().filter(unit=matrix.unit, name=matrix.name)
    latest = max(same.values_list("version", flat=True))
    copy = RiskMatrix.objects.create(
        unit=matrix.unit, name=matrix.name, version=latest + 1, valid_from=clock.today(), note=matrix.note
    )
    for level in matrix.likelihood_levels.all():
        LikelihoodLevel.objects.create(matrix=copy, value=level.value, label=level.label, description=level.description)
    for step in matrix.impact_levels.all():
        ImpactLevel.objects.create(matrix=copy, value=step.value, label=step.label, description=step.description)
    for band in matrix.bands.all():
        RiskBand.objects.create(matrix=copy, from_score=band.from_score, name=band.name, tone=band.tone, demand=band.demand)
    return copy


@admin.register(RiskCategory)
class RiskCategoryAdmin(ScopedAdmin[RiskCategory]):
    unit_field = ""
    add_verb = Verb.CHANGE_PLAN
    change_verb = Verb.CHANGE_PLAN
    list_display = ["name"]
    ordering = ["name_sort"]
    search_fields = ["name"]
