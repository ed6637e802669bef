"""Files that cannot be read, each refused in words that say what to do."""

from __future__ import annotations

import io
import struct
import time
import tracemalloc
import zipfile
import zlib
from contextlib import suppress
from typing import Any, cast

import docx
import pytest
from django.utils import translation
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl.styles import PatternFill

from riskreg.importing import archive
from riskreg.importing.confined import Limits, read_confined
from riskreg.importing.tables import UnreadableFile, read_tables
from riskreg.importing.unreadable_words import MESSAGES
from tests.examples import some

from .documents import (
    FILES,
    PLAN,
    blank_workbook,
    docx_bytes,
    docx_of,
    ods_of,
    ods_row,
    paged_follow_up,
    with_part,
    workbook_plan,
    xlsx_bytes,
    xlsx_of,
    zip_of,
)

ENTITY = (
    '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY f SYSTEM "file:///etc/passwd">]>'
)


def refused(data: bytes, filename: str, **limits: Any) -> UnreadableFile:
    with pytest.raises(UnreadableFile) as caught:
        read_tables(io.BytesIO(data), filename, **limits)
    return caught.value


@pytest.mark.parametrize("kind", ["docx", "xlsx", "xls", "ods", "csv", "pdf"])
@pytest.mark.parametrize("data", [b"", b"\xef\xbb\xbf", b" \r\n\n"])
def test_an_empty_file_is_refused(kind, data):
    assert refused(data, f"plan.{kind}").code == "empty"


@pytest.mark.parametrize("filename", ["plan.txt", "plan.exe", "plan.docm", "plan", ".docx", "plan.docx.zip"])
def test_a_type_that_is_not_read_is_refused_with_those_that_are(filename):
    error = refused(b"Risk;Nr", filename)
    assert error.code == "extension"
    with translation.override("en"):
        assert "Allowed types: .docx, .xlsx, .xls, .ods, .csv, .pdf" in error.message


@pytest.mark.parametrize("kind", ["docx", "xlsx", "xls", "ods", "csv", "pdf"])
def test_a_renamed_program_is_refused(kind):
    program = b"MZ\x90\x00\x03\x00\x00\x00\x04\x00\x00\x00\xff\xff" + bytes(range(256)) * 20
    assert refused(program, f"plan.{kind}").code == "content"


@pytest.mark.parametrize("kind", ["docx", "xlsx", "xls", "ods", "csv"])
def test_a_renamed_pdf_is_refused(kind):
    assert refused((FILES / "follow_up.pdf").read_bytes(), f"plan.{kind}").code == "content"


@pytest.mark.parametrize(
    ("data", "filename"),
    [
        (xlsx_bytes(workbook_plan()), "plan.docx"),
        (docx_bytes(paged_follow_up()), "plan.xlsx"),
        (docx_bytes(paged_follow_up()), "plan.csv"),
        (zip_of({"readme.txt": b"hej"}), "plan.docx"),
        (b"<!DOCTYPE html><table><tr><td>Risk</td></tr></table>", "plan.csv"),
        (b"\x7fELF\x02\x01\x01" + bytes(100), "plan.csv"),
        (b"Risk;Nr\n\x01\x02;1", "plan.csv"),
        (bytes(range(128, 256)) * 4, "plan.csv"),
    ],
)
def test_content_that_is_not_what_the_name_says_is_refused(data, filename):
    error = refused(data, filename)
    assert error.code == "content"
    with translation.override("en"):
        assert filename in error.message


@pytest.mark.parametrize("name", ["encrypted_follow_up.docx", "encrypted_plan.xlsx", "encrypted_follow_up.pdf"])
def test_a_file_under_a_password_is_refused(name):
    assert refused((FILES / name).read_bytes(), name).code == "encrypted"


def test_an_encrypted_opendocument_sheet_is_refused():
    manifest = b'<manifest xmlns="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"><encryption-data/></manifest>'
    assert refused(with_part(ods_of(ods_row("Risk")), "META-INF/manifest.xml", manifest), "plan.ods").code == "encrypted"


@pytest.mark.parametrize("kind", ["docx", "xlsx", "ods"])
@pytest.mark.parametrize("kept", [0.5, 0.95])
def test_a_file_cut_short_is_refused(kind, kept):
    data = {"docx": docx_bytes(paged_follow_up()), "xlsx": xlsx_bytes(workbook_plan()), "ods": (FILES / "plan.ods").read_bytes()}[
        kind
    ]
    assert refused(data[: int(len(data) * kept)], f"plan.{kind}").code == "damaged"


def test_a_part_with_a_wrong_checksum_is_refused():
    data = bytearray(zip_of({"word/document.xml": b"<w/>", "padding": bytes(range(256))}))
    place = data.index(b"padding") + 20
    data[place] ^= 0xFF
    assert refused(bytes(data), "plan.docx").code == "damaged"


