"""Pages of a snapshot: the upload of its file, what was found in it, its rows; take it or discard it."""

from __future__ import annotations

from typing import Any, cast

from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from controls.data_files.for_excel import is_soon_written
from controls.data_files.problems import note_words
from controls.models import RegisterRun, RegisterSnapshot
from controls.monitoring.kinds import KINDS
from controls.monitoring.registers import verbs
from controls.monitoring.registers.asks import ask_words, keeps_from_taking, label_of, lacks_key
from controls.monitoring.registers.cells import mask_persons
from controls.monitoring.registers.kept_upload import find_kept_upload, keep_upload
from controls.monitoring.registers.parts import days_of, newest_of, parts_until, standing_parts
from controls.monitoring.registers.rows import PAGE, SHOWN, Rows, columns_of
from controls.monitoring.registers.runs import QUEUE, WORKSHOP, cancel
from controls.monitoring.registers.stored_file import path_of
from controls.views import long_runs
from controls.views.monitoring.changes import changes_context
from controls.views.monitoring.forms import FileForm
from controls.views.monitoring.seen import crumbs_of, day_words, reading, seen_register, seen_snapshot, start, start_watch_runs
from riskreg.access.grants import may, require
from riskreg.access.verbs import Verb
from riskreg.models import User
from riskreg.web.asking import REFUSALS, add_refusal, press
from riskreg.web.kept_uploads import sent_or_kept

MOST_UNCHANGED = 5
"""Days that a snapshot's page names of those when the register was unchanged."""


@require_http_methods(["GET", "HEAD", "POST"])
def register_upload(request: HttpRequest, pk: int) -> HttpResponse:
    """Hand in a file of a register."""
    user = cast(User, request.user)
    found = seen_register(user, pk)
    require(user, Verb.FEED_REGISTER, found.unit)
    kept, refusal, status = None, None, 200
    if request.method == "POST":
        kept, refusal = sent_or_kept(
            request,
            find=lambda token: find_kept_upload(token, found, by=user),
            keep=lambda file: keep_upload(found, by=user, file=file),
        )
    form = FileForm(request.POST or None, request.FILES or None, is_part=found.is_in_parts, kept=kept)
    if refusal is not None:
        form.is_valid()
        add_refusal(form, refusal)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        file = form.kept or given.pop("file")
        given.pop("file", None)
        try:
            snapshot, run = verbs.feed(found, by=user, file=file, **given)
        except verbs.StillTheSame as unchanged:
            start_watch_runs()
            messages.success(request, str(unchanged))
            return redirect(found)
        except REFUSALS as refusal:
            status = add_refusal(form, refusal)
        else:
            start(run)
            return redirect(snapshot)
    context = {
        "title": _("Hand in a file"),
        "crumbs": crumbs_of(found),
        "register": found,
        "form": form,
        "limit": settings.REGISTER_MAX_BYTES // 2**20,
    }
    return render(request, "controls/registers/upload.html", context, status=status)


@require_safe
def register_snapshot(request: HttpRequest, pk: int, snapshot: int) -> HttpResponse:
    """Show what was found in the file, what is asked about it, and its rows; ?q= searches them."""
    user = cast(User, request.user)
    found = seen_snapshot(user, pk, snapshot)
    unit = found.register.unit
    reads, keeps = may(user, Verb.READ_REGISTER, unit), may(user, Verb.KEEP_REGISTER, unit)
    feeds = may(user, Verb.FEED_REGISTER, unit)
    run, asks = found.runs.first(), found.asks
    problem = "" if run is None else run.problem
    context = {
        "title": day_words(found),
        "crumbs": crumbs_of(found.register),
        "snapshot": found,
        "register": found.register,
        "asked": [ask_words(one, KINDS[found.register.kind]) for one in asks],
        "may_take": keeps and found.is_read and not keeps_from_taking(asks) and found.state == RegisterSnapshot.State.DRAFT,
        "lacks_key": lacks_key(asks),
        "may_choose": keeps and found.register.is_in_use,
        "may_discard": feeds and found.state == RegisterSnapshot.State.DRAFT,
        "reads": reads,
        "notes": [note_words(code, value) for code, value in found.facts.get("notes", [])],
        "found": _found(found, reads=reads),
        **_part(found),
        **_unchanged(found),
        **long_runs.run_context(run, QUEUE, pages="register_run", may_cancel=feeds, problem=problem),
        **(_rows(request, found) if reads and found.is_read else {}),
        **changes_context(found, reads=reads),
    }
    return render(request, "controls/registers/snapshot.html", context)


