"""Admin of units, users and their roles."""

from __future__ import annotations

from itertools import chain
from typing import Any, cast

from django import forms
from django.contrib import admin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.forms import AdminPasswordChangeForm, AdminUserCreationForm, UserChangeForm
from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError
from django.db import models
from django.forms import BaseInlineFormSet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from riskreg import clock
from riskreg.access.grants import may
from riskreg.access.sight import units_where
from riskreg.access.verbs import Verb
from riskreg.admin.base import FewRows, ScopedAdmin, ScopedRelatedFilter, column, signed_in
from riskreg.admin.verbs import VerbAdmin
from riskreg.models import Membership, Unit, User
from riskreg.people import deputies, handing_over
from riskreg.web.asking import AskingForm, RecordVerb
from riskreg.web.form_fields import ReasonField

TITLES_SHOWN = 50

# Django's groups and permissions are not used: rights follow from memberships (riskreg.access).
admin.site.unregister(Group)


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


class MembershipForm(forms.ModelForm):
    class Meta:
        model = Membership
        fields = ["unit", "role", "sees_confidential", "valid_from", "valid_to"]


class MembershipFormSet(BaseInlineFormSet):
    """Refuses to take a person's last role while they own something: it would lie with somebody who cannot reach it."""

    def clean(self) -> None:
        super().clean()
        if self.instance.pk is None or any(self.errors):
            return
        taken = [form.instance.pk for form in self.forms if form.instance.pk and not self._lasts(form)]
        lasting = Membership.objects.filter(user=self.instance).exclude(valid_to__lt=clock.today())
        is_left = any(self._lasts(form) for form in self.forms) or lasting.exclude(pk__in=taken).exists()
        if is_left or not lasting.filter(pk__in=taken).exists():
            return
        owned = handing_over.held_by(self.instance)
        if owned:
            said = gettext("%(name)s still owns %(what)s. The last role can be taken away when that is handed over.")
            raise ValidationError(_led_to_handing_over(self.instance, said, owned))

    def _lasts(self, form: Any) -> bool:
        """Return whether the form leaves a role that has not ended."""
        ends = form.cleaned_data.get("valid_to")
        is_kept = bool(form.cleaned_data.get("role")) and not form.cleaned_data.get("DELETE")
        return is_kept and (ends is None or ends >= clock.today())


class MembershipInline(FewRows, admin.TabularInline):
    """A person's roles. Nobody changes their own: somebody else gives a right."""

    model = Membership
    form = MembershipForm
    formset = MembershipFormSet
    extra = 1

    def _is_own(self, request: HttpRequest, obj: User | None) -> bool:
        return obj is not None and obj.pk == request.user.pk

    def has_view_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return True

    def has_add_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return may(signed_in(request), Verb.ADMINISTER) and not self._is_own(request, obj)

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return self.has_add_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return self.has_add_permission(request, obj)

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "unit":
            kwargs["queryset"] = Unit.objects.filter(units_where(signed_in(request), Verb.ADMINISTER)).order_by("path")
        return super().formfield_for_foreignkey(db_field, request, **kwargs)


class PersonCreationForm(AdminUserCreationForm):
    class Meta:
        model = User
        fields = ("email", "name", "title", "language")

    def clean_email(self) -> str:
        email: str = self.cleaned_data["email"].strip().lower()
        if User.objects.filter(email__iexact=email).exists():
            raise ValidationError(_("There is already a user with the address %(email)s."), params={"email": email})
        return email


class PersonChangeForm(UserChangeForm):
    class Meta:
        model = User
        fields = "__all__"

    def clean_email(self) -> str:
        email: str = self.cleaned_data["email"].strip().lower()
        if User.objects.filter(email__iexact=email).exclude(pk=self.instance.pk).exists():
            raise ValidationError(_("There is already a user with the address %(email)s."), params={"email": email})
        return email

    def clean_is_active(self) -> bool:
        """Return the value; refuse to close an account that still owns things."""
        is_active: bool = self.cleaned_data["is_active"]
        owned = [] if is_active or not self.instance.is_active else handing_over.held_by(self.instance)
        if owned:
            said = gettext("%(name)s still owns %(what)s. The account can be closed when that is handed over.")
            raise ValidationError(_led_to_handing_over(self.instance, said, owned))
        return is_active


