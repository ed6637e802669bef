"""Admin of populations and samples: lists to find them in, and their facts.

Nothing is changed here: the work is done on their own pages, where the rows and the draw are.
"""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from controls.data_files.questions import answer_words
from controls.models import Population, Sample
from riskreg.access.grants import may
from riskreg.access.verbs import Verb
from riskreg.admin.base import ScopedAdmin, ScopedRelatedFilter, column, signed_in, unbroken_day
from riskreg.templatetags.presentation import state_tag


class ReadOnlyAdmin(ScopedAdmin[Any]):
    """Every field as text, and the ways to the pages where the work is done."""

    change_form_template = "admin/verbs/change_form.html"
    view_on_site = False

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        return list(self.get_fields(request, obj))

    def links(self, request: HttpRequest, obj: Any) -> list[tuple[str, str]]:
        raise NotImplementedError

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any) -> HttpResponse:
        obj = context.get("original")
        context["record_links"] = [] if obj is None else self.links(request, obj)
        return super().render_change_form(request, context, *args, **kwargs)

    state_shown = column(gettext_lazy("state"), lambda row: state_tag(row.state, row.get_state_display()), ordering="state")


@admin.register(Population)
class PopulationAdmin(ReadOnlyAdmin):
    list_display = ["name", "risk_title", "unit", "state_shown", "row_count", "uploaded_shown", "retained_shown"]
    list_filter = ["state", "is_held", ("unit", ScopedRelatedFilter), "original_format", "uploaded_at"]
    list_select_related = ["control__risk", "unit"]
    search_fields = ["name", "source_system", "original_name", "sha256", "control__risk__title", "control__description"]
    search_help_text = gettext_lazy("Search in name, source, risk, control and SHA-256.")
    ordering = ["-uploaded_at", "-pk"]
    fields = [
        "name", "control", "unit", "occasion", "state_shown", "source_system", "source", "original_name", "original_format",
        "original_encoding", "original_sha256", "uploaded_at", "uploaded_by", "row_count", "key_shown", "amount_column",
        "stratum_column", "personal_shown", "answers_shown",
        "control_total", "sha256", "locked_at", "locked_by", "retained_until", "is_held",
        "hold_reason", "weeded_at",
    ]  # fmt: skip

    risk_title = column(gettext_lazy("risk"), lambda row: row.control.risk.title, ordering="control__risk__title_sort")
    uploaded_shown = column(
        gettext_lazy("uploaded"), lambda row: unbroken_day(timezone.localtime(row.uploaded_at)), ordering="uploaded_at"
    )
    retained_shown = column(gettext_lazy("kept until"), lambda row: unbroken_day(row.retained_until), ordering="retained_until")
    key_shown = column(gettext_lazy("key columns"), lambda row: " | ".join(row.key_columns) or "–")
    personal_shown = column(gettext_lazy("columns with personal data"), lambda row: ", ".join(row.personal_columns) or "–")

    @admin.display(description=gettext_lazy("answers about the file"))
    def answers_shown(self, population: Population) -> str:
        return " ".join(answer_words(code, answer) for code, answer in population.answers.items()) or "–"

    def links(self, request: HttpRequest, obj: Population) -> list[tuple[str, str]]:
        samples = reverse("admin:controls_sample_changelist")
        return [
            (_("To the population"), obj.get_absolute_url()),
            (_("Its samples"), f"{samples}?population__id__exact={obj.pk}"),
        ]


@admin.register(Sample)
class SampleAdmin(ReadOnlyAdmin):
    unit_field = "population__unit"
    list_display = ["population", "risk_title", "unit_shown", "state_shown", "method", "size", "drawn_shown", "drawer_shown"]
    list_display_links = ["population"]
    list_filter = ["state", "method", "seed_origin", ("population__unit", ScopedRelatedFilter), "drawn_at"]
    search_fields = ["population__name", "seed", "record_sha256", "population__control__risk__title"]
    search_help_text = gettext_lazy("Search in population, risk, seed and SHA-256 of the record.")
    ordering = ["-pk"]
    fields = [
        "population", "occasion", "follow_up", "state_shown", "method", "size", "seed", "seed_origin", "seed_event",
        "seed_set_at", "setter_shown", "population_locked_at", "population_sha256", "algorithm", "drawn_at", "drawer_shown",
        "record_sha256",
    ]  # fmt: skip

    def lookup_allowed(self, lookup: str, value: Any, request: Any = None) -> bool:
        """Allow the samples of one population as well, to which its page links."""
        return lookup == "population__id__exact" or super().lookup_allowed(lookup, value, request)

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Any]:
        related = ("population__unit", "population__control__risk", "drawn_by", "seed_set_by")
        return super().get_queryset(request).select_related(*related)

    risk_title = column(
        gettext_lazy("risk"), lambda row: row.population.control.risk.title, ordering="population__control__risk__title_sort"
    )
    unit_shown = column(gettext_lazy("unit"), lambda row: str(row.population.unit), ordering="population__unit")
    drawn_shown = column(
        gettext_lazy("drawn"), lambda row: unbroken_day(row.drawn_at and timezone.localtime(row.drawn_at)), ordering="drawn_at"
    )
    setter_shown = column(gettext_lazy("seed set by"), lambda row: row.seed_setter)
    drawer_shown = column(gettext_lazy("drawn by"), lambda row: row.drawer, ordering="drawn_by")

    def links(self, request: HttpRequest, obj: Sample) -> list[tuple[str, str]]:
        user, unit = signed_in(request), obj.population.unit
        links = [(_("To the sample"), obj.get_absolute_url())]
        if obj.is_drawn and may(user, Verb.READ_POPULATION, unit):
            links.append((_("The items"), reverse("sample_items", args=[obj.pk])))
        if obj.is_drawn and may(user, Verb.VERIFY, unit):
            links.append((_("Verify"), reverse("sample_verify", args=[obj.pk])))
        return links