def test_markup_that_does_not_hold_together_is_refused():
    assert (
        refused(with_part(docx_of([["Risk", "Nr"]]), "word/document.xml", b"<w:document><w:body>"), "plan.docx").code == "damaged"
    )
    assert refused(with_part(xlsx_of([["Risk", "Nr"]]), "xl/workbook.xml", b"<workbook>"), "plan.xlsx").code == "damaged"
    assert (
        refused(with_part(xlsx_of([["Risk"]]), "xl/worksheets/sheet1.xml", b"<worksheet><sheetData><row>"), "plan.xlsx").code
        == "damaged"
    )


@pytest.mark.parametrize("kind", ["xls", "pdf"])
def test_a_damaged_binary_file_is_refused(kind):
    data = (FILES / {"xls": "plan.xls", "pdf": "follow_up.pdf"}[kind]).read_bytes()
    assert refused(data[:1500], f"plan.{kind}").code in {"damaged", "content", "no_text_table"}


@pytest.mark.parametrize("kind", ["docx", "xlsx", "ods"])
def test_a_zip_bomb_is_refused_before_it_is_unpacked(kind):
    bomb = {"docx": "word/document.xml", "xlsx": "xl/workbook.xml", "ods": "content.xml"}[kind]
    parts = {bomb: b"<a>" + b" " * (archive.MAX_PART + 1) + b"</a>"}
    data = zip_of(parts | ({"mimetype": b"application/vnd.oasis.opendocument.spreadsheet"} if kind == "ods" else {}))
    assert len(data) < 300_000
    tracemalloc.start()
    assert refused(data, f"plan.{kind}").code == "bomb"
    assert tracemalloc.get_traced_memory()[1] < 5_000_000
    tracemalloc.stop()


def test_many_parts_that_are_a_bomb_together_are_refused():
    part = bytes(archive.RATIO_MATTERS_FROM)
    count = archive.MAX_UNPACKED // len(part) + 1
    assert refused(zip_of({f"word/{n}.bin": part for n in range(count)}), "plan.docx").code == "bomb"


def test_a_bomb_that_lies_about_its_size_is_refused():
    data = bytearray(zip_of({"word/document.xml": b"<a>" + b" " * 50_000_000 + b"</a>"}))
    for signature, offset in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        start = data.index(signature)
        data[start + offset : start + offset + 4] = struct.pack("<I", 1000)
    assert refused(bytes(data), "plan.docx").code == "damaged"


def test_two_parts_of_one_name_are_refused():
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as package:
        package.writestr("word/document.xml", "<a/>")
        with pytest.warns(UserWarning, match="Duplicate"):
            package.writestr("word/document.xml", "<b/>")
    assert refused(stream.getvalue(), "plan.docx").code == "damaged"


@pytest.mark.parametrize("kind", ["docx", "xlsx", "ods"])
def test_markup_with_entities_is_refused(kind):
    if kind == "docx":
        data = with_part(docx_of([["Risk", "Nr"]]), "word/document.xml", f"<?xml version='1.0'?>{ENTITY}<x>&b;&f;</x>".encode())
    elif kind == "xlsx":
        data = with_part(
            xlsx_of([["Risk"]]), "xl/sharedStrings.xml", f"<?xml version='1.0'?>{ENTITY}<sst><si><t>&f;</t></si></sst>".encode()
        )
    else:
        data = ods_of(ods_row("&b;"), declaration=ENTITY)
    assert refused(data, f"plan.{kind}").code == "damaged"


def test_entities_written_in_sixteen_bits_are_refused_too():
    part = f"<?xml version='1.0' encoding='UTF-16'?>{ENTITY}<x>&b;</x>".encode("utf-16")
    assert refused(with_part(docx_of([["Risk", "Nr"]]), "word/document.xml", part), "plan.docx").code == "damaged"


def test_a_file_of_fifty_megabytes_is_refused_without_being_read():
    class Large(io.RawIOBase):
        position = 0

        def seek(self, offset: int, whence: int = 0) -> int:
            self.position = offset if whence == 0 else 50 * 2**20 + offset
            return self.position

        def tell(self) -> int:
            return self.position

        def read(self, size: int = -1) -> bytes:
            raise AssertionError("a file that is too large is not read")

    with pytest.raises(UnreadableFile) as caught:
        read_tables(cast("Any", Large()), "plan.csv")
    assert caught.value.code == "too_large"
    with translation.override("en"):
        assert "50 MB" in caught.value.message
        assert "20 MB" in caught.value.message


def test_a_hundred_thousand_rows_are_refused_quickly():
    row = ";".join(PLAN).encode() + b"\n"
    start = time.process_time()
    error = refused(row * 100_000, "plan.csv")
    assert error.code == "too_many_rows"
    with translation.override("en"):
        assert "20\N{NO-BREAK SPACE}000" in error.message
    assert refused(ods_of(ods_row("Brand", repeated=100_000)), "plan.ods").code == "too_many_rows"
    assert refused(xlsx_of([["Risk", n] for n in range(1001)]), "plan.xlsx", max_rows=1000).code == "too_many_rows"
    assert refused(docx_of([["Risk", str(n)] for n in range(31)]), "plan.docx", max_rows=30).code == "too_many_rows"
    assert refused((FILES / "plan.xls").read_bytes(), "plan.xls", max_rows=5).code == "too_many_rows"
    assert refused((FILES / "follow_up.pdf").read_bytes(), "plan.pdf", max_rows=4).code == "too_many_rows"
    assert time.process_time() - start < 10


