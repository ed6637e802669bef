"""Files that records keep, compared with the hashes that the history holds: changed, swapped, missing, or nobody's.

An app registers which of its records keep files (`keeps_files`). The hash is the history's, not the record's own, so that
who changes a file and the record's hash with it is found, too.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q

from riskreg import clock
from riskreg.models.seal import SealedRow
from riskreg.trail import live
from riskreg.trail.findings import Finding, Kind
from riskreg.trail.since import Since
from riskreg.trail.tables import TrailTable, in_chunks, readable, trail_tables

AT_A_TIME = 100
PIECE = 1 << 20
UNKNOWN = "?"
"""For the hash of what has none."""
WORK = 50
"""A small file takes about as long to verify as so many history rows."""
BYTES_A_ROW = 20_000
"""So many bytes of a file take as long as one history row."""
YOUNG_SECONDS = 24 * 3600
"""A file that no record names may be one that is being uploaded, or that an interrupted worker will take up again."""


Tell = Callable[[float], None]
"""Told how much of a file is hashed, 0 to 1."""


def bytes_hash(record: Any, path: Path, tell: Tell) -> str:
    """Return the SHA-256 of the file's bytes."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        size, done = max(os.fstat(file.fileno()).st_size, 1), 0
        while piece := file.read(PIECE):
            digest.update(piece)
            done += len(piece)
            tell(min(done / size, 1.0))
    return digest.hexdigest()


@dataclass(frozen=True, slots=True)
class KeptFiles:
    """The files of a kind of record: its columns with the path and the hash, and the folder below MEDIA_ROOT.

    `hash_of` makes the hash, of the bytes unless something else is hashed; `which` are the records whose hash is final.
    `bytes_column` is the column with the hash of the bytes, where `hash_of` hashes something else and both are kept; one of
    the two may be empty.
    `suffix` limits the files of the folder that must be some record's. A byte of a packed file is so many bytes of work
    (`unpacked`).
    """

    model: type[models.Model]
    path_column: str
    hash_column: str
    folder: str
    hash_of: Callable[[Any, Path, Tell], str] = bytes_hash
    which: Q | None = None
    suffix: str = ""
    unpacked: int = 1
    bytes_column: str = ""

    @property
    def table(self) -> TrailTable:
        return trail_tables()[self.model._meta.label_lower]

    def records(self) -> models.QuerySet[Any]:
        """Return the records that have a file with a final hash."""
        return self.model._base_manager.filter(self.which or Q()).exclude(**{self.path_column: ""})


_kept: list[KeptFiles] = []


def keeps_files(kept: KeptFiles) -> None:
    """Register a kind of record that keeps files. Called once, when the app is ready."""
    _kept.append(kept)


def work() -> int:
    """Return the work of all files, in history rows that take as long: by their sizes now."""
    found = 0
    for kept in _kept:
        paths = kept.records().order_by().values_list(kept.path_column, flat=True)
        found += sum(_work_of(kept, str(path)) for path in paths.iterator())
    return found


