"""The findings of a verification, and their words."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, ClassVar

from django.apps import apps
from django.core.exceptions import ObjectDoesNotExist
from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from riskreg.models.user import User
from riskreg.trail.tables import sealed_tables


class Kind(models.TextChoices):
    """The kinds of alteration. The label is the short name, SENTENCES the whole statement."""

    ROW_CHANGED = "row_changed", gettext_lazy("Changed history row")
    ROW_DELETED = "row_deleted", gettext_lazy("Deleted history row")
    ROW_MOVED = "row_moved", gettext_lazy("History row in another's place")
    ROW_INSERTED = "row_inserted", gettext_lazy("Inserted history row")
    ENTRY_CHANGED = "entry_changed", gettext_lazy("Changed entry of a seal")
    ENTRY_DELETED = "entry_deleted", gettext_lazy("Deleted entry of a seal")
    ENTRY_INSERTED = "entry_inserted", gettext_lazy("Inserted entry of a seal")
    SEAL_CHANGED = "seal_changed", gettext_lazy("Changed seal")
    SEAL_MISSING = "seal_missing", gettext_lazy("Missing seal")
    SEAL_UNLINKED = "seal_unlinked", gettext_lazy("Broken chain")
    HEAD_UNKNOWN = "head_unknown", gettext_lazy("The printed hash is not in the chain")
    TOMBSTONE_MISSING = "tombstone_missing", gettext_lazy("Weeding without a sealed tombstone")
    TOMBSTONE_FORGED = "tombstone_forged", gettext_lazy("Forged tombstone")
    COLUMN_MISSING = "column_missing", gettext_lazy("Missing column")
    TABLE_MISSING = "table_missing", gettext_lazy("Missing table")


@dataclass(frozen=True, slots=True)
class Finding:
    """One place where the trail differs from what was sealed."""

    kind: str
    seal: int | None = None
    model: str = ""
    history_id: int | None = None
    record: str = ""
    detail: str = ""

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, stored: dict[str, Any]) -> Finding:
        return cls(**stored)


class Sentences:
    """The statement of each kind; `what` is the kind of record, its name where the reader may know it, and the row."""

    OF: ClassVar[dict[str, Any]] = {
        Kind.ROW_CHANGED: gettext_lazy("%(what)s has been changed since it was sealed (seal %(seal)s)."),
        Kind.ROW_DELETED: gettext_lazy("%(what)s was sealed (seal %(seal)s) and has been deleted."),
        Kind.ROW_MOVED: gettext_lazy(
            "%(what)s holds what was sealed as row %(detail)s (seal %(seal)s): rows have changed places."
        ),
        Kind.ROW_INSERTED: gettext_lazy(
            "%(what)s was inserted afterwards: its date or its number belongs before seal %(seal)s, where it was not."
        ),
        Kind.ENTRY_CHANGED: gettext_lazy("What seal %(seal)s says of %(what)s has been changed."),
        Kind.ENTRY_DELETED: gettext_lazy("What seal %(seal)s said of %(what)s has been deleted."),
        Kind.ENTRY_INSERTED: gettext_lazy("%(what)s has been inserted in seal %(seal)s afterwards."),
        Kind.SEAL_CHANGED: gettext_lazy("Seal %(seal)s has been changed: its hash does not match what it states."),
        Kind.SEAL_MISSING: gettext_lazy("Seal %(seal)s is missing."),
        Kind.SEAL_UNLINKED: gettext_lazy("Seal %(seal)s does not continue from the seal before it."),
        Kind.HEAD_UNKNOWN: gettext_lazy(
            "No seal has the hash %(detail)s: the seals have been made again, or removed, after it was noted."
        ),
        Kind.TOMBSTONE_MISSING: gettext_lazy("%(what)s is marked as weeded (seal %(seal)s), and no sealed tombstone says so."),
        Kind.TOMBSTONE_FORGED: gettext_lazy("%(what)s has a tombstone that was never sealed."),
        Kind.COLUMN_MISSING: gettext_lazy("The column %(detail)s of %(what)s, sealed in seal %(seal)s, no longer exists."),
        Kind.TABLE_MISSING: gettext_lazy("The table of %(what)s, sealed in seal %(seal)s, no longer exists."),
    }


@dataclass(frozen=True, slots=True)
class Statement:
    """A finding in words, as shown."""

    label: str
    text: str


def state(findings: list[Finding], reader: User | None) -> list[Statement]:
    """Return the findings in words.

    Records are named where the reader may see them; None reads everything (the command line).
    """
    names = _names(findings, reader)
    return [
        Statement(
            str(Kind(found.kind).label),
            str(Sentences.OF[Kind(found.kind)])
            % {"what": _what(found, names), "seal": found.seal if found.seal is not None else "–", "detail": found.detail},
        )
        for found in findings
    ]


def _what(found: Finding, names: dict[tuple[str, str], str]) -> str:
    if not found.model:
        return "–"
    kind = _kind(found.model)
    if found.history_id is None:
        return kind
    said = {"kind": kind, "table": found.model, "row": found.history_id, "name": names.get((found.model, found.record), "")}
    if said["name"]:
        return _("%(kind)s “%(name)s” (%(table)s, history row %(row)s)") % said
    return _("%(kind)s (%(table)s, history row %(row)s)") % said


def _kind(label: str) -> str:
    table = sealed_tables().get(label)
    model = (table.tracked or table.rows) if table else None
    name = str(model._meta.verbose_name) if model else label
    return name[:1].upper() + name[1:]


def _names(findings: list[Finding], reader: User | None) -> dict[tuple[str, str], str]:
    """Return {(model, record): text} for what the reader may see: a query or two for each kind of record."""
    wanted: dict[str, set[str]] = {}
    for found in findings:
        if found.record:
            wanted.setdefault(found.model, set()).add(found.record)
    texts = {label: record_names(label, records, reader) for label, records in wanted.items()}
    return {(label, record): text for label, named in texts.items() for record, text in named.items()}


def record_names(label: str, records: set[str], reader: User | None) -> dict[str, str]:
    """Return the texts of the records.

    A deleted record is named from its last history row, for a reader of everything.
    """
    table = sealed_tables().get(label)
    if table is None or table.tracked is None or table.record_column is None:
        return {}
    live = apps.get_model(label)._default_manager.filter(pk__in=[record for record in records if record.isdecimal()])
    if reader is not None:
        if not hasattr(live, "visible_to"):
            return {}
        live = live.visible_to(reader)
    names = {str(one.pk): _text(one) for one in live}
    if reader is None:
        for record in records - names.keys():
            row = table.all().filter(**{table.record_column: record}).order_by("history_date", "pk").last()
            if row is not None:
                names[record] = _text(row.instance)
    return names


def _text(record: models.Model) -> str:
    """Return the record's own text; '' when what it refers to is gone as well."""
    try:
        return str(record)
    except (ObjectDoesNotExist, AttributeError, ValueError):
        return ""
