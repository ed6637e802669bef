"""A disk that is full while a snapshot is stored: nothing is half done, the file that came is kept, and it is taken later."""

from __future__ import annotations

import errno
import hashlib
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest
from django.conf import settings
from django.core.files.base import ContentFile
from django.test import Client

from controls.data_files import disk
from controls.models import Register, RegisterRun, RegisterSnapshot
from controls.monitoring.registers import verbs, work
from controls.monitoring.registers.inbox import pick_up
from controls.monitoring.registers.runs import QUEUE
from riskreg import clock
from riskreg.work_queue import MOST_ATTEMPTS
from tests.cast import Cast
from tests.data_files.files import csv_bytes
from tests.monitoring.registers.scene import AUGUST, HEADINGS, a_file, a_register

pytestmark = [pytest.mark.django_db, pytest.mark.one_engine]
FULL = [
    ("os", "replace", OSError(errno.ENOSPC, "No space left on device")),
    ("", "write_snapshot", duckdb.IOException("IO Error: Could not write file: No space left on device")),
]


@pytest.fixture
def register(cast: Cast, today: date) -> Register:
    return a_register(cast.board, cast.johan)


def stored_files() -> set[str]:
    folder = Path(settings.MEDIA_ROOT) / "registers"
    return {path.name for path in folder.rglob("*") if path.is_file()} if folder.exists() else set()


@pytest.mark.parametrize(("module", "name", "problem"), FULL, ids=["when it is moved", "when it is written"])
def test_a_full_disk_leaves_no_snapshot_and_the_file_is_taken_when_there_is_room(
    register: Register, cast: Cast, monkeypatch: pytest.MonkeyPatch, module: str, name: str, problem: Exception
) -> None:
    before = stored_files()
    snapshot, run = verbs.feed(register, by=cast.karin, file=a_file(), as_of=AUGUST)

    def full(*_given: Any, **_named: Any) -> Any:
        raise problem

    with monkeypatch.context() as patched:
        patched.setattr(getattr(work, module) if module else work, name, full)
        with pytest.raises(type(problem)):
            work.perform(run.pk)
    there = RegisterSnapshot.objects.get(pk=snapshot.pk)
    assert (there.state, bool(there.file), there.sha256, there.history.count()) == ("draft", False, "", 1)
    # What came is kept, and nothing else.
    assert stored_files() - before == {run.upload}
    assert [one.pk for one in QUEUE.silent(clock.now())] == [run.pk]
    assert work.perform(run.pk)
    there.refresh_from_db()
    assert (there.state, there.row_count) == ("taken", 4)
    assert stored_files() - before == {Path(there.file.path).name}


@pytest.fixture
def small_disk(tmp_path: Path, settings: Any) -> Iterator[Path]:
    """A disk of its own, of 24 MB, where the product's files are; without the reserve that is kept free elsewhere."""
    place = tmp_path / "disk"
    place.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", str(place)], capture_output=True, check=False)
    if mounted.returncode:
        pytest.skip("a disk of its own takes the right to mount one")
    settings.MEDIA_ROOT = str(place)
    try:
        yield place
    finally:
        subprocess.run(["umount", "-l", str(place)], check=True)


def fill(place: Path, *, leaving: int) -> Path:
    ballast = place / "ballast"
    with ballast.open("wb") as file, suppress(OSError):
        while shutil.disk_usage(place).free > leaving:
            file.write(b"x" * 16384)
            file.flush()
    return ballast


def many_rows() -> ContentFile[bytes]:
    """Some megabytes that do not compress well."""
    numbers = (hashlib.sha256(str(i).encode()).hexdigest() for i in range(30_000))
    rows = [(str(i), f"{number} AB", "", "", number[:20]) for i, number in enumerate(numbers)]
    return ContentFile(csv_bytes(rows, HEADINGS), name="lev.csv")


def test_a_disk_that_is_really_full_is_waited_for_and_said_on_the_page(
    register: Register, cast: Cast, client: Client, small_disk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(disk, "RESERVE_MB", 0)
    snapshot, run = verbs.feed(register, by=cast.karin, file=many_rows(), as_of=AUGUST)
    came = stored_files()
    ballast = fill(small_disk, leaving=600_000)
    # More often than workers may die over a run.
    for _attempt in range(MOST_ATTEMPTS + 2):
        with pytest.raises((OSError, duckdb.Error)) as full:
            work.perform(run.pk)
        assert disk.is_full(full.value)
        assert stored_files() == came
        there = RegisterSnapshot.objects.get(pk=snapshot.pk)
        assert (there.state, bool(there.file), there.history.count()) == ("draft", False, 1)
    client.force_login(cast.karin)
    assert "Serverns disk är full" in client.get(snapshot.get_absolute_url()).content.decode()
    ballast.unlink()
    assert work.perform(run.pk)
    snapshot.refresh_from_db()
    assert (snapshot.state, snapshot.row_count) == ("taken", 30_000)
    assert stored_files() == {Path(snapshot.file.path).name}
    assert "Serverns disk är full" not in client.get(snapshot.get_absolute_url()).content.decode()


def test_without_the_reserve_a_run_that_waits_for_room_is_not_begun(
    register: Register, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    snapshot, run = verbs.feed(register, by=cast.karin, file=a_file(), as_of=AUGUST)
    RegisterRun.objects.filter(pk=run.pk).update(arguments={**run.arguments, "waited_for_room": 1})
    with monkeypatch.context() as patched:
        patched.setattr(disk, "RESERVE_MB", 10**9)
        assert not work.perform(run.pk)
    run.refresh_from_db()
    assert (run.is_open, run.arguments["waited_for_room"]) == (True, 2)
    assert run.problem
    assert work.perform(run.pk)
    run.refresh_from_db()
    assert (run.state, run.problem) == ("done", "")
    assert RegisterSnapshot.objects.get(pk=snapshot.pk).is_taken


def test_a_file_of_the_watched_folder_stays_there_until_there_is_room(
    register: Register,
    tmp_path: Path,
    small_disk: Path,
    monkeypatch: pytest.MonkeyPatch,
    django_capture_on_commit_callbacks: Any,
) -> None:
    monkeypatch.setattr(disk, "RESERVE_MB", 0)
    inbox = tmp_path / "inbox"
    inbox.mkdir()
    left = inbox / "leverantorer--2025-08-31.csv"
    left.write_bytes(many_rows().read())
    now = clock.now()
    assert pick_up(inbox, now) == 0  # seen, not yet known to be whole
    for leaving in (100_000, left.stat().st_size + 600_000):
        ballast = fill(small_disk, leaving=leaving)
        with django_capture_on_commit_callbacks(execute=True):
            assert pick_up(inbox, now) == 0
        assert left.exists()
        assert not RegisterSnapshot.objects.exists()
        assert not stored_files() - {"ballast"}
        ballast.unlink()
    assert pick_up(inbox, now) == 1
    assert RegisterSnapshot.objects.get().is_taken
    assert not left.exists()
