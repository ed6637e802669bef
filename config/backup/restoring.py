"""Restoring a backup: built beside what is there, compared row by row with the file, and only then put in its place."""

from __future__ import annotations

import os
import sqlite3
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psycopg
from django.conf import settings
from django.db import DatabaseError, connection
from django.utils.translation import gettext as _

from config import preparation
from config.backup import disk, media, schema, switch
from config.backup.archive import FILES, KEY, TABLES, About, Archive, Contents, Member
from config.backup.errors import BackupError
from config.backup.marker import alone, marker
from config.backup.proving import Proof, prove
from config.backup.rows import Digest, Row, from_lines, to_lines
from config.backup.switch import Plan
from config.backup.tables import Table, content_types_forgotten
from config.backup.targets import Loader, Target, target
from config.instance import AlreadyRunning, Instance
from riskreg import clock
from riskreg.database.troubles import Trouble, trouble_of

Tell = Callable[[str], None]
HOLDER = "a restore"
FAILURES = (OSError, DatabaseError, sqlite3.Error, psycopg.Error)
"""What a disk or a database says when it cannot; everything else is a fault of the program."""


@dataclass
class Restored:
    """What a restore came to."""

    about: About
    contents: Contents
    kept: list[str]
    """Where what was there before lies now."""
    faults: list[str]
    """What the database says of itself that is wrong; it was so in the backup."""
    proof: Proof
    notes: list[str]
    """What else the one who restores has to know."""

    @property
    def is_intact(self) -> bool:
        return self.proof.is_intact and not self.faults


def restore(archive: Archive, *, over: str, with_key: bool, tell: Tell) -> Restored:
    """Restore the archive into the installation that the settings name, which must not be running.

    `over`: the name of its database, when there is something in it; that is kept beside.

    Raises BackupError before anything is changed; from the first rename on a crash is gone on with by the next call.
    """
    tell(_("Reading the backup"))
    about, contents = archive.check()
    schema.require_known(about)
    if with_key and KEY not in contents.members:
        raise BackupError(_("The backup was made without SECRET_KEY: restore it without --key."))
    try:
        with Instance(Path(settings.VAR_DIR) / "riskreg.pid", HOLDER), alone():
            kept, faults = _put_in_place(archive, about, contents, over, with_key, tell)
            notes = [*_on_its_day(about), *_about_keys()]
            restored = Restored(about, contents, kept, faults, prove(about, tell), notes)
            connection.close()
            return restored
    except AlreadyRunning as running:
        said = {"address": running.address, "process": running.pid}
        raise BackupError(
            _("Riskreg runs (%(address)s, process %(process)s): stop it, and run the restore again. Nothing was changed.") % said
        ) from None


def _put_in_place(
    archive: Archive, about: About, contents: Contents, over: str, with_key: bool, tell: Tell
) -> tuple[list[str], list[str]]:
    """Return where the old lies, and what the database says of itself."""
    unfinished = switch.under_way()
    where = target()
    where.require_unused()
    if unfinished is not None:
        tell(_("Going on with the restore that was interrupted"))
        _carry_out(unfinished)
        if unfinished.archive == _name_of(contents):
            return unfinished.kept, []
    is_empty = where.is_empty() and not media.there()
    if not is_empty and over != where.name:
        raise BackupError(_not_empty(where, over))
    disk.require([*where.needs(about.database_bytes), (media.root(), about.file_bytes)])
    stage = media.root() / media.STAGE
    try:
        faults = _build(archive, about, contents, where, stage, tell)
        where.require_unused()
        tell(_("Putting it in place"))
        plan = _plan(where, contents, is_empty=is_empty, with_key=with_key)
        switch.write_down(plan)
    except BaseException as problem:
        with suppress(Exception):
            # The marker first: without what it names nothing could be gone on with.
            disk.remove(marker())
            where.clear()
            disk.remove(stage)
            disk.remove(_staged_key())
        if isinstance(problem, FAILURES):
            raise BackupError(_reason(problem)) from problem
        raise
    _carry_out(plan)
    disk.remove(_staged_key())
    return plan.kept, faults


def _not_empty(where: Target, over: str) -> str:
    if over:
        return _("The database is called %(name)s, not %(over)s. Nothing was changed.") % {"name": where.name, "over": over}
    return _(
        "The installation is not empty. To restore over it, name its database: --over %(name)s. What is there is kept beside."
    ) % {"name": where.name}


def _reason(problem: BaseException) -> str:
    if trouble_of(problem) is Trouble.FULL:
        return _("The disk is full (%(problem)s). Nothing was changed.") % {"problem": problem}
    return _("The restore failed: %(problem)s. Nothing was changed.") % {"problem": problem}


def _carry_out(plan: Plan) -> None:
    """Do the plan. Raises BackupError when it cannot be done now, and the next restore goes on with it."""
    try:
        switch.carry_out(plan)
    except FAILURES as problem:
        words = _("The restore stopped while it was put in place: %(problem)s. Make it possible, and run the same restore again.")
        raise BackupError(words % {"problem": problem}) from problem


def _name_of(contents: Contents) -> str:
    """Return what tells one backup from another: the hash of its first member but README, which holds its moment."""
    return contents.members["about.json"][1]


