"""The files of a register that comes in parts, read together as its rules, pages and differences read it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from controls.data_files.engine import Engine, literal
from controls.data_files.long_work import Failed
from controls.models import Register, RegisterSnapshot
from controls.monitoring.kinds import KINDS
from controls.monitoring.registers.asks import Ask, find_asks_of_part
from controls.monitoring.registers.runs import WORKSHOP
from controls.monitoring.registers.stored_file import path_of
from controls.monitoring.snapshots.parts import PART_ROWS, Period, looked_back_to, period_of, standing
from riskreg.verbs.gate import Turn


def newest_first(snapshots: Iterable[RegisterSnapshot]) -> list[RegisterSnapshot]:
    """Return taken snapshots of one register, which come the latest in time first, as its rules take them up.

    A register in parts is as it is since the part that was taken last, whatever days that tells of.
    """
    found = list(snapshots)
    if found and found[0].register.is_in_parts:
        found.sort(key=lambda one: (one.taken_at, one.pk), reverse=True)
    return found


def newest_of(register: Register) -> RegisterSnapshot | None:
    """Return the taken snapshot that the register is as of."""
    taken = register.snapshots.taken()
    return (taken.order_by("-taken_at", "-pk") if register.is_in_parts else taken).first()


def parts_until(snapshot: RegisterSnapshot) -> list[RegisterSnapshot]:
    """Return the parts that stood and were looked back at when the snapshot was the last one, in the order of their days.

    Of a register whose files hold the whole time each, the snapshot itself.
    """
    months = snapshot.register.months_together
    if not months:
        return [snapshot]
    with_days = snapshot.register.snapshots.taken().exclude(first_day=None).select_related("register__unit")
    until = [one for one in with_days.defer("facts") if _taken(one) <= _taken(snapshot)]
    until.sort(key=_taken)
    periods = [days_of(one) for one in until]
    if not periods:
        return [snapshot]
    since = looked_back_to(periods, months)
    found = [until[at] for at in standing(periods) if periods[at].last >= since]
    return sorted(found, key=lambda one: days_of(one).first)


def _taken(snapshot: RegisterSnapshot) -> tuple[Any, int]:
    return snapshot.taken_at, snapshot.pk


def days_of(snapshot: RegisterSnapshot) -> Period:
    """Return the days that a part holds. Raises ValueError where they are not known."""
    if snapshot.first_day is None or snapshot.last_day is None:
        raise ValueError(snapshot.pk)
    return Period(snapshot.first_day, snapshot.last_day)


def rows_of(snapshot: RegisterSnapshot) -> str:
    """Return in SQL all rows of the register as of the snapshot. Raises Failed when a file is missing or another.

    Of several parts only the columns that are known, as the others have their places in each file. A row's number then tells
    its file, too (controls.monitoring.snapshots.parts.split_row). A row whose day another part holds is that part's to tell.
    """
    parts = parts_until(snapshot)
    if not snapshot.register.is_in_parts:
        return f"read_parquet({literal(str(path_of(snapshot)))})"
    since = looked_back_to([days_of(one) for one in parts], snapshot.register.months_together or 0) if _has_days(parts) else None
    return f"({' union all by name '.join(_rows_of_part(one, parts, since) for one in parts)})"


def _has_days(parts: Sequence[RegisterSnapshot]) -> bool:
    return all(one.first_day is not None for one in parts)


def _rows_of_part(part: RegisterSnapshot, parts: Sequence[RegisterSnapshot], since: date | None) -> str:
    known = ["key", *(each.code for each in KINDS[part.register.kind].fields), "identity_is_valid", "identity_is_person"]
    others = [days_of(one) for one in parts if one.pk != part.pk]
    asked = [f"day not between {literal(one.first.isoformat())} and {literal(one.last.isoformat())}" for one in others]
    if since is not None:
        asked.append(f"day >= {literal(since.isoformat())}")
    where = f" where day is null or ({' and '.join(asked)})" if asked else ""
    columns = ", ".join([f"row::bigint + {part.pk * PART_ROWS} as row", *known])
    return f"select {columns} from read_parquet({literal(str(path_of(part)))}){where}"


def read_days(engine: Engine, rows: str) -> Period | None:
    """Return the days that the rows are about; None where no day could be read."""
    found = engine.rows(
        f"select date_trunc('month', day)::date, min(day), max(day), count(*) from {rows} where day is not null group by 1"
    )
    return period_of({month: (first, last, count) for month, first, last, count in found})


def count_outside(engine: Engine, rows: str, period: Period) -> int:
    """Return how many of the rows have a day outside the period."""
    days = f"{literal(period.first.isoformat())} and {literal(period.last.isoformat())}"
    return int(engine.one(f"select count(*) from {rows} where day not between {days}")[0])


def standing_parts(register: Register) -> list[RegisterSnapshot]:
    """Return the register's parts that no later one has replaced, however old; in the order in which they were taken."""
    found = list(register.snapshots.taken().exclude(first_day=None).defer("facts"))
    found.sort(key=_taken)
    return [found[at] for at in standing([days_of(one) for one in found])]


def asks_about_part(row: RegisterSnapshot, days: Period | None, *, rows: int, outside: int) -> list[Ask]:
    """Return what a person has to be asked of a file of a register in parts."""
    others = [(days_of(one), one.row_count or 0) for one in standing_parts(row.register)]
    return find_asks_of_part(days, rows, outside, others)


def note_days(turn: Turn[Register]) -> None:
    """Read the days of the snapshots that came before such days were noted, in the turn of the verb change.

    One whose file is missing or another stays without, and is not read together with the others.
    """
    without = [one for one in turn.row.snapshots.taken().select_related("register") if one.first_day is None]
    with WORKSHOP.scratch_engine() as engine:
        for one in without:
            with suppress(Failed):
                days = read_days(engine, f"read_parquet({literal(str(path_of(one)))})")
                if days is not None:
                    one.first_day, one.last_day = days.first, days.last
                    turn.save_also(one, reason=_("Its days were read from its rows"))
