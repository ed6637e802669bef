"""A restore as a process of its own that is killed, and a writer that is killed while a backup is made: on both engines.

A cut backup, a running product and a full disk at each step are asked in tests/backup, in the test's own process.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.db import connection

from riskreg.models import Unit
from riskreg.trail.verification import verify
from tests.backup.conftest import Place, place, register, saved_to, tables_made_once  # noqa: F401
from tests.backup.test_moving import ROOT
from tests.cast import Cast
from tests.waiting import wait_until

pytestmark = [pytest.mark.faults, pytest.mark.django_db(transaction=True)]


def address(of: Place) -> str:
    options = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{of.database}"
    return f"postgres://{options['USER']}@/{of.database}?host={options['OPTIONS'].get('host', options['HOST'])}"


@contextmanager
def started(of: Place, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    """Run a command beside the test; killed at the end, as by a power cut."""
    bare = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    process = subprocess.Popen(
        [sys.executable, "manage.py", *arguments],
        cwd=ROOT,
        env={**bare, "RISKREG_VAR": str(of.var), "DATABASE_URL": address(of), "RISKREG_TODAY": "2025-09-08"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGKILL)
        process.wait(timeout=60)
        assert process.stdout is not None
        process.stdout.close()


@pytest.mark.parametrize("line", [7])
def test_a_restore_killed_at_a_step_leaves_what_was_there_or_is_gone_on_with(
    register: Cast,  # noqa: F811
    tmp_path: Path,
    place: Place,  # noqa: F811
    tables_made_once: None,  # noqa: F811
    line: int,
) -> None:
    saved = saved_to(tmp_path / "a.tar")
    place.restore(saved.path)
    with place.here():
        Unit.objects.create(name="Bara här", kind=register.board.kind)
    name = Path(place.database).name
    with started(place, "restore", str(saved.path), "--over", name) as restoring:
        assert restoring.stdout is not None
        said = [restoring.stdout.readline() for _ in range(line)]
        assert all(said), "".join(said)
        os.killpg(restoring.pid, signal.SIGKILL)
        restoring.wait(timeout=60)
    if connection.vendor == "postgresql":
        wait_until(lambda: not _sessions(place), "the server still works for the killed one")
    with place.here():
        is_under_way = (place.media / ".restore.json").exists()
        if not is_under_way and Unit.objects.filter(name="Bara här").exists():
            assert Unit.objects.count() == saved.contents.rows["riskreg_unit"] + 1
    assert place.restore(saved.path, over=name).is_intact
    assert place.digests(tmp_path / "again.tar") == saved.contents.digests


def test_a_writer_killed_while_a_backup_is_made_leaves_backup_and_register_whole(
    register: Cast,  # noqa: F811
    tmp_path: Path,
    place: Place,  # noqa: F811
    tables_made_once: None,  # noqa: F811
) -> None:
    """Each save writes a record and its history; it is killed in the midst of one, as the pages are read."""
    key = register.payroll.pk
    connection.close()
    reads, writes = os.pipe()
    writer = os.fork()
    if not writer:
        try:
            unit = Unit.objects.get(pk=key)
            for number in range(1_000_000):
                unit.name = f"Gång {number}"
                unit.save()
                os.write(writes, b"x")
        finally:
            os._exit(1)
    is_alive = True

    def kill_it(_words: str) -> None:
        nonlocal is_alive
        if is_alive and os.read(reads, 1):
            os.kill(writer, signal.SIGKILL)
            assert os.waitstatus_to_exitcode(os.waitpid(writer, 0)[1]) == -signal.SIGKILL
            is_alive = False

    saved = saved_to(tmp_path / "a.tar", tell=kill_it)
    assert not is_alive
    assert place.restore(saved.path).is_intact
    assert verify().is_intact
    assert Unit.objects.get(pk=key).name.startswith("Gång"), "what was acknowledged is there"


def _sessions(of: Place) -> list[str]:
    from config.backup import schemas

    with of.here():
        return schemas.other_sessions()
