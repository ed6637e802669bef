"""The anchor file: one line for each anchored head, appended and never changed.

A line is canonical JSON and a line feed, as an export's:

    {"at": moment, "format": 1, "head": "17:9f3a…", "key": public key, "previous": SHA-256 of the line before,
     "signature": Ed25519 of the same without it, "site": address of the register}

`previous` is of the line's bytes without the line feed, 64 zeros for the first one. A write that was cut off (a full disk)
leaves a line that is no JSON; the next line begins anew after it, and its `previous` holds that remainder, too.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import IO, Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from riskreg.trail import canonical
from riskreg.trail.anchors.signing import is_signed, public_half

FORMAT = 1
LONGEST_LINE = 8_192
_HEAD = re.compile(r"[1-9][0-9]{0,18}:[0-9a-f]{64}", re.ASCII)
_KEY = re.compile(r"[0-9a-f]{64}", re.ASCII)
_LINE = (
    (rb'{"at":"', rb"[0-9TZ:.\-]*"),
    (rb'","format":', rb"[0-9]*"),
    (rb',"head":"', rb"[0-9a-f:]*"),
    (rb'","key":"', rb"[0-9a-f]*"),
    (rb'","previous":"', rb"[0-9a-f]*"),
    (rb'","signature":"', rb"[0-9a-f]*"),
    (rb'","site":"', rb'(?:[^"\\]|\\.)*\\?'),
    (rb'"}', rb""),
)
"""A line as the product writes it: what stands before each value, and the value."""
_NAMES = {"at", "format", "head", "key", "previous", "signature", "site"}


@dataclass(frozen=True, slots=True)
class Appended:
    """What was written: the SHA-256 of the line, and the public key that signed it."""

    line_hash: str
    key: str


@dataclass
class Reading:
    """What a file holds. `heads`: by line; `altered`: the lines whose signature or `previous` does not match."""

    lines: int = 0
    heads: list[tuple[int, str]] = field(default_factory=list)
    hashes: set[str] = field(default_factory=set)
    keys: dict[str, int] = field(default_factory=dict)
    """The keys that signed, each with the first line it signed."""
    altered: list[int] = field(default_factory=list)
    cut_off: int = 0
    """Remainders of writes that were interrupted."""
    foreign: list[int] = field(default_factory=list)
    """What is neither a line nor the beginning of one, by line: the product writes no such thing."""


def _beginning(parts: Iterable[tuple[bytes, bytes]]) -> re.Pattern[bytes]:
    """Return what matches each beginning of a line, of one byte or more."""
    pattern = b""
    for before, value in reversed(list(parts)):
        pattern = value + pattern
        for byte in reversed(before):
            pattern = b"(?:" + re.escape(bytes([byte])) + pattern + b")?"
    return re.compile(b"(?=.)" + pattern, re.ASCII | re.DOTALL)


_BEGUN = _beginning(_LINE)


def append(path: Path, head: str, at: datetime, site: str, key: Ed25519PrivateKey) -> Appended:
    """Append a signed line to the file, made if it is not there, and have the disk write it. Raises OSError.

    Opened for appending only, so that a file with `chattr +a` and a share that allows no more will do. Two writers take turns.
    """
    is_new = not path.exists()
    number = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(number, fcntl.LOCK_EX)
        last, is_whole = _last_line(number)
        line = signed_line(head, at, site, _hash(last) if last is not None else canonical.NO_SEAL, key)
        written = (b"" if is_whole else b"\n") + line + b"\n"
        if os.write(number, written) != len(written):
            raise OSError("the line was written in part only")
        os.fsync(number)
    finally:
        os.close(number)
    if is_new:
        _sync_folder(path.parent)
    return Appended(_hash(line), public_half(key))


def signed_line(head: str, at: datetime, site: str, previous: str, key: Ed25519PrivateKey) -> bytes:
    """Return the line, without its line feed."""
    said = {
        "at": canonical.moment_text(at),
        "format": FORMAT,
        "head": head,
        "key": public_half(key),
        "previous": previous,
        "site": site,
    }
    signature = key.sign(canonical.canonical(said).encode("utf-8")).hex()
    return canonical.canonical({**said, "signature": signature}).encode("utf-8")


def read(file: IO[bytes]) -> Reading:
    """Read an anchor file, or a copy of one, and check each line and the chain through them."""
    found = Reading()
    previous = canonical.NO_SEAL
    for number, raw in enumerate(_raw_lines(file), 1):
        found.lines = number
        line = _parsed(raw)
        if line is None and _BEGUN.fullmatch(raw):
            found.cut_off += 1
        elif line is None:
            found.foreign.append(number)
        else:
            said = {name: value for name, value in line.items() if name != "signature"}
            is_right = line["previous"] == previous and is_signed(canonical.canonical(said), line["signature"], line["key"])
            if not is_right or raw != canonical.canonical(line).encode("utf-8"):
                found.altered.append(number)
            # What is neither a head nor a key was not written by the product, and no database is asked for it.
            if _HEAD.fullmatch(line["head"]):
                found.heads.append((number, line["head"]))
            if _KEY.fullmatch(line["key"]):
                found.keys.setdefault(line["key"], number)
        previous = _hash(raw)
        found.hashes.add(previous)
    return found


def _parsed(raw: bytes) -> dict[str, Any] | None:
    try:
        line = json.loads(raw)
    except (ValueError, RecursionError):
        return None
    if not isinstance(line, dict) or set(line) != _NAMES or line.pop("format") != FORMAT:
        return None
    if not all(isinstance(value, str) for value in line.values()):
        return None
    return {**line, "format": FORMAT}


def _raw_lines(file: IO[bytes]) -> Iterator[bytes]:
    """Yield the lines without line feeds; one that is far too long comes in pieces, none of which is a line."""
    while raw := file.readline(LONGEST_LINE):
        yield raw.removesuffix(b"\n")


def _last_line(number: int) -> tuple[bytes | None, bool]:
    """Return the last line without its line feed, None for an empty file, and whether the file ends with a line feed."""
    size = os.fstat(number).st_size
    if not size:
        return None, True
    start = max(0, size - LONGEST_LINE)
    end = os.pread(number, size - start, start)
    is_whole = end.endswith(b"\n")
    return end.removesuffix(b"\n").rpartition(b"\n")[2], is_whole


def _hash(line: bytes) -> str:
    return hashlib.sha256(line).hexdigest()


def _sync_folder(folder: Path) -> None:
    """Have the disk write the file's name, where the file system does that."""
    number = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(number)
    except OSError:
        return
    finally:
        os.close(number)


def unknown_keys(reading: Reading, known: Iterable[str]) -> list[int]:
    """Return the first line signed by each key that is none of the known ones."""
    there = set(known)
    return sorted(number for key, number in reading.keys.items() if key not in there)
