"""The document of a decision: which files are accepted, told by the extension and by what is inside."""

from __future__ import annotations

import hashlib
import unicodedata
from pathlib import PurePath
from typing import Any

from django.core.exceptions import ValidationError
from django.core.files.base import File
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _

LARGEST = 20 * 1024 * 1024
_BEGINNINGS = {".pdf": b"%PDF-", ".docx": b"PK\x03\x04", ".odt": b"PK\x03\x04"}
CONTENT_TYPES = {
    ".pdf": "application/pdf",
    ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ".odt": "application/vnd.oasis.opendocument.text",
}
ACCEPTED = tuple(_BEGINNINGS)


def checked(document: File[Any]) -> tuple[str, str]:
    """The file's plain name and the SHA-256 of its content; leaves it at its start.

    Raises ValidationError for `document`, naming the file, what is wrong and what is allowed.
    """
    name = _plain(document.name or "")
    suffix = PurePath(name).suffix.lower()
    if suffix not in _BEGINNINGS:
        raise _refusal(
            _("%(name)s is of a kind that is not accepted. Allowed: %(allowed)s."),
            name,
            allowed=", ".join(kind.removeprefix(".") for kind in ACCEPTED),
        )
    digest, size, beginning = hashlib.sha256(), 0, b""
    document.seek(0)
    for piece in document.chunks():
        beginning = beginning or piece[:1024]
        size += len(piece)
        digest.update(piece)
        if size > LARGEST:
            raise _refusal(_("%(name)s is larger than %(limit)s."), name, limit=filesizeformat(LARGEST))
    if not size:
        raise _refusal(_("%(name)s is empty."), name)
    if _BEGINNINGS[suffix] not in beginning:
        raise _refusal(
            _("%(name)s does not contain what its name says (%(extension)s)."), name, extension=suffix.removeprefix(".")
        )
    document.seek(0)
    return name, digest.hexdigest()


def content_type_of(name: str) -> str:
    return CONTENT_TYPES.get(PurePath(name).suffix.lower(), "application/octet-stream")


def _plain(name: str) -> str:
    """The file's name without folders and without characters that could mislead a reader."""
    shown = "".join(letter for letter in unicodedata.normalize("NFC", name) if unicodedata.category(letter)[0] != "C")
    shown = PurePath(shown.replace("\\", "/")).name.strip()
    stem, suffix = PurePath(shown).stem, PurePath(shown).suffix
    return f"{stem[: 255 - len(suffix)]}{suffix}"[:255]


def _refusal(message: str, name: str, **params: object) -> ValidationError:
    return ValidationError({"document": ValidationError(message, params={"name": name, **params})})
