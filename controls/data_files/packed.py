"""Text files that come compressed (gzip, or a zip archive with one file): unpacked within limits of size, rows and disk."""

from __future__ import annotations

import errno
import gzip
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from controls.data_files.disk import require_room
from controls.data_files.engine import Engine
from controls.data_files.problems import Unreadable
from riskreg.importing import archive
from riskreg.importing.unreadable import UnreadableFile

MARK = b"\x1f\x8b"
ARCHIVE_MARK = b"PK\x03\x04"
ENDING = ".gz"
ARCHIVE = ".zip"
ENDINGS = (ENDING, ARCHIVE)
MAX_UNPACKED_MB = 8_000
ABOUT = 20
"""The usual ratio of a table's size to its compressed size; it decides how long its reading is expected to take."""
_CHUNK = 2**20
_NAMED = 5
_ROOM_EVERY = 64 * 2**20


_BROKEN = (OSError, EOFError, zlib.error, zipfile.BadZipFile, NotImplementedError, RuntimeError, ValueError)


def plain_name(source: Path, name: str) -> str:
    """Return the name of what is packed, in lower case; the name itself where nothing is. Raises Unreadable."""
    lowered = name.lower()
    if lowered.endswith(ARCHIVE):
        return _only_file(source).filename.lower()
    return lowered.removesuffix(ENDING)


def is_packed(head: bytes, name: str) -> bool:
    """Return whether the file begins as its name says that it is packed."""
    return head.startswith(ARCHIVE_MARK if name.lower().endswith(ARCHIVE) else MARK)


def _only_file(source: Path) -> zipfile.ZipInfo:
    """Return the one file of the archive; folders, and what systems put beside files, do not count."""
    try:
        with source.open("rb") as file, archive.open_declared(file, max_unpacked=MAX_UNPACKED_MB * 2**20) as package:
            entries = [each for each in package.infolist() if not each.is_dir() and not _is_beside(each.filename)]
    except UnreadableFile as error:
        raise Unreadable(error.code if error.code in {"bomb", "encrypted"} else "damaged", limit=MAX_UNPACKED_MB) from error
    except _BROKEN as error:
        raise Unreadable("damaged") from error
    if len(entries) != 1:
        names = ", ".join(each.filename for each in entries[:_NAMED])
        raise Unreadable("not_one_file", value=len(entries), detail=names)
    return entries[0]


def _is_beside(name: str) -> bool:
    return name.startswith("__MACOSX/") or name.rpartition("/")[2].startswith(".")


@contextmanager
def _opened(source: Path) -> Iterator[gzip.GzipFile | IO[bytes]]:
    """Open what is packed, for reading. Raises Unreadable for what is damaged, cut off, or not what its mark says."""
    try:
        with source.open("rb") as packed:
            is_archive = packed.read(len(ARCHIVE_MARK)) == ARCHIVE_MARK
            packed.seek(0)
            if is_archive:
                with zipfile.ZipFile(packed) as package, package.open(_only_file(source)) as file:
                    yield file
            else:
                with gzip.GzipFile(fileobj=packed) as file:
                    yield file
    except _BROKEN as error:
        if isinstance(error, OSError) and error.errno == errno.ENOSPC:
            raise
        raise Unreadable("damaged") from error


def unpack(source: Path, target: Path, engine: Engine, *, most: int, counting: bytes = b"\n") -> None:
    """Unpack `source` to `target`.

    Before it, the disk is asked for the room that the file says it takes; while it is written, for what is left. It ends
    at `most` line ends outside quotation marks (or records, that begin with `counting`). Raises Unreadable, also above
    the limit of size, and for what is damaged or cut off.
    """
    require_room(target.parent, _stated_size(source))
    limit, written, rows, is_quoted = MAX_UNPACKED_MB * 2**20, 0, 0, False
    with _opened(source) as file, target.open("wb") as out:
        while piece := file.read(_CHUNK):
            written += len(piece)
            if written > limit:
                raise Unreadable("bomb", limit=MAX_UNPACKED_MB)
            counted, is_quoted = _count(piece, counting, is_quoted)
            rows += counted
            if rows > most:
                raise Unreadable("too_many_rows", limit=most)
            if written % _ROOM_EVERY < _CHUNK:
                require_room(target.parent, 0)
            out.write(piece)
            # Only that it is alive: how much there is to unpack, nobody knows before.
            engine.report(0)


def _stated_size(source: Path) -> int:
    """Return the unpacked size that an archive's directory, or gzip's last bytes (of files below 4 GB), state.

    It is at least the file's own size.
    """
    with source.open("rb") as file:
        if file.read(len(ARCHIVE_MARK)) == ARCHIVE_MARK:
            return max(_only_file(source).file_size, source.stat().st_size)
        file.seek(-min(4, source.stat().st_size), 2)
        return max(int.from_bytes(file.read(4), "little"), source.stat().st_size)


def _count(piece: bytes, wanted: bytes, is_quoted: bool) -> tuple[int, bool]:
    """Return how often a byte stands outside quotation marks, and whether the piece ends within some."""
    if wanted == b"\n" and b"\n" not in piece:
        wanted = b"\r"
    if b'"' not in piece:
        return (0 if is_quoted else piece.count(wanted)), is_quoted
    parts = piece.split(b'"')
    counted = sum(part.count(wanted) for part in parts[is_quoted::2])
    return counted, is_quoted == (len(parts) % 2 == 1)


def begins_with_another_file(source: Path) -> bool:
    """Return whether the packed content is itself a workbook, an archive or Parquet instead of text."""
    with _opened(source) as file:
        head = file.read(8)
    return head.startswith((MARK, ARCHIVE_MARK, b"\xd0\xcf\x11\xe0", b"PAR1"))
