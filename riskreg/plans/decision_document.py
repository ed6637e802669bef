"""The document of a decision: the accepted kinds of file, recognised by extension and content."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.core.files.base import File

from riskreg.web.accepted_files import CheckedFile, check_file

LARGEST = 20 * 1024 * 1024
ACCEPTED = (".pdf", ".docx", ".odt")


def check_document(document: File[Any]) -> CheckedFile:
    """Return the file's plain name and the SHA-256 of its content; leave it at its start."""
    try:
        return check_file(document, largest=LARGEST, accepted=ACCEPTED)
    except ValidationError as refusal:
        raise ValidationError({"document": refusal}) from None
