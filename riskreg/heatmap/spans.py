"""The database keeps RiskSpan beside the risks' history: triggers, so that no way of writing history is forgotten, be it a
save, a bulk call, an import or SQL.

A row that is added moves an end of its risk's span or none: whether it is the last is said by its date and key, not by when
it was written, so a clock that was set back changes nothing. A row that is changed or removed makes the span anew.

The triggers are made after migrating, and taken down before: SQLite copies a table to alter it, which takes its triggers
along or trips over them. Whenever they are made where there were none, every span is made anew.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.apps import AppConfig, apps
from django.db import connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models.signals import post_migrate, pre_migrate

from riskreg.database.triggers import Trigger, are_there, drop_all, make_all
from riskreg.models import RiskSpan

SPAN, HISTORY = "riskreg_riskspan", "riskreg_historicalrisk"
NAMES = ADDED, CHANGED, REMOVED = tuple(f"a_span_follows_rows_{what}" for what in ("added", "changed", "removed"))
ENDS = ("risk_id", "first_at", "last_at", "last_row")
VALUES = tuple(str(field.column) for field in RiskSpan._meta.concrete_fields if field.column not in ENDS)
_COLUMNS = ", ".join((*ENDS, *VALUES))


def _of(row: str) -> str:
    return ", ".join(f"{row}.{column}" for column in VALUES)


def _whole(where: str = "") -> str:
    """The spans of the risks `where` (on `id`) names, from all of their history."""
    return f"INSERT INTO {SPAN} ({_COLUMNS}) {_selected(where)}"


def _selected(where: str = "") -> str:
    return f"""
    SELECT h.id AS risk_id, f.first_at, h.history_date AS last_at, h.history_id AS last_row, {_of("h")}
    FROM (SELECT id, MIN(history_date) AS first_at FROM {HISTORY} {where} GROUP BY id) f
    JOIN {HISTORY} h ON h.history_id = (
        SELECT l.history_id FROM {HISTORY} l WHERE l.id = f.id ORDER BY l.history_date DESC, l.history_id DESC LIMIT 1
    )"""


def _upsert(selected: str) -> str:
    """Of two rows that are added at once, whichever comes second finds what the first left."""
    later = f"(EXCLUDED.last_at, EXCLUDED.last_row) > ({SPAN}.last_at, {SPAN}.last_row)"
    # The later row's values, column by column: the last_at and last_row compared are those from before the statement.
    moved = ", ".join(
        f"{name} = CASE WHEN {later} THEN EXCLUDED.{name} ELSE {SPAN}.{name} END" for name in ("last_at", "last_row", *VALUES)
    )
    first = f"first_at = CASE WHEN EXCLUDED.first_at < {SPAN}.first_at THEN EXCLUDED.first_at ELSE {SPAN}.first_at END"
    # "WHERE true": SQLite otherwise reads ON as a join's.
    return f"""
    INSERT INTO {SPAN} ({_COLUMNS}) {selected}
    ON CONFLICT (risk_id) DO UPDATE SET {first}, {moved} WHERE {later} OR EXCLUDED.first_at < {SPAN}.first_at"""


def _sqlite() -> list[Trigger]:
    added = _upsert(f"VALUES (NEW.id, NEW.history_date, NEW.history_date, NEW.history_id, {_of('NEW')})")
    anew = f"DELETE FROM {SPAN} WHERE risk_id IN ({{ids}}); {_whole('WHERE id IN ({ids})')};"
    at_an_end = f"""
    EXISTS (SELECT 1 FROM {SPAN} WHERE risk_id = OLD.id AND (first_at = OLD.history_date OR last_row = OLD.history_id))"""
    return [
        Trigger(ADDED, HISTORY, "AFTER INSERT", f"{added};"),
        Trigger(CHANGED, HISTORY, "AFTER UPDATE", anew.format(ids="OLD.id, NEW.id")),
        Trigger(REMOVED, HISTORY, "AFTER DELETE", anew.format(ids="OLD.id"), at_an_end),
    ]


def _postgresql() -> list[Trigger]:
    """Once a statement, not once a row: a bulk call's many rows are one."""
    added = _upsert(f"""
    SELECT DISTINCT ON (m.id) m.id, MIN(m.history_date) OVER (PARTITION BY m.id), m.history_date, m.history_id, {_of("m")}
    FROM made m ORDER BY m.id, m.history_date DESC, m.history_id DESC""")
    ids = {CHANGED: "SELECT id FROM was UNION SELECT id FROM made", REMOVED: "SELECT id FROM was"}
    tables = {CHANGED: "OLD TABLE AS was NEW TABLE AS made", REMOVED: "OLD TABLE AS was", ADDED: "NEW TABLE AS made"}
    work = {ADDED: f"{added};"} | {
        name: f"DELETE FROM {SPAN} WHERE risk_id IN ({of}); {_whole(f'WHERE id IN ({of})')};" for name, of in ids.items()
    }
    event = {ADDED: "INSERT", CHANGED: "UPDATE", REMOVED: "DELETE"}
    return [
        Trigger(name, HISTORY, f"AFTER {event[name]}", f"{statements} RETURN NULL;", changed_rows=tables[name])
        for name, statements in work.items()
    ]


