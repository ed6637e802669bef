"""Reading of JSON: a list of records, also inside an object, with the pages of an answer one after another; JSON Lines.

The text is read in pieces and a record at a time, so memory stays bounded however large the file is. It is read twice:
first to learn which lists there are, and their columns; then to write the rows of the longest.
"""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from controls.data_files.content import WHITE, normal_text
from controls.data_files.decoding import CONTROL_CHARACTERS, decode_text
from controls.data_files.engine import Engine
from controls.data_files.problems import Unreadable
from controls.data_files.text import (
    MAX_CELL,
    MAX_COLUMNS,
    MAX_ROWS,
    ReadFile,
    column_names,
    copy_rows,
    finish,
)

MAX_RECORD = 16 * 2**20
"""The most text of one record, or of a page that lies in a list of pages."""
_DEEPEST = 4
"""Lists are looked for in objects within objects, so deep."""
_CHUNK = 2**18
_TOLD_EVERY = 10_000
_NEXT = {"next", "nextpage", "next_page", "nextlink", "odata.nextlink"}
_ALL = {"count", "total", "totalcount", "total_count", "odata.count"}
_PAGES = ("results", "records", "items", "data", "value", "rows")
_SURROGATES = re.compile("[\ud800-\udfff]")
_LARGEST_EXPONENT = 400

Path_ = tuple[str, ...]
_Records = Callable[[Path, "_Facts"], Iterator[tuple[Path_, int, "_Pairs"]]]


class _Pairs(list[tuple[str, Any]]):
    """An object's members in their order; a name may stand there twice."""


@dataclass(slots=True)
class _Facts:
    """The lists of the file with their number of records and their columns, and what the file says of more pages."""

    counts: dict[Path_, int] = field(default_factory=dict)
    columns: dict[Path_, dict[tuple[str, int], None]] = field(default_factory=dict)
    next: str = ""
    stated: int | None = None

    @property
    def longest(self) -> Path_:
        return max(self.counts, key=lambda path: self.counts[path])


def read_json(engine: Engine, source: Path, target: Path, *, as_lines: bool = False) -> ReadFile:
    """Read the records of a JSON file into `target`. A record's number in its list is its row.

    `as_lines`: its name says that each line is a record (JSON Lines); a file that begins so is read so anyhow. The line's
    number is then the record's row. Raises Unreadable, also for a record that holds lists or records.
    """
    text = engine.work / f"{target.stem}.text"
    rewritten = engine.work / f"{target.stem}.rows"
    try:
        encoding, digest = decode_text(source, text, engine)
        path = text if text.exists() else source
        records = _numbered_lines if _begins_with_lines(path, as_lines=as_lines) else _numbered
        facts = _look(path, engine, records)
        wanted = facts.longest
        names = list(facts.columns[wanted])
        columns = column_names([name for name, _again in names])
        _write(path, rewritten, wanted, names, engine, records)
        copy_rows(engine, rewritten, target, len(columns))
    finally:
        text.unlink(missing_ok=True)
        rewritten.unlink(missing_ok=True)
    first = finish(engine, target)
    return ReadFile("json", encoding, digest, columns, first, _notes(facts))


def _notes(facts: _Facts) -> list[tuple[str, str]]:
    notes = []
    if len(facts.counts) > 1:
        notes.append(("one_list_of_several", ".".join(facts.longest)))
    if facts.next:
        notes.append(("more_pages", facts.next[:200]))
    elif facts.stated is not None and facts.stated > sum(facts.counts.values()):
        notes.append(("more_stated", str(facts.stated)))
    return notes


def _look(path: Path, engine: Engine, records: _Records) -> _Facts:
    facts = _Facts()
    for place, _row, record in records(path, facts):
        count = facts.counts[place] = facts.counts.get(place, 0) + 1
        if count > MAX_ROWS:
            raise Unreadable("too_many_rows", limit=MAX_ROWS)
        known = facts.columns.setdefault(place, {})
        if any(name not in known for name in _named(record)):
            known.update(dict.fromkeys(_named(record)))
            if len(known) > MAX_COLUMNS:
                raise Unreadable("too_many_columns", limit=MAX_COLUMNS)
        if count % _TOLD_EVERY == 0:
            engine.report(0.3)
    if not facts.counts:
        raise Unreadable("no_records")
    if not facts.columns[facts.longest]:
        raise Unreadable("no_headings")
    return facts


