"""The page that prepares a Swedish year: its closings with the usual dates, or counted back from the reports' due dates."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date
from typing import Any, cast

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import formats
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods

from controls.models import Closing
from controls.scheduling.working_days import is_working_day
from controls.year.closing_dates import ClosingDates, count_back, usual_dates
from controls.year.closings import make_closings_of_year, warnings
from riskreg import clock
from riskreg.access.grants import may
from riskreg.access.sight import units_where
from riskreg.access.verbs import NotPermitted, Verb
from riskreg.models import Unit, User
from riskreg.web.asking import REFUSALS, add_refusal
from riskreg.web.form_fields import DayField
from riskreg.web.whole_number import whole_number

KINDS = Closing.Kind


class YearForm(forms.Form):
    unit = forms.ModelChoiceField(label=gettext_lazy("Municipality"), queryset=Unit.objects.none(), empty_label=None)
    year = forms.IntegerField(label=gettext_lazy("Year"), min_value=2000, max_value=2100)
    with_tertial = forms.BooleanField(
        label=gettext_lazy("Also the first tertial, 30 April"),
        required=False,
        help_text=gettext_lazy("The half-year closing of 31 August is the second, the year-end the third."),
    )
    report_tertial = DayField(label=gettext_lazy("First tertial: report due"), required=False)
    report_interim = DayField(
        label=gettext_lazy("Half-year closing: report due"),
        required=False,
        help_text=gettext_lazy("The municipality's own date, for instance when the board's papers go out. Empty: 31 October."),
    )
    report_annual = DayField(
        label=gettext_lazy("Year-end closing: report due"), required=False, help_text=gettext_lazy("Empty: 15 April.")
    )
    approval_days = forms.IntegerField(
        label=gettext_lazy("Working days from approvals to report"),
        required=False,
        min_value=0,
        max_value=60,
        help_text=gettext_lazy("Approvals and follow-ups are counted back from the report. Empty: the usual dates."),
    )
    follow_up_days = forms.IntegerField(
        label=gettext_lazy("Working days from follow-ups to approvals"), required=False, min_value=0, max_value=60
    )

    def __init__(self, user: User, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        unit, year = cast(Any, self.fields["unit"]), cast(Any, self.fields["year"])
        unit.queryset = municipalities(user)
        year.localize = year.widget.is_localized = False

    def clean(self) -> dict[str, Any]:
        """Return the cleaned values with `dates`, by kind: the closings to make."""
        cleaned = super().clean() or {}
        if self.errors:
            return cleaned
        if (cleaned["approval_days"] is None) != (cleaned["follow_up_days"] is None):
            name = "approval_days" if cleaned["approval_days"] is None else "follow_up_days"
            self.add_error(name, _("Write both numbers of working days, or none."))
            return cleaned
        kinds = [KINDS.INTERIM, KINDS.ANNUAL]
        if cleaned["with_tertial"]:
            kinds.insert(0, KINDS.FIRST_TERTIAL)
        fields = {KINDS.FIRST_TERTIAL: "report_tertial", KINDS.INTERIM: "report_interim", KINDS.ANNUAL: "report_annual"}
        found = {}
        for kind in kinds:
            try:
                found[kind.value] = self._dates(kind, cleaned, cleaned[fields[kind]])
            except ValueError:
                self.add_error(
                    fields[kind],
                    _("%(closing)s: counted back, follow-ups would be due before the cut-off. Choose a later date or fewer days.")
                    % {"closing": kind.label},
                )
        cleaned["dates"] = found
        return cleaned

    def _dates(self, kind: Closing.Kind, cleaned: dict[str, Any], own: date | None) -> ClosingDates:
        usual = usual_dates(kind, cleaned["year"])
        report = own or usual.report_due
        if cleaned["approval_days"] is not None:
            return count_back(usual, report, cleaned["approval_days"], cleaned["follow_up_days"], is_working_day)
        if report < usual.approval_due:
            raise ValueError(report)
        return ClosingDates(usual.cut_off, usual.follow_up_due, usual.approval_due, report)


def municipalities(user: User) -> Any:
    """Return the municipalities whose closings the user may change."""
    return Unit.objects.filter(units_where(user, Verb.CHANGE_CLOSING), parent__isnull=True).order_by("name_sort")


@require_http_methods(["GET", "HEAD", "POST"])
def year_closings(request: HttpRequest) -> HttpResponseBase:
    """Preview the dates and their breaches of the law (POST look), or save the closings (POST save)."""
    user = cast(User, request.user)
    if not may(user, Verb.CHANGE_CLOSING):
        raise NotPermitted(Verb.CHANGE_CLOSING)
    asked = whole_number(request.GET.get("year", ""))
    year = asked if asked is not None and 2000 <= asked <= 2100 else clock.today().year
    first = municipalities(user).first()
    initial = {"year": year, "unit": first and first.pk}
    form = YearForm(user, request.POST if request.method == "POST" else None, initial=initial)
    shown: list[tuple[Closing, list[str], bool]] = []
    status = 200
    if form.is_bound and form.is_valid():
        chosen = form.cleaned_data
        there = {one.kind: one for one in Closing.objects.filter(unit=chosen["unit"], year=chosen["year"])}
        for kind, days in chosen["dates"].items():
            closing = there.get(kind) or Closing(unit=chosen["unit"], year=chosen["year"], kind=kind, **asdict(days))
            shown.append((closing, warnings(closing), kind in there))
        if "save" in request.POST:
            try:
                made = make_closings_of_year(by=user, unit=chosen["unit"], year=chosen["year"], dates=chosen["dates"])
            except REFUSALS as wrong:
                status = add_refusal(form, wrong)
            else:
                said = ngettext("%(count)d closing was made.", "%(count)d closings were made.", len(made))
                messages.success(request, said % {"count": len(made)})
                for closing in made:
                    for warning in warnings(closing):
                        messages.warning(request, warning)
                return redirect(f"{reverse('year')}?year={chosen['year']}")
    context = {"title": _("The year's closings"), "form": form, "shown": shown, "days_off": _days_off(shown)}
    return TemplateResponse(request, "controls/year_closings.html", context, status=status)


def _days_off(shown: list[tuple[Closing, list[str], bool]]) -> list[str]:
    """Return the deadlines for people that fall on a day off."""
    days = {
        day for closing, _said, _is_there in shown for day in (closing.follow_up_due, closing.approval_due, closing.report_due)
    }
    return [formats.date_format(day, "l j F Y") for day in sorted(days) if not is_working_day(day)]
