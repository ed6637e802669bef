"""Admin of controls: under their risk, and on a page of their own where they are dropped and restored."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.db import models
from django.forms.models import BaseInlineFormSet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from controls.models import Control
from controls.models.control_unit import possible_units
from controls.plan_controls import verbs
from controls.plan_controls.gate import VERB_LABELS
from controls.transitions import CONTROL
from riskreg.access.grants import may
from riskreg.access.verbs import Verb
from riskreg.admin.base import FewRows, ScopedRelatedFilter, column, signed_in
from riskreg.admin.risk import RiskAdmin
from riskreg.admin.verbs import VerbAdmin, without_detours
from riskreg.models import Risk, Unit, User
from riskreg.verbs.concurrency import UntouchedModelForm
from riskreg.web.asking import Button, ReasonForm, RecordVerb
from riskreg.web.form_fields import keep_what_is_not_listed
from riskreg.web.record_choices import labelled

FIELDS: list[Any] = [
    "description", "method", "method_wording", "frequency", "frequency_wording", "performer", "performer_text", "target",
    "retention_months",
]  # fmt: skip
_TEXT = ["description", "method", "method_wording", "frequency", "frequency_wording", "target"]


class UnitsForm(forms.ModelForm):
    """The choice of units that follow up a municipality-wide risk's control.

    Not the model's own field, which would be written beside the verb.
    """

    following_units = forms.ModelMultipleChoiceField(
        label=gettext_lazy("Units that follow up"),
        queryset=Unit.objects.none(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("Each reports by itself. Choose none, and all committees and companies do."),
    )

    def offer_units(self, risk: Risk | None) -> None:
        """Offer the municipality's units, with those chosen so far.

        The field is removed where the risk is not municipality-wide, or its plan stands.
        """
        if risk is None or not asks_for_units(risk):
            del self.fields["following_units"]
            return
        field: Any = self.fields["following_units"]
        field.queryset = possible_units(risk.plan.unit.root_path)
        if self.instance.pk:
            field.initial = [row.unit_id for row in self.instance.chosen_units.all()]


def asks_for_units(risk: Risk) -> bool:
    """Return whether the units that follow up the risk can be chosen."""
    return risk.is_municipality_wide and risk.plan.is_open_for_changes


class InlineControlForm(UnitsForm):
    """`risk` is set by the inline."""

    risk: Risk | None = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        keep_what_is_not_listed(self)
        self.offer_units(self.risk)


class ControlFormSet(BaseInlineFormSet):
    """Saves by the verbs; `by` is set by the inline."""

    by: User

    def save_new(self, form: Any, commit: bool = True) -> Control:
        return verbs.add_control(self.instance, by=self.by, **_values_of(form))

    def save_existing(self, form: Any, obj: Control, commit: bool = True) -> Control:
        return verbs.change_control(obj, by=self.by, **_values_of(form))


def _values_of(form: Any) -> dict[str, Any]:
    values = {name: form.cleaned_data[name] for name in FIELDS if name in form.cleaned_data}
    if "following_units" in form.cleaned_data:
        values["units"] = list(form.cleaned_data["following_units"])
    return values


class ControlInline(FewRows, admin.StackedInline):
    """The risk's controls that are not dropped. Dropping one asks for a reason, so it is done on its own page."""

    model = Control
    form = InlineControlForm
    formset = ControlFormSet
    extra = 0
    show_change_link = True
    verbose_name = gettext_lazy("control")
    verbose_name_plural = gettext_lazy("controls: how the risk is followed up")

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Control]:
        return super().get_queryset(request).filter(is_dropped=False).select_related("performer").order_by("position")

    def get_formset(self, request: HttpRequest, obj: Risk | None = None, **kwargs: Any) -> Any:
        formset: Any = super().get_formset(request, obj, **kwargs)
        formset.by = signed_in(request)
        formset.form.risk = obj
        return formset

    def get_fields(self, request: HttpRequest, obj: Risk | None = None) -> list[Any]:
        return [*FIELDS, *(["following_units"] if obj is not None and asks_for_units(obj) else [])]

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name != "performer":
            return super().formfield_for_foreignkey(db_field, request, **kwargs)
        colleagues = User.objects.visible_to(signed_in(request)).order_by("name_sort")
        field: Any = super().formfield_for_foreignkey(db_field, request, queryset=colleagues, **kwargs)
        # Read once, not once a control.
        field.choices = [("", "---------"), *labelled(colleagues)]
        return field

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        return without_detours(super().formfield_for_dbfield(db_field, request, **kwargs))

    def get_readonly_fields(self, request: HttpRequest, obj: Risk | None = None) -> list[str]:
        return _TEXT if obj is not None and not obj.plan.is_open_for_changes else []

    def _may(self, request: HttpRequest, verb: str, risk: Risk | None) -> bool:
        if risk is None:
            return may(signed_in(request), Verb.CHANGE_PLAN)
        if risk.is_dropped or verb not in CONTROL.verbs_from(risk.plan.state):
            return False
        return may(signed_in(request), Verb.CHANGE_PLAN, risk.unit)

    def has_view_permission(self, request: HttpRequest, obj: Risk | None = None) -> bool:
        return True

    def has_add_permission(self, request: HttpRequest, obj: Risk | None = None) -> bool:
        return self._may(request, "add", obj)

    def has_change_permission(self, request: HttpRequest, obj: Risk | None = None) -> bool:
        return self._may(request, "hand_over", obj)

    def has_delete_permission(self, request: HttpRequest, obj: Risk | None = None) -> bool:
        return False


