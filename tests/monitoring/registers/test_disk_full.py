"""A disk that is full while a snapshot is stored: nothing is half done, the file that came is kept, and it is taken later."""

from __future__ import annotations

import errno
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest
from django.conf import settings

from controls.models import Register, RegisterSnapshot
from controls.monitoring.registers import verbs, work
from controls.monitoring.registers.runs import QUEUE
from riskreg import clock
from tests.cast import Cast
from tests.monitoring.registers.scene import AUGUST, a_file, a_register

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
