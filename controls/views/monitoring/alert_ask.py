"""The verbs of alerts that ask first: their questions and messages; and several explained with one reason."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any, cast

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods

from controls.follow_ups.people import performers_at
from controls.models import Alert
from controls.monitoring.inquiries.verbs import Asked, ask_about_alert
from controls.monitoring.watching import alerts as verbs
from controls.monitoring.watching.gate import ALERT_LABELS, ALERTS
from controls.monitoring.watching.words import rule_label
from controls.views.monitoring.inquiry_forms import AskForm, recorded_words
from controls.views.monitoring.seen import seen_alert
from riskreg import clock
from riskreg.access.grants import require
from riskreg.access.verbs import Verb
from riskreg.models import User
from riskreg.verbs.concurrency import VersionField
from riskreg.web.asking import (
    REFUSALS,
    AskingForm,
    Button,
    Place,
    RecordVerb,
    VersionedReasonForm,
    add_refusal,
    ask,
    buttons_of,
    by_name,
)
from riskreg.web.form_fields import DayField
from riskreg.web.whole_number import whole_number

SLEEPS = ("30", "90", "180")
UNTIL_DAY, UNTIL_FACTS = "day", "facts"


class AssignForm(AskingForm):
    assignee = forms.ModelChoiceField(label=gettext_lazy("Assigned to"), queryset=User.objects.none())
    due_on = DayField(label=gettext_lazy("Due"), required=False, help_text=gettext_lazy("The day by which it is concluded."))
    version = VersionField(required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: dict[str, Any] = self.fields
        fields["assignee"].queryset = performers_at(self.subject.watch.readers_unit)
        self.initial["assignee"], self.initial["due_on"] = self.subject.assignee_id, self.subject.due_on


class ConfirmForm(VersionedReasonForm):
    def remarks(self) -> list[str]:
        return [_("Write what was found, and on what you build it. A measure is planned in the control's follow-up.")]


class ExplainForm(VersionedReasonForm):
    def remarks(self) -> list[str]:
        return [_("Write the explanation, and who gave it. The alert returns if its facts change.")]


class DismissForm(VersionedReasonForm):
    def remarks(self) -> list[str]:
        return [_("Write why the rule was wrong here. Many false alarms call for other limits of the rule.")]


class SleepForm(VersionedReasonForm):
    """Until a day, or until the facts change."""

    how_long = forms.ChoiceField(label=gettext_lazy("How long"), widget=forms.RadioSelect)
    until = DayField(
        label=gettext_lazy("The day it wakes"), required=False, help_text=gettext_lazy("Where you choose the day yourself.")
    )
    field_order = ("how_long", "until", "reason", "version")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: dict[str, Any] = self.fields
        fields["how_long"].choices = [
            *((days, _("%(days)s days") % {"days": days}) for days in SLEEPS),
            (UNTIL_DAY, _("Until a day that I choose")),
            (UNTIL_FACTS, _("Until the facts change")),
        ]
        self.initial["how_long"] = SLEEPS[0]

    def remarks(self) -> list[str]:
        return [_("It wakes before its day, too, if the facts change.")]

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        how_long = given.pop("how_long", "")
        if how_long in SLEEPS:
            given["until"] = clock.today() + timedelta(int(how_long))
        elif how_long == UNTIL_FACTS:
            given["until"] = None
        elif how_long == UNTIL_DAY and given.get("until") is None and "until" not in self.errors:
            self.add_error("until", _("Choose the day."))
        return given


class ExcludeForm(VersionedReasonForm):
    until = DayField(label=gettext_lazy("Excluded up to and including"))
    field_order = ("until", "reason", "version")

    def remarks(self) -> list[str]:
        said = _("“%(rule)s” tells nothing of %(subject)s until that day is past, whatever happens meanwhile.")
        return [said % {"rule": rule_label(self.subject.watch.rule), "subject": self.subject}]


_SAID = {
    "examine": gettext_lazy("The alert is under examination: %(alert)s."),
    "confirm": gettext_lazy("The deviation is confirmed: %(alert)s."),
    "explain": gettext_lazy("The alert is explained: %(alert)s."),
    "dismiss": gettext_lazy("The alert is a false alarm: %(alert)s."),
    "assign": gettext_lazy("The alert is assigned: %(alert)s."),
    "sleep": gettext_lazy("The alert sleeps: %(alert)s."),
    "exclude": gettext_lazy("The alert is excluded: %(alert)s."),
    "reopen": gettext_lazy("The alert is taken up again: %(alert)s."),
}


def _ask(alert: Alert, *, by: User, version: int | None = None, **given: Any) -> Any:
    return ask_about_alert(alert, by=by, asked=Asked(**given), version=version)


def _verb(name: str, act: Any, form: type[AskingForm] | None, tone: str = "") -> RecordVerb:
    return RecordVerb(
        name,
        ALERT_LABELS[name],
        act,
        form=form,
        tone=tone,
        open_to=lambda alert, user: ALERTS.why_not(alert, name, user) is None,
        said=lambda alert, _done: _SAID[name] % {"alert": alert},
        why_not=ALERTS.why_not,
    )


VERBS = by_name(
    _verb("examine", verbs.examine, None, "primary"),
    _verb("confirm", verbs.confirm, ConfirmForm),
    _verb("explain", verbs.explain, ExplainForm),
    _verb("dismiss", verbs.dismiss, DismissForm),
    replace(_verb("ask", _ask, AskForm), said=recorded_words),
    _verb("assign", verbs.assign, AssignForm),
    _verb("sleep", verbs.sleep, SleepForm),
    _verb("exclude", verbs.exclude, ExcludeForm),
    _verb("reopen", verbs.reopen, VersionedReasonForm),
)


def buttons(alert: Alert, user: User) -> list[Button]:
    """Return the buttons of what the user can do with the alert now."""
    return buttons_of(VERBS.values(), alert, user, lambda name: reverse(f"alert_{name}", args=[alert.pk]))


@require_http_methods(["GET", "HEAD", "POST"])
def alert_verb(request: HttpRequest, pk: int, verb: str) -> HttpResponseBase:
    """Do what is asked for with the alert; ?back= is the list that it was begun from."""
    user = cast(User, request.user)
    found = seen_alert(user, pk)
    place = Place(
        _back(request) or found.get_absolute_url(),
        f"{found}, {rule_label(found.watch.rule)}",
        [(_("Alerts"), reverse("alerts")), (str(found), found.get_absolute_url())],
    )
    return ask(request, VERBS[verb], found, place)


def _back(request: HttpRequest) -> str:
    """Return the list of alerts that the address names; nothing else is gone back to."""
    back = request.GET.get("back", "")
    is_ours = url_has_allowed_host_and_scheme(back, allowed_hosts=None)
    return back if is_ours and back.partition("?")[0] == reverse("alerts") else ""


class ExplainAllForm(ExplainForm):
    """One reason for several alerts, which the form names."""

    version = None  # type: ignore[assignment]

    def listing(self) -> list[tuple[str, list[str]]]:
        lines = [f"{alert}: {rule_label(alert.watch.rule)}" for alert in self.subject]
        return [(ngettext("%(count)d alert", "%(count)d alerts", len(lines)) % {"count": len(lines)}, lines)]


@require_http_methods(["GET", "HEAD", "POST"])
def alerts_explain(request: HttpRequest) -> HttpResponse:
    """Explain the alerts that were chosen in the list (?alert=…) with one reason."""
    user = cast(User, request.user)
    require(user, Verb.WEIGH_ALERT)
    numbers = [number for text in request.GET.getlist("alert") if (number := whole_number(text)) is not None]
    seen = Alert.objects.visible_to(user).select_related("watch__register__unit", "watch__seen_at", "assignee")
    chosen = list(seen.filter(pk__in=numbers[: verbs.MOST_AT_ONCE + 1]).order_by("pk"))
    back = _back(request) or reverse("alerts")
    if not chosen:
        messages.error(request, _("Choose the alerts in the list first."))
        return redirect(back)
    sent = (request.POST,) if request.method == "POST" else ()
    form, status = ExplainAllForm(*sent, subject=chosen, by=user, verb="explain"), 200
    if sent and form.is_valid():
        try:
            count = verbs.explain_all(chosen, by=user, reason=form.cleaned_data["reason"])
        except REFUSALS as refusal:
            status = add_refusal(form, refusal)
        else:
            words = ngettext("%(count)d alert is explained.", "%(count)d alerts are explained.", count)
            messages.success(request, words % {"count": count})
            return redirect(back)
    label = ALERT_LABELS["explain"]()
    context = {
        "title": label,
        "label": label,
        "button": label,
        "subject": _("Several alerts with one reason"),
        "back": back,
        "crumbs": [(_("Alerts"), reverse("alerts"))],
        "form": form,
    }
    return render(request, "riskreg/ask.html", context, status=status)