def _led_to_handing_over(person: User, said: str, owned: list[handing_over.Held]) -> str:
    """Return the refusal, with the name and what they own, and a link to where it is handed over."""
    page = reverse("admin:riskreg_user_verb", args=[person.pk, "hand_over"])
    named = said % {"name": person, "what": handing_over.in_words(owned)}
    return format_html('{} <a href="{}">{}</a>', named, page, handing_over.label())


class PasswordForm(AdminPasswordChangeForm):
    """Whoever sets somebody's password could sign in as them: the person's history says that it was done, and by whom."""

    def save(self, commit: bool = True) -> User:
        self.user._change_reason = gettext("Password set by an administrator")
        return cast(User, super().save(commit))


class HandOverForm(AskingForm):
    to = forms.ModelChoiceField(label=_("Who takes it over"), queryset=User.objects.none())
    reason = ReasonField(max_length=300, widget=forms.TextInput(attrs={"size": 50}))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        colleagues = User.objects.visible_to(self.by).exclude(pk=self.subject.pk).order_by("name_sort")
        self.fields["to"].queryset = colleagues  # type: ignore[attr-defined]

    def listing(self) -> list[tuple[str, list[str]]]:
        listing = []
        for each in handing_over.list_holdings(self.subject, reader=self.by, shown=TITLES_SHOWN):
            lines = list(each.titles)
            if each.unnamed:
                more = ngettext("%(count)d more, or not visible to you", "%(count)d more, or not visible to you", each.unnamed)
                lines.append(more % {"count": each.unnamed})
            listing.append((each.words, lines))
        return listing

    def remarks(self) -> list[str]:
        if self.listing():
            return []
        return [gettext("%(person)s owns nothing that could be handed over.") % {"person": self.subject}]


def _may_hand_over(person: User, by: User) -> bool:
    """Return whether the user may hand over what the person owns; their own too, before they leave."""
    return may(by, Verb.ADMINISTER) and bool(handing_over.held_by(person))


def _message(person: User, moved: list[handing_over.Held]) -> str:
    return gettext("Handed over from %(person)s: %(what)s.") % {"person": person, "what": handing_over.in_words(moved)}


@admin.register(User)
class PersonAdmin(VerbAdmin[User], DjangoUserAdmin):  # type: ignore[misc]
    view_verb = Verb.ADMINISTER
    add_verb = Verb.ADMINISTER
    change_verb = Verb.ADMINISTER
    unit_field = ""
    form = PersonChangeForm
    add_form = PersonCreationForm
    change_password_form = PasswordForm
    list_display = ["name", "email", "title", "roles", "is_active"]
    list_filter = ["is_active", "memberships__role", ("memberships__unit", ScopedRelatedFilter)]
    search_fields = ["name", "email"]
    ordering = ["name_sort"]
    filter_horizontal = ()
    inlines = [MembershipInline]
    verbs = [
        RecordVerb("hand_over", handing_over.label, handing_over.hand_over, _may_hand_over, form=HandOverForm, said=_message),
    ]
    readonly_fields = ["last_login", "date_joined"]
    fieldsets = [
        (None, {"fields": ["name", "email", "title", "language", "is_active"]}),
        (_("Sign-in"), {"fields": ["password", "last_login", "date_joined"]}),
        (_("Operation of the installation"), {"fields": ["is_superuser"]}),
    ]
    add_fieldsets = [
        (
            None,
            {
                "classes": ["wide"],
                "fields": ["name", "email", "title", "language", "usable_password", "password1", "password2"],
            },
        ),
    ]

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[User]:
        return User.objects.administered_by(signed_in(request)).order_by("name_sort").prefetch_related("memberships__unit")

    roles = column(_("roles"), lambda row: "; ".join(f"{m.get_role_display()}, {m.unit}" for m in row.memberships.all()) or "–")

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        """Return whether the user has rights over all that the person reaches, also as a deputy.

        Whoever could set a colleague's password could act as them.
        """
        user = signed_in(request)
        if obj is None:
            return may(user, Verb.ADMINISTER)
        if obj.is_superuser and not user.is_superuser:
            return False
        reached = chain(obj.memberships.all(), deputies.lent_to(obj))
        return may(user, Verb.ADMINISTER) and all(may(user, Verb.ADMINISTER, membership.unit) for membership in reached)

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> list[str]:
        fields = list(super().get_readonly_fields(request, obj))
        return fields if signed_in(request).is_superuser else [*fields, "is_superuser"]
