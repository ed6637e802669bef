"""The form of a risk: factors in the words of the plan's matrix, or a bare score; the reason for a new assessment."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from riskreg.models import ControlPlan, Risk
from riskreg.models.matrix import Level
from riskreg.plans.risks import FIELDS
from riskreg.verbs.concurrency import UntouchedModelForm
from riskreg.web.form_fields import keep_what_is_not_listed


def _factor(label: Any) -> forms.TypedChoiceField:
    return forms.TypedChoiceField(label=label, coerce=int, empty_value=None, required=False)


def _score(label: Any) -> forms.IntegerField:
    help_text = gettext_lazy("Only where the source states a score but not likelihood and impact. Leave empty otherwise.")
    return forms.IntegerField(label=label, required=False, min_value=1, max_value=100, help_text=help_text)


class RiskForm(UntouchedModelForm):
    """The form of a risk; it takes the plan from the instance, and the verbs take its `as_values`."""

    likelihood = _factor(gettext_lazy("Likelihood"))
    impact = _factor(gettext_lazy("Impact"))
    risk_score = _score(gettext_lazy("Risk score without factors"))
    residual_likelihood = _factor(gettext_lazy("Likelihood after controls"))
    residual_impact = _factor(gettext_lazy("Impact after controls"))
    residual_score = _score(gettext_lazy("Risk score after controls, without factors"))
    earlier_wording = forms.ChoiceField(
        label=gettext_lazy("May earlier wording be shown, when the risk is opened?"),
        choices=[
            ("no", gettext_lazy("No, what was written while it was confidential stays withheld")),
            ("yes", gettext_lazy("Yes, in histories, adopted plans and looks back; give the reason")),
        ],
        widget=forms.RadioSelect,
        initial="no",
        required=False,
    )
    reason = forms.CharField(
        label=gettext_lazy("Reason for the change"),
        required=False,
        max_length=500,
        help_text=gettext_lazy("Needed when likelihood, impact or score change, and when earlier wording is to be shown."),
    )

    class Meta:
        model = Risk
        fields = [
            "unit", "title", "description", "category", "process", "owner", "owner_text", "likelihood", "impact", "risk_score",
            "residual_likelihood", "residual_impact", "residual_score",
            "placement_note", "is_municipality_wide", "is_confidential", "confidentiality_section",
        ]  # fmt: skip

    plan_of_new: ControlPlan | None = None
    """The plan that a new risk goes to."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        if self.plan_of_new is not None:
            kwargs["instance"] = Risk(plan=self.plan_of_new)
        super().__init__(*args, **kwargs)
        keep_what_is_not_listed(self)
        risk = self.instance
        if not risk.is_confidential:
            self.fields.pop("earlier_wording", None)
        if risk.plan_id:
            self._fit_to(risk.plan)
        if risk.pk:
            if risk.is_placed:
                self.initial["risk_score"] = None
            if risk.residual_likelihood is not None:
                self.initial["residual_score"] = None

    def _fit_to(self, plan: ControlPlan) -> None:
        scales: dict[str, Sequence[Level]] = {"likelihood": plan.matrix.likelihoods, "impact": plan.matrix.impacts}
        for name in ("likelihood", "impact", "residual_likelihood", "residual_impact"):
            levels = scales[name.removeprefix("residual_")]
            field = self.fields.get(name)
            if isinstance(field, forms.TypedChoiceField):
                field.choices = [("", _("Not known")), *_words(levels)]
        if "unit" in self.fields and not self.instance.pk:
            self.fields["unit"].initial = plan.unit_id

    def _get_validation_exclusions(self) -> set[str]:
        # The verb checks the whole record, with the number and the plan's lock; here only what each field says of itself.
        return {field.name for field in Risk._meta.fields}

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if self.shows_earlier and not cleaned.get("reason", "").strip():
            self.add_error("reason", _("Write a few words on why earlier wording may be shown."))
        return cleaned

    @property
    def shows_earlier(self) -> bool:
        """Whether the risk's earlier wording is to be shown."""
        return bool(self.cleaned_data.get("earlier_wording") == "yes")

    def as_values(self) -> dict[str, Any]:
        """Return the fields that were on the page, ready for add_risk and change_risk."""
        values = {name: self.cleaned_data[name] for name in self.cleaned_data if name in FIELDS}
        for prefix, score in (("", "risk_score"), ("residual_", "residual_score")):
            has_factors = values.get(f"{prefix}likelihood") is not None and values.get(f"{prefix}impact") is not None
            if has_factors and values.get(score) is None:
                values.pop(score, None)
        return values


def _words(levels: Sequence[Level]) -> list[tuple[int, str]]:
    return [(level.value, str(level)) for level in levels]
