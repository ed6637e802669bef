"""Verbs on a register (open_register, change, map_columns, feed, close, reopen) and on its snapshots (take, discard).

The long ones (reading a file, reading its columns anew) are queued here and performed by
controls.monitoring.registers.work, at once when the file is small, else by the worker. They raise NotPermitted,
NotInThisState, ReasonNeeded, Refused, ValidationError.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from django.core.exceptions import ValidationError
from django.core.files.base import File
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from controls.data_files import packed, reading
from controls.models import Register, RegisterRun, RegisterSnapshot
from controls.monitoring.kinds import KINDS
from controls.monitoring.registers.asks import ask_words, keeps_from_taking, lacks_key
from controls.monitoring.registers.gate import REGISTERS, SNAPSHOTS, VERB_LABELS
from controls.monitoring.registers.kept_upload import SHELF, keep_upload
from controls.monitoring.registers.parts import asks_about_part, days_of, newest_of, note_days, standing_parts
from controls.monitoring.registers.runs import ask
from controls.monitoring.registers.unchanged import confirm
from controls.monitoring.watching.runs import Cause, run_on
from riskreg import clock
from riskreg.access.verbs import Verb
from riskreg.models import Unit, User
from riskreg.models.history import save_with_history
from riskreg.verbs.errors import Refused
from riskreg.verbs.gate import Turn, making
from riskreg.web.kept_uploads import KeptUpload


class TheSameFile(Refused):
    """The very file is the snapshot of that time already."""


class StillTheSame(TheSameFile):
    """The very file is the latest snapshot, and tells of a later day: that the register is unchanged has been noted."""


@dataclass(frozen=True, slots=True)
class Described:
    """What a person says of a register."""

    name: str
    source_system: str
    retention_months: int
    takes_two: bool = False
    """Whether a second person switches rules on."""
    months_together: int | None = None
    """How many months are read together, of a ledger whose files hold a part of the time each."""


def open_register(unit: Unit, *, by: User, kind: str, described: Described) -> Register:
    """Open a register at the unit. Raises ValidationError by field."""
    register = Register(unit=unit, kind=kind)
    with making(Verb.KEEP_REGISTER, unit, by=by) as author:
        _describe(register, described)
        return save_with_history(register, by=author, reason=_("Opened"))


def change(register: Register, *, by: User, described: Described, version: int | None = None) -> Register:
    """Change the register's name, where its files are from, and how long its snapshots are kept."""
    with REGISTERS.open(register, "change", by=by, version=version) as turn:
        months = turn.row.months_together
        _describe(turn.row, described)
        changed = turn.save()
        if changed.months_together != months:
            _read_in_another_way(turn)
        return changed


def _read_in_another_way(turn: Turn[Register]) -> None:
    """Note the days of the files that came, and have the rules run on the register as it is read now."""
    if turn.row.is_in_parts:
        note_days(turn)
    if (newest := newest_of(turn.row)) is not None:
        run_on(newest, by=turn.author, cause=Cause.CHANGED)


def _describe(register: Register, described: Described) -> None:
    register.name, register.source_system = described.name.strip(), described.source_system.strip()
    register.retention_months, register.takes_two = described.retention_months, described.takes_two
    register.months_together = described.months_together
    register.full_clean()


def map_columns(
    register: Register, *, by: User, mapping: Mapping[str, str], key_columns: Sequence[str] = ()
) -> tuple[Register, list[RegisterRun]]:
    """Choose which heading each known column is read from, for the files to come, and queue the drafts to be read anew.

    A field with '' is read from none. `key_columns` are the headings that tell the rows apart, where the kind has no key.
    Raises ValidationError by field.
    """
    with REGISTERS.open(register, "map_columns", by=by) as turn:
        row = turn.row
        kind = KINDS[row.kind]
        unknown = [code for code in mapping if all(each.code != code for each in kind.fields)]
        if unknown:
            raise ValidationError({unknown[0]: [_("The kind has no such column.")]})
        row.mapping = dict(mapping)
        row.key_columns = [] if kind.key else list(key_columns)
        turn.save()
        drafts = row.snapshots.filter(state=RegisterSnapshot.State.DRAFT).exclude(file="")
        return row, [ask(draft, RegisterRun.Kind.MAP, by=turn.author, size=draft.row_count or 0) for draft in drafts]


