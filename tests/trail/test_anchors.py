"""The head anchored outside: signed lines in an append-only file; what was rewritten is found by whoever kept one."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from datetime import timedelta
from io import StringIO
from pathlib import Path
from threading import Thread
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
from riskreg.models import Anchor, Seal, SealedRow
from riskreg.trail import runs, verify_export
from riskreg.trail.anchors import lines, making
from riskreg.trail.anchors.checking import known_keys
from riskreg.trail.anchors.signing import KeyUnusable, own_public_key, public_half, signing_key
from riskreg.trail.anchors.start import check_anchors
from riskreg.trail.export import export_lines
from riskreg.trail.findings import Kind, state
from riskreg.trail.seals import head, seal
from riskreg.trail.verification import verify
from tests.cast import PASSWORD, make_risk
from tests.trail import tampering
from tests.trail.conftest import SealedTrail


@pytest.fixture
def log(tmp_path: Path, settings: Any) -> Path:
    """The setting names a file; the key is made beside it."""
    path = tmp_path / "share" / "anchors.log"
    path.parent.mkdir()
    settings.TRAIL_ANCHOR = [("file", str(path))]
    settings.TRAIL_ANCHOR_KEY = str(tmp_path / "key")
    return path


@pytest.fixture
def anchored(sealed: SealedTrail, log: Path) -> SealedTrail:
    """Three lines: one after each of the last sealings."""
    for title in ("Ett", "Två", "Tre"):
        make_risk(sealed.cast.plan, title)
        assert seal(timezone.now())
        making.ask(timezone.now())
        assert making.make_waiting(timezone.now()).made == 1
    assert verify().is_intact
    return sealed


def kinds() -> list[str]:
    return sorted({finding.kind for finding in verify().findings})


def raw(path: Path) -> list[bytes]:
    return path.read_bytes().splitlines()


def make_all_seals_again() -> None:
    """What somebody with the database's password can do: everything at once, consistent in itself."""
    SealedRow.objects.all().delete()
    Seal.objects.all().delete()
    Anchor.objects.all().delete()
    assert seal(timezone.now() + timedelta(seconds=1))


def test_a_line_says_head_and_time_is_signed_and_follows_from_the_one_before(anchored: SealedTrail, log: Path) -> None:
    reading = lines.read(log.open("rb"))
    assert (reading.lines, reading.altered, reading.cut_off) == (3, [], 0)
    assert list(reading.keys) == [own_public_key()]
    assert reading.heads[-1] == (3, str(head()))
    assert json.loads(raw(log)[0])["previous"] == "0" * 64
    assert stat.S_IMODE(log.stat().st_mode) == 0o600


