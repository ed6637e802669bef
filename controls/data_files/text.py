"""Reading of text files: encoding, delimiter and headings are detected, not asked for; row by row only where needed."""

from __future__ import annotations

import csv
import re
import shutil
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from textwrap import shorten

import duckdb

from controls.data_files.content import NUMBER, WHITE, normal_text
from controls.data_files.decoding import decode
from controls.data_files.engine import Engine, literal
from controls.data_files.problems import Unreadable
from riskreg.importing.readers.csv import find_delimiter

MAX_ROWS = 20_000_000
MAX_COLUMNS = 200
MAX_CELL = 100_000
HEADING_WITHIN = 20
PARQUET = "format parquet, compression zstd, row_group_size 100000"
_DELIMITERS = ";\t,|"
_LONGEST_NOTE = 300
_SAMPLE = 200_000


@dataclass(slots=True)
class ReadFile:
    """The facts of a file that was read.

    `notes` are (code, row or None) of the reader's decisions and doubts; `sheets` the workbook's others that hold something.
    """

    format: str
    encoding: str
    sha256: str
    columns: list[str]
    first_row: int
    notes: list[tuple[str, str]] = field(default_factory=list)
    sheets: list[str] = field(default_factory=list)


def read_text(engine: Engine, source: Path, target: Path) -> ReadFile:
    """Read a text file of any delimiter and encoding into `target`.

    Blank lines are left out, but counted as rows as a spreadsheet counts them.
    """
    text = engine.work / f"{target.stem}.text"
    rewritten = engine.work / f"{target.stem}.rows"
    try:
        encoding, digest, lines, notes = decode(source, text, engine)
        path = text if text.exists() else source
        with path.open(encoding="utf-8-sig", newline="") as file:
            sample = file.read(_SAMPLE)
        if not sample.strip():
            raise Unreadable("empty")
        if sample.lstrip(WHITE)[:2] in {"[{", '{"'}:
            # JSON by another name: as text with a delimiter it would be one strange row.
            raise Unreadable("content")
        delimiter = _delimiter(sample)
        first = list(islice(_records(path, delimiter), HEADING_WITHIN))
        index = heading_index(first)
        columns, before = column_names(first[index][1]), first[index][0]
        notes = [*notes, *lines_above(first, index)]
        # What DuckDB stumbles on is read once more with care, which also tells on which row it is. So is a file in which a
        # line is not a row (line breaks in cells, blank lines): nothing is lost without being said.
        if lines is None or _copy_text(engine, path, target, delimiter, len(columns), before) != lines - before:
            target.unlink(missing_ok=True)
            _rewrite(engine, path, rewritten, delimiter, heading_row=before, width=len(columns))
            copy_rows(engine, rewritten, target, len(columns))
    finally:
        text.unlink(missing_ok=True)
        rewritten.unlink(missing_ok=True)
    return ReadFile("csv", encoding, digest, columns, finish(engine, target), notes)


def _delimiter(sample: str) -> str:
    """Return the delimiter from Excel's own note on the first line, or the one most of the first rows agree on."""
    if sample[:4].casefold() == "sep=" and len(sample) > 4:
        return sample[4]
    return find_delimiter(sample, among=_DELIMITERS)