def test_a_sheet_with_two_cells_at_its_far_corners_is_refused():
    workbook, sheet = blank_workbook()
    sheet["A1"], sheet["XFD1048576"] = "Risk", "långt bort"
    assert refused(xlsx_bytes(workbook), "plan.xlsx").code == "too_many_rows"
    workbook, sheet = blank_workbook()
    sheet["A1"], sheet["XFD1"] = "Risk", "långt bort"
    assert refused(xlsx_bytes(workbook), "plan.xlsx").code == "too_many_columns"


def test_cells_that_only_have_a_colour_far_down_are_no_rows():
    workbook, sheet = blank_workbook()
    sheet.append(["Risk", "Nr"])
    sheet["C1048576"].fill = PatternFill("solid", fgColor="FFFF0000")
    (table,) = read_tables(io.BytesIO(xlsx_bytes(workbook)), "plan.xlsx")
    assert len(table.rows) == 1


def test_too_many_columns_are_refused():
    assert refused(b";".join([b"x"] * 300), "plan.csv").code == "too_many_columns"
    cell = '<table:table-cell table:number-columns-repeated="16000"><text:p>x</text:p></table:table-cell>'
    sheet = ods_of(f"<table:table-row>{cell}</table:table-row>")
    assert refused(sheet, "plan.ods").code == "too_many_columns"


def test_a_file_without_a_table_is_refused():
    document = docx.Document()
    document.add_paragraph("Bara text.")
    assert refused(docx_bytes(document), "plan.docx").code == "no_table"
    assert refused(xlsx_of([]), "plan.xlsx").code == "no_table"
    assert refused(ods_of(""), "plan.ods").code == "no_table"


def pdf_of(contents: bytes = b"", *more: bytes) -> bytes:
    """A PDF of one empty page; `contents` and `more` are put in as they are."""
    objects = [
        b"1 0 obj\n<</Type /Catalog /Pages 2 0 R>>\nendobj\n",
        b"2 0 obj\n<</Type /Pages /Kids [3 0 R] /Count 1>>\nendobj\n",
        b"3 0 obj\n<</Type /Page /Parent 2 0 R /MediaBox [0 0 200 200] " + contents + b">>\nendobj\n",
        *more,
    ]
    return b"%PDF-1.4\n" + b"".join(objects) + b"trailer\n<</Root 1 0 R>>\n"


def test_a_pdf_without_a_table_of_text_is_refused():
    error = refused(pdf_of(), "plan.pdf")
    assert error.code == "no_text_table"
    with translation.override("en"):
        assert "scanned" in error.message


def test_a_pdf_that_unfolds_to_gigabytes_is_ended_within_its_limits():
    packed = zlib.compress(zlib.compress(bytes(2**28), 9), 9)
    stream = b"4 0 obj\n<</Length %d /Filter [/FlateDecode /FlateDecode]>>\nstream\n%s\nendstream\nendobj\n" % (
        len(packed),
        packed,
    )
    bomb = pdf_of(b"/Contents [" + b"4 0 R " * 100 + b"]", stream)
    assert len(bomb) < 10_000
    with pytest.raises(UnreadableFile) as caught:
        read_confined("pdf", bomb, max_rows=100, limits=Limits(seconds=3))
    assert caught.value.code == "too_demanding"


@settings(max_examples=some(60), deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.binary(max_size=400), st.sampled_from(["docx", "xlsx", "ods", "csv"]), st.sampled_from([b"", b"PK\x03\x04"]))
def test_any_bytes_are_read_or_refused_but_never_break_the_reader(data, kind, beginning):
    with suppress(UnreadableFile):
        assert read_tables(io.BytesIO(beginning + data), f"plan.{kind}")


@settings(max_examples=some(60), deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.integers(0, 10**6), st.integers(0, 255), st.sampled_from(["docx", "xlsx", "ods"]))
def test_a_file_with_one_byte_changed_is_read_or_refused(place, byte, kind):
    data = bytearray({"docx": SMALL_DOCX, "xlsx": SMALL_XLSX, "ods": SMALL_ODS}[kind])
    data[place % len(data)] = byte
    with suppress(UnreadableFile):
        assert read_tables(io.BytesIO(bytes(data)), f"plan.{kind}")


SMALL_DOCX, SMALL_XLSX, SMALL_ODS = (
    docx_of([["Risk", "Nr"], ["Brand", "1"]]),
    xlsx_of([["Risk", "Nr"], ["Brand", 1]]),
    ods_of(ods_row("Risk", "Nr")),
)


@pytest.mark.parametrize("code", sorted(MESSAGES))
def test_every_reason_has_a_message_that_can_be_written(code):
    with translation.override("en"):
        assert "%(" not in UnreadableFile(code, filename="plan.docx").message
