"""The watched folder: files that systems leave there become snapshots of registers.

A file is named REGISTER--anything.csv, where REGISTER is the register's number or its name as in an address (leverantorer).
A day in the name (2026-03-31) is the day it tells of; without one it is the day of the file. A file is picked up when its
size and time are as they were at the look before, so never while it is written; what is hidden or ends in .part is left
alone. It is moved to done/ or refused/, beside a note that says in words what became of it.
"""

from __future__ import annotations

import fcntl
import json
import logging
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path

from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext as _

from controls.data_files.disk import has_room, is_full
from controls.models import Register, RegisterRun, RegisterSnapshot
from controls.monitoring.kinds import KINDS
from controls.monitoring.registers import verbs
from controls.monitoring.registers.asks import ask_words
from controls.monitoring.registers.kept_upload import SHELF, keep_file
from controls.monitoring.registers.work import perform
from riskreg import clock
from riskreg.verbs.errors import Refused

DONE, REFUSED = "done", "refused"
_log = logging.getLogger(__name__)
UNFINISHED = (".part", ".tmp", ".crdownload")
_LOCK, _SEEN = ".riskreg-lock", ".riskreg-seen.json"
_MARK = "--"
_DAY = re.compile("(?<![0-9])(20[0-9]{2}-[0-9]{2}-[0-9]{2})(?![0-9])")
Seen = dict[str, list[float]]


class NoSuchRegister(Exception):
    """No register in use has the name, or several have; the message says so to a person."""


def pick_up(folder: Path, now: datetime) -> int:
    """Make snapshots of the files that lie whole in the folder; return the number of those that were moved."""
    if not folder.is_dir():
        return 0
    with _alone(folder) as is_alone:
        if not is_alone:
            return 0
        before, there = _seen_before(folder), _look(folder)
        (folder / _SEEN).write_text(json.dumps(there))
        whole = sorted(name for name, state in there.items() if before.get(name) == state)
        return sum(_take_in(folder / name, now) for name in whole)


@contextmanager
def _alone(folder: Path) -> Iterator[bool]:
    """Hold the folder's lock; False when another worker has it. A worker that dies lets go of it."""
    with (folder / _LOCK).open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True


def _look(folder: Path) -> Seen:
    """Return the size and the time of each file that may be picked up. A link is none: it may lead anywhere."""
    found: Seen = {}
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.name.startswith(".") or entry.name.lower().endswith(UNFINISHED) or not entry.is_file(follow_symlinks=False):
                continue
            status = entry.stat(follow_symlinks=False)
            found[entry.name] = [status.st_size, status.st_mtime]
    return found


def _seen_before(folder: Path) -> Seen:
    try:
        seen = json.loads((folder / _SEEN).read_text())
    except (OSError, ValueError):
        return {}
    return seen if isinstance(seen, dict) else {}


def _take_in(path: Path, now: datetime) -> bool:
    """Make a snapshot of the file, and move it with a note; False when it lies where it is, as the disk has no room for it."""
    SHELF.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    if not has_room(SHELF.folder, path.stat().st_size):
        _log.error("%s stays in the watched folder: the disk has no room for it.", path.name)
        return False
    try:
        register = find_register(path.name.partition(_MARK)[0] if _MARK in path.name else "")
        words = feed_file(register, path, as_of=_day_of(path), way=RegisterSnapshot.Way.FOLDER)
        outcome = DONE
    except verbs.StillTheSame as unchanged:
        outcome, words = DONE, str(unchanged)
    except (NoSuchRegister, Refused) as refusal:
        outcome, words = REFUSED, str(refusal)
    except ValidationError as refusal:
        outcome, words = REFUSED, " ".join(refusal.messages)
    except Exception as problem:
        if not is_full(problem):
            raise
        _log.exception("%s stays in the watched folder: the disk has no room for it.", path.name)
        return False
    _move(path, outcome, words, now)
    return True


def find_register(name: str) -> Register:
    """Return the register in use with the number, or with the name as in an address. Raises NoSuchRegister."""
    in_use = Register.objects.filter(state=Register.State.IN_USE).select_related("unit")
    found = [one for one in in_use if str(one.pk) == name or slugify(one.name) == name.lower()]
    if len(found) == 1:
        return found[0]
    if found:
        numbers = ", ".join(str(one.pk) for one in found)
        raise NoSuchRegister(
            _("Several registers are called “%(name)s”: use a number, %(numbers)s.") % {"name": name, "numbers": numbers}
        )
    raise NoSuchRegister(
        _("No register in use has the number or name “%(name)s”. The file is to be called NUMBER--anything.csv.") % {"name": name}
    )


def feed_file(register: Register, path: Path, *, as_of: date, way: str, name: str = "", is_doubtful: bool = False) -> str:
    """Make a snapshot of a file on the server and read it at once; return in words what became of it.

    `name` is what the file is called, where that is not how it lies there; `is_doubtful` as verbs.feed has it. Raises Refused
    and ValidationError for what cannot be a snapshot, also when the file cannot be read; StillTheSame for the latest snapshot's
    file, which confirms it.
    """
    name = name or path.name.partition(_MARK)[2] or path.name
    kept = keep_file(register, path, name)
    try:
        snapshot, run = verbs.feed(register, by=None, file=kept, as_of=as_of, way=way, is_doubtful=is_doubtful)
    except BaseException:
        kept.path.unlink(missing_ok=True)
        raise
    try:
        perform(run.pk)
    except Exception as problem:
        if is_full(problem):
            # Whoever feeds it has the file, and comes again.
            verbs.discard(snapshot, by=None, reason=_("The disk is full"))
        raise
    run.refresh_from_db()
    if run.state != RegisterRun.State.DONE:
        verbs.discard(snapshot, by=None, reason=run.problem)
        raise Refused(run.problem)
    snapshot.refresh_from_db()
    return _outcome_words(snapshot)


def _outcome_words(snapshot: RegisterSnapshot) -> str:
    values = {"register": snapshot.register.name, "day": snapshot.as_of.isoformat(), "rows": snapshot.row_count}
    if snapshot.is_taken:
        return _("Taken as the snapshot of %(day)s of %(register)s: %(rows)s rows.") % values
    asked = " ".join(ask_words(one, KINDS[snapshot.register.kind]) for one in snapshot.asks)
    return _("Read into %(register)s, but it waits for a person: %(asked)s") % {**values, "asked": asked}


def _day_of(path: Path) -> date:
    """Return the day in the name, or that of the file."""
    if (found := day_in(path.name)) is not None:
        return found
    written = datetime.fromtimestamp(path.stat().st_mtime, tz=timezone.get_current_timezone())
    # A system whose clock goes ahead leaves a file of tomorrow.
    return min(timezone.localtime(written).date(), clock.today())


def day_in(name: str) -> date | None:
    """Return the day that the file's name tells (2026-03-31); None when it tells none."""
    found = _DAY.search(name)
    try:
        return date.fromisoformat(found.group()) if found else None
    except ValueError:
        return None


def _move(path: Path, outcome: str, words: str, now: datetime) -> None:
    """Move the file to the folder of its outcome, under a name of its own, beside a note with the words."""
    folder = path.parent / outcome
    folder.mkdir(exist_ok=True)
    target = folder / f"{timezone.localtime(now):%Y%m%d-%H%M%S}-{path.name}"
    target.with_name(f"{target.name}.txt").write_text(f"{words}\n", encoding="utf-8")
    path.rename(target)
