"""Backing up: rows and files of one moment while others write, and never half a file."""

from __future__ import annotations

import errno
import io
import os
import threading
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from config.backup import disk, saving
from config.backup.archive import KEY, Archive
from config.backup.errors import BackupError
from controls.models import Population
from riskreg.models import Unit
from tests.backup.conftest import Place, saved_to
from tests.cast import Cast
from tests.waiting import wait_until

pytestmark = pytest.mark.django_db(transaction=True)


def test_everything_is_in_it_and_nobody_else_can_read_it(register: Cast, tmp_path: Path, settings: Any) -> None:
    saved = saved_to(tmp_path / "a.tar")
    assert saved.path.stat().st_mode & 0o777 == 0o600
    about, contents = Archive(saved.path).check()
    assert contents.rows["riskreg_unit"] == Unit.objects.count()
    assert about.engine == connection.vendor
    assert about.head.startswith("2:")
    files = {name.removeprefix("files/") for name in contents.members if name.startswith("files/")}
    assert set(Population.objects.values_list("file", flat=True)) <= files
    assert KEY not in contents.members
    assert not any("django_session" in name for name in contents.members)
    assert [path.name for path in tmp_path.glob(".*")] == []
    _about, contents = Archive(saved_to(tmp_path / "b.tar", with_key=True).path).check()
    assert KEY in contents.members


def test_it_is_of_one_moment_while_two_others_write(register: Cast, tmp_path: Path, place: Place, tables_made_once: None) -> None:
    """Every save writes a record and its history: whoever reads them at two moments finds records that differ from theirs."""
    written, stop, problems = [0, 0], threading.Event(), []

    def write(number: int) -> None:
        try:
            unit = Unit.objects.get(pk=(register.payroll if number else register.school_office).pk)
            while not stop.is_set():
                unit.name = f"Enhet {number}, gång {written[number]}"
                unit.save()
                written[number] += 1
        except Exception as problem:
            problems.append(problem)
        finally:
            connection.close()

    def they_write_on(_words: str) -> None:
        before = list(written)
        wait_until(lambda: problems or all(now > then + 3 for now, then in zip(written, before, strict=True)), "no writing")

    writers = [threading.Thread(target=write, args=(number,)) for number in (0, 1)]
    for writer in writers:
        writer.start()
    try:
        saved = saved_to(tmp_path / "a.tar", tell=they_write_on)
    finally:
        stop.set()
        for writer in writers:
            writer.join(timeout=60)
    assert problems == []
    assert saved.contents.rows["riskreg_historicalunit"] < Unit.history.count()
    restored = place.restore(saved.path)
    assert restored.is_intact, restored.proof.trail.findings


def test_a_file_that_is_deleted_meanwhile_is_noticed_and_the_backup_begun_again(
    register: Cast, tmp_path: Path, settings: Any
) -> None:
    said: list[str] = []
    population = Population.objects.get()

    def delete_it_once(words: str) -> None:
        said.append(words)
        if len(said) == 1:
            (Path(settings.MEDIA_ROOT) / str(population.file.name)).unlink()
            Population.objects.filter(pk=population.pk).update(file="")

    saved = saved_to(tmp_path / "a.tar", tell=delete_it_once)
    assert saved.about.missing_files == []
    assert said.count(said[0]) == 2


def test_when_files_go_on_being_deleted_there_is_no_backup(register: Cast, tmp_path: Path, settings: Any) -> None:
    path = Path(settings.MEDIA_ROOT) / str(Population.objects.get().file.name)
    content = path.read_bytes()

    def delete_it(words: str) -> None:
        if path.exists():
            path.unlink()
        else:
            path.write_bytes(content)

    real = saving._write

    def put_back(*arguments: Any) -> Any:
        path.write_bytes(content)
        return real(*arguments)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(saving, "_write", put_back)
        with pytest.raises(BackupError, match="populations/"):
            saved_to(tmp_path / "a.tar", tell=delete_it)
    assert list(tmp_path.glob("*a.tar*")) == []


def test_what_was_missing_before_is_named_and_said_by_the_exit_code(register: Cast, tmp_path: Path, settings: Any) -> None:
    population = Population.objects.get()
    (Path(settings.MEDIA_ROOT) / str(population.file.name)).unlink()
    errors = io.StringIO()
    with pytest.raises(CommandError) as refused:
        call_command("backup", str(tmp_path / "a.tar"), stdout=io.StringIO(), stderr=errors)
    assert refused.value.returncode == 1
    assert str(population.file.name) in errors.getvalue()
    Archive(tmp_path / "a.tar").check()


def test_a_file_that_is_there_already_is_left_alone(register: Cast, tmp_path: Path) -> None:
    (tmp_path / "a.tar").write_bytes(b"somebody's")
    with pytest.raises(BackupError):
        saved_to(tmp_path / "a.tar")
    assert (tmp_path / "a.tar").read_bytes() == b"somebody's"
    with pytest.raises(BackupError):
        saved_to(tmp_path / "no such folder" / "a.tar")


def test_what_a_killed_backup_left_is_in_nobody_s_way(register: Cast, tmp_path: Path) -> None:
    child = os.fork()
    if not child:
        connection.connection = None  # the parent's
        saved_to(tmp_path / "a.tar", tell=lambda words: os._exit(9))
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 9
    assert [path.name for path in tmp_path.glob("*a.tar*")] == [".a.tar.part"]
    saved_to(tmp_path / "a.tar")
    assert [path.name for path in tmp_path.glob("*a.tar*")] == ["a.tar"]


@pytest.mark.one_engine
def test_a_full_disk_at_any_step_leaves_no_file(register: Cast, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    left = [0]

    def step(real: Any = None, *arguments: Any) -> Any:
        left[0] -= 1
        if left[0] == 0:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return real(*arguments) if real else None

    class Filling(io.FileIO):
        def write(self, data: Any) -> int:
            step()
            return super().write(data) or 0

    def claim(part: Path) -> Any:
        return Filling(str(part), "w")

    flush, move = disk.flush, disk.move
    monkeypatch.setattr(saving, "_claim", claim)
    monkeypatch.setattr(disk, "flush", lambda file: step(flush, file))
    monkeypatch.setattr(disk, "move", lambda *paths: step(move, *paths))
    tried = 0
    for nth in range(1, 400, 2):
        left[0] = nth
        try:
            saved_to(tmp_path / "a.tar")
            break
        except BackupError:
            tried += 1
        assert list(tmp_path.glob("*a.tar*")) == []
    assert tried > 6
    assert left[0] > 0
    Archive(tmp_path / "a.tar").check()


@pytest.mark.one_engine
def test_too_little_space_is_said_before_anything_is_written(register: Cast, tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setattr(disk, "SPARE_BYTES", 1 << 60)
    with pytest.raises(BackupError, match="MB"):
        saved_to(tmp_path / "a.tar")
    assert list(tmp_path.glob("*a.tar*")) == []
