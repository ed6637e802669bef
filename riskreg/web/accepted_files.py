"""Checks of an uploaded file before it is stored: its name, its kind by name and content, its size, its hash."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any

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


def check_file(upload: File[Any], *, largest: int, accepted: Sequence[str] = file_kinds.EXTENSIONS) -> CheckedFile:
    """Read the upload once, piece by piece, and leave it at its start.

    Raises ValidationError that names the file, what is wrong, and what is allowed.
    """
    name = plain_name(upload.name or "")
    if upload.size > largest:
        raise refusal(
            _("%(name)s is %(size)s. A file may be at most %(limit)s."),
            name,
            size=filesizeformat(upload.size),
            limit=filesizeformat(largest),
        )
    digest, size = hashlib.sha256(), 0
    for piece in upload.chunks():
        digest.update(piece)
        size += len(piece)
    if size == 0:
        raise refusal(_("%(name)s is empty."), name)
    extension = PurePath(name).suffix.lower()
    if extension not in accepted:
        allowed = ", ".join(one.removeprefix(".") for one in accepted)
        raise refusal(_("%(name)s is of a kind that is not accepted. Allowed: %(allowed)s."), name, allowed=allowed)
    try:
        file_kinds.recognise_kind(name, upload)
    except file_kinds.NotWhatItSays:
        raise refusal(
            _("%(name)s does not contain what its name says (%(extension)s), or contains macros or scripts."),
            name,
            extension=extension.removeprefix("."),
        ) from None
    return CheckedFile(upload, name, size, digest.hexdigest())


def refusal(message: str, name: str, **values: object) -> ValidationError:
    """Return the error that says `message` of the file of that name."""
    return ValidationError(message, params={"name": name, **values})
