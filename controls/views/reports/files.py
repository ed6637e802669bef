"""Every kind of report on screen and as files: at once, or by the worker when it is long."""

from __future__ import annotations

from typing import Any, cast

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from controls import tasks
from controls.models import Closing, HandedInReport, ReportJob
from controls.reporting import jobs
from controls.reporting.kinds import KINDS, ReportKind, Subject
from controls.reporting.subjects import kinds_for, subject_of
from controls.reporting.writers.download import download_name
from controls.reporting.writers.html import paper_parts
from controls.reporting.writers.pdf.typesetting import NotSet
from controls.reporting.writers.registry import LONG, WRITERS, Writing
from controls.reporting.writers.word.own_template import template_for
from controls.reporting.writers.word.template_words import TemplateFault
from riskreg import clock
from riskreg.access.grants import may
from riskreg.models import User
from riskreg.trail.marks import marked_hash
from riskreg.web.downloads import attachment, stored_file

PUBLIC = "public"


@require_safe
def report_page(request: HttpRequest, kind: str, subject: int, occasion: str) -> HttpResponse:
    """Show a report of any kind, as the reader may see it; with ?public=1 as everybody may."""
    user = cast(User, request.user)
    found, public = KINDS[kind], request.GET.get(PUBLIC) == "1"
    about = subject_of(user, found, subject, occasion)
    paper = found.draw_up(user, about, clock.today(), public)
    closing = None if about.plan is None or about.closing is not None else _newest_closing(about)
    versions = HandedInReport.objects.of(kind, about.unit.pk, about.year, about.closing.pk if about.closing else None)
    context = {
        "title": paper.heading,
        "crumbs": [(_("Reports"), reverse("reports"))],
        "paper": paper,
        "parts": paper_parts(paper),
        "kind": found,
        "subject": about,
        "public": public,
        "kinds": kinds_for(user, about.unit, of_municipality=found.of_municipality),
        "closing_occasion": closing,
        "versions": versions.defer("content", "public_content"),
        **files_of(user, found, about, public=public),
    }
    return TemplateResponse(request, "controls/report_page.html", context)


def _newest_closing(subject: Subject) -> str | None:
    """Return the kind of closing to which a report without a closing links."""
    closings = Closing.objects.of_unit(subject.unit).filter(year=subject.year).order_by("cut_off")
    return closings.values_list("kind", flat=True).last()


def files_of(user: User, kind: ReportKind, subject: Subject, *, public: bool = False) -> dict[str, Any]:
    """Return what a page offers of a report: its files, and handing in for users who may."""
    address = [kind.code, subject.key, subject.occasion]
    query = "?public=1" if public else ""
    return {
        "files": [(writer.label, reverse("report_file", args=[*address, ending]) + query) for ending, writer in WRITERS.items()],
        "public_url": reverse("report_page", args=address) + "?public=1",
        "hand_in_url": reverse("report_hand_in", args=address) if may(user, kind.hand_in_verb, subject.unit) else "",
    }


@require_safe
def report_file(request: HttpRequest, kind: str, subject: int, occasion: str, ending: str) -> HttpResponse:
    """Serve the report as a file; for a long one, ask whether the worker is to write it."""
    user = cast(User, request.user)
    found, public = KINDS[kind], request.GET.get(PUBLIC) == "1"
    about = subject_of(user, found, subject, occasion)
    paper = found.draw_up(user, about, clock.today(), public)
    if paper.size > LONG:
        context = {
            "title": _("A long report"),
            "crumbs": [
                (_("Reports"), reverse("reports")),
                (paper.heading, reverse("report_page", args=[kind, subject, occasion])),
            ],
            "paper": paper,
            "label": WRITERS[ending].label,
            "order_url": reverse("report_order", args=[kind, subject, occasion, ending]),
            "public": public,
        }
        return TemplateResponse(request, "controls/report_long.html", context)
    try:
        template = template_for(about.unit) if ending == "docx" else None
        content = WRITERS[ending].write(paper, Writing(user.get_full_name(), clock.now(), template))
    except (NotSet, TemplateFault) as fault:
        messages.error(request, str(fault))
        return redirect("report_page", kind, subject, occasion)
    return attachment(content, WRITERS[ending].content_type, download_name(paper, about, ending, public=public))


@require_POST
def report_order(request: HttpRequest, kind: str, subject: int, occasion: str, ending: str) -> HttpResponse:
    """Let the worker write a long report."""
    user = cast(User, request.user)
    about = subject_of(user, KINDS[kind], subject, occasion)
    try:
        # Asked before anything is ordered: the worker has nobody to tell.
        template_for(about.unit) if ending == "docx" else None
    except TemplateFault as fault:
        messages.error(request, str(fault))
        return redirect("report_page", kind, subject, occasion)
    job, is_new = jobs.order(user, kind, about, ending, public=request.POST.get(PUBLIC) == "1")
    if is_new:
        cast(Any, tasks.write_report).delay_on_commit(job.pk)
    return redirect("report_job", job.pk)


def _job(request: HttpRequest, pk: int) -> ReportJob:
    return get_object_or_404(ReportJob.objects.visible_to(cast(User, request.user)).select_related("report"), pk=pk)


@require_safe
def report_job(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the progress of the writing, and the file when it exists; reloading works, too."""
    job = _job(request, pk)
    if job.report is not None:
        return redirect(job.report)
    context = {
        "title": _("Report being written"),
        "crumbs": [(_("Reports"), reverse("reports"))],
        "job": job,
        "is_stalled": jobs.is_stalled(job),
        "is_over": jobs.is_over(job),
        "may_start": jobs.waits_for_a_person(job) or jobs.is_over(job),
        "label": WRITERS[job.ending].label,
        "kind": KINDS[job.kind],
        "order_url": reverse("report_order", args=[job.kind, job.subject, job.occasion, job.ending]),
    }
    return TemplateResponse(request, "controls/report_job.html", context)


@require_safe
def report_job_state(request: HttpRequest, pk: int) -> JsonResponse:
    """Return the progress as JSON for the page that waits."""
    job = _job(request, pk)
    said = _("Step %(done)d of %(total)d") % {"done": job.done, "total": job.total}
    open_ = job.is_open and not jobs.is_stalled(job)
    return JsonResponse({"is_open": open_, "checked": job.done, "total": job.total, "text": said})


@require_safe
def report_job_file(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Serve the written file to the user who asked for it, for a day, while they may read all of it."""
    user, job = cast(User, request.user), _job(request, pk)
    if not job.file or not job.mark or job.state != ReportJob.State.DONE:
        raise Http404
    subject = subject_of(user, KINDS[job.kind], job.subject, job.occasion)
    if jobs.is_over(job):
        raise Http404(_("The file is no longer kept: have the report written again."))
    if not jobs.is_open_still(job, user, subject):
        raise PermissionDenied(
            _(
                "The file may speak of risks that are no longer open to you. Have the report written again: it then says what "
                "you may read today."
            )
        )
    missing = _("The file is no longer kept: have the report written again.")
    sha256 = marked_hash(job, "file", job.mark)
    return stored_file(job.file, WRITERS[job.ending].content_type, job.name, missing=missing, sha256=sha256)
