from __future__ import annotations

import json
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from riskreg import tasks
from riskreg.models import Risk, Verification
from riskreg.trail import runs
from riskreg.trail.seals import head, seal, unsealed_count
from riskreg.trail.verify_export import verify as verify_export
from riskreg.work_queue import MOST_ATTEMPTS
from tests.cast import PASSWORD, Cast, make_risk
from tests.trail import tampering
from tests.trail.conftest import SealedTrail

PAGES = ["trail", "trail_export", "trail_verifier", "trail_algorithm"]


def signed_in(cast: Cast, name: str) -> Client:
    client = Client()
    assert client.login(username=getattr(cast, name).email, password=PASSWORD)
    return client


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize(
    ("who", "status"), [("eva", 200), ("ake", 200), ("karin", 403), ("johan", 403), ("siv", 403), ("nils", 403)]
)
def test_auditors_and_controllers_open_the_pages_and_nobody_else(sealed: SealedTrail, page: str, who: str, status: int) -> None:
    assert signed_in(sealed.cast, who).get(reverse(page)).status_code == status


@pytest.mark.parametrize("page", PAGES)
def test_who_is_not_signed_in_is_asked_to(db: None, page: str) -> None:
    assert Client().get(reverse(page)).status_code == 302


def test_only_who_may_verify_starts_a_verification(sealed: SealedTrail) -> None:
    assert signed_in(sealed.cast, "karin").post(reverse("trail_verify")).status_code == 403
    assert signed_in(sealed.cast, "ake").get(reverse("trail_verify")).status_code == 405
    assert not Verification.objects.exists()


def test_looking_at_the_page_writes_nothing(sealed: SealedTrail) -> None:
    client = signed_in(sealed.cast, "ake")
    with CaptureQueriesContext(connection) as queries:
        client.get(reverse("trail"))
    written = [query["sql"] for query in queries if query["sql"].split()[0] in {"INSERT", "UPDATE", "DELETE"}]
    assert written == []


def test_the_page_shows_the_head_the_seals_and_what_is_not_sealed(sealed: SealedTrail) -> None:
    make_risk(sealed.cast.plan)
    response = signed_in(sealed.cast, "ake").get(reverse("trail"))
    assert str(head()) in response.content.decode()
    assert response.context["unsealed"] == unsealed_count() > 0
    assert len(response.context["page_obj"]) == 3


def test_a_small_trail_is_verified_at_once(sealed: SealedTrail) -> None:
    client = signed_in(sealed.cast, "ake")
    response = client.post(reverse("trail_verify"), {"head": str(sealed.seals[0])}, follow=True)
    done = Verification.objects.get()
    assert (done.state, done.found, done.asked_by_name) == ("done", 0, "Åke Öberg")
    assert (done.head_seq, done.head_hash) == (3, sealed.seals[2].hash)
    assert response.context["latest"].is_intact


def test_an_alteration_is_shown_in_words_and_the_record_named_to_who_sees_it(sealed: SealedTrail) -> None:
    risk = sealed.risks[1]
    risk.is_confidential, risk.confidentiality_section = True, "OSL 18:8"
    risk.save()
    tampering.change(sealed.rows[1][1], "title", "Elpriser")
    page = signed_in(sealed.cast, "eva").post(reverse("trail_verify"), follow=True)
    assert not page.context["latest"].is_intact
    assert "Energibrist" in page.content.decode()
    assert str(sealed.rows[1][1]) in page.content.decode()
    page = signed_in(sealed.cast, "ake").get(reverse("trail"))
    assert "Energibrist" not in page.content.decode()
    assert str(sealed.rows[1][1]) in page.content.decode()


def test_a_head_that_is_not_in_the_chain_is_an_alteration(sealed: SealedTrail) -> None:
    signed_in(sealed.cast, "ake").post(reverse("trail_verify"), {"head": "3:" + "ab" * 32})
    assert [found["kind"] for found in Verification.objects.get().findings] == ["head_unknown"]


def test_a_seal_that_an_earlier_verification_saw_must_still_be_there(sealed: SealedTrail) -> None:
    client = signed_in(sealed.cast, "ake")
    client.post(reverse("trail_verify"))
    tampering.delete_seal(3)
    client.post(reverse("trail_verify"))
    latest = Verification.objects.latest()
    assert [found["kind"] for found in latest.findings] == ["head_unknown"]


def test_a_long_trail_is_verified_by_the_worker(
    sealed: SealedTrail, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any
) -> None:
    monkeypatch.setattr(runs, "SMALL", 5)
    handed: list[int] = []
    monkeypatch.setattr(tasks.verify_trail, "delay", handed.append)
    client = signed_in(sealed.cast, "ake")
    with django_capture_on_commit_callbacks(execute=True):
        page = client.post(reverse("trail_verify"), follow=True)
    waiting = Verification.objects.get()
    assert handed == [waiting.pk]
    assert page.context["is_under_way"]
    assert reverse("trail_verification", args=[waiting.pk]) in page.content.decode()
    status = client.get(reverse("trail_verification", args=[waiting.pk])).json()
    assert (status["is_open"], status["checked"]) == (True, 0)
    with django_capture_on_commit_callbacks(execute=True):
        client.post(reverse("trail_verify"))
    assert handed == [waiting.pk], "one verification at a time"
    assert tasks.verify_trail(waiting.pk) is True
    assert tasks.verify_trail(waiting.pk) is False
    assert not client.get(reverse("trail_verification", args=[waiting.pk])).json()["is_open"]
    assert client.get(reverse("trail")).context["latest"].is_intact


