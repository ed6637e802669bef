"""An uploaded file is read outside every transaction and within limits; the page waits for it, and it is read once."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import zlib
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.core.files.storage import default_storage
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import translation

from controls import operation, tasks
from controls.importing import session, waiting
from controls.importing.reading import read
from controls.importing.session import preview as preview_of
from controls.models import ImportReading, PlanImport
from riskreg import clock
from riskreg.importing import text_limits
from riskreg.importing.cells import Content
from riskreg.importing.confined import read_confined
from riskreg.importing.packed_content import unpacked
from riskreg.importing.tables import Limits, UnreadableFile, read_content
from riskreg.models import Risk, Unit
from riskreg.verbs.errors import Refused
from tests.cast import Cast, make_cast

from .documents import FILES, SHORT_PLAN, docx_of
from .test_import_pages import PLAN, act, form, preview, upload
from .test_unreadable_files import pdf_of

pytestmark = pytest.mark.django_db
PDF = (FILES / "follow_up.pdf").read_bytes()


@pytest.fixture
def eva(cast: Cast, client: Client) -> Client:
    client.force_login(cast.eva)
    return client


@pytest.fixture
def handed(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The readings that were handed to the worker."""
    ids: list[int] = []
    monkeypatch.setattr(tasks.read_import, "delay_on_commit", ids.append)
    return ids


def bomb() -> bytes:
    packed = zlib.compress(zlib.compress(bytes(2**28), 9), 9)
    stream = b"4 0 obj\n<</Length %d /Filter [/FlateDecode /FlateDecode]>>\nstream\n%s\nendstream\nendobj\n" % (
        len(packed),
        packed,
    )
    return pdf_of(b"/Contents [" + b"4 0 R " * 100 + b"]", stream)


def progress(client: Client, plan_import: PlanImport) -> Any:
    address = reverse("admin:controls_planimport_change", args=[plan_import.pk])
    return json.loads(client.get(address, {"progress": "1"}).content)


@pytest.mark.parametrize(("name", "body"), [("plan.csv", PLAN), ("plan.docx", docx_of(SHORT_PLAN))])
def test_a_small_file_is_read_while_the_user_waits(eva, cast, handed, name, body):
    plan_import = upload(eva, cast, body, name)
    assert (plan_import.reading.state, handed) == ("done", [])
    assert "Energibrist" in preview(eva, plan_import)


def test_a_pdf_is_read_by_the_worker_and_the_page_waits_for_it(eva, cast, handed):
    plan_import = upload(eva, cast, PDF, "uppföljning.pdf")
    assert handed == [plan_import.reading.pk]
    page = preview(eva, plan_import)
    assert page.count("Filen läses") == 2
    assert "Väntar på bekräftelse" not in page
    assert 'data-verification="?progress=1"' in page
    assert 'name="_confirm"' not in page
    assert progress(eva, plan_import)["is_open"]
    assert tasks.read_import(handed[0])
    assert not progress(eva, plan_import)["is_open"]
    assert "Dubbla utbetalningar" in preview(eva, plan_import)
    assert not tasks.read_import(handed[0])


def test_a_file_that_has_not_been_read_is_not_imported(eva, cast, handed):
    plan_import = upload(eva, cast, PDF, "uppföljning.pdf")
    answer = eva.post(reverse("admin:controls_planimport_change", args=[plan_import.pk]), {"_confirm": "1"}, follow=True)
    assert "Filen läses fortfarande" in answer.content.decode()
    assert Risk.objects.count() == 0


def test_the_page_says_when_no_worker_answers(eva, cast, handed, monkeypatch):
    plan_import = upload(eva, cast, PDF, "uppföljning.pdf")
    ImportReading.objects.update(seen_at=clock.now() - timedelta(minutes=2))
    assert "Bakgrundsprocessen har varit tyst" in progress(eva, plan_import)["text"]
    silent = operation.Pulse(None, None, timedelta(hours=1))
    monkeypatch.setattr(operation, "pulse", lambda now: silent)
    assert 'role="alert"' in preview(eva, plan_import)
    queued: list[int] = []
    monkeypatch.setattr(tasks.read_import, "delay", queued.append)
    assert tasks.resume_import_readings() == 1
    assert queued == [plan_import.reading.pk]


def test_preview_and_confirmation_do_not_read_the_file_again(eva, cast, monkeypatch):
    plan_import = upload(eva, cast)
    default_storage.delete(str(plan_import.file.name))
    monkeypatch.setattr(waiting, "read_content", lambda *args, **options: pytest.fail("read again"))
    assert "Energibrist" in preview(eva, plan_import)
    act(eva, plan_import, "_confirm")
    assert Risk.objects.get().title == "Energibrist"


def test_what_was_read_is_unfolded_before_anything_is_locked(eva, cast, monkeypatch):
    plan_import = upload(eva, cast)
    nested: list[bool] = []
    outside = len(connection.savepoint_ids)

    def seen(data: dict[str, Any]) -> Content:
        nested.append(len(connection.savepoint_ids) > outside)
        return unpacked(data)

    monkeypatch.setattr(waiting, "unpacked", seen)
    act(eva, plan_import, "_confirm")
    assert nested == [False]
    assert Risk.objects.count() == 1


