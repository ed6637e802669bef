"""Free space on the disk that uploads are unpacked to: asked before, and again while it is used up; what a full one says."""

from __future__ import annotations

import shutil
from pathlib import Path

import duckdb

from controls.data_files.problems import Unreadable
from riskreg.database.troubles import Trouble, trouble_of

RESERVE_MB = 500
"""What stays free, for the database and everybody else."""


def require_room(folder: Path, size: int) -> None:
    """Raise Unreadable unless so many bytes can be written to the folder's disk, and the reserve stays free."""
    free = shutil.disk_usage(folder).free // 2**20 - RESERVE_MB
    needed = -(-size // 2**20)
    if free < needed:
        raise Unreadable("no_room", value=max(free, 0), limit=needed)


def is_full(error: BaseException) -> bool:
    """Return whether the error says that the disk is full: the system's, the database's, or DuckDB's, which has only words."""
    return trouble_of(error) == Trouble.FULL or (isinstance(error, duckdb.Error) and "No space left on device" in str(error))


def has_room(folder: Path, size: int = 0) -> bool:
    """Return whether so many bytes can be written to the folder's disk, and the reserve stays free."""
    try:
        require_room(folder, size)
    except Unreadable:
        return False
    return True
