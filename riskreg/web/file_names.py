"""Names of files that come in and go out. Pure but for the framework's `slugify`."""

from __future__ import annotations

import unicodedata
from pathlib import PurePath

from django.utils.text import slugify


def plain_name(name: str) -> str:
    """Return the file's name without what could mislead a reader: control and direction characters, folders."""
    shown = "".join(letter for letter in unicodedata.normalize("NFC", name) if unicodedata.category(letter)[0] != "C")
    shown = PurePath(shown.replace("\\", "/")).name.strip() or "file"
    stem, suffix = PurePath(shown).stem, PurePath(shown).suffix
    return f"{stem[: 255 - len(suffix)]}{suffix}"[:255]


def download_stem(text: str, *, otherwise: str = "") -> str:
    """Return what a downloaded file is called after the text: ASCII letters, digits and hyphens; `otherwise` if none is left."""
    return slugify(text)[:80] or otherwise
