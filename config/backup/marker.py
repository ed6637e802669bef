"""Who uses the installation: the file that says that a restore is being put in place, and the one that every process holds.

Each process of the product asks for both before it starts. Imported before the apps are loaded, so it knows no model.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from django.conf import settings
from django.utils.translation import gettext as _

from config.backup.errors import BackupError

MARKER = ".restore.json"
IN_USE = ".in-use"
_held: list[int] = []
"""What this process holds until it ends."""


def marker() -> Path:
    """Return the path of the file. It lies below MEDIA_ROOT, which every process sees."""
    return Path(settings.MEDIA_ROOT) / MARKER


def require_whole() -> None:
    """Raise BackupError while a restore is not in place as a whole: database and files are of different moments."""
    if marker().exists():
        raise BackupError(
            _("A restore was interrupted while it was put in place. Run `manage.py restore` with the same file again.")
        )


def hold() -> None:
    """Say that this process uses the installation, for as long as it lives, idle or not.

    Raises BackupError while a restore is under way, or is not in place as a whole.
    """
    require_whole()
    descriptor = _opened()
    if not _locked(descriptor, fcntl.LOCK_SH):
        os.close(descriptor)
        raise BackupError(_("A restore is under way. Start the product when it is done."))
    _held.append(descriptor)


def hold_for_command() -> None:
    """Say that a command uses the installation, for as long as this process lives. Raises BackupError as hold does.

    Nothing is made for it: the file would be the account's that ran the command, which may be another than the product's.
    """
    require_whole()
    if (Path(settings.MEDIA_ROOT) / IN_USE).exists():
        with suppress(PermissionError):
            hold()


@contextmanager
def alone() -> Iterator[None]:
    """Use the installation while no process of the product does; none starts meanwhile. Raises BackupError."""
    descriptor = _opened()
    try:
        if not _locked(descriptor, fcntl.LOCK_EX):
            raise BackupError(
                _(
                    "A process of Riskreg still runs, if only idle: stop web, worker and beat, and run the restore again. "
                    "Nothing was changed."
                )
            )
        yield
    finally:
        os.close(descriptor)


def _locked(descriptor: int, how: int) -> bool:
    """Lock the file without waiting; return False when others hold it. True where the file system has no locks."""
    try:
        fcntl.flock(descriptor, how | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        return True
    return True


def _opened() -> int:
    path = Path(settings.MEDIA_ROOT) / IN_USE
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    return os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
