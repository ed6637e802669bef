"""What stops a backup or a restore: each says what it met and what to do."""

from __future__ import annotations

from django.utils.translation import gettext as _


class BackupError(Exception):
    """Nothing was done, or what was begun is taken back; the message says why and what to do."""


class BadArchive(BackupError):
    """The file is no backup, was cut short, altered, or is opened with another passphrase."""


class ChangedMeanwhile(BackupError):
    """A file that a row names was deleted while the backup was made: it is made again from the beginning."""


def wrong_passphrase() -> BadArchive:
    """Return the error of an encrypted file that cannot be opened: by what is in it, it cannot be told why."""
    return BadArchive(_("The passphrase is another one, or the file was cut short or altered. Nothing was changed."))
