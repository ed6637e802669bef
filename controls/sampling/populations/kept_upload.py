"""Uploads on disk: stored by the first submission of the form, and kept while a refused form is corrected.

A kept upload is named to its user by a signed token that holds for one control and a day; there is one at a time for
each user and control. The next submission claims it, so it becomes one population only.
"""

from __future__ import annotations

import uuid
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.core import signing
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile

from controls.data_files import reading
from controls.data_files.disk import require_room
from controls.data_files.problems import Unreadable
from controls.models import Control
from riskreg.models import User
from riskreg.web.accepted_files import measure_file

FOLDER = "populations"
MAX_HOURS = 24
_SALT = "controls.sampling.populations.kept_upload"


@dataclass(frozen=True, slots=True)
class KeptUpload:
    """A file on disk that is no population yet. `stored`: its name in the folder of uploads; `name`: as it was uploaded."""

    stored: str
    name: str
    size: int
    sha256: str

    @property
    def path(self) -> Path:
        return incoming() / self.stored

    @property
    def token(self) -> str:
        """The text by which the form names the file the next time."""
        return signing.dumps(asdict(self), salt=_SALT)


def incoming() -> Path:
    """Return the folder where uploads wait to be read."""
    folder = Path(settings.MEDIA_ROOT) / FOLDER / "incoming"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return folder


def keep_upload(control: Control, *, by: User, file: UploadedFile) -> KeptUpload:
    """Store the upload in the place of an earlier one of this user and control. Raises ValidationError by field."""
    for earlier in incoming().glob(f"{_prefix(control, by)}*"):
        earlier.unlink(missing_ok=True)
    path = incoming() / f"{_prefix(control, by)}{uuid.uuid4().hex}"
    try:
        require_room(path.parent, file.size or 0)
        with path.open("wb") as out:
            found = measure_file(file, largest=settings.POPULATION_MAX_BYTES, copy_to=out)
        reading.format_of(path, found.name)
    except BaseException as error:
        path.unlink(missing_ok=True)
        if isinstance(error, Unreadable):
            raise ValidationError({"file": [error.message]}) from error
        if isinstance(error, ValidationError):
            raise ValidationError({"file": error}) from error
        raise
    return KeptUpload(path.name, found.name, found.size, found.sha256)


def find_kept_upload(token: str, control: Control, *, by: User) -> KeptUpload | None:
    """Return the upload that the token names; None for a token that is old, another's, or of a file that is gone."""
    try:
        kept = KeptUpload(**signing.loads(token, salt=_SALT, max_age=MAX_HOURS * 3600))
    except (signing.BadSignature, TypeError):
        return None
    return kept if kept.stored.startswith(_prefix(control, by)) and kept.path.exists() else None


def claim(kept: KeptUpload) -> Path:
    """Take the kept upload for a population, and return its new path. Raises ValidationError when it is taken already."""
    path = incoming() / uuid.uuid4().hex
    try:
        kept.path.rename(path)
    except FileNotFoundError as error:
        raise ValidationError({"file": [Unreadable("not_kept").message]}) from error
    return path


def delete_old_uploads(now: datetime) -> int:
    """Delete kept uploads that nobody came back to within a day; return their number."""
    old = [path for path in incoming().glob("kept-*") if path.stat().st_mtime < now.timestamp() - MAX_HOURS * 3600]
    for path in old:
        path.unlink(missing_ok=True)
    return len(old)


def _prefix(control: Control, by: User) -> str:
    return f"kept-{by.pk}-{control.pk}-"
