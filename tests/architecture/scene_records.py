"""Single records of the scene: follow-ups in each state, evidence, versions, reports, imports."""

from __future__ import annotations

from datetime import UTC, date, datetime
from hashlib import sha256
from typing import Any

from django.core.files.base import ContentFile

from controls.importing import waiting
from controls.importing.pictures import store_pictures
from controls.models import (
    Check,
    Closing,
    Conclusion,
    Evidence,
    FollowUp,
    HandedInFile,
    HandedInReport,
    ImportReading,
    PlanImport,
    ReportJob,
)
from controls.reporting.paper import Paper, as_json
from riskreg.importing.page_pictures import PagePicture
from riskreg.models import (
    ControlPlan,
    PlanVersion,
    Risk,
    Unit,
    User,
)
from riskreg.plans.content import content_of, sha256_of
from riskreg.trail.marks import mark_of
from tests.cast import make_control, make_follow_up

ONE_PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108000000003a7e9b55"
    "0000000a49444154789c63f80f0001010100b138f6140000000049454e44ae426082"
)
TODAY = date(2025, 9, 8)
NOW = datetime(2025, 9, 8, 9, 30, tzinfo=UTC)


def make_follow_ups(risk: Risk, closing: Closing, *, performer: User, approver: User) -> dict[str, FollowUp]:
    complete: dict[str, Any] = {
        "result": "60 poster granskade, inga fel.",
        "conclusion": Conclusion.NO_DEVIATIONS,
        "last_edited_by": performer,
    }
    handed_in = {**complete, "submitted_by": performer, "submitted_at": NOW}
    of_state: dict[str, dict[str, Any]] = {
        "planned": {},
        "in_progress": complete,
        "submitted": handed_in,
        "approved": {**handed_in, "approved_by": approver, "approved_at": NOW},
    }
    return {
        state: make_follow_up(make_control(risk, f"Kontroll som är {state}"), closing, performer=performer, state=state, **fields)
        for state, fields in of_state.items()
    }


def make_evidence(of: FollowUp | Check, by: User, name: str) -> Evidence:
    backed: Any = {"occasion": of} if isinstance(of, Check) else {"follow_up": of}
    evidence = Evidence(**backed, name=name, size=3, sha256=sha256(b"abc").hexdigest(), uploaded_by=by, uploaded_at=NOW)
    evidence.file.save(name, ContentFile(b"abc"), save=True)
    return evidence


def make_version(plan: ControlPlan, by: User, *, number: int = 1) -> PlanVersion:
    content = content_of(plan)
    version = PlanVersion(
        plan=plan,
        number=number,
        adopted_on=date(2022, 12, 12),
        paragraph="§ 145",
        made_at=NOW,
        made_by=by,
        content=content,
        content_sha256=sha256_of(content),
        document_name="beslut.pdf",
        document_sha256=sha256(b"%PDF-1.7").hexdigest(),
    )
    version.document.save("beslut.pdf", ContentFile(b"%PDF-1.7"), save=True)
    return version


def make_handed_in(plan: ControlPlan, closing: Closing, by: User, text: str = "") -> HandedInReport:
    """Version 1 of the deviations: the follow-ups may still be reopened. `text` stands in what is confidential in it."""
    papers = [
        Paper("deviations", "Kommunen", str(plan.unit), "Avvikelser", words, "sv", TODAY, left_out=left_out)
        for words, left_out in ((text or "allt", 0), ("öppet", 1))
    ]
    whole, public = (as_json(paper) for paper in papers)
    report = HandedInReport.objects.create(
        kind="deviations",
        unit=plan.unit,
        year=plan.year,
        plan=plan,
        closing=closing,
        number=1,
        title="Avvikelser",
        language="sv",
        content=whole,
        content_sha256=sha256_of(whole),
        public_content=public,
        public_sha256=sha256_of(public),
        rows=0,
        left_out=1,
        matrix=plan.matrix,
        trail_head="",
        handed_in_at=NOW,
        handed_in_by=by,
    )
    for is_public, words in ((True, "öppet"), (False, text or "allt")):
        content = words.encode()
        file = HandedInFile(report=report, ending="json", is_public=is_public, name="rapport.json", size=len(content))
        file.sha256 = sha256(content).hexdigest()
        file.file.save("rapport.json", ContentFile(content), save=True)
    ReportJob.objects.create(
        asked_by=by,
        asked_at=NOW,
        seen_at=NOW,
        language="sv",
        report=report,
        kind=report.kind,
        subject=plan.pk,
        occasion=closing.kind,
        total=8,
        done=2,
        state="failed",
    )
    return report


def make_report_job(plan: ControlPlan, closing: Closing, by: User) -> ReportJob:
    job = ReportJob(
        asked_by=by,
        asked_at=NOW,
        seen_at=NOW,
        language="sv",
        kind="follow_up",
        subject=plan.pk,
        occasion=closing.kind,
        ending="json",
        total=3,
        done=3,
        state="done",
        name="rapport.json",
    )
    job.file.save("rapport.json", ContentFile(b"{}"), save=True)
    job.mark = mark_of(job, "file", sha256(b"{}").hexdigest())
    job.save()
    return job


def make_import(unit: Unit, plan: ControlPlan, by: User, text: str, *, on_page: str = "", **fields: Any) -> PlanImport:
    """An import that waits, with a picture of a page as a PDF file has it: `on_page` is told with the picture's bytes."""
    plan_import = PlanImport(
        unit=unit,
        year=plan.year,
        matrix=plan.matrix,
        name="plan.csv",
        sha256=sha256(text.encode()).hexdigest(),
        uploaded_by=by,
        **fields,
    )
    plan_import.file.save("plan.csv", ContentFile(text.encode()), save=True)
    assert waiting.perform(waiting.ask(plan_import).pk)
    reading = ImportReading.objects.get(plan_import=plan_import)
    store_pictures(reading, [PagePicture(1, ONE_PIXEL + on_page.encode(), (0, 0, 842, 595))], 1)
    reading.save()
    return plan_import
