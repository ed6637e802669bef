"""Pages between a press and a verb: a button leads to a page that asks, the verb is done, and what happened is said.

The admin and the plain pages use the same. A verb is described once, and asked for where it is needed:

    VERBS = {"move": RecordVerb("move", label, checks.move, form=MoveForm, why_not=checks.why_not), …}

    def check_verb(request, pk, verb):
        return ask(request, VERBS[verb], check, Place(back=check.get_absolute_url(), subject=str(check)))

GET only asks; POST does it. Where a verb says no, this is what follows, everywhere:

    it asks for nothing              the reason as a message, back where the button was; without the right, 403
    the right is missing             403: the page of refusals when it was opened, in the form when it was sent
    it is not possible in the state  a message when the page is opened; in the form (409) when it was sent
    somebody else saved meanwhile    in the form (409), beside what they changed; sending again is a decision
    a reason is needed               beside the reason's field
    something is missing or wrong    beside the fields that it is about

What was typed stays in the form. No script is needed, and none stands in the page.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import models
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _

from riskreg.access.verbs import NotPermitted
from riskreg.models import User
from riskreg.verbs.concurrency import Change, Stale, VersionField, version_of
from riskreg.verbs.errors import ReasonNeeded, Refused
from riskreg.web.form_fields import ReasonField

REFUSALS = (Refused, NotPermitted, ValidationError)
"""The exceptions by which a verb refuses."""


# What is asked for


class AskingForm(forms.Form):
    """The questions of a verb. `subject` is the record, `by` the user; a subclass may fit its fields to them."""

    def __init__(self, *args: Any, subject: Any, by: User, verb: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.subject, self.by, self.verb = subject, by, verb
        self.conflict: list[Change] = []
        if "version" in self.fields and isinstance(subject, models.Model):
            self.initial.setdefault("version", version_of(subject))

    def remarks(self) -> list[str]:
        """Return what the user should know before they press."""
        return []

    def listing(self) -> list[tuple[str, list[str]]]:
        """Return what the verb is about, where that is more than the record: (heading, lines)."""
        return []


class ReasonForm(AskingForm):
    """Ask for the reason, which the verb demands."""

    reason = ReasonField()


class VersionedReasonForm(ReasonForm):
    """Ask for the reason, and refuse when somebody else saved the record meanwhile."""

    version = VersionField(required=False)


# What is done, and where it is asked


@dataclass(frozen=True, slots=True)
class RecordVerb:
    """One verb of a record: what it is called, what does it, what it asks for, and for whom it is open."""

    name: str
    label: Callable[[], str]
    act: Callable[..., Any]
    """Called with the record, `by=` and the form's cleaned values; raises what verbs raise."""
    said: Callable[[Any, Any], str] = field(kw_only=True)
    """The message when it is done, a whole sentence from the record and the verb's answer; nothing for no words."""
    open_to: Callable[[Any, User], bool] = lambda record, user: True
    """Whether the button is shown; the verb itself asks again."""
    form: type[AskingForm] | None = None
    tone: str = ""
    """primary, danger or none."""
    in_batch: bool = False
    goes_to: Callable[[Any], str] | None = None
    """The page that shows the answer (from the verb's answer), when it is not where the button was."""
    why_not: Callable[[Any, str, User], Exception | None] | None = None
    """The refusal that the verb (by its name) would meet now, or None; asked before the page opens."""
    button: Callable[[], str] | None = None
    """The name of the page's button, when it is not the label."""


def by_name(*verbs: RecordVerb) -> dict[str, RecordVerb]:
    """Return the verbs by their names."""
    return {verb.name: verb for verb in verbs}


@dataclass(frozen=True, slots=True)
class Button:
    """A verb where it is offered: one press, or the way to the page that asks."""

    name: str
    label: str
    url: str
    asks: bool
    tone: str


def buttons_of(verbs: Iterable[RecordVerb], record: Any, user: User, address: Callable[[str], str]) -> list[Button]:
    """Return the buttons of the verbs that are open to the user; `address` is that of a verb by its name."""
    return [
        Button(
            verb.name,
            _("%(verb)s …") % {"verb": verb.label()} if verb.form else verb.label(),
            address(verb.name),
            verb.form is not None,
            verb.tone,
        )
        for verb in verbs
        if verb.open_to(record, user)
    ]


@dataclass(frozen=True, slots=True)
class Place:
    """The place where a verb is asked for: the page of its button, and the look of the page that asks."""

    back: str
    subject: str
    """The subject of the verb, as a line under its name."""
    crumbs: Sequence[tuple[str, str | None]] = ()
    template: str = "riskreg/ask.html"
    """A page of its own extends riskreg/ask.html and fills its block `about`."""
    context: Mapping[str, Any] = field(default_factory=dict)


