"""The head anchored outside: signed lines in an append-only file; what was rewritten is found by whoever kept one."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from django.utils import timezone

from riskreg.models import Anchor, Seal, SealedRow
from riskreg.trail import runs
from riskreg.trail.anchors import lines, making
from riskreg.trail.anchors.signing import KeyUnusable, own_public_key, public_half, signing_key
from riskreg.trail.findings import Kind, state
from riskreg.trail.seals import head, seal
from riskreg.trail.verification import verify
from tests.cast import make_risk
from tests.trail import tampering
from tests.trail.anchoring import change_the_time, make_all_seals_again, raw
from tests.trail.conftest import SealedTrail


def kinds() -> list[str]:
    return sorted({finding.kind for finding in verify().findings})


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


@pytest.mark.parametrize("garbage", [b"nonsense", b"nonsense\n", b"\n", b'{"at":"2025-09-08"}', b'{"head":"1:', b"\x00" * 9_000])
def test_what_is_no_line_nor_the_beginning_of_one_is_named(anchored: SealedTrail, log: Path, garbage: bytes) -> None:
    with log.open("ab") as file:
        file.write(garbage)
    assert kinds() == ["anchor_line"]


def test_whatever_is_left_of_a_line_is_the_beginning_of_one(log: Path) -> None:
    line = lines.signed_line(f"1:{'a' * 64}", timezone.now(), 'https://risk.å.example/"\\', "0" * 64, signing_key())
    for length in range(1, len(line)):
        assert lines._BEGUN.fullmatch(line[:length]), line[:length]


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
