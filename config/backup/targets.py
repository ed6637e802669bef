"""Where a restore goes: the database that the settings name, on either engine, and what is there before."""

from __future__ import annotations

import fcntl
import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Protocol

from django.db import connection
from django.utils.translation import gettext as _

from config.backup import disk, postgresql, schemas, sqlite
from config.backup.errors import BackupError
from config.backup.schemas import Schemas
from config.backup.tables import LEFT_OUT, MADE_BY_MIGRATING

Loader = sqlite.Loader | postgresql.Loader
Snapshot = sqlite.Snapshot | postgresql.Snapshot
GOING_SECONDS = 3.0
"""How long the sessions of a PostgreSQL database may take to end before somebody is said to use it."""
ENDINGS = ("", "-wal", "-shm", "-journal")
"""The files of a SQLite database: a log that is left behind would be replayed into another database of the name."""
_SHARED_LOCK, _SHARED_BYTES = 0x40000002, 510
"""Where every open connection holds a lock in the database's file (https://www.sqlite.org/fileformat2.html#the_lock_byte_page)."""


class Target(Protocol):
    """A database to restore into."""

    name: str
    """What the one who restores over it has to type."""

    def require_unused(self) -> None:
        """Raise BackupError while anybody else uses it."""

    def is_empty(self) -> bool:
        """Return whether nobody has put anything into it."""

    def needs(self, database_bytes: int) -> list[tuple[Path, int]]:
        """Return the folders whose disks are needed, with how many bytes."""

    def staged(self) -> Any:
        """Return a context in which the product is aimed at a new, empty database beside it."""

    def loader(self) -> Loader:
        """Return what fills the staged database."""

    def snapshot(self) -> Snapshot:
        """Return the staged database to be read."""

    def faults(self) -> list[str]:
        """Return what the staged database says of itself that is wrong."""

    def settle(self) -> None:
        """See that the staged database lies on the disk, whole."""

    def exchange(self, stamp: str, *, throw_away: bool) -> tuple[list[tuple[str, str]], Schemas | None, list[str]]:
        """Return the moves, or the schemas, by which the staged one takes its place; and where the old one lies then."""

    def clear(self) -> None:
        """Remove what an interrupted restore left staged."""


def target() -> Target:
    """Return the database that the settings name."""
    return PostgresqlTarget() if connection.vendor == "postgresql" else SqliteTarget()


@contextmanager
def _aimed_at(**settings: Any) -> Iterator[None]:
    """Let the product's connection use other settings, as another database's name."""
    connection.close()
    before = {name: connection.settings_dict[name] for name in settings}
    connection.settings_dict.update(settings)
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict.update(before)


