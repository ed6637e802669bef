"""Files that have no history are refused when they were exchanged in the store, with all that the database says of them."""

from __future__ import annotations

import gzip
import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from django.test import Client, override_settings
from django.urls import reverse

from controls import tasks
from controls.importing import session, waiting
from controls.models import ImportReading, PlanImport, ReportJob
from controls.reporting import jobs
from riskreg.importing.packed_content import packed, unpacked
from riskreg.importing.tables import UnreadableFile
from riskreg.models import Risk
from riskreg.trail.marks import NOT_OURS, mark_of, marked_hash
from tests.cast import Cast, make_control, make_risk
from tests.importing.test_import_pages import PLAN, preview, upload
from tests.reporting.subjects import subject

pytestmark = [pytest.mark.django_db, pytest.mark.one_engine, pytest.mark.usefixtures("today")]
FORGED = PLAN.replace("Energibrist", "Ingenting särskilt")


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


@pytest.fixture
def eva(cast: Cast, client: Client) -> Client:
    client.force_login(cast.eva)
    return client


@pytest.fixture
def waits(eva: Client, cast: Cast) -> PlanImport:
    return upload(eva, cast, PLAN.encode(), "plan.csv")


@pytest.fixture
def draft(cast: Cast) -> ReportJob:
    make_control(make_risk(cast.plan))
    job, _new = jobs.order(cast.eva, "follow_up", subject(cast, "follow_up"), "xlsx", public=False)
    assert jobs.write(job.pk)
    return ReportJob.objects.get(pk=job.pk)


def forge_what_was_read(waits: PlanImport) -> bytes:
    path = Path(waits.reading.content.path)
    content = unpacked(json.loads(gzip.decompress(path.read_bytes())))
    data = gzip.compress(json.dumps(packed(content)).replace("Energibrist", "Ingenting").encode())
    path.write_bytes(data)
    return data


def test_what_was_read_of_a_plan_and_exchanged_is_neither_shown_nor_imported(eva: Client, cast: Cast, waits: PlanImport) -> None:
    assert "Energibrist" in preview(eva, waits)
    data = forge_what_was_read(waits)
    ImportReading.objects.update(marks={**waits.reading.marks, "content": f"{sha256(data)}.{'0' * 64}"})
    page = preview(eva, waits)
    assert "har ändrats utanför Riskreg" in page
    assert "Ingenting" not in page
    with pytest.raises(UnreadableFile):
        session.confirm(waits.pk, by=cast.eva)
    assert not Risk.objects.exists()


def test_a_mark_of_another_reading_is_none(eva: Client, cast: Cast, waits: PlanImport) -> None:
    other = upload(eva, cast, FORGED.encode(), "annan.csv")
    Path(waits.reading.content.path).write_bytes(Path(other.reading.content.path).read_bytes())
    ImportReading.objects.filter(plan_import=waits).update(marks=other.reading.marks)
    with pytest.raises(UnreadableFile) as caught:
        session.confirm(waits.pk, by=cast.eva)
    assert caught.value.code == "altered"


def test_an_uploaded_plan_that_was_exchanged_while_it_waited_is_not_read(
    eva: Client, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(waiting, "perform", lambda reading: False)
    monkeypatch.setattr(tasks.read_import, "delay_on_commit", lambda reading: None)
    waits = upload(eva, cast, PLAN.encode(), "plan.csv")
    Path(waits.file.path).write_bytes(FORGED.encode())
    PlanImport.objects.update(sha256=sha256(FORGED.encode()))
    monkeypatch.undo()
    assert waiting.perform(waits.reading.pk)
    assert ImportReading.objects.get().problem["code"] == "altered"
    assert "har ändrats utanför Riskreg" in preview(eva, waits)


def test_a_report_that_was_exchanged_is_not_handed_out(eva: Client, draft: ReportJob) -> None:
    address = reverse("report_job_file", args=[draft.pk])
    assert eva.get(address).status_code == 200
    Path(draft.file.path).write_bytes(b"PK\x03\x04 SOMETHING ELSE")
    answers = []
    for mark in (draft.mark, f"{sha256(b'PK' + bytes([3, 4]) + b' SOMETHING ELSE')}.{'0' * 64}", "", "-", "."):
        ReportJob.objects.update(mark=mark)
        answers.append(eva.get(address).status_code)
    assert answers == [409, 409, 404, 409, 409]


def test_a_mark_is_of_this_record_column_and_installation(draft: ReportJob) -> None:
    mark = mark_of(draft, "file", "0" * 64)
    other: Any = ReportJob(pk=draft.pk + 1)
    assert marked_hash(draft, "file", mark) == "0" * 64
    assert {marked_hash(other, "file", mark), marked_hash(draft, "name", mark), marked_hash(draft, "file", "")} == {NOT_OURS}
    with override_settings(SECRET_KEY="another"):
        assert marked_hash(draft, "file", mark) == NOT_OURS
