"""The files of a backup: those below MEDIA_ROOT but for work under way and what an earlier restore set aside."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings

from config.backup import disk
from config.backup.archive import FILES, Member
from config.backup.marker import IN_USE, MARKER
from controls.stray_files import SCRATCH

STAGE = ".restoring"
"""The folder below MEDIA_ROOT where a restore puts the files until all is ready."""
KEPT = "before-restore-"
"""The beginning of the folders below MEDIA_ROOT with the files that a restore set aside."""
PIECE = 1 << 20


def root() -> Path:
    """Return the folder with the files."""
    return Path(settings.MEDIA_ROOT)


def is_ours(name: str) -> bool:
    """Return whether the name directly below MEDIA_ROOT is one of a restore's own."""
    return name in {STAGE, MARKER, f"{MARKER}.part", IN_USE} or name.startswith(KEPT)


def there() -> list[tuple[str, int]]:
    """Return name and bytes of every file, by name; links are not followed."""
    return sorted(_found())


def _found() -> Iterator[tuple[str, int]]:
    top = root()
    for folder, below, names in os.walk(top):
        at = Path(folder)
        below[:] = [
            name for name in below if (at / name).relative_to(top).as_posix() not in SCRATCH and not (at == top and is_ours(name))
        ]
        for name in names:
            try:
                state = (at / name).lstat()
            except FileNotFoundError:
                continue
            if stat.S_ISREG(state.st_mode) and not (at == top and is_ours(name)):
                yield (at / name).relative_to(top).as_posix(), state.st_size


def put(member: Member, stage: Path) -> None:
    """Write a file of an archive below the folder, its owner's alone and as old as it was."""
    path = stage / member.name.removeprefix(FILES)
    disk.make_folder(path.parent)
    with disk.create(path) as file:
        while piece := member.read(PIECE):
            file.write(piece)
        disk.flush(file)
    os.utime(path, (member.modified, member.modified))
