"""Admin of closings: a prepared year, with dates within the law, to be adjusted."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from django.contrib import admin, messages
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from controls.models import Closing
from controls.year import closings
from controls.year.closing_dates import usual_dates
from riskreg import clock
from riskreg.access.sight import units_where
from riskreg.access.verbs import Verb
from riskreg.admin.base import ScopedRelatedFilter, column, signed_in
from riskreg.admin.verbs import VerbAdmin
from riskreg.models import Unit
from riskreg.verbs.concurrency import VersionedModelForm
from riskreg.web.whole_number import whole_number

DATES = ["cut_off", "follow_up_due", "approval_due", "report_due"]


class ClosingForm(VersionedModelForm):
    class Meta:
        model = Closing
        fields = ["unit", "year", "kind", *DATES]
        help_texts = {
            "cut_off": gettext_lazy("31 August is usual for the half-year, 31 December for the year-end."),
            "report_due": gettext_lazy(
                "The interim report by 31 October with an August cut-off, the annual report by 15 April at the latest."
            ),
        }

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean() or {}
        ordered = [(name, cleaned[name]) for name in DATES if cleaned.get(name)]
        for (before, earlier), (name, later) in pairwise(ordered):
            if later < earlier:
                self.add_error(
                    name,
                    _("%(later)s lies before %(field)s, %(earlier)s.")
                    % {"later": later, "earlier": earlier, "field": str(self.fields[before].label).lower()},
                )
        return cleaned


@admin.register(Closing)
class ClosingAdmin(VerbAdmin[Closing]):
    nothing_yet = gettext_lazy("The year's closings and their dates are made at once on the page of the year.")
    add_verb = Verb.CHANGE_CLOSING
    change_verb = Verb.CHANGE_CLOSING
    form = ClosingForm
    list_display = ["kind", "year_shown", "unit", *DATES]
    list_display_links = ["kind", "year_shown"]
    list_filter = ["year", "kind", ("unit", ScopedRelatedFilter)]
    list_select_related = ["unit"]
    ordering = ["-cut_off"]
    add_form_template = "admin/controls/closing/add_form.html"
    change_form_template = "admin/controls/closing/change_form.html"

    def get_fields(self, request: HttpRequest, obj: Closing | None = None) -> list[str]:
        if obj is None:
            return ["unit", "year", "kind", *DATES]
        if not self.has_change_permission(request, obj):
            return ["unit", "year_shown", "kind", *DATES]
        return ["unit", "year", "kind", *DATES, "version"]

    def get_readonly_fields(self, request: HttpRequest, obj: Closing | None = None) -> list[str]:
        return [] if obj is None else ["unit", "year_shown"]

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "unit":
            kwargs["queryset"] = self._municipalities(request)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def _municipalities(self, request: HttpRequest) -> models.QuerySet[Unit]:
        return Unit.objects.filter(units_where(signed_in(request), Verb.CHANGE_CLOSING), parent__isnull=True).order_by(
            "name_sort"
        )

    year_shown = column(gettext_lazy("year"), lambda row: str(row.year), ordering="year")

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """Return the usual dates for the kind and year in the address.

        Without them, the half-year of the current year.
        """
        kind = request.GET.get("kind", Closing.Kind.INTERIM)
        year = whole_number(request.GET.get("year", ""))
        chosen = year if year is not None and 2000 <= year <= 2100 else clock.today().year
        if kind not in Closing.Kind.values:
            kind = Closing.Kind.INTERIM
        usual = usual_dates(kind, chosen)
        first = self._municipalities(request).first()
        return {"kind": kind, "year": chosen, "unit": first and first.pk, **{name: getattr(usual, name) for name in DATES}}

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any) -> HttpResponse:
        closing = context.get("original")
        context["remarks"] = closings.warnings(closing) if closing is not None else []
        if closing is None:
            context["ready_made"] = self._proposals(request)
        return super().render_change_form(request, context, *args, **kwargs)

    def _proposals(self, request: HttpRequest) -> list[tuple[str, str]]:
        """Return (label, address) of the closings of this year and the next that do not exist yet."""
        this_year = clock.today().year
        there = set(self.get_queryset(request).filter(year__in=[this_year, this_year + 1]).values_list("year", "kind"))
        return [
            (str(Closing(year=year, kind=kind)), "?" + urlencode({"kind": kind, "year": year}))
            for year in (this_year, this_year + 1)
            for kind in (Closing.Kind.INTERIM, Closing.Kind.ANNUAL)
            if (year, kind) not in there
        ]

    def save_model(self, request: HttpRequest, obj: Closing, form: Any, change: bool) -> None:
        values = {name: form.cleaned_data[name] for name in ("year", "kind", *DATES) if name in form.cleaned_data}
        by = signed_in(request)
        if change:
            saved = closings.change_closing(Closing.objects.get(pk=obj.pk), by=by, version=form.cleaned_data["version"], **values)
        else:
            saved = closings.make_closing(by=by, unit=form.cleaned_data["unit"], **values)
        obj.__dict__.update(saved.__dict__)
        for warning in closings.warnings(saved):
            messages.warning(request, warning)