def test_a_verification_whose_worker_died_can_be_run_again(sealed: SealedTrail) -> None:
    long_ago = timezone.now() - timedelta(minutes=20)
    dead = Verification.objects.create(state="running", asked_at=long_ago, seen_at=long_ago)
    client = signed_in(sealed.cast, "ake")
    assert client.get(reverse("trail")).context["is_stalled"]
    assert runs.run(dead.pk) is True
    alive = Verification.objects.create(state="running", asked_at=timezone.now(), seen_at=timezone.now())
    assert runs.run(alive.pk) is False


def test_a_verification_over_which_three_workers_died_is_tried_no_more(
    sealed: SealedTrail, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked, _is_new = runs.ask(sealed.cast.ake, "", timezone.now())

    def killed(*_: object, **__: object) -> None:
        raise SystemExit

    def leave(row: Verification, state: str) -> None:
        """What a kill leaves: the row as it was, silent from then on."""
        Verification.objects.filter(pk=row.pk).update(seen_at=timezone.now() - timedelta(minutes=20))

    with monkeypatch.context() as patch:
        patch.setattr(runs, "verify", killed)
        patch.setattr(runs.QUEUE, "end", leave)
        for _worker in range(MOST_ATTEMPTS):
            with pytest.raises(SystemExit):
                runs.run(asked.pk)
    assert runs.run(asked.pk) is False
    asked.refresh_from_db()
    assert (asked.state, asked.attempts, asked.findings) == ("failed", MOST_ATTEMPTS + 1, [])
    assert runs.run(asked.pk) is False
    assert "Den senaste kontrollen" in signed_in(sealed.cast, "ake").get(reverse("trail")).content.decode()


def test_a_verification_that_breaks_says_so(sealed: SealedTrail, monkeypatch: pytest.MonkeyPatch) -> None:
    asked, _is_new = runs.ask(sealed.cast.ake, "", timezone.now())

    def broken(*_: object, **__: object) -> None:
        raise RuntimeError

    monkeypatch.setattr(runs, "verify", broken)
    with pytest.raises(RuntimeError):
        runs.run(asked.pk)
    assert Verification.objects.get().state == "failed"
    assert signed_in(sealed.cast, "ake").get(reverse("trail")).status_code == 200


def test_the_downloads_verify(sealed: SealedTrail) -> None:
    client = signed_in(sealed.cast, "ake")
    response = client.get(reverse("trail_export"))
    assert "attachment" in response.headers["Content-Disposition"]
    text = b"".join(response.streaming_content).decode()  # type: ignore[attr-defined]
    assert verify_export(StringIO(text, newline="\n"), str(head()))["seals"] == 3
    assert json.loads(text.split("\n", 1)[0])["kind"] == "export"
    verifier = b"".join(client.get(reverse("trail_verifier")).streaming_content)  # type: ignore[attr-defined]
    assert b"def verify(" in verifier
    document = b"".join(client.get(reverse("trail_algorithm")).streaming_content)  # type: ignore[attr-defined]
    assert "A worked example" in document.decode()


def test_the_page_is_there_before_anything_is_sealed(cast: Cast) -> None:
    assert signed_in(cast, "ake").get(reverse("trail")).status_code == 200


def test_the_command_names_the_record_and_fails(sealed: SealedTrail) -> None:
    tampering.change(sealed.rows[1][1], "title", "Elpriser")
    out = StringIO()
    with pytest.raises(CommandError):
        call_command("verify_trail", stdout=out)
    assert "Energibrist" in out.getvalue()
    assert str(sealed.rows[1][1]) in out.getvalue()


def test_the_command_is_content_with_an_intact_trail(sealed: SealedTrail) -> None:
    out = StringIO()
    call_command("verify_trail", head=[str(head())], stdout=out)
    assert str(head()) in out.getvalue()


@pytest.mark.django_db(transaction=True)
def test_the_worker_seals_and_verifies(celery_worker_process: Any) -> None:
    from tests.cast import make_cast

    make_cast()
    assert tasks.seal_trail.apply_async(ignore_result=False).get(timeout=30) == str(head())
    asked, _is_new = runs.ask(None, "", timezone.now())
    assert tasks.verify_trail.apply_async((asked.pk,), ignore_result=False).get(timeout=30) is True
    assert Verification.objects.get().is_intact
    assert seal(timezone.now()) is None
    assert Risk.objects.count() == 0
