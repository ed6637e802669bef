"""Admin of units."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db import models
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from riskreg.access.grants import may
from riskreg.access.verbs import Verb
from riskreg.admin.base import ScopedAdmin, column, signed_in
from riskreg.models import Unit


@admin.register(Unit)
class UnitAdmin(ScopedAdmin[Unit]):
    nothing_yet = _("Add the municipality first, then its committees and companies, and the administrations below them.")
    unit_field = ""
    add_verb = Verb.ADMINISTER
    change_verb = Verb.ADMINISTER
    list_display = ["indented_name", "kind", "parent", "is_active"]
    list_filter = ["kind", "is_active"]
    search_fields = ["name"]
    fields = ["name", "kind", "parent", "is_active"]
    ordering = ["path"]

    indented_name = column(
        _("name"), lambda row: "\N{NO-BREAK SPACE}\N{NO-BREAK SPACE}" * row.depth + row.name, ordering="name_sort"
    )

    def unit_of(self, obj: Unit) -> Unit | None:
        return obj

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Unit]:
        return super().get_queryset(request).select_related("parent")

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """Propose the municipality as the very first unit."""
        first = {} if Unit.objects.exists() else {"kind": Unit.Kind.MUNICIPALITY.value}
        return {**first, **super().get_changeform_initial_data(request)}

    def get_readonly_fields(self, request: HttpRequest, obj: Unit | None = None) -> list[str]:
        """Fix the unit's place for users who do not administer what it belongs to."""
        user = signed_in(request)
        stays = obj is not None and not user.is_superuser and not (obj.parent and may(user, Verb.ADMINISTER, obj.parent))
        return ["parent"] if stays else []

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        field = super().formfield_for_foreignkey(db_field, request, **kwargs)
        if db_field.name == "parent" and field is not None:
            # Only operators make a municipality: everybody else adds below what they administer.
            field.required = not signed_in(request).is_superuser
        return field