def ask(request: HttpRequest, verb: RecordVerb, record: Any, place: Place) -> HttpResponseBase:
    """GET asks for what the verb needs; POST does it, says so and goes on. See the module for what follows a refusal."""
    user, is_sent = cast(User, request.user), request.method == "POST"
    refusal = verb.why_not(record, verb.name, user) if verb.why_not is not None else None
    if verb.form is None:
        if isinstance(refusal, NotPermitted):
            raise refusal
        return _do(request, verb, record, place) if is_sent else _go_back(request, place, refusal)
    if not is_sent and refusal is not None:
        return _go_back(request, place, refusal)
    sent = (request.POST, request.FILES) if is_sent else ()
    form, status = verb.form(*sent, subject=record, by=user, verb=verb.name), 200
    if is_sent and isinstance(refusal, NotPermitted):
        status = add_refusal(form, refusal)
    elif is_sent and form.is_valid():
        try:
            answer = verb.act(record, by=user, **form.cleaned_data)
        except REFUSALS as said_no:
            status = add_refusal(form, said_no)
        else:
            return _go_on(request, verb, record, answer, place)
    label = verb.label()
    context = {
        "title": label,
        "label": label,
        "button": verb.button() if verb.button is not None else label,
        "tone": verb.tone,
        "subject": place.subject,
        "back": place.back,
        "crumbs": place.crumbs,
        "form": form,
        **place.context,
    }
    return TemplateResponse(request, place.template, context, status=status)


def press(
    request: HttpRequest,
    act: Callable[[], Any],
    *,
    back: Any,
    said: str | Callable[[Any], str] = "",
    goes_to: Callable[[Any], Any] | None = None,
) -> HttpResponseBase:
    """Do what one press means, say that it is done or why it is not, and go back. Without the right: NotPermitted (403).

    `back` is an address or a record. `said` and `goes_to` are asked of what `act` returns; empty words are not told.
    """
    try:
        answer = act()
    except (Refused, ValidationError) as refusal:
        messages.error(request, words_of(refusal))
        return redirect(back)
    if words := said(answer) if callable(said) else said:
        messages.success(request, one_stop(words))
    return redirect(back if goes_to is None else goes_to(answer))


def _do(request: HttpRequest, verb: RecordVerb, record: Any, place: Place) -> HttpResponseBase:
    """Do a verb that asks for nothing."""
    try:
        answer = verb.act(record, by=request.user)
    except (Refused, ValidationError) as refusal:
        return _go_back(request, place, refusal)
    return _go_on(request, verb, record, answer, place)


def _go_on(request: HttpRequest, verb: RecordVerb, record: Any, answer: Any, place: Place) -> HttpResponseBase:
    if words := verb.said(record, answer):
        messages.success(request, one_stop(words))
    return redirect(verb.goes_to(answer) if verb.goes_to is not None else place.back)


def one_stop(words: str) -> str:
    """Return the sentence with one full stop: what it ends with, as a control's text, may bring its own."""
    return words[:-1] if words.endswith(("..", "….", "!.", "?.")) and not words.endswith("...") else words


def _go_back(request: HttpRequest, place: Place, refusal: Exception | None) -> HttpResponseBase:
    """Go back where the button was, with the reason. A missing right is answered by the page of refusals."""
    if isinstance(refusal, NotPermitted):
        raise refusal
    if refusal is not None:
        messages.error(request, words_of(refusal))
    return redirect(place.back)


# How a refusal is said


def words_of(refusal: Exception) -> str:
    """Return the refusal in one line."""
    return " ".join(refusal.messages) if isinstance(refusal, ValidationError) else str(refusal)


def add_refusal(form: forms.BaseForm, refusal: Exception, *, typed: Mapping[str, Any] | None = None) -> int:
    """Put the refusal beside the field it is about, or above the form; return the status of the answer.

    What somebody else changed meanwhile becomes `form.conflict`, and the form's version the newest one: sending it again
    is then a decision. `typed` words what the user wrote, by field; by default as typed_words does.
    """
    if isinstance(refusal, ValidationError):
        by_field = refusal.message_dict if hasattr(refusal, "error_dict") else {"": refusal.messages}
        for name, errors in by_field.items():
            for error in errors:
                form.add_error(name if name in form.fields else None, error)
        return 200
    is_for_reason = isinstance(refusal, ReasonNeeded) and "reason" in form.fields
    form.add_error("reason" if is_for_reason else None, str(refusal))
    if isinstance(refusal, Stale):
        cast(Any, form).conflict = refusal.rows(typed_words(form) if typed is None else typed)
        data = cast(Any, form.data).copy()
        data[form.add_prefix("version")] = str(refusal.current_version)
        form.data = data
    return 403 if isinstance(refusal, NotPermitted) else 409


def typed_words(form: forms.BaseForm) -> dict[str, Any]:
    """Return what the form holds as it was typed, by field; a choice by its label."""
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