def _write(path: Path, rewritten: Path, wanted: Path_, names: list[tuple[str, int]], engine: Engine, records: _Records) -> None:
    place_of = {name: i for i, name in enumerate(names)}
    with rewritten.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\n")
        for place, number, record in records(path, _Facts()):
            if place != wanted:
                continue
            cells = [""] * len(names)
            for name, value in zip(_named(record), (value for _name, value in record), strict=True):
                cells[place_of[name]] = _cell(value, number, name[0])
            if any(cell.strip(WHITE) for cell in cells):
                writer.writerow([number, *cells])
            if number % _TOLD_EVERY == 0:
                engine.report(0.6)


def _named(record: _Pairs) -> list[tuple[str, int]]:
    """Return each member's name, without a byte order mark, and how many of that name stand before it.

    Raises Unreadable: too_many_columns.
    """
    if len(record) > MAX_COLUMNS:
        raise Unreadable("too_many_columns", limit=MAX_COLUMNS)
    names = [" ".join(normal_text(name).split()) for name, _value in record]
    if len(set(names)) == len(names):
        return [(name, 0) for name in names]
    return [(name, names[:i].count(name)) for i, name in enumerate(names)]


def _cell(value: Any, row: int, column: str) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, list):
        if value:
            raise Unreadable("nested", detail=column)
        return ""
    text = str(value)
    odd = CONTROL_CHARACTERS.search(text) or _SURROGATES.search(text)
    if odd is not None:
        raise Unreadable("control_characters", row=row, detail=f"U+{ord(odd.group()):04X}")
    if len(text) > MAX_CELL:
        raise Unreadable("cell_too_long", row=row, limit=MAX_CELL)
    return text


def _number(text: str) -> str:
    """Return a number as it is written in the file; one with an exponent, written out."""
    if "e" not in text.lower():
        return text
    try:
        number = Decimal(text)
    except InvalidOperation:  # An exponent of more digits than Decimal holds.
        return text
    return format(number, "f") if abs(number.adjusted()) <= _LARGEST_EXPONENT else text


_DECODER = json.JSONDecoder(
    object_pairs_hook=_Pairs, parse_float=_number, parse_int=lambda text: text, parse_constant=lambda text: text
)


def _numbered(path: Path, facts: _Facts) -> Iterator[tuple[Path_, int, _Pairs]]:
    """Yield every record with the place of its list and its number there."""
    numbers: dict[Path_, int] = {}
    for place, record in _records(path, facts):
        numbers[place] = numbers.get(place, 0) + 1
        yield place, numbers[place], record


def _numbered_lines(path: Path, _facts: _Facts) -> Iterator[tuple[Path_, int, _Pairs]]:
    """Yield the record of every line that is not blank, with the line's number. Raises Unreadable, naming the line."""
    with path.open(encoding="utf-8-sig") as file:
        for number, line in enumerate(iter(lambda: file.readline(MAX_RECORD), ""), start=1):
            if len(line) == MAX_RECORD and not line.endswith("\n"):
                raise Unreadable("too_demanding")
            text = line.strip(WHITE)
            if not text:
                continue
            record = _record_of(text)
            if record is None:
                raise Unreadable("broken_line", row=number)
            yield (), number, record


def _begins_with_lines(path: Path, *, as_lines: bool) -> bool:
    """Return whether the file holds a record a line.

    Its first line that is not blank is a record without a list of records in it; where the name says nothing, the next
    begins another one.
    """
    with path.open(encoding="utf-8-sig") as file:
        lines = (text for line in iter(lambda: file.readline(MAX_RECORD), "") if (text := line.strip(WHITE)))
        first = next(lines, "")
        if as_lines:
            # A list is read as a list, whatever the name says.
            return not first.startswith("[")
        record = _record_of(first)
        holds_a_list = record is not None and any(_is_list_of_records(value) for _name, value in record)
        return record is not None and not holds_a_list and next(lines, "").startswith("{")


