"""The files of imports that a refused form keeps (riskreg.web.kept_uploads)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.base import File

from riskreg.importing.tables import UnreadableFile, check_upload
from riskreg.models import User
from riskreg.web.kept_uploads import KeptUpload, Shelf

SHELF = Shelf("imports/incoming")


def keep_upload(file: File[bytes], *, by: User) -> KeptUpload:
    """Store the upload in the place of an earlier one of this user. Raises ValidationError for what cannot be read."""
    try:
        return SHELF.keep(file, str(by.pk), largest=settings.IMPORT_MAX_BYTES, check=_check)
    except UnreadableFile as refusal:
        raise ValidationError(str(refusal)) from None


def find_kept_upload(token: str, *, by: User) -> KeptUpload | None:
    """Return the upload that the token names; None for a token that is old, another's, or of a file that is gone."""
    return SHELF.find(token, str(by.pk))


@contextmanager
def claimed(kept: KeptUpload) -> Iterator[File[bytes]]:
    """Take the kept upload, yield it, and delete it; it stays kept when what is done with it is refused.

    Raises ValidationError when it is taken already.
    """
    path = SHELF.claim(kept)
    try:
        with path.open("rb") as file:
            yield File(file, name=kept.name)
    except BaseException:
        SHELF.give_back(path, kept)
        raise
    path.unlink()


def _check(path: Path, name: str) -> None:
    with path.open("rb") as file:
        check_upload(file, name, max_bytes=settings.IMPORT_MAX_BYTES)
