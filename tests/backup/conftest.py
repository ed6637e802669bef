"""A second place to restore into, on the engine of the run: its own database, files and var directory."""

from __future__ import annotations

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

from config.backup import schema
from config.backup.archive import About, Archive
from config.backup.restoring import Restored, restore
from config.backup.saving import Saved, save
from config.backup.tables import content_types_forgotten
from tests.cast import Cast
from tests.settings import RUN_DIRECTORY

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
        """Return every file of the installation with its content, but for the lock."""
        return {
            str(path.relative_to(self.var)): path.read_bytes()
            for path in sorted(self.var.rglob("*"))
            if path.is_file() and path.name != "riskreg.pid"
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
def tables_made_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the tables of a SQLite database be made by migrations once in a run, and copied afterwards."""
    if connection.vendor != "sqlite":
        return
    real = schema.make_tables

    def make(about: About) -> None:
        ready = RUN_DIRECTORY / f"tables-{abs(hash(tuple(about.migrations)))}.sqlite3"
        stage = Path(connection.settings_dict["NAME"])
        if not ready.exists():
            real(about)
            connection.close()
            made = ready.with_suffix(f".{stage.parent.parent.name}")
            with closing(sqlite3.connect(stage)) as source, closing(sqlite3.connect(made)) as copy:
                source.backup(copy)
            made.rename(ready)
            return
        connection.close()
        shutil.copyfile(ready, stage)

    monkeypatch.setattr(schema, "make_tables", make)


@pytest.fixture
def register(cast: Cast, transactional_db: None, today: object) -> Cast:
    """A register with a history, seals, a sample and its files, all of it committed."""
    from django.utils import timezone

    from riskreg.trail.seals import seal
    from tests.sampling.scene import drawn

    drawn(cast, size=3)
    seal(timezone.now())
    cast.board.name = 'Kommunstyrelsen – "å ä ö", \\N \\ och tabb\t.'
    cast.board.save()
    seal(timezone.now())
    return cast
