"""The file of a backup: a tar archive of the rows, the files and a list of both with a hash of each.

In this order: README.txt; about.json (what is needed before the rest is read); files/…; tables/NAME/00001.jsonl.gz, …, a
row a line; secret_key when asked for; contents.json with size and SHA-256 of all before; and contents.sha256, whose second line
is an HMAC where the file is encrypted. Written and read as a stream: memory grows with the number of files (some 300 bytes
each), not with rows or bytes. A file without its last member, or with anything that is not listed, is refused.
"""

from __future__ import annotations

import hashlib
import hmac
import io
import json
import os
import re
import tarfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import IO, Any, BinaryIO, Protocol

from django.utils.translation import gettext as _

from config.backup.encryption import Decrypted, Encrypted, is_encrypted
from config.backup.errors import BadArchive, ChangedMeanwhile, wrong_passphrase

FORMAT = 1
README, ABOUT, KEY, CONTENTS, END = "README.txt", "about.json", "secret_key", "contents.json", "contents.sha256"
FILES, TABLES = "files/", "tables/"
_DECRYPTED = re.compile(rb"([0-9a-f]{64}\n){2}")
PIECE = 1 << 20
PART_BYTES = 4 << 20
"""A part of a table holds about so many bytes of rows: what one member takes in memory."""
_WORDS = """A backup of a Riskreg installation, to be restored by: manage.py restore FILE

about.json      when, by which version, from which database; the columns of each table
files/          what lay below MEDIA_ROOT
tables/         the rows, as JSON Lines packed by gzip; columns in the order of about.json, moments in UTC
secret_key      SECRET_KEY, when it was asked for
contents.json   size and SHA-256 of every member above, and the number of rows of each table
"""


class _Output(Protocol):
    def write(self, data: bytes, /) -> int: ...


@dataclass
class About:
    """What an archive says of itself at its beginning."""

    version: str
    """The product's."""
    engine: str
    made_at: datetime
    database_bytes: int
    file_count: int
    file_bytes: int
    head: str
    """Of the trail, as `verify_trail --head` takes it; empty before the first seal."""
    migrations: list[tuple[str, str]]
    """Every (app, migration) that was applied."""
    tables: list[dict[str, Any]]
    """As `tables.Table.stated`."""
    pinned_day: str = ""
    """The day on which a demonstration stands still."""
    missing_files: list[str] = field(default_factory=list)
    """Files that rows name and that were not there when the backup was made."""

    def as_json(self) -> bytes:
        values = {"format": FORMAT, **vars(self), "made_at": self.made_at.isoformat()}
        return json.dumps(values, ensure_ascii=False, indent=1).encode()

    @classmethod
    def from_json(cls, content: bytes) -> About:
        """Read it. Raises BadArchive for one of a later format, or that cannot be read."""
        try:
            values = json.loads(content)
            number = values.pop("format")
            if number != FORMAT:
                said = {"number": number, "version": values.get("version", "?")}
                raise BadArchive(
                    _("The backup has format %(number)s, of Riskreg %(version)s: restore it with that version.") % said
                )
            values["made_at"] = datetime.fromisoformat(values["made_at"])
            values["migrations"] = [(str(app), str(name)) for app, name in values["migrations"]]
            return cls(**values)
        except (KeyError, TypeError, ValueError, AttributeError):
            raise BadArchive(_("The file is not a backup of Riskreg, or its beginning was altered.")) from None


@dataclass
class Contents:
    """What an archive holds."""

    members: dict[str, tuple[int, str]] = field(default_factory=dict)
    """Size and SHA-256 of each."""
    rows: dict[str, int] = field(default_factory=dict)
    """The number of rows of each table."""
    digests: dict[str, str] = field(default_factory=dict)
    """Of each table the hash of its rows (config/backup/rows.py)."""
    last_keys: dict[str, int] = field(default_factory=dict)
    """Of each table that counts its keys the highest that was ever given."""

    def as_json(self) -> bytes:
        return json.dumps(vars(self), ensure_ascii=False, indent=0, sort_keys=True).encode()

    @classmethod
    def from_json(cls, content: bytes) -> Contents:
        values = json.loads(content)
        members = {str(name): (int(size), str(digest)) for name, (size, digest) in values["members"].items()}
        return cls(members, values["rows"], values["digests"], values["last_keys"])


