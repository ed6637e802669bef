"""The work of each kind of run: read a register's file in, or its columns anew.

The queue of runs (controls.monitoring.registers.runs) knows none of them.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from controls.data_files import reading
from controls.data_files.engine import Engine, literal
from controls.data_files.long_work import Failed
from controls.data_files.table import file_hash, first_rows
from controls.models import Register, RegisterRun, RegisterSnapshot
from controls.monitoring.kinds import KINDS
from controls.monitoring.kinds import Kind as RegisterKind
from controls.monitoring.recognising import ColumnMap, map_columns
from controls.monitoring.registers.asks import WENT_BACK, Ask, Before, Found, find_asks
from controls.monitoring.registers.parts import asks_about_part, count_outside, days_of, read_days
from controls.monitoring.registers.runs import WORKSHOP, Kind, finishing
from controls.monitoring.registers.stored_file import path_of
from controls.monitoring.snapshots.parts import Period
from controls.monitoring.snapshots.reading import SnapshotFacts, write_snapshot
from controls.monitoring.watching.runs import run_on
from riskreg import clock
from riskreg.models.history import save_with_history
from riskreg.numbers import number_text
from riskreg.trail.files import stated

SAMPLE_ROWS = 50
"""Rows that the columns are recognised by, beside their headings."""


@dataclass(frozen=True, slots=True)
class Came:
    """The file as it came: its table with every cell as text, its headings, and how it was written."""

    raw: Path
    columns: Sequence[str]
    format: str
    encoding: str
    notes: list[list[Any]]


def read(run: RegisterRun, engine: Engine) -> None:
    """Read the file that came, and take it as a snapshot unless something is odd about it."""
    source = WORKSHOP.uploaded_file(run, stated(run.snapshot, "original_sha256"))
    raw = WORKSHOP.folder_of(run) / "raw.parquet"
    engine.step(0.5)
    found = reading.read(engine, source, run.snapshot.original_name, raw, sheet=run.arguments.get("sheet", ""))
    notes = [list(note) for note in found.notes]
    _store(run, engine, Came(raw, found.columns, found.format, found.encoding, notes))


def read_columns_anew(run: RegisterRun, engine: Engine) -> None:
    """Read the columns of a draft anew, as the register has them now."""
    draft = run.snapshot
    engine.step(0.3)
    came = Came(path_of(draft), draft.columns, draft.original_format, draft.original_encoding, list(draft.facts.get("notes", [])))
    _store(run, engine, came)


def _store(run: RegisterRun, engine: Engine, came: Came) -> None:
    """Write the typed table, say what is odd about it, and take the snapshot where nothing is."""
    snapshot, register = run.snapshot, run.snapshot.register
    kind, made = KINDS[register.kind], WORKSHOP.folder_of(run) / "made.parquet"
    columns = _map(engine, came, register, kind, snapshot)
    key = key_of(register, kind)
    present = [name for name in key if kind.key or name in came.columns]
    engine.step(0.3)
    facts = write_snapshot(engine, came.raw, came.columns, kind, columns.fields, present, made, as_of=snapshot.as_of)
    engine.step(0.1)
    before = _before(engine, snapshot, kind, made)
    found = Found(came.columns, columns.fields, columns.doubtful, facts.rows, facts.three_decimals, _went_back(run))
    asks = find_asks(kind, key, found, register.mapping, before)
    days, outside = _days(engine, snapshot, kind, made)
    digest, name = file_hash(made), str(run.arguments["file"])
    kept = Path(settings.MEDIA_ROOT) / name
    with finishing(run) as row:
        if (row.register.mapping, row.register.key_columns) != (register.mapping, register.key_columns):
            raise Failed(_("The columns of the register were changed while the file was read. Choose columns again."))
        if row.register.is_in_parts:
            asks = [*asks, *asks_about_part(row, days, rows=facts.rows, outside=outside)]
        earlier, storage = str(row.file.name or ""), row.file.storage
        if earlier:
            transaction.on_commit(lambda: storage.delete(earlier))
        row.file.name, row.sha256 = name, digest
        row.original_format, row.original_encoding = came.format, came.encoding
        row.columns, row.mapping, row.row_count = list(came.columns), columns.fields, facts.rows
        row.first_day, row.last_day = (days.first, days.last) if days else (None, None)
        row.facts = {**_facts(facts, columns, asks, came), "outside": outside, "days_read": not _states_days(snapshot)}
        reason = _rows_read(facts.rows)
        if not asks:
            remember(row.register, columns.fields, run)
            row.state, row.taken_at = RegisterSnapshot.State.TAKEN, clock.now()
            reason = _taken_words(row)
        _keep(made, kept, row)
        save_with_history(row, by=run.author, reason=reason)
        if row.is_taken:
            run_on(row, by=run.author)


def _days(engine: Engine, snapshot: RegisterSnapshot, kind: RegisterKind, made: Path) -> tuple[Period | None, int]:
    """Return the days that a ledger's file holds, as they were stated or by its rows, and how many rows lie outside them."""
    if kind.code != "ledger":
        return None, 0
    rows = f"read_parquet({literal(str(made))})"
    days = days_of(snapshot) if _states_days(snapshot) else read_days(engine, rows)
    return days, count_outside(engine, rows, days) if days else 0


