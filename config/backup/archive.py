"""The file of a backup: a tar archive of the rows, the files and a list of both with a hash of each.

In this order: README.txt; about.json (what is needed before the rest is read); files/…; tables/NAME/00001.jsonl.gz, …, a
row a line; secret_key when asked for; contents.json with size and SHA-256 of all before; and contents.sha256: a hash of
contents.json, one of every byte that stands before it and, where the file is encrypted, an HMAC of both. Written and read as a
stream: memory grows with the number of files (some 300 bytes each), not with rows or bytes. A file that lacks its end, or of
which a single byte is another one, is refused.
"""

from __future__ import annotations

import hashlib
import hmac
import io
import json
import os
import tarfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import IO, Any, BinaryIO, Final

from django.utils.translation import gettext as _

from config.backup.encryption import Decrypted, Encrypted, is_encrypted
from config.backup.errors import BadArchive, ChangedMeanwhile, wrong_passphrase
from config.backup.stream import Followed, Hashed, Written

FORMAT = 2
_BY_MEMBERS = 1
"""The format before: its end told the hash of the list alone, so that no header (a moment, a right) was held against anything."""
README, ABOUT, KEY, CONTENTS, END = "README.txt", "about.json", "secret_key", "contents.json", "contents.sha256"
FILES, TABLES = "files/", "tables/"
_LINE = 65
"""Bytes of a line of the end: a hash."""
PIECE = 1 << 20
_TAR: Final = tarfile.PAX_FORMAT
PART_BYTES = 4 << 20
"""A part of a table holds about so many bytes of rows: what one member takes in memory."""
_WORDS = """A backup of a Riskreg installation, to be restored by: manage.py restore FILE

about.json      when, by which version, from which database; the columns of each table
files/          what lay below MEDIA_ROOT
tables/         the rows, as JSON Lines packed by gzip; columns in the order of about.json, moments in UTC
secret_key      SECRET_KEY, when it was asked for
contents.json   size and SHA-256 of every member above, and the number of rows of each table
"""


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
    format: int = FORMAT

    def as_json(self) -> bytes:
        values = {**vars(self), "made_at": self.made_at.isoformat()}
        return json.dumps(values, ensure_ascii=False, indent=1).encode()

    @classmethod
    def from_json(cls, content: bytes) -> About:
        """Read it. Raises BadArchive for one of a later format, or that cannot be read."""
        try:
            values = json.loads(content)
            number = values["format"]
            if number not in {_BY_MEMBERS, FORMAT}:
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
        self._written = Written(self._encrypted or file)
        # Not as a stream of tarfile's: that would hold bytes back which the end is to tell of.
        self._tar = tarfile.open(fileobj=self._written, mode="w", format=_TAR)  # type: ignore[call-overload]  # noqa: SIM115
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
            hashed = Hashed(file)
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

    def finish(self) -> None:
        """Write the list of contents and the end."""
        listed = self.contents.as_json()
        self.add(CONTENTS, listed, listed=False)
        hmac_key = self._encrypted.hmac_key if self._encrypted else None
        self.add(END, _end(listed, self._written.digest.hexdigest(), hmac_key), listed=False)
        self._tar.close()
        if self._encrypted is not None:
            self._encrypted.finish()


def _end(listed: bytes, before: str, hmac_key: bytes | None) -> bytes:
    """Return the content of the last member, for a list of contents and the hash of all bytes before the member.

    Without that hash as the format before had it: the HMAC is then of the list.
    """
    said = "".join(f"{digest}\n" for digest in (hashlib.sha256(listed).hexdigest(), before) if digest).encode()
    if hmac_key is None:
        return said
    return said + hmac.new(hmac_key, said if before else listed, "sha256").hexdigest().encode() + b"\n"


def _entry(name: str, size: int, modified: float = 0) -> tarfile.TarInfo:
    entry = tarfile.TarInfo(name)
    entry.size, entry.mtime, entry.mode = size, int(modified), 0o600
    return entry


