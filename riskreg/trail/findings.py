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
from riskreg.trail.sight import Sight
from riskreg.trail.tables import UNREADABLE, readable, sealed_tables


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
    HEAD_STATED = "head_stated", gettext_lazy("A report's hash is not in the chain")
    HEAD_LETTER = "head_letter", gettext_lazy("A letter's hash is not in the chain")
    HEAD_ANCHORED = "head_anchored", gettext_lazy("An anchor's hash is not in the chain")
    ANCHOR_LINE = "anchor_line", gettext_lazy("Changed anchor file")
    ANCHOR_CUT = "anchor_cut", gettext_lazy("Shortened anchor file")
    ANCHOR_GONE = "anchor_gone", gettext_lazy("Missing anchor file")
    ANCHOR_KEY = "anchor_key", gettext_lazy("Anchor signed by another key")
    ANCHOR_STAMP = "anchor_stamp", gettext_lazy("Time stamp that proves nothing")
    NO_SEALS = "no_seals", gettext_lazy("There are no seals")
    NOT_SEALED = "not_sealed", gettext_lazy("Not sealed for too long")
    LIVE_CHANGED = "live_changed", gettext_lazy("Changed outside the product")
    LIVE_ADDED = "live_added", gettext_lazy("Added outside the product")
    LIVE_DELETED = "live_deleted", gettext_lazy("Deleted outside the product")
    LOOK_BACK = "look_back", gettext_lazy("A look back that differs from the history")
    FILE_CHANGED = "file_changed", gettext_lazy("Changed file")
    FILE_SWAPPED = "file_swapped", gettext_lazy("Swapped file")
    FILE_MISSING = "file_missing", gettext_lazy("Missing file")
    FILE_EXTRA = "file_extra", gettext_lazy("File that no record names")


OF_RECORDS = {
    Kind.LIVE_CHANGED,
    Kind.LIVE_ADDED,
    Kind.LIVE_DELETED,
    Kind.LOOK_BACK,
    Kind.FILE_CHANGED,
    Kind.FILE_SWAPPED,
    Kind.FILE_MISSING,
}
"""About a record rather than a row of its history."""
CONFIDENTIALITY = {"is_confidential"}
"""Columns that decide who may read their record."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One place where the trail differs from what was sealed, or the register from its history.

    Of a changed record: `column`, and its value by the history (`old`) and in the register (`new`), shortened.
    """

    kind: str
    seal: int | None = None
    model: str = ""
    history_id: int | None = None
    record: str = ""
    detail: str = ""
    column: str = ""
    old: str = ""
    new: str = ""

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, stored: dict[str, Any]) -> Finding:
        return cls(**stored)


class Sentences:
    """The statement of each kind; `what` is the kind of record, its name where the reader may know it, and the row."""

    WITHOUT_VALUES: ClassVar[Any] = gettext_lazy(
        "“%(field)s” of %(what)s was changed outside the product. The values are for those who may read the record."
    )
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
        Kind.HEAD_STATED: gettext_lazy(
            "No seal has the hash %(detail)s, which %(what)s states: the seals have been made again, or removed, since then."
        ),
        Kind.HEAD_LETTER: gettext_lazy(
            "No seal has the hash %(detail)s, which a letter told auditors and controllers: the seals have been made again, or "
            "removed, since then."
        ),
        Kind.HEAD_ANCHORED: gettext_lazy(
            "No seal has the hash %(detail)s, which was anchored outside the register: the seals have been made again, or "
            "removed, since then."
        ),
        Kind.ANCHOR_LINE: gettext_lazy(
            "Line %(detail)s of the anchor file is not as it was written: its signature, or the hash of the line before it, does "
            "not match."
        ),
        Kind.ANCHOR_CUT: gettext_lazy(
            "The anchor file no longer holds the line that anchored %(detail)s: it has been shortened, changed or replaced."
        ),
        Kind.ANCHOR_GONE: gettext_lazy(
            "The anchor file %(detail)s cannot be read, and lines have been written to it. Mount or restore it, and verify again."
        ),
        Kind.ANCHOR_KEY: gettext_lazy("Line %(detail)s of the anchor file is signed by a key that is not this register's."),
        Kind.ANCHOR_STAMP: gettext_lazy(
            "The time stamp of %(detail)s is not one of that hash, or is not signed by the time-stamping service."
        ),
        Kind.NO_SEALS: gettext_lazy(
            "There is not one seal, though reports, letters, anchors or earlier verifications name seals: all of them have been "
            "removed."
        ),
        Kind.NOT_SEALED: gettext_lazy(
            "History rows have not been sealed for %(detail)s days: the nightly sealing has not run. What was changed in them "
            "meanwhile cannot be shown. See to it that the scheduled work runs; the first seal it makes ends this finding."
        ),
        Kind.LIVE_CHANGED: gettext_lazy(
            "“%(field)s” of %(what)s was changed outside the product: by the history it is “%(old)s”, in the register “%(new)s”."
        ),
        Kind.LIVE_ADDED: gettext_lazy("%(what)s was added outside the product: by the history there is no such record."),
        Kind.LIVE_DELETED: gettext_lazy("%(what)s was deleted outside the product: by the history it is still there."),
        Kind.LOOK_BACK: gettext_lazy(
            "What the heatmap of an earlier day reads of %(what)s differs from its history: it was changed outside the product. "
            "`manage.py verify_spans --rebuild` makes it anew."
        ),
        Kind.FILE_CHANGED: gettext_lazy(
            "The file of %(what)s is not the one that was kept: its SHA-256 is now %(detail)s. Restore it from the backup."
        ),
        Kind.FILE_SWAPPED: gettext_lazy(
            "The file of %(what)s is the one of no. %(detail)s: files have changed places. Restore both from the backup."
        ),
        Kind.FILE_MISSING: gettext_lazy("The file of %(what)s is missing: %(detail)s. Restore it from the backup."),
        Kind.FILE_EXTRA: gettext_lazy(
            "No record names the file %(detail)s: it was put there, or left by an interrupted upload. Look at it and move "
            "it away."
        ),
    }


