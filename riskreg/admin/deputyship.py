"""Admin of deputies: who stands in for whom, and when."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.db import models
from django.db.models import F
from django.http import HttpRequest, HttpResponseBase
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from riskreg import clock
from riskreg.access.verbs import NotPermitted, Verb
from riskreg.admin.base import column, signed_in
from riskreg.admin.verbs import VerbAdmin
from riskreg.models import Deputyship, User
from riskreg.people import deputies
from riskreg.templatetags.presentation import mark
from riskreg.verbs.concurrency import UntouchedModelForm
from riskreg.web.asking import AskingForm, RecordVerb
from riskreg.web.form_fields import DayField, ReasonField


class DeputyshipForm(UntouchedModelForm):
    first_day = DayField(label=gettext_lazy("First day"))
    last_day = DayField(label=gettext_lazy("Last day"), help_text=gettext_lazy("The last day, included."))

    class Meta:
        model = Deputyship
        fields = ["absent", "deputy", "first_day", "last_day", "note"]


class CallOffForm(AskingForm):
    reason = ReasonField(required=False, max_length=100, widget=forms.TextInput)


class TimeFilter(admin.SimpleListFilter):
    title = gettext_lazy("when")
    parameter_name = "when"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("now", _("In force")), ("coming", _("In force or coming"))]

    def queryset(self, request: HttpRequest, queryset: models.QuerySet[Any]) -> models.QuerySet[Any]:
        if self.value() == "now":
            return queryset.filter(pk__in=Deputyship.objects.in_force(clock.today()).values("pk"))
        return queryset.filter(pk__in=Deputyship.objects.not_over(clock.today()).values("pk")) if self.value() else queryset


def _is_theirs(deputyship: Deputyship, user: User) -> bool:
    return deputyship.deputy_id == user.pk or deputies.may_change(deputyship, user)


def _may_call_off(deputyship: Deputyship, user: User) -> bool:
    return _is_theirs(deputyship, user) and not deputyship.is_over(clock.today())


@admin.register(Deputyship)
class DeputyshipAdmin(VerbAdmin[Deputyship]):
    """Everybody with a role sets their own deputy; riskreg.people.deputies decides who may set another's."""

    nothing_yet = gettext_lazy(
        "Name your deputy before you are away: during those days they see and do what is yours, and get your reminders."
    )
    unit_field = ""
    add_verb = Verb.VIEW
    change_verb = Verb.VIEW
    form = DeputyshipForm
    list_display = ["absent", "deputy", "period_shown", "state_shown", "note"]
    list_display_links = ["absent"]
    list_filter = [TimeFilter]
    list_select_related = ["absent", "deputy"]
    search_fields = ["absent__name", "deputy__name"]
    ordering = [F("called_off_at").asc(nulls_first=True), "-last_day", "pk"]
    verbs = [
        RecordVerb(
            "call_off",
            lambda: _("Call off"),
            deputies.call_off,
            _may_call_off,
            form=CallOffForm,
            tone="danger",
            in_batch=False,
            said=lambda _asked, done: (
                _("%(deputy)s no longer stands in for %(absent)s.") % {"deputy": done.deputy, "absent": done.absent}
            ),
        ),
    ]

    def may_change_now(self, request: HttpRequest, obj: Deputyship) -> bool:
        return not obj.is_over(clock.today()) and deputies.may_change(obj, signed_in(request))

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Deputyship]:
        return super().get_queryset(request).select_related("absent", "deputy")

    def get_fields(self, request: HttpRequest, obj: Deputyship | None = None) -> list[str]:
        shown = obj is not None and self.has_change_permission(request, obj)
        return ["absent", "deputy", "first_day", "last_day", "note", *(["version"] if shown else [])]

    def get_readonly_fields(self, request: HttpRequest, obj: Deputyship | None = None) -> list[str]:
        if obj is None:
            return []
        return ["absent", "deputy", *(["first_day"] if obj.first_day <= clock.today() else [])]

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        user = signed_in(request)
        if db_field.name == "absent":
            kwargs |= {"queryset": deputies.may_be_absent(user).order_by("name_sort"), "initial": user.pk}
        elif db_field.name == "deputy":
            kwargs["queryset"] = User.objects.visible_to(user).order_by("name_sort")
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def verb_view(self, request: HttpRequest, object_id: int, verb: str) -> HttpResponseBase:
        """Serve the verb to the people concerned; a mere reader is refused."""
        deputyship = self.get_object(request, str(object_id))
        if deputyship is not None and not _is_theirs(deputyship, signed_in(request)):
            raise NotPermitted(Verb.SET_DEPUTY)
        return super().verb_view(request, object_id, verb)

    def save_model(self, request: HttpRequest, obj: Deputyship, form: Any, change: bool) -> None:
        values = {name: value for name, value in form.cleaned_data.items() if name in DeputyshipForm.Meta.fields}
        by = signed_in(request)
        if change:
            saved = deputies.change_deputyship(obj, by=by, version=form.cleaned_data.get("version"), **values)
        else:
            saved = deputies.set_deputy(by=by, **values)
        obj.__dict__.update(saved.__dict__)

    period_shown = column(gettext_lazy("period"), lambda row: row.period, ordering="first_day")

    @admin.display(description=gettext_lazy("state"))
    def state_shown(self, deputyship: Deputyship) -> SafeString:
        today = clock.today()
        if deputyship.called_off_at is not None:
            return mark("none", "✕", _("Called off"))
        if deputyship.is_in_force(today):
            return mark("low", "✓", _("In force"))
        if deputyship.is_over(today):
            return mark("none", "–", pgettext("a period", "Over"))
        return mark("ongoing", "◷", pgettext("a period", "Coming"))
