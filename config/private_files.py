"""Files that only the product's own account reads: database, uploads, letters, keys. Whatever the umask it was started with."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path

from django.conf import settings

OTHERS = stat.S_IRWXG | stat.S_IRWXO
"""The rights of everybody but the owner."""


def narrow_umask() -> None:
    """Let every file that this process and its children make be the owner's alone, unless they ask for more."""
    os.umask(os.umask(OTHERS) | OTHERS)


def private_places() -> list[Path]:
    """Return the folders and files of this installation that nobody else may read."""
    places = [Path(settings.VAR_DIR), Path(settings.MEDIA_ROOT), Path(settings.EMAIL_FILE_PATH), Path(settings.TRAIL_ANCHOR_KEY)]
    database = settings.DATABASES["default"]
    if database["ENGINE"].endswith("sqlite3") and database["NAME"] != ":memory:":
        # The log and the index of its last changes lie beside it, and hold the same rows.
        places += [Path(f"{database['NAME']}{ending}") for ending in ("", "-wal", "-shm")]
    return [place for place in places if place.exists()]


def mend(places: Iterable[Path]) -> list[Path]:
    """Take everybody else's rights from the places and all below them; return what was wider.

    Links are not followed. What belongs to another account is left, as it has to be; a file that goes meanwhile is gone.
    """
    mended = []
    for path in _all_below(places):
        try:
            found = path.lstat()
            if stat.S_ISLNK(found.st_mode) or not found.st_mode & OTHERS or found.st_uid != os.geteuid():
                continue
            path.chmod(stat.S_IMODE(found.st_mode) & ~OTHERS)
        except FileNotFoundError:
            continue
        mended.append(path)
    return mended


def _all_below(places: Iterable[Path]) -> Iterator[Path]:
    seen: set[Path] = set()
    for place in places:
        if place in seen:
            continue
        seen.add(place)
        yield place
        for folder, folders, files in os.walk(place):
            for name in [*folders, *files]:
                path = Path(folder, name)
                if path not in seen:
                    seen.add(path)
                    yield path


def say_what_was_mended(mended: list[Path]) -> str:
    """Return a line for who starts the product; '' when everything was private already."""
    if not mended:
        return ""
    more = f" and {len(mended) - 1} more" if len(mended) > 1 else ""
    return f"Other accounts of this machine could read {mended[0]}{more}. They no longer can."
