"""Uploaded data files on their shelf (riskreg.web.kept_uploads) until they are read: of a known format, with room for them."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.core.files.base import File

from controls.data_files import reading
from controls.data_files.disk import require_room
from controls.data_files.problems import Unreadable
from riskreg.web.kept_uploads import KeptUpload, Shelf


def keep_data_file(shelf: Shelf, file: File[bytes], owner: str, *, largest: int) -> KeptUpload:
    """Keep the file (at most `largest` bytes) in the place of the owner's earlier one. Raises ValidationError by field."""
    try:
        require_room(shelf.folder, file.size or 0)
        return shelf.keep(file, owner, largest=largest, check=reading.format_of)
    except Unreadable as error:
        raise ValidationError({"file": [error.message]}) from error
    except ValidationError as error:
        raise ValidationError({"file": error}) from error
