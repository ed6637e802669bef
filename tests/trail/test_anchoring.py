"""When the head is anchored: after sealings and on request, also of a place that was away; and what a kept copy is good for."""

from __future__ import annotations

import subprocess
import sys
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from celery.exceptions import SoftTimeLimitExceeded
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from config import env
from riskreg import tasks
from riskreg.models import Anchor
from riskreg.trail import verify_export
from riskreg.trail.anchors import lines, making
from riskreg.trail.anchors.checking import known_keys
from riskreg.trail.anchors.signing import own_public_key
from riskreg.trail.anchors.start import check_anchors
from riskreg.trail.export import export_lines
from riskreg.trail.seals import head, seal
from riskreg.trail.verification import verify
from tests.cast import PASSWORD, make_risk
from tests.trail.anchoring import change_the_time, make_all_seals_again, raw
from tests.trail.conftest import SealedTrail


def test_a_place_that_is_away_delays_nothing_and_is_tried_again(
    sealed: SealedTrail, log: Path, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tasks.anchor_trail, "delay", tasks.anchor_trail)
    log.parent.rename(log.parent.with_name("away"))
    make_risk(sealed.cast.plan, "Ny")
    assert tasks.seal_trail() == str(head())
    (waiting,) = Anchor.objects.all()
    assert (waiting.made_at, waiting.attempts) == (None, 1)
    assert waiting.problem.startswith("file_missing:")
    assert making.make_waiting(timezone.now()).failed == 0, "its turn has not come"
    client = Client()
    client.login(username=sealed.cast.eva.email, password=PASSWORD)
    for page in ("operation", "trail"):
        assert "Mappen för filen finns inte." in client.get(reverse(page)).content.decode()
        assert "Inte förankrad" in client.get(reverse(page)).content.decode()
    assert [each.id for each in check_anchors()] == ["riskreg.W101"]
    log.parent.with_name("away").rename(log.parent)
    assert making.make_waiting(timezone.now() + timedelta(hours=3)).made == 1
    assert "Inte förankrad" not in client.get(reverse("operation")).content.decode()
    assert check_anchors() == []


