"""The list of checks, by performer, unit, year and state."""

from __future__ import annotations

from typing import Any, cast

from django import forms
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from controls.checks.waiting import row_in_words
from controls.models import Check
from controls.models.follow_up import people_served_by
from riskreg import clock
from riskreg.access.sight import units_seen_by
from riskreg.models import Unit, User

PER_PAGE = 50
LATE = "late"


class ChecksFilter(forms.Form):
    whose = forms.ChoiceField(label=gettext_lazy("Whose"), required=False)
    state = forms.ChoiceField(label=gettext_lazy("State"), required=False)
    unit = forms.ModelChoiceField(
        label=gettext_lazy("Unit"), queryset=Unit.objects.none(), required=False, empty_label=gettext_lazy("All units")
    )
    year = forms.IntegerField(label=gettext_lazy("Year"), required=False, min_value=2000, max_value=2100)

    def __init__(self, user: User, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: dict[str, Any] = dict(self.fields)
        fields["whose"].choices = [("", _("Everybody's")), ("mine", _("Mine")), ("nobody", _("Nobody's yet"))]
        fields["state"].choices = [("", _("Every state")), ("open", _("Open")), (LATE, _("Late")), *Check.State.choices]
        fields["unit"].queryset = Unit.objects.filter(units_seen_by(user)).order_by("name_sort")
        fields["year"].localize = fields["year"].widget.is_localized = False

    def narrow(self, checks: QuerySet[Check], user: User) -> QuerySet[Check]:
        chosen = self.cleaned_data
        if chosen["whose"] == "mine":
            checks = checks.filter(performer__in=people_served_by(user))
        elif chosen["whose"] == "nobody":
            checks = checks.filter(performer__isnull=True)
        if chosen["state"] in {"open", LATE}:
            checks = checks.filter(state__in=Check.OPEN_STATES)
        elif chosen["state"]:
            checks = checks.filter(state=chosen["state"])
        if chosen["state"] == LATE:
            checks = checks.filter(due_on__lt=clock.today())
        if chosen["unit"]:
            checks = checks.filter(unit__path__startswith=chosen["unit"].path)
        if chosen["year"]:
            checks = checks.filter(control__risk__plan__year=chosen["year"])
        return checks


@require_safe
def checks(request: HttpRequest) -> HttpResponse:
    """Show the list of checks, filtered."""
    user, today = cast(User, request.user), clock.today()
    form = ChecksFilter(user, request.GET)
    seen = Check.objects.all_visible_to(user)
    found = form.narrow(seen, user) if form.is_valid() else seen.none()
    ordered = found.select_related("control__risk__plan", "performer", "unit").order_by("due_on", "pk")
    page = Paginator(ordered, PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "title": _("Checks"),
        "filter": {"form": form},
        "page_obj": page,
        "rows": [row_in_words(one, user, today) for one in page],
        "is_narrowed": any(request.GET.get(name) for name in form.fields),
    }
    return TemplateResponse(request, "controls/checks.html", context)
