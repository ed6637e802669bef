"""Pages of handed-in reports: handing in, the page with the verification of its hashes, its files, taking up."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, cast

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.functional import lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from controls import tasks
from controls.models import HandedInFile, HandedInReport, ReportJob
from controls.reporting import jobs
from controls.reporting.handing_in.verbs import hand_in, is_as_handed_in, is_intact, is_newest, paper_of, take_up
from controls.reporting.kinds import KINDS, ReportKind, Subject
from controls.reporting.paper import Paper
from controls.reporting.subjects import subject_of
from controls.reporting.writers.html import paper_parts
from controls.reporting.writers.pdf.typesetting import NotSet
from controls.reporting.writers.registry import LONG, WRITERS
from controls.reporting.writers.word.template_words import TemplateFault
from riskreg import clock
from riskreg.access.grants import may, require
from riskreg.access.sight import sees_confidential_at
from riskreg.access.verbs import Verb
from riskreg.models import SealedRow, User
from riskreg.trail.files import stated
from riskreg.web.asking import AskingForm, Place, ReasonForm, RecordVerb, ask
from riskreg.web.downloads import stored_file
from riskreg.web.form_fields import ReasonField


@dataclass
class HandingIn:
    """A report about to be handed in."""

    kind: ReportKind
    about: Subject
    by: User

    @cached_property
    def paper(self) -> Paper:
        """The report as it would be; a large one takes seconds, and one that is handed in is drawn up by the verb itself."""
        return self.kind.draw_up(self.by, self.about, clock.today(), False)

    @property
    def title(self) -> Any:
        return lazy(lambda: self.paper.title, str)()


class HandInForm(AskingForm):
    """Ask why a report is handed in though something is missing; when nothing is, only to go ahead."""

    reason = ReasonField(label=gettext_lazy("Why it is handed in though something is missing"), required=False)

    def visible_fields(self) -> list[forms.BoundField]:
        """Demand the reason where something is missing; asked only when the page is shown, as it draws up the whole report."""
        self.fields["reason"].required = bool(self.subject.paper.missing)
        return super().visible_fields() if self.fields["reason"].required else []


class TakeUpForm(ReasonForm):
    def remarks(self) -> list[str]:
        return [
            _(
                "%(report)s stays as it was handed in. Its follow-ups can be reopened, and the report can be handed in anew: "
                "that is a new version, which shows what changed."
            )
            % {"report": self.subject}
        ]


@require_http_methods(["GET", "HEAD", "POST"])
def report_hand_in(request: HttpRequest, kind: str, subject: int, occasion: str) -> HttpResponseBase:
    """Show what will be fixed and what is missing (GET), or hand in (POST)."""
    user, found = cast(User, request.user), KINDS[kind]
    handing_in = HandingIn(found, subject_of(user, found, subject, occasion), user)
    require(user, found.hand_in_verb, handing_in.about.unit)

    def act(what: HandingIn, *, by: User, reason: str) -> HandedInReport:
        report = hand_in(what.kind, what.about, by=by, reason=reason)
        _have_written(request, report.job, report.rows)
        return report

    verb = RecordVerb(
        "hand_in",
        lambda: _("Hand in the report"),
        act,
        form=HandInForm,
        goes_to=HandedInReport.get_absolute_url,
        said=lambda _what, report: _("%(report)s is handed in. Its files and hashes are below.") % {"report": report},
    )
    page = reverse("report_page", args=[kind, subject, occasion])
    crumbs = [(_("Reports"), reverse("reports")), (handing_in.title, page)]
    place = Place(page, handing_in.title, crumbs, "controls/report_hand_in.html", {"handing_in": handing_in})
    return ask(request, verb, handing_in, place)


def _have_written(request: HttpRequest, job: ReportJob, rows: int) -> None:
    """Write a short report's files at once; let the worker write a long one's.

    Files that could not be written can be tried again.
    """
    if rows > LONG:
        cast(Any, tasks.write_report).delay_on_commit(job.pk)
        return
    try:
        jobs.write(job.pk)
    except (NotSet, TemplateFault, OSError) as fault:
        messages.error(request, _("Not all files could be written: %(fault)s") % {"fault": fault})


def _report(request: HttpRequest, pk: int) -> HandedInReport:
    found = HandedInReport.objects.visible_to(cast(User, request.user))
    report = get_object_or_404(
        found.select_related("unit", "plan", "closing__unit", "matrix", "handed_in_by", "taken_up_by"), pk=pk
    )
    if not may(cast(User, request.user), KINDS[report.kind].verb, report.unit):
        raise Http404
    return report


@require_safe
def handed_in_report(request: HttpRequest, pk: int) -> HttpResponse:
    """Show what was handed in, whether it is unchanged, and the files that the reader may have."""
    user = cast(User, request.user)
    report = _report(request, pk)
    sees_all = not report.has_confidential or sees_confidential_at(user, report.unit)
    paper = paper_of(report, public=not sees_all)
    files = list(HandedInFile.objects.visible_to(user).filter(report=report))
    job = ReportJob.objects.filter(report=report).first()
    history = report.history.order_by("history_id").values_list("history_id", flat=True).first()
    seal = SealedRow.objects.filter(model="controls.handedinreport", history_id=history).select_related("seal").first()
    versions = HandedInReport.objects.of(report.kind, report.unit_id, report.year, report.closing_id)
    context = {
        "title": str(report),
        "crumbs": [(_("Reports"), reverse("reports"))],
        "report": report,
        "kind": KINDS[report.kind],
        "paper": paper,
        "parts": paper_parts(paper),
        "sees_all": sees_all,
        "is_intact": is_intact(report),
        "files": [(file, WRITERS[file.ending].label, is_as_handed_in(file)) for file in files],
        "job": job if job is not None and job.state != ReportJob.State.DONE else None,
        "is_stalled": job is not None and jobs.waits_for_a_person(job),
        "may_write": may(user, Verb.HAND_IN_REPORT, report.unit),
        "seal": seal.seal if seal is not None else None,
        "others": versions.exclude(pk=report.pk).defer("content", "public_content"),
        "now_url": _now_url(report),
        "take_up_url": reverse("handed_in_take_up", args=[report.pk])
        if report.state == HandedInReport.State.HANDED_IN and may(user, Verb.HAND_IN_REPORT, report.unit) and is_newest(report)
        else "",
    }
    return TemplateResponse(request, "controls/handed_in_report.html", context)


def _now_url(report: HandedInReport) -> str:
    """Return the address of the same report as it would be drawn up today."""
    subject = Subject(report.unit, report.year, report.plan, report.closing)
    return reverse("report_page", args=[report.kind, subject.key, subject.occasion])


@require_safe
def handed_in_file(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Serve one of its files, as it was handed in."""
    user = cast(User, request.user)
    file = get_object_or_404(HandedInFile.objects.visible_to(user).select_related("report__unit"), pk=pk)
    if not may(user, KINDS[file.report.kind].verb, file.report.unit):
        raise Http404
    missing = _("The file is missing in the file store.")
    return stored_file(file.file, WRITERS[file.ending].content_type, file.name, missing=missing, sha256=stated(file, "sha256"))


TAKE_UP = RecordVerb(
    "take_up",
    lambda: _("Take up for a new version"),
    take_up,
    form=TakeUpForm,
    said=lambda report, _saved: (
        _("The report is taken up. Its follow-ups can be reopened; version %(number)d stands.") % {"number": report.number}
    ),
)


@require_http_methods(["GET", "HEAD", "POST"])
def handed_in_take_up(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Ask for the reason (GET), or take the report up for a new version (POST)."""
    report = _report(request, pk)
    require(cast(User, request.user), Verb.HAND_IN_REPORT, report.unit)
    crumbs = [(_("Reports"), reverse("reports")), (str(report), report.get_absolute_url())]
    return ask(request, TAKE_UP, report, Place(report.get_absolute_url(), str(report), crumbs))


@require_http_methods(["POST"])
def handed_in_write_again(request: HttpRequest, pk: int) -> HttpResponse:
    """Write the files that an interrupted worker left unwritten; existing files stay."""
    report = _report(request, pk)
    require(cast(User, request.user), Verb.HAND_IN_REPORT, report.unit)
    job = get_object_or_404(ReportJob, report=report)
    if job.state != ReportJob.State.DONE:
        jobs.start_again(job)
        _have_written(request, job, report.rows)
    return redirect(report)
