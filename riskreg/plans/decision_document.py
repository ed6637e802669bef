"""The document of a decision: which files are accepted."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.core.files.base import File

from riskreg.web.accepted_files import CheckedFile, check_file

LARGEST = 20 * 1024 * 1024
ACCEPTED = (".pdf", ".docx", ".odt")


def checked(document: File[Any]) -> CheckedFile:
    """Look at the document before it is kept; leaves it at its start. Raises ValidationError for the field `document`."""
    try:
        return check_file(document, largest=LARGEST, accepted=ACCEPTED)
    except ValidationError as refusal:
        raise ValidationError({"document": refusal}) from None
