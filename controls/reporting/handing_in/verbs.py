"""Handing in a report: its content, hash and files are fixed, and nothing that happens later alters them.

`hand_in` seals the trail, draws the report up, stores it, and seals again; its files are written from the stored
content (`write_files`), at once or by the worker. Errors found later are corrected by `take_up` and a new version.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import date

from django.core.files.base import ContentFile
from django.db import transaction
from django.utils import translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from controls.models import FollowUp, HandedInFile, HandedInReport, ReportJob
from controls.models.handed_in_report import report_path
from controls.reporting.handing_in.changes import same, with_changes
from controls.reporting.job_queue import QUEUE, put
from controls.reporting.kinds import ReportKind, Subject
from controls.reporting.paper import Paper, as_json, from_json
from controls.reporting.writers.download import download_name
from controls.reporting.writers.pdf.typesetting import NotSet
from controls.reporting.writers.registry import WRITERS, Writing
from controls.reporting.writers.word.own_template import template_for
from controls.reporting.writers.word.template_words import TemplateFault
from controls.transitions import REPORT
from riskreg import clock
from riskreg.access.grants import require
from riskreg.database.snapshot import one_snapshot
from riskreg.database.troubles import once_more
from riskreg.models import User
from riskreg.models.author import Author
from riskreg.models.history import save_with_history
from riskreg.plans.content import sha256_of
from riskreg.trail import seals
from riskreg.trail.files import stated
from riskreg.verbs.errors import NotInThisState, Refused
from riskreg.verbs.gate import Gated, lock_row, making


class NotWhole(Refused):
    """The user does not see all of the report, so they cannot hand it in."""


class NotComplete(Refused):
    """Something is missing, and no reason was given for handing it in all the same."""


class NothingNew(Refused):
    """The report has the same content as its last version."""


def hand_in(kind: ReportKind, subject: Subject, *, by: User, reason: str = "") -> HandedInReport:
    """Fix the report as it is now, and queue the writing of its files (`ReportJob`).

    `reason`: why it is handed in though something is missing. Raises NotPermitted, NotWhole, NotComplete, NothingNew.

    Its whole and its public content are read at one moment, and the follow-ups that it rests on stand still meanwhile: who
    reopens or returns one waits for the report, and is then refused; a report waits for them, and then sees what they did.
    Locks are taken in the order unit, plan, risks, follow-ups by key.
    """
    require(by, kind.hand_in_verb, subject.unit)
    report = once_more(lambda: _fix(kind, subject, by, reason))
    seals.seal(clock.now())
    return report


def _fix(kind: ReportKind, subject: Subject, by: User, reason: str) -> HandedInReport:
    seals.seal(clock.now())  # each time it is run: the head that the report states covers what it waited for
    with one_snapshot(), making(kind.hand_in_verb, subject.unit, by=by, one_at_a_time=True) as author:
        _hold_follow_ups(subject)
        now = clock.now()
        previous = HandedInReport.objects.of(kind.code, subject.unit.pk, subject.year, _closing_id(subject)).first()
        whole, public = (kind.draw_up(by, subject, now.date(), only) for only in (False, True))
        _ask(whole, previous, reason)
        number = previous.number + 1 if previous else 1
        if previous is not None:
            before, public_before = from_json(previous.content), from_json(previous.public_content)
            public = with_changes(public_before, public, previous.number, whole)
            whole = with_changes(before, whole, previous.number, whole)
        whole, public = (_versioned(paper, number, now.date(), by, reason) for paper in (whole, public))
        report = HandedInReport(
            kind=kind.code,
            unit=subject.unit,
            year=subject.year,
            plan=subject.plan,
            closing=subject.closing,
            number=number,
            title=whole.title[:400],
            registry_number=whole.registry_number,
            language=whole.language,
            content=as_json(whole),
            public_content=as_json(public),
            matrix=subject.plan.matrix if subject.plan else None,
            trail_head=whole.trail_head,
            rows=whole.size,
            left_out=public.left_out,
            sections=", ".join(whole.confidential)[:500],
            reason=reason.strip(),
            handed_in_at=now,
            handed_in_by=by,
        )
        report.content_sha256, report.public_sha256 = sha256_of(report.content), sha256_of(report.public_content)
        save_with_history(report, by=author, reason=reason.strip() or _("Handed in"))
        ReportJob.objects.create(
            asked_by=by,
            asked_for=author.acting_for,
            asked_at=now,
            seen_at=now,
            language=whole.language,
            report=report,
            kind=kind.code,
            subject=subject.key,
            occasion=subject.occasion,
            total=len(_files_of(report)),
        )
    return report


def _hold_follow_ups(subject: Subject) -> None:
    """Lock the follow-ups that the report rests on until it is handed in (controls.follow_ups.gate.require_not_handed_in)."""
    if subject.plan is not None and subject.closing is not None:
        rests_on = FollowUp.objects.filter(control__risk__plan=subject.plan, closing=subject.closing).order_by("pk")
        # Not changed here, only held: a reopening waits, or is waited for.
        list(rests_on.select_for_update(of=("self",), no_key=True).values_list("pk", flat=True))


def take_up(report: HandedInReport, *, by: User, reason: str) -> HandedInReport:
    """Let its follow-ups be reopened, for a new version. The handed-in version stays as it is."""
    with REPORTS.open(report, "take_up", by=by, reason=reason) as turn:
        turn.row.taken_up_at, turn.row.taken_up_by, turn.row.taken_up_reason = clock.now(), by, reason.strip()[:500]
        return turn.save()


def is_newest(report: HandedInReport) -> bool:
    """Return whether the report is the newest version."""
    versions = HandedInReport.objects.of(report.kind, report.unit_id, report.year, report.closing_id)
    return versions.values_list("pk", flat=True).first() == report.pk


def require_newest(report: HandedInReport, verb: str) -> None:
    """Raise NotInThisState: of an earlier version there is a newer one to take up."""
    if not is_newest(report):
        raise NotInThisState(verb, report.get_state_display())


VERB_LABELS: dict[str, Callable[[], str]] = {"take_up": lambda: _("Take up for a new version")}
REPORTS: Gated[HandedInReport] = Gated(
    workflow=REPORT,
    labels=VERB_LABELS,
    rows=lambda: HandedInReport.objects.select_related("unit"),
    unit=lambda report: report.unit,
    conditions={"is_newest": require_newest},
)


def is_intact(report: HandedInReport) -> bool:
    """Return whether both contents still have the hashes they were handed in with, by the report and by its history."""
    found = sha256_of(report.content), sha256_of(report.public_content)
    by_history = stated(report, "content_sha256"), stated(report, "public_sha256")
    return found == (report.content_sha256, report.public_sha256) == by_history


def is_as_handed_in(file: HandedInFile) -> bool:
    """Return whether the stored file still has its hash, by its record and by that one's history."""
    digest = hashlib.sha256()
    try:
        with file.file.open("rb") as content:
            for piece in content.chunks():
                digest.update(piece)
    except OSError:
        return False
    return digest.hexdigest() == file.sha256 == stated(file, "sha256")