def _records(path: Path, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """Yield the rows with content, numbered as a spreadsheet would number them."""
    csv.field_size_limit(MAX_CELL)
    with path.open(encoding="utf-8-sig", newline="") as file:
        number = 0
        reader = csv.reader(file, delimiter=delimiter, strict=True)
        while True:
            number += 1
            try:
                record = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                raise Unreadable("quotes", row=number, limit=MAX_CELL) from error
            if number == 1 and len(record) <= 2 and record and record[0].casefold().startswith("sep="):
                continue
            if any(cell.strip(WHITE) for cell in record):
                yield number, record


def heading_index(first: list[tuple[int, list[str]]]) -> int:
    """Return the index of the row that names the columns: the first without a number among those of usual width."""
    filled = [[text for cell in cells if (text := normal_text(cell))] for _, cells in first]
    widths = Counter(len(cells) for cells in filled)
    usual = max(widths, key=lambda width: (widths[width], width), default=0)
    for index, cells in enumerate(filled):
        if len(cells) >= 0.75 * usual and not any(re.fullmatch(NUMBER, cell) for cell in cells):
            return index
    raise Unreadable("no_headings" if first else "no_rows")


def lines_above(first: list[tuple[int, list[str]]], index: int) -> list[tuple[str, str]]:
    """Return the note of what stands above the headings, if anything does: a title, a selection, the day of the extract."""
    texts = [" ".join(text for cell in cells if (text := normal_text(cell))) for _, cells in first[:index]]
    return [("above_headings", shorten(" · ".join(texts), _LONGEST_NOTE, placeholder=" …"))] if texts else []


def column_names(cells: list[str]) -> list[str]:
    """Return the columns' names: the headings, made different from each other; #3 where the third has none."""
    names: list[str] = []
    texts = [" ".join(normal_text(cell).split())[:200] for cell in cells]
    while texts and not texts[-1]:
        texts.pop()
    if len(texts) > MAX_COLUMNS:
        raise Unreadable("too_many_columns", limit=MAX_COLUMNS)
    for number, text in enumerate(texts, start=1):
        name, again = text or f"#{number}", 1
        while name in names:
            again += 1
            name = f"{text or f'#{number}'} ({again})"
        names.append(name)
    return names


def normal_sql(expression: str) -> str:
    """Return controls.data_files.content.normal_text as SQL; NULL is an empty text."""
    return f"nfc_normalize(trim(coalesce({expression}, ''), {literal(WHITE)}))"


def _copy_text(engine: Engine, path: Path, target: Path, delimiter: str, width: int, before: int) -> int:
    """Copy through DuckDB's reader, the quick way; return the number of rows.

    -1 when the reader refuses something. `before`: lines to skip. Most cells are normal as they are, and to make each one so
    takes four times the reading: so they are looked through, and only columns in which one is not are written anew.
    """
    names = ", ".join(f"'c{i}': 'VARCHAR'" for i in range(width))
    cells = ", ".join(f"coalesce(c{i}, '') c{i}" for i in range(width))
    try:
        engine.rows(
            f"copy (select {cells}, row_number() over () + {before} as row from read_csv({literal(str(path))}, "
            f"auto_detect = false, header = false, skip = {before}, delim = {literal(delimiter)}, quote = '\"', escape = '\"', "
            f"strict_mode = true, null_padding = false, max_line_size = 1048576, buffer_size = 8388608, columns = {{{names}}})) "
            f"to {literal(str(target))} ({PARQUET})"
        )
    except (duckdb.InvalidInputException, duckdb.ConversionException):
        return -1
    _normalize(engine, target, width)
    return int(engine.one(f"select count(*) from read_parquet({literal(str(target))})")[0])


def is_not_normal_sql(cell: str) -> str:
    """Return whether normal_text would change the cell, as SQL that only looks at its ends and for what is not ASCII."""
    spaces = [literal(space) for space in WHITE if space > " "]
    ends = [f"{end}_with({cell}, {space})" for space in spaces for end in ("starts", "ends")]
    of_other_letters = " or ".join([*ends, f"{cell} <> nfc_normalize({cell})"])
    ascii_ends = f"({cell} < '!' or right({cell}, 1) < '!') and {cell} <> ''"
    return f"{ascii_ends} or strlen({cell}) <> length({cell}) and ({of_other_letters})"


def _normalize(engine: Engine, target: Path, width: int) -> None:
    """Write the columns of the stored table anew in which a cell is not as normal_text gives it."""
    stored = f"read_parquet({literal(str(target))})"
    looked = ", ".join(f"coalesce(bool_or({is_not_normal_sql(f'c{i}')}), false)" for i in range(width))
    odd = engine.one(f"select {looked} from {stored}")
    if not any(odd):
        return
    normal = engine.work / f"{target.stem}.normal"
    cells = ", ".join(f"{normal_sql(f'c{i}')} c{i}" if odd[i] else f"c{i}" for i in range(width))
    try:
        engine.rows(f"copy (select {cells}, row from {stored}) to {literal(str(normal))} ({PARQUET})")
        shutil.move(normal, target)
    finally:
        normal.unlink(missing_ok=True)


def _rewrite(engine: Engine, path: Path, rewritten: Path, delimiter: str, *, heading_row: int, width: int) -> None:
    """Rewrite row by row, the slow way, with the number of each. Raises Unreadable for the first row of another width."""
    with rewritten.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\n")
        for number, record in _records(path, delimiter):
            if number <= heading_row:
                continue
            while len(record) > width and not record[-1].strip(WHITE):
                record.pop()
            if len(record) != width:
                raise Unreadable("ragged", row=number, value=len(record), limit=width)
            writer.writerow([number, *record])
            if number % 10_000 == 0:
                engine.report(0.5)


def copy_rows(engine: Engine, rewritten: Path, target: Path, width: int, *, above: int = 0, is_marked: bool = False) -> None:
    """Copy to `target` from CSV with the row's number first, all cells quoted.

    With `is_marked` the row's mark comes second (controls.data_files.spreadsheet) and is stored as `mark`.
    """
    if not rewritten.stat().st_size:
        raise Unreadable("no_rows")
    mark, kept = (["'mark': 'UTINYINT'"], ", mark") if is_marked else ([], "")
    names = ", ".join(["'row': 'BIGINT'", *mark, *(f"'c{i}': 'VARCHAR'" for i in range(width))])
    cells = ", ".join(f"{normal_sql(f'c{i}')} c{i}" for i in range(width))
    engine.rows(
        f"copy (select {cells}, row{kept} from read_csv({literal(str(rewritten))}, auto_detect = false, header = false, "
        f"delim = ',', quote = '\"', escape = '\"', max_line_size = 4194304, columns = {{{names}}}) "
        f"where row > {above}) to {literal(str(target))} ({PARQUET})"
    )


def finish(engine: Engine, target: Path) -> int:
    """Return the row number of the first item. Raises Unreadable for no rows or too many."""
    first, count = engine.one(f"select min(row), count(*) from read_parquet({literal(str(target))})")
    if not count:
        raise Unreadable("no_rows")
    if count > MAX_ROWS:
        raise Unreadable("too_many_rows", limit=MAX_ROWS)
    return int(first)
