"""An admin whose records move by verbs: buttons on the record's page, batch actions in its list.

    class PlanAdmin(VerbAdmin[ControlPlan]):
        verbs = [RecordVerb("adopt", _label, planning.adopt, form=AdoptForm, open_to=…), …]

A verb that asks for nothing is one press; one that asks (for a reason, a date) has a page of its own
(riskreg.web.asking). A batch does the verb on each row by itself, and says how many were done, and which were refused
and why.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ActionForm
from django.db import models
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.urls import URLPattern, path, reverse
from django.utils.translation import ngettext

from riskreg.access.verbs import NotPermitted
from riskreg.admin.base import ScopedAdmin, signed_in
from riskreg.verbs.concurrency import Stale
from riskreg.web.asking import REFUSALS, Button, Place, RecordVerb, ask, buttons_of, typed_words, words_of
from riskreg.web.form_fields import ReasonField

M = TypeVar("M", bound=models.Model)
REFUSALS_SHOWN = 10
NAMES_SHOWN = 3


class BatchForm(ActionForm):
    """The batch's verb, and the reason that some of them demand."""

    reason = ReasonField(required=False, widget=forms.TextInput)


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
        return buttons_of(
            self.verbs, obj, signed_in(request), lambda name: reverse(f"admin:{self._name('verb')}", args=[obj.pk, name])
        )

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
        """Return the field without the small icons beside a choice.

        A unit or a person is not created on the way to another record.
        """
        return without_detours(super().formfield_for_dbfield(db_field, request, **kwargs))

    def verb_view(self, request: HttpRequest, object_id: int, verb: str) -> HttpResponseBase:
        """Ask (GET) or do the verb (POST). A refusal is shown, and what was typed stays."""
        found = next((one for one in self.verbs if one.name == verb), None)
        obj = self.get_object(request, str(object_id))
        if found is None or obj is None:
            raise Http404
        if request.method != "POST" and self.change_verb is not None and not self._has(request, self.change_verb, obj):
            raise NotPermitted(self.change_verb)
        context = {**self.admin_site.each_context(request), "opts": self.opts}
        return ask(request, found, obj, Place(self.page_of(obj), str(obj), template="admin/verbs/ask.html", context=context))

    # The list

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """Return the verbs that can be done to many at once, for users who may change records anywhere."""
        actions = super().get_actions(request)
        if self.has_change_permission(request):
            for verb in self.verbs:
                if verb.in_batch:
                    actions[f"do_{verb.name}"] = (batch_of(verb), f"do_{verb.name}", verb.label())
        return actions


def without_detours(field: Any) -> Any:
    """Return the form field without buttons to add or change what is chosen."""
    if field is not None and hasattr(field.widget, "can_add_related"):
        field.widget.can_add_related = field.widget.can_change_related = field.widget.can_view_related = False
    return field


def batch_of(verb: RecordVerb) -> Callable[[admin.ModelAdmin[Any], HttpRequest, models.QuerySet[Any]], None]:
    """Return the action of an admin's list that does the verb on each chosen row."""

    def act(model_admin: admin.ModelAdmin[Any], request: HttpRequest, queryset: models.QuerySet[Any]) -> None:
        run_batch(request, verb, queryset, reason=request.POST.get("reason", ""))

    act.__name__ = f"do_{verb.name}"
    return act


def run_batch(request: HttpRequest, verb: RecordVerb, queryset: models.QuerySet[Any], *, reason: str) -> None:
    """Run the verb on each row by itself; report what was done, and what was refused and why."""
    user = signed_in(request)
    given = {"reason": reason} if verb.form is not None and "reason" in verb.form.base_fields else {}
    done = 0
    refused: dict[str, list[str]] = {}
    for record in queryset:
        try:
            verb.act(record, by=user, **given)
            done += 1
        except REFUSALS as refusal:
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
    """Return the first names, and how many more there are."""
    more = len(names) - NAMES_SHOWN
    if more <= 0:
        return ", ".join(names)
    return ngettext("%(names)s and %(more)d more", "%(names)s and %(more)d more", more) % {
        "names": ", ".join(names[:NAMES_SHOWN]),
        "more": more,
    }
