"""The file of a backup: cut short, altered, forged or locked, it is refused before anything else is looked at."""

from __future__ import annotations

import io
import json
import random
import shutil
import subprocess
import tarfile
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from config.backup import archive, encryption
from config.backup.archive import ABOUT, CONTENTS, END, About, Archive, Writer
from config.backup.errors import BackupError, BadArchive
from config.backup.passphrase import for_reading, for_writing

PASSPHRASE = "en lång och hemlig mening"


@pytest.fixture(autouse=True)
def _few_rounds(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if "openssl" not in request.node.name:
        monkeypatch.setattr(encryption, "ROUNDS", 10)


def about() -> About:
    return About("0.2.0", "sqlite", datetime(2026, 11, 29, 12, tzinfo=UTC), 1, 1, 1, "", [("riskreg", "0001")], [])


def written(path: Path, passphrase: str | None = None) -> Path:
    source = path.with_suffix(".source")
    source.write_bytes(random.Random(3).randbytes(70_000))
    with path.open("wb") as file:
        writer = Writer(file, passphrase)
        writer.add(ABOUT, about().as_json())
        writer.add_file("files/evidence/räkning.pdf", source)
        writer.add_rows("riskreg_risk", (b'[1,"x"]\n' * 1_000 for _ in range(1_200)))
        writer.finish()
    return path


@pytest.fixture(params=[None, PASSPHRASE], ids=["plain", "encrypted"])
def passphrase(request: pytest.FixtureRequest) -> str | None:
    return str(request.param) if request.param else None


def test_what_was_written_is_read(tmp_path: Path, passphrase: str | None) -> None:
    backup = Archive(written(tmp_path / "a.tar", passphrase), passphrase)
    said, contents = backup.check()
    assert said == about()
    parts = [name for name in contents.members if name.startswith("tables/")]
    assert len(parts) == 3  # of some four megabytes each: a table is never whole in memory
    with backup.members(contents) as members:
        read = {member.name: member.read() for member in members}
    assert read["files/evidence/räkning.pdf"] == (tmp_path / "a.source").read_bytes()
    assert sorted(read) == sorted(contents.members)
    assert backup.is_encrypted is (passphrase is not None)


def test_cut_by_its_last_record_it_is_refused_wherever_that_begins(tmp_path: Path) -> None:
    """A tar ends with empty blocks up to a record's end: with twenty sizes, one after the other, each place of the end is met."""
    backup, ends = tmp_path / "a.tar", set()
    for blocks in range(20):
        with backup.open("wb") as file:
            writer = Writer(file, None)
            writer.add(ABOUT, about().as_json())
            writer.add("files/evidence/a", b"x" * (blocks * tarfile.BLOCKSIZE))
            writer.finish()
        Archive(backup).check()
        whole = backup.read_bytes()
        ends.add(len(whole.rstrip(b"\0")) // tarfile.BLOCKSIZE % 20)
        backup.write_bytes(whole[: -tarfile.RECORDSIZE])
        with pytest.raises(BadArchive):
            Archive(backup).check()
    assert len(ends) == 20


def test_cut_short_anywhere_it_is_refused(tmp_path: Path, passphrase: str | None) -> None:
    whole = written(tmp_path / "a.tar", passphrase).read_bytes()
    cut = tmp_path / "cut.tar"
    chance = random.Random(5)
    at = [0, 1, 8, 15, 16, 17, 511, 512, 513, 1024, len(whole) - 10_240, len(whole) - 512, len(whole) - 16, len(whole) - 1]
    for length in at + [chance.randrange(len(whole)) for _ in range(40)]:
        cut.write_bytes(whole[:length])
        with pytest.raises(BadArchive):
            Archive(cut, passphrase).check()


def test_with_any_byte_altered_it_is_refused(tmp_path: Path, passphrase: str | None) -> None:
    """Also of headers and of what fills the blocks: encrypted, the first bytes of a header could be others unseen."""
    source = tmp_path / "source"
    source.write_bytes(b"x" * 700)
    backup = tmp_path / "a.tar"
    with backup.open("wb") as file:
        writer = Writer(file, passphrase)
        writer.add(ABOUT, about().as_json())
        writer.add_file("files/evidence/räkning.pdf", source)
        writer.finish()
    Archive(backup, passphrase).check()
    whole = backup.read_bytes()
    accepted = []
    for place in range(0, len(whole), 7):  # in each block at other places
        backup.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        try:
            Archive(backup, passphrase).check()
        except BadArchive:
            continue
        accepted.append(place)
    assert not accepted


def test_altered_anywhere_in_a_member_it_is_refused(tmp_path: Path, passphrase: str | None) -> None:
    path = written(tmp_path / "a.tar", passphrase)
    whole = path.read_bytes()
    chance = random.Random(7)
    for place in sorted(chance.sample(range(len(whole)), 40)):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 1 << chance.randrange(8)]) + whole[place + 1 :])
        with pytest.raises(BadArchive):
            Archive(path, passphrase).check()