def _states_days(snapshot: RegisterSnapshot) -> bool:
    """Return whether a person stated the days: they were not read from the rows before."""
    return snapshot.first_day is not None and not snapshot.facts.get("days_read")


def _went_back(run: RegisterRun) -> str:
    """Return the earlier day whose very file it is, where that is asked; asked again when its columns are read anew."""
    asked = [ask["day"] for ask in run.snapshot.asks if ask["code"] == WENT_BACK]
    return str(run.arguments.get("went_back") or next(iter(asked), ""))


def _keep(made: Path, kept: Path, row: RegisterSnapshot) -> None:
    """Move the table to where it is kept. One that a snapshot has already is stored once, under two names.

    Each name is deleted for itself, so what is weeded takes nothing from another.
    """
    kept.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    there = row.register.snapshots.taken().filter(sha256=row.sha256).exclude(pk=row.pk).first()
    if there is not None:
        # A damaged file is not shared, and not every disk knows a file by two names.
        with suppress(Failed, OSError):
            os.link(path_of(there), kept)
            return
    os.replace(made, kept)


def _map(engine: Engine, came: Came, register: Register, kind: RegisterKind, snapshot: RegisterSnapshot) -> ColumnMap:
    """Return which column each field is: as the register remembers it, the rest as it is recognised."""
    rows = [cells for _number, cells in first_rows(engine, came.raw, came.columns, count=SAMPLE_ROWS)]
    return map_columns(kind, list(came.columns), rows, register.mapping, on=snapshot.as_of)


def key_of(register: Register, kind: RegisterKind) -> list[str]:
    """Return the fields that tell the rows apart, or the headings that were chosen; none for rows that are lines."""
    return list(kind.key) or list(register.key_columns)


def _before(engine: Engine, snapshot: RegisterSnapshot, kind: RegisterKind, made: Path) -> Before | None:
    """Return how the file stands to the snapshot before it in time; None where there is none."""
    earlier = RegisterSnapshot.objects.before(snapshot).first()
    if earlier is None or not earlier.row_count:
        return None
    if snapshot.register.is_in_parts:
        # It holds other days than the file before it: see asks_about_part.
        return None
    if kind.code == "ledger":
        # Lines have no keys; suppliers of another period may all be others.
        return Before(earlier.row_count)
    tables = [f"select key from read_parquet({literal(str(path))})" for path in (path_of(earlier), made)]
    shared = engine.one(f"select count(*) from ({tables[0]} intersect {tables[1]})")[0]
    return Before(earlier.row_count, shares_keys=bool(shared))


def _facts(facts: SnapshotFacts, columns: ColumnMap, asks: list[Ask], came: Came) -> dict[str, Any]:
    told = {"asks": asks, "doubtful": sorted(columns.doubtful), "unknown": columns.unknown, "notes": came.notes}
    return {**facts.as_json(), **told}


def remember(register: Register, fields: dict[str, str], run: RegisterRun) -> None:
    """Let the register remember the columns of a file that was taken, for the next one."""
    mapping = {**fields, **register.mapping}
    if mapping != register.mapping:
        register.mapping = mapping
        save_with_history(register, by=run.author, reason=_("Columns as in the file that was taken"))


def _rows_read(rows: int) -> str:
    return ngettext("Read: %(count)s row", "Read: %(count)s rows", rows) % {"count": number_text(rows)}


def _taken_words(row: RegisterSnapshot) -> str:
    values = {"rows": number_text(row.row_count or 0), "hash": row.sha256}
    return _("Taken: %(rows)s rows, SHA-256 %(hash)s") % values


WORK: dict[RegisterRun.Kind, Callable[[RegisterRun, Engine], None]] = {Kind.READ: read, Kind.MAP: read_columns_anew}


def perform(run_id: int) -> bool:
    """Perform the run, once; return False when it is done, cancelled, or another worker has it."""
    return WORKSHOP.perform(run_id, lambda run: WORK[Kind(run.kind)], "snapshot__register__unit", "asked_by")