def _record_of(text: str) -> _Pairs | None:
    """Return the record that the text is, else None."""
    try:
        found, end = _DECODER.raw_decode(text)
    except (ValueError, RecursionError):
        return None
    return found if end == len(text) and isinstance(found, _Pairs) else None


def _records(path: Path, facts: _Facts) -> Iterator[tuple[Path_, _Pairs]]:
    """Yield every record with the place of its list, and note in `facts` what the file says of more pages."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = _Reader(file)
            while reader.peek():
                yield from _values(reader, (), facts)
    except RecursionError as error:
        raise Unreadable("too_demanding") from error


class _Reader:
    """A text that is read in pieces, with a place in it."""

    def __init__(self, file: Any) -> None:
        self._file, self._text, self._at, self._is_whole = file, "", 0, False

    def _more(self) -> None:
        # As much again as is waited for: a long record is decoded a few times, not once for each piece.
        piece = self._file.read(max(_CHUNK, len(self._text) - self._at))
        self._text, self._at, self._is_whole = self._text[self._at :] + piece, 0, not piece

    def peek(self) -> str:
        """Return the next character that is no white space; '' at the end."""
        while True:
            while self._at < len(self._text) and self._text[self._at] in WHITE:
                self._at += 1
            if self._at < len(self._text):
                return self._text[self._at]
            if self._is_whole:
                return ""
            self._more()

    def skip(self, expected: str) -> None:
        """Go past the expected character. Raises Unreadable for another one."""
        if self.peek() not in expected or not self.peek():
            raise Unreadable("damaged", detail=expected)
        self._at += 1

    def value(self) -> Any:
        """Decode the next value."""
        self.peek()
        while True:
            try:
                found, end = _DECODER.raw_decode(self._text, self._at)
            except ValueError as error:
                if self._is_whole:
                    raise Unreadable("damaged") from error
            else:
                # A number that ends with the piece may go on in the next.
                if end < len(self._text) or self._is_whole:
                    self._at = end
                    return found
            if len(self._text) - self._at > MAX_RECORD:
                raise Unreadable("too_demanding")
            self._more()


def _values(reader: _Reader, place: Path_, facts: _Facts) -> Iterator[tuple[Path_, _Pairs]]:
    """Yield the records of the next value, and go past it."""
    next_ = reader.peek()
    if next_ == "[":
        yield from _list(reader, place)
    elif next_ == "{" and len(place) < _DEEPEST:
        yield from _object(reader, place, facts)
    else:
        _remember(place, reader.value(), facts)


def _list(reader: _Reader, place: Path_) -> Iterator[tuple[Path_, _Pairs]]:
    reader.skip("[")
    kinds = set()
    while reader.peek() != "]":
        value = reader.value()
        kinds.add(isinstance(value, _Pairs))
        if len(kinds) > 1:
            raise Unreadable("nested", detail=".".join(place) or "#1")
        if isinstance(value, _Pairs):
            page = next((each for name, each in value if name in _PAGES and _is_list_of_records(each)), None)
            yield from ((place, record) for record in ([value] if page is None else page))
        elif isinstance(value, list) and value and not place:
            raise Unreadable("nested", detail="#1")
        if reader.peek() != "]":
            reader.skip(",")
    reader.skip("]")


def _is_list_of_records(value: Any) -> bool:
    is_list = isinstance(value, list) and not isinstance(value, _Pairs)
    return is_list and bool(value) and all(isinstance(each, _Pairs) for each in value)


def _object(reader: _Reader, place: Path_, facts: _Facts) -> Iterator[tuple[Path_, _Pairs]]:
    reader.skip("{")
    while reader.peek() != "}":
        name = reader.value()
        if not isinstance(name, str):
            raise Unreadable("damaged")
        reader.skip(":")
        yield from _values(reader, (*place, normal_text(name)), facts)
        if reader.peek() != "}":
            reader.skip(",")
    reader.skip("}")


def _remember(place: Path_, value: Any, facts: _Facts) -> None:
    name = place[-1].lower().lstrip("@") if place else ""
    if name in _NEXT:
        facts.next = value if isinstance(value, str) else ""
    elif name in _ALL and isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 19:
        facts.stated = int(value)
