"""One file fetched over HTTPS: only what has changed, within limits of time, size and redirects, from the open network."""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from enum import StrEnum
from http.client import HTTPException, HTTPResponse, HTTPSConnection
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import unquote, urljoin, urlsplit

from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from riskreg.web.outgoing import Deadline, PrivateAddress

SECONDS = 30.0
"""Seconds to wait for one answer of the network."""
SECONDS_IN_ALL = 15 * 60.0
MOST_REDIRECTS = 4
_CHUNK = 2**18
_REDIRECTS = {301, 302, 303, 307, 308}
_OK, _NOT_MODIFIED = 200, 304
_ENDINGS = {
    "text/csv": ".csv",
    "text/plain": ".txt",
    "text/tab-separated-values": ".tsv",
    "application/json": ".json",
    "application/x-ndjson": ".ndjson",
    "application/zip": ".zip",
    "application/x-zip-compressed": ".zip",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": ".xlsx",
    "application/vnd.ms-excel": ".xls",
    "application/vnd.oasis.opendocument.spreadsheet": ".ods",
    "application/vnd.apache.parquet": ".parquet",
}
_KNOWN = frozenset({*_ENDINGS.values(), ".gz", ".jsonl"})


class Why(StrEnum):
    """Why nothing was fetched."""

    ONLY_HTTPS = "only_https"
    PRIVATE = "private"
    REDIRECTS = "redirects"
    UNREACHABLE = "unreachable"
    STATUS = "status"
    ENCODED = "encoded"
    TOO_LARGE = "too_large"
    TOO_SLOW = "too_slow"
    CUT_OFF = "cut_off"
    REFUSED = "refused"


_SENTENCES: dict[Why, str | Promise] = {
    Why.ONLY_HTTPS: _("An address that it leads to does not begin with https (%(detail)s)."),
    Why.PRIVATE: _("The address leads into a private network (%(detail)s), and nothing is fetched from there."),
    Why.REDIRECTS: _("The address leads on too many times."),
    Why.UNREACHABLE: _("The server cannot be reached (%(detail)s)."),
    Why.STATUS: _("The server answered with the error code %(detail)s."),
    Why.ENCODED: _("The server packed its answer (%(detail)s) though it was not asked to."),
    Why.TOO_LARGE: _("The file is larger than %(detail)s MB."),
    Why.TOO_SLOW: _("The file did not come in %(detail)s minutes."),
    Why.CUT_OFF: _("The file was cut off after %(detail)s bytes."),
    Why.REFUSED: _("What came is no snapshot: %(detail)s"),
}


def in_words(why: str, detail: str) -> str:
    """Return the reason in the reader's language."""
    return str(_SENTENCES[Why(why)]) % {"detail": detail}


class NotFetched(Exception):
    """There is no file, and why."""

    def __init__(self, why: Why, detail: object = "") -> None:
        super().__init__(why, detail)
        self.why, self.detail = why, str(detail)

    def __str__(self) -> str:
        return in_words(self.why, self.detail)


@dataclass(frozen=True, slots=True)
class Known:
    """What the server said of the file that is there already, so that it need not be sent again."""

    etag: str = ""
    last_modified: str = ""


@dataclass(frozen=True, slots=True)
class Fetched:
    """What came: the file's name, and what the server says of it."""

    name: str
    known: Known


def fetch(url: str, target: Path, *, known: Known, most_bytes: int) -> Fetched | None:
    """Fetch the file into `target`; None when the server says that nothing has changed.

    Raises NotFetched, and OSError for a full disk.
    """
    with Deadline(SECONDS_IN_ALL) as deadline:
        try:
            return _follow(url, target, known, most_bytes, deadline)
        except PrivateAddress as refusal:
            raise NotFetched(Why.PRIVATE, refusal) from None
        except _Network as problem:
            if deadline.is_over:
                raise NotFetched(Why.TOO_SLOW, round(SECONDS_IN_ALL / 60)) from None
            raise NotFetched(Why.UNREACHABLE, str(problem)[:200]) from None


