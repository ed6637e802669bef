"""The file that says that a restore is being put in place: every process of the product asks for it before it starts.

Imported before the apps are loaded, so it knows no model.
"""

from __future__ import annotations

from pathlib import Path

from django.conf import settings
from django.utils.translation import gettext as _

from config.backup.errors import BackupError

MARKER = ".restore.json"


def marker() -> Path:
    """Return the path of the file. It lies below MEDIA_ROOT, which every process sees."""
    return Path(settings.MEDIA_ROOT) / MARKER


def require_whole() -> None:
    """Raise BackupError while a restore is not in place as a whole: database and files are of different moments."""
    if marker().exists():
        raise BackupError(
            _("A restore was interrupted while it was put in place. Run `manage.py restore` with the same file again.")
        )
