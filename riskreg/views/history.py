"""A record's history, and a risk's life: who changed what, when and why."""

from __future__ import annotations

from typing import Any, cast

from django.apps import apps
from django.core.paginator import Paginator
from django.db import models
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from riskreg.models import Risk, User
from riskreg.trail.reading import entries, newest_first, with_previous
from riskreg.trail.sight import reads_whole_trail
from riskreg.trail.tables import TrailTable, trail_tables
from riskreg.trail.timeline import kinds, timeline

PER_PAGE = 30


@require_safe
def history(request: HttpRequest, app_label: str, model_name: str, pk: int) -> HttpResponse:
    """Show one record's history.

    Raises Http404 for a record that the reader does not see, and for a kind that has no history.
    """
    user = cast(User, request.user)
    table = trail_tables().get(f"{app_label}.{model_name}".lower())
    if table is None or table.tracked is None or table.record_column is None:
        raise Http404
    record = _visible(table, pk, user)
    rows = table.all().filter(**{table.record_column: pk})
    return record_history(request, rows, record, address=_address(record))


def record_history(
    request: HttpRequest, rows: models.QuerySet[Any], record: models.Model | None, *, address: str | None
) -> HttpResponse:
    """Show the page of one record's rows; record: None when it was deleted.

    The caller has asked whether the reader may see it. Raises Http404 when there are no rows.
    """
    page = Paginator(newest_first(with_previous(rows)), PER_PAGE).get_page(request.GET.get("page"))
    if not page.paginator.count:
        raise Http404
    told = entries(page.object_list, cast(User, request.user))
    name = str(record) if record is not None else told[0].title
    context = {
        "title": _("History of %(record)s") % {"record": name},
        "crumbs": [(name, address)],
        "page_obj": page,
        "entries": told,
        "is_deleted": record is None,
        "timeline_url": reverse("risk_timeline", args=[record.pk]) if isinstance(record, Risk) else "",
    }
    return render(request, "riskreg/history.html", context)


def _visible(table: TrailTable, pk: int, user: User) -> models.Model | None:
    """Return the record; None for a deleted one, which only a reader of the whole trail may look back at."""
    live = apps.get_model(table.label)._default_manager.all()
    seen = live.visible_to(user) if hasattr(live, "visible_to") else live
    record: models.Model | None = seen.filter(pk=pk).first()
    if record is not None and hasattr(live, "visible_to"):
        return record
    if not reads_whole_trail(user) or (record is None and live.filter(pk=pk).exists()):
        raise Http404
    return record


def _address(record: models.Model | None) -> str | None:
    if record is None:
        return None
    try:
        return str(cast(Any, record).get_absolute_url())
    except (AttributeError, NoReverseMatch):
        pass
    try:
        return reverse(f"admin:{record._meta.app_label}_{record._meta.model_name}_change", args=[record.pk])
    except NoReverseMatch:
        return None


@require_safe
def risk_timeline(request: HttpRequest, pk: int) -> HttpResponse:
    """Show a risk's life: its scores, controls, checks, follow-ups, actions, evidence and the plan's decisions."""
    user = cast(User, request.user)
    risk = get_object_or_404(Risk.objects.visible_to(user).select_related("plan__unit"), pk=pk)
    chosen = request.GET.get("kind", "")
    page, told = timeline(risk, user, kind=chosen, page=request.GET.get("page", 1), per_page=PER_PAGE)
    origin = Risk.objects.visible_to(user).select_related("plan").filter(carried_to=risk).first()
    context = {
        "title": _("The life of %(risk)s") % {"risk": risk},
        "crumbs": [(str(risk), _address(risk))],
        "risk": risk,
        "page_obj": page,
        "entries": told,
        "kinds": [{"code": each.code, "label": each.label, "is_chosen": each.code == chosen} for each in kinds()],
        "chosen": chosen,
        "carried_from": origin,
        "shows_kind": True,
    }
    return render(request, "riskreg/risk_timeline.html", context)
