"""An admin whose records move by verbs: buttons on the record's page, batch actions in its list.

    class PlanAdmin(VerbAdmin[ControlPlan]):
        verbs = [RecordVerb("adopt", _label, planning.adopt, form=AdoptForm, open_to=…), …]

A verb that asks for nothing is one press; one that asks (for a reason, a date) has a page of its own. A batch does the
verb on each row by itself, and says how many were done, and which were refused and why.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar, cast

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ActionForm
from django.core.exceptions import ValidationError
from django.db import models
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from riskreg.access.verbs import NotPermitted
from riskreg.admin.base import ScopedAdmin, signed_in
from riskreg.models import User
from riskreg.verbs.concurrency import Stale
from riskreg.verbs.errors import Refused

M = TypeVar("M", bound=models.Model)
REFUSALS_SHOWN = 10
NAMES_SHOWN = 3


class AskingForm(forms.Form):
    """What a verb asks for. `subject` is the record, `by` the person; a subclass may fit its fields to them."""

    def __init__(self, *args: Any, subject: Any, by: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.subject, self.by = subject, by

    def remarks(self) -> list[str]:
        """What the person should know before they press."""
        return []

    def listing(self) -> list[tuple[str, list[str]]]:
        """What the verb is about, where that is more than the record: (heading, lines)."""
        return []


class ReasonForm(AskingForm):
    reason = forms.CharField(label=gettext_lazy("Reason"), max_length=500, widget=forms.Textarea(attrs={"rows": 3, "cols": 50}))


class BatchForm(ActionForm):
    """The batch's verb, and the reason that some of them demand."""

    reason = forms.CharField(label=gettext_lazy("Reason"), required=False, max_length=500)


@dataclass(frozen=True, slots=True)
class RecordVerb:
    """One verb: what it is called, what does it, what it asks for, and for whom it is open."""

    name: str
    label: Callable[[], str]
    act: Callable[..., Any]
    """Called with the record, `by=` and the form's cleaned values; raises what verbs raise."""
    open_to: Callable[[Any, User], bool]
    """Whether the button is shown; the verb itself asks again."""
    form: type[AskingForm] | None = None
    tone: str = ""
    """primary, danger or none."""
    in_batch: bool = False
    goes_to: Callable[[Any], str] | None = None
    """The page that shows the answer, when it is not the record's own page."""
    said: Callable[[Any, Any], str] | None = None
    """The message when it is done, from the record and the verb's answer."""


@dataclass(frozen=True, slots=True)
class Button:
    name: str
    label: str
    url: str
    asks: bool
    tone: str


