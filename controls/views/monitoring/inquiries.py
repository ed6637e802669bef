"""The list of inquiries with its filters, the same as a file, and the page of one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, cast

from django import forms
from django.core.paginator import Paginator
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext
from django.views.decorators.http import require_safe

from controls.data_files.for_excel import is_soon_written
from controls.models import Inquiry
from controls.monitoring.identities import masked
from controls.monitoring.inquiries.gate import INQUIRIES
from controls.views.monitoring.files import files_context
from controls.views.monitoring.inquiry_ask import buttons
from controls.views.monitoring.inquiry_rows import rows_of
from controls.views.monitoring.marks import inquiry_mark
from controls.views.monitoring.seen import Crumbs, seen_inquiry
from controls.views.monitoring.table_file import table_file
from riskreg import clock
from riskreg.access.grants import require
from riskreg.access.sight import units_where
from riskreg.access.verbs import Verb
from riskreg.models import Unit, User

PER_PAGE, MOST_CHANGES = 50, 30
EVERY, LATE = "all", "late"


class InquiriesFilter(forms.Form):
    q = forms.CharField(label=gettext_lazy("About"), required=False, max_length=200)
    state = forms.ChoiceField(label=gettext_lazy("State"), required=False)
    kind = forms.ChoiceField(label=gettext_lazy("What is asked"), required=False)
    unit = forms.ModelChoiceField(
        label=gettext_lazy("Unit"), queryset=Unit.objects.none(), required=False, empty_label=gettext_lazy("All units")
    )

    def __init__(self, user: User, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: dict[str, Any] = dict(self.fields)
        fields["state"].choices = [
            ("", pgettext("inquiries", "Waiting")),
            (LATE, _("Past their day")),
            *Inquiry.Outcome.choices,
            (EVERY, _("All inquiries")),
        ]
        fields["kind"].choices = [("", pgettext("inquiries", "Whatever it is")), *Inquiry.Kind.choices]
        fields["unit"].queryset = Unit.objects.filter(units_where(user, Verb.READ_REGISTER)).order_by("path")

    def narrow(self, inquiries: QuerySet[Inquiry]) -> QuerySet[Inquiry]:
        """Return the inquiries that are asked for: those that wait the longest first, of all the latest asked first."""
        chosen = self.cleaned_data
        state = chosen["state"]
        if state in Inquiry.Outcome.values:
            inquiries = inquiries.filter(outcome=state)
        elif state != EVERY:
            inquiries = inquiries.filter(state=Inquiry.State.ASKED)
            inquiries = inquiries.filter(due_on__lt=clock.today()) if state == LATE else inquiries
        if chosen["q"]:
            text = chosen["q"].strip()
            digits = "".join(sign for sign in text if sign.isdigit())
            about = Q(about__icontains=text)
            inquiries = inquiries.filter(about | Q(identity=digits[-10:]) if len(digits) >= 10 else about)
        if chosen["kind"]:
            inquiries = inquiries.filter(kind=chosen["kind"])
        if chosen["unit"]:
            inquiries = inquiries.filter(unit__path__startswith=chosen["unit"].path)
        return inquiries.order_by(*(("asked_on", "pk") if state in ("", LATE) else ("-asked_on", "-pk")))


def _asked(request: HttpRequest, user: User) -> tuple[InquiriesFilter, QuerySet[Inquiry]]:
    """Return the filters of the address, and the inquiries that the user may read and that they keep."""
    seen = Inquiry.objects.visible_to(user)
    form = InquiriesFilter(user, request.GET)
    found = form.narrow(seen) if form.is_valid() else seen.none()
    return form, found.select_related("unit", "responsible")


@require_safe
def inquiries(request: HttpRequest) -> HttpResponse:
    """Show the inquiries, filtered; without filters those that wait, and for how long."""
    user = cast(User, request.user)
    require(user, Verb.READ_REGISTER)
    form, found = _asked(request, user)
    page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "title": _("Inquiries"),
        "crumbs": [(_("Alerts"), reverse("alerts"))],
        "filter": {"form": form},
        "page_obj": page,
        "rows": rows_of(page),
        "query": request.GET.urlencode(),
        "is_narrowed": any(request.GET.get(name) for name in form.fields),
    }
    return TemplateResponse(request, "controls/inquiries/list.html", context)


@require_safe
def inquiries_file(request: HttpRequest, ending: str) -> HttpResponseBase:
    """Serve the inquiries as they are seen, with the same filters and order, as CSV or XLSX."""
    user = cast(User, request.user)
    require(user, Verb.READ_REGISTER)
    _form, found = _asked(request, user)
    headings = [
        *(_("Number"), _("About"), _("Organisation number"), _("What is asked"), _("Asked of"), _("Who, more precisely")),
        *(pgettext("inquiry", "The question"), pgettext("inquiry", "Asked"), _("Answer expected"), _("Answered"), _("Days")),
        *(_("State"), _("Outcome"), _("Note"), _("Unit"), _("Waits for it")),
    ]
    if not is_soon_written(found.count(), len(headings)):
        raise Http404(_("There are more inquiries than a spreadsheet opens. Filter for fewer."))
    today = clock.today()

    def lines() -> Iterator[list[str]]:
        yield headings
        for one in found.iterator(chunk_size=500):
            yield [
                *(str(one.pk), one.about, masked(one.identity), one.get_kind_display(), one.get_asked_of_display()),
                *(one.asked_name, one.question, one.asked_on.isoformat(), one.due_on.isoformat()),
                *(one.answered_on.isoformat() if one.answered_on else "", str(one.days_waited(today))),
                *(one.get_state_display(), one.get_outcome_display(), one.note, one.unit.name, str(one.responsible)),
            ]

    name = _("inquiries")
    return table_file(lines(), ending, name=name, sheet=_("Inquiries"), keys=[2], came_at=clock.now())


@require_safe
def inquiry(request: HttpRequest, pk: int) -> HttpResponse:
    """Show an inquiry: what was asked, what came of it, its files and its history."""
    user, today = cast(User, request.user), clock.today()
    found = seen_inquiry(user, pk)
    context = {
        "title": str(found),
        "crumbs": crumbs_of_inquiries(),
        "inquiry": found,
        "number": masked(found.identity),
        "mark": inquiry_mark(found, today),
        "days": found.days_waited(today),
        "is_late": found.is_late(today),
        "buttons": buttons(found, user),
        **files_context(found, INQUIRIES, user),
        "changes": found.history.order_by("-history_id")[:MOST_CHANGES],
    }
    return render(request, "controls/inquiries/page.html", context)


def crumbs_of_inquiries() -> Crumbs:
    """Return the breadcrumbs of a page below the list of inquiries."""
    return [(_("Alerts"), reverse("alerts")), (_("Inquiries"), reverse("inquiries"))]
