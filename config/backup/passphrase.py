"""The passphrase of an encrypted backup: from a file, the environment or the terminal, never from the command line.

What stands on a command line is read by everybody on the machine (ps), and kept by the shell.
"""

from __future__ import annotations

import os
import sys
from getpass import getpass
from pathlib import Path

from django.utils.translation import gettext as _

from config.backup.errors import BackupError

VARIABLE = "BACKUP_PASSPHRASE"
SHORTEST = 12


def for_writing(file: Path | None) -> str:
    """Return the passphrase of a new backup. Raises BackupError when there is none, or it is too short."""
    given = _given(file)
    if given is None:
        given = _asked(_("Passphrase of the backup: "))
        if _asked(_("Once more: ")) != given:
            raise BackupError(_("The two passphrases differ. No backup was made."))
    if len(given) < SHORTEST:
        raise BackupError(_("The passphrase is too short: at least %(count)d characters.") % {"count": SHORTEST})
    return given


def for_reading(file: Path | None) -> str:
    """Return the passphrase of a backup that is encrypted. Raises BackupError when there is none."""
    given = _given(file)
    return _asked(_("Passphrase of the backup: ")) if given is None else given


def _given(file: Path | None) -> str | None:
    if file is None:
        return os.environ.get(VARIABLE) or None
    try:
        return file.read_text(encoding="utf-8").rstrip("\r\n")
    except (OSError, UnicodeError) as problem:
        raise BackupError(_("%(file)s cannot be read: %(problem)s") % {"file": file, "problem": problem}) from None


def _asked(prompt: str) -> str:
    if not sys.stdin.isatty():
        raise BackupError(
            _("There is no terminal to ask for the passphrase: give --passphrase-file, or set %(name)s.") % {"name": VARIABLE}
        )
    return getpass(prompt)