class Writer:
    """An archive being written; nothing but `finish` makes it one that can be restored."""

    def __init__(self, file: BinaryIO, passphrase: str | None) -> None:
        self.contents = Contents()
        self._encrypted = Encrypted(file, passphrase) if passphrase is not None else None
        output: _Output = self._encrypted or file
        self._tar = tarfile.open(fileobj=output, mode="w|", format=tarfile.PAX_FORMAT)  # type: ignore[call-overload]  # noqa: SIM115
        self.add(README, _WORDS.encode())

    def add(self, name: str, content: bytes, *, listed: bool = True) -> None:
        """Add a member with this content."""
        self._tar.addfile(_entry(name, len(content)), io.BytesIO(content))
        if listed:
            self.contents.members[name] = len(content), hashlib.sha256(content).hexdigest()

    def add_file(self, name: str, path: Path) -> None:
        """Add the file as it is. Raises FileNotFoundError, and ChangedMeanwhile when it becomes shorter on the way."""
        with path.open("rb") as file:
            found = path.stat()
            hashed = _Hashed(file)
            try:
                self._tar.addfile(_entry(name, found.st_size, found.st_mtime), hashed)
            except OSError as problem:
                if hashed.count < found.st_size and problem.errno is None:
                    raise ChangedMeanwhile(name) from None
                raise
            self.contents.members[name] = found.st_size, hashed.digest.hexdigest()

    def add_rows(self, table: str, lines: Iterable[bytes]) -> None:
        """Add a table's rows: chunks of whole lines, packed into members of a few megabytes."""
        part, waiting, size = 0, [], 0
        for chunk in lines:
            waiting.append(chunk)
            size += len(chunk)
            if size >= PART_BYTES:
                part += 1
                self._add_part(table, part, waiting)
                waiting, size = [], 0
        if waiting:
            self._add_part(table, part + 1, waiting)

    def _add_part(self, table: str, part: int, lines: list[bytes]) -> None:
        packer = zlib.compressobj(2, wbits=31)  # gzip
        packed = b"".join([*map(packer.compress, lines), packer.flush()])
        self.add(f"{TABLES}{table}/{part:05}.jsonl.gz", packed)

    def abandon(self) -> None:
        """Write nothing more, also when it is forgotten: tarfile would still write an end."""
        self._tar.fileobj.closed = True

    def finish(self) -> None:
        """Write the list of contents and the end."""
        listed = self.contents.as_json()
        self.add(CONTENTS, listed, listed=False)
        self.add(END, _end(listed, self._encrypted.hmac_key if self._encrypted else None), listed=False)
        self._tar.close()
        if self._encrypted is not None:
            self._encrypted.finish()


def _end(listed: bytes, hmac_key: bytes | None) -> bytes:
    """Return the content of the last member, for a list of contents."""
    said = [hashlib.sha256(listed).hexdigest()]
    if hmac_key is not None:
        said.append(hmac.new(hmac_key, listed, "sha256").hexdigest())
    return "\n".join([*said, ""]).encode()


def _entry(name: str, size: int, modified: float = 0) -> tarfile.TarInfo:
    entry = tarfile.TarInfo(name)
    entry.size, entry.mtime, entry.mode = size, int(modified), 0o600
    return entry


class _Hashed:
    """A file that is hashed while it is read."""

    def __init__(self, file: IO[bytes]) -> None:
        self.digest, self.count, self._file = hashlib.sha256(), 0, file

    def read(self, size: int = -1) -> bytes:
        piece = self._file.read(size)
        self.digest.update(piece)
        self.count += len(piece)
        return piece


@dataclass
class Member:
    """One member while the archive is read; `read` gives its content, piece by piece, once."""

    name: str
    size: int
    modified: float
    _file: IO[bytes]

    def read(self, size: int = -1) -> bytes:
        return self._file.read(size)