RiskAdmin.inlines = [*RiskAdmin.inlines, ControlInline]


class ControlForm(UnitsForm, UntouchedModelForm):
    class Meta:
        model = Control
        fields = FIELDS

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        keep_what_is_not_listed(self)
        self.offer_units(self.instance.risk if self.instance.pk else None)


def _open_to(verb: str, dropped: bool) -> Any:
    def is_open(control: Control, user: User) -> bool:
        risk = control.risk
        possible = control.is_dropped == dropped and verb in CONTROL.verbs_from(risk.plan.state)
        return possible and may(user, Verb.CHANGE_PLAN, risk.unit)

    return is_open


@admin.register(Control)
class ControlAdmin(VerbAdmin[Control]):
    """A control is added under its risk."""

    nothing_yet = gettext_lazy("Controls are added on the page of their risk.")
    unit_field = "risk__unit"
    change_verb = Verb.CHANGE_PLAN
    form = ControlForm
    list_display = ["description_shown", "risk", "method", "frequency", "performer_shown", "is_dropped"]
    list_display_links = ["description_shown"]
    list_filter = ["method", "frequency", ("risk__plan", ScopedRelatedFilter), ("risk__unit", ScopedRelatedFilter), "is_dropped"]
    list_select_related = ["risk__plan", "performer"]
    search_fields = ["description", "risk__title", "performer__name", "performer_text"]
    ordering = ["-risk__plan__year", "risk__plan", "risk__number", "position"]
    plan_field = "risk__plan"
    verbs = [
        RecordVerb(
            "drop",
            VERB_LABELS["drop"],
            verbs.drop_control,
            _open_to("drop", False),
            form=ReasonForm,
            tone="danger",
            in_batch=True,
            said=lambda control, _done: _("The control is dropped from the plan: %(control)s.") % {"control": control},
        ),
        RecordVerb(
            "restore",
            VERB_LABELS["restore"],
            verbs.restore_control,
            _open_to("restore", True),
            in_batch=True,
            said=lambda control, _done: _("The control is in the plan again: %(control)s.") % {"control": control},
        ),
    ]

    def buttons(self, request: HttpRequest, obj: Control) -> list[Button]:
        """Add links to the control's schedule and populations, open to everybody who sees the control."""
        schedule = Button("schedule", _("Schedule"), reverse("control_schedule", args=[obj.pk]), asks=True, tone="")
        address = reverse("population_add", args=[obj.pk])
        populations = Button("populations", _("Populations and samples"), address, asks=True, tone="")
        return [*super().buttons(request, obj), schedule, populations]

    description_shown = column(gettext_lazy("follow-up"), str, ordering="description")
    performer_shown = column(gettext_lazy("performed by"), lambda row: row.performer_name or "–", ordering="performer__name_sort")

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Control]:
        return super().get_queryset(request).select_related("risk__plan__unit", "risk__unit", "performer")

    def get_fields(self, request: HttpRequest, obj: Control | None = None) -> list[str]:
        if obj is None or not self.has_change_permission(request, obj):
            return ["risk", *FIELDS]
        return ["risk", *FIELDS, *(["following_units"] if asks_for_units(obj.risk) else []), "version"]

    def get_readonly_fields(self, request: HttpRequest, obj: Control | None = None) -> list[str]:
        return ["risk", *(_TEXT if obj is not None and not obj.risk.plan.is_open_for_changes else [])]

    def may_change_now(self, request: HttpRequest, obj: Control) -> bool:
        return not obj.is_dropped and not obj.risk.is_dropped and "hand_over" in CONTROL.verbs_from(obj.risk.plan.state)

    def save_model(self, request: HttpRequest, obj: Control, form: Any, change: bool) -> None:
        saved = verbs.change_control(obj, by=signed_in(request), version=form.cleaned_data["version"], **_values_of(form))
        obj.__dict__.update(saved.__dict__)
