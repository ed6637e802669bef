"""An admin with every kind of widget Django's has, on the product's own site: what the theme has to carry."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib import admin
from django.http import HttpRequest

from config.admin_site import RiskregAdminSite
from riskreg.models import ImpactLevel, LikelihoodLevel, Membership, RiskBand, RiskMatrix, Unit, User

site = RiskregAdminSite(name="sample")


class Open:
    """Everything to everyone: rights are not what is looked at here."""

    def has_module_permission(self, request: HttpRequest) -> bool:
        return True

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return True

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return True

    has_change_permission = has_delete_permission = has_view_permission


class LikelihoodLevels(Open, admin.TabularInline):
    model = LikelihoodLevel
    extra = 1


class ImpactLevels(Open, admin.TabularInline):
    model = ImpactLevel
    extra = 0
    classes = ("collapse",)


class RiskBands(Open, admin.StackedInline):
    model = RiskBand
    extra = 1


@admin.register(RiskMatrix, site=site)
class RiskMatrices(Open, admin.ModelAdmin):
    list_display = ("name", "version", "unit", "valid_from")
    list_filter = ("version", "valid_from")
    search_fields = ("name",)
    search_help_text = "Namn"
    date_hierarchy = "valid_from"
    autocomplete_fields = ("unit",)
    inlines: ClassVar[list[Any]] = [LikelihoodLevels, ImpactLevels, RiskBands]
    list_per_page = 2
    fieldsets = (
        (None, {"fields": ("unit", ("name", "version"), "valid_from")}),
        ("Beslut", {"fields": ("note",), "classes": ("collapse",), "description": "Var den beslutades."}),
    )


@admin.register(Unit, site=site)
class Units(Open, admin.ModelAdmin):
    list_display = ("name", "kind")
    search_fields = ("name",)


@admin.register(User, site=site)
class Users(Open, admin.ModelAdmin):
    list_display = ("name", "email", "is_active")
    list_editable = ("is_active",)
    readonly_fields = ("date_joined", "last_login")
    search_fields = ("name",)


@admin.register(Membership, site=site)
class Memberships(Open, admin.ModelAdmin):
    list_display = ("user", "unit", "role")
    list_filter = ("role",)
    raw_id_fields = ("user",)
