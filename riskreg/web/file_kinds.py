"""Files that are accepted: recognised by the extension *and* by the content, never by what the browser claims.

Pure: reads a file object, touches nothing else. What a browser could run (html, svg, scripts), programs and
documents with macros are refused, whatever they are called.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import PurePath
from typing import IO

_PEEK = 4096
_MAX_ZIP_ENTRIES = 20_000
# Each comment ends at its first "-->", so that there is one way to read them, however many.
_RUNNABLE = re.compile(
    rb"^\s*(<!doctype\s+html|<html|<head|<body|<script|<svg|<\?php"
    rb"|<\?xml[^>]*\?>\s*(?:<!--(?:(?!-->).)*-->\s*)*<(svg|html)|#!)",
    re.I | re.S,
)
_PROGRAMS = (b"MZ", b"\x7fELF", b"\xca\xfe\xba\xbe", b"\xfe\xed\xfa", b"\xcf\xfa\xed\xfe")
_MAIL_HEADER = re.compile(rb"^(from |[!-9;-~]+:[ \t])", re.I)


class UnknownKind(ValueError):
    """The extension is none of those allowed."""


class NotWhatItSays(ValueError):
    """The content is not what the extension says, or holds what is not allowed (macros, scripts)."""


@dataclass(frozen=True, slots=True)
class FileKind:
    extensions: tuple[str, ...]
    content_type: str
    """The content type it is served with; never one that a browser would run."""
    matches: Callable[[IO[bytes]], bool]


def _begins(*signatures: bytes) -> Callable[[IO[bytes]], bool]:
    def matches(file: IO[bytes]) -> bool:
        return _peek(file).startswith(signatures)

    return matches


def _peek(file: IO[bytes]) -> bytes:
    file.seek(0)
    return file.read(_PEEK)


def _is_pdf(file: IO[bytes]) -> bool:
    return b"%PDF-" in _peek(file)[:1024]


def _is_text(file: IO[bytes]) -> bool:
    """Return whether the file is text: no program, no page, no zero bytes except in UTF-16 with its mark."""
    head = _peek(file)
    if not head or head.startswith(_PROGRAMS):
        return False
    bare = head.removeprefix(b"\xef\xbb\xbf")
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        bare = head.decode("utf-16", errors="ignore").encode()
    elif b"\x00" in head:
        return False
    return not _RUNNABLE.match(bare)


def _is_mail(file: IO[bytes]) -> bool:
    return _is_text(file) and bool(_MAIL_HEADER.match(_peek(file)))


def _office(part: str) -> Callable[[IO[bytes]], bool]:
    """Return a check for an Office zip that has the part, and no macros."""

    def matches(file: IO[bytes]) -> bool:
        names = _names_in_zip(file)
        runs = any(name.lower().endswith("vbaproject.bin") for name in names)
        return "[Content_Types].xml" in names and part in names and not runs

    return matches


def _open_document(media_type: str) -> Callable[[IO[bytes]], bool]:
    """Return a check for a zip that states its type first, as OpenDocument does, and has no macros."""

    def matches(file: IO[bytes]) -> bool:
        names = _names_in_zip(file)
        if "mimetype" not in names or any(name.startswith("Basic/") for name in names):
            return False
        file.seek(0)
        with zipfile.ZipFile(file) as archive, archive.open("mimetype") as stated:
            return stated.read(len(media_type) + 1).strip() == media_type.encode()

    return matches


def _names_in_zip(file: IO[bytes]) -> set[str]:
    """Return the names of a zip's entries, from its directory: nothing is unpacked."""
    if not _peek(file).startswith(b"PK\x03\x04"):
        return set()
    file.seek(0)
    try:
        with zipfile.ZipFile(file) as archive:
            names = archive.namelist()
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError):
        return set()
    return set(names) if len(names) <= _MAX_ZIP_ENTRIES else set()


_OOXML = "application/vnd.openxmlformats-officedocument."
_ODF = "application/vnd.oasis.opendocument."

KINDS: tuple[FileKind, ...] = (
    FileKind((".pdf",), "application/pdf", _is_pdf),
    FileKind((".docx",), f"{_OOXML}wordprocessingml.document", _office("word/document.xml")),
    FileKind((".xlsx",), f"{_OOXML}spreadsheetml.sheet", _office("xl/workbook.xml")),
    FileKind((".pptx",), f"{_OOXML}presentationml.presentation", _office("ppt/presentation.xml")),
    FileKind((".odt",), f"{_ODF}text", _open_document(f"{_ODF}text")),
    FileKind((".ods",), f"{_ODF}spreadsheet", _open_document(f"{_ODF}spreadsheet")),
    FileKind((".csv",), "text/csv", _is_text),
    FileKind((".txt",), "text/plain", _is_text),
    FileKind((".png",), "image/png", _begins(b"\x89PNG\r\n\x1a\n")),
    FileKind((".jpg", ".jpeg"), "image/jpeg", _begins(b"\xff\xd8\xff")),
    FileKind((".eml",), "message/rfc822", _is_mail),
    FileKind((".msg",), "application/vnd.ms-outlook", _begins(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")),
)
BY_EXTENSION: dict[str, FileKind] = {extension: kind for kind in KINDS for extension in kind.extensions}
EXTENSIONS: tuple[str, ...] = tuple(BY_EXTENSION)


def kind_of(name: str) -> FileKind:
    """Return the kind of the name's extension. Raises UnknownKind."""
    try:
        return BY_EXTENSION[PurePath(name).suffix.lower()]
    except KeyError:
        raise UnknownKind(name) from None


def content_type_of(name: str) -> str:
    """Return what a file that was kept under this name is served as."""
    kind = BY_EXTENSION.get(PurePath(name).suffix.lower())
    return kind.content_type if kind else "application/octet-stream"


def recognise_kind(name: str, file: IO[bytes]) -> FileKind:
    """Return the file's kind, when extension and content agree, and leave `file` at its start.

    Raises UnknownKind or NotWhatItSays.
    """
    kind = kind_of(name)
    try:
        agrees = kind.matches(file)
    finally:
        file.seek(0)
    if not agrees:
        raise NotWhatItSays(name)
    return kind
