"""Admin of people with an account: their roles, how they get in, and handing over when they leave."""

from __future__ import annotations

from typing import Any, cast

from django import forms
from django.contrib import admin, messages
from django.contrib.auth.admin import GroupAdmin
from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.forms import BaseInlineFormSet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import formats
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from riskreg import clock, tasks
from riskreg.access.grants import may
from riskreg.access.managing import may_manage
from riskreg.access.sight import units_where
from riskreg.access.verbs import Verb
from riskreg.admin.base import FewRows, ScopedRelatedFilter, column, signed_in
from riskreg.admin.verbs import VerbAdmin
from riskreg.models import Membership, Unit, User
from riskreg.people import handing_over, leaving
from riskreg.sign_in import accounts
from riskreg.templatetags.presentation import mark
from riskreg.web.asking import AskingForm, RecordVerb
from riskreg.web.form_fields import ReasonField

TITLES_SHOWN = 50

# Django's groups and permissions are not used: rights follow from memberships (riskreg.access).
if isinstance(admin.site.get_model_admin(Group), GroupAdmin):
    admin.site.unregister(Group)


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
            raise ValidationError(_led_to_handing_over(self.instance, leaving.last_role_stays(), owned))

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


class PersonForm(forms.ModelForm):
    class Meta:
        model = User
        fields = ("name", "email", "title", "language", "is_active", "is_superuser")

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
            raise ValidationError(_led_to_handing_over(self.instance, leaving.cannot_be_closed(), owned))
        return is_active


def _led_to_handing_over(person: User, said: str, owned: list[handing_over.Held]) -> str:
    """Return the refusal, with the name and what they own, and a link to where it is handed over."""
    page = reverse("admin:riskreg_user_verb", args=[person.pk, "hand_over"])
    named = said % {"name": person, "what": handing_over.in_words(owned)}
    return format_html('{} <a href="{}">{}</a>', named, page, handing_over.label())


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


def account_state(person: User) -> SafeString:
    """Return in words and a mark how the person gets in: closed, invited, asked for a new password, or by their own."""
    if not person.is_active:
        return mark("none", "✕", gettext("Closed"))
    if not person.has_usable_password():
        if person.invited_at is None:
            return mark("guard", "○", gettext("Has not chosen a password"))
        day = formats.date_format(clock.municipal(person.invited_at), "j b Y")
        return mark("guard", "◷", gettext("Invited %(day)s, has not chosen a password yet") % {"day": day})
    if person.asks_new_password:
        return mark("guard", "!", gettext("Must choose a new password"))
    held_until = person.links_held_until(clock.now())
    if held_until is not None:
        day = formats.date_format(clock.municipal(held_until), "j b Y")
        return mark("guard", "!", gettext("New address: links to a new password from %(day)s") % {"day": day})
    return mark("low", "✓", gettext("Own password"))


def _send_soon() -> None:
    """Have a worker send what waits once it is committed; without a broker the regular run does, within a minute."""
    transaction.on_commit(lambda: cast(Any, tasks.send_letters).delay(), robust=True)


def _invite_again(person: User, *, by: User) -> User:
    _send_soon()
    return accounts.invite_again(person, by=by)


def _send_link(person: User, *, by: User) -> User:
    _send_soon()
    return accounts.send_link(person, by=by)


def _may_be_invited(person: User, by: User) -> bool:
    return person.is_active and not person.has_usable_password() and may_manage(by, person)


def _may_be_sent_a_link(person: User, by: User) -> bool:
    return person.is_active and person.has_usable_password() and person.pk != by.pk and may_manage(by, person)


def _on_its_way(person: User, _answer: Any) -> str:
    return gettext("A letter to %(email)s is on its way.") % {"email": person.email}


@admin.register(User)
class PersonAdmin(VerbAdmin[User]):
    """People with an account. They choose their passwords themselves: nobody sets another's here."""

    view_verb = Verb.ADMINISTER
    add_verb = Verb.ADMINISTER
    change_verb = Verb.ADMINISTER
    unit_field = ""
    form = PersonForm
    list_display = ["name", "email", "title", "roles", "sign_in_shown"]
    list_filter = ["is_active", "memberships__role", ("memberships__unit", ScopedRelatedFilter)]
    search_fields = ["name", "email"]
    ordering = ["name_sort"]
    inlines = [MembershipInline]
    verbs = [
        RecordVerb(
            "invite_again",
            accounts.LABELS["invite_again"],
            _invite_again,
            _may_be_invited,
            said=_on_its_way,
            in_batch=True,
        ),
        RecordVerb("send_link", accounts.LABELS["send_link"], _send_link, _may_be_sent_a_link, said=_on_its_way),
        RecordVerb("hand_over", handing_over.label, handing_over.hand_over, _may_hand_over, form=HandOverForm, said=_message),
    ]
    readonly_fields = ["sign_in_shown", "last_login", "date_joined"]
    fieldsets = [
        (None, {"fields": ["name", "email", "sign_in_shown", "title", "language", "is_active"]}),
        (_("Sign-in"), {"fields": ["last_login", "date_joined"]}),
        (_("Operation of the installation"), {"fields": ["is_superuser"]}),
    ]
    add_fieldsets = [
        (
            None,
            {
                "fields": ["name", "email", "title", "language"],
                "description": _("The person is sent an invitation, and chooses a password by the link in it."),
            },
        ),
    ]

    def get_fieldsets(self, request: HttpRequest, obj: User | None = None) -> Any:
        return self.add_fieldsets if obj is None else super().get_fieldsets(request, obj)

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[User]:
        return User.objects.administered_by(signed_in(request)).order_by("name_sort").prefetch_related("memberships__unit")

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest | None = None) -> bool:
        """Refuse questions about the password's hash in an address: by enough of them it would be known."""
        return not lookup.startswith("password") and super().lookup_allowed(lookup, value, request)

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        if change:
            leaving.change_account(obj, by=signed_in(request))
        else:
            accounts.open_account(obj, by=signed_in(request))
        _send_soon()

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Save the roles, and warn where the last of them ends on a day by which things have to be handed over."""
        with leaving.changing_roles(form.instance):
            super().save_related(request, form, formsets, change)
        ends = handing_over.last_day_of(form.instance)
        owned = [] if ends is None else handing_over.held_by(form.instance)
        if ends is not None and owned:
            said = gettext("The last role of %(name)s ends on %(day)s, and they own %(what)s: hand it over before then.")
            named = {"name": form.instance, "day": formats.date_format(ends, "j F Y"), "what": handing_over.in_words(owned)}
            messages.warning(request, said % named)

    def response_add(self, request: HttpRequest, obj: User, post_url_continue: str | None = None) -> HttpResponse:
        """Say that the invitation is on its way, and show the person, where it can be sent again."""
        response = super().response_add(request, obj, post_url_continue)
        messages.info(request, _on_its_way(obj, None))
        goes_on = {"_addanother", "_continue", "_popup"} & set(request.POST)
        return response if goes_on else HttpResponseRedirect(self.page_of(obj))

    roles = column(_("roles"), lambda row: "; ".join(f"{m.get_role_display()}, {m.unit}" for m in row.memberships.all()) or "–")
    sign_in_shown = column(_("sign-in"), account_state)

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        user = signed_in(request)
        return may(user, Verb.ADMINISTER) if obj is None else may_manage(user, obj)

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> list[str]:
        fields = list(super().get_readonly_fields(request, obj))
        return fields if signed_in(request).is_superuser else [*fields, "is_superuser"]
