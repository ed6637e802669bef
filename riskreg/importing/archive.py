"""The check that every zipped document passes before a reader sees it.

Sizes are checked as declared and as they are, so that no later reader unpacks more than was allowed;
XML with a document type is refused, so that no later parser meets an entity.
"""

from __future__ import annotations

import io
import zipfile
import zlib
from typing import IO
from xml.etree.ElementTree import ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import iterparse

from .unreadable import UnreadableFile

MAX_MEMBERS = 5_000
MAX_UNPACKED = 160 * 2**20
MAX_PART = 96 * 2**20
# XML packs to a tenth, at best a sixtieth; above this only a bomb gets.
MAX_RATIO = 300
RATIO_MATTERS_FROM = 4 * 2**20
MAX_UNPACKED_HERE = 16 * 2**20
"""Parsed, markup takes up to fifteen times its length: more than this is no matter for a process that serves pages."""
_CHUNK = 2**18


_BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError, ValueError, OverflowError)


def open_declared(data: bytes | IO[bytes], *, max_unpacked: int | None = None) -> zipfile.ZipFile:
    """Open the archive, checked against the limits by the sizes its directory declares; nothing is unpacked.

    Enough to look at names and to read a small part.

    `max_unpacked` replaces the limits of the whole and of each part, for a reader that works within limits of its
    own. Raises `UnreadableFile`.
    """
    try:
        archive = zipfile.ZipFile(io.BytesIO(data) if isinstance(data, bytes) else data)
    except _BROKEN as error:
        raise UnreadableFile("damaged", detail=type(error).__name__) from error
    _check_declared(archive, max_unpacked or MAX_UNPACKED, max_unpacked or MAX_PART)
    return archive


def is_large(data: bytes) -> bool:
    """Return whether the archive unpacks to so much that it is read in a process of its own."""
    with open_declared(data) as archive:
        return sum(part.file_size for part in archive.infolist()) > MAX_UNPACKED_HERE


def open_checked(data: bytes) -> zipfile.ZipFile:
    """Open the archive after unpacking every part once, within the limits and against its checksum.

    Raises `UnreadableFile`.
    """
    archive = open_declared(data)
    try:
        for info in archive.infolist():
            _check_part(archive, info)
    except _BROKEN as error:
        raise UnreadableFile("damaged", detail=type(error).__name__) from error
    return archive


def _check_declared(archive: zipfile.ZipFile, max_unpacked: int, max_part: int) -> None:
    parts = archive.infolist()
    names = {part.filename.casefold() for part in parts}
    if len(names) != len(parts):
        # Two parts of one name: which of them counts differs between readers.
        raise UnreadableFile("damaged", detail="duplicate part")
    too_dense = any(
        part.file_size > RATIO_MATTERS_FROM and part.file_size > MAX_RATIO * max(part.compress_size, 1) for part in parts
    )
    if (
        len(parts) > MAX_MEMBERS
        or too_dense
        or sum(part.file_size for part in parts) > max_unpacked
        or any(part.file_size > max_part for part in parts)
    ):
        raise UnreadableFile("bomb", limit=max_unpacked // 2**20)
    if any(part.flag_bits & 0x1 for part in parts):
        raise UnreadableFile("encrypted")


def _check_part(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> None:
    with archive.open(info) as part:
        # A declared size that is a lie ends in a wrong checksum, because no more than that size is unpacked.
        while part.read(_CHUNK):
            pass
    if info.filename.endswith((".xml", ".rels")):
        with archive.open(info) as part:
            _check_prolog(part)


def _check_prolog(part: IO[bytes]) -> None:
    try:
        # The document type can only stand before the first element: reading that far is enough.
        next(iter(iterparse(part, events=("start",), forbid_dtd=True)), None)
    except (DefusedXmlException, ParseError) as error:
        raise UnreadableFile("damaged", detail=type(error).__name__) from error
