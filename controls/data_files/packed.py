"""Text files that were uploaded compressed (gzip), as large exports are: unpacked beside the upload, within a limit."""

from __future__ import annotations

import gzip
import zlib
from pathlib import Path

from controls.data_files.engine import Engine
from controls.data_files.problems import Unreadable

MARK = b"\x1f\x8b"
ENDING = ".gz"
MAX_UNPACKED_MB = 8_000
ABOUT = 20
"""The usual ratio of a table's size to its compressed size; it decides how long its reading is expected to take."""
_CHUNK = 2**20


def is_packed(head: bytes) -> bool:
    """Return whether the file begins as gzip does."""
    return head.startswith(MARK)


def unpack(source: Path, target: Path, engine: Engine) -> None:
    """Unpack `source` to `target`. Raises Unreadable above the limit, and for what is damaged or cut off."""
    limit, written = MAX_UNPACKED_MB * 2**20, 0
    try:
        with source.open("rb") as packed, gzip.GzipFile(fileobj=packed) as file, target.open("wb") as out:
            while piece := file.read(_CHUNK):
                written += len(piece)
                if written > limit:
                    raise Unreadable("bomb", limit=MAX_UNPACKED_MB)
                out.write(piece)
                # Only that it is alive: how much there is to unpack, nobody knows before.
                engine.report(0)
    except (OSError, EOFError, zlib.error) as error:
        raise Unreadable("damaged") from error


def begins_with_another_file(source: Path) -> bool:
    """Return whether the packed content is itself a workbook, an archive or Parquet instead of text."""
    try:
        with gzip.open(source) as file:
            head = file.read(8)
    except (OSError, EOFError, zlib.error) as error:
        raise Unreadable("damaged") from error
    return head.startswith((MARK, b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"PAR1"))
