"""Uploads on disk that are nothing yet: stored by the first submission of a form, and kept while a refused form is corrected.

A kept upload is named to its user by a signed token that holds for one owner (a user, a user and a record) and a day; there
is one at a time for each owner. The next submission claims it, so it becomes one thing only.
"""

from __future__ import annotations

import os
import uuid
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.core import signing
from django.core.exceptions import ValidationError
from django.core.files.base import File
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest
from django.utils.translation import gettext as _

from riskreg.web.accepted_files import measure_file

MAX_HOURS = 24
_KEPT = "kept-"


@dataclass(frozen=True, slots=True)
class KeptUpload:
    """A file on disk. `stored`: its name on its shelf; `name`: as it was uploaded."""

    shelf: str
    stored: str
    name: str
    size: int
    sha256: str

    @property
    def path(self) -> Path:
        return Path(settings.MEDIA_ROOT) / self.shelf / self.stored

    @property
    def token(self) -> str:
        """The text by which the form names the file the next time."""
        return signing.dumps(asdict(self), salt=__name__)


@dataclass(frozen=True, slots=True)
class Shelf:
    """A folder of kept uploads, below MEDIA_ROOT."""

    name: str

    @property
    def folder(self) -> Path:
        folder = Path(settings.MEDIA_ROOT) / self.name
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        return folder

    def keep(self, upload: File[bytes], owner: str, *, largest: int, check: Callable[[Path, str], object]) -> KeptUpload:
        """Store the upload in the place of the owner's earlier one.

        `check` looks at the stored file and its name. What it raises, and ValidationError for one that is too large or empty,
        is raised after the file is deleted; the earlier one is then still kept.
        """
        earlier = list(self.folder.glob(f"{_prefix(owner)}*"))
        path = self.folder / f"{_prefix(owner)}{uuid.uuid4().hex}"
        try:
            with path.open("wb") as out:
                found = measure_file(upload, largest=largest, copy_to=out)
            check(path, found.name)
        except BaseException:
            path.unlink(missing_ok=True)
            raise
        for old in earlier:
            old.unlink(missing_ok=True)
        return KeptUpload(self.name, path.name, found.name, found.size, found.sha256)

    def find(self, token: str, owner: str) -> KeptUpload | None:
        """Return the upload that the token names; None for a token that is old, another's, or of a file that is gone."""
        try:
            kept = KeptUpload(**signing.loads(token, salt=__name__, max_age=MAX_HOURS * 3600))
        except (signing.BadSignature, TypeError):
            return None
        is_theirs = kept.shelf == self.name and kept.stored.startswith(_prefix(owner))
        return kept if is_theirs and kept.path.exists() else None

    def claim(self, kept: KeptUpload) -> Path:
        """Take the upload off the shelf and return its new path. Raises ValidationError when it is taken already."""
        path = self.folder / uuid.uuid4().hex
        try:
            kept.path.rename(path)
        except FileNotFoundError as error:
            raise ValidationError({"file": [_("The file is no longer kept. Choose it again.")]}) from error
        return path

    def give_back(self, path: Path, kept: KeptUpload) -> None:
        """Put a claimed upload back: what was to become of it was refused."""
        path.rename(kept.path)

    def keep_beside(self, path: Path, owner: str) -> None:
        """Keep a file that is read meanwhile, in the place of the owner's earlier one; where disks know no second name, not."""
        earlier = self.kept_for(owner)
        with suppress(OSError):
            os.link(path, self.folder / f"{_prefix(owner)}{uuid.uuid4().hex}")
            for old in earlier:
                old.unlink(missing_ok=True)

    def kept_for(self, owner: str) -> list[Path]:
        """Return what is kept for the owner, at most one."""
        return list(self.folder.glob(f"{_prefix(owner)}*"))

    def lend(self, path: Path) -> Path:
        """Return another name of a kept file, to be read and deleted. Raises ValidationError when it is gone."""
        lent = self.folder / uuid.uuid4().hex
        try:
            os.link(path, lent)
        except OSError as error:
            raise ValidationError({"file": [_("The file is no longer kept. Choose it again.")]}) from error
        return lent

    def delete_old(self, now: datetime) -> int:
        """Delete the uploads that nobody came back to within a day; return their number."""
        old = [path for path in self.folder.glob(f"{_KEPT}*") if path.stat().st_mtime < now.timestamp() - MAX_HOURS * 3600]
        for path in old:
            path.unlink(missing_ok=True)
        return len(old)


def sent_or_kept(
    request: HttpRequest, *, find: Callable[[str], KeptUpload | None], keep: Callable[[UploadedFile], KeptUpload]
) -> tuple[KeptUpload | None, ValidationError | None]:
    """Keep the file that was sent; return it, or the one kept from before, and why the one sent is refused."""
    file, earlier = request.FILES.get("file"), find(request.POST.get("kept", ""))
    if file is None or not file.size:
        return earlier, None
    try:
        return keep(file), None
    except ValidationError as refusal:
        return earlier, refusal


def _prefix(owner: str) -> str:
    return f"{_KEPT}{owner}-"