def _work_of(kept: KeptFiles, path: str) -> int:
    status = _status(path)
    return WORK + (status.st_size * kept.unpacked // BYTES_A_ROW if status is not None else 0)


def _status(path: str) -> os.stat_result | None:
    """Return what the file system says of a file below MEDIA_ROOT; None when it cannot be asked."""
    try:
        return os.lstat(Path(settings.MEDIA_ROOT) / path)
    except (OSError, ValueError):
        return None


def stated(record: models.Model, column: str) -> str:
    """Return a text column of the record by the newest row of its history; by itself when it has none."""
    table = trail_tables()[record._meta.label_lower]
    newest = table.all().filter(**{f"{table.record_column}": record.pk}).order_by("-pk").values_list(column, flat=True).first()
    return str(getattr(record, column) if newest is None else newest)


class Look:
    """One look at all files. `tell` is called with it, file by file and while a long one is hashed."""

    def __init__(self, is_named: Callable[[str, int], bool], tell: Callable[[Look], None], since: Since | None = None) -> None:
        self.is_named, self.tell, self.since = is_named, tell, since
        self.done = self.left = self.work = 0

    def altered_files(self) -> Iterator[Finding]:
        """Yield a finding for each file that is not what the history says, and for each that no record names.

        Left out is a file that the history and the file system say has not been changed `since`.
        """
        for kept in _kept:
            for chunk in in_chunks(kept.records().values_list("pk"), AT_A_TIME):
                yield from self._of_chunk(kept, [pk for (pk,) in chunk])
        for kept in _kept:
            yield from _nobodys(kept)

    def _of_chunk(self, kept: KeptFiles, keys: list[Any]) -> Iterator[Finding]:
        label = kept.table.label
        newest = live.newest_rows(kept.table, keys)
        hashes = [column for column in (kept.bytes_column, kept.hash_column) if column]
        said = kept.table.read([kept.path_column, *hashes], newest.values())
        verified = self._verified(label, newest.values())
        for key, record in readable(kept.records(), keys).items():
            row = newest.get(key)
            if record is None:
                # Its file cannot be compared: a column that the history does not hold makes no sense either.
                yield Finding(str(Kind.FILE_CHANGED), model=label, record=str(key), history_id=row, detail=UNKNOWN)
                continue
            weight = _work_of(kept, str(getattr(record, kept.path_column)))
            values = said.get(row) if row is not None else None
            if values is None or row is None or self.is_named(label, row):
                self._count(weight)  # the record itself is found to be altered
                continue
            path, *expected = (str((values[column] or ["", ""])[1]) for column in (kept.path_column, *hashes))
            if row in verified and self._is_unchanged(path):
                self._count(weight, is_left=True)
                continue
            problem = _problem(kept, record, path, dict(zip(hashes, expected, strict=True)), self._telling(weight))
            self._count(weight)
            if problem is not None and _is_still(kept, record.pk, row):
                kind, detail = problem
                yield Finding(str(kind), model=label, record=str(record.pk), history_id=row, detail=detail)

    def _verified(self, label: str, rows: Iterable[int]) -> set[int]:
        """Return those of the history rows that the earlier verification recomputed."""
        if self.since is None:
            return set()
        sealed = SealedRow.objects.filter(model=label, history_id__in=list(rows), seal_id__lte=self.since.seq, weeded=False)
        return set(sealed.values_list("history_id", flat=True))

    def _is_unchanged(self, path: str) -> bool:
        status = _status(path)
        return self.since is not None and status is not None and self.since.is_unchanged(status)

    def _count(self, weight: int, *, is_left: bool = False) -> None:
        self.done, self.left = self.done + (not is_left), self.left + is_left
        self.work += weight
        self.tell(self)

    def _telling(self, weight: int) -> Tell:
        """Return what tells of a part of a file, in whole rows' work."""
        before = self.work

        def tell(part: float) -> None:
            self.work = before + int(weight * part)
            self.tell(self)
            self.work = before

        return tell


def _problem(kept: KeptFiles, record: Any, path: str, expected: dict[str, str], tell: Tell) -> tuple[Kind, str] | None:
    """Return how the file differs from the hashes that the history states, by their columns; None when it does not."""
    at = Path(settings.MEDIA_ROOT) / path
    if at.exists() and not at.is_file():
        return Kind.FILE_CHANGED, UNKNOWN  # a folder, or what never ends: a pipe, a device
    for column, stated_hash in expected.items():
        if not stated_hash and len(expected) > 1:
            continue
        try:
            found = bytes_hash(record, at, _nobody) if column == kept.bytes_column else kept.hash_of(record, at, tell)
        except FileNotFoundError:
            return Kind.FILE_MISSING, path
        except OSError:
            return Kind.FILE_CHANGED, UNKNOWN
        if found != stated_hash:
            return _changed_or_swapped(kept, record, column, found)
    return None


def _nobody(part: float) -> None:
    """Tell nobody how far the bytes are hashed: what is unpacked after them takes a hundred times as long."""


def _changed_or_swapped(kept: KeptFiles, record: Any, column: str, found: str) -> tuple[Kind, str]:
    other = kept.records().filter(**{column: found}).exclude(pk=record.pk).order_by("pk").values_list("pk", flat=True)
    swapped = other.first()
    return (Kind.FILE_SWAPPED, str(swapped)) if swapped is not None else (Kind.FILE_CHANGED, found)


def _is_still(kept: KeptFiles, key: Any, row: int) -> bool:
    """Return whether the record is still there and unchanged: its file may have been removed with it meanwhile."""
    return live.newest_rows(kept.table, [key]).get(key) == row and kept.records().filter(pk=key).exists()


def _nobodys(kept: KeptFiles) -> Iterator[Finding]:
    """Yield the files of the folder that no record names and that have lain there for a day."""
    folder = Path(settings.MEDIA_ROOT) / kept.folder
    oldest_young = clock.now().timestamp() - YOUNG_SECONDS
    batch: list[str] = []
    for name in _names(folder, kept.suffix, oldest_young):
        batch.append(f"{kept.folder}/{name}")
        if len(batch) == AT_A_TIME:
            yield from _unnamed(kept, batch)
            batch = []
    yield from _unnamed(kept, batch)


def _names(folder: Path, suffix: str, before: float) -> Iterator[str]:
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False) or not entry.name.endswith(suffix):
                    continue
                status = entry.stat(follow_symlinks=False)
                # Whoever puts it there can state any time of change; the kernel's own is no later than now.
                if min(status.st_mtime, status.st_ctime) < before:
                    # As text where it is none in UTF-8, and so no record's.
                    yield os.fsencode(entry.name).decode("utf-8", "backslashreplace")
    except FileNotFoundError:
        return


def _unnamed(kept: KeptFiles, paths: list[str]) -> Iterator[Finding]:
    here = {f"{kept.path_column}__in": paths}
    known = set(kept.model._base_manager.filter(**here).values_list(kept.path_column, flat=True))
    for path in paths:
        if path not in known:
            yield Finding(str(Kind.FILE_EXTRA), model=kept.table.label, detail=path)