class Archive:
    """A finished archive. Raises BadArchive wherever it is not what was written."""

    def __init__(self, path: Path, passphrase: str | None = None) -> None:
        """Look at the file's beginning. Raises OSError when it cannot be read."""
        self.path, self._passphrase = path, passphrase
        with path.open("rb") as file:
            self.is_encrypted = is_encrypted(file)

    def check(self, progress: Callable[[int], None] = lambda done: None) -> tuple[About, Contents]:
        """Read the whole file, and compare every member with its hash in the list at the end."""
        found: dict[str, tuple[int, str]] = {}
        kept: dict[str, bytes] = {}
        done = 0
        with self._opened() as (members, hmac_key):
            for member in members:
                if END in kept or (CONTENTS in kept and member.name != END) or member.name in found:
                    raise _altered()
                hashed = _Hashed(member)  # type: ignore[arg-type]
                if member.name in {ABOUT, CONTENTS, END}:
                    kept[member.name] = hashed.read()
                while hashed.read(PIECE):
                    pass
                if hashed.count != member.size:
                    raise _altered()
                found[member.name] = hashed.count, hashed.digest.hexdigest()
                done += member.size
                progress(done)
        if END not in kept or ABOUT not in kept or not self._has_whole_records():
            raise _altered() if found else BadArchive(_("The file is not a backup of Riskreg."))
        about, contents = About.from_json(kept[ABOUT]), self._contents(kept, hmac_key)
        del found[CONTENTS], found[END]
        if found != contents.members:
            raise _altered()
        return about, contents

    def _has_whole_records(self) -> bool:
        """Return whether the file ends as tar ends one: two empty blocks, a full record. An encrypted one says it by itself.

        Where the last member ends with its record, the empty blocks fill one of their own: without it the size would be right.
        """
        if self.is_encrypted:
            return True
        with self.path.open("rb") as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(0, size - 2 * tarfile.BLOCKSIZE))
            return size % tarfile.RECORDSIZE == 0 and file.read() == bytes(2 * tarfile.BLOCKSIZE)

    def _contents(self, kept: dict[str, bytes], hmac_key: bytes) -> Contents:
        expected, found = _end(kept[CONTENTS], hmac_key if self.is_encrypted else None), kept[END]
        if not self.is_encrypted and _DECRYPTED.fullmatch(found):
            found = found[: len(expected)]  # an archive that openssl decrypted: its HMAC nobody can ask any more
        if not hmac.compare_digest(expected, found):
            raise _altered()
        try:
            return Contents.from_json(kept[CONTENTS])
        except (KeyError, TypeError, ValueError):
            raise _altered() from None

    @contextmanager
    def members(self, contents: Contents) -> Iterator[Iterator[Member]]:
        """Open the members for reading once more, each to be read whole; each is held against the list again."""
        with self._opened() as (members, _hmac_key):
            yield self._held_against(contents, members)

    def _held_against(self, contents: Contents, members: Iterator[Member]) -> Iterator[Member]:
        left = dict(contents.members)
        for member in members:
            if member.name in {CONTENTS, END}:
                continue
            hashed = _Hashed(member._file)
            yield Member(member.name, member.size, member.modified, hashed)  # type: ignore[arg-type]
            while hashed.read(PIECE):
                pass
            if left.pop(member.name, None) != (hashed.count, hashed.digest.hexdigest()):
                raise _altered()
        if left:
            raise _altered()

    @contextmanager
    def _opened(self) -> Iterator[tuple[Iterator[Member], bytes]]:
        with ExitStack() as stack:
            file: Any = stack.enter_context(self.path.open("rb"))
            hmac_key = b""
            if self.is_encrypted:
                if self._passphrase is None:
                    raise BadArchive(_("The backup is encrypted: give its passphrase."))
                decrypted = Decrypted(file, self._passphrase)
                file, hmac_key = io.BufferedReader(decrypted, PIECE), decrypted.hmac_key
            try:
                yield self._members(file), hmac_key
            except (tarfile.TarError, EOFError, zlib.error):
                raise wrong_passphrase() if self.is_encrypted else _altered() from None

    def _members(self, file: Any) -> Iterator[Member]:
        tar = tarfile.open(fileobj=file, mode="r|")  # noqa: SIM115 - closed with the file below it
        while (entry := tar.next()) is not None:
            content = tar.extractfile(entry) if entry.isreg() and _is_safe(entry.name) else None
            if content is None:
                raise _altered()
            yield Member(entry.name, entry.size, entry.mtime, content)
            tar.members.clear()  # type: ignore[attr-defined]  # kept by tarfile for those who seek
        while file.read(PIECE):
            pass  # an encrypted file says at its end whether it is whole


def _is_safe(name: str) -> bool:
    """Return whether the name stays below the folder that it is put into."""
    path = PurePosixPath(name)
    return not path.is_absolute() and ".." not in path.parts and str(path) == name and "\0" not in name and "\\" not in name


def _altered() -> BadArchive:
    return BadArchive(_("The file is no backup of Riskreg, or it was cut short or altered. Nothing was changed."))
