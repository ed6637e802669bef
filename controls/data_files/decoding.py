"""The encoding of text files: found, not asked for; what is not UTF-8 is rewritten."""

from __future__ import annotations

import codecs
import hashlib
import re
from pathlib import Path

from controls.data_files.engine import Engine
from controls.data_files.problems import Unreadable

_CHUNK = 2**20
CONTROL_CHARACTERS = re.compile("[\x00-\x08\x0e-\x1f]")
_CONTROL_BYTES = bytes([*range(0x09), *range(0x0E, 0x20)])
_BLANK_LINE = re.compile(r"\n[ \t]*\r?\n|\r[ \t]*\r")


def decode(source: Path, text: Path, engine: Engine) -> tuple[str, str, int | None, list[tuple[str, str]]]:
    """Return the encoding, the file's hash, the number of lines (None when some are blank) and notes.

    The encoding is found by its mark, else UTF-8, else UTF-16 by its zeros, else Windows-1252. A file that is not
    UTF-8 already is written to `text` as UTF-8.
    """
    with source.open("rb") as file:
        head = file.read(4096)
    marks = (
        (codecs.BOM_UTF8, "utf-8-sig"),
        (codecs.BOM_UTF32_LE, "utf-32"),
        (codecs.BOM_UTF32_BE, "utf-32"),
        (codecs.BOM_UTF16_LE, "utf-16"),
        (codecs.BOM_UTF16_BE, "utf-16"),
    )
    marked = next((encoding for mark, encoding in marks if head.startswith(mark)), None)
    if marked is None and b"\x00" in head:
        # Latin letters in UTF-16 have every other byte zero; other zeros belong to no text.
        even, odd = head[::2].count(0), head[1::2].count(0)
        if max(even, odd) < len(head) // 4 or min(even, odd) > len(head) // 16:
            raise Unreadable("control_characters", row=head[: head.index(0)].count(b"\n") + 1, detail="U+0000")
        marked = "utf-16-le" if odd > even else "utf-16-be"
    notes: list[tuple[str, str]] = []
    for encoding in (marked,) if marked else ("utf-8", "cp1252"):
        try:
            digest, counted = _pass(source, encoding, None if encoding.startswith("utf-8") else text, engine)
        except _Undecodable as error:
            if encoding == "utf-8":
                notes = [("not_utf8", str(error.row))]
                continue
            raise Unreadable("control_characters", row=error.row, detail=error.detail) from error
        shown = {"utf-8-sig": "UTF-8", "utf-8": "UTF-8", "cp1252": "Windows-1252"}.get(encoding, encoding.upper())
        return shown, digest, counted, notes if encoding == "cp1252" else []
    raise AssertionError("unreachable")


def decode_text(source: Path, text: Path, engine: Engine) -> tuple[str, str]:
    """Return the encoding and the file's hash; write what is not UTF-8 already to `text` as UTF-8."""
    encoding, digest, _lines, _notes = decode(source, text, engine)
    return encoding, digest


class _Undecodable(Exception):
    def __init__(self, row: int, detail: str) -> None:
        self.row, self.detail = row, detail


def _pass(source: Path, encoding: str, text: Path | None, engine: Engine) -> tuple[str, int | None]:
    decoder = codecs.getincrementaldecoder(encoding)()
    digest, lines, blank, tail, last = hashlib.sha256(), 0, False, "", b""
    is_utf8 = encoding.startswith("utf-8")
    size, done = source.stat().st_size, 0
    out = text.open("w", encoding="utf-8", newline="") if text else None
    try:
        with source.open("rb") as file:
            while piece := file.read(_CHUNK):
                digest.update(piece)
                done += len(piece)
                try:
                    decoded = decoder.decode(piece)
                except UnicodeDecodeError as error:
                    bad = piece[error.start : error.start + 1].hex()
                    raise _Undecodable(lines + piece[: error.start].count(b"\n") + 1, f"0x{bad}") from error
                control = None if is_utf8 and not _has_control(piece) else CONTROL_CHARACTERS.search(decoded)
                if control is not None:
                    row = lines + decoded[: control.start()].count("\n") + 1
                    raise _Undecodable(row, f"U+{ord(control.group()):04X}")
                if not blank and not (is_utf8 and not _may_have_blank_line(last + piece)):
                    blank = _BLANK_LINE.search(tail + decoded.rstrip("\r\n") if done == size else tail + decoded) is not None
                tail, last = decoded[-2:], piece[-8:]
                lines += decoded.count("\n")
                if out is not None:
                    out.write(decoded)
                engine.report(0.3 * done / max(size, 1))
            try:
                decoder.decode(b"", True)
            except UnicodeDecodeError as error:
                raise _Undecodable(lines + 1, "end") from error
    finally:
        if out is not None:
            out.close()
    # The last line may do without its end.
    return digest.hexdigest(), None if blank else lines + (not tail.endswith(("\n", "\r")))


def _has_control(piece: bytes) -> bool:
    """Return what CONTROL_CHARACTERS finds in the text of the bytes, in a tenth of its time."""
    return len(piece.translate(None, _CONTROL_BYTES)) != len(piece)


def _may_have_blank_line(piece: bytes) -> bool:
    """Return False where _BLANK_LINE finds nothing in the text of the bytes, in a quarter of its time."""
    packed = piece.translate(None, b" \t").replace(b"\r\n", b"\n")
    return b"\n\n" in packed or b"\r" in packed
