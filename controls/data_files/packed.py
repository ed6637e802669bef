"""Text files that were uploaded compressed (gzip): unpacked beside the upload, within limits of size, rows and disk."""

from __future__ import annotations

import gzip
import zlib
from pathlib import Path

from controls.data_files.disk import require_room
from controls.data_files.engine import Engine
from controls.data_files.problems import Unreadable

MARK = b"\x1f\x8b"
ENDING = ".gz"
MAX_UNPACKED_MB = 8_000
ABOUT = 20
"""The usual ratio of a table's size to its compressed size; it decides how long its reading is expected to take."""
_CHUNK = 2**20
_ROOM_EVERY = 64 * 2**20


def is_packed(head: bytes) -> bool:
    """Return whether the file begins as gzip does."""
    return head.startswith(MARK)


def unpack(source: Path, target: Path, engine: Engine, *, most: int, counting: bytes = b"\n") -> None:
    """Unpack `source` to `target`.

    Before it, the disk is asked for the room that the file says it takes; while it is written, for what is left. It ends
    at `most` line ends outside quotation marks (or records, that begin with `counting`). Raises Unreadable, also above
    the limit of size, and for what is damaged or cut off.
    """
    require_room(target.parent, _stated_size(source))
    limit, written, rows, is_quoted = MAX_UNPACKED_MB * 2**20, 0, 0, False
    try:
        with source.open("rb") as packed, gzip.GzipFile(fileobj=packed) as file, target.open("wb") as out:
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
    except (OSError, EOFError, zlib.error) as error:
        raise Unreadable("damaged") from error


def _stated_size(source: Path) -> int:
    """Return the unpacked size that the file's last bytes state (of files below 4 GB), at least its own size."""
    with source.open("rb") as file:
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
    try:
        with gzip.open(source) as file:
            head = file.read(8)
    except (OSError, EOFError, zlib.error) as error:
        raise Unreadable("damaged") from error
    return head.startswith((MARK, b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"PAR1"))
