"""The files of registers that wait to be read, and those that a refused form keeps (riskreg.web.kept_uploads)."""

from __future__ import annotations

from pathlib import Path

from django.conf import settings
from django.core.files.base import File

from controls.data_files.kept import keep_data_file
from controls.models import Register
from riskreg.models import User
from riskreg.web.kept_uploads import KeptUpload, Shelf

SHELF = Shelf("registers/incoming")
"""Where files wait to be read, and kept ones to be claimed."""


def keep_upload(register: Register, *, by: User | None, file: File[bytes]) -> KeptUpload:
    """Store the file in the place of an earlier one of this user and register. Raises ValidationError by field."""
    return keep_data_file(SHELF, file, _owner(register, by), largest=settings.REGISTER_MAX_BYTES)


def keep_file(register: Register, path: Path, name: str) -> KeptUpload:
    """Store a file that lies on the server, as if it were uploaded by nobody. Raises ValidationError by field."""
    with path.open("rb") as file:
        return keep_upload(register, by=None, file=File(file, name=name))


def find_kept_upload(token: str, register: Register, *, by: User) -> KeptUpload | None:
    """Return the file that the token names; None for a token that is old, another's, or of a file that is gone."""
    return SHELF.find(token, _owner(register, by))


def _owner(register: Register, by: User | None) -> str:
    return f"{by.pk if by is not None else 0}-{register.pk}"