def paper_of(report: HandedInReport, *, public: bool) -> Paper:
    """Return the paper that was handed in, whole or public."""
    return from_json(report.public_content if public else report.content)


def _closing_id(subject: Subject) -> int | None:
    return subject.closing.pk if subject.closing is not None else None


def _ask(paper: Paper, previous: HandedInReport | None, reason: str) -> None:
    if paper.left_out:
        raise NotWhole(
            _("%(count)d confidential risks in this report are not open to you. Somebody with the right to see them hands it in.")
            % {"count": paper.left_out}
        )
    if paper.missing and not reason.strip():
        raise NotComplete(
            _("The report is not complete: %(missing)s. Complete it, or say why it is handed in as it is.")
            % {"missing": ", ".join(paper.missing)}
        )
    if previous is not None and same(from_json(previous.content), paper):
        raise NothingNew(_("Nothing has changed since version %(number)d was handed in.") % {"number": previous.number})


def _versioned(paper: Paper, number: int, day: date, by: User, reason: str) -> Paper:
    """Return the paper with a line that says which version it is, by whom and why."""
    said = _("Version %(number)d, handed in on %(date)s by %(name)s.")
    fact = said % {"number": number, "date": date_format(day), "name": by.get_full_name()}
    notes = paper.notes
    if reason.strip() and paper.missing:
        notes = (*notes, _("Handed in though not complete: %(reason)s") % {"reason": reason.strip()})
    return replace(paper, facts=(*paper.facts, fact), notes=notes)


# The files


def _files_of(report: HandedInReport) -> list[tuple[str, bool]]:
    """Return the (ending, public) pairs of its files; a report without confidential rows is public as a whole."""
    versions = (True, False) if report.has_confidential else (True,)
    return [(ending, public) for public in versions for ending in WRITERS]


def write_files(job: ReportJob) -> None:
    """Write the files of the handed-in report that do not exist yet.

    An interrupted job continues where it was. A format that cannot be made does not keep the others back; the first
    fault is raised at the end.
    """
    report = job.report
    assert report is not None
    written = set(report.files.values_list("ending", "is_public"))
    faults: list[Exception] = []
    with translation.override(report.language):
        for ending, public in _files_of(report):
            if (ending, public) not in written:
                try:
                    _write_file(report, ending, public, by=job.author)
                except (NotSet, TemplateFault) as fault:
                    faults.append(fault)
            QUEUE.tell(job, report.files.count())
    seals.seal(clock.now())
    if faults:
        raise faults[0]


def _write_file(report: HandedInReport, ending: str, public: bool, *, by: Author) -> None:
    paper = paper_of(report, public=public)
    subject = Subject(report.unit, report.year, report.plan, report.closing)
    template = template_for(report.unit) if ending == "docx" else None
    how = Writing(report.handed_in_by.get_full_name(), report.handed_in_at, template)
    content = WRITERS[ending].write(paper, how)
    name = download_name(paper, subject, ending, version=report.number, public=public and report.has_confidential)
    file = HandedInFile(
        report=report, ending=ending, is_public=public, name=name, size=len(content), sha256=hashlib.sha256(content).hexdigest()
    )
    with transaction.atomic():
        # Another worker may have taken over from this one in the meantime: whoever has the report's row first writes.
        lock_row(HandedInReport.objects.all(), report.pk)
        if report.files.filter(ending=ending, is_public=public).exists():
            return
        try:
            put(file.file, ContentFile(content))
            save_with_history(file, by=by, reason=_("Handed in"))
        except BaseException:
            # The row is rolled back; the file must not stay behind without one.
            with suppress(OSError):
                file.file.storage.delete(report_path(file, ""))
            raise
