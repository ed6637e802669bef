"""Free space on the disk that uploads are unpacked to: asked before, and again while it is used up."""

from __future__ import annotations

import shutil
from pathlib import Path

from controls.data_files.problems import Unreadable

RESERVE_MB = 500
"""What stays free, for the database and everybody else."""


def require_room(folder: Path, size: int) -> None:
    """Raise Unreadable unless so many bytes can be written to the folder's disk, and the reserve stays free."""
    free = shutil.disk_usage(folder).free // 2**20 - RESERVE_MB
    needed = -(-size // 2**20)
    if free < needed:
        raise Unreadable("no_room", value=max(free, 0), limit=needed)
