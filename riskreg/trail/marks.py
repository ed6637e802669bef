"""Marks of files that are kept for a short time and have no history: their hash, signed with the installation's key.

Whoever writes to the database and to the file store, and has not the key, can make none: neither for other bytes, nor for the
bytes of another record. A file of a record with a history needs none (riskreg.trail.files).
"""

from __future__ import annotations

from django.db import models
from django.utils.crypto import constant_time_compare, salted_hmac

NOT_OURS = "-"
"""What is the hash of no bytes."""


def mark_of(record: models.Model, column: str, sha256: str) -> str:
    """Return the mark to be kept of a stored record's file whose bytes have this hash."""
    return f"{sha256}.{_signature(record, column, sha256)}"


def marked_hash(record: models.Model, column: str, mark: str) -> str:
    """Return the hash that the file must have by its mark; NOT_OURS when this installation did not make the mark."""
    sha256, _dot, signature = mark.partition(".")
    return sha256 if constant_time_compare(signature, _signature(record, column, sha256)) else NOT_OURS


def _signature(record: models.Model, column: str, sha256: str) -> str:
    what = f"{record._meta.label_lower}\0{record.pk}\0{column}\0{sha256}"
    return salted_hmac("riskreg.trail.marks", what, algorithm="sha256").hexdigest()
