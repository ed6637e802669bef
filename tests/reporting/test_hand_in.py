"""Handing in fixes a report; nothing that happens later alters it."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import pytest
from django.db import DatabaseError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import translation

from controls.follow_ups import verbs
from controls.models import FollowUp, HandedInFile, HandedInReport, ReportJob
from controls.reporting import jobs
from controls.reporting.handing_in.verbs import (
    NotComplete,
    NothingNew,
    NotWhole,
    hand_in,
    is_as_handed_in,
    is_intact,
    is_newest,
    paper_of,
    take_up,
)
from controls.reporting.kinds import KINDS
from controls.reporting.writers.pdf import typesetting
from riskreg.access.verbs import NotPermitted
from riskreg.models import SealedRow, User
from riskreg.models.plan_version import ImmutableRecord
from riskreg.plans.content import sha256_of
from riskreg.trail.verification import verify
from riskreg.verbs.errors import NotInThisState, ReasonNeeded, Refused
from tests.cast import Cast, make_control, make_many_risks, make_risk
from tests.reporting.conftest import act, approved
from tests.reporting.subjects import subject
from tests.trail import tampering

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("today")]


@pytest.fixture
def whole(cast: Cast) -> Cast:
    """A half-year with everything approved."""
    approved(cast, make_control(make_risk(cast.plan, "Energibrist", risk_score=8)))
    found = approved(cast, make_control(make_risk(cast.plan, "Ramavtal följs inte")), conclusion="minor_deviations")
    act(found, "Utbildning", responsible=cast.karin, due_on=cast.annual.cut_off)
    return cast


def handed_in(cast: Cast, code: str = "follow_up", *, by: User | None = None, reason: str = "") -> HandedInReport:
    report = hand_in(KINDS[code], subject(cast, code), by=by or cast.johan, reason=reason)
    jobs.write(report.job.pk)
    return report


def reopened(cast: Cast) -> FollowUp:
    return FollowUp.objects.filter(state="approved", control__risk__plan=cast.plan).order_by("pk")[0]


@pytest.mark.parametrize("code", list(KINDS))
def test_every_kind_of_report_is_handed_in_with_files_hashes_and_seal(whole: Cast, code: str) -> None:
    report = handed_in(whole, code, by=whole.eva, reason="Skolan har inte redovisat.")
    assert is_intact(report)
    files = list(report.files.all())
    assert {(file.ending, file.is_public) for file in files} == {(ending, True) for ending in ("docx", "pdf", "xlsx", "json")}
    for file in files:
        with file.file.open("rb") as content:
            assert hashlib.sha256(content.read()).hexdigest() == file.sha256
        assert is_as_handed_in(file)
    row = report.history.get()
    sealed = SealedRow.objects.get(model="controls.handedinreport", history_id=row.history_id)
    assert report.trail_head.startswith(f"{sealed.seal_id - 1}:")
    assert (row.history_user, report.number) == (whole.eva, 1)
    assert verify([report.trail_head]).found == 0


def test_the_files_say_what_was_kept(whole: Cast) -> None:
    report = handed_in(whole)
    with report.files.get(ending="json").file.open("rb") as content:
        assert json.load(content)["sha256"] == report.public_sha256 == report.content_sha256


def test_later_changes_never_alter_it(whole: Cast) -> None:
    report = handed_in(whole)
    before = {file.ending: file.sha256 for file in report.files.all()}
    take_up(report, by=whole.johan, reason="Ett fel i resultatet.")
    verbs.reopen(reopened(whole), by=whole.johan, reason="Fel siffra.")
    risk = whole.plan.risks.first()
    assert risk is not None
    risk.title = "Något helt annat"
    risk.save()
    again = HandedInReport.objects.get(pk=report.pk)
    assert again.content == report.content
    assert is_intact(again)
    assert {file.ending: file.sha256 for file in again.files.all()} == before
    assert all(is_as_handed_in(file) for file in again.files.all())


def test_it_cannot_be_changed_or_deleted(whole: Cast) -> None:
    report = handed_in(whole)
    file = report.files.first()
    assert file is not None
    report.title = "Annat"
    for act_on in (
        report.save,
        report.delete,
        HandedInReport.objects.all().delete,
        lambda: HandedInReport.objects.update(title="x"),
        file.save,
        file.delete,
        HandedInFile.objects.all().delete,
        lambda: HandedInFile.objects.update(name="x"),
    ):
        with pytest.raises(ImmutableRecord):
            act_on()


def test_the_database_refuses_to_change_or_delete_it_and_its_files(whole: Cast) -> None:
    report = handed_in(whole)
    reports, files = "controls_handedinreport", "controls_handedinfile"
    alterations = [
        f"UPDATE {reports} SET content = '{{}}'",
        f"UPDATE {reports} SET public_content = '{{}}'",
        f"UPDATE {reports} SET title = 'Annat', content_sha256 = ''",
        f"UPDATE {reports} SET number = 2",
        f"DELETE FROM {reports}",
        f"UPDATE {files} SET sha256 = ''",
        f"UPDATE {files} SET file = 'x'",
        f"DELETE FROM {files}",
    ]
    for alteration in alterations:
        with pytest.raises(DatabaseError, match="handed in stands"), transaction.atomic():
            tampering.sql(alteration)
    take_up(report, by=whole.johan, reason="Fel.")
    for alteration in (f"UPDATE {reports} SET taken_up_reason = 'Annat'", f"UPDATE {reports} SET state = state"):
        with pytest.raises(DatabaseError, match="handed in stands"), transaction.atomic():
            tampering.sql(alteration)
    assert report.files.count() == 4


def test_an_alteration_behind_the_products_back_is_seen(whole: Cast) -> None:
    report = handed_in(whole)
    content = json.dumps(report.content | {"heading": "Förfalskad"})
    tampering.drop_triggers("controls_handedinreport")
    tampering.sql("UPDATE controls_handedinreport SET content = %s WHERE id = %s", content, report.pk)
    assert not is_intact(HandedInReport.objects.get(pk=report.pk))
    file = report.files.get(ending="json")
    with file.file.storage.open(str(file.file.name), "wb") as target:
        target.write(b"{}")
    assert not is_as_handed_in(file)
    client = Client()
    client.force_login(whole.eva)
    User.objects.update(language="en")
    page = client.get(report.get_absolute_url()).content.decode()
    assert "Altered" in page
    assert "Altered or missing" in page


def test_a_report_that_is_not_complete_says_why_it_is_handed_in(cast: Cast) -> None:
    make_control(make_risk(cast.plan))
    with pytest.raises(NotComplete, match="Missing: follow-up"):
        handed_in(cast)
    report = handed_in(cast, reason="Ansvarig är sjuk.")
    assert "Handed in though not complete: Ansvarig är sjuk." in paper_of(report, public=True).notes


def test_a_follow_up_in_it_is_reopened_only_after_the_report_was_taken_up(whole: Cast) -> None:
    report = handed_in(whole)
    follow_up = reopened(whole)
    with pytest.raises(Refused, match="handed in with this follow-up"):
        verbs.reopen(follow_up, by=whole.johan, reason="Fel.")
    with pytest.raises(ReasonNeeded):
        take_up(report, by=whole.johan, reason=" ")
    with pytest.raises(NotPermitted):
        take_up(report, by=whole.karin, reason="Fel.")
    take_up(report, by=whole.johan, reason="Fel.")
    assert verbs.reopen(follow_up, by=whole.johan, reason="Fel.").state == "in_progress"
    with pytest.raises(NotInThisState):
        take_up(report, by=whole.johan, reason="En gång till.")


def test_a_new_version_shows_what_changed(whole: Cast) -> None:
    first = handed_in(whole)
    with pytest.raises(NothingNew):
        handed_in(whole)
    approved(whole, make_control(make_risk(whole.plan, "Ny risk")), result="Nytt")
    follow_up = reopened(whole)
    FollowUp.objects.filter(pk=follow_up.pk).update(result="Rättat resultat.")
    second = handed_in(whole)
    assert second.number == 2
    assert is_newest(second)
    assert not is_newest(first)
    rows = paper_of(second, public=True).table("changes").rows
    told = [[cell.text for cell in row] for row in rows]
    assert any(row[0].startswith("Ny risk") and row[1] == "+ New" for row in told)
    assert any(row[2:] == ["Inga avvikelser funna.", "Rättat resultat."] for row in told)
    assert len(told) == 2
    with pytest.raises(NotInThisState):
        take_up(first, by=whole.johan, reason="Fel version.")


def secret(cast: Cast) -> None:
    risk = make_risk(cast.plan, "Hemligheten", is_confidential=True, confidentiality_section="OSL 18:8")
    approved(cast, make_control(risk, "hemlig kontroll"), result="hemligt")


def test_the_public_version_leaves_confidential_rows_out_and_counts_them(whole: Cast) -> None:
    secret(whole)
    report = handed_in(whole)
    assert (report.left_out, report.sections) == (1, "OSL 18:8")
    assert "hemlig" not in json.dumps(report.public_content).casefold()
    assert "hemlig" in json.dumps(report.content).casefold()
    assert "1 risk is confidential and left out (OSL 18:8)." in paper_of(report, public=True).notes
    assert report.public_sha256 == sha256_of(report.public_content) != report.content_sha256
    assert report.files.filter(is_public=True).count() == report.files.filter(is_public=False).count() == 4
    for file in report.files.filter(is_public=True, ending="json"):
        with file.file.open("rb") as content:
            assert b"hemlig" not in content.read().lower()
    assert set(HandedInFile.objects.visible_to(whole.karin)) == set(report.files.filter(is_public=True))
    assert set(HandedInFile.objects.visible_to(whole.johan)) == set(report.files.all())


def test_a_row_that_became_confidential_is_not_told_again_in_the_public_version(whole: Cast) -> None:
    handed_in(whole)
    whole.plan.risks.filter(title="Energibrist").update(is_confidential=True, confidentiality_section="OSL 18:8")
    second = handed_in(whole)
    public = paper_of(second, public=True)
    assert public.table("changes").rows == ()
    assert "Energibrist" not in json.dumps(second.public_content)
    assert [part.name for part in public.parts[:3]] == ["overview", "changes", "rows"]


def test_who_does_not_see_all_of_it_cannot_hand_it_in(whole: Cast) -> None:
    secret(whole)
    whole.johan.memberships.update(sees_confidential=False)
    with pytest.raises(NotWhole):
        handed_in(whole, by=User.objects.get(pk=whole.johan.pk))


def test_a_control_owner_and_an_auditor_hand_nothing_in(whole: Cast) -> None:
    for user in (whole.karin, whole.ake, whole.siv, whole.ulla):
        with pytest.raises(NotPermitted):
            handed_in(whole, by=user)


def test_files_are_named_as_a_registrar_wants_them(whole: Cast) -> None:
    with translation.override("sv"):
        report = hand_in(KINDS["follow_up"], subject(whole, "follow_up"), by=whole.johan)
    jobs.write(report.job.pk)
    name = report.files.get(ending="pdf").name
    assert name == "2025-09-08 Kommunstyrelsen Uppföljning av intern kontroll delårsbokslut 2025 v1.pdf"
    client = Client()
    client.force_login(whole.karin)
    response = client.get(reverse("handed_in_file", args=[report.files.get(ending="pdf").pk]))
    assert response.headers["Content-Disposition"].startswith("attachment; filename")
    assert b"".join(response.streaming_content)[:5] == b"%PDF-"  # type: ignore[attr-defined]


def test_a_job_runs_once_and_an_interrupted_one_goes_on(whole: Cast, monkeypatch: Any) -> None:
    report = hand_in(KINDS["follow_up"], subject(whole, "follow_up"), by=whole.johan)
    from controls.reporting.handing_in import verbs as freeze

    write = freeze._write_file
    written: list[Any] = []

    def falls_over(*args: Any, **named: Any) -> None:
        if len(written) == 2:
            raise OSError("disk full")
        written.append(args)
        write(*args, **named)

    monkeypatch.setattr(freeze, "_write_file", falls_over)
    with pytest.raises(OSError, match="disk full"):
        jobs.write(report.job.pk)
    job = ReportJob.objects.get(report=report)
    assert (job.state, job.done, report.files.count()) == ("failed", 2, 2)
    kept = set(report.files.values_list("pk", flat=True))
    monkeypatch.setattr(freeze, "_write_file", write)
    assert jobs.write(job.pk)
    assert kept < set(report.files.values_list("pk", flat=True))
    assert (report.files.count(), ReportJob.objects.get(report=report).state) == (4, "done")
    assert not jobs.write(job.pk)


def test_a_long_report_is_ordered_waited_for_and_fetched(cast: Cast, monkeypatch: Any) -> None:
    from controls import tasks

    asked: list[int] = []
    monkeypatch.setattr(tasks.write_report, "delay_on_commit", asked.append)
    make_many_risks(cast.plan, 320, closing=cast.interim, performer=cast.karin)
    User.objects.update(language="en")
    client = Client()
    client.force_login(cast.karin)
    about = ["follow_up", cast.plan.pk, "interim", "xlsx"]
    assert "Write the file" in client.get(reverse("report_file", args=about)).content.decode()
    first = client.post(reverse("report_order", args=about))
    again = client.post(reverse("report_order", args=about))
    assert first.headers["Location"] == again.headers["Location"]
    (pk,) = asked
    state = reverse("report_job_state", args=[pk])
    assert client.get(state).json() | {"text": ""} == {"is_open": True, "checked": 0, "total": 3, "text": ""}
    assert client.get(reverse("report_job_file", args=[pk])).status_code == 404
    assert tasks.write_report(pk)
    assert not tasks.write_report(pk)
    assert not client.get(state).json()["is_open"]
    assert reverse("report_job_file", args=[pk]) in client.get(reverse("report_job", args=[pk])).content.decode()
    response = client.get(reverse("report_job_file", args=[pk]))
    assert b"".join(response.streaming_content)[:2] == b"PK"  # type: ignore[attr-defined]
    other = Client()
    other.force_login(cast.johan)
    assert other.get(reverse("report_job", args=[pk])).status_code == 404


def test_a_format_that_cannot_be_made_is_said_and_made_later(whole: Cast, client: Client, monkeypatch: Any) -> None:
    User.objects.update(language="en")
    client.force_login(whole.johan)
    about = ["follow_up", whole.plan.pk, "interim"]
    with monkeypatch.context() as broken:
        broken.setattr(typesetting, "CHILD", "/nowhere")
        page = client.get(reverse("report_file", args=[*about, "pdf"]), follow=True)
        assert page.redirect_chain == [(reverse("report_page", args=about), 302)]
        assert "The document could not be made" in page.content.decode()
        page = client.post(reverse("report_hand_in", args=about), follow=True)
    assert "Not all files could be written: The document could not be made" in page.content.decode()
    report = HandedInReport.objects.get()
    assert set(report.files.values_list("ending", flat=True)) == {"xlsx", "json"}
    again = reverse("handed_in_write_again", args=[report.pk])
    assert again in page.content.decode()
    assert again not in client.post(again, follow=True).content.decode()
    assert report.files.count() == 4


def test_handing_in_on_the_page_asks_why_and_shows_the_hashes(cast: Cast) -> None:
    make_control(make_risk(cast.plan))
    User.objects.update(language="en")
    client = Client()
    client.force_login(cast.johan)
    url = reverse("report_hand_in", args=["follow_up", cast.plan.pk, "interim"])
    assert "Missing: follow-up (1)" in client.get(url).content.decode()
    assert "The report is not complete" in client.post(url, {"reason": ""}).content.decode()
    response = client.post(url, {"reason": "Ansvarig är sjuk."}, follow=True)
    page = response.content.decode()
    report = HandedInReport.objects.get()
    assert report.content_sha256 in page
    assert all(file.sha256 in page for file in report.files.all())
    assert "Ansvarig är sjuk." in page


def test_an_auditors_files_history_is_for_who_verifies(whole: Cast, client: Client) -> None:
    report = handed_in(whole, "auditors_file", by=whole.eva)
    address = reverse("history", args=["controls", "handedinreport", report.pk])
    for reader, status in ((whole.ake, 200), (whole.eva, 200), (whole.karin, 404), (whole.johan, 404)):
        client.force_login(reader)
        assert client.get(address).status_code == status
        assert client.get(reverse("handed_in_report", args=[report.pk])).status_code == status