def test_the_key_is_made_once_and_for_the_product_alone(log: Path, settings: Any) -> None:
    first = own_public_key() or "none"
    keys: list[Any] = []
    threads = [Thread(target=lambda: keys.append(signing_key())) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert first == "none"
    assert {public_half(key) for key in keys} == {own_public_key()}
    path = Path(settings.TRAIL_ANCHOR_KEY)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [each.name for each in path.parent.iterdir() if each.name.startswith(".")] == []
    path.write_text("no key", encoding="ascii")
    with pytest.raises(KeyUnusable):
        signing_key()


def test_a_head_is_anchored_once_however_often_it_is_asked_for(anchored: SealedTrail, log: Path) -> None:
    assert making.ask(timezone.now()) == 0
    assert making.make_waiting(timezone.now(), at_once=True).made == 0
    assert len(raw(log)) == 3


def test_the_file_is_only_appended_to(anchored: SealedTrail, log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As `chattr +a` demands: never opened for writing without O_APPEND, never cut, never renamed."""
    opened: list[int] = []
    really = os.open

    def spy(path: Any, flags: int, *args: Any, **kwargs: Any) -> int:
        if str(path) == str(log):
            opened.append(flags)
        return really(path, flags, *args, **kwargs)

    before, number = log.read_bytes(), log.stat().st_ino
    monkeypatch.setattr(os, "open", spy)
    make_risk(anchored.cast.plan, "Fyra")
    seal(timezone.now())
    making.ask(timezone.now())
    making.make_waiting(timezone.now())
    assert opened
    assert all(flags & os.O_APPEND and not flags & os.O_TRUNC for flags in opened)
    assert log.read_bytes().startswith(before)
    assert log.stat().st_ino == number


def test_rewriting_everything_at_once_is_found_by_the_file(anchored: SealedTrail) -> None:
    old = str(head())
    tampering.change(anchored.rows[0][0], "title", "Omskriven")
    make_all_seals_again()
    outcome = verify()
    found = [one for one in outcome.findings if one.kind == Kind.HEAD_ANCHORED]
    assert old in {one.detail for one in found}
    assert "förankrades utanför registret" in state(found, None)[0].text


def test_a_register_without_a_single_seal_is_found_by_the_file(anchored: SealedTrail) -> None:
    SealedRow.objects.all().delete()
    Seal.objects.all().delete()
    Anchor.objects.all().delete()
    assert {"head_anchored", "no_seals"} <= set(kinds())


def shorten(log: Path) -> None:
    log.write_bytes(b"".join(log.read_bytes().splitlines(keepends=True)[:-1]))


def remove_one(log: Path) -> None:
    first, _second, third = log.read_bytes().splitlines(keepends=True)
    log.write_bytes(first + third)


def change_the_time(log: Path) -> None:
    first, *rest = log.read_bytes().splitlines(keepends=True)
    line = json.loads(first)
    line["at"] = "2025-01-01T00:00:00.000000Z"
    log.write_bytes(json.dumps(line, sort_keys=True, separators=(",", ":")).encode() + b"\n" + b"".join(rest))


def blank_a_line(log: Path) -> None:
    first, _second, third = log.read_bytes().splitlines(keepends=True)
    log.write_bytes(first + b"\n" + third)


def empty(log: Path) -> None:
    log.write_bytes(b"")


def remove(log: Path) -> None:
    log.unlink()


@pytest.mark.parametrize(
    ("alter", "found"),
    [
        (shorten, ["anchor_cut"]),
        (remove_one, ["anchor_cut", "anchor_line"]),
        (change_the_time, ["anchor_cut", "anchor_line"]),
        (blank_a_line, ["anchor_cut", "anchor_line"]),
        (empty, ["anchor_cut"]),
        (remove, ["anchor_gone"]),
    ],
)
def test_a_file_that_was_altered_is_found(anchored: SealedTrail, log: Path, alter: Any, found: list[str]) -> None:
    alter(log)
    assert kinds() == found


@pytest.mark.parametrize("head", ["9" * 5000 + ":ab", "17:\0", "17:\ud800", "\u0663:" + "a" * 64, ""])
def test_a_line_of_no_head_is_named_and_keeps_no_verification_from_its_end(anchored: SealedTrail, log: Path, head: str) -> None:
    """Whoever can write to the share could else keep the register from saying anything."""
    forged = dict.fromkeys(["at", "previous", "signature", "site"], "") | {"format": 1, "head": head, "key": "x"}
    with log.open("ab") as file:
        file.write(json.dumps(forged).encode("ascii") + b"\n")
    asked, _is_new = runs.ask(None, "", timezone.now())
    assert runs.run(asked.pk)
    asked.refresh_from_db()
    assert (asked.state, [found["kind"] for found in asked.findings]) == (asked.State.DONE, ["anchor_line"])


def test_a_file_signed_anew_by_who_has_not_the_key_is_found(
    anchored: SealedTrail, log: Path, tmp_path: Path, settings: Any
) -> None:
    """Who can write to the share, but has not the machine: a whole new file, consistent in itself."""
    heads = [head for _number, head in lines.read(log.open("rb")).heads]
    log.unlink()
    own, settings.TRAIL_ANCHOR_KEY = settings.TRAIL_ANCHOR_KEY, str(tmp_path / "foreign")
    for each in heads:
        lines.append(log, each, timezone.now(), "http://127.0.0.1:8000", signing_key())
    settings.TRAIL_ANCHOR_KEY = own
    assert kinds() == ["anchor_cut", "anchor_key"]


def test_a_write_that_was_cut_off_is_no_alteration_and_the_next_line_begins_anew(anchored: SealedTrail, log: Path) -> None:
    with log.open("ab") as file:
        file.write(b'{"at":"2025-09-')
    make_risk(anchored.cast.plan, "Fyra")
    seal(timezone.now())
    making.ask(timezone.now())
    making.make_waiting(timezone.now())
    reading = lines.read(log.open("rb"))
    assert (reading.lines, reading.cut_off, reading.altered) == (5, 1, [])
    assert verify().is_intact


def test_two_writers_at_once_make_one_chain(log: Path) -> None:
    key = signing_key()

    def write(name: str) -> None:
        for number in range(20):
            lines.append(log, f"{number}:{name * 64}", timezone.now(), "site", key)

    threads = [Thread(target=write, args=(name,)) for name in "abcd"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    reading = lines.read(log.open("rb"))
    assert (reading.lines, reading.altered, reading.cut_off) == (80, [], 0)


def test_a_place_that_is_away_delays_nothing_and_is_tried_again(
    sealed: SealedTrail, log: Path, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tasks.anchor_trail, "delay", tasks.anchor_trail)
    log.parent.rename(log.parent.with_name("away"))
    make_risk(sealed.cast.plan, "Ny")
    assert tasks.seal_trail() == str(head())
    (waiting,) = Anchor.objects.all()
    assert (waiting.made_at, waiting.attempts) == (None, 1)
    assert "anchors.log" in waiting.problem
    assert making.make_waiting(timezone.now()).failed == 0, "its turn has not come"
    client = Client()
    client.login(username=sealed.cast.eva.email, password=PASSWORD)
    for page in ("operation", "trail"):
        assert "anchors.log" in client.get(reverse(page)).content.decode()
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
