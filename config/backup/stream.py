"""A file that is hashed while it is written or read as a stream."""

from __future__ import annotations

import hashlib
import tarfile
from typing import IO, Protocol

_KEPT = 2 * tarfile.RECORDSIZE
"""Bytes: tarfile reads whole records, so it is never farther than one behind the header that it tells of."""


class _Output(Protocol):
    def write(self, data: bytes, /) -> int: ...


class Written:
    """A file that is written; `digest` and `count` are of everything that was."""

    def __init__(self, output: _Output) -> None:
        self.digest, self.count, self._output = hashlib.sha256(), 0, output

    def write(self, data: bytes) -> int:
        self.digest.update(data)
        self.count += len(data)
        return self._output.write(data)

    def tell(self) -> int:
        return self.count


class Hashed:
    """A file that is hashed while it is read."""

    def __init__(self, file: IO[bytes]) -> None:
        self.digest, self.count, self._file = hashlib.sha256(), 0, file

    def read(self, size: int = -1) -> bytes:
        piece = self._file.read(size)
        self.digest.update(piece)
        self.count += len(piece)
        return piece


class Followed:
    """A file that is read by tarfile, of which one asks the hash up to a member, and the bytes from there on."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file, self._digest = file, hashlib.sha256()
        self._kept, self._kept_from, self._is_split = b"", 0, False

    def read(self, size: int = -1) -> bytes:
        piece = self._file.read(size)
        if not self._is_split:
            self._kept += piece
            self._hash(len(self._kept) - _KEPT)
        elif len(self._kept) <= _KEPT:
            self._kept += piece
        return piece

    def split(self, place: int) -> str:
        """Return the SHA-256 of what stands before the place, and keep from there.

        Raises ValueError where so much lies between the place and what was read that tarfile did not write it.
        """
        if not self._kept_from <= place <= self._kept_from + len(self._kept):
            raise ValueError(place)
        self._hash(place - self._kept_from)
        self._is_split = True
        return self._digest.hexdigest()

    @property
    def rest(self) -> bytes:
        """What was read from the place on; of very much more than an archive has there only the beginning."""
        return self._kept

    def _hash(self, count: int) -> None:
        if count > 0:
            self._digest.update(self._kept[:count])
            self._kept, self._kept_from = self._kept[count:], self._kept_from + count
