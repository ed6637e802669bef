"""A second place to restore into, on the engine of the run: its own database, files and var directory."""

from __future__ import annotations

import pickle
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from django.utils import timezone

from config.backup import schema
from config.backup.archive import About, Archive
from config.backup.marker import IN_USE
from config.backup.restoring import Restored, restore
from config.backup.saving import Saved, save
from config.backup.tables import content_types_forgotten
from riskreg.trail.seals import seal
from tests.cast import Cast, make_cast
from tests.databases import replay_migrations
from tests.sampling.scene import drawn
from tests.settings import NUMBER, RUN_DIRECTORY

QUIET: list[str] = []


def saved_to(path: Path, **options: Any) -> Saved:
    """Back the test's register up."""
    return save(path, **{"passphrase": None, "with_key": False, "tell": QUIET.append, **options})


@dataclass
class Place:
    """An installation, in use while `here` is open."""

    var: Path
    database: str
    settings: Any

    @property
    def media(self) -> Path:
        return self.var / "media"

    @contextmanager
    def here(self) -> Iterator[None]:
        before = connection.settings_dict["NAME"], self.settings.VAR_DIR, self.settings.MEDIA_ROOT
        connection.close()
        content_types_forgotten()
        connection.settings_dict["NAME"] = self.database
        self.settings.VAR_DIR, self.settings.MEDIA_ROOT = self.var, str(self.media)
        try:
            yield
        finally:
            connection.close()
            content_types_forgotten()
            connection.settings_dict["NAME"], self.settings.VAR_DIR, self.settings.MEDIA_ROOT = before

    def restore(self, path: Path, *, over: str = "", passphrase: str | None = None, with_key: bool = False) -> Restored:
        with self.here():
            return restore(Archive(path, passphrase), over=over, with_key=with_key, tell=QUIET.append)

    def digests(self, path: Path) -> dict[str, str]:
        """Back it up, and return the hash of each table's rows."""
        with self.here():
            return saved_to(path).contents.digests

    def untouched(self) -> dict[str, bytes]:
        """Return every file of the installation with its content, but for the locks."""
        return {
            str(path.relative_to(self.var)): path.read_bytes()
            for path in sorted(self.var.rglob("*"))
            if path.is_file() and path.name not in {"riskreg.pid", IN_USE}
        }


@pytest.fixture
def place(tmp_path: Path, settings: Any, transactional_db: None) -> Iterator[Place]:
    """An installation that nobody has used yet."""
    var = tmp_path / "place"
    var.mkdir(mode=0o700)
    name = "riskreg_place" if connection.vendor == "postgresql" else str(var / "riskreg.sqlite3")
    if connection.vendor == "postgresql":
        name = f"{name}_{connection.settings_dict['NAME']}"
        _on_the_server(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)', f'CREATE DATABASE "{name}"')
    yield Place(var, name, settings)
    if connection.vendor == "postgresql":
        _on_the_server(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def _on_the_server(*statements: str) -> None:
    parameters = {name: connection.settings_dict[name] for name in ("HOST", "PORT", "USER", "PASSWORD")}
    host = connection.settings_dict["OPTIONS"].get("host", parameters["HOST"])
    with psycopg.connect(host=host, user=parameters["USER"], dbname="postgres", autocommit=True) as server:
        for statement in statements:
            server.execute(statement.encode())


@pytest.fixture
def tables_made_once(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the tables that a restore makes be those of the migrated test database, instead of migrating again.

    Of a backup with other migrations than the test database they are migrated.
    """
    real, ours = schema.make_tables, set(MigrationRecorder(connection).applied_migrations())

    def make(about: About) -> None:
        if set(about.migrations) != ours:
            return real(about)
        if connection.vendor == "postgresql":
            return replay_migrations()
        ready = RUN_DIRECTORY / f"tables-{NUMBER}.sqlite3"
        stage = Path(connection.settings_dict["NAME"])
        if not ready.exists():
            replay_migrations()
            connection.close()
            return copy_sqlite(stage, ready)
        connection.close()
        shutil.copyfile(ready, stage)
        return None

    monkeypatch.setattr(schema, "make_tables", make)


def copy_sqlite(one: Path | str, other: Path | str) -> None:
    """Copy a database, with what lies in its log, over another one."""
    with closing(sqlite3.connect(one)) as source, closing(sqlite3.connect(other)) as copy:
        source.backup(copy)


@pytest.fixture
def register(transactional_db: None, today: object, settings: Any) -> Cast:
    """A register with a history, seals, a sample and its files, all of it committed.

    On SQLite it is made once per worker, and put in place of the test's database and files from then on.
    """
    if connection.vendor == "postgresql":
        return make_register()
    kept, database, files = RUN_DIRECTORY / f"register-{NUMBER}", connection.settings_dict["NAME"], Path(settings.MEDIA_ROOT)
    if not kept.exists():
        made = make_register()
        connection.close()
        kept.mkdir()
        (kept / "cast").write_bytes(pickle.dumps(made))
        shutil.copytree(files, kept / "files")
        copy_sqlite(database, kept / "database")
        return made
    connection.close()
    copy_sqlite(kept / "database", database)
    shutil.copytree(kept / "files", files, dirs_exist_ok=True)
    content_types_forgotten()
    cast: Cast = pickle.loads((kept / "cast").read_bytes())
    return cast


def make_register() -> Cast:
    cast = make_cast()
    drawn(cast, size=3)
    seal(timezone.now())
    cast.board.name = 'Kommunstyrelsen – "å ä ö", \\N \\ och tabb\t.'
    cast.board.save()
    seal(timezone.now())
    return cast