def _plan(where: Target, contents: Contents, *, is_empty: bool, with_key: bool) -> Plan:
    stamp = f"{clock.now():%Y%m%dT%H%M%S%f}"
    moves, schemas, kept = where.exchange(stamp, throw_away=is_empty)
    files_kept = media.root() / f"{media.KEPT}{stamp}"
    moves += switch.moves_of_files(files_kept)
    if any(Path(target).is_relative_to(files_kept) for _source, target in moves):
        kept.append(str(files_kept))
    if with_key:
        moves += _moves_of_key(stamp)
    thrown_away = [*(one for one in kept if schemas is None or one.startswith("/"))] if is_empty else []
    return Plan(_name_of(contents), moves, schemas, [] if is_empty else kept, thrown_away)


def _moves_of_key(stamp: str) -> list[tuple[str, str]]:
    key = Path(settings.VAR_DIR) / "secret_key"
    old = [(str(key), f"{key}.before-{stamp}")] if key.exists() else []
    return [*old, (str(_staged_key()), str(key))]


def _staged_key() -> Path:
    return Path(settings.VAR_DIR) / "secret_key.restoring"


# Building it


def _build(archive: Archive, about: About, contents: Contents, where: Target, stage: Path, tell: Tell) -> list[str]:
    """Build database and files beside the installation's, and compare the rows with the backup; return the faults."""
    disk.remove(stage)
    disk.make_folder(stage)
    tables = [Table.from_stated(stated) for stated in about.tables]
    with where.staged():
        tell(_("Making the tables"))
        schema.make_tables(about)
        tell(_("Files and rows"))
        with where.loader() as loader, archive.members(contents) as members:
            loader.empty(tables)
            _fill(loader, {table.name: table for table in tables}, members, stage)
            tell(_("Making the indexes"))
            loader.finish(tables, contents.last_keys)
        tell(_("Comparing every row with the backup"))
        _compare(where, tables, contents)
        faults = where.faults()
        content_types_forgotten()
        tell(_("Migrating to this version, and making the triggers"))
        preparation.migrate()
        where.settle()
    _flush_folders(stage)
    return faults


def _fill(loader: Loader, tables: dict[str, Table], members: Iterator[Member], stage: Path) -> None:
    waiting: list[Member] = []

    def parts(first: Member, table: str) -> Iterator[list[list[object]]]:
        yield from_lines(_unpacked(first))
        for member in members:
            if _table_of(member.name) != table:
                waiting.append(member)
                return
            yield from_lines(_unpacked(member))

    member: Member | None = next(members, None)
    while member is not None:
        if member.name.startswith(FILES):
            media.put(member, stage)
        elif (name := _table_of(member.name)) is not None:
            loader.load(tables[name], parts(member, name))
        elif member.name == KEY:
            _stage_key(member.read())  # moved into place when that was asked for, else removed
        member = waiting.pop() if waiting else next(members, None)


def _stage_key(key: bytes) -> None:
    disk.remove(_staged_key())
    with disk.create(_staged_key()) as file:
        file.write(key)
        disk.flush(file)


def _table_of(name: str) -> str | None:
    return name.removeprefix(TABLES).split("/")[0] if name.startswith(TABLES) else None


def _unpacked(member: Member) -> bytes:
    return zlib.decompress(member.read(), wbits=31)


def _compare(where: Target, tables: Iterable[Table], contents: Contents) -> None:
    """Read every row back. Raises BackupError where they are not those of the backup."""
    with where.snapshot() as rows:
        for table in tables:
            digest = Digest(table)
            chunk: list[Row]
            for chunk in rows.chunks(table):
                digest.add(chunk, to_lines(chunk))
            if (digest.rows, digest.hexdigest()) != (contents.rows[table.name], contents.digests[table.name]):
                raise BackupError(
                    _("%(table)s holds other rows than the backup after it was read in. Nothing was changed.")
                    % {"table": table.name}
                )


def _flush_folders(stage: Path) -> None:
    for folder, _below, _names in os.walk(stage):
        disk.flush_folder(Path(folder))


# Afterwards


def _on_its_day(about: About) -> list[str]:
    """Let an embedded installation stand on the day of the demonstration that it now holds; return what is to be said."""
    path = Path(settings.VAR_DIR) / "today"
    if about.pinned_day and "RISKREG_TODAY" not in os.environ and "DATABASE_URL" not in os.environ:
        path.write_text(about.pinned_day, encoding="ascii")
        return [_("The register stands still on %(day)s, as it did.") % {"day": about.pinned_day}]
    if about.pinned_day and str(clock.pinned_day() or "") != about.pinned_day:
        return [_("The register stood still on %(day)s: set RISKREG_TODAY=%(day)s, or its deadlines have all passed.")
                % {"day": about.pinned_day}]  # fmt: skip
    if not about.pinned_day and path.exists() and "RISKREG_TODAY" not in os.environ and "DATABASE_URL" not in os.environ:
        path.unlink()
    return []


def _about_keys() -> list[str]:
    path = Path(settings.VAR_DIR) / "secret_key"
    if "SECRET_KEY" in os.environ and path.exists():
        return [_("The environment's SECRET_KEY is used, not the one in %(file)s.") % {"file": path}]
    return []
