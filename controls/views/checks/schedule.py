"""A control's schedule: its days, changed in two steps (preview, then save), and its exceptions."""

from __future__ import annotations

from datetime import date
from typing import Any, cast

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from controls.models import Control, DayRule, Frequency, ScheduleException
from controls.plan_controls.rescheduling import Preview, Wanted, add_exception, preview, remove_exception, reschedule
from controls.scheduling.occasions import first_day_of, occasions_of, schedule_of
from riskreg import clock
from riskreg.access.grants import may
from riskreg.access.verbs import NotPermitted, Verb
from riskreg.models import User
from riskreg.web.asking import REFUSALS, add_refusal, press
from riskreg.web.form_fields import DayField, ReasonField
from riskreg.web.whole_number import whole_number

GIVEN_AT_MOST = 60


class ScheduleForm(forms.Form):
    frequency = forms.ChoiceField(label=gettext_lazy("How often"), choices=Frequency.choices)
    anchor_on = DayField(
        label=gettext_lazy("First day"),
        required=False,
        help_text=gettext_lazy(
            "The others are counted from it: 31 January is followed by 28 February and 31 March. Empty: the usual days."
        ),
    )
    day_rule = forms.ChoiceField(
        label=gettext_lazy("On a day off"),
        choices=DayRule.choices,
        help_text=gettext_lazy("Saturdays, Sundays, public holidays, Midsummer Eve, Christmas Eve and New Year's Eve."),
    )
    given_dates = forms.CharField(
        label=gettext_lazy("Given dates"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("For the frequency “On given dates”: one a line, as 2026-03-31."),
    )
    reason = ReasonField(rows=2)

    def clean_given_dates(self) -> list[date]:
        """Return the typed dates. Raises ValidationError for the first line that is no date, naming it."""
        found = []
        for line in self.cleaned_data["given_dates"].split():
            try:
                day = parse_date(line.strip(",;"))
            except ValueError:
                day = None
            if day is None:
                raise ValidationError(_("“%(line)s” is no date. Write it as 2026-03-31.") % {"line": line[:40]})
            found.append(day)
        if len(found) > GIVEN_AT_MOST:
            raise ValidationError(_("At most %(count)d dates.") % {"count": GIVEN_AT_MOST})
        return found

    def wanted(self) -> Wanted:
        values = self.cleaned_data
        return Wanted(values["frequency"], values["anchor_on"], values["day_rule"], tuple(values["given_dates"]))


class ExceptionForm(forms.Form):
    nominal_on = forms.TypedChoiceField(label=gettext_lazy("Day by the schedule"), coerce=date.fromisoformat)
    due_on = DayField(label=gettext_lazy("Due instead"), required=False, help_text=gettext_lazy("Empty: that day is left out."))
    reason = ReasonField(widget=forms.TextInput)


@require_http_methods(["GET", "HEAD", "POST"])
def control_schedule(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Show the schedule (GET), or preview or save a change (POST).

    POST with `look` shows what a change would do, with `save` saves it; `except` and `restore` are about single days.
    """
    user = cast(User, request.user)
    seen = Control.objects.visible_to(user).select_related("risk__plan__unit", "risk__unit", "schedule")
    control = get_object_or_404(seen.prefetch_related("schedule_exceptions"), pk=pk)
    may_change = may(user, Verb.CHANGE_PLAN, control.risk.unit)
    if request.method == "POST" and not may_change:
        raise NotPermitted(Verb.CHANGE_PLAN)
    acts = request.POST if request.method == "POST" else {}
    plan, today = control.risk.plan, clock.today()
    days = occasions_of(control, plan.year, first_day_of(plan))
    form = ScheduleForm(request.POST if "look" in acts or "save" in acts else None, initial=_initial(control))
    exception = ExceptionForm(request.POST if "except" in acts else None, prefix="exception")
    taken = {one.nominal_on for one in control.schedule_exceptions.all()}
    cast(Any, exception.fields["nominal_on"]).choices = [
        (one.nominal.isoformat(), one.nominal.isoformat()) for one in days if one.nominal > today and one.nominal not in taken
    ]
    shown: Preview | None = None
    status = 200
    try:
        if form.is_bound and form.is_valid():
            if "save" in acts:
                reschedule(control, form.wanted(), by=user, reason=form.cleaned_data["reason"])
                messages.success(request, _("The schedule is saved. What lay behind stands."))
                return redirect("control_schedule", pk=pk)
            shown = preview(control, form.wanted(), today)
        elif exception.is_bound and exception.is_valid():
            add_exception(control, by=user, **exception.cleaned_data)
            messages.success(request, _("The exception is saved."))
            return redirect("control_schedule", pk=pk)
        elif "restore" in acts:
            found = get_object_or_404(ScheduleException, control=control, pk=_number(acts["restore"]))
            words, page = _("The day goes by the schedule again."), reverse("control_schedule", args=[pk])
            return press(request, lambda: remove_exception(found, by=user), back=page, said=words)
    except REFUSALS as wrong:
        status = add_refusal(form if form.is_bound else exception, wrong)
    context = {
        "title": _("Schedule"),
        "control": control,
        "risk": control.risk,
        "days": days,
        "today": today,
        "shown": shown,
        "form": form,
        "exception": exception,
        "may_change": may_change,
        "exceptions": control.schedule_exceptions.all(),
        "at_closings": control.frequency == Frequency.AT_CLOSING,
        "year": plan.year,
    }
    return TemplateResponse(request, "controls/schedule.html", context, status=status)


def _number(typed: str) -> int:
    number = whole_number(typed)
    if number is None:
        raise Http404
    return number


def _initial(control: Control) -> dict[str, Any]:
    schedule = schedule_of(control)
    return {
        "frequency": control.frequency,
        "anchor_on": schedule.anchor_on,
        "day_rule": schedule.day_rule,
        "given_dates": "\n".join(schedule.given_dates),
    }