@dataclass(frozen=True, slots=True)
class Statement:
    """A finding in words, as shown."""

    label: str
    text: str


def state(findings: list[Finding], reader: User | None) -> list[Statement]:
    """Return the findings in words.

    Records are named, and their values told, where the reader may read them; None reads everything (the command line).
    """
    names = _names(findings, reader)
    readable = _readable(findings, reader)
    return [_statement(found, names, (found.model, found.record) in readable) for found in findings]


def _statement(found: Finding, names: dict[tuple[str, str], str], is_readable: bool) -> Statement:
    kind = Kind(found.kind)
    sentence = Sentences.OF[kind] if kind != Kind.LIVE_CHANGED or is_readable else Sentences.WITHOUT_VALUES
    told = {
        "what": _what(found, names),
        "seal": found.seal if found.seal is not None else "–",
        "detail": found.detail,
        "field": _field(found),
        "old": _value(found, found.old),
        "new": _value(found, found.new),
    }
    return Statement(str(kind.label), str(sentence) % told)


def in_words(found: Finding) -> tuple[str, str, str]:
    """Return the field of a changed record and its two values as a person reads them; of another finding, its short name."""
    if not found.column:
        return str(Kind(found.kind).label), "", ""
    return _field(found), _value(found, found.old), _value(found, found.new)


def _readable(findings: list[Finding], reader: User | None) -> set[tuple[str, str]]:
    """Return the (model, record) of changed records whose values the reader may read.

    A record whose confidentiality was changed is as confidential as either side says: its values are for those who read
    the whole trail.
    """
    tables, sight = sealed_tables(), Sight(reader)
    unsure = {(found.model, found.record) for found in findings if found.column in CONFIDENTIALITY}
    wanted: dict[str, set[str]] = {}
    for found in findings:
        if found.column and found.model in tables and (sight.everything or (found.model, found.record) not in unsure):
            wanted.setdefault(found.model, set()).add(found.record)
    return {(label, record) for label, records in wanted.items() for record in sight.readable(tables[label], records)}


def _field(found: Finding) -> str:
    field = _field_of(found)
    name = str(field.verbose_name) if field is not None else found.column
    return name[:1].upper() + name[1:]


def _field_of(found: Finding) -> Any:
    table = sealed_tables().get(found.model)
    fields = table.tracked._meta.concrete_fields if table is not None and table.tracked is not None else ()
    return next((field for field in fields if field.column == found.column), None)


def _value(found: Finding, text: str) -> str:
    """Return a stored value as a person reads it: choices by their label, and yes or no."""
    field = _field_of(found)
    if text == "" or field is None:
        return "–"
    if isinstance(field, models.BooleanField):
        return {"true": _("yes"), "false": _("no")}.get(text, text)
    if isinstance(field, models.ForeignKey):
        return _("no. %(number)s") % {"number": text}
    return str({str(value): label for value, label in field.flatchoices}.get(text, text))


def _what(found: Finding, names: dict[tuple[str, str], str]) -> str:
    if not found.model:
        return "–"
    kind = _kind(found.model)
    said = {
        "kind": kind,
        "table": found.model,
        "row": found.history_id,
        "record": found.record,
        "name": names.get((found.model, found.record), ""),
    }
    if found.kind in OF_RECORDS:
        if said["name"]:
            return _("%(kind)s “%(name)s” (%(table)s, no. %(record)s)") % said
        return _("%(kind)s (%(table)s, no. %(record)s)") % said
    if found.history_id is None:
        return kind
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
    unsure = {(found.model, found.record) for found in findings if found.column in CONFIDENTIALITY}
    everything = Sight(reader).everything
    for found in findings:
        if found.record and (everything or (found.model, found.record) not in unsure):
            wanted.setdefault(found.model, set()).add(found.record)
    texts = {label: record_names(label, records, reader) for label, records in wanted.items()}
    return {(label, record): text for label, named in texts.items() for record, text in named.items()}


def record_names(label: str, records: set[str], reader: User | None) -> dict[str, str]:
    """Return the texts of the records.

    A deleted record is named from its last history row, for a reader of everything.
    """
    everything = Sight(reader).everything
    table = sealed_tables().get(label)
    if table is None or table.tracked is None or table.record_column is None:
        return {}
    live = apps.get_model(label)._default_manager.all()
    if reader is not None and not everything:
        if not hasattr(live, "visible_to"):
            return {}
        live = live.visible_to(reader)
    names = {str(key): _text(one) for key, one in readable(live, filter(str.isdecimal, records)).items()}
    if everything:
        for record in records - names.keys():
            last = (
                table.all().filter(**{table.record_column: record}).order_by("-history_date", "-pk").values_list("pk", flat=True)
            )
            row = next(iter(readable(table.all(), last[:1]).values()), None)
            if row is not None:
                names[record] = _text(row.instance)
    return names


def _text(record: models.Model | None) -> str:
    """Return the record's own text; '' when it cannot be read, or what it refers to is gone as well."""
    try:
        return str(record) if record is not None else ""
    except (ObjectDoesNotExist, AttributeError, *UNREADABLE):
        return ""
