"""The swap itself: over nobody who is there, however idle, and gone on with after a full disk at any of its steps."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.db import connection

from config.backup import disk, marker, postgresql, schemas, switch
from config.backup.errors import BackupError
from config.backup.switch import Plan
from riskreg.models import Unit
from tests.backup.conftest import Place, saved_to
from tests.cast import Cast


def committed(test: Any) -> Any:
    return pytest.mark.django_db(transaction=True)(pytest.mark.usefixtures("tables_made_once")(test))


@pytest.fixture
def let_go(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """What this process holds as one of the product is let go of at the end, or by a call."""
    held: list[int] = []
    monkeypatch.setattr(marker, "_held", held)

    def close() -> None:
        while held:
            os.close(held.pop())

    return close


def full(*_: object) -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def fails_at(nth: int, real: Callable[..., Any], failure: Callable[..., None] = full) -> Callable[..., Any]:
    left = [nth]

    def one(*arguments: Any) -> Any:
        left[0] -= 1
        return failure() if left[0] == 0 else real(*arguments)

    return one


@pytest.fixture
def plan(tmp_path: Path, settings: Any) -> Plan:
    """A plan whose old and staged files are there, as a restore writes it down."""
    media = tmp_path / "media"
    settings.MEDIA_ROOT = str(media)
    live, stage = tmp_path / "riskreg.sqlite3", tmp_path / "riskreg.sqlite3.restoring"
    moves = [(str(live), f"{live}.before-1"), (str(stage), str(live))]
    live.write_text("old")
    stage.write_text("new")
    for folder, content in ((media, "old"), (media / ".restoring", "new")):
        (folder / "evidence").mkdir(parents=True)
        (folder / "evidence" / "a.pdf").write_text(content)
    made = Plan("name", [*moves, *switch.moves_of_files(media / "before-restore-1")], None, [], [])
    switch.write_down(made)
    return made


def everything(below: Path) -> dict[str, str]:
    return {str(path.relative_to(below)): path.read_text() for path in sorted(below.rglob("*")) if path.is_file()}


SWAPPED = {
    "riskreg.sqlite3": "new",
    "riskreg.sqlite3.before-1": "old",
    "media/evidence/a.pdf": "new",
    "media/before-restore-1/evidence/a.pdf": "old",
}


@pytest.mark.parametrize("step", ["move", "make_folder", "flush_folder", "remove"])
def test_a_full_disk_at_any_step_of_the_swap_is_gone_on_with(plan: Plan, tmp_path: Path, step: str) -> None:
    there_is_one_more, nth = True, 0
    while there_is_one_more:
        nth += 1
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(disk, step, fails_at(nth, getattr(disk, step)))
            try:
                going_on = switch.under_way()
                if going_on is None:
                    break
                switch.carry_out(going_on)
                there_is_one_more = False
            except OSError:
                assert marker.marker().exists() or everything(tmp_path) == SWAPPED
    assert nth > 1
    assert everything(tmp_path) == SWAPPED


def test_a_database_that_somebody_made_meanwhile_is_not_taken_for_the_restored_one(plan: Plan, tmp_path: Path) -> None:
    (tmp_path / "riskreg.sqlite3").rename(tmp_path / "riskreg.sqlite3.before-1")
    (tmp_path / "riskreg.sqlite3").write_text("somebody's")
    with pytest.raises(FileExistsError, match=r"riskreg\.sqlite3"):
        switch.carry_out(plan)
    (tmp_path / "riskreg.sqlite3").unlink()
    switch.carry_out(plan)
    assert everything(tmp_path) == SWAPPED


def test_no_process_starts_while_a_restore_is_under_way(tmp_path: Path, settings: Any, let_go: Callable[[], None]) -> None:
    settings.MEDIA_ROOT = str(tmp_path)
    with marker.alone(), pytest.raises(BackupError):
        marker.hold()
    marker.hold()
    marker.hold()
    with pytest.raises(BackupError), marker.alone():
        pass
    let_go()
    with marker.alone():
        pass


@committed
class TestOfAnInstallation:
    def test_a_process_that_is_only_idle_is_one_that_runs(
        self, register: Cast, tmp_path: Path, place: Place, let_go: Callable[[], None]
    ) -> None:
        """It has no connection to the database, and answers nobody."""
        saved = saved_to(tmp_path / "a.tar")
        with place.here():
            marker.hold()
        with pytest.raises(BackupError):
            place.restore(saved.path)
        assert place.untouched() == {}
        let_go()
        assert place.restore(saved.path).is_intact

    def test_a_full_disk_in_the_swap_says_what_to_do_and_the_same_restore_goes_on(
        self, register: Cast, tmp_path: Path, place: Place, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        saved = saved_to(tmp_path / "a.tar")
        place.restore(saved.path)
        name = Path(place.database).name
        with pytest.MonkeyPatch.context() as patch:
            if connection.vendor == "postgresql":
                patch.setattr(schemas, "_move", fails_at(2, schemas._move, disk_of_the_server_is_full))
            else:
                patch.setattr(disk, "move", fails_at(3, disk.move))
            with pytest.raises(BackupError, match="samma återställning"):
                place.restore(saved.path, over=name)
        with place.here(), pytest.raises(BackupError):
            marker.require_whole()
        assert place.restore(saved.path).is_intact
        assert place.digests(tmp_path / "again.tar") == saved.contents.digests

    def test_a_full_disk_of_the_server_leaves_what_was_there(self, register: Cast, tmp_path: Path, place: Place) -> None:
        if connection.vendor != "postgresql":
            pytest.skip("PostgreSQL's own")
        saved = saved_to(tmp_path / "a.tar")
        place.restore(saved.path)
        with place.here():
            Unit.objects.create(name="Bara här", kind=register.board.kind)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(postgresql.Loader, "load", disk_of_the_server_is_full)
            with pytest.raises(BackupError, match="full"):
                place.restore(saved.path, over=Path(place.database).name)
        with place.here():
            assert Unit.objects.filter(name="Bara här").exists()
            assert schemas.tables_in(schemas.STAGE) == []
            marker.require_whole()


def disk_of_the_server_is_full(*_: object) -> None:
    raise psycopg.errors.DiskFull("could not extend file")
