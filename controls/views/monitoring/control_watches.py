"""The page of a control's watched rules: which follow it up, what they told, and the choice of them."""

from __future__ import annotations

from collections.abc import Callable
from itertools import groupby
from typing import Any, cast

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from controls.follow_ups.backing import registered_methods
from controls.models import Alert, Control, ControlWatch, FollowUp, Watch
from controls.monitoring.behind_follow_ups.choosing import WATCHES, choose_watches, watches_to_choose
from controls.monitoring.behind_follow_ups.method import Monitoring
from controls.monitoring.watching.words import facts_in_a_line, problem_words, rule_label
from controls.plan_controls.gate import CONTROLS
from controls.views.monitoring.marks import alert_mark
from riskreg.access.grants import may
from riskreg.access.verbs import NotPermitted, Verb
from riskreg.models import User
from riskreg.verbs.concurrency import VersionField, version_of
from riskreg.web.asking import REFUSALS, add_refusal
from riskreg.web.form_fields import ReasonField

MOST_ALERTS = 50
"""Alerts on the page, those that are open first; the rest stand at the desk."""


class ChooseForm(forms.Form):
    watches = forms.TypedMultipleChoiceField(
        label=gettext_lazy("Watched rules"),
        coerce=int,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("Those whose alerts follow up this control."),
    )
    reason = ReasonField(rows=2)
    version = VersionField(required=False)

    def __init__(self, control: Control, user: User, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.conflict: Any = None
        found = list(watches_to_choose(control, user))
        self._found = {watch.pk: watch for watch in found}
        cast(Any, self.fields["watches"]).choices = [
            (f"{register.name}, {register.unit}", [(watch.pk, rule_label(watch.rule)) for watch in rows])
            for register, rows in groupby(found, key=lambda watch: watch.register)
        ]

    def clean_watches(self) -> list[Watch]:
        return [self._found[pk] for pk in self.cleaned_data["watches"]]


@require_http_methods(["GET", "HEAD", "POST"])
def control_watches(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Show the rules that follow up the control, and what they told (GET); choose them (POST)."""
    user = cast(User, request.user)
    seen = Control.objects.visible_to(user).select_related("risk__plan__unit", "risk__unit")
    control = get_object_or_404(seen, pk=pk)
    refusal = CONTROLS.why_not(control, "choose_watches", user)
    if request.method == "POST" and isinstance(refusal, NotPermitted):
        raise refusal
    chosen = list(ControlWatch.objects.filter(control=control).values_list("watch", flat=True))
    initial = {"watches": chosen, "version": version_of(control)}
    form = ChooseForm(control, user, request.POST if request.method == "POST" else None, initial=initial)
    status = 200
    if form.is_bound and form.is_valid():
        given = form.cleaned_data
        try:
            choose_watches(control, given[WATCHES], by=user, reason=given["reason"], version=given["version"])
        except REFUSALS as wrong:
            status = add_refusal(form, wrong)
        else:
            messages.success(request, _("The choice of watched rules is saved."))
            return redirect("control_watches", pk=pk)
    return TemplateResponse(request, "controls/watches.html", _context(control, user, form, refusal, chosen), status=status)


def _context(control: Control, user: User, form: ChooseForm, refusal: Exception | None, chosen: list[int]) -> dict[str, Any]:
    watches = Watch.objects.visible_to(user).filter(pk__in=chosen).select_related("register__unit").order_by("register", "rule")
    rows = [{"watch": watch, "label": rule_label(watch.rule), "problem": problem_words(watch)} for watch in watches]
    alerts = Alert.objects.visible_to(user).filter(watch__in=chosen).select_related("watch__register")
    unsettled = alerts.open().order_by("-told_at", "-pk")
    listed = [*unsettled[:MOST_ALERTS]]
    listed += alerts.exclude(state__in=Alert.OPEN_STATES).order_by("-told_at", "-pk")[: MOST_ALERTS - len(listed)]
    return {
        "title": _("Watched rules"),
        "control": control,
        "risk": control.risk,
        "rows": rows,
        "unseen": len(chosen) - len(rows),
        "periods": _periods(control, user),
        "alerts": [
            {"alert": one, "rule": rule_label(one.watch.rule), "facts": facts_in_a_line(one), "mark": alert_mark(one)}
            for one in listed
        ],
        "has_more": alerts.count() > len(listed) if len(listed) == MOST_ALERTS else False,
        "form": form if refusal is None else None,
        "refusal": refusal if refusal is not None and not isinstance(refusal, NotPermitted) else None,
        "has_choice": bool(cast(Any, form.fields["watches"]).choices),
    }


def _periods(control: Control, user: User) -> list[dict[str, Any]]:
    """Return what the rules told in the period of each follow-up of the control that the user sees, the latest first."""
    seen = FollowUp.objects.visible_to(user).filter(control=control).select_related("closing", "unit", "control__risk")
    follow_ups = list(seen.order_by("-closing__cut_off", "unit__path"))
    show: Callable[..., Any] = next(one for one in registered_methods() if isinstance(one, Monitoring)).show
    backed = zip(follow_ups, show(follow_ups), strict=True)
    return [
        {
            "follow_up": one,
            "backing": backing,
            "may_sample": may(user, Verb.PREPARE_SAMPLE, one.unit) and may(user, Verb.READ_REGISTER, one.unit),
        }
        for one, backings in backed
        for backing in backings
    ]
