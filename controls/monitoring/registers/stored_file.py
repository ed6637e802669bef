"""The stored file of a snapshot."""

from __future__ import annotations

from pathlib import Path

from django.utils.translation import gettext as _

from controls.data_files.long_work import Failed
from controls.data_files.table import file_hash
from controls.models import RegisterSnapshot
from controls.monitoring.snapshots.differences import Stored
from riskreg.trail.files import stated


def path_of(snapshot: RegisterSnapshot) -> Path:
    """Return the stored file. Raises Failed when it is missing, or differs from what was read in."""
    path = Path(snapshot.file.path) if snapshot.file else None
    if path is None or not path.exists():
        raise Failed(_("The snapshot's file is missing. Restore it from the backup."))
    # By the history: who swaps the file in the store and its hash in the database is not believed.
    if file_hash(path) != (getattr(snapshot, "stated_sha256", None) or stated(snapshot, "sha256")):
        raise Failed(_("The snapshot's file has been changed since it was read in. Restore it from the backup."))
    return path


def stored(snapshot: RegisterSnapshot) -> Stored:
    """Return the stored file with its columns. Raises Failed as path_of does."""
    return Stored(path_of(snapshot), snapshot.columns)
