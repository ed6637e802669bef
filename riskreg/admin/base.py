"""The ModelAdmin that all of the product's admins are.

Use:

    @admin.register(Risk)
    class RiskAdmin(ScopedAdmin[Risk]):
        unit_field = "unit"                 # the way from the record to its unit, "__" between steps; "" when it has none
        add_verb = Verb.CHANGE_PLAN         # None (the default): nobody adds here
        change_verb = Verb.CHANGE_PLAN      # None: read-only for everyone
        list_filter = [("unit", ScopedRelatedFilter)]

        def may_change_now(self, request, obj):     # state, beyond the right: a closed plan's risks stand
            return obj.plan.is_open_for_changes

        def save_model(self, request, obj, form, change):   # a tracked record is saved by its verb
            change_risk(obj, by=request.user, reason=form.cleaned_data["reason"], **form.changed_values())

What it does: lists, details, choices of foreign keys, autocompletes and history hold only what
`visible_to(request.user)` lets through; rights come from riskreg.access, at the record's unit; nothing is
deleted; the history page shows who, when, why and old → new, and never writes. What a verb refuses
(NotInThisState, Stale, ValidationError) comes back as an error in the form with everything typed still in it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import TYPE_CHECKING, Any, Generic, TypeVar, cast

from django import forms
from django.contrib import admin
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.options import InlineModelAdmin
from django.core.exceptions import BadRequest, PermissionDenied, ValidationError
from django.core.paginator import Paginator
from django.db import DataError, models
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.urls import URLPattern, reverse
from django.utils import formats
from django.utils.text import capfirst
from simple_history.admin import SimpleHistoryAdmin

from riskreg.access.grants import may
from riskreg.access.sight import units_where
from riskreg.access.verbs import Verb
from riskreg.admin.pages_by_plan import PagesByPlan
from riskreg.models import ControlPlan, Unit, User
from riskreg.verbs.concurrency import history_of
from riskreg.verbs.errors import Refused
from riskreg.views.history import record_history
from riskreg.web.plain_select import with_plain_select
from riskreg.web.whole_number import whole_number

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

M = TypeVar("M", bound=models.Model)

# What simple-history's admin asks of its model; without it there is no history to show.
_HISTORY = "simple_history_manager_attribute"


MOST_ROWS = 200
"""The largest number of rows that one form of the admin takes, whatever it claims to hold: each costs milliseconds."""


class FewRows(InlineModelAdmin):
    """A mixin for inlines: a form that claims to hold more than MOST_ROWS rows is refused, and none of them is made."""

    max_num = MOST_ROWS

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        return with_plain_select(super().formfield_for_dbfield(db_field, request, **kwargs))

    def get_formset(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        # Django makes a thousand forms more than are allowed before it refuses them.
        return super().get_formset(request, obj, absolute_max=MOST_ROWS, **kwargs)


def signed_in(request: HttpRequest) -> User:
    """Return the request's user; the admin lets no anonymous one in."""
    return cast(User, request.user)


def column(label: Any, read: Callable[[Any], Any], *, ordering: Any = None) -> Callable[[Any, Any], Any]:
    """Return a column of an admin's list, or a fact of its page: what `read` returns of a record."""

    @admin.display(description=label, ordering=ordering)
    def shown(model_admin: Any, record: Any) -> Any:
        return read(record)

    return shown


def unbroken_day(day: date | None) -> str:
    """Return the day with no-break spaces: a date broken over two lines is misread."""
    return "–" if day is None else formats.date_format(day, "j b Y").replace(" ", "\N{NO-BREAK SPACE}")


class ScopedRelatedFilter(admin.RelatedFieldListFilter):
    """A list filter on a foreign key that offers only what the user may see, of what the key may hold."""

    def field_choices(self, field: Any, request: HttpRequest, model_admin: admin.ModelAdmin[Any]) -> list[tuple[str, Any]]:
        related = field.remote_field.model
        possible = related._default_manager.complex_filter(field.get_limit_choices_to())
        seen = visible(possible, signed_in(request))
        if related is ControlPlan:
            # Its unit is part of its name: read with it, not one by one.
            seen = seen.select_related("unit")
        return [(one.pk, str(one)) for one in seen]