def _rows(request: HttpRequest, found: RegisterSnapshot) -> dict[str, Any]:
    """Return a page of the rows that the search finds."""
    search, columns = request.GET.get("q", "").strip(), columns_of(found)[:SHOWN]
    with reading(found), WORKSHOP.scratch_engine() as engine:
        rows = Rows(engine, found, path_of(found), search)
        page = Paginator(range(rows.count()), PAGE).get_page(request.GET.get("page"))
        shown = rows.page(columns, first=page.start_index() - 1 if page.object_list else 0)
    cells = [(row.number, list(zip(row.cells, columns, strict=True))) for row in shown]
    total, width = page.paginator.count, len(found.columns)
    fits = is_soon_written(total, width)
    return {"search": search, "columns": columns, "rows": cells, "page_obj": page, "total": total, "fits_spreadsheet": fits}


def _part(snapshot: RegisterSnapshot) -> dict[str, Any]:
    """Return whether a taken part is still read, where the register comes in parts."""
    if not snapshot.register.is_in_parts or not snapshot.is_taken:
        return {}
    newest = newest_of(snapshot.register)
    read = parts_until(newest) if newest is not None else []
    later = [one for one in standing_parts(snapshot.register) if snapshot.first_day and days_of(one).covers(days_of(snapshot))]
    return {"is_read_together": snapshot in read, "replaced_by": next((one for one in later if one.pk != snapshot.pk), None)}


def _unchanged(snapshot: RegisterSnapshot) -> dict[str, Any]:
    """Return the latest days when the register was found to be as the snapshot says, and the number of earlier ones."""
    noted = list(snapshot.confirmations.select_related("confirmed_by").order_by("-unchanged_on"))
    return {"unchanged": noted[:MOST_UNCHANGED], "unchanged_earlier": max(0, len(noted) - MOST_UNCHANGED)}


def _found(snapshot: RegisterSnapshot, *, reads: bool) -> dict[str, Any]:
    """Return what was found in the file; examples, which quote rows, only for users who may read them."""
    facts, kind = snapshot.facts, KINDS[snapshot.register.kind]
    unread = [
        (label_of(kind, code), count, [(row, mask_persons(text, on=snapshot.as_of)) for row, text in some] if reads else [])
        for code, (count, some) in facts.get("unread", {}).items()
    ]
    doubled = [(mask_persons(key, on=snapshot.as_of), count) for key, count in facts.get("duplicates", [])] if reads else []
    return {
        "unread": unread,
        "doubled": doubled,
        "duplicate_keys": facts.get("duplicate_keys", 0),
        "empty_keys": facts.get("empty_keys", 0),
        "invalid_identities": facts.get("invalid_identities", 0),
        "three_decimals": [label_of(kind, code) for code in facts.get("three_decimals", [])],
        "unknown": facts.get("unknown", []),
        "outside": facts.get("outside", 0) if snapshot.register.is_in_parts else 0,
    }


@require_POST
def register_take(request: HttpRequest, pk: int, snapshot: int) -> HttpResponseBase:
    """Take the snapshot as it is."""
    user = cast(User, request.user)
    found = seen_snapshot(user, pk, snapshot)

    def take() -> None:
        verbs.take(found, by=user)
        start_watch_runs()

    return press(request, take, back=found, said=_("The snapshot is taken."))


@require_POST
def register_discard(request: HttpRequest, pk: int, snapshot: int) -> HttpResponseBase:
    """Discard the draft of a snapshot."""
    user = cast(User, request.user)
    found = seen_snapshot(user, pk, snapshot)
    words = _("“%(name)s” was discarded. The history keeps that it came in.") % {"name": found.original_name}
    return press(request, lambda: verbs.discard(found, by=user), back=found, said=words, goes_to=lambda _done: found.register)


@require_safe
def register_run(request: HttpRequest, pk: int) -> JsonResponse:
    """Return the progress of a reading as JSON, for the page that waits for it."""
    run = get_object_or_404(RegisterRun.objects.visible_to(cast(User, request.user)), pk=pk)
    return long_runs.progress(run, QUEUE)


@require_POST
def register_run_cancel(request: HttpRequest, pk: int) -> HttpResponse:
    """Cancel the reading."""
    user = cast(User, request.user)
    run = get_object_or_404(RegisterRun.objects.visible_to(user).select_related("snapshot__register__unit"), pk=pk)
    if cancel(run, by=user):
        messages.success(request, _("Cancelled. Nothing was changed."))
    else:
        messages.info(request, _("It had ended already."))
    return redirect(run.snapshot)
