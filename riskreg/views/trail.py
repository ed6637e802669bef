"""The auditors' page: the seals, a verification on demand, and all that a third party needs to verify by themselves."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from riskreg import clock, tasks
from riskreg.access.grants import require
from riskreg.access.verbs import Verb
from riskreg.models import Anchor, Seal, SealedRow, Tombstone, User, Verification
from riskreg.trail import runs, seals, verify_export
from riskreg.trail.anchors import making
from riskreg.trail.anchors.checking import known_keys
from riskreg.trail.anchors.places import anchor_files
from riskreg.trail.export import export_lines
from riskreg.trail.findings import Finding, state
from riskreg.trail.seals import head, unsealed_count
from riskreg.trail.sight import reads_whole_trail
from riskreg.trail.since import last_whole
from riskreg.web.downloads import shipped_file

SEALS_A_PAGE = 25
STAMPS_SHOWN = 10
ALGORITHM = Path("docs/trail.md")


@require_safe
def trail(request: HttpRequest) -> HttpResponse:
    """Show the audit trail."""
    user = cast(User, request.user)
    require(user, Verb.VERIFY)
    latest = Verification.objects.first()
    is_stalled = latest is not None and runs.QUEUE.is_silent(latest, clock.now())
    findings = [Finding.from_json(each) for each in latest.findings] if latest else []
    context = {
        "title": _("Audit trail"),
        "head": head(),
        "sealed": SealedRow.objects.filter(weeded=False).count(),
        "unsealed": unsealed_count(),
        "weedings": Tombstone.objects.count(),
        "latest": latest,
        "last_whole": last_whole(),
        "is_stalled": is_stalled,
        "is_under_way": latest is not None and latest.is_open and not is_stalled,
        "statements": state(findings, user),
        "unnamed": latest.found - len(findings) if latest else 0,
        "anchor_places": making.places_now(),
        "anchor_keys": sorted(known_keys()) if anchor_files() else [],
        "stamps": Anchor.objects.filter(kind=Anchor.Kind.STAMP, made_at__isnull=False).defer("token")[:STAMPS_SHOWN],
        "reads_whole_trail": reads_whole_trail(user),
        "page_obj": Paginator(Seal.objects.all(), SEALS_A_PAGE).get_page(request.GET.get("page")),
    }
    return render(request, "riskreg/trail.html", context)


@require_POST
def trail_verify(request: HttpRequest) -> HttpResponse:
    """Run a verification of a small trail at once; queue it for a long one."""
    user = cast(User, request.user)
    require(user, Verb.VERIFY)
    head_given = request.POST.get("head", "").strip().lower()[:90]
    asked, is_new = runs.ask(user, head_given, clock.now(), since_last=request.POST.get("extent") == "since")
    if is_new and runs.is_small(asked):
        runs.run(asked.pk)
    elif is_new:
        cast(Any, tasks.verify_trail).delay_on_commit(asked.pk)
    return redirect(reverse("trail") + "#verification")


@require_safe
def trail_verification(request: HttpRequest, pk: int) -> JsonResponse:
    """Return the progress of a verification as JSON, for the page that waits for it."""
    require(cast(User, request.user), Verb.VERIFY)
    asked = get_object_or_404(Verification, pk=pk)
    open_ = asked.is_open and not runs.QUEUE.is_silent(asked, clock.now())
    said = _("%(checked)d of %(total)d steps done") % {"checked": asked.checked, "total": asked.total}
    return JsonResponse({"is_open": open_, "checked": asked.checked, "total": asked.total, "text": said})


@require_safe
def trail_export(request: HttpRequest) -> StreamingHttpResponse:
    """Serve the trail as JSON Lines; rows the reader may not read appear as hashes only."""
    user = cast(User, request.user)
    require(user, Verb.VERIFY)
    now = clock.now()
    response = StreamingHttpResponse(export_lines(user, now), content_type="application/jsonl; charset=utf-8")
    name = f"granskningsspar-{clock.municipal(now):%Y-%m-%d}.jsonl"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


@require_POST
def trail_anchor(request: HttpRequest) -> HttpResponse:
    """Seal what is not sealed yet, and have the worker anchor the head at the places of the setting."""
    require(cast(User, request.user), Verb.VERIFY)
    seals.seal(clock.now())
    making.ask(clock.now())
    cast(Any, tasks.anchor_trail).delay_on_commit(at_once=True)
    messages.success(request, _("The head is being anchored. Load the page again in a moment to see it."))
    return redirect(reverse("trail") + "#anchors")


@require_safe
def trail_stamp(request: HttpRequest, pk: int) -> HttpResponse:
    """Serve a time stamp as the service answered it (.tsr)."""
    require(cast(User, request.user), Verb.VERIFY)
    anchor = get_object_or_404(Anchor, pk=pk, kind=Anchor.Kind.STAMP, made_at__isnull=False)
    response = HttpResponse(bytes(anchor.token or b""), content_type="application/timestamp-reply")
    response.headers["Content-Disposition"] = f'attachment; filename="granskningsspar-{anchor.head_seq}.tsr"'
    return response


@require_safe
def trail_anchor_file(request: HttpRequest, number: int) -> FileResponse:
    """Serve an anchor file of the setting, as it lies there now, so that a copy can be kept."""
    require(cast(User, request.user), Verb.VERIFY)
    files = anchor_files()
    try:
        file = files[number].open("rb")
    except (IndexError, OSError):
        raise Http404 from None
    return FileResponse(file, as_attachment=True, filename="granskningsspar-forankring.jsonl", content_type="application/jsonl")


@require_safe
def trail_verifier(request: HttpRequest) -> HttpResponseBase:
    """Serve the program that verifies an export by itself."""
    require(cast(User, request.user), Verb.VERIFY)
    return shipped_file(Path(verify_export.__file__), "text/x-python; charset=utf-8")


@require_safe
def trail_algorithm(request: HttpRequest) -> HttpResponseBase:
    """Serve the description of the algorithm, for anybody who writes a verifier of their own."""
    require(cast(User, request.user), Verb.VERIFY)
    return shipped_file(settings.BASE_DIR / ALGORITHM, "text/markdown; charset=utf-8")
