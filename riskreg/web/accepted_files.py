"""Check an uploaded file before it is stored: its name, size and hash, and its kind by name and content.

Readers of plans, populations and templates know better what a content is: they measure here, and look into it themselves.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePath
from typing import IO, Any

from django.core.exceptions import ValidationError
from django.core.files.base import File
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _

from riskreg.web import file_kinds
from riskreg.web.file_names import plain_name


@dataclass(frozen=True, slots=True)
class CheckedFile:
    """An upload that may be kept: allowed by name, content and size, with its hash."""

    upload: File[Any]
    name: str
    size: int
    sha256: str


def measure_file(upload: File[Any], *, largest: int, copy_to: IO[bytes] | None = None) -> CheckedFile:
    """Read the upload once, piece by piece, into `copy_to` if given, and leave it at its start; what it holds is not asked.

    Raises ValidationError that names the file and says that it is too large, or empty.
    """
    name = plain_name(upload.name or "")
    if upload.size > largest:
        sizes = {"size": filesizeformat(upload.size), "limit": filesizeformat(largest)}
        raise refusal(_("%(name)s is %(size)s. A file may be at most %(limit)s."), name, **sizes)
    digest, size = hashlib.sha256(), 0
    for piece in upload.chunks():
        digest.update(piece)
        size += len(piece)
        if copy_to is not None:
            copy_to.write(piece)
    upload.seek(0)
    if size == 0:
        raise refusal(_("%(name)s is empty."), name)
    return CheckedFile(upload, name, size, digest.hexdigest())


def check_kind(found: CheckedFile, accepted: Sequence[str] = file_kinds.EXTENSIONS) -> None:
    """Raise ValidationError unless the file is of an accepted kind, by its name and by its content."""
    extension = PurePath(found.name).suffix.lower()
    if extension not in accepted:
        allowed = ", ".join(one.removeprefix(".") for one in accepted)
        raise refusal(_("%(name)s is of a kind that is not accepted. Allowed: %(allowed)s."), found.name, allowed=allowed)
    try:
        file_kinds.recognise_kind(found.name, found.upload)
    except file_kinds.NotWhatItSays:
        raise refusal(
            _("%(name)s does not contain what its name says (%(extension)s), or contains macros or scripts."),
            found.name,
            extension=extension.removeprefix("."),
        ) from None


def check_file(upload: File[Any], *, largest: int, accepted: Sequence[str] = file_kinds.EXTENSIONS) -> CheckedFile:
    """Measure the upload and check its kind. Raises ValidationError as both do."""
    found = measure_file(upload, largest=largest)
    check_kind(found, accepted)
    return found


def refusal(message: str, name: str, **values: object) -> ValidationError:
    """Return the error that says `message` of the file of that name."""
    return ValidationError(message, params={"name": name, **values})
