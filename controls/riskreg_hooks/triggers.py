"""Triggers by which the database refuses to change or delete what stands.

A check that is done or missed; a snapshot of a register that is taken, and the days when that was found to hold still; what a
watched rule gave in a run, and gave again, and what such rules and indicators had given when a follow-up was handed in; a
report that is handed in, to which only the mark that it was taken up is added, once; and its files' records. Made after every
migrate, not by one migration: SQLite copies a table to alter it, and the copy has no triggers. A migration that must change
such rows drops them first. They stop mistakes and the product's own account; against somebody who may alter the schema the
seals testify (riskreg.trail).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.apps import AppConfig
from django.db import connections
from django.db.models.signals import post_migrate

from riskreg.database.triggers import Trigger, make_all, refusing

TAKEN_UP = ("state", "taken_up_at", "taken_up_by_id", "taken_up_reason")
"""The columns added to a report when it is taken up for a new version."""
CHANGED = "{changed}"
"""In a condition: whether any column of the row, but those of TAKEN_UP, gets another value."""


@dataclass(frozen=True, slots=True)
class Guard:
    """A refused change: `when` is a condition on the row before (OLD) and after (NEW); empty: always."""

    name: str
    table: str
    event: str
    refusal: str
    when: str = ""

    def trigger(self, vendor: str, columns: list[str]) -> Trigger:
        differs = "IS DISTINCT FROM" if vendor == "postgresql" else "IS NOT"
        changed = " OR ".join(f'OLD."{name}" {differs} NEW."{name}"' for name in columns if name not in TAKEN_UP)
        when = self.when.replace(CHANGED, changed)
        return Trigger(self.name, self.table, f"BEFORE {self.event}", refusing(vendor, self.refusal), when)


_CHECK, _REPORT, _FILE = "controls_check", "controls_handedinreport", "controls_handedinfile"
_SNAPSHOT, _KEPT = "controls_registersnapshot", "controls_keptwatching"
_RUN = "controls_watchrun"
_MEASURED = "controls_keptindicators"
_STANDS = "OLD.state IN ('done', 'missed')"
GUARDS = (
    Guard("a_done_or_missed_check_stands", _CHECK, "UPDATE", "a done or missed check stands", _STANDS),
    Guard("a_done_or_missed_check_is_kept", _CHECK, "DELETE", "a done or missed check stands", _STANDS),
    Guard(
        "a_report_that_is_handed_in_stands",
        _REPORT,
        "UPDATE",
        "a report that is handed in stands",
        f"OLD.state = 'taken_up' OR {CHANGED}",
    ),
    Guard("a_report_that_is_handed_in_is_kept", _REPORT, "DELETE", "a report that is handed in stands"),
    Guard("a_file_that_is_handed_in_stands", _FILE, "UPDATE", "a file that is handed in stands"),
    Guard(
        "a_taken_snapshot_stands",
        _SNAPSHOT,
        "UPDATE",
        "a taken snapshot stands",
        "OLD.state <> 'draft' AND (NEW.state = 'draft' OR OLD.register_id <> NEW.register_id OR OLD.as_of <> NEW.as_of"
        " OR OLD.sha256 <> NEW.sha256 OR OLD.original_sha256 <> NEW.original_sha256 OR OLD.row_count <> NEW.row_count"
        " OR OLD.taken_at <> NEW.taken_at OR OLD.first_day <> NEW.first_day OR OLD.last_day <> NEW.last_day"
        " OR (OLD.first_day IS NOT NULL AND NEW.first_day IS NULL))",
    ),
    Guard("a_taken_snapshot_is_kept", _SNAPSHOT, "DELETE", "a taken snapshot stands", "OLD.state <> 'draft'"),
    Guard("an_unchanged_register_stands", "controls_snapshotconfirmation", "UPDATE", "what was found unchanged stands"),
    Guard("an_unchanged_register_is_kept", "controls_snapshotconfirmation", "DELETE", "what was found unchanged stands"),
    Guard("what_a_watched_rule_gave_stands", "controls_watchoutcome", "UPDATE", "what a watched rule gave stands"),
    Guard("what_a_watched_rule_gave_is_kept", "controls_watchoutcome", "DELETE", "what a watched rule gave stands"),
    Guard(
        "what_a_run_found_again_stands",
        _RUN,
        "UPDATE",
        "what a run found again stands",
        "OLD.repeats <> '[]' AND OLD.repeats <> NEW.repeats",
    ),
    Guard("what_a_run_found_again_is_kept", _RUN, "DELETE", "what a run found again stands", "OLD.repeats <> '[]'"),
    Guard("what_was_watched_at_a_hand_in_stands", _KEPT, "UPDATE", "what was watched at a hand-in stands"),
    Guard("what_was_watched_at_a_hand_in_is_kept", _KEPT, "DELETE", "what was watched at a hand-in stands"),
    Guard("what_was_measured_at_a_hand_in_stands", _MEASURED, "UPDATE", "what was measured at a hand-in stands"),
    Guard("what_was_measured_at_a_hand_in_is_kept", _MEASURED, "DELETE", "what was measured at a hand-in stands"),
    Guard("a_file_that_is_handed_in_is_kept", _FILE, "DELETE", "a file that is handed in stands"),
)


def make_triggers(sender: AppConfig, *, using: str, **kwargs: Any) -> None:
    """Create the triggers.

    Skips a table that does not exist yet (migrated to an earlier state).
    """
    connection = connections[using]
    with connection.cursor() as cursor:
        there = connection.introspection.table_names(cursor)
        for guard in GUARDS:
            if guard.table in there:
                columns = [one.name for one in connection.introspection.get_table_description(cursor, guard.table)]
                make_all(connection, [guard.trigger(connection.vendor, columns)])


def register(app: AppConfig) -> None:
    """Connect the triggers to migrating; called once, when the app is ready."""
    post_migrate.connect(make_triggers, sender=app)
