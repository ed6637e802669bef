"""The auditor's file: the basis of each result, who did what when, and the seals that prove it has not been changed."""

from __future__ import annotations

from datetime import date

from django.db.models import Prefetch
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from controls.checks.of_period import evidence_of_period
from controls.models import Evidence, FollowUp
from controls.models.handed_in_report import AUDITORS_FILE
from controls.reporting.kinds.kind import ReportKind, Subject
from controls.reporting.kinds.words import drawn_up_line, make_paper, number_cell, sections_of, sign_cell, title_cell, who_when
from controls.reporting.paper import Block, Cell, Column, Kind, Paper, Table, text_cell
from controls.reporting.proofs import proofs
from controls.reporting.reading import adopted_words, not_shown, seen_risks
from controls.reporting.rows import Sign
from riskreg import clock
from riskreg.access.verbs import Verb
from riskreg.models import Seal, User

SEALS = 12
"""The last seals that are printed; each holds the hash of the one before, so that the last proves them all."""


def draw_up(user: User, subject: Subject, today: date, public: bool) -> Paper:
    """Draw up the auditor's file. Eight queries, whatever the number of rows."""
    plan, closing = subject.plan, subject.closing
    assert plan is not None
    assert closing is not None
    risks = seen_risks(user, public=public).current().filter(plan=plan)
    found = list(
        FollowUp.objects.visible_to(user)
        .filter(closing=closing, control__is_dropped=False, control__risk__in=risks)
        .select_related("unit", "performer", "submitted_by", "approved_by", "control__risk__plan")
        .prefetch_related(Prefetch("evidence", Evidence.objects.order_by("name")))
        .order_by("control__risk__number", "control__position", "unit__name_sort")
    )
    of_checks = evidence_of_period(user, risks, closing)
    left_out, _not_listed = not_shown(user, plan, public=public)
    return make_paper(
        "auditors_file",
        today,
        (_follow_ups(found), _evidence(found, of_checks), *proofs(user, risks, closing), _seals()),
        organisation=closing.unit.name,
        unit=plan.unit.name,
        heading=_("Auditor's file"),
        subtitle=_("%(unit)s, %(closing)s") % {"unit": plan.unit.name, "closing": closing.within},
        facts=(drawn_up_line(today), adopted_words(plan)),
        sections=sections_of(one.control.risk for one in found),
        left_out=left_out,
        plan=plan,
    )


def _follow_ups(found: list[FollowUp]) -> Table:
    rows = []
    for one in found:
        risk, concluded = one.control.risk, one.concluded
        unit = one.unit.name if one.unit_id != risk.unit_id else ""
        rows.append(
            (
                title_cell(risk.title, risk.reference, unit),
                text_cell(one.control.description),
                text_cell(str(one.performer or "")),
                text_cell(str(one.get_state_display())),
                sign_cell(Sign.of(concluded) if concluded else None),
                who_when(one.submitted_by, one.submitted_at),
                who_when(one.approved_by, one.approved_at),
            )
        )
    return Table(
        "follow_ups",
        _("Who did what"),
        (
            Column("risk", _("Identified risk"), 24),
            Column("control", _("Control"), 34),
            Column("performer", _("Performed by"), 16),
            Column("state", _("State"), 13),
            Column("conclusion", _("Conclusion"), 16),
            Column("submitted", _("Submitted"), 18),
            Column("approved", _("Approved"), 18),
        ),
        tuple(rows),
        keys=tuple(str(one.pk) for one in found),
        description=_("One row for each follow-up: who performed, submitted and approved it, and when."),
        nothing=_("There is no follow-up for this closing."),
    )


def _evidence(found: list[FollowUp], of_checks: list[Evidence]) -> Table:
    files = [(one.control.risk, file, "") for one in found for file in one.evidence.all()]
    for file in of_checks:
        assert file.occasion is not None
        day = date_format(file.occasion.due_on, "DATE_FORMAT")
        files.append((file.occasion.control.risk, file, _("Check of %(day)s") % {"day": day}))
    rows = [
        (
            title_cell(risk.title, risk.reference),
            Cell((Block(Kind.TEXT, file.name), *([Block(Kind.SMALL, words)] if words else []))),
            Cell((Block(Kind.TEXT, str(file.size)),), file.size),
            text_cell(file.sha256),
        )
        for risk, file, words in files
    ]
    return Table(
        "evidence",
        _("Evidence"),
        (
            Column("risk", _("Identified risk"), 24),
            Column("file", _("File"), 30),
            Column("size", _("Bytes"), 10, "number"),
            Column("sha256", "SHA-256", 60),
        ),
        tuple(rows),
        description=_("One row for each file that backs a result, with the hash it had when it was added."),
        nothing=_("No evidence is attached."),
    )


def _seals() -> Table:
    rows = [
        (
            number_cell(one.seq),
            text_cell(date_format(clock.municipal(one.sealed_at), "SHORT_DATETIME_FORMAT")),
            text_cell(str(one.get_purpose_display())),
            text_cell(one.hash),
        )
        for one in Seal.objects.order_by("-seq")[:SEALS]
    ]
    return Table(
        "seals",
        _("Heads of the audit trail"),
        (
            Column("seq", _("Seal"), 8, "number"),
            Column("sealed", _("Sealed"), 20),
            Column("purpose", _("Purpose"), 18),
            Column("hash", _("Hash"), 80),
        ),
        tuple(rows),
        description=_("The last seals, the newest first. Each is made over the one before."),
        nothing=_("The audit trail has no seal yet."),
    )


KIND = ReportKind(
    AUDITORS_FILE,
    "granskningsakt",
    gettext_lazy("The auditor's file"),
    gettext_lazy("Who did what and when, evidence and samples with their hashes, and the heads of the audit trail."),
    draw_up,
    verb=Verb.VERIFY,
)
