"""Restoring: all or nothing, over nobody's work, and what is restored is what was backed up."""

from __future__ import annotations

import os
import sqlite3
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, migrations, models
from django.db.migrations.loader import MigrationLoader

from config.backup import media, saving, schema
from config.backup.archive import ABOUT, About, Archive, Writer
from config.backup.errors import BackupError
from config.instance import Instance
from riskreg.models import Unit
from riskreg.trail.verification import verify
from tests.backup.conftest import QUIET, Place, saved_to
from tests.cast import Cast

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("tables_made_once")]
REAL_MAKE_TABLES = schema.make_tables
SQLITE = pytest.mark.one_engine


def open_to_others(folder: Path) -> list[str]:
    return [str(path) for path in [folder, *folder.rglob("*")] if stat.S_IMODE(path.stat().st_mode) & 0o077]


def test_every_row_and_file_comes_back_and_the_trail_is_intact(
    register: Cast, tmp_path: Path, place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    if connection.vendor == "postgresql":
        # There too, tables are once made as a restore makes them; on SQLite, those of an earlier state are.
        monkeypatch.setattr(schema, "make_tables", REAL_MAKE_TABLES)
    saved = saved_to(tmp_path / "a.tar")
    restored = place.restore(saved.path)
    assert restored.is_intact, restored.proof.trail.findings
    assert restored.proof.trail.seals == 2
    assert restored.proof.samples == 1
    assert restored.kept == []
    assert place.digests(tmp_path / "again.tar") == saved.contents.digests
    for name in (name for name in saved.contents.members if name.startswith("files/")):
        path = place.media / name.removeprefix("files/")
        original = media.root() / name.removeprefix("files/")
        assert path.read_bytes() == original.read_bytes()
        assert int(path.stat().st_mtime) == int(original.stat().st_mtime)
    assert open_to_others(place.media) == []
    with place.here():
        unit = Unit.objects.create(name="Ny nämnd", kind=register.board.kind)
        assert unit.pk > max(Unit.objects.exclude(pk=unit.pk).values_list("pk", flat=True))
        assert unit.history.get().history_id > 0
        with connection.cursor() as cursor:
            cursor.execute("SELECT COUNT(*) FROM riskreg_riskspan")
            assert cursor.fetchone()[0] == saved.contents.rows["riskreg_risk"]


def test_a_key_that_was_given_once_is_not_given_again(register: Cast, tmp_path: Path, place: Place) -> None:
    unit = Unit.objects.create(name="Tas bort", kind=register.board.kind)
    gone = unit.pk
    unit.delete()
    place.restore(saved_to(tmp_path / "a.tar").path)
    with place.here():
        assert Unit.objects.create(name="Ny", kind=register.board.kind).pk > gone


def test_an_installation_in_use_is_left_alone(register: Cast, tmp_path: Path, place: Place) -> None:
    saved = saved_to(tmp_path / "a.tar")
    place.restore(saved.path)
    before = place.untouched()
    with Instance(place.var / "riskreg.pid", "http://127.0.0.1:8000/"), pytest.raises(BackupError, match="127"):
        place.restore(saved.path, over=Path(place.database).name)
    assert place.untouched() == before


@SQLITE
def test_an_open_connection_is_somebody_who_uses_it(register: Cast, tmp_path: Path, place: Place) -> None:
    saved = saved_to(tmp_path / "a.tar")
    place.restore(saved.path)
    child_reads, parent_tried = os.pipe(), os.pipe()
    child = os.fork()
    if not child:
        opened = sqlite3.connect(place.database)
        opened.execute("PRAGMA journal_mode=WAL")
        opened.execute("SELECT * FROM riskreg_unit").fetchone()
        os.write(child_reads[1], b"x")
        os.read(parent_tried[0], 1)
        os._exit(0)
    os.read(child_reads[0], 1)
    with pytest.raises(BackupError, match=r"riskreg\.sqlite3"):
        place.restore(saved.path, over="riskreg.sqlite3")
    os.write(parent_tried[1], b"x")
    os.waitpid(child, 0)
    assert place.restore(saved.path, over="riskreg.sqlite3").is_intact


def test_a_session_on_the_server_is_somebody_who_uses_it(register: Cast, tmp_path: Path, place: Place) -> None:
    if connection.vendor != "postgresql":
        pytest.skip("PostgreSQL's own")
    from config.backup.postgresql import connect

    saved = saved_to(tmp_path / "a.tar")
    with place.here():
        other = connect()
    with pytest.raises(BackupError, match=r"\(\d+\)"):
        place.restore(saved.path)
    other.close()
    assert place.restore(saved.path).is_intact


def test_over_an_installation_only_by_its_name_and_the_old_one_is_kept(register: Cast, tmp_path: Path, place: Place) -> None:
    saved = saved_to(tmp_path / "a.tar")
    place.restore(saved.path)
    with place.here():
        Unit.objects.create(name="Bara här", kind=register.board.kind)
    (place.media / "evidence").mkdir(exist_ok=True)
    (place.media / "evidence" / "bara-har.pdf").write_bytes(b"x")
    before = place.untouched()
    name = Path(place.database).name
    for over in ("", "another"):
        with pytest.raises(BackupError, match=name):
            place.restore(saved.path, over=over)
    assert place.untouched() == before
    restored = place.restore(saved.path, over=name)
    assert restored.is_intact
    assert place.digests(tmp_path / "again.tar") == saved.contents.digests
    assert not (place.media / "evidence" / "bara-har.pdf").exists()
    files = next(Path(kept) for kept in restored.kept if media.KEPT in kept)
    assert (files / "evidence" / "bara-har.pdf").read_bytes() == b"x"
    with place.here(), connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            schema_kept = next(kept for kept in restored.kept if not kept.startswith("/"))
            cursor.execute(f"SELECT COUNT(*) FROM {schema_kept}.riskreg_unit WHERE name = 'Bara här'")
            assert cursor.fetchone()[0] == 1
        else:
            old = next(kept for kept in restored.kept if kept.endswith(tuple("0123456789")) and media.KEPT not in kept)
            opened = sqlite3.connect(old)
            assert opened.execute("SELECT COUNT(*) FROM riskreg_unit WHERE name = 'Bara här'").fetchone()[0] == 1
            opened.close()
    # And a third time: what the restores before have kept is in nobody's way.
    assert place.restore(saved.path, over=name).is_intact


def crash(path: Path) -> None:
    """Write to the database as a process does that is killed: its last changes lie in the log."""
    child = os.fork()
    if not child:
        opened = sqlite3.connect(path, isolation_level=None)
        opened.execute("PRAGMA journal_mode=WAL")
        opened.execute("PRAGMA wal_autocheckpoint=0")
        opened.execute("CREATE TABLE IF NOT EXISTS riskreg_crashed (a, b)")
        for number in range(400):
            opened.execute("INSERT INTO riskreg_crashed VALUES (?, ?)", [number, "x" * 2_000])
        os.kill(os.getpid(), 9)
    os.waitpid(child, 0)
    assert Path(f"{path}-wal").stat().st_size > 100_000


@SQLITE
def test_over_a_register_that_crashed_its_log_is_not_replayed_into_the_restored_one(
    register: Cast, tmp_path: Path, place: Place
) -> None:
    saved = saved_to(tmp_path / "a.tar")
    place.restore(saved.path)
    crash(Path(place.database))
    with pytest.raises(BackupError):
        place.restore(saved.path)
    restored = place.restore(saved.path, over="riskreg.sqlite3")
    assert restored.is_intact
    assert place.digests(tmp_path / "again.tar") == saved.contents.digests
    kept = next(Path(one) for one in restored.kept if ".before-" in one and not one.endswith(("-wal", "-shm")))
    opened = sqlite3.connect(kept)
    assert opened.execute("SELECT COUNT(*) FROM riskreg_crashed").fetchone()[0] == 400  # the crashed one's last words, too
    opened.close()


@SQLITE
def test_the_log_of_a_database_that_somebody_removed_is_no_part_of_the_restored_one(
    register: Cast, tmp_path: Path, place: Place
) -> None:
    saved = saved_to(tmp_path / "a.tar")
    crash(Path(place.database))
    Path(place.database).unlink()
    assert place.restore(saved.path, over="riskreg.sqlite3").is_intact
    assert place.digests(tmp_path / "again.tar") == saved.contents.digests


@SQLITE
def test_over_a_broken_database(register: Cast, tmp_path: Path, place: Place) -> None:
    saved = saved_to(tmp_path / "a.tar")
    Path(place.database).write_bytes(os.urandom(50_000))
    with pytest.raises(BackupError, match="--over"):
        place.restore(saved.path)
    assert place.restore(saved.path, over="riskreg.sqlite3").is_intact


@SQLITE
def test_a_backup_cut_short_touches_nothing(register: Cast, tmp_path: Path, place: Place) -> None:
    saved = saved_to(tmp_path / "a.tar")
    place.restore(saved.path)
    before = place.untouched()
    whole = saved.path.read_bytes()
    for length in (0, 600, len(whole) // 2, len(whole) - 10_240, len(whole) - 1):
        saved.path.write_bytes(whole[:length])
        with pytest.raises(BackupError):
            place.restore(saved.path, over="riskreg.sqlite3")
    assert place.untouched() == before


@SQLITE
def test_a_register_that_was_altered_is_restored_as_it_was_and_said(register: Cast, tmp_path: Path, place: Place) -> None:
    with connection.cursor() as cursor:
        cursor.execute("UPDATE riskreg_unit SET name = 'Ändrad förbi produkten' WHERE id = %s", [register.payroll.pk])
    found = [str(one.detail) for one in verify().findings]
    restored = place.restore(saved_to(tmp_path / "a.tar").path)
    assert not restored.is_intact
    assert [str(one.detail) for one in restored.proof.trail.findings] == found


@SQLITE
def test_the_key_is_taken_over_when_asked_for(register: Cast, tmp_path: Path, place: Place, settings: Any) -> None:
    (place.var / "secret_key").write_text("den gamla")
    plain, keyed = saved_to(tmp_path / "a.tar"), saved_to(tmp_path / "b.tar", with_key=True)
    with pytest.raises(BackupError, match="--key"):
        place.restore(plain.path, with_key=True)
    place.restore(keyed.path)
    assert (place.var / "secret_key").read_text() == "den gamla"
    place.restore(keyed.path, over="riskreg.sqlite3", with_key=True)
    assert (place.var / "secret_key").read_text() == settings.SECRET_KEY
    assert stat.S_IMODE((place.var / "secret_key").stat().st_mode) == 0o600
    assert next(place.var.glob("secret_key.before-*")).read_text() == "den gamla"
    assert not list(place.var.glob("*.restoring*"))


@SQLITE
def test_an_encrypted_one_is_restored_by_its_passphrase(register: Cast, tmp_path: Path, place: Place) -> None:
    saved = saved_to(tmp_path / "a.tar", passphrase="en lång och hemlig mening")
    with pytest.raises(BackupError):
        place.restore(saved.path, passphrase="en annan lång mening")
    assert place.untouched() == {}
    assert place.restore(saved.path, passphrase="en lång och hemlig mening").is_intact


@SQLITE
def test_of_a_later_version_it_is_refused_with_what_to_do(register: Cast, tmp_path: Path, place: Place) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(saving, "applied_here", lambda: [("riskreg", "0099_of_tomorrow")])
        patch.setattr(saving, "VERSION", "9.1")
        saved = saved_to(tmp_path / "a.tar")
    with pytest.raises(BackupError, match=r"9\.1.*0099_of_tomorrow"):
        place.restore(saved.path)
    assert place.untouched() == {}


class OneMore(migrations.Migration):
    """What a version after this one's could add."""

    operations = [migrations.AddField("unit", "seen_from_tomorrow", models.IntegerField(null=True))]


@pytest.fixture
def newer_version(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Let the product, when called, be of a version with one more migration of riskreg."""

    def publish() -> None:
        load, name = MigrationLoader.load_disk, "9999_one_more"

        def load_with_more(self: MigrationLoader) -> None:
            load(self)
            OneMore.dependencies = [max(key for key in self.disk_migrations if key[0] == "riskreg")]
            self.disk_migrations["riskreg", name] = OneMore(name, "riskreg")

        monkeypatch.setattr(MigrationLoader, "load_disk", load_with_more)

    return publish


@SQLITE
def test_a_backup_of_an_earlier_state_is_restored_to_it_and_migrated_on(
    register: Cast, tmp_path: Path, place: Place, newer_version: Callable[[], None]
) -> None:
    """The tables of before the newest migration, with rows in one that it alters. An earlier squash is named in it."""
    whole = saved_to(tmp_path / "a.tar")
    path = tmp_path / "earlier.tar"
    with path.open("wb") as file, Archive(whole.path).members(whole.contents) as members:
        writer = Writer(file, None)
        about = About.from_json(whole.about.as_json())
        about.migrations = [*about.migrations, ("riskreg", "0001_squashed_0013_risk_spans")]
        about.tables = [one for one in about.tables if one["name"] == "riskreg_unit"]
        writer.add(ABOUT, about.as_json())
        for member in members:
            if member.name.startswith("tables/riskreg_unit/"):
                writer.add(member.name, member.read())
        writer.contents.rows = {"riskreg_unit": whole.contents.rows["riskreg_unit"]}
        writer.contents.digests = {"riskreg_unit": whole.contents.digests["riskreg_unit"]}
        writer.finish()
    newer_version()
    with place.here():
        from config import preparation
        from config.backup.restoring import restore

        restore(Archive(path), over="", with_key=False, tell=QUIET.append)
        assert preparation.pending_migrations() == []
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM riskreg_unit WHERE seen_from_tomorrow IS NULL")
            assert cursor.fetchone()[0] == whole.contents.rows["riskreg_unit"]


@SQLITE
def test_of_migrations_that_are_squashed_otherwise_here_none_is_unknown(register: Cast, tmp_path: Path) -> None:
    about = saved_to(tmp_path / "a.tar").about
    about.migrations.append(("riskreg", "0001_squashed_0013_risk_spans"))
    schema.require_known(about)
    about.migrations.append(("riskreg", "0001_squashed_0099_of_tomorrow"))
    with pytest.raises(BackupError, match=r"\(riskreg.0001_squashed_0099_of_tomorrow\)"):
        schema.require_known(about)


def test_a_session_that_is_just_ending_is_waited_for(
    register: Cast, tmp_path: Path, place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    if connection.vendor != "postgresql":
        pytest.skip("PostgreSQL's own")
    from config.backup import schemas

    saved = saved_to(tmp_path / "a.tar")
    answers = [["gunicorn (4711)"], ["gunicorn (4711)"]]
    really = schemas.other_sessions
    monkeypatch.setattr(schemas, "other_sessions", lambda: answers.pop() if answers else really())
    assert place.restore(saved.path).is_intact
    assert not answers
