"""Everything that this package does to the disk but write a database: one place, so that each step can fail in a test."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import BinaryIO

from django.utils.translation import gettext as _

from config.backup.errors import BackupError

SPARE_BYTES = 50 * 1024 * 1024
"""What is left free at least: the product needs as much to start (config/product.py)."""


def create(path: Path) -> BinaryIO:
    """Open a new file for writing, its owner's alone. Raises FileExistsError."""
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")


def flush(file: BinaryIO) -> None:
    """Return when what was written to the file lies on the disk."""
    file.flush()
    os.fsync(file.fileno())


def flush_folder(folder: Path) -> None:
    """Return when the names in the folder lie on the disk."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def move(source: Path, target: Path) -> None:
    """Rename within a file system, both folders flushed: after a crash it has happened or has not."""
    source.rename(target)
    flush_folder(target.parent)
    if source.parent != target.parent:
        flush_folder(source.parent)


def make_folder(folder: Path) -> None:
    """Create the folder and those above it, their owner's alone, where they are not there."""
    if not folder.is_dir():
        make_folder(folder.parent)
        folder.mkdir(mode=0o700, exist_ok=True)


def remove(path: Path) -> None:
    """Remove a file, or a folder with all in it; nothing when it is not there."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def require(needs: list[tuple[Path, int]]) -> None:
    """Raise BackupError where the disks of these folders have not so many bytes free, together by disk."""
    by_disk: dict[int, tuple[Path, int]] = {}
    for folder, needed in needs:
        there = _existing(folder)
        disk = there.stat().st_dev
        by_disk[disk] = there, by_disk.get(disk, (there, 0))[1] + needed
    for folder, needed in by_disk.values():
        free = shutil.disk_usage(folder).free
        if free < needed + SPARE_BYTES:
            said = {"folder": folder, "free": megabytes(free), "needed": megabytes(needed + SPARE_BYTES)}
            raise BackupError(
                _("The disk of %(folder)s has %(free)s MB free, and %(needed)s MB are needed. Nothing was changed.") % said
            )


def _existing(folder: Path) -> Path:
    while not folder.exists():
        folder = folder.parent
    return folder


def megabytes(count: int) -> int:
    """Return the bytes as whole megabytes, rounded up."""
    return -(-count // (1024 * 1024))