class _Network(Exception):
    """The network failed, not the disk."""


def _follow(url: str, target: Path, known: Known, most_bytes: int, deadline: Deadline) -> Fetched | None:
    for _step in range(MOST_REDIRECTS + 1):
        connection, answer = _ask(url, known, deadline)
        try:
            if answer.status in _REDIRECTS and answer.headers["Location"]:
                url = _joined(url, answer.headers["Location"])
                continue
            if answer.status == _NOT_MODIFIED and known != Known():
                return None
            if answer.status != _OK:
                raise NotFetched(Why.STATUS, answer.status)
            if (packed := answer.headers.get("Content-Encoding", "identity")).lower() != "identity":
                raise NotFetched(Why.ENCODED, packed[:50])
            _save(answer, target, most_bytes, deadline)
            said = Known(answer.headers.get("ETag", "")[:500], answer.headers.get("Last-Modified", "")[:100])
            return Fetched(_name(url, answer), said)
        finally:
            connection.close()
    raise NotFetched(Why.REDIRECTS)


def _joined(url: str, location: str) -> str:
    try:
        return urljoin(url, location)
    except ValueError:
        raise NotFetched(Why.ONLY_HTTPS, location[:100]) from None


def _ask(url: str, known: Known, deadline: Deadline) -> tuple[HTTPSConnection, HTTPResponse]:
    parts = urlsplit(url)
    if parts.scheme != "https" or not parts.hostname or parts.username is not None:
        raise NotFetched(Why.ONLY_HTTPS, f"{parts.scheme}://{parts.hostname or ''}")
    headers = {"Accept": "*/*", "Accept-Encoding": "identity", "User-Agent": "Riskreg"}
    if known.etag:
        headers["If-None-Match"] = known.etag
    if known.last_modified:
        headers["If-Modified-Since"] = known.last_modified
    try:
        connection = HTTPSConnection(parts.hostname, parts.port, timeout=SECONDS, context=_context())
        plain: Any = connection
        plain._create_connection = deadline.connect_to_the_world
        connection.request("GET", (parts.path or "/") + (f"?{parts.query}" if parts.query else ""), headers=headers)
        return connection, connection.getresponse()
    except (OSError, HTTPException, ValueError) as problem:
        raise _Network(problem) from problem


def _context() -> ssl.SSLContext:
    return ssl.create_default_context()


def _save(answer: HTTPResponse, target: Path, most_bytes: int, deadline: Deadline) -> None:
    written = 0
    with target.open("wb") as out:
        while True:
            try:
                piece = answer.read(_CHUNK)
            except (OSError, HTTPException) as problem:
                raise _Network(problem) from problem
            if not piece:
                break
            written += len(piece)
            if written > most_bytes:
                raise NotFetched(Why.TOO_LARGE, most_bytes // 2**20)
            out.write(piece)
    if deadline.is_over:
        raise NotFetched(Why.TOO_SLOW, round(SECONDS_IN_ALL / 60))
    if answer.length:
        raise NotFetched(Why.CUT_OFF, written)


def _name(url: str, answer: HTTPResponse) -> str:
    """Return the file's name: what the server calls it, or the last part of its address; with an ending that says what it is."""
    said = answer.headers.get_filename() or unquote(urlsplit(url).path)
    name = PurePosixPath(said.replace("\\", "/")).name.strip()[:200] or "fil"
    if PurePosixPath(name.lower()).suffix in _KNOWN:
        return name
    return name + _ENDINGS.get(answer.headers.get_content_type(), "")


def day_of(known: Known) -> Any:
    """Return the local day that the server says the file is of; None when it says nothing."""
    try:
        return timezone.localtime(parsedate_to_datetime(known.last_modified)).date()
    except (TypeError, ValueError):
        return None
