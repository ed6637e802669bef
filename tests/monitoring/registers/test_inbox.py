"""The watched folder: whole files become snapshots, and a note says what became of each."""

from __future__ import annotations

import os
from datetime import UTC, date, datetime
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from controls import tasks
from controls.models import Register, RegisterSnapshot, SnapshotConfirmation
from controls.monitoring.registers.inbox import pick_up
from tests.cast import Cast
from tests.data_files.files import csv_bytes
from tests.monitoring.registers.scene import HEADINGS, SUPPLIERS, a_register

pytestmark = [pytest.mark.django_db, pytest.mark.one_engine]
NOW = datetime(2025, 9, 8, 9, 30, tzinfo=UTC)


@pytest.fixture
def register(cast: Cast, today: date) -> Register:
    return a_register(cast.board, cast.johan)


def left(folder: Path, name: str, content: bytes = csv_bytes(SUPPLIERS, HEADINGS)) -> Path:
    path = folder / name
    path.write_bytes(content)
    os.utime(path, (NOW.timestamp(), NOW.timestamp()))
    return path


def moved(folder: Path) -> dict[str, str]:
    """Return the moved files by outcome and name, each with what its note says."""
    notes = [path for outcome in ("done", "refused") for path in (folder / outcome).glob("*.txt")]
    return {f"{path.parent.name}/{path.name[16:-4]}": path.read_text() for path in notes}


def test_a_file_is_taken_once_it_stands_still_and_a_note_says_so(register: Register, tmp_path: Path, settings: Any) -> None:
    settings.REGISTER_INBOX = str(tmp_path)
    left(tmp_path, f"{register.pk}--lev 2025-06-30.csv")
    growing = left(tmp_path, "leverantorer--mer.csv", b"Leverant")
    left(tmp_path, "leverantorer--halv.csv.part")
    assert tasks.pick_up_registers() == 0
    growing.write_bytes(csv_bytes(SUPPLIERS[:3], HEADINGS))
    assert pick_up(tmp_path, NOW) == 1
    snapshot = RegisterSnapshot.objects.get()
    assert (snapshot.as_of, snapshot.state, snapshot.way, snapshot.uploaded_by) == (date(2025, 6, 30), "taken", "folder", None)
    assert snapshot.history.get(history_type="+").history_user_name == "Riskreg"
    assert list(moved(tmp_path)) == [f"done/{register.pk}--lev 2025-06-30.csv"]
    assert pick_up(tmp_path, NOW) == 1
    assert RegisterSnapshot.objects.count() == 2
    assert sorted(path.name for path in tmp_path.iterdir() if path.is_file() and not path.name.startswith(".")) == [
        "leverantorer--halv.csv.part"
    ]


def test_what_cannot_be_a_snapshot_is_refused_in_words_and_leaves_nothing(register: Register, tmp_path: Path) -> None:
    for name, content in {
        "okand--a.csv": b"a;b\n1;2\n",
        "utan-register.csv": b"a;b\n1;2\n",
        "leverantorer--bild.png": b"\x89PNG",
        "leverantorer--trasig.json": b"{",
        "leverantorer--2031-01-01.csv": csv_bytes(SUPPLIERS, HEADINGS),
    }.items():
        left(tmp_path, name, content)
    (tmp_path / "leverantorer--lank.csv").symlink_to("/etc/hostname")
    assert pick_up(tmp_path, NOW) == 0
    assert pick_up(tmp_path, NOW) == 5
    told = moved(tmp_path)
    assert {name.partition("/")[0] for name in told} == {"refused"}
    assert all(len(note) > 20 for note in told.values())
    assert not RegisterSnapshot.objects.exists()
    assert (tmp_path / "leverantorer--lank.csv").is_symlink()


def test_a_file_that_is_asked_about_waits_and_its_note_says_what_for(register: Register, tmp_path: Path) -> None:
    left(tmp_path, "leverantorer--a.csv", b"Id;Kallas\n1;Bo\n")
    pick_up(tmp_path, NOW)
    pick_up(tmp_path, NOW)
    assert RegisterSnapshot.objects.get().state == "draft"
    ((name, note),) = moved(tmp_path).items()
    assert name.startswith("done/")
    assert "Leverantörsnummer" in note


def test_the_command_hands_in_a_file_and_says_what_became_of_it(register: Register, tmp_path: Path) -> None:
    path, out = left(tmp_path, "lev.csv"), StringIO()
    call_command("register_snapshot", "leverantorer", str(path), "--as-of", "2025-08-31", stdout=out)
    assert "2025-08-31" in out.getvalue()
    with pytest.raises(CommandError) as again:
        call_command("register_snapshot", str(register.pk), str(path), "--as-of", "2025-08-31")
    with pytest.raises(CommandError) as missing:
        call_command("register_snapshot", "okand", str(path))
    assert (again.value.returncode, missing.value.returncode) == (1, 2)
    call_command("register_snapshot", str(register.pk), str(path), stdout=out)
    assert "2025-09-08" in out.getvalue()
    assert SnapshotConfirmation.objects.get().way == "command"
    assert path.exists()


def test_a_folder_that_gives_the_same_file_again_confirms_it(register: Register, tmp_path: Path) -> None:
    for day in ("2025-07-31", "2025-08-31"):
        left(tmp_path, f"leverantorer--{day}.csv")
        pick_up(tmp_path, NOW)
        pick_up(tmp_path, NOW)
    assert (RegisterSnapshot.objects.get().as_of, SnapshotConfirmation.objects.get().unchanged_on) == (
        date(2025, 7, 31),
        date(2025, 8, 31),
    )
    told = moved(tmp_path)
    assert {name.partition("/")[0] for name in told} == {"done"}
    assert "2025-07-31" in told["done/leverantorer--2025-08-31.csv"]