def test_what_nobody_foresaw_is_noted_and_the_next_place_is_anchored(
    sealed: SealedTrail, log: Path, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    def fail(*_args: Any) -> bytes:
        raise SoftTimeLimitExceeded

    monkeypatch.setattr("riskreg.trail.anchors.stamps.request_stamp", fail)
    settings.TRAIL_ANCHOR = [("tsa", "https://tsa.example/tsr"), *settings.TRAIL_ANCHOR]
    making.ask(timezone.now())
    outcome = making.make_waiting(timezone.now())
    assert (outcome.made, outcome.failed) == (1, 1)
    assert "SoftTimeLimitExceeded" in Anchor.objects.get(kind="tsa").problem
    assert lines.read(log.open("rb")).lines == 1


def test_a_newer_head_takes_the_place_of_one_that_waits(sealed: SealedTrail, log: Path) -> None:
    making.ask(timezone.now())
    make_risk(sealed.cast.plan, "Ny")
    seal(timezone.now())
    making.ask(timezone.now())
    assert [anchor.head for anchor in Anchor.objects.all()] == [str(head())]


def test_of_two_workers_one_makes_the_anchor(sealed: SealedTrail, log: Path) -> None:
    making.ask(timezone.now())
    (anchor,) = Anchor.objects.all()
    assert making._claim(anchor, timezone.now())
    assert not making._claim(anchor, timezone.now())


def test_a_kept_copy_finds_what_the_register_has_forgotten(
    anchored: SealedTrail, log: Path, tmp_path: Path, settings: Any
) -> None:
    copy, out = tmp_path / "kept.jsonl", StringIO()
    copy.write_bytes(log.read_bytes())
    key = own_public_key()
    call_command("verify_trail", anchors=[copy], anchor_key=[key], no_files=True, stdout=out)
    assert key in out.getvalue()
    make_all_seals_again()
    log.unlink()
    assert verify().is_intact, "nothing in the house tells"
    with pytest.raises(CommandError) as refused:
        call_command("verify_trail", anchors=[copy], no_files=True, stdout=out)
    assert refused.value.returncode == 1


def test_the_verifier_without_the_product_asks_for_the_anchored_heads_of_a_kept_copy(
    anchored: SealedTrail, log: Path, tmp_path: Path
) -> None:
    copy, export = tmp_path / "kept.jsonl", tmp_path / "export.jsonl"
    copy.write_bytes(log.read_bytes() + b'{"at":"2025-')

    def run() -> subprocess.CompletedProcess[str]:
        export.write_text("".join(export_lines(None, timezone.now())), encoding="utf-8", newline="\n")
        command = [sys.executable, "-I", verify_export.__file__, str(export), "--anchors", str(copy)]
        return subprocess.run(command, capture_output=True, text=True, check=False)

    answer = run()
    assert (answer.returncode, answer.stderr) == (0, "")
    assert "3 anchored heads" in answer.stdout
    make_all_seals_again()
    make_risk(anchored.cast.plan, "Till")
    for _ in range(6):  # as many seals as before, so that every anchored number is there
        make_risk(anchored.cast.plan, "Till")
        seal(timezone.now() + timedelta(seconds=2))
    assert "no seal has the anchored hash" in run().stderr
    change_the_time(copy)
    assert "does not follow from the line before it" in run().stderr


def test_a_kept_copy_that_was_altered_or_is_none_is_refused(anchored: SealedTrail, log: Path, tmp_path: Path) -> None:
    copy, out = tmp_path / "kept.jsonl", StringIO()
    copy.write_bytes(log.read_bytes())
    change_the_time(copy)
    with pytest.raises(CommandError) as refused:
        call_command("verify_trail", anchors=[copy], no_files=True, stdout=out)
    assert refused.value.returncode == 1
    assert "Rad 1 " in out.getvalue()
    with pytest.raises(CommandError) as refused:
        call_command("verify_trail", anchors=[log], anchor_key=["ab" * 32], no_files=True, stdout=out)
    assert refused.value.returncode == 1
    copy.write_bytes(b"something else\n")
    for path in (copy, tmp_path / "none"):
        with pytest.raises(CommandError) as refused:
            call_command("verify_trail", anchors=[path], no_files=True, stdout=out)
        assert refused.value.returncode == 2


def test_on_request_by_the_command(sealed: SealedTrail, log: Path, settings: Any) -> None:
    make_risk(sealed.cast.plan, "Ny")
    out = StringIO()
    call_command("anchor_trail", stdout=out)
    assert str(head()) in out.getvalue()
    assert len(raw(log)) == 1
    settings.TRAIL_ANCHOR = [("file", str(log.parent / "none" / "a.log"))]
    with pytest.raises(CommandError) as refused:
        call_command("anchor_trail", stdout=out)
    assert refused.value.returncode == 1
    settings.TRAIL_ANCHOR = []
    with pytest.raises(CommandError) as refused:
        call_command("anchor_trail", stdout=out)
    assert refused.value.returncode == 2


def test_on_request_by_the_page_and_the_file_is_downloaded_from_it(
    sealed: SealedTrail, log: Path, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any
) -> None:
    handed: list[bool] = []

    def hand_over(*, at_once: bool) -> None:
        handed.append(at_once)

    monkeypatch.setattr(tasks.anchor_trail, "delay", hand_over)
    make_risk(sealed.cast.plan, "Ny")
    client = Client()
    client.login(username=sealed.cast.ake.email, password=PASSWORD)
    with django_capture_on_commit_callbacks(execute=True):
        page = client.post(reverse("trail_anchor"), follow=True)
    assert handed == [True]
    assert "Väntar på att jobbet körs" in page.content.decode()
    assert client.get(reverse("trail_anchor_file", args=[0])).status_code == 404
    tasks.anchor_trail(at_once=True)
    page = client.get(reverse("trail"))
    assert own_public_key() in page.content.decode()
    response = client.get(reverse("trail_anchor_file", args=[0]))
    assert b"".join(response.streaming_content) == log.read_bytes()  # type: ignore[attr-defined]
    assert "attachment" in response.headers["Content-Disposition"]
    assert client.get(reverse("trail_anchor_file", args=[7])).status_code == 404
    assert known_keys() == {own_public_key()}


@pytest.mark.parametrize(
    "value",
    [
        "file:anchors.log",
        "file:",
        "tsa:http://tsa.example/tsr",
        "tsa:ftp://x/",
        "tsa:https://u:pw@tsa.example/",
        "anchors.log",
    ],
)
def test_a_place_that_is_none_stops_the_start_with_its_name(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRAIL_ANCHOR", value)
    with pytest.raises(ImproperlyConfigured, match="TRAIL_ANCHOR"):
        env.anchors("TRAIL_ANCHOR")


def test_several_places_are_separated_by_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRAIL_ANCHOR", "file:/srv/a.log, tsa:https://tsa.example/tsr,tsa:http://127.0.0.1:3180/")
    assert env.anchors("TRAIL_ANCHOR") == [
        ("file", "/srv/a.log"),
        ("tsa", "https://tsa.example/tsr"),
        ("tsa", "http://127.0.0.1:3180/"),
    ]
    monkeypatch.delenv("TRAIL_ANCHOR")
    assert env.anchors("TRAIL_ANCHOR") == []
