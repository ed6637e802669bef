"""Pages of registers: the list, a new one, one register, and the columns of its files."""

from __future__ import annotations

from typing import Any, cast

from django.conf import settings
from django.contrib import messages
from django.db.models import Max, Q
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from controls.models import Register, RegisterSnapshot, RegisterSource
from controls.monitoring.kinds import KINDS
from controls.monitoring.registers import verbs
from controls.monitoring.registers.gate import REGISTERS
from controls.monitoring.registers.parts import newest_first, parts_until
from controls.monitoring.registers.sources.fetching import in_words
from controls.views.monitoring.changes import changes_context
from controls.views.monitoring.digits import has_digits
from controls.views.monitoring.forms import ColumnsForm, RegisterForm
from controls.views.monitoring.seen import crumbs_of, seen_register, start
from controls.views.monitoring.watched import watching_context
from riskreg.access.grants import may, require
from riskreg.access.verbs import Verb
from riskreg.models import User
from riskreg.web.asking import REFUSALS, add_refusal, press

MOST_SNAPSHOTS = 60
"""Snapshots that a register's page lists: five years of months."""


@require_safe
def registers(request: HttpRequest) -> HttpResponse:
    """Show the registers that the user sees, with the day of the latest snapshot."""
    user = cast(User, request.user)
    taken = Q(snapshots__state=RegisterSnapshot.State.TAKEN)
    found = (
        Register.objects.visible_to(user)
        .select_related("unit")
        .annotate(
            latest=Max("snapshots__as_of", filter=taken),
            asked=Max("snapshots__pk", filter=Q(snapshots__state=RegisterSnapshot.State.DRAFT)),
        )
    )
    context = {
        "title": _("Registers"),
        "registers": found.order_by("state", "unit__path", "name"),
        "may_keep": may(user, Verb.KEEP_REGISTER),
    }
    return render(request, "controls/registers/list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def register_open(request: HttpRequest) -> HttpResponse:
    """Open a register."""
    user = cast(User, request.user)
    require(user, Verb.KEEP_REGISTER)
    form, status = RegisterForm(request.POST or None, user=user), 200
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            register = verbs.open_register(given["unit"], by=user, kind=given["kind"], described=form.described())
        except REFUSALS as refusal:
            status = add_refusal(form, refusal)
        else:
            messages.success(request, _("“%(name)s” is open. Hand in its first file.") % {"name": register.name})
            return redirect("register_upload", register.pk)
    context = {"title": _("Open a register"), "crumbs": crumbs_of(), "form": form}
    return render(request, "controls/registers/open.html", context, status=status)


@require_safe
def register(request: HttpRequest, pk: int) -> HttpResponse:
    """Show a register: its latest snapshot, what waits to be answered, and its snapshots over time."""
    user = cast(User, request.user)
    found = seen_register(user, pk)
    of_register = found.snapshots.select_related("uploaded_by").annotate(unchanged_on=Max("confirmations__unchanged_on"))
    snapshots = list(of_register.order_by("-as_of", "-pk")[:MOST_SNAPSHOTS])
    taken, reads = newest_first(one for one in snapshots if one.is_taken), may(user, Verb.READ_REGISTER, found.unit)
    latest = next(iter(taken), None)
    parts = parts_until(latest) if latest is not None and found.is_in_parts else []
    context = {
        "title": found.name,
        "crumbs": crumbs_of(),
        "register": found,
        "latest": latest,
        "parts": [one.pk for one in parts],
        "parts_rows": sum(one.row_count or 0 for one in parts),
        "drafts": [one for one in snapshots if one.state == RegisterSnapshot.State.DRAFT],
        "snapshots": snapshots,
        "verbs": REGISTERS.verbs_open_to(found, user),
        "reads": reads,
        "has_digits": reads and latest is not None and has_digits(latest),
        **_source_context(found),
        **watching_context(found),
        **changes_context(latest, reads=reads),
    }
    return render(request, "controls/registers/page.html", context)


def _source_context(register: Register) -> dict[str, Any]:
    """Return what was last heard from the register's address, where the settings still name one."""
    if not settings.REGISTER_SOURCES:
        return {}
    known = RegisterSource.objects.filter(register=register, asked_at__isnull=False).first()
    if known is None or all(url != known.url for _register, url, _hours in settings.REGISTER_SOURCES):
        return {}
    return {"source": known, "source_problem": in_words(known.problem, known.detail) if known.problem else ""}


@require_http_methods(["GET", "HEAD", "POST"])
def register_columns(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Choose which heading each known column is read from, for the files to come and those that wait."""
    user = cast(User, request.user)
    found = seen_register(user, pk)
    newest = found.snapshots.exclude(file="").order_by("-uploaded_at", "-pk").first()
    form = _columns_form(request, found, newest) if newest is not None else None
    if request.method == "POST":
        require(user, Verb.KEEP_REGISTER, found.unit)
        if form is None:
            messages.error(request, _("Hand in a file first: then its columns can be chosen."))
            return redirect(found)
        if form.is_valid():
            return press(request, lambda: _choose(found, user, form), back=found, said=_chosen_words)
    context = {
        "title": _("Columns"),
        "crumbs": crumbs_of(found),
        "register": found,
        "form": form if may(user, Verb.KEEP_REGISTER, found.unit) and found.is_in_use else None,
        "newest": newest,
        "unknown": newest.facts.get("unknown", []) if newest is not None else [],
        "read": _read_columns(found, newest) if newest is not None else [],
    }
    return render(request, "controls/registers/columns.html", context)


def _columns_form(request: HttpRequest, register: Register, newest: RegisterSnapshot) -> ColumnsForm:
    given = request.POST if request.method == "POST" else None
    mapping = {**newest.mapping, **register.mapping}
    doubtful = [code for code in newest.facts.get("doubtful", []) if code not in register.mapping]
    return ColumnsForm(given, register=register, columns=newest.columns, mapping=mapping, doubtful=doubtful)


def _choose(register: Register, user: User, form: ColumnsForm) -> list[RegisterSnapshot]:
    """Choose the columns, and read the waiting files anew; return what is still asked about."""
    _register, runs = verbs.map_columns(register, by=user, **form.chosen())
    for run in runs:
        start(run)
    return list(RegisterSnapshot.objects.filter(runs__in=runs, state=RegisterSnapshot.State.DRAFT))


def _chosen_words(waiting: list[RegisterSnapshot]) -> str:
    if waiting:
        return _("The columns are remembered. A file still waits: see its snapshot below.")
    return _("The columns are remembered for the files to come.")


def _read_columns(register: Register, newest: RegisterSnapshot) -> list[tuple[Any, str]]:
    """Return the known columns and the heading that each was read from."""
    return [(each.label, newest.mapping[each.code]) for each in KINDS[register.kind].fields if newest.mapping.get(each.code)]
