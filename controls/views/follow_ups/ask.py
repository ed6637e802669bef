"""The pages between a press and a verb: they ask for the reason (or the day), and do it. A GET only asks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _

from controls.follow_ups import actions, verbs
from controls.follow_ups.evidence import detach
from controls.follow_ups.gate import FOLLOW_UPS, VERB_LABELS
from controls.follow_ups.people import performers_at
from controls.models import Action, Evidence, FollowUp
from controls.transitions import ACTION, FOLLOW_UP
from controls.views.follow_ups.page import submitted_words
from riskreg import clock
from riskreg.access.verbs import NotPermitted
from riskreg.admin.base import signed_in
from riskreg.models import User
from riskreg.verbs.concurrency import VersionField, version_of
from riskreg.verbs.errors import Refused

ASKED_FOR = ("start", "submit", "approve", "return", "reopen")
"""The verbs of a follow-up that have an address of their own; the rest go through its form."""


class ReasonForm(forms.Form):
    """What a verb that sends back or takes away asks for."""

    reason = forms.CharField(required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 4, "cols": 50}))
    version = VersionField(required=False)

    def __init__(self, *args: Any, needed: bool = True, help_text: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"].label = _("Reason")
        self.fields["reason"].required = needed
        self.fields["reason"].help_text = help_text


class PerformerForm(forms.Form):
    """Who is to perform a follow-up: somebody who may log it."""

    performer = forms.ModelChoiceField(queryset=User.objects.none())
    reason = forms.CharField(required=False, max_length=500)
    version = VersionField(required=False)

    def __init__(self, *args: Any, follow_up: FollowUp, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        others = performers_at(follow_up.unit).exclude(pk=follow_up.performer_id or 0)
        self.fields["performer"].queryset = others  # type: ignore[attr-defined]
        self.fields["performer"].label = _("Who is to perform it")
        self.fields["reason"].label = _("Reason")


class DoneForm(forms.Form):
    """When a measure was done, and what it led to."""

    done_on = forms.DateField(widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}))
    effect = forms.CharField(required=False, widget=forms.Textarea(attrs={"rows": 4, "cols": 50}))
    version = VersionField(required=False)

    def __init__(self, *args: Any, only_effect: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["done_on"].label = _("Done on")
        self.fields["effect"].label = _("Effect")
        self.fields["effect"].help_text = _("What the action led to.")
        if only_effect:
            del self.fields["done_on"]
            self.fields["effect"].required = True


def follow_up_verb(request: HttpRequest, follow_up: FollowUp, verb: str) -> HttpResponseBase:
    """Start, submit, approve, return or reopen."""
    if verb not in ASKED_FOR:
        raise Http404
    user = signed_in(request)
    FOLLOW_UPS.require_right(follow_up, verb, user)
    needed = FOLLOW_UP.demands_reason(verb)
    form = ReasonForm(
        request.POST or None, initial={"version": version_of(follow_up)}, needed=needed, help_text=_help(verb, follow_up)
    )
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data
        done = _attempt(form, lambda: _do(follow_up, verb, by=user, reason=values["reason"], version=values["version"]))
        if isinstance(done, FollowUp):
            messages.success(request, _said(verb, done))
            return redirect(follow_up if verb in {"start", "reopen"} else "inbox")
    elif request.method != "POST" and (refusal := FOLLOW_UPS.why_not(follow_up, verb, user)) is not None:
        messages.error(request, str(refusal))
        return redirect(follow_up)
    return _ask(request, follow_up, form, verb=verb, label=VERB_LABELS[verb](), subject=follow_up.control.risk.title)


def _do(follow_up: FollowUp, verb: str, **how: Any) -> FollowUp:
    return VERBS[verb](follow_up, **how)


VERBS: dict[str, Callable[..., FollowUp]] = {
    "start": verbs.start,
    "submit": verbs.submit,
    "approve": verbs.approve,
    "return": verbs.return_,
    "reopen": verbs.reopen,
}


def _help(verb: str, follow_up: FollowUp) -> str:
    """Who reads the reason, so that it is written to them."""
    if verb not in {"return", "reopen"}:
        return ""
    reader = follow_up.performer or follow_up.submitted_by
    return _("%(name)s reads this: say what to change or add.") % {"name": reader} if reader else ""


def _said(verb: str, follow_up: FollowUp) -> str:
    named = {"risk": follow_up.control.risk.title, "name": follow_up.performer or follow_up.submitted_by or "–"}
    return {
        "start": _("Started: %(risk)s.") % named,
        "submit": submitted_words(follow_up) if verb == "submit" else "",
        "approve": _("Approved: %(risk)s.") % named,
        "return": _("Returned to %(name)s: %(risk)s.") % named,
        "reopen": _("Reopened for %(name)s: %(risk)s.") % named,
    }[verb]


def assignment(request: HttpRequest, follow_up: FollowUp) -> HttpResponseBase:
    """Hands the follow-up to another performer."""
    user = signed_in(request)
    FOLLOW_UPS.require_right(follow_up, "assign", user)
    form = PerformerForm(request.POST or None, follow_up=follow_up, initial={"version": version_of(follow_up)})
    if request.method == "POST" and form.is_valid():
        done = _attempt(form, lambda: verbs.assign(follow_up, by=user, **form.cleaned_data))
        if done is not REFUSED:
            messages.success(
                request,
                _("%(name)s performs this from now on: %(risk)s.")
                % {
                    "name": done.performer,
                    "risk": follow_up.control.risk.title,
                },
            )
            return redirect(follow_up)
    elif request.method != "POST" and (refusal := FOLLOW_UPS.why_not(follow_up, "assign", user)) is not None:
        messages.error(request, str(refusal))
        return redirect(follow_up)
    return _ask(request, follow_up, form, verb="assign", label=VERB_LABELS["assign"](), subject=follow_up.control.risk.title)


def evidence_removal(request: HttpRequest, follow_up: FollowUp, evidence_id: int) -> HttpResponseBase:
    """Takes a file away, with the reason."""
    user = signed_in(request)
    FOLLOW_UPS.require_right(follow_up, "detach", user)
    evidence = get_object_or_404(Evidence.objects.visible_to(user), pk=evidence_id, follow_up=follow_up)
    form = ReasonForm(request.POST or None, help_text=_("It is kept in the history, with the file's name and hash."))
    if request.method == "POST" and form.is_valid():
        if _attempt(form, lambda: detach(evidence, by=user, reason=form.cleaned_data["reason"])) is not REFUSED:
            messages.success(request, _("Removed: %(name)s.") % {"name": evidence.name})
            return redirect(follow_up)
    elif request.method != "POST" and (refusal := FOLLOW_UPS.why_not(follow_up, "detach", user)) is not None:
        messages.error(request, str(refusal))
        return redirect(follow_up)
    return _ask(request, follow_up, form, verb="detach", label=VERB_LABELS["detach"](), subject=evidence.name)


def action_verb(request: HttpRequest, follow_up: FollowUp, action_id: int, verb: str) -> HttpResponseBase:
    """Marks a measure as done, notes its effect, or takes it up again."""
    if verb not in ACTION.verbs:
        raise Http404
    user = signed_in(request)
    action = get_object_or_404(
        Action.objects.visible_to(user).select_related("follow_up__unit", "responsible"), pk=action_id, follow_up=follow_up
    )
    form: forms.Form
    version = {"version": version_of(action)}
    if verb == "take_up_again":
        form = ReasonForm(request.POST or None, initial=version)
    else:
        today = {"done_on": clock.today()}
        form = DoneForm(request.POST or None, initial=version | today, only_effect=verb == "note_effect")
    if request.method == "POST" and form.is_valid():
        if _attempt(form, lambda: ACTION_VERBS[verb](action, by=user, **form.cleaned_data)) is not REFUSED:
            messages.success(request, _("Saved: %(action)s") % {"action": action})
            return redirect(follow_up)
    elif request.method != "POST" and verb not in actions.ACTIONS.verbs_open_to(action, user):
        messages.error(request, _("This is not possible for this action now, or not for you."))
        return redirect(follow_up)
    return _ask(request, follow_up, form, verb=verb, label=actions.VERB_LABELS[verb](), subject=str(action))


ACTION_VERBS: dict[str, Callable[..., Action]] = {
    "mark_done": actions.mark_action_done,
    "note_effect": actions.note_effect,
    "take_up_again": actions.take_up_again,
}
REFUSED = object()


def _attempt(form: forms.Form, act: Callable[[], Any]) -> Any:
    """What the verb returns; when it refuses, REFUSED, and the form says why with what was typed still in it."""
    try:
        return act()
    except (Refused, NotPermitted) as refusal:
        form.add_error(None, str(refusal))
    except ValidationError as wrong:
        for field, errors in wrong.message_dict.items() if hasattr(wrong, "error_dict") else [(None, wrong.messages)]:
            for error in errors:
                form.add_error(field if field in form.fields else None, error)
    return REFUSED


def _ask(request: HttpRequest, follow_up: FollowUp, form: forms.Form, *, verb: str, label: str, subject: str) -> HttpResponseBase:
    context = {"title": label, "subject": subject, "follow_up": follow_up, "form": form, "verb": verb, "label": label}
    return TemplateResponse(request, "controls/follow_up/ask.html", context)
