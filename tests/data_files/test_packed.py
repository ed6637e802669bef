"""Compressed text, gzip or an archive of one file: read as the text in it, within limits, or refused."""

from __future__ import annotations

import gzip
import io
import shutil
import zipfile
from pathlib import Path
from typing import Any

import pytest

from controls.data_files import disk, packed, reading
from controls.data_files.engine import Engine
from controls.data_files.problems import Unreadable
from tests.data_files.files import Stored, csv_bytes, invoices, xlsx_bytes


def refused(tmp_path: Path, content: bytes, name: str) -> Unreadable:
    with pytest.raises(Unreadable) as caught:
        Stored(tmp_path, content, name)
    assert not [path for path in tmp_path.iterdir() if path.name != "incoming"]
    assert caught.value.message
    return caught.value


def test_a_compressed_file_is_read_as_the_text_in_it(tmp_path: Path) -> None:
    rows = invoices(50)
    found = Stored(tmp_path, gzip.compress(csv_bytes(rows, encoding="cp1252")), "Fakturor 2025.CSV.gz")
    assert (found.rows(), found.read.format, found.read.encoding) == (rows, "csv", "Windows-1252")
    assert not [path for path in tmp_path.iterdir() if path.name not in {"incoming", "stored.parquet"}]


@pytest.mark.parametrize(
    ("content", "name", "code"),
    [
        (gzip.compress(csv_bytes(invoices(500)))[:-400], "fakturor.csv.gz", "damaged"),
        (gzip.compress(csv_bytes(invoices(9))), "fakturor.csv", "content"),
        (csv_bytes(invoices(9)), "fakturor.csv.gz", "content"),
        (gzip.compress(xlsx_bytes(invoices(9))), "fakturor.csv.gz", "content"),
        (gzip.compress(xlsx_bytes(invoices(9))), "fakturor.xlsx.gz", "extension"),
        (gzip.compress(b"", mtime=0), "fakturor.csv.gz", "empty"),
    ],
    ids=["cut off", "packed though named .csv", "not packed", "a packed workbook", "a workbook named so", "nothing"],
)
def test_a_compressed_file_that_is_no_text_is_refused(tmp_path: Path, content: bytes, name: str, code: str) -> None:
    assert refused(tmp_path, content, name).code == code


def zipped(*files: tuple[str, bytes], password: bool = False) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as package:
        for name, content in files:
            package.writestr(name, content)
    made = bytearray(out.getvalue())
    if password:
        # The mark of encryption, in the file's own heading and in the directory.
        made[6] |= 1
        made[made.rindex(b"PK\x01\x02") + 8] |= 1
    return bytes(made)


def test_an_archive_of_one_file_is_read_as_the_text_in_it(tmp_path: Path) -> None:
    """As authorities publish their bulk files; what a system puts beside the file is no file."""
    rows = invoices(50)
    beside = ("__MACOSX/._fakturor.csv", b"\x00"), ("mapp/.DS_Store", b"\x00")
    content = zipped(("mapp/", b""), ("mapp/fakturor.CSV", csv_bytes(rows, encoding="cp1252")), *beside)
    found = Stored(tmp_path, content, "Bulkfil 2025.ZIP")
    assert (found.rows(), found.read.format, found.read.encoding) == (rows, "csv", "Windows-1252")
    assert not [path for path in tmp_path.iterdir() if path.name not in {"incoming", "stored.parquet"}]
    (tmp_path / "json").mkdir()
    lines = b'{"Nr": "1", "Text": "ett"}\n{"Nr": "2", "Text": "tv\xc3\xa5"}\n'
    assert Stored(tmp_path / "json", zipped(("rader.jsonl", lines)), "rader.zip").rows() == [("1", "ett"), ("2", "två")]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (zipped(("a.csv", csv_bytes(invoices(2))), ("b.csv", csv_bytes(invoices(2)))), "not_one_file"),
        (zipped(), "content"),
        (zipped((".a", b"1")), "not_one_file"),
        (zipped(("a.xlsx", xlsx_bytes(invoices(2)))), "extension"),
        (zipped(("a.csv", xlsx_bytes(invoices(2)))), "content"),
        (zipped(("a.csv.gz", gzip.compress(csv_bytes(invoices(2))))), "extension"),
        (zipped(("inre.zip", zipped(("a.csv", b"Nr;Text\n1;a\n")))), "extension"),
        (zipped(("a.csv", csv_bytes(invoices(500))))[:-300], "damaged"),
        (zipped(("a.csv", csv_bytes(invoices(9))), password=True), "encrypted"),
        (zipped(("a.csv", b"")), "empty"),
        (csv_bytes(invoices(9)), "content"),
    ],
    ids=["two", "none", "hidden", "workbook", "as-csv", "packed-again", "nested", "cut-off", "password", "empty", "text"],
)
def test_an_archive_that_is_not_one_text_is_refused(tmp_path: Path, content: bytes, code: str) -> None:
    assert refused(tmp_path, content, "fakturor.zip").code == code


