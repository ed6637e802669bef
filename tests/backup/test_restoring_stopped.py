"""Restoring that is stopped half-way, by a full disk, a lost row or a kill: it leaves what was there, or is gone on with."""

from __future__ import annotations

import errno
import fcntl
import os
import subprocess
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from config import product
from config.backup import disk, schema, sqlite, switch
from config.backup.errors import BackupError
from config.backup.marker import IN_USE, MARKER, marker, require_whole
from riskreg.models import Unit
from tests.backup.conftest import Place, saved_to
from tests.cast import Cast

# How files are written and moved is SQLite's way; on PostgreSQL, tests/faults/test_backup_drill.py kills a restore.
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("tables_made_once"), pytest.mark.one_engine]
ROOT = Path(__file__).resolve().parents[2]


def test_too_little_space_is_said_before_anything_is_written(
    register: Cast, tmp_path: Path, place: Place, monkeypatch: Any
) -> None:
    saved = saved_to(tmp_path / "a.tar")
    monkeypatch.setattr(disk, "SPARE_BYTES", 1 << 60)
    with pytest.raises(BackupError, match="MB"):
        place.restore(saved.path)
    assert place.untouched() == {}


def test_a_row_that_came_back_as_another_one_stops_the_restore(
    register: Cast, tmp_path: Path, place: Place, monkeypatch: Any
) -> None:
    saved = saved_to(tmp_path / "a.tar")
    real = sqlite.Loader.load

    def cut(loader: Any, table: Any, chunks: Any) -> None:
        real(loader, table, (rows[1:] if table.name == "riskreg_unit" else rows for rows in chunks))

    monkeypatch.setattr(sqlite.Loader, "load", cut)
    with pytest.raises(BackupError):
        place.restore(saved.path)
    assert place.untouched() == {}


def no_space(*_: object) -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_a_full_disk_while_it_is_built_leaves_what_was_there(register: Cast, tmp_path: Path, place: Place) -> None:
    saved = saved_to(tmp_path / "a.tar")
    place.restore(saved.path)
    before = place.untouched()

    def fails_at(nth: int, real: Callable[..., Any]) -> Callable[..., Any]:
        left = [nth]

        def one(*arguments: Any) -> Any:
            left[0] -= 1
            return no_space() if left[0] == 0 else real(*arguments)

        return one

    def on_few_pages(loader: Any, path: Path) -> None:
        created(loader, path)
        loader._connection.execute(f"PRAGMA max_page_count={loader._connection.execute('PRAGMA page_count').fetchone()[0] + 2}")

    created = sqlite.Loader.__init__
    steps: list[tuple[object, str, Any]] = [
        (disk, "make_folder", fails_at(2, disk.make_folder)),
        (disk, "create", fails_at(1, disk.create)),
        (disk, "create", fails_at(3, disk.create)),
        (disk, "flush", fails_at(1, disk.flush)),
        (sqlite.Loader, "__init__", on_few_pages),
        (schema, "make_tables", no_space),
        (disk, "flush_folder", fails_at(1, disk.flush_folder)),
        (switch, "write_down", no_space),
    ]
    for owner, name, instead in steps:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(owner, name, instead)
            with pytest.raises((BackupError, OSError)):
                place.restore(saved.path, over="riskreg.sqlite3")
        assert place.untouched() == before, name
    assert place.restore(saved.path, over="riskreg.sqlite3").is_intact


def killed_at(nth: int, work: Callable[[], object]) -> bool:
    """Do the work in a process of its own that is killed at the n-th rename; return whether there were so many."""
    child = os.fork()
    if not child:
        status = 1
        left, real = [nth], disk.move

        def move(*paths: Any) -> None:
            left[0] -= 1
            if left[0] == 0:
                os.kill(os.getpid(), 9)
            real(*paths)

        disk.move = move  # type: ignore[assignment]
        try:
            work()
            status = 0
        except BaseException:
            traceback.print_exc()
        finally:
            sys.stderr.flush()
            os._exit(status)
    ended = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    assert ended in {0, -9}, "It failed by itself, before it was killed: see what it printed."
    return ended == -9


def test_killed_at_any_rename_it_is_what_it_was_or_gone_on_with(register: Cast, tmp_path: Path, place: Place) -> None:
    saved = saved_to(tmp_path / "a.tar")
    place.restore(saved.path)
    with place.here():
        Unit.objects.create(name="Bara här", kind=register.board.kind)
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    kills = 0
    while True:
        before = place.untouched()
        if not killed_at(kills + 1, lambda: place.restore(saved.path, over="riskreg.sqlite3")):
            break
        kills += 1
        with place.here():
            if switch.under_way() is None:
                left = {name: content for name, content in place.untouched().items() if "restor" not in name}
                assert left == before
                continue
            with pytest.raises(BackupError):
                require_whole()
            with pytest.raises(product.ProductError):
                product.Product("127.0.0.1", 8000, with_demo=False)._require_whole()
        restored = place.restore(saved.path)
        assert restored.is_intact
        assert restored.kept
        assert place.digests(tmp_path / f"{kills}.tar") == saved.contents.digests
        with place.here():
            Unit.objects.create(name="Bara här", kind=register.board.kind)
            with connection.cursor() as cursor:
                cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    assert kills >= 4
    assert not list(place.var.rglob("*.restoring*"))


@pytest.mark.parametrize("is_under_way", [True, False], ids=["under way", "killed"])
@pytest.mark.parametrize("command", ["verify_trail", "migrate", "backup"])
def test_no_command_makes_a_database_in_the_way_of_a_restore(tmp_path: Path, command: str, is_under_way: bool) -> None:
    """Between the two renames there is none, and on SQLite whoever asks makes an empty one."""
    media_root, database = tmp_path / "media", tmp_path / "riskreg.sqlite3"
    media_root.mkdir()
    in_use = (media_root / IN_USE).open("w")
    if is_under_way:
        fcntl.flock(in_use, fcntl.LOCK_EX)
    else:
        (media_root / MARKER).write_text("{}")
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "config.settings", "RISKREG_VAR": str(tmp_path)}
    environment |= {"MEDIA_ROOT": str(media_root), "DATABASE_URL": f"sqlite:///{database}"}
    arguments = [command, *([str(tmp_path / "b.tar")] if command == "backup" else [])]

    def run() -> subprocess.CompletedProcess[str]:
        asked = [sys.executable, "manage.py", *arguments]
        return subprocess.run(asked, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=240, check=False)

    with in_use:
        refused = run()
        assert (refused.returncode, database.exists()) == (2, False), refused.stderr
        assert ("pågår" if is_under_way else "avbröts") in refused.stderr
    (media_root / MARKER).unlink(missing_ok=True)
    if command == "migrate":
        assert run().returncode == 0
        assert database.exists()


@pytest.mark.parametrize("name", ["config.wsgi", "config.product", "config.celery"])
def test_every_process_asks_for_the_marker_before_the_apps_are_loaded(name: str, tmp_path: Path) -> None:
    """The web server's and the worker's first import, each in a process of its own."""
    media_root = tmp_path / "media"
    media_root.mkdir()
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "config.settings", "RISKREG_VAR": str(tmp_path)}
    environment |= {"MEDIA_ROOT": str(media_root)}

    def imported() -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-c", f"import {name}; from config.backup import marker; print(len(marker._held))"]
        return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120, check=False)

    whole = imported()
    assert whole.returncode == 0, whole.stderr
    if name == "config.wsgi":
        assert whole.stdout.strip() == "1"
        (media_root / marker().name).write_text("{}")
        assert "BackupError" in imported().stderr
