"""A check where it is performed: what to do, by when, and one form for what it came to."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponseBase, QueryDict
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from controls.checks import verbs as checking
from controls.evidence.field import EvidenceField
from controls.follow_ups.people import performers_at
from controls.models import Check, Evidence, LatePerformance, Method, Sample
from controls.models.check import CONCLUSIONS
from controls.scheduling.due_in_words import due_in_words
from controls.templatetags.conclusions import conclusion_choices
from controls.transitions import CHECK
from controls.views.checks.evidence import keep_files
from riskreg import clock
from riskreg.access.verbs import NotPermitted
from riskreg.models import User
from riskreg.verbs.concurrency import Stale, VersionField, version_of
from riskreg.verbs.errors import Refused

BEFORE_SHOWN = 6


class OutcomeForm(forms.Form):
    conclusion = forms.ChoiceField(label=gettext_lazy("Conclusion"), widget=forms.RadioSelect(attrs={"class": "choice"}))
    note = forms.CharField(
        label=gettext_lazy("Note"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=gettext_lazy("What was examined and what it showed. Needed where there was a deviation."),
    )
    performed_on = forms.DateField(
        label=gettext_lazy("Performed on"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    version = VersionField(required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        known = {one.value for one in CONCLUSIONS}
        cast(forms.ChoiceField, self.fields["conclusion"]).choices = [
            (value, label) for value, label in conclusion_choices() if value in known
        ]


class CompleteForm(OutcomeForm):
    evidence = EvidenceField(label=gettext_lazy("Add files"), required=False)


class LateForm(OutcomeForm):
    note = forms.CharField(
        label=gettext_lazy("Note"),
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=gettext_lazy("Why it was performed so late, what was examined and what it showed."),
    )
    evidence = EvidenceField(label=gettext_lazy("Add files"), required=False)

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if self.errors and given.get("evidence"):
            # A browser does not send them again by itself.
            self.add_error("evidence", _("Nothing is recorded yet, and no file kept: choose the files again."))
        return given


class MissedForm(forms.Form):
    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("Why it was not performed. The check stays visible as missed; the next one comes as planned."),
    )
    version = VersionField(required=False)


class MoveForm(forms.Form):
    due_on = forms.DateField(
        label=gettext_lazy("Due instead"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text=gettext_lazy("Only this check is moved. The others keep their days."),
    )
    reason = forms.CharField(label=gettext_lazy("Reason"), max_length=500, widget=forms.Textarea(attrs={"rows": 3}))
    version = VersionField(required=False)


class AssignForm(forms.Form):
    performer = forms.ModelChoiceField(label=gettext_lazy("Performed by"), queryset=User.objects.none())
    version = VersionField(required=False)


FORMS: dict[str, type[forms.Form]] = {"mark_missed": MissedForm, "perform_late": LateForm, "move": MoveForm, "assign": AssignForm}
ACTS: dict[str, Callable[..., Check]] = {
    "start": checking.start,
    "mark_missed": checking.mark_missed,
    "perform_late": lambda check, *, by, evidence, **rest: checking.perform_late(check, by=by, files=evidence, **rest),
    "move": checking.move,
    "assign": lambda check, *, by, performer, **rest: checking.assign(check, performer, by=by, **rest),
}


def _found(user: User, pk: int) -> Check:
    seen = Check.objects.visible_to(user).select_related(
        "unit", "performer", "performed_by", "control__risk__plan__unit", "control__risk__plan__matrix"
    )
    return get_object_or_404(seen, pk=pk)


@require_http_methods(["GET", "HEAD", "POST"])
def check(request: HttpRequest, pk: int) -> HttpResponseBase:
    """GET shows it; POST keeps the files, and records what it came to unless only they were to be kept."""
    user = cast(User, request.user)
    found = _found(user, pk)
    refusal = checking.CHECKS.why_not(found, "complete", user)
    if request.method == "POST" and isinstance(refusal, NotPermitted):
        raise refusal
    initial = {"performed_on": clock.today(), "version": version_of(found)}
    if request.method != "POST":
        return TemplateResponse(request, "controls/check.html", _context(found, user, CompleteForm(initial=initial), refusal))
    form: forms.Form = CompleteForm(request.POST.copy(), request.FILES, initial=initial)
    form.full_clean()
    files = form.cleaned_data.get("evidence", [])
    try:
        version = keep_files(request, found, files, by=user, version=form.cleaned_data.get("version"))
        cast(Any, form.data)["version"] = str(version or "")
        if "_attach" in request.POST:
            form = _only_files(request, form, any_chosen=bool(files))
        elif form.is_valid():
            done = checking.complete(
                found,
                by=user,
                conclusion=form.cleaned_data["conclusion"],
                note=form.cleaned_data["note"],
                performed_on=form.cleaned_data["performed_on"],
                version=version,
            )
            said = _("Recorded: %(control)s. It is locked from now on.") % {"control": done.control}
            messages.success(request, said)
            return redirect(done)
    except (Refused, ValidationError) as wrong:
        form = _refused(form, wrong)
    return TemplateResponse(request, "controls/check.html", _context(_found(user, pk), user, form, refusal))


def _only_files(request: HttpRequest, form: forms.Form, *, any_chosen: bool) -> forms.Form:
    """The form as it was typed, without errors of what is not to be recorded yet; those of the files stay."""
    wrong = form.errors.get("evidence")
    if wrong is None and any_chosen:
        return CompleteForm(initial={name: form.data.get(name) for name in ("conclusion", "note", "performed_on", "version")})
    form.errors.clear()
    form.add_error("evidence", wrong or _("Choose the files first."))
    return form


def _context(found: Check, user: User, form: forms.Form, refusal: Exception | None) -> dict[str, Any]:
    today = clock.today()
    around = Check.objects.visible_to(user).filter(~Q(pk=found.pk), control=found.control, unit=found.unit).order_by("-due_on")
    files = Evidence.objects.visible_to(user).filter(occasion=found)
    verbs = checking.CHECKS.verbs_open_to(found, user)
    late = LatePerformance.objects.filter(missed_check=found).select_related("recorded_by").first()
    if late is not None:
        verbs = [verb for verb in verbs if verb != "perform_late"]
    return {
        "title": found.control.risk.title,
        "check": found,
        "risk": found.control.risk,
        "words": due_in_words(found.due_on, today),
        "is_late": found.is_late(today),
        "form": form if refusal is None else None,
        "refusal": refusal if found.is_open else None,
        "verbs": [(verb, checking.VERB_LABELS[verb]()) for verb in verbs if verb in FORMS],
        "late": late,
        "may_start": "start" in verbs,
        "around": around[:BEFORE_SHOWN],
        "files": files.select_related("uploaded_by").order_by("uploaded_at", "pk"),
        "can_detach": "detach" in verbs,
        "samples": Sample.objects.visible_to(user).filter(occasion=found).select_related("population"),
        "offers_sampling": found.control.method in {Method.SAMPLING, Method.RECONCILIATION, Method.REVIEW},
        "today": today,
    }


@require_http_methods(["GET", "HEAD", "POST"])
def check_verb(request: HttpRequest, pk: int, verb: str) -> HttpResponseBase:
    """Start is one press; the others ask first."""
    if verb not in ACTS or verb not in CHECK.verbs:
        raise Http404
    user = cast(User, request.user)
    found = _found(user, pk)
    refusal = checking.CHECKS.why_not(found, verb, user)
    if isinstance(refusal, NotPermitted):
        raise refusal
    form = _asking(request, found, verb)
    if request.method != "POST":
        if form is None or refusal is not None:
            if refusal is not None:
                messages.error(request, str(refusal))
            return redirect(found)
    elif form is None or form.is_valid():
        try:
            saved = ACTS[verb](found, by=user, **(form.cleaned_data if form is not None else {}))
        except (Refused, ValidationError) as wrong:
            if form is None:
                messages.error(request, str(wrong))
                return redirect(found)
            form = _refused(form, wrong)
        else:
            said = _("%(verb)s: %(record)s. Done.") % {"verb": checking.VERB_LABELS[verb](), "record": saved.control}
            messages.success(request, said)
            return redirect(saved)
    label = checking.VERB_LABELS[verb]()
    context = {"title": label, "check": found, "form": form, "label": label}
    if verb == "perform_late":
        context["button"] = _("Record")
    return TemplateResponse(request, "controls/check_ask.html", context)


def _asking(request: HttpRequest, found: Check, verb: str) -> forms.Form | None:
    if verb not in FORMS:
        return None
    initial = {"version": version_of(found), "due_on": found.due_on, "performed_on": clock.today()}
    is_sent = request.method == "POST"
    form = FORMS[verb](request.POST if is_sent else None, request.FILES if is_sent else None, initial=initial)
    if verb == "assign":
        cast(Any, form.fields["performer"]).queryset = performers_at(found.unit)
    return form


def _refused(form: forms.Form, wrong: Exception) -> forms.Form:
    """The form as it was typed, with what was wrong beside the field it is about."""
    if isinstance(wrong, ValidationError) and hasattr(wrong, "error_dict"):
        for name, errors in wrong.message_dict.items():
            for error in errors:
                form.add_error(name if name in form.fields else None, error)
        return form
    form.add_error(None, " ".join(wrong.messages) if isinstance(wrong, ValidationError) else str(wrong))
    if isinstance(wrong, Stale):
        # Saving once more is a decision: the form carries the newest version now.
        form.data = {**form.data.dict(), "version": str(wrong.current_version)} if isinstance(form.data, QueryDict) else form.data
    return form
