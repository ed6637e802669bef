"""Admin of the stages of reminders: the municipality's, and those of single closings."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db import models
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from controls.models import Closing, ReminderStages
from controls.reminders import setting_stages
from riskreg.access.sight import units_where
from riskreg.access.verbs import Verb
from riskreg.admin.base import column, signed_in
from riskreg.admin.verbs import VerbAdmin
from riskreg.models import Unit
from riskreg.verbs.concurrency import VersionedModelForm

VALUES = ["days_before", "manager_after", "controller_after"]


class StagesForm(VersionedModelForm):
    class Meta:
        model = ReminderStages
        fields = ["unit", "closing", *VALUES]


@admin.register(ReminderStages)
class ReminderStagesAdmin(VerbAdmin[ReminderStages]):
    nothing_yet = gettext_lazy("Until you add stages of your own, reminders come on the usual days.")
    add_verb = Verb.CHANGE_CLOSING
    change_verb = Verb.CHANGE_CLOSING
    form = StagesForm
    list_display = ["applies_to", "unit", *VALUES]
    list_select_related = ["unit", "closing"]

    def get_fields(self, request: HttpRequest, obj: ReminderStages | None = None) -> list[str]:
        shown = obj is not None and self.has_change_permission(request, obj)
        return ["unit", "closing", *VALUES, *(["version"] if shown else [])]

    def get_readonly_fields(self, request: HttpRequest, obj: ReminderStages | None = None) -> list[str]:
        return [] if obj is None else ["unit", "closing"]

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        municipalities = Unit.objects.filter(units_where(signed_in(request), Verb.CHANGE_CLOSING), parent__isnull=True)
        if db_field.name == "unit":
            kwargs |= {"queryset": municipalities.order_by("name_sort"), "initial": municipalities.first()}
        elif db_field.name == "closing":
            kwargs["queryset"] = Closing.objects.filter(unit__in=municipalities).order_by("-cut_off")
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[ReminderStages]:
        return super().get_queryset(request).select_related("unit", "closing")

    applies_to = column(gettext_lazy("applies to"), lambda row: str(row.closing) if row.closing else _("everything else"))

    def save_model(self, request: HttpRequest, obj: ReminderStages, form: Any, change: bool) -> None:
        values = {name: form.cleaned_data[name] for name in VALUES}
        by = signed_in(request)
        if change:
            saved = setting_stages.change_stages(obj, by=by, version=form.cleaned_data.get("version"), **values)
        else:
            whose = {name: form.cleaned_data[name] for name in ("unit", "closing")}
            saved = setting_stages.set_stages(by=by, **whose, **values)
        obj.__dict__.update(saved.__dict__)
