from __future__ import annotations

import hashlib
import io
import zipfile
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from controls.checks import verbs
from controls.checks.evidence import attach_to_check, detach_from_check
from controls.follow_ups.evidence import attach, detach
from controls.models import Evidence
from riskreg import clock
from riskreg.verbs.errors import NotInThisState
from riskreg.web import file_kinds
from tests.cast import Cast
from tests.checks.checks import make_check, monthly
from tests.follow_ups.follow_ups import fresh, in_state, planned

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("today")]


def zipped(**entries: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in entries.items():
            archive.writestr(name.replace("__", "/").replace("_dot_", "."), content)
    return buffer.getvalue()


def office(part: str, *, macros: bool = False) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr(part, "<x/>")
        if macros:
            archive.writestr("word/vbaProject.bin", b"\x00")
    return buffer.getvalue()


def open_document(kind: str) -> bytes:
    return zipped(mimetype=f"application/vnd.oasis.opendocument.{kind}".encode(), content_dot_xml=b"<x/>")


GOOD = {
    "rapport.pdf": b"%PDF-1.7\n%\xe2\xe3\n",
    "protokoll.docx": office("word/document.xml"),
    "lista.xlsx": office("xl/workbook.xml"),
    "lista.ods": open_document("spreadsheet"),
    "brev.odt": open_document("text"),
    "urval.csv": "namn;belopp\nÅsa;12,50\n".encode("cp1252"),
    "anteckning.txt": "Granskat på plats.\n".encode(),
    "anteckning16.txt": "Granskat på plats.\n".encode("utf-16"),
    "skärm.png": b"\x89PNG\r\n\x1a\n" + b"\x00" * 20,
    "foto.JPG": b"\xff\xd8\xff\xe0" + b"\x00" * 20,
    "svar.eml": b"From: bo@lillkoping.example\nSubject: Svar\n\nHej\n",
    "svar.msg": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 20,
}
BAD = {
    "an executable": ("program.exe", b"MZ\x90\x00"),
    "an executable called pdf": ("faktura.pdf", b"MZ\x90\x00"),
    "an executable called txt": ("faktura.txt", b"MZ\x90\x00"),
    "a page": ("sida.html", b"<!doctype html><script>alert(1)</script>"),
    "a page called txt": ("sida.txt", b"  <!DOCTYPE HTML><script>alert(1)</script>"),
    "a page called csv, with a byte order mark": ("sida.csv", b"\xef\xbb\xbf<html><body>"),
    "a page in utf-16 called txt": ("sida.txt", "<html><script>".encode("utf-16")),
    "a drawing with scripts": ("bild.svg", b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>"),
    "a drawing called txt": ("bild.txt", b"<?xml version='1.0'?>\n<svg onload='alert(1)'/>"),
    "a script": ("kod.js", b"alert(1)"),
    "a shell script called txt": ("kod.txt", b"#!/bin/sh\nrm -rf /\n"),
    "a document with macros": ("makro.docx", office("word/document.xml", macros=True)),
    "a workbook called docx": ("lista.docx", office("xl/workbook.xml")),
    "a plain zip called xlsx": ("arkiv.xlsx", zipped(a_dot_txt=b"a")),
    "a damaged docx": ("trasig.docx", b"PK\x03\x04" + b"\x00" * 30),
    "an open document of another kind": ("brev.ods", open_document("text")),
    "zero bytes in a csv": ("data.csv", b"a;b\x00\n"),
    "no extension": ("fil", b"text"),
    "an empty file": ("tom.pdf", b""),
    "two extensions": ("faktura.pdf.exe", b"%PDF-1.7"),
}


def upload(name: str, content: bytes) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content, content_type="text/html")


def stored_files(settings: Any) -> list[Path]:
    return [path for path in Path(settings.MEDIA_ROOT).rglob("*") if path.is_file()]


@pytest.mark.parametrize("name", GOOD)
def test_what_offices_use_is_accepted(name: str) -> None:
    assert name.lower().endswith(file_kinds.recognise_kind(name, io.BytesIO(GOOD[name])).extensions)


@pytest.mark.parametrize("what", BAD)
def test_what_could_run_or_is_not_what_it_says_is_refused_by_name(what: str, cast: Cast, settings: Any) -> None:
    name, content = BAD[what]
    with pytest.raises(ValidationError) as refusal:
        attach(planned(cast), by=cast.karin, file=upload(name, content))
    assert name in refusal.value.messages[0]
    assert Evidence.objects.count() == 0
    assert stored_files(settings) == []


def test_a_refusal_says_what_is_allowed(cast: Cast) -> None:
    with pytest.raises(ValidationError, match=r"pdf, docx, xlsx"):
        attach(planned(cast), by=cast.karin, file=upload("bild.svg", b"<svg/>"))


def test_a_file_over_the_limit_is_refused_with_both_sizes(cast: Cast, settings: Any) -> None:
    settings.EVIDENCE_MAX_BYTES = 1024
    with pytest.raises(ValidationError) as refusal:
        attach(planned(cast), by=cast.karin, file=upload("stor.txt", b"a" * 2048))
    assert "2,0" in refusal.value.messages[0]
    assert "1,0" in refusal.value.messages[0]


def test_evidence_keeps_hash_size_name_and_who(cast: Cast) -> None:
    content = GOOD["rapport.pdf"]
    evidence = attach(planned(cast), by=cast.karin, file=upload("Rapport från Löneenheten.pdf", content))
    assert evidence.sha256 == hashlib.sha256(content).hexdigest()
    assert (evidence.size, evidence.name, evidence.uploaded_by) == (len(content), "Rapport från Löneenheten.pdf", cast.karin)


def test_a_stored_file_has_a_name_nobody_chose(cast: Cast, settings: Any) -> None:
    attach(planned(cast), by=cast.karin, file=upload("../../etc/passwd.txt", b"text"))
    stored = stored_files(settings)
    assert len(stored) == 1
    assert stored[0].parent.name == "evidence"
    assert "passwd" not in stored[0].name


def test_a_name_that_turns_the_reading_direction_is_made_plain(cast: Cast) -> None:
    evidence = attach(planned(cast), by=cast.karin, file=upload("faktura\u202efdp.txt", b"text"))
    assert evidence.name == "fakturafdp.txt"


def test_adding_evidence_starts_a_planned_follow_up_and_counts_as_an_edit(cast: Cast) -> None:
    follow_up = planned(cast, performer=None)
    attach(follow_up, by=cast.karin, file=upload("a.txt", b"text"))
    kept = fresh(follow_up)
    assert (kept.state, kept.performer, kept.last_edited_by) == ("in_progress", cast.karin, cast.karin)


def test_the_same_file_twice_is_refused_kindly_and_leaves_no_file(cast: Cast, settings: Any) -> None:
    follow_up = planned(cast)
    attach(follow_up, by=cast.karin, file=upload("a.txt", b"samma"))
    with pytest.raises(ValidationError, match=r"b\.txt.*a\.txt"):
        attach(follow_up, by=cast.karin, file=upload("b.txt", b"samma"))
    assert len(stored_files(settings)) == 1


def test_the_same_file_may_back_two_follow_ups(cast: Cast) -> None:
    for title in ("Ett", "Två"):
        attach(planned(cast, title), by=cast.karin, file=upload("a.txt", b"samma"))
    assert Evidence.objects.count() == 2


def test_evidence_is_taken_away_with_a_reason_that_the_history_keeps(
    cast: Cast, settings: Any, django_capture_on_commit_callbacks: Any
) -> None:
    follow_up = planned(cast)
    evidence = attach(follow_up, by=cast.karin, file=upload("a.txt", b"fel fil"))
    with django_capture_on_commit_callbacks(execute=True):
        detach(evidence, by=cast.karin, reason="Innehöll personuppgifter.")
    assert fresh(follow_up).evidence.count() == 0
    assert stored_files(settings) == []
    gone = Evidence.history.get(history_type="-")
    assert (gone.name, gone.history_change_reason, gone.history_user_name) == (
        "a.txt",
        "Innehöll personuppgifter.",
        "Karin Lindqvist",
    )


@pytest.mark.parametrize("state", ["submitted", "approved"])
def test_evidence_of_what_was_handed_in_stays(state: str, cast: Cast) -> None:
    follow_up = in_state(cast, "in_progress")
    evidence = attach(follow_up, by=cast.karin, file=upload("a.txt", b"text"))
    Evidence.objects.filter(pk=evidence.pk).update(follow_up=in_state(cast, state, title="Inlämnad"))
    with pytest.raises(NotInThisState):
        detach(Evidence.objects.get(), by=cast.karin, reason="Ångrar mig.")


def test_evidence_backs_either_a_follow_up_or_a_check(cast: Cast) -> None:
    check, file = make_check(monthly(cast), date(2025, 9, 30)), {"name": "a.txt", "file": "evidence/a", "size": 1}
    for both in ({}, {"follow_up": planned(cast), "occasion": check}):
        with pytest.raises(IntegrityError, match="evidence_backs"), transaction.atomic():
            Evidence.objects.create(**file, **both, sha256="0" * 64, uploaded_at=clock.now())


def test_a_checks_evidence_stands_once_it_is_recorded_and_refused_files_leave_nothing(cast: Cast, settings: Any) -> None:
    check = make_check(monthly(cast), date(2025, 9, 30))
    kept = attach_to_check(check, by=cast.karin, file=upload("lista.csv", b"a;b\n"))
    with pytest.raises(ValidationError, match=r"lista\.csv"):
        attach_to_check(check, by=cast.karin, file=upload("igen.csv", b"a;b\n"))
    assert check.history.first().history_change_reason == "Underlag tillagt: lista.csv"
    verbs.complete(check, by=cast.karin, conclusion="no_deviations")
    for refused in (
        lambda: attach_to_check(check, by=cast.karin, file=upload("sen.csv", b"c\n")),
        lambda: detach_from_check(kept, by=cast.karin, reason="Ångrar mig"),
    ):
        with pytest.raises(NotInThisState):
            refused()
    assert len(stored_files(settings)) == Evidence.objects.count() == 1


class TestDownload:
    @pytest.fixture(params=["of a follow-up", "of a check"])
    def evidence(self, cast: Cast, request: pytest.FixtureRequest) -> Evidence:
        file = upload("Löner å.csv", b"a;b\n")
        if request.param == "of a check":
            return attach_to_check(make_check(monthly(cast), date(2025, 9, 30)), by=cast.karin, file=file)
        return attach(planned(cast), by=cast.karin, file=file)

    def get(self, client: Client, evidence: Evidence) -> Any:
        return client.get(reverse("evidence", args=[evidence.pk]))

    @pytest.mark.parametrize("who", ["karin", "johan", "eva", "ake"])
    def test_those_who_see_the_risk_get_the_file_to_save(self, who: str, client: Client, cast: Cast, evidence: Evidence) -> None:
        client.force_login(getattr(cast, who))
        answer = self.get(client, evidence)
        assert b"".join(answer.streaming_content) == b"a;b\n"
        assert answer.headers["Content-Disposition"].startswith("attachment")
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Content-Type"] == "text/csv"
        assert "sandbox" in answer.headers["Content-Security-Policy"]

    @pytest.mark.parametrize("who", ["bo", "ulla", "nils"])
    def test_to_everyone_else_there_is_no_such_file(self, who: str, client: Client, cast: Cast, evidence: Evidence) -> None:
        client.force_login(getattr(cast, who))
        assert self.get(client, evidence).status_code == 404

    def test_a_confidential_risks_evidence_is_hidden_from_those_without_the_right(
        self, client: Client, cast: Cast, evidence: Evidence
    ) -> None:
        backed: Any = evidence.follow_up or evidence.occasion
        risk = backed.control.risk
        risk.is_confidential, risk.confidentiality_section = True, "OSL 18:8"
        risk.save()
        client.force_login(cast.ake)
        assert self.get(client, evidence).status_code == 404
        client.force_login(cast.johan)
        assert self.get(client, evidence).status_code == 200

    def test_a_stranger_is_sent_to_sign_in(self, client: Client, evidence: Evidence) -> None:
        assert self.get(client, evidence).status_code == 302

    def test_only_reading_is_possible(self, client: Client, cast: Cast, evidence: Evidence) -> None:
        client.force_login(cast.karin)
        assert client.post(reverse("evidence", args=[evidence.pk])).status_code == 405

    def test_a_file_missing_from_the_archive_is_a_plain_not_found(self, client: Client, cast: Cast, evidence: Evidence) -> None:
        evidence.file.storage.delete(str(evidence.file.name))
        client.force_login(cast.karin)
        assert self.get(client, evidence).status_code == 404
