"""Comma-separated text: encoding and delimiter are found, not asked for."""

from __future__ import annotations

import codecs
import csv
import io
from collections import Counter
from itertools import islice

from ..cells import BLANK, Cell, Content, Place, Table, pad_rows
from ..text import tidy
from ..unreadable import UnreadableFile

_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_DELIMITERS = ";\t,|"
_LOOKED_AT = 60
MAX_COLUMNS = 256


def read(data: bytes, *, max_rows: int) -> Content:
    """Read comma-separated text as one table."""
    text = decode(data)
    if text[:4].casefold() == "sep=" and len(text) > 4:
        # Excel's own note of the delimiter, on a line of its own; it still counts as row 1.
        delimiter, _, text = text[4], *text.partition("\n")[1:]
        skipped = 1
    else:
        delimiter, skipped = find_delimiter(text), 0
    rows: list[list[Cell]] = []
    try:
        for record in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True):
            if len(rows) >= max_rows and any(value.strip() for value in record):
                raise UnreadableFile("too_many_rows", limit=max_rows)
            if len(record) > MAX_COLUMNS:
                raise UnreadableFile("too_many_columns", limit=MAX_COLUMNS)
            rows.append([Cell(tidied) if (tidied := tidy(value)) else BLANK for value in record])
    except csv.Error as error:
        raise UnreadableFile("damaged", detail=str(error)) from error
    rows = pad_rows(rows)
    return Content([Table(Place("file"), rows, first_row=1 + skipped)] if rows else [])


def decode(data: bytes) -> str:
    """Decode the text: by its byte order mark, else UTF-8, else UTF-16 by its zeros, else Windows-1252."""
    for bom, encoding in _BOMS:
        if data.startswith(bom):
            return _clean(data, encoding)
    if b"\x00" in data[:4096]:
        # Latin letters in UTF-16 have every other byte zero.
        head = data[:4096]
        even, odd = head[::2].count(0), head[1::2].count(0)
        if max(even, odd) < len(head) // 4 or min(even, odd) > len(head) // 16:
            raise UnreadableFile("content")
        return _clean(data, "utf-16-le" if odd > even else "utf-16-be")
    try:
        return _clean(data, "utf-8")
    except UnreadableFile:
        return _clean(data, "cp1252")


def _clean(data: bytes, encoding: str) -> str:
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        raise UnreadableFile("content") from error
    if any(character < " " and character not in "\t\n\r\x0b\x0c" for character in set(text)):
        raise UnreadableFile("content")
    return text


def find_delimiter(text: str, *, among: str = _DELIMITERS) -> str:
    """Return the delimiter that divides most of the first records into the same number (above 1) of columns."""
    best, best_rank = ",", (0.0, 0)
    for delimiter in among:
        widths: Counter[int] = Counter()
        try:
            for record in islice(csv.reader(io.StringIO(text[:200_000], newline=""), delimiter=delimiter), _LOOKED_AT):
                if any(record):
                    widths[len(record)] += 1
        except csv.Error:
            continue
        if not widths:
            continue
        width, count = max(widths.items(), key=lambda item: (item[1] if item[0] > 1 else 0, item[0]))
        rank = (count / sum(widths.values()), width) if width > 1 else (0.0, 0)
        if rank > best_rank:
            best, best_rank = delimiter, rank
    return best
