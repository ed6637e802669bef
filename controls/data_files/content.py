"""The content of a population, whatever file it came in: its cells, its keys and its hash. Pure.

The same rules are written once more as SQL (controls.data_files.table), for speed, and in the shipped script, for
independence; tests hold the three against each other. docs/sampling.md describes them for anybody who writes a
fourth.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence

JOINER = "|"
WHITE = " \t\n\r\x0b\x0c\u00a0\u202f\ufeff"
"""The white space trimmed off a cell."""
NUMBER = "[-\u2212]?(0|[1-9][0-9]*|[1-9][0-9]{0,2}([ \u00a0\u202f][0-9]{3})+)([.,][0-9]+)?"
MOMENT = "[0-9]{4}-[0-9]{2}-[0-9]{2}[ T][0-9]{2}:[0-9]{2}(:[0-9]{2})?"
WORDS = {"SANT": "TRUE", "FALSKT": "FALSE", "true": "TRUE", "false": "FALSE"}

ERRORS = (
    *("#N/A", "#DIV/0!", "#REF!", "#VALUE!", "#NAME?", "#NUM!", "#NULL!", "#SPILL!", "#CALC!", "#FIELD!", "#BLOCKED!"),
    *("#CONNECT!", "#BUSY!", "#UNKNOWN!", "#GETTING_DATA"),
    *("#SAKNAS!", "#DIVISION/0!", "#REFERENS!", "#VÄRDEFEL!", "#VÄRDE!", "#NAMN?", "#OGILTIGT!", "#SKÄRNING!"),
)
"""What a spreadsheet shows for a formula that ended in an error, in English and in Swedish."""
ERROR_CODE = "Err:[0-9]{3}"
"""What LibreOffice shows for one."""

_NUMBER, _MOMENT, _BLANKS = re.compile(NUMBER), re.compile(MOMENT), re.compile("[ \u00a0\u202f]")


def normal_text(text: str) -> str:
    """Return a cell's text as it is stored: no white space around, letters composed (NFC)."""
    return unicodedata.normalize("NFC", text.strip(WHITE))


def canonical_key(parts: Sequence[str]) -> str:
    """Return the key of an item: the text of its key cells, joined by |."""
    return JOINER.join(normal_text(part) for part in parts)


def canonical_cell(text: str) -> str:
    """Return the meaning of a cell, however a spreadsheet writes it.

    1 234,50 and 1234.5 are one number, 2025-03-01 00:00:00 is a day, SANT is TRUE. A number that begins with zeros
    stays text, so that 00123 becoming 123 is a change.
    """
    if _NUMBER.fullmatch(text):
        number = _BLANKS.sub("", text).replace("\u2212", "-").replace(",", ".")
        number = number.rstrip("0").rstrip(".") if "." in number else number
        return "0" if number == "-0" else number
    if _MOMENT.fullmatch(text):
        day, moment = text[:10], (text[11:] + ":00")[:8]
        return day if moment == "00:00:00" else f"{day} {moment}"
    return WORDS.get(text, text)


def canonical_lines(columns: Sequence[str], rows: Iterable[Sequence[str]], key_columns: Iterable[str]) -> Iterator[bytes]:
    """Yield the bytes over which a population's hash is computed.

    UTF-8, one line a row, the headings first, every cell in quotes with quotes in it doubled; key cells as they are,
    the others by their meaning.
    """
    keys = {columns.index(name) for name in key_columns}
    yield _line(columns)
    for row in rows:
        yield _line([cell if i in keys else canonical_cell(cell) for i, cell in enumerate(row)])


def heading_line(columns: Sequence[str]) -> bytes:
    """Return the first of the canonical lines: the headings."""
    return _line(columns)


def _line(cells: Sequence[str]) -> bytes:
    return (",".join('"' + cell.replace('"', '""') + '"' for cell in cells) + "\n").encode()


def content_hash(columns: Sequence[str], rows: Iterable[Sequence[str]], key_columns: Iterable[str]) -> str:
    """Return the SHA-256 of the canonical lines, in hexadecimal."""
    digest = hashlib.sha256()
    for line in canonical_lines(columns, rows, key_columns):
        digest.update(line)
    return digest.hexdigest()