@dataclass
class Member:
    """One member while the archive is read; `read` gives its content, piece by piece, once."""

    name: str
    size: int
    modified: float
    _file: IO[bytes]
    begins_at: int
    """The byte of the archive where its header begins."""

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
        """Read the whole file, and compare every member with its hash in the list at the end, and every byte with the end."""
        found: dict[str, tuple[int, str]] = {}
        kept: dict[str, bytes] = {}
        done, end, before = 0, None, ""
        with self._opened() as opened:
            for member in opened.members:
                if END in kept or (CONTENTS in kept and member.name != END) or member.name in found:
                    raise _altered()
                if member.name == END:
                    end, before = member, opened.hash_before(member)
                hashed = Hashed(member)  # type: ignore[arg-type]
                if member.name in {ABOUT, CONTENTS, END}:
                    kept[member.name] = hashed.read()
                while hashed.read(PIECE):
                    pass
                if hashed.count != member.size:
                    raise _altered()
                found[member.name] = hashed.count, hashed.digest.hexdigest()
                done += member.size
                progress(done)
        if end is None or not kept.keys() >= {ABOUT, CONTENTS}:
            raise _altered() if found else BadArchive(_("The file is not a backup of Riskreg."))
        about = About.from_json(kept[ABOUT])
        if about.format == _BY_MEMBERS:
            self._require(kept, "", opened.hmac_key)
            ends_well = self._has_whole_records()
        else:
            self._require(kept, before, opened.hmac_key)
            ends_well = opened.ends_with(end, kept[END])
        if not ends_well:
            raise _altered()
        contents = self._contents(kept[CONTENTS])
        del found[CONTENTS], found[END]
        if found != contents.members:
            raise _altered()
        return about, contents

    def _require(self, kept: dict[str, bytes], before: str, hmac_key: bytes) -> None:
        """Hold the end's hashes against what was read. Raises BadArchive."""
        expected, found = _end(kept[CONTENTS], before, hmac_key if self.is_encrypted else None), kept[END]
        if not self.is_encrypted and len(found) == len(expected) + _LINE:
            found = found[: len(expected)]  # an archive that openssl decrypted: its HMAC nobody can ask any more
        if not hmac.compare_digest(expected, found):
            raise _altered()

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

    def _contents(self, listed: bytes) -> Contents:
        try:
            return Contents.from_json(listed)
        except (KeyError, TypeError, ValueError):
            raise _altered() from None

    @contextmanager
    def members(self, contents: Contents) -> Iterator[Iterator[Member]]:
        """Open the members for reading once more, each to be read whole; each is held against the list again."""
        with self._opened() as opened:
            yield self._held_against(contents, opened.members)

    def _held_against(self, contents: Contents, members: Iterator[Member]) -> Iterator[Member]:
        left = dict(contents.members)
        for member in members:
            if member.name in {CONTENTS, END}:
                continue
            hashed = Hashed(member._file)
            yield replace(member, _file=hashed)  # type: ignore[arg-type]
            while hashed.read(PIECE):
                pass
            if left.pop(member.name, None) != (hashed.count, hashed.digest.hexdigest()):
                raise _altered()
        if left:
            raise _altered()

    @contextmanager
    def _opened(self) -> Iterator[_Opened]:
        with ExitStack() as stack:
            file: Any = stack.enter_context(self.path.open("rb"))
            hmac_key = b""
            if self.is_encrypted:
                if self._passphrase is None:
                    raise BadArchive(_("The backup is encrypted: give its passphrase."))
                decrypted = Decrypted(file, self._passphrase)
                file, hmac_key = io.BufferedReader(decrypted, PIECE), decrypted.hmac_key
            try:
                yield _Opened(Followed(file), hmac_key)
            except (tarfile.TarError, EOFError, zlib.error):
                raise wrong_passphrase() if self.is_encrypted else _altered() from None


class _Opened:
    """An archive while it is read, from its beginning, once."""

    def __init__(self, stream: Followed, hmac_key: bytes) -> None:
        self.hmac_key, self._stream = hmac_key, stream
        self.members = self._read()

    def _read(self) -> Iterator[Member]:
        tar = tarfile.open(fileobj=self._stream, mode="r|")  # type: ignore[call-overload]  # noqa: SIM115 - closed below it
        while (entry := tar.next()) is not None:
            content = tar.extractfile(entry) if entry.isreg() and _is_safe(entry.name) else None
            if content is None:
                raise _altered()
            yield Member(entry.name, entry.size, entry.mtime, content, entry.offset)
            tar.members.clear()  # kept by tarfile for those who seek
        while self._stream.read(PIECE):
            pass  # an encrypted file says at its end whether it is whole

    def hash_before(self, member: Member) -> str:
        """Return the SHA-256 of all bytes before the member, the newest that was read. Raises BadArchive."""
        try:
            return self._stream.split(member.begins_at)
        except ValueError:
            raise _altered() from None

    def ends_with(self, member: Member, content: bytes) -> bool:
        """Return whether the file ends with this member, to the byte as it is written, once `hash_before` was asked for it."""
        expected = _entry(member.name, len(content)).tobuf(_TAR) + content
        expected += bytes(-len(expected) % tarfile.BLOCKSIZE + 2 * tarfile.BLOCKSIZE)
        expected += bytes(-(member.begins_at + len(expected)) % tarfile.RECORDSIZE)
        return self._stream.rest == expected


def _is_safe(name: str) -> bool:
    """Return whether the name stays below the folder that it is put into."""
    path = PurePosixPath(name)
    return not path.is_absolute() and ".." not in path.parts and str(path) == name and "\0" not in name and "\\" not in name


def _altered() -> BadArchive:
    return BadArchive(_("The file is no backup of Riskreg, or it was cut short or altered. Nothing was changed."))
