"""Admin of follow-ups: the list with its filters and batch verbs, and the links to each one's page."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin.helpers import ActionForm
from django.db import models
from django.db.models import Case, When
from django.http import Http404, HttpRequest, HttpResponseBase
from django.urls import URLPattern, path
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from controls.follow_ups.gate import FOLLOW_UPS
from controls.follow_ups.people import approvable
from controls.models import FollowUp
from controls.templatetags.conclusions import conclusion_tag
from controls.views.follow_ups import ask
from controls.views.follow_ups.page import save, seen_with_its_page, show
from riskreg import clock
from riskreg.access.grants import may
from riskreg.access.verbs import Verb
from riskreg.admin.base import ScopedAdmin, ScopedRelatedFilter, column, signed_in, unbroken_day
from riskreg.admin.verbs import batch_of
from riskreg.templatetags.presentation import state_tag
from riskreg.web.form_fields import ReasonField
from riskreg.web.pages_by_key import PagesByKey
from riskreg.web.whole_number import whole_number


class WhoseFilter(admin.SimpleListFilter):
    title = gettext_lazy("whose")
    parameter_name = "whose"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("mine", _("Mine to perform")), ("approve", _("Waiting for my approval")), ("nobody", _("Nobody's yet"))]

    def queryset(self, request: HttpRequest, queryset: models.QuerySet[Any]) -> models.QuerySet[Any]:
        user = signed_in(request)
        if self.value() == "mine":
            return queryset.filter(pk__in=FollowUp.objects.waiting_on(user).values("pk"))
        if self.value() == "approve":
            return queryset.filter(pk__in=FollowUp.objects.filter(approvable(user)).values("pk"))
        return queryset.filter(performer__isnull=True) if self.value() == "nobody" else queryset


class DueFilter(admin.SimpleListFilter):
    title = gettext_lazy("due")
    parameter_name = "due"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("late", _("Late")), ("open", _("Not submitted yet")), ("returned", _("Returned"))]

    def queryset(self, request: HttpRequest, queryset: models.QuerySet[Any]) -> models.QuerySet[Any]:
        if self.value() == "late":
            return queryset.filter(state__in=FollowUp.OPEN_STATES, due_on__lt=clock.today())
        if self.value() == "open":
            return queryset.filter(state__in=FollowUp.OPEN_STATES)
        if self.value() == "returned":
            return queryset.filter(state=FollowUp.State.IN_PROGRESS).exclude(return_reason="")
        return queryset


class BatchForm(ActionForm):
    """The batch's verb, and the reason that return and reopen demand."""

    reason = ReasonField(required=False, max_length=2000, widget=forms.TextInput)


@admin.register(FollowUp)
class FollowUpAdmin(ScopedAdmin[FollowUp]):
    """One row a control and closing; what may be done with it follows controls.transitions."""

    nothing_yet = gettext_lazy(
        "Follow-ups are prepared two weeks before a closing's cut-off, or by “Open follow-ups for closing” on the plan's page."
    )
    unit_field = "unit"
    paginator = PagesByKey
    change_verb = Verb.LOG_FOLLOW_UP
    action_form = BatchForm
    list_display = ["risk_title", "due_shown", "state_shown", "conclusion_shown", "performer", "unit", "control_method"]
    list_display_links = ["risk_title"]
    list_filter = [
        WhoseFilter,
        DueFilter,
        "state",
        "conclusion",
        ("closing", ScopedRelatedFilter),
        ("unit", ScopedRelatedFilter),
        "control__method",
    ]
    list_select_related = ["control__risk", "unit", "performer", "closing"]
    search_fields = ["control__risk__title", "control__description", "result", "performer__name"]
    search_help_text = gettext_lazy("Search in risk, control, result and performer.")
    # What is still to be done comes first, whatever year it is from.
    ordering = [Case(When(state=FollowUp.State.APPROVED, then=1), default=0).asc(), "due_on", "control__risk__title_sort", "pk"]

    risk_title = column(gettext_lazy("risk"), lambda row: row.control.risk.title, ordering="control__risk__title_sort")
    due_shown = column(gettext_lazy("due"), lambda row: unbroken_day(row.due_on), ordering="due_on")
    control_method = column(gettext_lazy("method"), lambda row: row.control.get_method_display(), ordering="control__method")

    @admin.display(description=gettext_lazy("state"), ordering="state")
    def state_shown(self, follow_up: FollowUp) -> SafeString:
        if follow_up.is_returned:
            return state_tag("returned", pgettext("a follow-up", "Returned"))
        if follow_up.is_late(clock.today()):
            return state_tag("overdue", _("Late"))
        return state_tag(follow_up.state, follow_up.get_state_display())

    conclusion_shown = column(
        gettext_lazy("conclusion"),
        lambda row: conclusion_tag(row.conclusion) if row.conclusion else SafeString("–"),
        ordering="conclusion",
    )

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[FollowUp]:
        ordering: Any = self.ordering
        return FollowUp.objects.all_visible_to(signed_in(request)).order_by(*ordering)

    # Pages

    def get_urls(self) -> list[URLPattern]:
        def page(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
            def shown(request: HttpRequest, object_id: str, **parts: Any) -> HttpResponseBase:
                return view(request, self._seen(request, object_id), **parts)

            return self.admin_site.admin_view(shown)

        return [
            path("<int:object_id>/verb/<slug:verb>/", page(ask.follow_up_verb), name="controls_followup_verb"),
            path("<int:object_id>/assign/", page(ask.assignment), name="controls_followup_assign"),
            path(
                "<int:object_id>/evidence/<int:evidence_id>/remove/",
                page(ask.evidence_removal),
                name="controls_followup_evidence_remove",
            ),
            path(
                "<int:object_id>/action/<int:action_id>/<slug:verb>/",
                page(ask.action_verb),
                name="controls_followup_action",
            ),
            *super().get_urls(),
        ]

    def _seen(self, request: HttpRequest, object_id: str) -> FollowUp:
        """Return the follow-up as its page reads it, if the user sees it. Raises Http404."""
        number = whole_number(str(object_id))
        found = None if number is None else seen_with_its_page(number, signed_in(request))
        if found is None:
            raise Http404(_("There is no such follow-up, or it is not among those you see."))
        return found

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, form_url: str = "", extra_context: Any = None
    ) -> HttpResponseBase:
        """Serve the product's own page in place of the generated form: its buttons are verbs."""
        if object_id is None:
            raise Http404  # follow-ups are opened for a closing, never added one by one
        follow_up = self._seen(request, object_id)
        if request.method == "POST":
            return save(request, follow_up)
        return show(request, follow_up)

    # Batch verbs

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """Return the verbs that the user has the right to somewhere; each row is checked when it is done."""
        user = signed_in(request)
        return {
            verb.name: (batch_of(verb), verb.name, verb.label())
            for verb in ask.VERBS.values()
            if verb.in_batch and may(user, FOLLOW_UPS.right_of(verb.name))
        }