def fill(connection: BaseDatabaseWrapper) -> None:
    """Every span anew."""
    with connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM {SPAN}")
        cursor.execute(_whole())


@dataclass(frozen=True, slots=True)
class Check:
    """What the kept ends say beside the history itself: the keys of the risks whose span is not there, says something else,
    or is of no history."""

    checked: int
    lacking: list[int]
    wrong: list[int]
    left_over: list[int]
    is_kept: bool
    """Whether the triggers that keep them are there."""

    @property
    def is_intact(self) -> bool:
        return self.is_kept and not (self.lacking or self.wrong or self.left_over)


def verify(connection: BaseDatabaseWrapper) -> Check:
    """One statement, so that whoever writes meanwhile is seen on both sides or on neither."""
    kept = f"SELECT {_COLUMNS} FROM {SPAN}"
    compared = f"""
    WITH ought AS ({_selected()}), kept AS ({kept})
    SELECT risk_id, 1 FROM (SELECT * FROM ought EXCEPT SELECT * FROM kept) lacks
    UNION ALL SELECT risk_id, 2 FROM (SELECT * FROM kept EXCEPT SELECT * FROM ought) tells
    UNION ALL SELECT COUNT(*), 0 FROM ought"""
    with connection.cursor() as cursor:
        cursor.execute(compared)
        rows = [(int(number), int(side)) for number, side in cursor.fetchall()]
    lacks, tells = ({number for number, side in rows if side == one} for one in (1, 2))
    checked = next(number for number, side in rows if side == 0)
    return Check(checked, sorted(lacks - tells), sorted(lacks & tells), sorted(tells - lacks), are_there(connection, NAMES))


def rebuild(connection: BaseDatabaseWrapper) -> None:
    """Every span anew, and the triggers where they are not there. Whoever writes history meanwhile waits."""
    if not are_there(connection, NAMES):
        make_triggers(apps.get_app_config("riskreg"), using=connection.alias)
        return
    with transaction.atomic(using=connection.alias):
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute(f"LOCK TABLE {HISTORY} IN SHARE ROW EXCLUSIVE MODE")
        fill(connection)


def make_triggers(sender: AppConfig, *, using: str, **kwargs: Any) -> None:
    """Does nothing while the tables are not there yet (migrated to an earlier state)."""
    connection = connections[using]
    if not {SPAN, HISTORY} <= set(connection.introspection.table_names()) or are_there(connection, NAMES):
        return
    # Whoever writes history meanwhile waits, and is seen by the triggers.
    with transaction.atomic(using=using):
        make_all(connection, _postgresql() if connection.vendor == "postgresql" else _sqlite())
        fill(connection)


def take_triggers_down(sender: AppConfig, *, using: str, plan: list[Any], **kwargs: Any) -> None:
    """Where something is about to be migrated; else a migrate leaves them."""
    connection = connections[using]
    if not plan or HISTORY not in connection.introspection.table_names():
        return
    drop_all(connection, NAMES, HISTORY)


def register(app: AppConfig) -> None:
    """Called once, when the app is ready."""
    pre_migrate.connect(take_triggers_down, sender=app)
    post_migrate.connect(make_triggers, sender=app)