def test_with_more_at_its_end_it_is_refused(tmp_path: Path, passphrase: str | None) -> None:
    path = written(tmp_path / "a.tar", passphrase)
    whole = path.read_bytes()
    for more in (b"\0", bytes(tarfile.RECORDSIZE), whole[:20_000], bytes(3_000_000)):
        path.write_bytes(whole + more)
        with pytest.raises(BadArchive):
            Archive(path, passphrase).check()


def test_of_the_format_before_it_is_read_still(tmp_path: Path, passphrase: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    end = archive._end
    path = tmp_path / "a.tar"
    with path.open("wb") as file:
        writer = Writer(file, passphrase)
        writer.add(ABOUT, replace(about(), format=1).as_json())
        writer.add("files/a", b"x" * 100)
        with monkeypatch.context() as patched:
            patched.setattr(archive, "_end", lambda listed, before, hmac_key: end(listed, "", hmac_key))
            writer.finish()
    said, contents = Archive(path, passphrase).check()
    assert (said.format, contents.members["files/a"][0]) == (1, 100)
    whole = path.read_bytes()
    for place in [1_536, 1_536 + 600, len(whole) - tarfile.RECORDSIZE - 16]:
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        with pytest.raises(BadArchive):
            Archive(path, passphrase).check()


def test_without_its_list_it_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, add = tmp_path / "a.tar", Writer.add

    def add_all_but_the_list(self: Writer, name: str, content: bytes, *, listed: bool = True) -> None:
        if name != CONTENTS:
            add(self, name, content, listed=listed)

    monkeypatch.setattr(Writer, "add", add_all_but_the_list)
    with pytest.raises(BadArchive):
        Archive(written(path)).check()


def test_another_passphrase_opens_nothing(tmp_path: Path) -> None:
    path = written(tmp_path / "a.tar", PASSPHRASE)
    with pytest.raises(BadArchive):
        Archive(path, "en annan mening, lika lång").check()
    with pytest.raises(BadArchive):
        Archive(path).check()


def test_nothing_of_it_can_be_read_in_an_encrypted_file(tmp_path: Path) -> None:
    content = written(tmp_path / "a.tar", PASSPHRASE).read_bytes()
    assert b"riskreg_risk" not in content
    assert b"about.json" not in content


def rewritten(path: Path, change: dict[str, bytes], more: dict[str, bytes]) -> Path:
    """Return the archive with other members, its list of contents made anew as the product makes it."""
    with tarfile.open(path) as tar:
        members = {one.name: tar.extractfile(one).read() for one in tar.getmembers()}  # type: ignore[union-attr]
    members = {name: content for name, content in members.items() if name not in {CONTENTS, END}} | change | more
    target = path.with_suffix(".forged")
    with target.open("wb") as file:
        writer = Writer(file, None)
        for name, content in members.items():
            if name != "README.txt":
                writer.add(name, content)
        writer.finish()
    return target


@pytest.mark.parametrize("name", ["../outside", "/etc/passwd", "files/../../outside", "files/./a", "files/a\\b"])
def test_a_name_that_leads_elsewhere_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(BadArchive):
        Archive(rewritten(written(tmp_path / "a.tar"), {}, {name: b"x"})).check()


def test_links_and_devices_are_refused(tmp_path: Path) -> None:
    path = written(tmp_path / "a.tar")
    with tarfile.open(path) as tar:
        first = tar.getmembers()[0]
    with tarfile.open(path, "w") as tar:
        link = tarfile.TarInfo("files/link")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        tar.addfile(first, io.BytesIO(b"x" * first.size))
        tar.addfile(link)
    with pytest.raises(BadArchive):
        Archive(path).check()


def test_a_later_format_says_which_version_to_take(tmp_path: Path) -> None:
    values = json.loads(about().as_json()) | {"format": archive.FORMAT + 1, "version": "9.1"}
    path = rewritten(written(tmp_path / "a.tar"), {ABOUT: json.dumps(values).encode()}, {})
    with pytest.raises(BadArchive, match=r"9\.1"):
        Archive(path).check()


def test_some_other_file_is_no_backup(tmp_path: Path) -> None:
    for content in (b"", b"hej", b"PK\x03\x04" + bytes(600), bytes(20_480), encryption.MAGIC):
        path = tmp_path / "other"
        path.write_bytes(content)
        with pytest.raises(BadArchive):
            Archive(path, PASSPHRASE).check()


def test_what_changes_and_hashes_its_list_anew_lacks_the_key_of_an_encrypted_one(tmp_path: Path) -> None:
    """Who could alter bytes inside (CBC does not notice by itself) still cannot make the list's HMAC."""
    path = tmp_path / "a.tar"
    with path.open("wb") as file:
        writer = Writer(file, PASSPHRASE)
        assert writer._encrypted is not None
        writer._encrypted.hmac_key = bytes(32)
        writer.add(ABOUT, about().as_json())
        writer.finish()
    with pytest.raises(BadArchive):
        Archive(path, PASSPHRASE).check()


@pytest.mark.skipif(shutil.which("openssl") is None, reason="asks the openssl of the machine")
def test_openssl_opens_it_without_the_product(tmp_path: Path) -> None:
    path = written(tmp_path / "a.tar", PASSPHRASE)
    (tmp_path / "passphrase").write_text(PASSPHRASE, encoding="utf-8")
    command = next(line.split() for line in str(encryption.__doc__).splitlines() if line.strip().startswith("openssl enc"))
    command[command.index("FILE")], command[command.index("backup.tar")] = str(path), str(tmp_path / "plain.tar")
    subprocess.run([*command, "-pass", f"file:{tmp_path / 'passphrase'}"], check=True, capture_output=True)
    said, contents = Archive(tmp_path / "plain.tar").check()
    assert said == about()
    assert Archive(path, PASSPHRASE).check() == (said, contents)


def test_the_passphrase_comes_from_a_file_or_the_environment_and_is_not_short(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "passphrase"
    file.write_text(f"{PASSPHRASE}\n", encoding="utf-8")
    assert for_writing(file) == for_reading(file) == PASSPHRASE
    monkeypatch.setenv("BACKUP_PASSPHRASE", f"{PASSPHRASE}!")
    assert for_writing(None) == for_reading(None) == f"{PASSPHRASE}!"
    monkeypatch.setenv("BACKUP_PASSPHRASE", "kort")
    with pytest.raises(BackupError):
        for_writing(None)
    monkeypatch.delenv("BACKUP_PASSPHRASE")
    monkeypatch.setattr("sys.stdin", io.StringIO())
    with pytest.raises(BackupError, match="BACKUP_PASSPHRASE"):
        for_reading(None)
    with pytest.raises(BackupError):
        for_reading(tmp_path / "none")