def feed(
    register: Register,
    *,
    by: User | None,
    file: File[bytes] | KeptUpload,
    as_of: date,
    note: str = "",
    sheet: str = "",
    way: str = RegisterSnapshot.Way.UPLOAD,
    is_doubtful: bool = False,
    first_day: date | None = None,
    last_day: date | None = None,
) -> tuple[RegisterSnapshot, RegisterRun]:
    """Store a file as a draft of a snapshot, and queue its reading.

    Raises ValidationError by field, and TheSameFile for a file that the register has for that time already: StillTheSame when
    it tells of a later day than the latest snapshot, whose file it is. The file of another time is a snapshot like any other:
    the register has gone back. Of what a person hands in, and of what `is_doubtful`, that is asked first. A file that the form
    kept (riskreg.web.kept_uploads) stays kept when it is refused. `by` is None for what comes without a person: from the
    watched folder, or by a command on the server. `first_day` and `last_day`: the days that a part holds, where its rows are not
    to tell.
    """
    if as_of > clock.today():
        raise ValidationError({"as_of": [_("%(day)s is yet to come. Write the day that the file tells of.") % {"day": as_of}]})
    if (first_day is None) != (last_day is None) or (first_day and last_day and first_day > last_day):
        raise ValidationError({"last_day": [_("Write the first and the last day, the first one first; or neither.")]})
    kept = file if isinstance(file, KeptUpload) else keep_upload(register, by=by, file=file)
    path = SHELF.claim(kept)
    try:
        with REGISTERS.open(register, "feed", by=by) as turn:
            there = _the_same(turn.row, kept.sha256, as_of)
            if there is None:
                snapshot = RegisterSnapshot(
                    register=turn.row,
                    as_of=as_of,
                    first_day=first_day,
                    last_day=last_day,
                    note=note.strip()[:500],
                    original_name=kept.name[:255],
                    original_format=reading.format_of(path, kept.name),
                    original_sha256=kept.sha256,
                    way=way,
                    uploaded_by=by,
                    uploaded_at=clock.now(),
                )
                turn.save_also(snapshot, reason=_("Came in: %(name)s") % {"name": kept.name})
                size = kept.size * packed.ABOUT if kept.name.lower().endswith(packed.ENDINGS) else kept.size
                asks = is_doubtful or way == RegisterSnapshot.Way.UPLOAD
                arguments = {"sheet": sheet.strip(), "went_back": _earlier_day(turn.row, kept.sha256, as_of) if asks else ""}
                run = ask(snapshot, RegisterRun.Kind.READ, by=turn.author, upload=path.name, size=size, **arguments)
            elif not confirm(turn, there, on=as_of, way=way):
                raise TheSameFile(_the_same_words(turn.row, there))
    except BaseException:
        if kept is file:
            # The form is shown again, and names the file.
            SHELF.give_back(path, kept)
        path.unlink(missing_ok=True)
        raise
    if there is not None:
        path.unlink(missing_ok=True)
        said = _("Unchanged: this very file is the snapshot of %(day)s. It is noted that the register was the same on %(on)s.")
        raise StillTheSame(said % {"day": there.as_of, "on": as_of})
    return snapshot, run


def _the_same(register: Register, sha256: str, as_of: date) -> RegisterSnapshot | None:
    """Return the snapshot that the very file is already, at that time; None where it is none.

    A draft; one of the same day; the one before that day or after it, as nothing is new then.
    """
    kept = register.snapshots.exclude(state=RegisterSnapshot.State.WEEDED)
    there = kept.filter(Q(state=RegisterSnapshot.State.DRAFT) | Q(as_of=as_of), original_sha256=sha256).first()
    if there is not None:
        return there
    taken = register.snapshots.taken()
    if register.is_in_parts:
        # What another file has replaced since may come again.
        return next((one for one in standing_parts(register) if one.original_sha256 == sha256), None)
    beside = (taken.filter(as_of__lte=as_of).first(), taken.filter(as_of__gt=as_of).last())
    return next((one for one in beside if one is not None and one.original_sha256 == sha256), None)