def test_what_is_confirmed_is_what_was_read_with_the_answers_there_are(eva, cast, monkeypatch):
    plan_import = upload(eva, cast)

    def answered_meanwhile(*given: Any) -> Any:
        PlanImport.objects.update(answers={"any": "yes"})
        return read(*given)

    monkeypatch.setattr(session, "read", answered_meanwhile)
    with pytest.raises(Refused, match="just now"), translation.override("en"):
        session.confirm(plan_import.pk, by=cast.eva)
    assert Risk.objects.count() == 0


def test_an_import_whose_reading_is_gone_says_what_to_do(eva, cast):
    plan_import = upload(eva, cast)
    default_storage.delete(str(plan_import.reading.content.name))
    page = preview(eva, plan_import)
    assert "Lägg filen åt sidan och ladda upp den igen" in page
    assert 'name="_abandon"' in page


def test_a_file_of_more_cells_than_a_page_can_show_is_refused(eva, cast, monkeypatch):
    monkeypatch.setattr(text_limits, "MAX_CELLS", 9)
    assert "fler än 9 celler" in preview(eva, upload(eva, cast))


@pytest.mark.parametrize("verb", ["_confirm", "_abandon"])
def test_what_was_read_is_deleted_when_the_import_is_over(eva, cast, django_capture_on_commit_callbacks, verb):
    plan_import = upload(eva, cast)
    name = str(plan_import.reading.content.name)
    assert default_storage.exists(name)
    with django_capture_on_commit_callbacks(execute=True):
        act(eva, plan_import, verb)
    assert not default_storage.exists(name)
    assert not ImportReading.objects.exists()


def test_a_file_put_aside_while_it_waits_is_not_read(eva, cast, handed):
    plan_import = upload(eva, cast, PDF, "uppföljning.pdf")
    act(eva, plan_import, "_abandon")
    assert not tasks.read_import(handed[0])


def test_a_file_that_turns_out_unreadable_says_why_and_what_to_do(eva, cast, handed):
    plan_import = upload(eva, cast, pdf_of(), "plan.pdf")
    tasks.read_import(handed[0])
    page = preview(eva, plan_import)
    assert "inskannad" in page
    assert 'name="_abandon"' in page


def test_a_file_that_needs_more_than_the_limits_is_refused_with_advice(eva, cast, handed, settings):
    settings.IMPORT_READING_SECONDS = 2
    plan_import = upload(eva, cast, bomb(), "plan.pdf")
    tasks.read_import(handed[0])
    assert "för mycket tid eller minne" in preview(eva, plan_import)


def test_a_process_that_needs_more_memory_than_it_may_is_ended():
    with pytest.raises(UnreadableFile) as caught:
        read_confined("pdf", PDF, max_rows=100, limits=Limits(memory=40 * 2**20))
    assert caught.value.code in {"too_demanding", "damaged"}


def test_the_share_of_the_pages_that_are_read_is_told():
    told: list[float] = []
    read_content(FILES / "follow_up.pdf", "uppföljning.pdf", tell=told.append)
    assert told == [0.5, 1.0]


def test_a_reading_that_three_workers_died_over_is_given_up(eva, cast, handed):
    plan_import = upload(eva, cast, PDF, "uppföljning.pdf")
    ImportReading.objects.update(attempts=3)
    tasks.read_import(handed[0])
    with pytest.raises(UnreadableFile):
        preview_of(plan_import, by=cast.eva)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("name", "body"), [("plan.csv", PLAN.encode()), ("plan.pdf", PDF)])
def test_others_can_write_while_a_file_is_read(client, monkeypatch, name, body):
    """The lock is measured, not the clock: while the reader stands still, another connection writes."""
    cast = make_cast()
    client.force_login(cast.eva)
    written: list[int] = []
    real = read_content

    def standing_still(*args: Any, **options: Any) -> Any:
        def write() -> None:
            written.append(Unit.objects.filter(pk=cast.board.pk).update(name="Skrivet medan filen läses"))
            connection.close()

        other = threading.Thread(target=write)
        other.start()
        other.join(timeout=60)
        return real(*args, **options)

    monkeypatch.setattr(waiting, "read_content", standing_still)
    monkeypatch.setattr(tasks.read_import, "delay_on_commit", tasks.read_import)
    answer = client.post(reverse("admin:controls_planimport_add"), form(cast, body, name))
    assert answer.status_code == 302
    assert written == [1]
    assert ImportReading.objects.get().state == "done"


@pytest.mark.parametrize("kind", ["docx", "json", "ods", "xls", "xlsx"])
def test_the_process_that_reads_starts_without_the_framework(kind):
    """It reads a small file in less time than Django takes to start."""
    code = f"import sys, riskreg.importing.confined_child, riskreg.importing.readers.{kind}; sys.exit('django' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=settings.BASE_DIR, check=False).returncode == 0