class SqliteTarget:
    def __init__(self) -> None:
        connection.close()
        self._live = Path(connection.settings_dict["NAME"]).absolute()
        self._stage = self._live.with_name(f"{self._live.name}.restoring")
        self.name = self._live.name

    def require_unused(self) -> None:
        if not self._live.exists():
            return
        descriptor = os.open(self._live, os.O_RDWR)
        try:
            fcntl.lockf(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB, _SHARED_BYTES, _SHARED_LOCK)
        except OSError:
            raise BackupError(
                _("Somebody uses the database %(name)s: stop the product, and run the restore again.") % {"name": self._live}
            ) from None
        finally:
            os.close(descriptor)

    def is_empty(self) -> bool:
        log = Path(f"{self._live}-wal")
        if log.exists() and log.stat().st_size:
            return False  # a register that crashed: its last changes lie in the log
        if not self._live.exists() or not self._live.stat().st_size:
            return True
        # Read without a trace: neither locks nor the log are touched.
        opened = sqlite3.connect(f"{self._live.as_uri()}?immutable=1&mode=ro", uri=True)
        try:
            names = [str(name) for (name,) in opened.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
            counted = [name for name in names if name not in {*LEFT_OUT, *MADE_BY_MIGRATING} and not name.startswith("sqlite_")]
            return not any(opened.execute(f'SELECT 1 FROM "{name}" LIMIT 1').fetchone() for name in counted)
        except sqlite3.DatabaseError:
            return False  # broken: what is in it nobody knows
        finally:
            opened.close()

    def needs(self, database_bytes: int) -> list[tuple[Path, int]]:
        # Beside the database itself the log of what is migrated afterwards, and what sorting an index takes.
        return [(self._live.parent, int(database_bytes * 1.5))]

    @contextmanager
    def staged(self) -> Iterator[None]:
        disk.make_folder(self._live.parent)
        self.clear()
        disk.create(self._stage).close()
        with _aimed_at(NAME=str(self._stage)):
            yield

    def loader(self) -> sqlite.Loader:
        connection.close()
        return sqlite.Loader(self._stage)

    def snapshot(self) -> sqlite.Snapshot:
        return sqlite.Snapshot(self._stage)

    def faults(self) -> list[str]:
        return sqlite.faults(self._stage)

    def settle(self) -> None:
        connection.close()
        with suppress(FileNotFoundError), Path(f"{self._stage}-wal").open("rb") as log:
            if log.read(1):
                raise BackupError(_("The restored database could not be closed. Nothing was changed."))
        for ending in ENDINGS[1:]:
            disk.remove(Path(f"{self._stage}{ending}"))
        with self._stage.open("rb+") as file:
            disk.flush(file)
        disk.flush_folder(self._stage.parent)

    def exchange(self, stamp: str, *, throw_away: bool) -> tuple[list[tuple[str, str]], Schemas | None, list[str]]:
        kept = f"{self._live}.before-{stamp}"
        there = [ending for ending in ENDINGS if Path(f"{self._live}{ending}").exists()]
        moves = [(f"{self._live}{ending}", f"{kept}{ending}") for ending in there]
        return [*moves, (str(self._stage), str(self._live))], None, [f"{kept}{ending}" for ending in there]

    def clear(self) -> None:
        for ending in ENDINGS:
            disk.remove(Path(f"{self._stage}{ending}"))


class PostgresqlTarget:
    def __init__(self) -> None:
        connection.close()
        self.name = str(connection.settings_dict["NAME"])
        self._live = schemas.live_schema()

    def require_unused(self) -> None:
        # The server needs a moment to end the session of a process that has just been stopped.
        until = time.monotonic() + GOING_SECONDS
        while (sessions := schemas.other_sessions()) and time.monotonic() < until:
            time.sleep(0.1)
        if sessions:
            said = {"name": self.name, "sessions": ", ".join(sessions[:5])}
            raise BackupError(
                _("Somebody uses the database %(name)s (%(sessions)s): stop the product, and run the restore again.") % said
            )

    def is_empty(self) -> bool:
        counted = [name for name in schemas.tables_in(self._live) if name not in {*LEFT_OUT, *MADE_BY_MIGRATING}]
        return not any(schemas.has_rows(self._live, name) for name in counted)

    def needs(self, database_bytes: int) -> list[tuple[Path, int]]:
        return []  # the server's disk is not ours to ask

    @contextmanager
    def staged(self) -> Iterator[None]:
        schemas.make_stage()
        before = connection.settings_dict["OPTIONS"]
        options = " ".join(filter(None, [before.get("options", ""), f"-c search_path={schemas.STAGE}"]))
        with _aimed_at(OPTIONS={**before, "options": options}):
            yield

    def loader(self) -> postgresql.Loader:
        connection.close()
        return postgresql.Loader(schemas.STAGE)

    def snapshot(self) -> postgresql.Snapshot:
        return postgresql.Snapshot()

    def faults(self) -> list[str]:
        return []  # constraints and references were asked when they were made

    def settle(self) -> None:
        with postgresql.connect() as connected:
            connected.execute("ANALYZE")
        connection.close()

    def exchange(self, stamp: str, *, throw_away: bool) -> tuple[list[tuple[str, str]], Schemas | None, list[str]]:
        kept = f"before_restore_{stamp.lower()}"
        return [], Schemas(schemas.STAGE, self._live, kept, throw_away), [kept]

    def clear(self) -> None:
        schemas.drop_stage()
