"""The page of a control's indicators: which series follow it up, what they say at each closing, and the choice of them."""

from __future__ import annotations

from typing import Any, cast

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from controls.indicators.behind_follow_ups.choosing import SERIES, choose_series, series_to_choose
from controls.indicators.behind_follow_ups.method import Indicators
from controls.indicators.behind_follow_ups.saying import line
from controls.indicators.known import read_figures
from controls.models import Control, ControlSeries, FollowUp, IndicatorSeries
from controls.plan_controls.gate import CONTROLS
from riskreg import clock
from riskreg.access.grants import may
from riskreg.access.verbs import NotPermitted, Verb
from riskreg.models import User
from riskreg.verbs.concurrency import VersionField, version_of
from riskreg.web.asking import REFUSALS, add_refusal
from riskreg.web.form_fields import ReasonField


class ChooseForm(forms.Form):
    series = forms.TypedMultipleChoiceField(
        label=gettext_lazy("Indicators"),
        coerce=int,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("Those whose values follow up this control."),
    )
    reason = ReasonField(rows=2)
    version = VersionField(required=False)

    def __init__(self, control: Control, user: User, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.conflict: Any = None
        self._found = {one.pk: one for one in series_to_choose(control, user)}
        cast(Any, self.fields[SERIES]).choices = [(one.pk, str(one)) for one in self._found.values()]

    @property
    def has_choice(self) -> bool:
        return bool(self._found)

    def clean_series(self) -> list[IndicatorSeries]:
        return [self._found[pk] for pk in self.cleaned_data[SERIES]]


@require_http_methods(["GET", "HEAD", "POST"])
def control_series(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Show the series that follow up the control, and what they say (GET); choose them (POST)."""
    user = cast(User, request.user)
    seen = Control.objects.visible_to(user).select_related("risk__plan__unit", "risk__unit")
    control = get_object_or_404(seen, pk=pk)
    refusal = CONTROLS.why_not(control, "choose_series", user)
    if request.method == "POST" and isinstance(refusal, NotPermitted):
        raise refusal
    chosen = list(ControlSeries.objects.filter(control=control).values_list("series", flat=True))
    initial = {SERIES: chosen, "version": version_of(control)}
    form, status = ChooseForm(control, user, request.POST if request.method == "POST" else None, initial=initial), 200
    if form.is_bound and form.is_valid():
        given = form.cleaned_data
        try:
            choose_series(control, given[SERIES], by=user, reason=given["reason"], version=given["version"])
        except REFUSALS as wrong:
            status = add_refusal(form, wrong)
        else:
            messages.success(request, _("The choice of indicators is saved."))
            return redirect("control_series", pk=pk)
    context = _context(control, user, form, refusal, chosen)
    return TemplateResponse(request, "controls/indicators/control.html", context, status=status)


def _context(control: Control, user: User, form: ChooseForm, refusal: Exception | None, chosen: list[int]) -> dict[str, Any]:
    series = list(
        IndicatorSeries.objects.visible_to(user).filter(pk__in=chosen).select_related("indicator", "unit").order_by("pk")
    )
    figures, today = read_figures(series), clock.today()
    return {
        "title": _("Indicators of the control"),
        "control": control,
        "risk": control.risk,
        "rows": [{"series": one, "line": line(figures[one.pk], today)} for one in series],
        "unseen": len(chosen) - len(series),
        "periods": _periods(control, user),
        "form": form if refusal is None else None,
        "refusal": refusal if refusal is not None and not isinstance(refusal, NotPermitted) else None,
        "may_keep": may(user, Verb.KEEP_INDICATOR),
    }


def _periods(control: Control, user: User) -> list[dict[str, Any]]:
    """Return what the series say of each follow-up of the control that the user sees, the latest first."""
    seen = FollowUp.objects.visible_to(user).filter(control=control).select_related("closing", "unit", "control__risk")
    follow_ups = list(seen.order_by("-closing__cut_off", "unit__path"))
    shown = Indicators().show(follow_ups)
    return [
        {"follow_up": one, "backing": backing} for one, backings in zip(follow_ups, shown, strict=True) for backing in backings
    ]
