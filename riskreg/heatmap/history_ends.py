"""RiskSpan, kept by the database beside the risks' history.

Triggers keep it, so that no way of writing history is forgotten, be it a save, a bulk call, an import or SQL.

A row that is added moves an end of its risk's span or none: whether it is the last is decided by its date and key,
not by when it was written, so a clock that was set back changes nothing. A row that is changed or removed rebuilds
the span.

The triggers are created after migrating, and dropped before: SQLite copies a table to alter it, which takes its
triggers along or trips over them. Whenever they are created where there were none, every span is rebuilt.
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
    """Return the SQL that inserts the spans of the risks that `where` (on `id`) selects, from all of their history."""
    return f"INSERT INTO {SPAN} ({_COLUMNS}) {_selected(where)}"


def _selected(where: str = "") -> str:
    return f"""
    SELECT h.id AS risk_id, f.first_at, h.history_date AS last_at, h.history_id AS last_row, {_of("h")}
    FROM (SELECT id, MIN(history_date) AS first_at FROM {HISTORY} {where} GROUP BY id) f
    JOIN {HISTORY} h ON h.history_id = (
        SELECT l.history_id FROM {HISTORY} l WHERE l.id = f.id ORDER BY l.history_date DESC, l.history_id DESC LIMIT 1
    )"""


def _upsert(selected: str) -> str:
    """Return the SQL that merges the selected rows into the spans.

    If two rows are added at once, whichever comes second finds what the first left.
    """
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
    """Return the triggers of PostgreSQL, per statement instead of per row: a bulk call's many rows are one."""
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
    """Rebuild every span."""
    with connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM {SPAN}")
        cursor.execute(_whole())


@dataclass(frozen=True, slots=True)
class Check:
    """The result of comparing the spans with the history itself.

    Keys of the risks whose span is lacking, differs, or has no history.
    """

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
    """Compare the spans with the history, in one statement: a concurrent write is seen on both sides or on neither."""
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


def differing() -> list[int]:
    """Return the keys of the risks whose span is not what their history says."""
    found = verify(connections["default"])
    return sorted({*found.lacking, *found.wrong, *found.left_over})


def rebuild(connection: BaseDatabaseWrapper) -> None:
    """Rebuild every span, and create the triggers where they are missing. Writers of history wait meanwhile."""
    if not are_there(connection, NAMES):
        make_triggers(apps.get_app_config("riskreg"), using=connection.alias)
        return
    with transaction.atomic(using=connection.alias):
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute(f"LOCK TABLE {HISTORY} IN SHARE ROW EXCLUSIVE MODE")
        fill(connection)


def make_triggers(sender: AppConfig, *, using: str, **kwargs: Any) -> None:
    """Create the triggers and fill the spans.

    Does nothing while the tables do not exist yet (migrated to an earlier state).
    """
    connection = connections[using]
    if not {SPAN, HISTORY} <= set(connection.introspection.table_names()) or are_there(connection, NAMES):
        return
    # Whoever writes history meanwhile waits, and is seen by the triggers.
    with transaction.atomic(using=using):
        make_all(connection, _postgresql() if connection.vendor == "postgresql" else _sqlite())
        fill(connection)


def take_triggers_down(sender: AppConfig, *, using: str, plan: list[Any], **kwargs: Any) -> None:
    """Drop the triggers before something is migrated; a migrate without a plan leaves them."""
    connection = connections[using]
    if not plan or HISTORY not in connection.introspection.table_names():
        return
    drop_all(connection, NAMES, HISTORY)


def register(app: AppConfig) -> None:
    """Connect the triggers to migrating; called once, when the app is ready."""
    pre_migrate.connect(take_triggers_down, sender=app)
    post_migrate.connect(make_triggers, sender=app)