def visible(queryset: models.QuerySet[Any], user: User) -> models.QuerySet[Any]:
    """Return the part of the queryset that the user sees.

    A model without `visible_to` is common to all who come this far.
    """
    scoped = getattr(queryset, "visible_to", None)
    return cast("models.QuerySet[Any]", scoped(user)) if scoped else queryset


class ScopedAdmin(SimpleHistoryAdmin, Generic[M]):
    """An admin whose lists, choices and pages hold only what the user may see; see the module's docstring."""

    view_verb: Verb = Verb.VIEW
    add_verb: Verb | None = None
    change_verb: Verb | None = None
    unit_field: str = "unit"
    nothing_yet: str | _StrPromise = ""
    """The advice shown when the list is empty."""
    plan_field: str = ""
    """The way from the record to its plan, where the list is ordered by plan and grows with the risks."""

    list_per_page = 50
    list_max_show_all = 200
    show_full_result_count = False
    save_on_top = False

    # What the user sees

    def response_action(self, request: HttpRequest, queryset: models.QuerySet[M]) -> HttpResponseBase | None:
        """Refuse chosen rows that are not keys as a bad request."""
        if any(whole_number(key) is None for key in request.POST.getlist(ACTION_CHECKBOX_NAME)):
            raise BadRequest
        return cast("HttpResponseBase | None", super().response_action(request, queryset))

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponseBase:
        """Show the list under its plural name: its rows are not all for changing.

        A number in the address that no database holds is a bad request, not a crash.
        """
        context = {"title": capfirst(self.model._meta.verbose_name_plural), "nothing_yet": self.nothing_yet}
        try:
            return cast(HttpResponseBase, super().changelist_view(request, context | (extra_context or {})))
        except (OverflowError, DataError) as refusal:
            raise BadRequest from refusal

    def get_paginator(
        self, request: HttpRequest, queryset: models.QuerySet[M], per_page: int, *args: Any, **kwargs: Any
    ) -> Paginator:
        if self.plan_field and PagesByPlan.suits(queryset, self.plan_field):
            return PagesByPlan(self.plan_field, queryset, per_page, *args, **kwargs)
        return cast(Paginator, super().get_paginator(request, queryset, per_page, *args, **kwargs))

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[M]:
        queryset: models.QuerySet[M] = super().get_queryset(request)
        user = signed_in(request)
        if hasattr(queryset, "visible_to"):
            return visible(queryset, user)
        return queryset.filter(units_where(user, self.view_verb, self.unit_field)) if self.unit_field else queryset

    def unit_of(self, obj: M) -> Unit | None:
        """Return the unit at which rights on the record are counted; None when it has none (yet)."""
        found: Any = obj
        for step in filter(None, self.unit_field.split("__")):
            found = getattr(found, step, None)
        return found if isinstance(found, Unit) else None

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        return with_plain_select(super().formfield_for_dbfield(db_field, request, **kwargs))

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Offer only visible records; a unit only where the user may change records."""
        if "queryset" not in kwargs:
            related = db_field.remote_field.model
            user = signed_in(request)
            verb = self.change_verb or self.add_verb
            chosen = related._default_manager.all()
            if related is Unit and verb is not None:
                kwargs["queryset"] = chosen.filter(units_where(user, verb))
            elif hasattr(chosen, "visible_to"):
                kwargs["queryset"] = visible(chosen, user)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    # What the user may do

    def may_change_now(self, request: HttpRequest, obj: M) -> bool:
        """Return whether the record's state lets anybody change it here; override. Rights are asked elsewhere."""
        return True

    def _has(self, request: HttpRequest, verb: Verb | None, obj: M | None) -> bool:
        if verb is None:
            return False
        unit = self.unit_of(obj) if obj is not None else None
        return may(signed_in(request), verb, unit)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def has_view_permission(self, request: HttpRequest, obj: M | None = None) -> bool:
        """Return whether the user may view at the record's unit, or because it applies from above.

        A municipality's closings apply to all its units.
        """
        if self._has(request, self.view_verb, obj):
            return True
        seen = self.model._default_manager.all()
        if obj is None or not hasattr(seen, "visible_to") or not self._has(request, self.view_verb, None):
            return False
        return visible(seen, signed_in(request)).filter(pk=obj.pk).exists()

    def has_add_permission(self, request: HttpRequest) -> bool:
        return self._has(request, self.add_verb, None)

    def has_change_permission(self, request: HttpRequest, obj: M | None = None) -> bool:
        if not self._has(request, self.change_verb, obj):
            return False
        return obj is None or self.may_change_now(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: M | None = None) -> bool:
        """Return False: records end by a verb (drop, close, deactivate), and keep their history."""
        return False

    # Saving

    def get_form(self, request: HttpRequest, obj: M | None = None, change: bool = False, **kwargs: Any) -> Any:
        form = super().get_form(request, obj, change=change, **kwargs)
        refusal = getattr(request, "_refusal", None)
        return form if refusal is None else refused_form(form, refusal)

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponseBase:
        """Show a verb's refusal in the form as it was sent; the save's transaction was rolled back."""
        try:
            return cast(HttpResponseBase, super().changeform_view(request, object_id, form_url, extra_context))
        except (Refused, ValidationError) as refusal:
            if request.method != "POST":
                raise
            request._refusal = refusal  # type: ignore[attr-defined]
            return cast(HttpResponseBase, super().changeform_view(request, object_id, form_url, extra_context))

    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> None:
        """Do nothing: the history is the trail, and a second, thinner one would only disagree with it."""

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> None:
        """Do nothing: see log_addition."""

    # History: read only

    def get_urls(self) -> list[URLPattern]:
        urls: list[URLPattern] = super().get_urls()
        return [url for url in urls if not (url.name or "").endswith("_simple_history")]

    def history_view(self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Show the same history page as everywhere else, for users who may see the record here."""
        record = self.get_object(request, object_id) if hasattr(self.model._meta, _HISTORY) else None
        if record is None:
            raise Http404
        if not self.has_view_permission(request, record):
            raise PermissionDenied
        opts = self.model._meta
        address = reverse(f"admin:{opts.app_label}_{opts.model_name}_change", args=[record.pk])
        return record_history(request, history_of(record), record, address=address)

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any) -> HttpResponse:
        context["has_history"] = hasattr(self.model._meta, _HISTORY)
        without_colons(context)
        return cast(HttpResponse, super().render_change_form(request, context, *args, **kwargs))


def without_colons(context: Mapping[str, Any]) -> None:
    """Let the labels of an admin page end as the product's own do: with the word."""
    context["adminform"].form.label_suffix = ""
    for inline in context.get("inline_admin_formsets", ()):
        for form in inline.formset.forms:
            form.label_suffix = ""
        inline.formset.form_kwargs["label_suffix"] = ""  # of the form that more rows are made of


def refused_form(form: type[forms.ModelForm[Any]], refusal: Exception) -> type[forms.ModelForm[Any]]:
    """Return the form, invalid for the reason a verb gave when it was saved."""

    class RefusedForm(form):  # type: ignore[misc,valid-type]
        def clean(self) -> Any:
            cleaned = super().clean()
            if isinstance(refusal, ValidationError):
                known = {field for field in getattr(refusal, "error_dict", {}) if field in self.fields}
                by_field = refusal.error_dict if hasattr(refusal, "error_dict") else {None: refusal.error_list}
                for field, errors in by_field.items():
                    self.add_error(field if field in known else None, errors)
            else:
                self.add_error(None, str(refusal))
            return cleaned

    RefusedForm.__name__ = form.__name__
    return RefusedForm