def _the_same_words(register: Register, there: RegisterSnapshot) -> str:
    said = _("This very file is in the register already, as the snapshot of %(day)s. Nothing was changed.") % {"day": there.as_of}
    if there.is_taken and register.snapshots.taken().filter(as_of__gt=there.as_of).exists():
        said += " " + _("If the register has gone back to it, write the later day that it tells of.")
    return said


def _earlier_day(register: Register, sha256: str, as_of: date) -> str:
    """Return the latest day before that the register was as the very file says; '' where it never was."""
    there = register.snapshots.taken().filter(original_sha256=sha256, as_of__lt=as_of).first()
    return there.as_of.isoformat() if there is not None else ""


def close(register: Register, *, by: User, reason: str, version: int | None = None) -> Register:
    """Close the register: no more files are taken. What it holds stays until it is weeded."""
    with REGISTERS.open(register, "close", by=by, reason=reason, version=version) as turn:
        return turn.save()


def reopen(register: Register, *, by: User, reason: str, version: int | None = None) -> Register:
    """Take the register into use again."""
    with REGISTERS.open(register, "reopen", by=by, reason=reason, version=version) as turn:
        return turn.save()


def take(snapshot: RegisterSnapshot, *, by: User, reason: str = "") -> RegisterSnapshot:
    """Take a draft as it is, though something was odd about it; the register remembers its columns."""
    with SNAPSHOTS.open(snapshot, "take", by=by, reason=reason) as turn:
        row = turn.row
        if not row.file:
            raise Refused(_("The file has not been read yet. Wait until it is, or discard it and hand in another."))
        _require_idle(row)
        if row.register.is_in_parts:
            _require_days_of_its_own(row)
        if lacks_key(row.asks):
            raise Refused(_("Choose the columns first: without the key the rows cannot be told apart."))
        _remember(turn, row)
        row.taken_at = clock.now()
        turn.save()
        run_on(row, by=turn.author)
        return row


def _require_days_of_its_own(row: RegisterSnapshot) -> None:
    """Raise Refused where the file shares days with another, of those that were taken since it was read, too."""
    days = days_of(row) if row.first_day is not None else None
    asks = asks_about_part(row, days, rows=row.row_count or 0, outside=0)
    if keeps_from_taking(asks):
        raise Refused(ask_words(asks[0], KINDS[row.register.kind]))


def _remember(turn: Turn[RegisterSnapshot], row: RegisterSnapshot) -> None:
    """Let the register remember the columns that a person said are right, and what is to be read from none."""
    none = {code: "" for code, heading in row.register.mapping.items() if not heading}
    mapping = {**none, **row.mapping}
    if mapping != row.register.mapping:
        row.register.mapping = mapping
        turn.save_also(row.register, reason=_("Columns as in the file that was taken"))


def discard(snapshot: RegisterSnapshot, *, by: User | None, reason: str = "") -> None:
    """Delete a draft, with its file and its runs. The history keeps what it was."""
    with SNAPSHOTS.open(snapshot, "discard", by=by, reason=reason) as turn:
        row = turn.row
        path, storage = str(row.file.name or ""), row.file.storage
        uploads = [run.upload for run in row.runs.all() if run.upload]
        turn.delete_also(row, reason=reason.strip() or VERB_LABELS["discard"]())

        def remove() -> None:
            if path:
                storage.delete(path)
            for name in uploads:
                (SHELF.folder / name).unlink(missing_ok=True)

        transaction.on_commit(remove)


def _require_idle(row: RegisterSnapshot) -> None:
    if row.runs.open().exists():
        raise Refused(_("The snapshot is being read. Wait, or cancel it."))
