"""Writing a backup: rows and files of one moment, while people work."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from django.conf import settings
from django.db import connection
from django.utils.translation import gettext as _

from config.backup import disk, media, postgresql, sqlite
from config.backup.archive import ABOUT, FILES, KEY, About, Archive, Contents, Writer
from config.backup.errors import BackupError, ChangedMeanwhile
from config.backup.rows import Digest, to_lines
from config.backup.tables import Table, applied_here, tables_here
from config.version import VERSION
from riskreg import clock
from riskreg.database.troubles import Trouble, trouble_of

TRIES = 5
ROWS_SHARE = 0.5
"""Packed rows take at most this share of their database (measured: 0.05 to 0.2)."""
Snapshot = sqlite.Snapshot | postgresql.Snapshot
Tell = Callable[[str], None]


@dataclass
class Saved:
    """What a backup holds."""

    path: Path
    about: About
    contents: Contents
    bytes: int
    is_encrypted: bool


def snapshot() -> Snapshot:
    """Return the product's database as it is when the snapshot is entered."""
    if connection.vendor == "postgresql":
        return postgresql.Snapshot()
    return sqlite.Snapshot(connection.settings_dict["NAME"])


def save(path: Path, *, passphrase: str | None, with_key: bool, tell: Tell) -> Saved:
    """Write a backup to the file, which must not exist, and read it again whole.

    The file has its name only when it is complete. Raises BackupError; then there is no file.
    """
    if not path.parent.is_dir():
        raise BackupError(_("There is no folder %(folder)s.") % {"folder": path.parent})
    if path.exists():
        raise BackupError(_("%(file)s exists already: a backup never replaces a file.") % {"file": path})
    part = path.with_name(f".{path.name}.part")
    try:
        file = _claim(part)
        try:
            with file:
                about, contents = _of_one_moment(path.parent, file, passphrase, with_key, tell)
                disk.flush(file)
            tell(_("Read again to be sure"))
            Archive(part, passphrase).check()
            disk.move(part, path)
        except BaseException:
            with suppress(OSError):
                part.unlink(missing_ok=True)
            raise
    except OSError as problem:
        raise BackupError(_reason(path, problem)) from problem
    return Saved(path, about, contents, path.stat().st_size, passphrase is not None)


def _reason(path: Path, problem: OSError) -> str:
    if trouble_of(problem) is Trouble.FULL:
        return _("The disk of %(file)s is full. No backup was made.") % {"file": path}
    return _("%(file)s cannot be written: %(problem)s. No backup was made.") % {"file": path, "problem": problem}


def _claim(part: Path) -> BinaryIO:
    """Open the unfinished file for us alone; one that a killed backup left is begun anew."""
    file = os.fdopen(os.open(part, os.O_RDWR | os.O_CREAT, 0o600), "r+b")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.close()
        raise BackupError(_("Another backup is being written to the same file.")) from None
    return file


def _of_one_moment(folder: Path, file: BinaryIO, passphrase: str | None, with_key: bool, tell: Tell) -> tuple[About, Contents]:
    for left in reversed(range(TRIES)):
        file.seek(0)
        file.truncate()
        try:
            return _write(folder, file, passphrase, with_key, tell)
        except ChangedMeanwhile as changed:
            if not left:
                said = {"file": str(changed).removeprefix(FILES), "tries": TRIES}
                raise BackupError(
                    _("%(file)s was deleted while the backup was made, or another file each of %(tries)s times. Try again.")
                    % said
                ) from None
            tell(_("%(file)s was deleted meanwhile; once more from the beginning") % {"file": str(changed).removeprefix(FILES)})
    raise AssertionError("unreachable")


def _write(folder: Path, file: BinaryIO, passphrase: str | None, with_key: bool, tell: Tell) -> tuple[About, Contents]:
    tables = tables_here()
    migrations = applied_here()
    connection.close()
    if not migrations:
        raise BackupError(_("The database holds nothing yet: there is nothing to back up."))
    with snapshot() as rows:
        named = {name for table in tables for name in rows.named_files(table)}
        files = media.there()
        missing = sorted(name for name in named if not (media.root() / name).is_file())
        about = About(
            version=VERSION,
            engine=connection.vendor,
            made_at=clock.now(),
            database_bytes=rows.size(),
            file_count=len(files),
            file_bytes=sum(size for _name, size in files),
            head=_head(rows, tables),
            migrations=migrations,
            tables=[table.stated() for table in tables],
            pinned_day=str(clock.pinned_day() or ""),
            missing_files=missing,
        )
        _require_space(folder, about)
        writer = Writer(file, passphrase)
        writer.add(ABOUT, about.as_json())
        tell(_("Files"))
        _add_files(writer, files, named - set(missing))
        tell(_("Rows"))
        for table in tables:
            _add_rows(writer, rows, table)
        if with_key:
            writer.add(KEY, settings.SECRET_KEY.encode())
        writer.finish()
    return about, writer.contents


def _require_space(folder: Path, about: About) -> None:
    needed = about.file_bytes + int(about.database_bytes * ROWS_SHARE)
    disk.require([(folder, needed)])


def _head(rows: Snapshot, tables: list[Table]) -> str:
    if not any(table.name == "riskreg_seal" for table in tables):
        return ""
    found = rows.row("SELECT seq, hash FROM riskreg_seal ORDER BY seq DESC LIMIT 1")
    return f"{found[0]}:{found[1]}" if found else ""


def _add_files(writer: Writer, files: list[tuple[str, int]], named: set[str]) -> None:
    """Add the files; one that nothing names may go meanwhile.

    Raises ChangedMeanwhile for one that a row of the snapshot names, and that was there when it was taken.
    """
    added = set()
    for name, _size in files:
        try:
            writer.add_file(f"{FILES}{name}", media.root() / name)
        except FileNotFoundError:
            continue
        added.add(name)
    for name in sorted(named - added):
        raise ChangedMeanwhile(name)


def _add_rows(writer: Writer, rows: Snapshot, table: Table) -> None:
    digest = Digest(table)

    def lines() -> object:
        for chunk in rows.chunks(table):
            made = to_lines(chunk)
            digest.add(chunk, made)
            yield made

    writer.add_rows(table.name, lines())  # type: ignore[arg-type]
    writer.contents.rows[table.name] = digest.rows
    writer.contents.digests[table.name] = digest.hexdigest()
    if (last := rows.last_key(table)) is not None:
        writer.contents.last_keys[table.name] = last