class VerbAdmin(ScopedAdmin[M]):
    verbs: Sequence[RecordVerb] = ()
    action_form = BatchForm
    change_form_template = "admin/verbs/change_form.html"

    # The record's page

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.verb_view)
        return [path("<int:object_id>/verb/<slug:verb>/", view, name=self._name("verb")), *super().get_urls()]

    def _name(self, page: str) -> str:
        return f"{self.opts.app_label}_{self.opts.model_name}_{page}"

    def page_of(self, obj: M) -> str:
        return reverse(f"admin:{self._name('change')}", args=[obj.pk])

    def buttons(self, request: HttpRequest, obj: M) -> list[Button]:
        user = signed_in(request)
        return [
            Button(
                verb.name,
                _("%(verb)s …") % {"verb": verb.label()} if verb.form else verb.label(),
                reverse(f"admin:{self._name('verb')}", args=[obj.pk, verb.name]),
                asks=verb.form is not None,
                tone=verb.tone,
            )
            for verb in self.verbs
            if verb.open_to(obj, user)
        ]

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any) -> HttpResponse:
        obj = context.get("original")
        context["verb_buttons"] = [] if obj is None else self.buttons(request, obj)
        refusal = getattr(request, "_refusal", None)
        if isinstance(refusal, Stale):
            context["conflict"] = refusal.rows(typed_words(context["adminform"].form))
        return super().render_change_form(request, context, *args, **kwargs)

    def get_form(self, request: HttpRequest, obj: M | None = None, change: bool = False, **kwargs: Any) -> Any:
        refusal = getattr(request, "_refusal", None)
        if isinstance(refusal, Stale) and request.method == "POST":
            # The form is shown again as it was typed, but for its version: saving once more is a decision.
            posted = request.POST.copy()
            posted["version"] = str(refusal.current_version)
            request.POST = posted  # type: ignore[assignment]
        return super().get_form(request, obj, change=change, **kwargs)

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Without the small icons beside a choice: a unit or a person is not made on the way to another record."""
        return without_detours(super().formfield_for_dbfield(db_field, request, **kwargs))

    def verb_view(self, request: HttpRequest, object_id: int, verb: str) -> HttpResponseBase:
        """GET asks; POST does it. What is refused is told, and what was typed stays."""
        found = next((one for one in self.verbs if one.name == verb), None)
        obj = self.get_object(request, str(object_id))
        if found is None or obj is None:
            raise Http404
        user = signed_in(request)
        if request.method != "POST" and self.change_verb is not None and not self._has(request, self.change_verb, obj):
            raise NotPermitted(self.change_verb)
        form = None
        if found.form is not None:
            data = (request.POST, request.FILES) if request.method == "POST" else ()
            form = found.form(*data, subject=obj, by=user)
        elif request.method != "POST":
            return redirect(self.page_of(obj))
        if request.method == "POST" and (form is None or form.is_valid()):
            try:
                answer = found.act(obj, by=user, **(form.cleaned_data if form else {}))
            except (Refused, NotPermitted, ValidationError) as refusal:
                if form is None:
                    messages.error(request, words_of(refusal))
                    return redirect(self.page_of(obj))
                add_refusal(form, refusal)
            else:
                messages.success(request, found.said(obj, answer) if found.said else self._said(found, obj))
                return redirect(found.goes_to(answer) if found.goes_to else self.page_of(obj))
        context = {
            **self.admin_site.each_context(request),
            "title": found.label(),
            "subject": obj,
            "form": form,
            "label": found.label(),
            "tone": found.tone,
            "back": self.page_of(obj),
            "opts": self.opts,
        }
        return TemplateResponse(request, "admin/verbs/ask.html", context)

    def _said(self, verb: RecordVerb, obj: M) -> str:
        return _("%(verb)s: %(record)s. Done.") % {"verb": verb.label(), "record": obj}

    # The list

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """The verbs that can be done to many at once, for those who may change records anywhere."""
        actions = super().get_actions(request)
        if self.has_change_permission(request):
            for verb in self.verbs:
                if verb.in_batch:
                    actions[f"do_{verb.name}"] = (_batch(verb), f"do_{verb.name}", verb.label())
        return actions


def without_detours(field: Any) -> Any:
    """The form field, with no buttons to add or change what is chosen."""
    if field is not None and hasattr(field.widget, "can_add_related"):
        field.widget.can_add_related = field.widget.can_change_related = field.widget.can_view_related = False
    return field


def _batch(verb: RecordVerb) -> Callable[[admin.ModelAdmin[Any], HttpRequest, models.QuerySet[Any]], None]:
    def act(model_admin: admin.ModelAdmin[Any], request: HttpRequest, queryset: models.QuerySet[Any]) -> None:
        run_batch(request, verb, queryset, reason=request.POST.get("reason", ""))

    act.__name__ = f"do_{verb.name}"
    return act


def run_batch(request: HttpRequest, verb: RecordVerb, queryset: models.QuerySet[Any], *, reason: str) -> None:
    """Does the verb on each row by itself; tells what was done, and what was refused and why."""
    user = signed_in(request)
    given = {"reason": reason} if verb.form is not None and "reason" in verb.form.base_fields else {}
    done = 0
    refused: dict[str, list[str]] = {}
    for record in queryset:
        try:
            verb.act(record, by=user, **given)
            done += 1
        except (Refused, NotPermitted, ValidationError) as refusal:
            refused.setdefault(words_of(refusal), []).append(str(record))
    if done:
        said = ngettext("%(verb)s: %(count)d done.", "%(verb)s: %(count)d done.", done)
        messages.success(request, said % {"verb": verb.label(), "count": done})
    for why, names in sorted(refused.items(), key=lambda entry: -len(entry[1]))[:REFUSALS_SHOWN]:
        said = ngettext(
            "%(verb)s: %(count)d refused (%(names)s). %(why)s", "%(verb)s: %(count)d refused (%(names)s). %(why)s", len(names)
        )
        messages.warning(request, said % {"verb": verb.label(), "count": len(names), "names": _some(names), "why": why})


def _some(names: Sequence[str]) -> str:
    """The first names, and how many more."""
    more = len(names) - NAMES_SHOWN
    if more <= 0:
        return ", ".join(names)
    return ngettext("%(names)s and %(more)d more", "%(names)s and %(more)d more", more) % {
        "names": ", ".join(names[:NAMES_SHOWN]),
        "more": more,
    }


def words_of(refusal: Exception) -> str:
    return " ".join(refusal.messages) if isinstance(refusal, ValidationError) else str(refusal)


def add_refusal(form: forms.BaseForm, refusal: Exception) -> None:
    """The refusal beside the field it is about, or above the form."""
    if isinstance(refusal, ValidationError) and hasattr(refusal, "error_dict"):
        for name, errors in refusal.message_dict.items():
            for error in errors:
                form.add_error(name if name in form.fields else None, error)
        return
    form.add_error(None, words_of(refusal))


def typed_words(form: forms.BaseForm) -> dict[str, Any]:
    """What the form holds as it was typed, by field; a choice by its label."""
    words: dict[str, Any] = {}
    for bound in form:
        value = bound.data
        choices = getattr(bound.field, "choices", None)
        if choices is not None and value not in (None, ""):
            value = next((label for key, label in cast(Any, choices) if str(key) == str(value)), value)
        elif isinstance(bound.field, forms.BooleanField):
            value = bool(value)
        words[bound.name] = value
    return words
