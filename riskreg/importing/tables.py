"""The front door of the import: a file in, plain tables and the text beside them out.

The file's size is checked, its type is taken from its content and compared with its name, and every way in which a
reader may fail becomes an `UnreadableFile` that says what to do.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import IO, Any

from .archive import is_large, open_checked, open_declared
from .cells import Beside, Cell, Content, Place, Table
from .confined import Limits, read_confined
from .forms import with_forms_of_lines
from .readers import csv, docx, json, ods, xlsx
from .text_limits import check_text
from .unreadable import EXTENSIONS, UnreadableFile

__all__ = [
    "EXTENSIONS",
    "MAX_BYTES",
    "MAX_ROWS",
    "Beside",
    "Cell",
    "Content",
    "Limits",
    "Place",
    "Table",
    "UnreadableFile",
    "check_upload",
    "read_content",
    "read_tables",
]

MAX_BYTES = 20 * 2**20
MAX_ROWS = 20_000

_READERS: dict[str, Callable[..., Content]] = {
    "docx": docx.read,
    "xlsx": xlsx.read,
    "ods": ods.read,
    "csv": csv.read,
    "json": json.read,
    "xls": partial(read_confined, "xls"),
    "pdf": partial(read_confined, "pdf"),
}
_ALWAYS_CONFINED = ("xls", "pdf")
_SWIFT_BYTES = 2**20
_ZIPPED = ("docx", "xlsx", "ods")
_PLAIN = ("csv", "json")
_CAN_HIDE = ("xlsx", "ods")
_ZIP = b"PK\x03\x04"
_COMPOUND = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
# How an Office file under a password names the stream that holds it (MS-OFFCRYPTO 2.3.4.4).
_ENCRYPTED_PACKAGE = "EncryptedPackage".encode("utf-16-le")
_WORKBOOK_STREAMS = tuple(name.encode("utf-16-le") for name in ("Workbook", "Book"))


def read_tables(
    path_or_file: str | os.PathLike[str] | IO[bytes],
    filename: str,
    *,
    max_bytes: int = MAX_BYTES,
    max_rows: int = MAX_ROWS,
    with_hidden: bool = False,
    confine: bool = False,
) -> list[Table]:
    """Read the tables of a file, in the file's order, at least one: see `read_content`."""
    content = read_content(
        path_or_file, filename, max_bytes=max_bytes, max_rows=max_rows, with_hidden=with_hidden, confine=confine
    )
    if not content.tables:
        raise UnreadableFile("no_table", filename=Path(filename).name)
    return content.tables


def read_content(
    path_or_file: str | os.PathLike[str] | IO[bytes],
    filename: str,
    *,
    max_bytes: int = MAX_BYTES,
    max_rows: int = MAX_ROWS,
    with_hidden: bool = False,
    confine: bool = False,
    limits: Limits | None = None,
    tell: Callable[[float], None] | None = None,
) -> Content:
    """Read the tables of a file, in the file's order, at least one or a hidden sheet's, and all text that stands in none of them.

    `filename` is the name the user knows; its extension must agree with the content.
    Raises `UnreadableFile`, whatever is wrong with the file. More than `max_rows` rows in one table or sheet are
    never read in part. `with_hidden`: a workbook's hidden rows and columns are rows and columns of the tables; else
    they stand beside. `confine`: the file is read in a process of its own, within the limits, whatever its kind; else
    only what may grow without measure is. `tell` is called with the share that is read, where that is known.
    """
    with _told_of(filename) as extension:
        data = _checked(path_or_file, extension, max_bytes)
        options: dict[str, Any] = {"with_hidden": True} if with_hidden and extension in _CAN_HIDE else {}
        read: Callable[..., Content] = _READERS[extension]
        if confine or extension in _ALWAYS_CONFINED or (extension in _ZIPPED and is_large(data)):
            read, options = partial(read_confined, extension), options | {"limits": limits, "tell": tell}
        content = check_text(read(data, max_rows=max_rows, **options))
        content = content if content.own else with_forms_of_lines(content)
        if not content.tables and not content.hidden:
            raise UnreadableFile("no_table")
    return content


def check_upload(file: IO[bytes], filename: str, *, max_bytes: int = MAX_BYTES) -> bool:
    """Check a file without reading its content: its name, its size, what kind it is; a small package's parts.

    Returns whether it is read in a moment. Raises `UnreadableFile`.
    """
    with _told_of(filename) as extension:
        data = _checked(file, extension, max_bytes)
        is_small_package = len(data) <= _SWIFT_BYTES and extension in _ZIPPED and not is_large(data)
        if is_small_package:
            open_checked(data).close()
        return is_small_package or (extension in _PLAIN and len(data) <= _SWIFT_BYTES)


@contextmanager
def _told_of(filename: str) -> Iterator[str]:
    """Yield the file's extension; name the file in every refusal, and make one of every other error."""
    extension = Path(filename).suffix.lstrip(".").casefold()
    try:
        yield extension
    except UnreadableFile as error:
        error.values |= {"filename": Path(filename).name, "extension": f".{extension}" if extension else filename}
        raise
    except Exception as error:
        # The readers' libraries raise whatever a broken file makes them stumble on; to the user it is one thing.
        raise UnreadableFile("damaged", filename=Path(filename).name, detail=type(error).__name__) from error


def _checked(path_or_file: str | os.PathLike[str] | IO[bytes], extension: str, max_bytes: int) -> bytes:
    if extension not in EXTENSIONS:
        raise UnreadableFile("extension")
    data = _bytes(path_or_file, max_bytes)
    kind = _kind(data)
    if kind != extension and not (kind == "csv" and extension == "json"):
        raise UnreadableFile("content")
    return data


def _bytes(path_or_file: str | os.PathLike[str] | IO[bytes], max_bytes: int) -> bytes:
    if isinstance(path_or_file, str | os.PathLike):
        with Path(path_or_file).open("rb") as file:
            return _bytes(file, max_bytes)
    path_or_file.seek(0, os.SEEK_END)
    size = path_or_file.tell()
    path_or_file.seek(0)
    if not size:
        raise UnreadableFile("empty")
    if size > max_bytes:
        raise UnreadableFile("too_large", size=-(-size // 2**20), limit=max_bytes // 2**20)
    data = path_or_file.read(max_bytes + 1)
    if not data.strip(b"\xef\xbb\xbf\xff\xfe\x00 \t\r\n"):
        raise UnreadableFile("empty")
    return data


def _kind(data: bytes) -> str | None:
    """Return the file type by content. Raises `UnreadableFile` for what is encrypted or plainly broken."""
    if data.startswith(_ZIP):
        return _zipped_kind(data)
    if data.startswith(_COMPOUND):
        if _ENCRYPTED_PACKAGE in data:
            raise UnreadableFile("encrypted")
        return "xls" if any(name in data for name in _WORKBOOK_STREAMS) else None
    if b"%PDF-" in data[:1024]:
        return "pdf"
    if data.startswith((b"MZ", b"\x7fELF", b"{\\rtf", b"PK", b"\x89PNG", b"GIF8", b"\xff\xd8\xff", b"<!DOCTYPE", b"<html")):
        return None
    return "csv"


def _zipped_kind(data: bytes) -> str | None:
    with open_declared(data) as package:
        names = {name.casefold() for name in package.namelist()}
        if "mimetype" in names and "content.xml" in names:
            kind = package.read("mimetype").strip()
            return "ods" if kind == b"application/vnd.oasis.opendocument.spreadsheet" else None
        if "xl/workbook.xml" in names:
            return "xlsx"
        return "docx" if any(name.startswith("word/") for name in names) else None