def test_an_archive_that_unpacks_to_more_than_it_says_is_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The size in its directory is only what it says of itself."""
    content = bytearray(zipped(("a.csv", b"Nr;Text\n1;" + b"x" * 2**21)))
    place = content.rindex(b"PK\x01\x02") + 24
    content[place : place + 4] = (9).to_bytes(4, "little")
    monkeypatch.setattr(packed, "MAX_UNPACKED_MB", 1)
    assert refused(tmp_path, bytes(content), "a.zip").code in {"bomb", "damaged"}


def test_a_compressed_file_that_unpacks_to_too_much_is_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packed, "MAX_UNPACKED_MB", 1)
    assert refused(tmp_path, gzip.compress(b"Nr;Text\n1;" + b"x" * 2**21), "fakturor.csv.gz").code == "bomb"


def test_a_compressed_file_with_too_many_rows_is_left_before_it_is_unpacked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A few megabytes may hold a hundred million short rows."""
    monkeypatch.setattr(reading, "MAX_ROWS", 1000)
    monkeypatch.setattr(packed, "_CHUNK", 4096)
    content = gzip.compress(b"Nr;Text\n" + b"1;x\n" * 2_000_000)
    source, target = tmp_path / "in.gz", tmp_path / "out"
    source.write_bytes(content)
    with Engine(tmp_path) as engine, pytest.raises(Unreadable) as caught:
        packed.unpack(source, target, engine, most=1000)
    assert caught.value.code == "too_many_rows"
    assert target.stat().st_size < 20_000
    (tmp_path / "whole").mkdir()
    assert refused(tmp_path / "whole", content, "fakturor.csv.gz").code == "too_many_rows"


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        (b"a\nb\nc\n", 3),
        (b"a\r\nb\r\n", 2),
        (b"a\rb\rc\r", 3),
        (b'"a\nb";1\n"c";2\n', 2),
        (b'"a ""b""\n\n";1\n', 1),
        (b'x\n"y\n', 1),
    ],
)
@pytest.mark.parametrize("chunk", [1, 3, 100])
def test_line_breaks_within_quotation_marks_are_no_rows(tmp_path: Path, text: bytes, rows: int, chunk: int) -> None:
    is_quoted, counted = False, 0
    pieces = [text[i : i + chunk] for i in range(0, len(text), chunk)]
    if b"\r\n" in text:
        # A piece without a line feed is taken for one of an old Mac's file.
        pieces = [text]
    for piece in pieces:
        more, is_quoted = packed._count(piece, b"\n", is_quoted)
        counted += more
    assert counted == rows


def test_the_disk_is_asked_before_and_while_a_file_is_unpacked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    content = gzip.compress(csv_bytes(invoices(50_000)))
    free = 2_000 * 2**20

    def usage(_folder: Any) -> Any:
        return shutil._ntuple_diskusage(10**12, 0, free)

    monkeypatch.setattr("controls.data_files.disk.shutil.disk_usage", usage)
    (tmp_path / "room").mkdir()
    assert len(Stored(tmp_path / "room", content, "a.csv.gz").numbers()) == 50_000
    free = (disk.RESERVE_MB + 1) * 2**20
    (tmp_path / "none").mkdir()
    error = refused(tmp_path / "none", content, "a.csv.gz")
    assert (error.code, error.values["value"]) == ("no_room", 1)
    free = disk.RESERVE_MB * 2**20 - 1
    monkeypatch.setattr(packed, "_stated_size", lambda _source: 0)
    monkeypatch.setattr(disk, "RESERVE_MB", disk.RESERVE_MB - 1)
    source, target = tmp_path / "in.gz", tmp_path / "out"
    source.write_bytes(content)
    monkeypatch.setattr(packed, "_ROOM_EVERY", 2**20)

    def filled_up(folder: Any) -> Any:
        return shutil._ntuple_diskusage(10**12, 0, 10 if target.exists() and target.stat().st_size else free)

    monkeypatch.setattr("controls.data_files.disk.shutil.disk_usage", filled_up)
    with Engine(tmp_path) as engine, pytest.raises(Unreadable) as caught:
        packed.unpack(source, target, engine, most=10**9)
    assert caught.value.code == "no_room"


def test_compressed_json_with_too_many_records_is_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "MAX_ROWS", 100)
    content = gzip.compress(b"[" + b",\n".join(b'{"Nr": 1}' for _ in range(50_000)) + b"]")
    assert refused(tmp_path, content, "a.json.gz").code == "too_many_rows"
